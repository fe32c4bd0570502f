//! The built-in generator: answers with the best sentences of the passages, word for word. It invents nothing, needs no
//! model server, and says the same thing every time.

mod candidate;
mod score;
mod select;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use index::{Embedder, dot};

use self::candidate::candidates;
pub(crate) use self::candidate::is_prose;
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

fn choose(embedder: &dyn Embedder, prompt: &Prompt) -> Result<Vec<Delta>, Failure> {
    let embed_failed = |error: index::EmbedError| Failure::search(error.to_string());
    let mut candidates = candidates(prompt);
    let known = &prompt.evidence;
    let question = match known.question.as_slice() {
        [] => &embedder.embed_question(&prompt.question).map_err(embed_failed)?,
        question => question,
    };
    // What the gate has measured is not measured again.
    let is_new = |text: &&str| !known.cosines.contains_key(*text);
    let texts: Vec<&str> =
        candidates.iter().map(|candidate| candidate.text.as_str()).filter(is_new).collect();
    let vectors = embedder.embed_passages(&texts).map_err(embed_failed)?;
    let new: HashMap<&str, f32> =
        texts.into_iter().zip(vectors.iter().map(|vector| dot(question, vector))).collect();
    let cosine = |text: &String| known.cosines.get(text).or_else(|| new.get(text.as_str())).copied();
    let cosines: Vec<f32> = candidates.iter().map(|c| cosine(&c.text).unwrap_or_default()).collect();
    score::score(&mut candidates, &cosines, prompt);
    let quotes = select::select(candidates, prompt).into_iter();
    Ok(quotes.map(|quote| Delta::Quote { passage: number(quote.passage), span: quote.span }).collect())
}

fn number(passage: usize) -> u32 {
    u32::try_from(passage + 1).unwrap_or(u32::MAX)
}
