//! What speaks for the notes answering a question: the signals of the search, and of the sentences that look most like an
//! answer. The gate weighs them before anything is written.

use std::collections::HashMap;

use index::{EmbedError, Embedder, Found, dot};

use crate::gate::{Gate, Weighed};
use crate::signals::{Sentence, sentences, signals};
use crate::wanted::Wanted;

/// Sentences that are embedded: about 10 ms each. The built-in generator uses the same again.
pub(crate) const EMBEDDED: usize = 16;
/// How much less a sentence is worth for each passage that stands before its own.
const LATER: f32 = 0.08;

/// How much a sentence deserves to be embedded: its share of the question's terms, less for a later passage (from 0).
pub(crate) fn promise(coverage: f32, passage: usize) -> f32 {
    coverage - LATER * passage as f32
}

/// What speaks for an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// The vector of the question.
    pub(crate) question: Vec<f32>,
    /// The cosines of the sentences that were embedded, by their plain text.
    pub(crate) cosines: HashMap<String, f32>,
    /// Their vectors, for those who look at the same sentences later.
    pub(crate) vectors: HashMap<String, Vec<f32>>,
    log_odds: Option<f32>,
    bar: f32,
    weighed: Vec<Weighed>,
}

impl Evidence {
    /// Weighs what was found for `question`. Blocks while up to sixteen sentences are embedded.
    ///
    /// # Errors
    /// When the embedding model fails.
    pub fn gather(question: &str, found: &Found, embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        if found.passages.is_empty() {
            return Ok(Self::default());
        }
        let wanted = Wanted::of(question);
        let all = sentences(found, &wanted);
        let rank = |sentence: &Sentence| promise(sentence.coverage, sentence.passage);
        let mut likely: Vec<&Sentence> = all.iter().collect();
        likely.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        likely.truncate(EMBEDDED);
        let texts: Vec<&str> = likely.iter().map(|sentence| sentence.text.as_str()).collect();
        let vectors = embedder.embed_passages(&texts)?;
        let cosines = vectors.iter().map(|vector| dot(&found.question_vector, vector));
        let near: Vec<(&Sentence, f32)> = likely.into_iter().zip(cosines).collect();
        let gate = Gate::of(found);
        let signals = signals(question, &wanted, found, &all, &near);
        let weighed = Gate::weigh(gate, &signals);
        Ok(Self {
            question: found.question_vector.clone(),
            log_odds: gate.map(|gate| gate.bias + weighed.iter().map(|signal| signal.share).sum::<f32>()),
            bar: gate.map_or(0.0, |gate| gate.bar),
            weighed,
            cosines: near.iter().map(|(sentence, cosine)| (sentence.text.clone(), *cosine)).collect(),
            vectors: texts.iter().map(|text| (*text).to_owned()).zip(vectors).collect(),
        })
    }

    /// Evidence that lies so far above the bar.
    #[cfg(test)]
    pub(crate) fn above(bar: f32) -> Self {
        Self { log_odds: Some(bar), ..Self::default() }
    }

    /// How far the log-odds that the notes answer lie above the bar below which a question is declined: from 0 on it is
    /// not. Very low when nothing was found.
    #[must_use]
    pub fn above_bar(&self) -> f32 {
        self.log_odds.map_or(-100.0, |log_odds| log_odds - self.bar)
    }

    /// What each signal says, in a fixed order; empty when nothing was found.
    #[must_use]
    pub fn weighed(&self) -> &[Weighed] {
        &self.weighed
    }

    /// The same evidence before a bar that is higher by `by`, in log-odds.
    #[must_use]
    pub fn raised(self, by: f32) -> Self {
        Self { bar: self.bar + by, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Letters, found, passage};

    #[test]
    fn nothing_found_is_nothing_to_go_on() {
        let mut found = found("what is GQA", &[]);
        found.passages.clear();
        assert!(Evidence::gather("what is GQA", &found, &Letters).unwrap().above_bar() < -50.0);
    }

    #[test]
    fn a_passage_with_the_words_speaks_more_for_an_answer() {
        let check = |text: &str| {
            let question = "what is grouped-query attention";
            let found = found(question, &[passage(1, "a.md", text)]);
            Evidence::gather(question, &found, &Letters).unwrap().above_bar()
        };
        let (right, wrong) = (check("Grouped-query attention shares heads."), check("Bake bread at noon."));
        assert!(right > wrong, "{right} {wrong}");
    }
}
