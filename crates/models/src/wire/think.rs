//! Tells what a model thinks aloud from what it answers, where both come in one text.
//!
//! Some servers leave `<think>…</think>` in the text. It is taken for a thought where a line begins with it: a note
//! about such models may well be quoted in the middle of one.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A piece of text, told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Thought(String),
}

/// Splits a text that comes in pieces. What could still become a tag is held back until it is one or is not.
#[derive(Debug)]
pub(super) struct Splitter {
    /// Not yet told apart: blanks and the beginning of a tag.
    held: String,
    place: Place,
    /// Some of the answer has come: until then blanks are dropped.
    begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but blanks since the line began: a thought may begin.
    LineStart,
    Line,
    Thought,
}

impl Default for Splitter {
    fn default() -> Self {
        Self { held: String::new(), place: Place::LineStart, begun: false }
    }
}

impl Splitter {
    /// Takes the next piece of the text and adds what is told apart to `pieces`.
    pub(super) fn feed(&mut self, text: &str, pieces: &mut Vec<Piece>) {
        self.held.push_str(text);
        while self.step(pieces) {}
    }

    /// Ends the text: what was held back is no tag any more.
    pub(super) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        let rest = std::mem::take(&mut self.held);
        match self.place {
            Place::Thought => thought(rest, pieces),
            _ => self.text(rest, pieces),
        }
    }

    /// Tells a part of what is held apart; whether there may be more to tell.
    fn step(&mut self, pieces: &mut Vec<Piece>) -> bool {
        match self.place {
            Place::LineStart => {
                let word = self.held.trim_start();
                let blanks = self.held.len() - word.len();
                if let Some(rest) = word.strip_prefix(OPEN) {
                    let rest = rest.to_owned();
                    let before: String = self.held.drain(..blanks).collect();
                    self.text(before, pieces);
                    self.held = rest;
                    self.place = Place::Thought;
                } else if OPEN.starts_with(word) {
                    return false;
                } else {
                    self.place = Place::Line;
                }
                true
            }
            Place::Line => {
                let end = self.held.find('\n').map_or(self.held.len(), |at| at + 1);
                let line: String = self.held.drain(..end).collect();
                if line.ends_with('\n') {
                    self.place = Place::LineStart;
                }
                self.text(line, pieces);
                !self.held.is_empty()
            }
            Place::Thought => {
                if let Some(at) = self.held.find(CLOSE) {
                    let rest = self.held.split_off(at + CLOSE.len());
                    let mut inner = std::mem::replace(&mut self.held, rest);
                    inner.truncate(at);
                    thought(inner, pieces);
                    self.place = Place::LineStart;
                    return true;
                }
                // Hold back the longest end that may be the beginning of the closing tag.
                let keep =
                    (1..CLOSE.len()).rev().find(|&n| self.held.ends_with(&CLOSE[..n])).unwrap_or_default();
                let rest = self.held.split_off(self.held.len() - keep);
                thought(std::mem::replace(&mut self.held, rest), pieces);
                false
            }
        }
    }

    fn text(&mut self, text: String, pieces: &mut Vec<Piece>) {
        let text = if self.begun { text } else { text.trim_start().to_owned() };
        if !text.is_empty() {
            self.begun = true;
            pieces.push(Piece::Text(text));
        }
    }
}

fn thought(text: String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Thought(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text and the thoughts, each in one string.
    fn split<'a>(parts: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let (mut splitter, mut pieces) = (Splitter::default(), Vec::new());
        for part in parts {
            splitter.feed(part, &mut pieces);
        }
        splitter.finish(&mut pieces);
        let (mut text, mut thoughts) = (String::new(), String::new());
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(&piece),
                Piece::Thought(piece) => thoughts.push_str(&piece),
            }
        }
        (text, thoughts)
    }

    #[test]
    fn thoughts_are_told_from_the_answer_wherever_the_text_is_cut() {
        let check = |whole: &str, text: &str, thoughts: &str| {
            let expected = (text.to_owned(), thoughts.to_owned());
            assert_eq!(split([whole]), expected, "{whole:?}");
            let letters: Vec<String> = whole.chars().map(String::from).collect();
            assert_eq!(split(letters.iter().map(String::as_str)), expected, "{whole:?}, letter by letter");
            for (at, _) in whole.char_indices() {
                assert_eq!(split([&whole[..at], &whole[at..]]), expected, "{whole:?}, cut at {at}");
            }
        };
        check("", "", "");
        check("GQA shares heads.", "GQA shares heads.", "");
        check("<think>hm</think>\n\nGQA.", "GQA.", "hm");
        check("\n <think>嗯</think>答案。", "答案。", "嗯");
        check("<think></think>GQA.", "GQA.", "");
        check("<think>a < b </thin </think>x", "x", "a < b </thin ");
        check("<think>a</think><think>b</think>x", "x", "ab");
        check("One.\n<think>hm</think>\nTwo.", "One.\n\nTwo.", "hm");
        check("The tag `<think>` opens a thought.", "The tag `<think>` opens a thought.", "");
        check("<thinking> is another tag", "<thinking> is another tag", "");
        check("<b", "<b", "");
        check("<thin", "<thin", "");
        check("<think>never closed </thi", "", "never closed </thi");
        check("  led by blanks", "led by blanks", "");
        check("a\n\n  b", "a\n\n  b", "");
        check(" \n ", "", "");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(parts in prop::collection::vec("[a<>/thinkn \n]{0,6}|<think>|</think>", 0..12)) {
            let whole = parts.concat();
            let (text, thoughts) = split(parts.iter().map(String::as_str));
            prop_assert_eq!(&split([whole.as_str()]), &(text.clone(), thoughts.clone()));
            if !whole.contains("<think>") {
                prop_assert_eq!(text.as_str(), whole.trim_start());
                prop_assert_eq!(thoughts.as_str(), "");
            }
        }
    }
}
