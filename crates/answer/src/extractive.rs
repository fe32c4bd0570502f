//! The built-in generator: answers with the best sentences of the passages, word for word. It invents nothing, needs no
//! model server, and says the same thing every time.

mod aim;
mod candidate;
mod list;
mod quote;
mod score;
mod select;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use index::{EmbedError, Embedder, dot};

use self::aim::Aim;
pub(crate) use self::candidate::is_prose;
use self::candidate::{Candidate, candidates};
pub use self::score::SIGNALS;
use crate::{BoxStream, Delta, Failure, Generator, Prompt};

/// Chooses sentences by what they mean and by the question's words they contain.
#[derive(Clone)]
pub struct Extractive {
    embedder: Arc<dyn Embedder>,
}

impl Extractive {
    /// A generator that judges meaning with `embedder`.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder }
    }
}

impl Generator for Extractive {
    fn name(&self) -> &str {
        "extractive"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        let embedder = Arc::clone(&self.embedder);
        // Embedding blocks: it runs on a blocking thread, and its quotes come all at once.
        let work = tokio::task::spawn_blocking(move || choose(embedder.as_ref(), &prompt));
        Box::pin(stream::once(work).flat_map(|joined| {
            let deltas = match joined {
                Ok(Ok(quotes)) => quotes.into_iter().map(Ok).collect(),
                Ok(Err(failure)) => vec![Err(failure)],
                Err(_) => vec![Err(Failure::search("the extractive generator stopped unexpectedly"))],
            };
            stream::iter(deltas)
        }))
    }
}

/// A sentence that was weighed: what the coefficients are fitted on.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// The place of its passage among those of the prompt, from 0.
    pub passage: usize,
    /// Bytes of the passage's text.
    pub span: Range<usize>,
    /// As a reader sees it.
    pub text: String,
    /// In the order of [`SIGNALS`].
    pub signals: Vec<f64>,
    /// The log-odds that it answers.
    pub odds: f32,
}

/// What is weighed for `prompt`, likeliest to be worth it first. Blocks while sentences are embedded.
///
/// # Errors
/// When the embedding model fails.
pub fn weighed(embedder: &dyn Embedder, prompt: &Prompt) -> Result<Vec<Weighed>, EmbedError> {
    let aim = Aim::of(prompt);
    let (candidates, signals) = measured(embedder, prompt, &aim)?;
    let of = |(c, signals): (Candidate, Vec<f64>)| Weighed {
        passage: c.passage,
        span: c.span,
        text: c.text,
        signals,
        odds: c.odds,
    };
    Ok(candidates.into_iter().zip(signals).map(of).collect())
}

fn choose(embedder: &dyn Embedder, prompt: &Prompt) -> Result<Vec<Delta>, Failure> {
    let aim = Aim::of(prompt);
    let measured = measured(embedder, prompt, &aim);
    let (candidates, _) = measured.map_err(|error| Failure::search(error.to_string()))?;
    let quotes = select::select(candidates, prompt, &aim).into_iter();
    let delta = |quote: quote::Quote| Delta::Quote {
        passage: number(quote.passage),
        span: quote.span,
        item: quote.item,
    };
    Ok(quotes.map(delta).collect())
}

/// The candidates, scored, and the signals of each.
fn measured(
    embedder: &dyn Embedder,
    prompt: &Prompt,
    aim: &Aim,
) -> Result<(Vec<Candidate>, Vec<Vec<f64>>), EmbedError> {
    let mut candidates = candidates(prompt, aim);
    let known = &prompt.evidence;
    let question = match known.question.as_slice() {
        [] => &embedder.embed_question(&prompt.question)?,
        question => question,
    };
    // What the gate has measured is not measured again.
    let is_new = |text: &&str| !known.cosines.contains_key(*text);
    let texts: Vec<&str> =
        candidates.iter().map(|candidate| candidate.embedded.as_str()).filter(is_new).collect();
    let vectors = embedder.embed_passages(&texts)?;
    let new: HashMap<&str, f32> =
        texts.into_iter().zip(vectors.iter().map(|vector| dot(question, vector))).collect();
    let cosine = |text: &String| known.cosines.get(text).or_else(|| new.get(text.as_str())).copied();
    let cosines: Vec<f32> = candidates.iter().map(|c| cosine(&c.embedded).unwrap_or_default()).collect();
    let signals = score::signals(&candidates, &cosines, &prompt.question, aim);
    score::score(&mut candidates, &signals, aim);
    Ok((candidates, signals))
}

fn number(passage: usize) -> u32 {
    u32::try_from(passage + 1).unwrap_or(u32::MAX)
}
