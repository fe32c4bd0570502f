//! The seam to a model that reads a question and a passage together, and what is done with its word.

use std::time::Instant;

use crate::{Found, Passage};

/// So many of the best passages are read by a reranker: what stands lower is seldom right, and each takes tens of
/// milliseconds.
pub(crate) const RERANKED: usize = 20;

/// Tells how well each of some passages answers a question: slower than a search and often more exact, since it sees both at
/// once. Implemented in `models`. Never needed: without one, and where it fails, the order of the search stands.
pub trait Reranker: Send + Sync {
    /// One finite number for each passage, in order; higher is better, and comparable within one call only. Texts may be
    /// in different languages, and are cut by the model where they are too long. Blocks.
    ///
    /// # Errors
    /// When the model fails.
    fn scores(&self, question: &str, passages: &[&str]) -> Result<Vec<f32>, RerankError>;
}

/// A reranker that failed; one line, fit for a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reranker failed: {0}; the passages stay in the order of the search")]
pub struct RerankError(pub String);

/// What was found, its best passages as `reranker` has them, and no more than `k`. What stands lower keeps its place behind
/// them. Where the reranker fails, all stays as it was and says so.
pub(crate) fn reranked(reranker: &dyn Reranker, question: &str, mut found: Found, k: usize) -> Found {
    let started = Instant::now();
    let best = RERANKED.min(found.passages.len());
    match ordered(reranker, question, &found.passages[..best]) {
        Ok(passages) => drop(found.passages.splice(..best, passages)),
        Err(error) => found.explain.unranked = Some(error),
    }
    found.passages.truncate(k);
    found.timings.search += started.elapsed();
    found
}

/// The passages as `reranker` likes them, best first, ties in the order given, and ranked anew.
///
/// # Errors
/// When the reranker fails, or does not give a number for each.
fn ordered(
    reranker: &dyn Reranker,
    question: &str,
    passages: &[Passage],
) -> Result<Vec<Passage>, RerankError> {
    let texts: Vec<&str> = passages.iter().map(|passage| passage.text.as_str()).collect();
    let scores = if texts.is_empty() { Vec::new() } else { reranker.scores(question, &texts)? };
    if scores.len() != texts.len() || !scores.iter().all(|score| score.is_finite()) {
        return Err(RerankError(format!("it gave no score for each of {} passages", texts.len())));
    }
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let ranked = order.into_iter().zip(1..);
    Ok(ranked.map(|(at, rank)| Passage { rank, ..passages[at].clone() }).collect())
}
