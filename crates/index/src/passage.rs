//! A passage: a chunk that was retrieved, with what made it rank where it does.

use notes::{Language, Lead, Lines};
use serde::Serialize;

use crate::TermWeights;

/// Where one half of the search put a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Signal {
    /// From 1, best first.
    pub rank: u32,
    /// Dense: cosine, -1 to 1. Lexical: BM25, from 0, without an upper bound.
    pub score: f32,
}

/// A chunk that was retrieved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passage {
    /// From 1, best first.
    pub rank: u32,
    /// The note, relative to the notes folder, `/`-separated.
    pub path: String,
    /// The note's title, or its file name.
    pub title: String,
    /// The note's lines that it covers.
    pub lines: Lines,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// Lines before it that it is not understood without, such as the header of its table: shown, never quoted.
    pub lead: Option<Lead>,
    /// Its text as it stands in the note.
    pub text: String,
    /// The language of `text`.
    pub language: Language,
    /// The note's date, `YYYY-MM-DD`: front matter, else the file's.
    pub date: Option<String>,
    /// What it was ranked by; comparable within one search only.
    pub score: f32,
    /// Where the vectors put it; `None` when they did not find it.
    pub dense: Option<Signal>,
    /// Where BM25 put it; `None` when no word of the question is in it.
    pub lexical: Option<Signal>,
    /// The share of the question's words that it contains, weighted by their rarity, 0 to 1.
    pub coverage: f32,
}

impl Passage {
    /// Whether it, or a heading or title above it, has each of `terms`, in the order of [`TermWeights::iter`].
    #[must_use]
    pub fn held(&self, terms: &TermWeights) -> Vec<bool> {
        terms.held(&format!("{}\n{}\n{}", self.title, self.headings.join("\n"), self.text))
    }
}
