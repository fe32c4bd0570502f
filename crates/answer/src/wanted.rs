//! What a question wants to be told, and whether a sentence may tell it: a question after a price is not answered by a
//! sentence without one, however near its subject is. Rules, made to err towards yes; both languages.

mod heard;
mod nouns;
mod told;

use index::{Passage, is_han};

pub(crate) use self::heard::Thing;
use self::heard::thing;
use self::nouns::nouns;
pub(crate) use self::told::numbers;
use crate::verify::names::names;

/// What a question wants.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    thing: Option<Thing>,
    /// What is counted, or whose name is asked for, in other words too: one of them should be near.
    nouns: Vec<String>,
    /// What it is about.
    names: Vec<String>,
    question: String,
}

impl Wanted {
    /// What `question` wants.
    pub(crate) fn of(question: &str) -> Self {
        let lower = question.to_lowercase();
        let thing = thing(&lower);
        let nouns =
            if matches!(thing, Some(Thing::Number | Thing::Name)) { nouns(&lower) } else { Vec::new() };
        let words = names(question).into_iter().map(|name| words(&name));
        let names = words.filter(|name| !name.is_empty() && !name.starts_with("token")).collect();
        Self { thing, nouns, names, question: lower }
    }

    /// Whether it is known what is wanted.
    pub(crate) fn known(&self) -> bool {
        self.thing.is_some()
    }

    /// What kind of thing is wanted, where it is known.
    pub(crate) fn thing(&self) -> Option<Thing> {
        self.thing
    }

    /// Which of the names of the question are in `text`, in their order.
    pub(crate) fn named(&self, text: &str) -> Vec<bool> {
        let text = words(text);
        self.names.iter().map(|name| holds(&text, name)).collect()
    }

    /// Whether `sentence` may tell what is wanted; `around` is what its passage says of all its sentences: title, headings,
    /// rows of tables.
    pub(crate) fn may_be_told(&self, sentence: &str, around: &str) -> bool {
        let Some(thing) = self.thing else { return true };
        thing.is_in(sentence, &self.question) && self.counts(sentence, around)
    }

    /// Whether the noun is near. A sentence in the other language need not have it where its word there is not known.
    fn counts(&self, sentence: &str, around: &str) -> bool {
        let chinese = sentence.chars().any(is_han);
        let elsewhere = chinese != self.question.chars().any(is_han)
            && !self.nouns.iter().any(|noun| noun.chars().any(is_han) == chinese);
        let text = format!("{sentence} {around}").to_lowercase();
        elsewhere || self.nouns.is_empty() || self.nouns.iter().any(|noun| text.contains(noun.as_str()))
    }
}

/// What is said of all sentences of a passage, on one line: its title and its headings.
pub(crate) fn subject(passage: &Passage) -> String {
    format!("{} {}", passage.title, passage.headings.join(" "))
}

fn any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// `text` in lower case with single spaces for everything but letters, digits and dots.
fn words(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '.' || is_han(c) { c } else { ' ' };
    let text: String = text.to_lowercase().chars().map(kept).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether `text` has `name` as a whole: Llama 4 is not Llama 4.1, and GLM-4 not GLM-45.
fn holds(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let mut after = text[at + name.len()..].chars();
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(|c| c.is_ascii_digit()),
            next => next.is_some_and(|c| c.is_ascii_alphanumeric()),
        };
        !text[..at].ends_with(part) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_tells_what_is_wanted_or_not() {
        let check = |question: &str, sentence: &str, expected: bool| {
            assert_eq!(Wanted::of(question).may_be_told(sentence, ""), expected, "{question} {sentence}");
        };
        check("How many layers does GLM have?", "GLM-130B has 70 layers.", true);
        check("How many layers does GLM have?", "GLM-130B 有 70 层。", true);
        check("How many layers does GLM have?", "GLM saw 400 billion tokens.", false);
        check("GLM 有多少层？", "GLM has 70 layers.", true);
        check("How many judges were there?", "法官有 3 名。", true);
        check("How much does it cost?", "It has 7 layers.", false);
        check("How much does it cost?", "It costs $7.", true);
        check("训练了多少天？", "2023 年 3 月发布。", false);
        check("训练了多少天？", "训练了三天。", true);
        check("How many days did it take?", "It took two weeks.", true);
        check("When was it released?", "It came in July 2023.", true);
        check("When was it released?", "It is fast.", false);
        check("What percent is it?", "It is 7 %.", true);
        check("Who wrote it?", "It was written by Shazeer.", true);
        check("Who wrote it?", "It was written long ago.", false);
        check("百川的创始人是谁？", "百川发布了新模型。", false);
        check("百川的创始人是谁？", "百川的创始人叫王某。", true);
        check("Why is it slow?", "It is.", true);
    }

    #[test]
    fn a_name_is_held_as_a_whole() {
        let check = |text: &str, name: &str, expected: bool| {
            assert_eq!(holds(&words(text), &words(name)), expected, "{text} {name}");
        };
        check("We run GPT-4 here.", "GPT 4", true);
        check("We run Llama 4.1", "Llama 4", false);
        check("Llama 4.", "llama 4", true);
        check("GLM-45 is new", "GLM-4", false);
        check("用 BERT 做分类", "BERT", true);
        check("用BERT做分类", "BERT", true);
        check("DistilBERT", "BERT", false);
    }
}
