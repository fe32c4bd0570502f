//! The sentences of the passages, and what each has of the question.

use index::{Found, Passage};

use crate::wanted::{Wanted, subject};

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
    /// Whether it has a thing of the kind that the question wants.
    pub(super) has_thing: bool,
    /// Whether it may tell it of what the question names.
    pub(super) tells: bool,
}

/// The sentences of all passages, in order.
pub(crate) fn sentences(found: &Found, wanted: &Wanted) -> Vec<Sentence> {
    let of = |(at, passage): (usize, &Passage)| -> Vec<Sentence> {
        let spans = index::sentences(&passage.text).into_iter();
        let texts = spans.map(|span| index::plain(&passage.text[span]));
        let texts: Vec<String> = texts.filter(|text| text.chars().count() >= 4).collect();
        let above = subject(passage);
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
            let has_thing = wanted.may_be_told(&text, &around);
            let tells = has_thing && above.iter().enumerate().all(of);
            Sentence { passage: at, text, held, coverage, has_thing, tells }
        };
        texts.into_iter().enumerate().map(sentence).collect()
    };
    found.passages.iter().enumerate().flat_map(of).collect()
}
