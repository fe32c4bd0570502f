//! What a refusal has to offer: the nearest notes, what they do say, and what could be asked of them.

use index::{Language, Lines, Passage, sanitize_line};
use serde::Serialize;

use crate::extractive::is_prose;
use crate::kind::is_no_statement;
use crate::{Refusal, table};

/// Notes that are named.
const NOTES: usize = 3;
/// Characters of what a note says.
const LONGEST: usize = 160;

/// A note near a question that it does not answer. All text is one line and sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nearby {
    /// The note.
    pub path: String,
    /// The lines of its nearest passage.
    #[serde(skip)]
    pub lines: Lines,
    /// Its first sentence, or the first row of a table with its header, cut to 160 characters; empty when it has neither.
    pub says: String,
    /// A question that it has an answer to, made from the heading; none without a heading that says something.
    pub ask: Option<String>,
}

impl Refusal {
    /// The nearest notes, at most three, each once: those in the language of `question` first, each language best first.
    #[must_use]
    pub fn nearby(&self, question: &str) -> Vec<Nearby> {
        let asked_in = Language::of(question);
        let (own, other): (Vec<_>, Vec<_>) =
            self.nearest.iter().partition(|passage| Language::of(&passage.text) == asked_in);
        let mut all: Vec<Nearby> = Vec::new();
        for passage in own.into_iter().chain(other) {
            let path = sanitize_line(&passage.path).into_owned();
            if all.len() < NOTES && !all.iter().any(|nearby| nearby.path == path) {
                all.push(Nearby { path, lines: passage.lines, says: says(passage), ask: ask(passage) });
            }
        }
        all
    }
}

fn says(passage: &Passage) -> String {
    let spans = index::sentences(&passage.text);
    let sentences = spans.iter().map(|span| (&passage.text[span.clone()], span));
    let first = sentences.clone().find_map(|(raw, _)| {
        let text = index::plain(raw);
        is_prose(raw, &text).then_some(text)
    });
    let row = || {
        sentences
            .filter(|(raw, _)| table::is_row(raw))
            .find_map(|(_, span)| table::readable(passage, &spans, span))
    };
    let text = first.or_else(row).unwrap_or_default();
    let text = sanitize_line(&text).trim().to_owned();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn ask(passage: &Passage) -> Option<String> {
    let heading = passage.headings.iter().rev().find(|heading| !is_no_statement(heading))?;
    let heading = sanitize_line(heading);
    let heading = heading.trim();
    match Language::of(heading) {
        _ if heading.is_empty() => None,
        _ if heading.ends_with(['?', '？']) => Some(heading.to_owned()),
        Language::English => Some(format!("What do my notes say about {heading}?")),
        Language::Chinese => Some(format!("笔记里关于“{heading}”说了什么？")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::passage;
    use crate::{GeneratorInfo, Timings};

    fn nearby(passages: &[Passage]) -> Vec<Nearby> {
        nearby_to("what is it", passages)
    }

    fn nearby_to(question: &str, passages: &[Passage]) -> Vec<Nearby> {
        let generator = GeneratorInfo { name: "extractive".into(), model: None, endpoint: None };
        let nearest = Arc::from(passages);
        Refusal { reason: "why".into(), nearest, generator, timings: Timings::default() }.nearby(question)
    }

    #[test]
    fn each_note_is_named_once_with_what_it_says() {
        let passages = [
            passage(1, "a.md", "# Heads\n\nGQA shares key heads between query heads. More."),
            passage(2, "a.md", "Another passage of the same note stands here."),
            passage(3, "b.md", "| a | b |"),
        ];
        let found = nearby(&passages);
        let paths: Vec<_> = found.iter().map(|nearby| nearby.path.as_str()).collect();
        assert_eq!(paths, ["a.md", "b.md"]);
        assert_eq!(found[0].says, "GQA shares key heads between query heads.");
        assert_eq!(found[1].says, "a; b");
        assert_eq!(nearby(&[]), []);
    }

    #[test]
    fn a_note_in_the_language_of_the_question_comes_first() {
        let passages = [
            passage(1, "en.md", "GQA shares key heads between query heads."),
            passage(2, "zh.md", "分组查询注意力让几个查询头共用一个键头。"),
            passage(3, "table.md", "| Model | Heads |\n|---|---|\n| Llama | 32 |"),
        ];
        let check = |question: &str, expected: [&str; 3]| {
            let found = nearby_to(question, &passages);
            let paths: Vec<_> = found.iter().map(|nearby| nearby.path.as_str()).collect();
            assert_eq!(paths, expected, "{question}");
        };
        check("how are heads shared", ["en.md", "table.md", "zh.md"]);
        check("怎样共用注意力头", ["zh.md", "en.md", "table.md"]);
        assert_eq!(nearby_to("heads", &passages)[1].says, "Model: Llama; Heads: 32");
    }

    #[test]
    fn questions_are_made_from_headings() {
        let check = |headings: &[&str], expected: Option<&str>| {
            let mut one = passage(1, "a.md", "Text.");
            one.headings = headings.iter().map(|&heading| heading.to_owned()).collect();
            assert_eq!(nearby(&[one])[0].ask.as_deref(), expected, "{headings:?}");
        };
        check(&[], None);
        check(&["Sources"], None);
        check(&["Why decoder-only?"], Some("Why decoder-only?"));
        check(&["Attention", "KV cache"], Some("What do my notes say about KV cache?"));
        check(&["注意力", "来源"], Some("笔记里关于“注意力”说了什么？"));
        check(&["\u{1b}[31mred"], Some("What do my notes say about red?"));
    }

    #[test]
    fn long_sentences_are_cut_at_a_character() {
        let found = nearby(&[passage(1, "a.md", &format!("{}。", "很长的一句话".repeat(60)))]);
        assert_eq!(found[0].says.chars().count(), LONGEST + 1);
    }
}
