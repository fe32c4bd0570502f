//! The signals that the gate weighs: what the search measured, and what the sentences of the passages add to it.

use std::collections::HashSet;

use index::{Found, Passage};

use crate::verify::names::names;
use crate::wanted::Wanted;

/// How many signals there are.
pub(crate) const SIGNALS: usize = 15;

/// A sentence of a passage.
pub(crate) struct Sentence {
    /// The place of its passage, from 0.
    pub(crate) passage: usize,
    /// Without markup.
    pub(crate) text: String,
    /// Which of the question's terms it has.
    pub(crate) held: Vec<bool>,
    /// Their share of the question.
    pub(crate) coverage: f32,
    /// Whether it may tell what the question wants, of what the question names.
    tells: bool,
}

/// The sentences of all passages, in order.
pub(crate) fn sentences(found: &Found, wanted: &Wanted) -> Vec<Sentence> {
    let of = |(at, passage): (usize, &Passage)| -> Vec<Sentence> {
        let spans = index::sentences(&passage.text).into_iter();
        let texts = spans.map(|span| index::plain(&passage.text[span]));
        let texts: Vec<String> = texts.filter(|text| text.chars().count() >= 4).collect();
        let above = format!("{} {}", passage.title, passage.headings.join(" "));
        let rows: String = passage.text.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
        let around = format!("{above} {rows}");
        let (above, named) = (wanted.named(&above), texts.iter().map(|text| wanted.named(text)));
        let named: Vec<Vec<bool>> = named.collect();
        let sentence = |(place, text): (usize, String)| {
            let held = found.terms.held(&text);
            let coverage = found.terms.share(&held);
            // A name often stands in the sentence before, and later is "it".
            let near = &named[place.saturating_sub(2)..named.len().min(place + 2)];
            let of = |(name, above): (usize, &bool)| *above || near.iter().any(|named| named[name]);
            let tells = above.iter().enumerate().all(of) && wanted.may_be_told(&text, &around);
            Sentence { passage: at, text, held, coverage, tells }
        };
        texts.into_iter().enumerate().map(sentence).collect()
    };
    found.passages.iter().enumerate().flat_map(of).collect()
}

/// What the question's words say, alone and together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    /// Which of them are part of a name.
    named: Vec<bool>,
    /// The largest share of them in three sentences of a passage that follow each other.
    window: f32,
    /// The largest product of the share of the names and the share of the other words in three such: a question after
    /// something of someone is answered where both stand.
    joint: f32,
}

/// Looks through the windows of three sentences.
pub(crate) fn words(question: &str, sentences: &[Sentence], found: &Found) -> Words {
    let named = named(question, found);
    let weights: Vec<f32> = found.terms.iter().map(|(_, weight)| weight).collect();
    let share = |held: &[bool], of: bool| {
        let kind = || weights.iter().zip(held).zip(&named).filter(|(_, named)| **named == of);
        let all: f32 = kind().map(|((weight, _), _)| weight).sum();
        let there: f32 = kind().filter(|((_, held), _)| **held).map(|((weight, _), _)| weight).sum();
        if all > 0.0 { there / all } else { 1.0 }
    };
    let (mut window, mut joint) = (0.0_f32, 0.0_f32);
    for start in 0..sentences.len() {
        let run = &sentences[start..sentences.len().min(start + 3)];
        let near = || run.iter().filter(|sentence| sentence.passage == run[0].passage);
        let any = |term| near().any(|sentence| sentence.held.get(term).copied().unwrap_or_default());
        let held: Vec<bool> = (0..weights.len()).map(any).collect();
        window = window.max(found.terms.share(&held));
        joint = joint.max(share(&held, true) * share(&held, false));
    }
    Words { named, window, joint }
}

/// Which of the question's terms are part of a name.
fn named(question: &str, found: &Found) -> Vec<bool> {
    let names: HashSet<String> = names(question).iter().flat_map(|name| index::terms(name)).collect();
    found.terms.iter().map(|(term, _)| names.contains(term)).collect()
}

/// The heaviest of the terms that are not held, as a share of all.
fn rarest(weights: &[f32], held: &[bool]) -> f32 {
    let total: f32 = weights.iter().sum::<f32>().max(1e-6);
    weights.iter().zip(held).filter(|(_, held)| !**held).map(|(weight, _)| *weight).fold(0.0, f32::max)
        / total
}

/// The share, by weight, of the terms that are names and not held.
fn unnamed(weights: &[f32], named: &[bool], held: &[bool]) -> f32 {
    let total: f32 = weights.iter().sum::<f32>().max(1e-6);
    let missing = weights.iter().zip(named).zip(held).filter(|((_, named), held)| **named && !**held);
    missing.map(|((weight, _), _)| weight).sum::<f32>() / total
}

/// The signals, in the order of the gate's coefficients. `sentences` are those that were embedded, with their cosines.
pub(crate) fn signals(
    wanted: &Wanted,
    found: &Found,
    first: &Passage,
    sentences: &[Sentence],
    cosines: &[f32],
    words: &Words,
) -> [f32; SIGNALS] {
    let terms = &found.terms;
    let weights: Vec<f32> = terms.iter().map(|(_, weight)| weight).collect();
    let held: Vec<Vec<bool>> = found.passages.iter().map(|passage| passage.held(terms)).collect();
    let anywhere: Vec<bool> = (0..weights.len())
        .map(|term| held.iter().any(|held| held.get(term).copied().unwrap_or_default()))
        .collect();
    let total: f32 = weights.iter().sum::<f32>().max(1e-6);
    let closest = cosines.iter().copied().fold(f32::MIN, f32::max);
    let both = |(sentence, cosine): (&Sentence, &f32)| 12.0 * (cosine - 0.8) + sentence.coverage;
    let best = sentences.iter().zip(cosines).map(both).fold(f32::MIN, f32::max);
    let mut others = found.passages.iter().filter(|passage| passage.path != first.path);
    let margin = others.next().map_or(1.0, |other| first.score - other.score);
    let telling = sentences.iter().zip(cosines).filter(|(sentence, _)| sentence.tells);
    let telling = telling.map(both).fold(-0.5, f32::max);
    let (closest, best) = if cosines.is_empty() { (0.75, 0.0) } else { (closest, best) };
    [
        found.explain.nearest,
        first.score,
        held.first().map_or(0.0, |held| terms.share(held)),
        terms.share(&anywhere),
        rarest(&weights, &anywhere),
        first.lexical.map_or(0.0, |lexical| lexical.score) / total,
        closest,
        best,
        words.window,
        margin,
        words.joint,
        unnamed(&weights, &words.named, &anywhere),
        held.first().map_or(0.0, |held| unnamed(&weights, &words.named, held)),
        if wanted.known() { (best - telling).min(2.0) } else { 0.0 },
        f32::from(u8::from(first.language != found.language)),
    ]
}

#[cfg(test)]
mod tests {
    use index::TermWeights;

    use super::*;
    use crate::testing::{found, passage};

    fn of(question: &str, passages: &[Passage]) -> Words {
        let mut found = found(question, passages);
        found.terms = TermWeights::even(question);
        words(question, &sentences(&found, &Wanted::of(question)), &found)
    }

    #[test]
    fn a_window_stays_in_its_passage() {
        let check = |passages: &[Passage], window: f32| assert_eq!(of("red blue", passages).window, window);
        check(&[passage(1, "a.md", "A red car. It is fast. The sky is blue.")], 1.0);
        check(&[passage(1, "a.md", "A red car."), passage(2, "b.md", "The sky is blue.")], 0.5);
        check(&[passage(1, "a.md", "Nothing of the kind.")], 0.0);
    }

    #[test]
    fn names_and_the_rest_must_stand_together() {
        let check = |passages: &[Passage], joint: f32| {
            assert_eq!(of("what does Mistral charge", passages).joint, joint);
        };
        check(&[passage(1, "a.md", "We use Mistral here. They charge little.")], 1.0);
        check(&[passage(1, "a.md", "We use Mistral."), passage(2, "b.md", "Others charge little.")], 0.0);
    }

    #[test]
    fn a_name_that_no_passage_has_is_told_from_a_word() {
        let question = "how fast is Grok";
        let check = |text: &str, missing: f32| {
            let found = found(question, &[passage(1, "a.md", text)]);
            let wanted = Wanted::of(question);
            let all = sentences(&found, &wanted);
            let words = words(question, &all, &found);
            let signals = signals(&wanted, &found, &found.passages[0], &all, &[], &words);
            assert_eq!(signals[12], missing, "{text}");
        };
        check("Grok is a model here.", 0.0);
        check("Mixtral is fast enough.", 0.5);
    }
}
