//! What the question's words say, alone and together.

use std::collections::HashSet;

use index::Found;

use super::sentence::Sentence;
use crate::verify::names::names;

/// The question's terms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Terms {
    /// How rare each is.
    pub(super) weights: Vec<f32>,
    /// Which are part of a name.
    pub(super) named: Vec<bool>,
}

impl Terms {
    pub(super) fn of(question: &str, found: &Found) -> Self {
        let names: HashSet<String> = names(question).iter().flat_map(|name| index::terms(name)).collect();
        let named = found.terms.iter().map(|(term, _)| names.contains(term)).collect();
        Self { weights: found.terms.iter().map(|(_, weight)| weight).collect(), named }
    }

    /// The weight of all, above 0.
    pub(super) fn total(&self) -> f32 {
        self.weights.iter().sum::<f32>().max(1e-6)
    }

    /// The terms with their weights and whether each is held.
    fn with<'a>(&'a self, held: &'a [bool]) -> impl Iterator<Item = (f32, bool, bool)> + Clone + 'a {
        let terms = self.weights.iter().zip(&self.named).zip(held);
        terms.map(|((weight, named), held)| (*weight, *named, *held))
    }

    /// The heaviest of the terms that are not held, as a share of all.
    pub(super) fn rarest(&self, held: &[bool]) -> f32 {
        let missing = self.with(held).filter(|(_, _, held)| !held);
        missing.map(|(weight, ..)| weight).fold(0.0, f32::max) / self.total()
    }

    /// The share of the terms that are names and not held.
    pub(super) fn unnamed(&self, held: &[bool]) -> f32 {
        let missing = self.with(held).filter(|(_, named, held)| *named && !held);
        missing.map(|(weight, ..)| weight).sum::<f32>() / self.total()
    }

    /// The share of pairs of terms that are both held; of a single term, 1 where it is.
    pub(super) fn pairs(&self, held: &[bool]) -> f32 {
        let squares = |of: &mut dyn Iterator<Item = f32>| {
            let (sum, squares) = of.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
            sum * sum - squares
        };
        let all = squares(&mut self.weights.iter().copied());
        let there = squares(&mut self.with(held).filter(|(_, _, held)| *held).map(|(weight, ..)| weight));
        if self.weights.len() > 1 && all > 0.0 { there / all } else { f32::from(u8::from(held == [true])) }
    }

    /// The share of the names, or of the other terms, that is held; 1 where there are none.
    fn share(&self, held: &[bool], named: bool) -> f32 {
        let kind = self.with(held).filter(|(_, is_name, _)| *is_name == named);
        let all: f32 = kind.clone().map(|(weight, ..)| weight).sum();
        let there: f32 = kind.filter(|(_, _, held)| *held).map(|(weight, ..)| weight).sum();
        if all > 0.0 { there / all } else { 1.0 }
    }
}

/// What the best three sentences of a passage that follow each other have of the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Words {
    /// The largest share of its terms.
    pub(super) window: f32,
    /// The heaviest term that those three have not, as a share of all.
    pub(super) missing: f32,
    /// The largest share in three of which one has a thing of the kind that is wanted.
    pub(super) with_thing: f32,
    /// The largest product of the share of the names and the share of the other words: a question after something of
    /// someone is answered where both stand.
    pub(super) joint: f32,
}

/// Looks through the windows of three sentences.
pub(super) fn words(terms: &Terms, sentences: &[Sentence], found: &Found) -> Words {
    let mut words = Words { window: 0.0, missing: 1.0, with_thing: 0.0, joint: 0.0 };
    for start in 0..sentences.len() {
        let run = &sentences[start..sentences.len().min(start + 3)];
        let near = || run.iter().filter(|sentence| sentence.passage == run[0].passage);
        let any = |term| near().any(|sentence| sentence.held.get(term).copied().unwrap_or_default());
        let held: Vec<bool> = (0..terms.weights.len()).map(any).collect();
        let share = found.terms.share(&held);
        if share > words.window {
            (words.window, words.missing) = (share, terms.rarest(&held));
        }
        if near().any(|sentence| sentence.has_thing) {
            words.with_thing = words.with_thing.max(share);
        }
        words.joint = words.joint.max(terms.share(&held, true) * terms.share(&held, false));
    }
    words
}

#[cfg(test)]
mod tests {
    use index::{Passage, TermWeights};

    use super::super::sentence::sentences;
    use super::*;
    use crate::testing::{found, passage};
    use crate::wanted::Wanted;

    fn of(question: &str, passages: &[Passage]) -> Words {
        let mut found = found(question, passages);
        found.terms = TermWeights::even(question);
        words(&Terms::of(question, &found), &sentences(&found, &Wanted::of(question)), &found)
    }

    #[test]
    fn a_window_stays_in_its_passage() {
        let check = |passages: &[Passage], window: f32, missing: f32| {
            let words = of("red blue", passages);
            assert_eq!((words.window, words.missing), (window, missing));
        };
        check(&[passage(1, "a.md", "A red car. It is fast. The sky is blue.")], 1.0, 0.0);
        check(&[passage(1, "a.md", "A red car."), passage(2, "b.md", "The sky is blue.")], 0.5, 0.5);
        check(&[passage(1, "a.md", "Nothing of the kind.")], 0.0, 1.0);
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
    fn pairs_count_by_weight() {
        let check = |weights: &[f32], held: &[bool], expected: f32| {
            let terms = Terms { weights: weights.to_vec(), named: vec![false; weights.len()] };
            assert!(
                (terms.pairs(held) - expected).abs() < 1e-6,
                "{weights:?} {held:?} {}",
                terms.pairs(held)
            );
        };
        check(&[1.0, 1.0, 1.0], &[true, true, false], 1.0 / 3.0);
        check(&[3.0, 2.0, 1.0], &[true, true, false], 6.0 / 11.0);
        check(&[1.0, 1.0], &[true, false], 0.0);
        check(&[2.0], &[true], 1.0);
        check(&[2.0], &[false], 0.0);
        check(&[], &[], 0.0);
    }
}
