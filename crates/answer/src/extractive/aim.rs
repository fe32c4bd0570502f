//! What a question wants of an answer, and how far a sentence gives it.

use std::collections::HashSet;

use index::{Language, TermWeights};

use crate::Prompt;
use crate::kind::Kind;
use crate::verify::names::names;
use crate::wanted::Wanted;

/// The share of a side's words that a sentence of it has.
const ALL: f32 = 0.99;

/// What a question wants.
pub(super) struct Aim {
    pub(super) kind: Kind,
    pub(super) wanted: Wanted,
    pub(super) language: Language,
    /// The question's terms that are part of a name, in the order of its terms.
    names: Vec<bool>,
    /// The terms of each of the two things that it compares.
    sides: Option<[Vec<bool>; 2]>,
}

impl Aim {
    /// What the question of `prompt` wants.
    pub(super) fn of(prompt: &Prompt) -> Self {
        let (question, terms) = (prompt.question.as_str(), &prompt.terms);
        let kind = Kind::of(question);
        let of = |texts: &[String]| {
            let named: HashSet<String> = texts.iter().flat_map(|text| index::terms(text)).collect();
            terms.iter().map(|(term, _)| named.contains(term)).collect::<Vec<bool>>()
        };
        let sides = match &kind {
            Kind::Comparison(sides) => Some(sides.each_ref().map(|side| of(&[as_asked(question, side)]))),
            _ => None,
        };
        let sides =
            sides.filter(|sides| sides.iter().all(|side| side.contains(&true)) && sides[0] != sides[1]);
        let language = Language::of(question);
        Self { wanted: Wanted::of(question), language, names: of(&names(question)), sides, kind }
    }

    /// Whether it compares two things whose names are known.
    pub(super) fn compares(&self) -> bool {
        self.sides.is_some()
    }

    /// Which of the two things a text speaks of that holds these of the question's terms. Names that mean the same count.
    pub(super) fn sides_of(&self, held: &[bool], terms: &TermWeights) -> [bool; 2] {
        let share = |side: &Vec<bool>| {
            let of = || terms.iter().zip(side).zip(held).filter(|((_, of), _)| **of);
            let all: f32 = of().map(|(((_, weight), _), _)| weight).sum();
            let there: f32 = of().filter(|(_, held)| **held).map(|(((_, weight), _), _)| weight).sum();
            there >= all * ALL
        };
        self.sides.as_ref().map_or([true; 2], |sides| sides.each_ref().map(share))
    }

    /// Which of the names of the question are among the terms that are held.
    pub(super) fn named(&self, held: &[bool]) -> Vec<bool> {
        self.names.iter().zip(held).map(|(name, held)| *name && *held).collect()
    }
}

/// A name in small letters as the question writes it: `WordPiece` is two words, `wordpiece` is one.
fn as_asked(question: &str, name: &str) -> String {
    let at = question.to_lowercase().find(name);
    let asked = at.and_then(|at| question.get(at..at + name.len()));
    asked.filter(|asked| asked.to_lowercase() == name).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_of_a_comparison_are_told_apart() {
        let check = |question: &str, text: &str, expected: [bool; 2]| {
            let terms = TermWeights::even(question);
            let prompt = crate::prompt(question, &[], &terms, crate::Budget::default()).0;
            assert_eq!(Aim::of(&prompt).sides_of(&terms.held(text), &terms), expected, "{question} {text}");
        };
        check("How does MQA differ from MHA?", "MQA has one head, MHA many.", [true, true]);
        check("How does MQA differ from MHA?", "MQA has one head.", [true, false]);
        check("多查询注意力和分组查询注意力有什么区别？", "分组查询注意力有几个头。", [false, true]);
        check("Bi-encoder vs cross-encoder", "The cross-encoder reads both.", [false, true]);
        check("WordPiece 和 Unigram 有什么区别？", "WordPiece 看似然。", [true, false]);
        check("WordPiece 和 Unigram 有什么区别？", "SentencePiece 里有 Unigram。", [false, true]);
        check("What is MQA?", "Anything.", [true, true]);
    }
}
