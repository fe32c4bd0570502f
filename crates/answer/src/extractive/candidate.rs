//! The sentences that may become part of an answer.

use std::ops::Range;

use index::Passage;

use super::aim::Aim;
use super::list::{self, List};
use crate::Prompt;
use crate::evidence::{EMBEDDED, promise};
use crate::kind::{Kind, is_no_statement};
use crate::table;
use crate::wanted::subject;

/// Passages that sentences are taken from.
const PASSAGES: usize = 5;
/// What a term counts for that stands above a sentence, beside one in it, where it is decided what to embed.
const ABOVE: f32 = 0.5;

/// A sentence that may become part of the answer, or a list.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The place of its passage, from 0.
    pub(super) passage: usize,
    /// Bytes of the passage's text.
    pub(super) span: Range<usize>,
    /// As a reader sees it.
    pub(super) text: String,
    /// What is embedded: the text, behind its heading where it is not understood alone.
    pub(super) embedded: String,
    pub(super) form: Form,
    /// Which of the question's terms it has.
    pub(super) held: Vec<bool>,
    /// Which it has together with what stands above it: title, headings, what introduces its list.
    pub(super) held_above: Vec<bool>,
    /// The share of the question's terms that it has, 0 to 1.
    pub(super) coverage: f32,
    /// The same of it together with the sentences beside it.
    pub(super) near: f32,
    /// The same of it together with what stands above it.
    pub(super) about: f32,
    /// Whether it stands under the title of its note alone, where notes say what they are about.
    pub(super) opens: bool,
    /// Whether it may tell what the question wants; none when that is not known.
    pub(super) tells: Option<bool>,
    /// The log-odds that it answers.
    pub(super) odds: f32,
}

/// What kind of a sentence it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A whole sentence.
    Prose,
    /// A row of a table.
    Row,
    /// A line or list item of a few words.
    Fragment,
    /// A whole list with its introduction.
    List,
}

/// The sentences worth embedding: those that contain the question's words before others.
pub(super) fn candidates(prompt: &Prompt, aim: &Aim) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (passage, at) in prompt.passages.iter().take(PASSAGES).zip(0..) {
        if !passage.headings.iter().any(|heading| is_no_statement(heading)) {
            of_passage(passage, at, prompt, aim, &mut found);
        }
    }
    let rank = |c: &Candidate| promise(c.coverage + ABOVE * (c.about - c.coverage), c.passage);
    found.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    found.truncate(EMBEDDED);
    found
}

fn of_passage(passage: &Passage, at: usize, prompt: &Prompt, aim: &Aim, found: &mut Vec<Candidate>) {
    let terms = &prompt.terms;
    let spans = index::sentences(&passage.text);
    let lists = list::lists(&passage.text, &spans);
    let texts: Vec<Option<String>> =
        spans.iter().map(|span| table::readable(passage, &spans, span)).collect();
    let held: Vec<Vec<bool>> =
        texts.iter().map(|text| terms.held(text.as_deref().unwrap_or_default())).collect();
    let heading = passage.headings.last().map_or(passage.title.as_str(), String::as_str);
    let above = subject(passage);
    let rows: String = passage.text.split_inclusive('\n').filter(|line| table::is_row(line)).collect();
    let around = format!("{above} {rows}");
    let above = terms.held(&above);
    let candidate = |span: Range<usize>, text: String, form: Form, near: &[bool], lead: &[bool]| {
        let held = terms.held(&text);
        let held_above = either(&either(&held, &above), lead);
        let alone = form == Form::Prose;
        Candidate {
            passage: at,
            coverage: terms.share(&held),
            near: terms.share(&either(near, &held)),
            about: terms.share(&held_above),
            tells: aim.wanted.known().then(|| aim.wanted.may_be_told(&text, &around)),
            embedded: if alone { text.clone() } else { format!("{heading}: {text}") },
            opens: passage.headings.len() <= 1,
            odds: 0.0,
            span,
            text,
            form,
            held,
            held_above,
        }
    };
    let of_lead = |span: &Range<usize>| {
        let list = lists.iter().find(|list| list.items.iter().any(|item| item.contains(&span.start)));
        list.and_then(|list| list.lead.as_ref()).map(|lead| terms.held(&passage.text[lead.clone()]))
    };
    for (nth, (span, text)) in spans.iter().zip(texts).enumerate() {
        let Some(text) = text else { continue };
        let Some(form) = form(&passage.text[span.clone()], &text) else { continue };
        let beside = held[nth.saturating_sub(1)..held.len().min(nth + 2)].iter();
        let near = beside.fold(held[nth].clone(), |all, one| either(&all, one));
        let lead = of_lead(span).unwrap_or_default();
        found.push(candidate(span.clone(), text, form, &near, &lead));
    }
    if matches!(aim.kind, Kind::List | Kind::Mechanism) {
        let text = |list: &List| {
            let parts = list.parts(&passage.text, &spans).into_iter();
            parts.map(|part| index::plain(&passage.text[part])).collect::<Vec<_>>().join(" ")
        };
        found.extend(lists.iter().map(|list| candidate(list.span(), text(list), Form::List, &[], &[])));
    }
}

/// Which terms one of two texts has; the second may be empty.
fn either(a: &[bool], b: &[bool]) -> Vec<bool> {
    a.iter().enumerate().map(|(at, a)| *a || b.get(at).copied().unwrap_or_default()).collect()
}

fn form(raw: &str, text: &str) -> Option<Form> {
    if table::is_row(raw) {
        return Some(Form::Row);
    }
    if is_prose(raw, text) {
        return Some(Form::Prose);
    }
    is_fragment(raw, text).then_some(Form::Fragment)
}

/// Whether a sentence can stand alone in an answer: not a heading, a table row, code, a bare formula or a fragment.
pub(crate) fn is_prose(raw: &str, text: &str) -> bool {
    let words = index::terms(text).len();
    let text = text.trim();
    let aside = text.starts_with(['(', '（']);
    let ends = text.ends_with(['.', '。', '!', '！', '”', '"', ')', '）', '；', ';']);
    // A list item may be a whole thought without a full stop; other text without one is a title or a label.
    let whole = if ends { words >= 4 } else { list::is_item(raw, &(0..raw.len())) && words >= 8 };
    is_statement(raw, text) && !aside && whole
}

/// Whether a line says something, but in few words: an item of a list, a line of plain text.
fn is_fragment(raw: &str, text: &str) -> bool {
    let text = text.trim();
    is_statement(raw, text) && !text.starts_with(['(', '（']) && index::terms(text).len() >= 2
}

/// Whether a sentence is no heading, table row, code, formula, question or introduction of what follows.
fn is_statement(raw: &str, text: &str) -> bool {
    let start = raw.trim_start();
    let markup = ["|", "#", "```", "~~~", "$$"].iter().any(|mark| start.starts_with(mark));
    !markup
        && !raw.starts_with("    ")
        && !text.ends_with([':', '：', '?', '？'])
        && text.chars().count() <= 500
}

#[cfg(test)]
mod tests {
    use index::Passage;

    use super::*;
    use crate::testing::passage;

    fn texts(question: &str, passages: &[Passage]) -> Vec<(String, Form)> {
        let terms = index::TermWeights::even(question);
        let prompt = crate::prompt(question, passages, &terms, crate::Budget::default()).0;
        candidates(&prompt, &Aim::of(&prompt)).into_iter().map(|c| (c.text, c.form)).collect()
    }

    fn check(text: &str, expected: &[(&str, Form)]) {
        let found = texts("what is GQA", &[passage(1, "a.md", text)]);
        let found: Vec<_> = found.iter().map(|(text, form)| (text.as_str(), *form)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn rows_and_sentences_are_told_apart() {
        check(
            "# Grouped-query attention\n\nGQA shares key heads between query heads.\n\n| name | b |\n|---|---|\n| GQA | 2 |\n\n- GQA item\n\n```\ncode here to run\n```\n",
            &[
                ("GQA shares key heads between query heads.", Form::Prose),
                ("name: GQA; b: 2", Form::Row),
                ("GQA item", Form::Fragment),
            ],
        );
        check("| GQA | 8 heads |", &[("GQA; 8 heads", Form::Row)]);
    }

    #[test]
    fn questions_asides_and_introductions_are_no_answers() {
        check(
            "What does grouped-query attention share?\n\n(See grouped-query attention in the other note.)\n\nIt has three parts:\n\nGQA shares key heads between query heads.\n",
            &[("GQA shares key heads between query heads.", Form::Prose)],
        );
    }

    #[test]
    fn sources_are_not_answers() {
        let mut sources = passage(
            1,
            "a.md",
            "GQA: Training Generalized Multi-Query Transformer Models, Ainslie et al., 2023.",
        );
        sources.headings = vec!["GQA".into(), "Sources".into()];
        let body = passage(2, "a.md", "GQA shares key heads between query heads.");
        let found = texts("what is GQA", &[sources, body]);
        assert_eq!(found, [("GQA shares key heads between query heads.".to_owned(), Form::Prose)]);
    }
}
