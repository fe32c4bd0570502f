//! Notices when a model has run away and writes the same again and again.

use std::collections::HashMap;

/// How often a sentence may stand in a draft.
const SENTENCE: u32 = 2;
/// How much of the draft's end is looked at, in characters.
const TAIL: usize = 600;
/// The longest piece that is noticed within a sentence, in characters.
const LONGEST: usize = 120;
/// A piece must fill at least this much of the end, in characters, and stand there this often.
const FILLS: usize = 48;
const TIMES: usize = 4;

/// What a draft has said so far.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    sentences: HashMap<String, u32>,
    tail: Vec<char>,
}

impl Repeats {
    /// Whether a sentence stands in the draft too often. One of a word or two may.
    pub(crate) fn sentence(&mut self, text: &str) -> bool {
        let terms = index::terms(text);
        if terms.len() < 3 {
            return false;
        }
        let times = self.sentences.entry(terms.join(" ")).or_default();
        *times += 1;
        *times > SENTENCE
    }

    /// Whether the draft, `text` being its newest piece, ends in the same piece over and over. Rules and table lines,
    /// which have no letters, do not count.
    pub(crate) fn text(&mut self, text: &str) -> bool {
        self.tail.extend(text.chars());
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        let len = self.tail.len();
        (1..=LONGEST).any(|period| {
            let needed = (period * TIMES).max(FILLS);
            len >= needed + period
                && self.tail[len - period..].iter().any(|c| c.is_alphabetic())
                && (len - needed..len).all(|at| self.tail[at] == self.tail[at - period])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_noticed() {
        let check = |text: &str, expected: bool| {
            let mut repeats = Repeats::default();
            let found = text.chars().any(|c| repeats.text(&c.to_string()));
            assert_eq!(found, expected, "{text}");
        };
        check("", false);
        check(&"我是复读机，".repeat(20), true);
        check(&"the model the model ".repeat(8), true);
        check(&"哈".repeat(60), true);
        check("GQA shares key heads between query heads, MQA one key head, and MHA none at all.", false);
        check(&"-".repeat(400), false);
        check(&"|---".repeat(60), false);
        check("[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", false);
    }

    #[test]
    fn the_third_time_is_once_too_often() {
        let mut repeats = Repeats::default();
        let said = |repeats: &mut Repeats| repeats.sentence("GQA shares key heads.");
        assert_eq!([said(&mut repeats), said(&mut repeats), said(&mut repeats)], [false, false, true]);
        assert!(!(0..9).any(|_| repeats.sentence("Yes.")));
    }
}
