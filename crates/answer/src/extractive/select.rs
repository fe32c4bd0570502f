//! Which of the sentences make the answer, and in what order. A sentence off the question is worse than one fewer.

use std::ops::Range;

use index::Language;

use super::candidate::{Candidate, Form};
use super::score::bar;
use crate::kind::leans;
use crate::{Passage, Prompt};

/// Sentences of an answer, without those that another one leans on.
const MOST: usize = 3;
/// How far below the best sentence's log-odds another of its passage may lie: it goes on from it.
const NEAR: f32 = 1.0;
/// How far a sentence of another passage may.
const FAR: f32 = 0.4;
/// Half sentences are joined up to this many bytes.
const WHOLE: usize = 900;

/// The best sentence and those nearly as good that add something: the passage of the best first, within a passage in the
/// note's own order. Empty when even the best is not likely to answer.
pub(super) fn select(mut candidates: Vec<Candidate>, prompt: &Prompt) -> Vec<Quote> {
    candidates.sort_by(|a, b| {
        b.odds.total_cmp(&a.odds).then((a.passage, a.span.start).cmp(&(b.passage, b.span.start)))
    });
    let Some((best, home)) = candidates.first().map(|c| (c.odds, c.passage)) else { return Vec::new() };
    if best < bar(Language::of(&prompt.question)) {
        return Vec::new();
    }
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let near = candidate.odds >= best - if candidate.passage == home { NEAR } else { FAR };
        let adds = chosen.is_empty() || is_asked_for(&candidate, prompt);
        let known = || chosen.iter().any(|other| alike(&other.text, &candidate.text));
        if chosen.len() < MOST && near && adds && !known() {
            chosen.push(candidate);
        }
    }
    let mut order: Vec<usize> = Vec::new();
    let mut quotes: Vec<Quote> = Vec::new();
    for candidate in &chosen {
        if !order.contains(&candidate.passage) {
            order.push(candidate.passage);
        }
        let Some(passage) = prompt.passages.get(candidate.passage) else { continue };
        quotes.extend(with_antecedent(candidate, passage));
    }
    let place = |quote: &Quote| order.iter().position(|&passage| passage == quote.passage);
    quotes.sort_by_key(|quote| (place(quote), quote.span.start));
    quotes.dedup();
    quotes
}

/// Part of a passage that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    /// The place of the passage, from 0.
    pub(super) passage: usize,
    /// Bytes of its text.
    pub(super) span: Range<usize>,
}

/// A sentence, whole, and before it the one that its first word points back at, where that stands right before it.
fn with_antecedent(candidate: &Candidate, passage: &Passage) -> Vec<Quote> {
    let quote = |span: Range<usize>| Quote { passage: candidate.passage, span };
    if candidate.form == Form::Row {
        return vec![quote(candidate.span.clone())];
    }
    let sentences = index::sentences(&passage.text);
    let Some(at) = sentences.iter().position(|span| *span == candidate.span) else {
        return vec![quote(candidate.span.clone())];
    };
    let span = whole(&passage.text, &sentences, at);
    let before =
        sentences.iter().position(|other| other.start == span.start).and_then(|at| at.checked_sub(1));
    let text = index::plain(&passage.text[span.clone()]).to_lowercase();
    let antecedent =
        before.filter(|_| leans(&text)).map(|at| whole(&passage.text, &sentences, at)).filter(|before| {
            let raw = &passage.text[before.clone()];
            one_paragraph(&passage.text[before.start..span.end]) && super::is_prose(raw, &index::plain(raw))
        });
    antecedent.into_iter().chain([span]).map(quote).collect()
}

/// The whole sentence that the half at `at` belongs to: sentences are cut at semicolons, too.
fn whole(text: &str, sentences: &[Range<usize>], at: usize) -> Range<usize> {
    let is_half = |at: usize| text[sentences[at].clone()].trim_end().ends_with(['；', ';']);
    let (mut first, mut last) = (at, at);
    let fits = |first: usize, last: usize| {
        let all = &text[sentences[first].start..sentences[last].end];
        all.len() <= WHOLE && one_paragraph(all)
    };
    while first > 0 && is_half(first - 1) && fits(first - 1, last) {
        first -= 1;
    }
    while last + 1 < sentences.len() && is_half(last) && fits(first, last + 1) {
        last += 1;
    }
    sentences[first].start..sentences[last].end
}

/// Whether no blank line, list item or row begins within `text`.
fn one_paragraph(text: &str) -> bool {
    text.lines().skip(1).all(|line| {
        let line = line.trim_start();
        !line.is_empty()
            && !line.starts_with(['-', '*', '+', '|', '#', '>'])
            && !line.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Whether a sentence is more than the neighbour of a row that answers: all rows of a table share the words of its header,
/// and what a row is about stands in its first cell.
fn is_asked_for(candidate: &Candidate, prompt: &Prompt) -> bool {
    let first = candidate.text.split([';', '；']).next().unwrap_or_default();
    let cell = first.split_once(": ").or(first.split_once('：')).map_or(first, |(_, cell)| cell);
    candidate.form != Form::Row || prompt.terms.coverage(cell) > 0.0
}

/// Whether two sentences share most of their words.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (index::terms(a), index::terms(b));
    let shared = a.iter().filter(|term| b.contains(term)).count();
    shared * 10 >= a.len().min(b.len()) * 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    /// What is chosen of sentences with these log-odds, each given by its first words: (passage from 0, text, log-odds).
    fn check(texts: &[&str], scored: &[(usize, &str, f32)], expected: &[&str]) {
        let question = "what is grouped-query attention";
        let passages: Vec<Passage> =
            (1..).zip(texts).map(|(rank, text)| passage(rank, &format!("{rank}.md"), text)).collect();
        let terms = index::TermWeights::even(question);
        let prompt = crate::prompt(question, &passages, &terms, crate::Budget::default()).0;
        let candidate = |&(passage, begins, odds): &(usize, &str, f32)| {
            let text = &passages[passage].text;
            let sentences = index::sentences(text);
            let span =
                sentences.iter().find(|span| text[(*span).clone()].starts_with(begins)).unwrap().clone();
            Candidate {
                passage,
                text: crate::table::readable(&passages[passage], &sentences, &span).unwrap(),
                span,
                form: if begins.starts_with('|') { Form::Row } else { Form::Prose },
                coverage: 0.0,
                near: 0.0,
                odds,
            }
        };
        let chosen = select(scored.iter().map(candidate).collect(), &prompt);
        let quoted: Vec<&str> =
            chosen.iter().map(|quote| &passages[quote.passage].text[quote.span.clone()]).collect();
        assert_eq!(quoted, expected);
    }

    #[test]
    fn the_best_come_first_in_the_order_of_the_note() {
        let texts = [
            "Intro words about nothing much. Unlike remark that nearly matches too.",
            "First sentence defining the subject clearly. Later sentence with good content here.",
            "First sentence defining the subject clearly.",
        ];
        let scored =
            [(0, "Intro", -1.5), (0, "Unlike", 0.7), (1, "Later", 0.2), (1, "First", 1.0), (2, "First", 0.9)];
        check(
            &texts,
            &scored,
            &[
                "First sentence defining the subject clearly.",
                "Later sentence with good content here.",
                "Unlike remark that nearly matches too.",
            ],
        );
    }

    #[test]
    fn where_the_best_is_unlikely_there_is_no_answer() {
        check(&["A sentence that is off the point."], &[(0, "A sentence", -9.0)], &[]);
        check(&[], &[], &[]);
    }

    #[test]
    fn what_leans_on_the_sentence_before_brings_it_along() {
        let texts = ["MQA has one key head. It saves the most memory of all."];
        check(
            &texts,
            &[(0, "It saves", 1.0)],
            &["MQA has one key head.", "It saves the most memory of all."],
        );
        // Once, where that was chosen too.
        let both = [(0, "It saves", 1.0), (0, "MQA", 0.9)];
        check(&texts, &both, &["MQA has one key head.", "It saves the most memory of all."]);
        // What stands in another paragraph is no antecedent.
        check(
            &["MQA has one key head.\n\nIt saves the most memory."],
            &[(0, "It", 1.0)],
            &["It saves the most memory."],
        );
    }

    #[test]
    fn of_a_table_the_rows_that_are_asked_for_are_taken() {
        let texts = ["| Kind | Heads |\n|---|---|\n| grouped | 8 |\n| other | 1 |\n| query | 32 |"];
        let scored = [(0, "| grouped", 1.0), (0, "| other", 0.9), (0, "| query", 0.8)];
        check(&texts, &scored, &["| grouped | 8 |", "| query | 32 |"]);
    }

    #[test]
    fn halves_are_joined() {
        let texts = ["前一句。多查询注意力只有一个键头；分组查询注意力有几个。后一句。"];
        check(&texts, &[(0, "多查询", 1.0)], &["多查询注意力只有一个键头；分组查询注意力有几个。"]);
        check(&texts, &[(0, "分组", 1.0)], &["多查询注意力只有一个键头；分组查询注意力有几个。"]);
        check(
            &texts,
            &[(0, "分组", 1.0), (0, "多查询", 0.9)],
            &["多查询注意力只有一个键头；分组查询注意力有几个。"],
        );
    }
}
