//! How a chosen sentence is quoted: whole, after what its first words point back at; a list with its introduction.

use std::ops::Range;

use index::TermWeights;

use super::candidate::{Candidate, Form};
use super::list;
use crate::Passage;
use crate::kind::leans;

/// Half sentences are joined up to this many bytes.
const WHOLE: usize = 900;

/// Part of a passage that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    /// The place of the passage, from 0.
    pub(super) passage: usize,
    /// Bytes of its text.
    pub(super) span: Range<usize>,
    /// Whether it is an item of a list that is quoted as one.
    pub(super) item: bool,
}

/// The quotes that `candidate` is shown as, in order.
pub(super) fn quotes(candidate: &Candidate, passage: &Passage, terms: &TermWeights) -> Vec<Quote> {
    let quote = |item: bool| move |span: Range<usize>| Quote { passage: candidate.passage, span, item };
    let (text, span) = (passage.text.as_str(), candidate.span.clone());
    if candidate.form == Form::Row {
        return vec![quote(false)(span)];
    }
    let sentences = index::sentences(text);
    let lists = list::lists(text, &sentences);
    if candidate.form == Form::List {
        let list = lists.iter().find(|list| list.span() == span);
        let parts = list.map(|list| list.parts(text, &sentences)).unwrap_or_default().into_iter();
        return parts.map(|part| quote(list::is_item(text, &part))(part)).collect();
    }
    let Some(at) = sentences.iter().position(|sentence| *sentence == span) else {
        return vec![quote(false)(span)];
    };
    let span = whole(text, &sentences, at);
    let before = sentences.iter().position(|other| other.start == span.start);
    let before = before.and_then(|at| at.checked_sub(1)).map(|at| whole(text, &sentences, at));
    let antecedent = before.filter(|before| {
        leans(&index::plain(&text[span.clone()]).to_lowercase())
            && one_paragraph(&text[before.start..span.end])
            && super::is_prose(&text[before.clone()], &index::plain(&text[before.clone()]))
    });
    // An item alone is shown behind what introduces it, where that has more of the question.
    let list = lists.iter().find(|list| list.items.iter().any(|item| item.start == span.start));
    let lead = list.and_then(|list| list.lead.clone()).filter(|lead| {
        let (held, of_lead) = (&candidate.held, terms.held(&text[lead.clone()]));
        of_lead.iter().zip(held).any(|(lead, held)| *lead && !held)
    });
    let item = lead.is_some();
    let before = lead.or(antecedent).into_iter().map(quote(false));
    before.chain([quote(item)(span)]).collect()
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
