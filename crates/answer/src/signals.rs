//! The signals that the gate weighs: what the search measured, and what the sentences of the passages add to it.

mod sentence;
mod words;

use index::{Found, Passage};

pub(crate) use self::sentence::{Sentence, sentences};
use self::words::{Terms, words};
use crate::wanted::{Wanted, numbers};

/// What the signals are, in their order.
pub(crate) const NAMES: [&str; SIGNALS] = [
    "nearest chunk, cosine",
    "nearest chunk, deviations above the mean",
    "first passage, score",
    "first passage, lead over the next note",
    "first passage, share of the terms",
    "first passage, share of pairs of terms",
    "first passage, BM25 beside rarity",
    "first passage, missing names",
    "first passage, nearest sentence",
    "first passage, in the other language",
    "all passages, share of the terms",
    "all passages, missing names",
    "all passages, missing figures of the question",
    "three sentences, share of the terms",
    "three sentences, rarest missing term",
    "three sentences with such a thing, share of the terms",
    "three sentences, names with the rest",
    "nearest sentence, cosine",
    "nearest sentence, lead over the third",
    "best sentence, cosine and terms",
    "sentence that may tell, cosine",
    "sentence that may tell, behind the best",
];

/// How many signals there are.
pub(crate) const SIGNALS: usize = 22;

/// The places of those that speak against an answer; all others speak for one.
pub(crate) const AGAINST: [usize; 5] = [7, 11, 12, 14, 21];

/// The cosine of a sentence of no passage: as low as they come.
const FAR: f32 = 0.7;

/// The signals of `question`. `all` are the sentences of its passages, `near` those that were embedded, each with its cosine.
pub(crate) fn signals(
    question: &str,
    wanted: &Wanted,
    found: &Found,
    all: &[Sentence],
    near: &[(&Sentence, f32)],
) -> [f32; SIGNALS] {
    let terms = Terms::of(question, found);
    let words = words(&terms, all, found);
    let held: Vec<Vec<bool>> = found.passages.iter().map(|passage| passage.held(&found.terms)).collect();
    let has = |term| held.iter().any(|held| held.get(term).copied().unwrap_or_default());
    let anywhere: Vec<bool> = (0..terms.weights.len()).map(has).collect();
    let nothing = vec![false; terms.weights.len()];
    let held = held.first().unwrap_or(&nothing);

    let both = |(sentence, cosine): &(&Sentence, f32)| 12.0 * (cosine - 0.8) + sentence.coverage;
    let highest = |of: &dyn Fn(&Sentence) -> bool, by: &dyn Fn(&(&Sentence, f32)) -> f32, none: f32| {
        let chosen = near.iter().filter(|(sentence, _)| of(sentence)).map(by);
        chosen.max_by(f32::total_cmp).unwrap_or(none)
    };
    let cosine = |near: &(&Sentence, f32)| near.1;
    let closest = highest(&|_| true, &cosine, 0.75);
    let best = highest(&|_| true, &both, 0.0);
    let telling = highest(&|it| it.tells, &both, -0.5);
    let mut cosines: Vec<f32> = near.iter().map(cosine).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    let third = cosines.get(2).or(cosines.last()).copied().unwrap_or(closest);

    let first = found.passages.first();
    let of_first = |of: &dyn Fn(&Passage) -> f32| first.map_or(0.0, of);
    let margin = |first: &Passage| {
        let mut others = found.passages.iter().filter(|passage| passage.path != first.path);
        others.next().map_or(1.0, |other| first.score - other.score)
    };
    [
        found.explain.nearest,
        found.explain.standing,
        of_first(&|first| first.score),
        of_first(&margin),
        found.terms.share(held),
        terms.pairs(held),
        of_first(&|first| first.lexical.map_or(0.0, |lexical| lexical.score)) / terms.total(),
        terms.unnamed(held),
        highest(&|it| it.passage == 0, &cosine, 0.75),
        of_first(&|first| f32::from(u8::from(first.language != found.language))),
        found.terms.share(&anywhere),
        terms.unnamed(&anywhere),
        missing_figures(question, &found.passages),
        words.window,
        words.missing,
        words.with_thing,
        words.joint,
        closest,
        closest - third,
        best,
        highest(&|it| it.tells, &cosine, FAR),
        if wanted.known() { (best - telling).min(2.0) } else { 0.0 },
    ]
}

/// How many numbers of the question no passage has.
fn missing_figures(question: &str, passages: &[Passage]) -> f32 {
    let has = |passage: &Passage, number: &str| {
        passage.text.contains(number)
            || passage.title.contains(number)
            || passage.headings.iter().any(|heading| heading.contains(number))
    };
    numbers(question).filter(|number| !passages.iter().any(|passage| has(passage, number))).count() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, passage};

    fn of(question: &str, text: &str) -> [f32; SIGNALS] {
        let found = found(question, &[passage(1, "a.md", text)]);
        let wanted = Wanted::of(question);
        signals(question, &wanted, &found, &sentences(&found, &wanted), &[])
    }

    fn named(signals: [f32; SIGNALS], name: &str) -> f32 {
        NAMES.iter().zip(signals).find(|(known, _)| **known == name).map(|(_, signal)| signal).unwrap()
    }

    #[test]
    fn a_name_that_no_passage_has_is_told_from_a_word() {
        let check = |text: &str, missing: f32| {
            let signals = of("how fast is Grok", text);
            assert_eq!(named(signals, "first passage, missing names"), missing, "{text}");
        };
        check("Grok is a model here.", 0.0);
        check("Mixtral is fast enough.", 0.5);
    }

    #[test]
    fn figures_that_no_passage_has_are_counted() {
        let check = |question: &str, missing: f32| {
            let signals = of(question, "It won in 2011 and 2012.");
            assert_eq!(
                named(signals, "all passages, missing figures of the question"),
                missing,
                "{question}"
            );
        };
        check("who won", 0.0);
        check("who won in 2011", 0.0);
        check("who won in 2013", 1.0);
        check("从 2013 到 2014 谁赢了", 2.0);
    }

    #[test]
    fn without_a_sentence_nothing_is_near() {
        let signals = of("how fast is Grok", "");
        assert!(signals.iter().all(|signal| signal.is_finite()));
        assert_eq!(named(signals, "sentence that may tell, cosine"), FAR);
    }
}
