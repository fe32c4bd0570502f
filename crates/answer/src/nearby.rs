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
    /// The sentence that has most of the question's words, or else such a row of a table with its header, cut to 160
    /// characters; not empty.
    pub says: String,
    /// A question that it has an answer to, made from its headings, in the language of the question; none without a heading
    /// that says something.
    pub ask: Option<String>,
}

impl Refusal {
    /// The nearest notes that say something, at most three, each once: those in the language of `question` first, each
    /// language best first, and last what notes do not put forward as a fact.
    #[must_use]
    pub fn nearby(&self, question: &str) -> Vec<Nearby> {
        let asked_in = Language::of(question);
        let is_unsaid = |passage: &Passage| passage.headings.iter().any(|heading| is_no_statement(heading));
        let mut nearest: Vec<&Passage> = self.nearest.iter().collect();
        nearest.sort_by_key(|passage| (is_unsaid(passage), Language::of(&passage.text) != asked_in));
        let mut all: Vec<Nearby> = Vec::new();
        for passage in nearest {
            let path = sanitize_line(&passage.path).into_owned();
            if all.len() == NOTES || all.iter().any(|nearby| nearby.path == path) {
                continue;
            }
            if let Some(says) = says(passage, question) {
                all.push(Nearby { path, lines: passage.lines, says, ask: ask(passage, asked_in) });
            }
        }
        all
    }
}

/// What a passage says that has most of the question's words: a sentence, or else a row of a table or an item of a list;
/// of those that have the same, the first. None when it has nothing to say.
fn says(passage: &Passage, question: &str) -> Option<String> {
    let spans = index::sentences(&passage.text);
    let readable = |span: &std::ops::Range<usize>| {
        let text = table::readable(passage, &spans, span)?;
        let raw = &passage.text[span.clone()];
        let heading = raw.trim_start().starts_with('#');
        (!heading).then(|| (is_prose(raw, &text), index::coverage(question, &text), text))
    };
    let mut best: Option<(bool, f32, String)> = None;
    for new in spans.iter().filter_map(readable) {
        if best.as_ref().is_none_or(|best| (new.0, new.1) > (best.0, best.1)) {
            best = Some(new);
        }
    }
    let text = best?.2;
    let text = sanitize_line(&text).trim().to_owned();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None => Some(text).filter(|text| !text.is_empty()),
    }
}

/// A question in the language `asked_in` about what stands under the headings of a passage.
fn ask(passage: &Passage, asked_in: Language) -> Option<String> {
    let clean = |heading: &String| sanitize_line(heading).trim().to_owned();
    let says = |heading: &&String| !is_no_statement(heading) && !heading.trim().is_empty();
    let mut headings = passage.headings.iter().filter(says);
    let (first, last) = (headings.next().map(clean)?, headings.next_back().map(clean));
    // "How to make it smaller" does not say what "it" is.
    let about = last.as_ref().map_or_else(|| first.clone(), |last| format!("{first}: {last}"));
    let last = last.unwrap_or(first);
    Some(match asked_in {
        of if last.ends_with(['?', '？']) && Language::of(&last) == of => last,
        Language::English => format!("What do my notes say about {about}?"),
        Language::Chinese => format!("笔记里关于“{about}”说了什么？"),
    })
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
    fn the_sentence_with_the_words_of_the_question_is_quoted() {
        let text =
            "# Heads\n\nGQA shares key heads between query heads. A cache holds keys and values of tokens.";
        let check = |question: &str, expected: &str| {
            assert_eq!(nearby_to(question, &[passage(1, "a.md", text)])[0].says, expected, "{question}");
        };
        check("what is it", "GQA shares key heads between query heads.");
        check("how large is a cache", "A cache holds keys and values of tokens.");
        assert_eq!(nearby(&[passage(1, "a.md", "# Heading alone"), passage(2, "b.md", "")]), []);
    }

    #[test]
    fn questions_are_made_from_headings() {
        let check = |question: &str, headings: &[&str], expected: Option<&str>| {
            let mut one = passage(1, "a.md", "Text.");
            one.headings = headings.iter().map(|&heading| heading.to_owned()).collect();
            assert_eq!(nearby_to(question, &[one])[0].ask.as_deref(), expected, "{headings:?}");
        };
        check("what", &[], None);
        check("what", &["Sources"], None);
        check("what", &["Models", "Why decoder-only?"], Some("Why decoder-only?"));
        check("what", &["KV cache"], Some("What do my notes say about KV cache?"));
        check("what", &["Cache", "How it grows"], Some("What do my notes say about Cache: How it grows?"));
        check("什么", &["注意力", "来源"], Some("笔记里关于“注意力”说了什么？"));
        check("什么", &["KV cache"], Some("笔记里关于“KV cache”说了什么？"));
        check("what", &["\u{1b}[31mred"], Some("What do my notes say about red?"));
    }

    #[test]
    fn long_sentences_are_cut_at_a_character() {
        let found = nearby(&[passage(1, "a.md", &format!("{}。", "很长的一句话".repeat(60)))]);
        assert_eq!(found[0].says.chars().count(), LONGEST + 1);
    }
}
