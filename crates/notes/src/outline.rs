//! A note as a row of blocks: what every format is turned into before it is cut.

use std::borrow::Cow;
use std::ops::Range;

use crate::{Format, Note, front, html, markdown, org, plaintext};

/// What a block is, as far as cutting cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A heading with its plain title; level 1 is the outermost.
    Heading { level: u8, title: String },
    /// Paragraphs, quotes, footnotes: cut at sentences.
    Prose,
    /// Cut between items.
    List,
    /// Cut between rows; `header` is the part that is said again when the table goes on in another chunk.
    Table { header: Option<Range<usize>> },
    /// Cut between lines.
    Code,
    /// A line that only separates; no content.
    Rule,
    /// Not for readers, such as an org drawer; no content.
    Hidden,
}

/// One block. Its range begins and ends on characters that are not white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Bytes of [`Outline::text`].
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
}

/// A stretch of readable text and the source it stands for. Equal lengths mean byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: Range<usize>,
    pub(crate) source: Range<usize>,
}

/// The readable text of a note and its blocks, in order, without overlap.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) blocks: Vec<Block>,
    /// Where `text` comes from; `None` when it is the source itself.
    runs: Option<Vec<Run>>,
}

impl<'a> Outline<'a> {
    pub(crate) fn of(note: &'a Note) -> Self {
        if note.format == Format::Html {
            let page = html::render(&note.text);
            return Self { text: Cow::Owned(page.text), blocks: page.blocks, runs: Some(page.runs) };
        }
        let text = note.text.as_str();
        let mut blocks = Vec::new();
        let mut body = note.body;
        if body == 0
            && matches!(note.format, Format::Markdown | Format::Text)
            && let Some(fenced) = front::fenced_lines(text)
        {
            // Fenced like front matter but not understood: text, and surely not Markdown headings.
            body = fenced.end;
            push(&mut blocks, text, fenced, Kind::Prose);
        }
        match note.format {
            Format::Markdown => markdown::blocks(text, body, &mut blocks),
            Format::Org => org::blocks(text, body, &mut blocks),
            Format::Text | Format::Html => plaintext::blocks(text, body, &mut blocks),
        }
        Self { text: Cow::Borrowed(text), blocks, runs: None }
    }

    /// The bytes of the source that `range` of the readable text stands for. A part of an entity that stands for two
    /// characters gets a part of its source, so that the spans of neighbours never overlap.
    pub(crate) fn span(&self, range: &Range<usize>) -> Range<usize> {
        let Some(runs) = &self.runs else { return range.clone() };
        let first = runs.partition_point(|run| run.text.end <= range.start);
        let after = runs.partition_point(|run| run.text.start < range.end);
        let place = |run: &Run, at: usize| {
            let into = at.clamp(run.text.start, run.text.end) - run.text.start;
            run.source.start + into * run.source.len() / run.text.len().max(1)
        };
        let start = runs.get(first).map_or(0, |run| place(run, range.start));
        let end =
            after.checked_sub(1).and_then(|last| runs.get(last)).map_or(start, |run| place(run, range.end));
        start..end.max(start)
    }
}

/// Adds a block, without the white space around it; nothing if that is all there is.
pub(crate) fn push(blocks: &mut Vec<Block>, text: &str, range: Range<usize>, kind: Kind) {
    let range = trim(text, range);
    if !range.is_empty() {
        blocks.push(Block { range, kind });
    }
}

/// `range` without the white space at its ends.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_start().len());
    start..start + inside.trim().len()
}

/// The lines of `text` from `from` on, each with its newline, as ranges.
pub(crate) fn lines(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    text[from..].split_inclusive('\n').scan(from, |at, line| {
        let start = *at;
        *at += line.len();
        Some(start..*at)
    })
}
