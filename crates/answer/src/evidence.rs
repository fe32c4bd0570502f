//! What speaks for the notes answering a question: the signals of the search, and of the sentences that look most like an
//! answer. The gate weighs them before anything is written.

use std::collections::HashMap;

use index::{EmbedError, Embedder, Found, Passage, dot};

use crate::gate;

/// Sentences that are embedded: about 10 ms each. The built-in generator uses the same again.
pub(crate) const EMBEDDED: usize = 16;
/// How much less a sentence is worth for each passage that stands before its own.
const LATER: f32 = 0.08;

/// How much a sentence deserves to be embedded: its share of the question's terms, less for a later passage (from 0).
pub(crate) fn promise(coverage: f32, passage: usize) -> f32 {
    coverage - LATER * passage as f32
}
/// How many signals there are.
pub(crate) const SIGNALS: usize = 10;

/// What speaks for an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// The vector of the question.
    pub(crate) question: Vec<f32>,
    /// The cosines of the sentences that were embedded, by their plain text.
    pub(crate) cosines: HashMap<String, f32>,
    log_odds: Option<f32>,
    bar: f32,
}

impl Evidence {
    /// Weighs what was found. Blocks while up to sixteen sentences are embedded.
    ///
    /// # Errors
    /// When the embedding model fails.
    pub fn gather(found: &Found, embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        let Some(first) = found.passages.first() else { return Ok(Self::default()) };
        let mut sentences: Vec<Sentence> = found.passages.iter().enumerate().flat_map(of_passage).collect();
        for sentence in &mut sentences {
            sentence.held = found.terms.held(&sentence.text);
            sentence.coverage = found.terms.share(&sentence.held);
        }
        let window = window(&sentences, found);
        let rank = |sentence: &Sentence| promise(sentence.coverage, sentence.passage);
        sentences.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        sentences.truncate(EMBEDDED);
        let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        let vectors = embedder.embed_passages(&texts)?;
        let cosines: Vec<f32> = vectors.iter().map(|vector| dot(&found.question_vector, vector)).collect();
        let signals = signals(found, first, &sentences, &cosines, window);
        let few = found.explain.considered <= gate::FEW;
        Ok(Self {
            question: found.question_vector.clone(),
            log_odds: Some(gate::log_odds(found.language, few, &signals)),
            bar: gate::bar(found.language),
            cosines: sentences.into_iter().map(|sentence| sentence.text).zip(cosines).collect(),
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

    /// The same evidence before a bar that is higher by `by`, in log-odds.
    #[must_use]
    pub fn raised(self, by: f32) -> Self {
        Self { bar: self.bar + by, ..self }
    }
}

/// A sentence of a passage.
struct Sentence {
    /// The place of its passage, from 0.
    passage: usize,
    text: String,
    /// Which of the question's terms it has.
    held: Vec<bool>,
    coverage: f32,
}

fn of_passage((at, passage): (usize, &Passage)) -> Vec<Sentence> {
    let spans = index::sentences(&passage.text).into_iter();
    let texts = spans.map(|span| index::plain(&passage.text[span]));
    texts
        .filter(|text| text.chars().count() >= 4)
        .map(|text| Sentence { passage: at, text, held: Vec::new(), coverage: 0.0 })
        .collect()
}

/// The largest share of the question's terms in three sentences of a passage that follow each other.
fn window(sentences: &[Sentence], found: &Found) -> f32 {
    let share = |run: &[Sentence]| {
        let Some(first) = run.first() else { return 0.0 };
        let near = || run.iter().filter(|sentence| sentence.passage == first.passage);
        let any = |term| near().any(|sentence| sentence.held.get(term).copied().unwrap_or_default());
        found.terms.share(&(0..first.held.len()).map(any).collect::<Vec<_>>())
    };
    (0..sentences.len())
        .map(|start| share(&sentences[start..sentences.len().min(start + 3)]))
        .fold(0.0, f32::max)
}

/// The signals, in the order of the gate's coefficients.
fn signals(
    found: &Found,
    first: &Passage,
    sentences: &[Sentence],
    cosines: &[f32],
    window: f32,
) -> [f32; SIGNALS] {
    let terms = &found.terms;
    let held: Vec<Vec<bool>> = found.passages.iter().map(|passage| passage.held(terms)).collect();
    let anywhere: Vec<bool> = (0..terms.iter().count())
        .map(|term| held.iter().any(|held| held.get(term).copied().unwrap_or_default()))
        .collect();
    let total: f32 = terms.iter().map(|(_, weight)| weight).sum::<f32>().max(1e-6);
    let missing = terms.iter().zip(&anywhere).filter(|(_, held)| !**held).map(|((_, weight), _)| weight);
    let rarest_missing = missing.fold(0.0, f32::max) / total;
    let closest = cosines.iter().copied().fold(f32::MIN, f32::max);
    let both = |(sentence, cosine): (&Sentence, &f32)| 12.0 * (cosine - 0.8) + sentence.coverage;
    let best = sentences.iter().zip(cosines).map(both).fold(f32::MIN, f32::max);
    let mut others = found.passages.iter().filter(|passage| passage.path != first.path);
    let margin = others.next().map_or(1.0, |other| first.score - other.score);
    let (closest, best) = if cosines.is_empty() { (0.75, 0.0) } else { (closest, best) };
    [
        found.explain.nearest,
        first.score,
        held.first().map_or(0.0, |held| terms.share(held)),
        terms.share(&anywhere),
        rarest_missing,
        first.lexical.map_or(0.0, |lexical| lexical.score) / total,
        closest,
        best,
        window,
        margin,
    ]
}

#[cfg(test)]
mod tests {
    use index::TermWeights;

    use super::*;
    use crate::testing::{Letters, found, passage};

    #[test]
    fn nothing_found_is_nothing_to_go_on() {
        let mut found = found("what is GQA", &[]);
        found.passages.clear();
        assert!(Evidence::gather(&found, &Letters).unwrap().above_bar() < -50.0);
    }

    #[test]
    fn a_passage_with_the_words_speaks_more_for_an_answer() {
        let check = |text: &str| {
            let found = found("what is grouped-query attention", &[passage(1, "a.md", text)]);
            Evidence::gather(&found, &Letters).unwrap().above_bar()
        };
        let (right, wrong) = (check("Grouped-query attention shares heads."), check("Bake bread at noon."));
        assert!(right > wrong, "{right} {wrong}");
    }

    #[test]
    fn a_window_stays_in_its_passage() {
        let question = "red blue";
        let check = |passages: &[Passage], expected: f32| {
            let mut found = found(question, passages);
            found.terms = TermWeights::even(question);
            let mut sentences: Vec<Sentence> =
                found.passages.iter().enumerate().flat_map(of_passage).collect();
            sentences.iter_mut().for_each(|sentence| sentence.held = found.terms.held(&sentence.text));
            assert_eq!(window(&sentences, &found), expected);
        };
        check(&[passage(1, "a.md", "A red car. It is fast. The sky is blue.")], 1.0);
        check(&[passage(1, "a.md", "A red car."), passage(2, "b.md", "The sky is blue.")], 0.5);
    }
}
