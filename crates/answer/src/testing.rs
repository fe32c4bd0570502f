//! Fakes for this crate's tests.

use index::{Language, Lines, Passage};

/// A passage that starts on line 10 of its note.
pub(crate) fn passage(rank: u32, path: &str, text: &str) -> Passage {
    let breaks = text.trim_end().matches('\n').count() as u32;
    Passage {
        rank,
        path: path.into(),
        title: "Title".into(),
        lines: Lines { start: 10, end: 10 + breaks },
        headings: vec!["Heading".into()],
        text: text.into(),
        language: Language::of(text),
        date: None,
        score: 1.0 / rank as f32,
        dense: None,
        lexical: None,
        coverage: 0.5,
    }
}
