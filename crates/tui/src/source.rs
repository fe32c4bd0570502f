//! Where an answer comes from, cleaned for the screen.

use answer::{Citation, Lines, Passage, sanitize, sanitize_line};

/// A passage or a citation of one, with nothing in it that a terminal could obey.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    /// What opens it: the number in the answer's marks, or the rank where nothing is cited. None for a passage that
    /// is not cited, when others are.
    pub(crate) number: Option<u32>,
    /// Whether it is a quote that the answer rests on.
    pub(crate) cited: bool,
    /// The rank of the passage, from 1.
    pub(crate) rank: u32,
    /// The path as the index knows it: for opening the note, never for the screen.
    pub(crate) raw_path: String,
    /// The path as it is shown.
    pub(crate) path: String,
    /// The lines of `text`.
    pub(crate) lines: Lines,
    /// `Attention › Variants`; empty when there are none.
    pub(crate) headings: String,
    /// What the passage leans on, on one line; empty for none, and for a quote.
    pub(crate) lead: String,
    /// The quote, or the passage.
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn of_passage(passage: &Passage) -> Self {
        Self {
            number: None,
            cited: false,
            rank: passage.rank,
            raw_path: passage.path.clone(),
            path: sanitize_line(&passage.path).into_owned(),
            lines: passage.lines,
            headings: trail(&passage.headings),
            lead: passage
                .lead
                .as_ref()
                .map_or_else(String::new, |lead| sanitize_line(&lead.text).into_owned()),
            text: sanitize(&passage.text).trim_matches('\n').to_owned(),
        }
    }

    pub(crate) fn of_citation(citation: &Citation) -> Self {
        Self {
            number: Some(citation.n),
            cited: true,
            rank: citation.passage,
            raw_path: citation.path.clone(),
            path: sanitize_line(&citation.path).into_owned(),
            lines: citation.lines,
            headings: trail(&citation.headings),
            lead: String::new(),
            text: sanitize(&citation.quote).trim_matches('\n').to_owned(),
        }
    }

    /// `attention.md:12-14`
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.path, self.lines)
    }
}

fn trail(headings: &[String]) -> String {
    let clean: Vec<_> = headings.iter().map(|heading| sanitize_line(heading)).collect();
    clean.join(" › ")
}
