//! What a refusal has to offer: the nearest notes, what they do say, and what could be asked of them.

use index::{Language, Lines, Passage, sanitize_line};
use serde::Serialize;

use crate::Refusal;
use crate::extractive::is_prose;
use crate::kind::is_no_statement;

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
    /// Its first sentence, cut to 160 characters; empty when it has none.
    pub says: String,
    /// A question that it has an answer to, made from the heading; none without a heading that says something.
    pub ask: Option<String>,
}

impl Refusal {
    /// The nearest notes, best first, at most three, each once.
    #[must_use]
    pub fn nearby(&self) -> Vec<Nearby> {
        let mut all: Vec<Nearby> = Vec::new();
        for passage in self.nearest.iter() {
            let path = sanitize_line(&passage.path).into_owned();
            if all.len() < NOTES && !all.iter().any(|nearby| nearby.path == path) {
                all.push(Nearby { path, lines: passage.lines, says: says(passage), ask: ask(passage) });
            }
        }
        all
    }
}

fn says(passage: &Passage) -> String {
    let sentences = index::sentences(&passage.text).into_iter().map(|span| &passage.text[span]);
    let first = sentences.map(|raw| (raw, index::plain(raw))).find(|(raw, text)| is_prose(raw, text));
    let text = first.map_or_else(String::new, |(_, text)| sanitize_line(&text).trim().to_owned());
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
        let generator = GeneratorInfo { name: "extractive".into(), model: None, endpoint: None };
        let nearest = Arc::from(passages);
        Refusal { reason: "why".into(), nearest, generator, timings: Timings::default() }.nearby()
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
        assert_eq!(found[1].says, "");
        assert_eq!(nearby(&[]), []);
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
