//! What may lie over the chat: the help, or a whole note.

use answer::{Lines, sanitize_line};
use ratatui::text::Line;

use crate::source::Source;
use crate::wrap::{hang_of, wrap};

/// So many lines around the passage are kept of a very long note.
const LINES_AROUND: usize = 5_000;

/// What lies over the chat.
#[derive(Debug, Clone)]
pub(crate) enum Overlay {
    /// The keys; the first row shown.
    Help(usize),
    /// A note.
    Note(Box<NoteView>),
}

/// A note with a passage marked in it.
#[derive(Debug, Clone)]
pub(crate) struct NoteView {
    /// Which of the entry's sources it was opened for.
    pub(crate) nth: usize,
    pub(crate) source: Source,
    /// The lines of the whole passage, when the source is a quote of it.
    pub(crate) passage: Lines,
    pub(crate) page: Page,
    /// The row at the top, from 0.
    pub(crate) top: usize,
}

/// The note's text, once it is there.
#[derive(Debug, Clone)]
pub(crate) enum Page {
    Loading,
    Failed(String),
    Open {
        lines: Vec<String>,
        /// The number of the first of `lines`.
        first: usize,
        /// The lines at one width.
        rows: Vec<NoteRow>,
        width: usize,
    },
}

/// A row of a note.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NoteRow {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// Whether it is the first row of its line, which bears the number.
    pub(crate) numbered: bool,
    pub(crate) text: Line<'static>,
}

impl NoteView {
    pub(crate) fn new(nth: usize, source: Source, passage: Lines) -> Self {
        Self { nth, source, passage, page: Page::Loading, top: 0 }
    }

    /// Shows the text. Lines end with `\n` alone, as the index counts them.
    pub(crate) fn open(&mut self, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let skip = (self.source.lines.start as usize).saturating_sub(LINES_AROUND);
        let lines = text.split('\n').skip(skip).take(2 * LINES_AROUND);
        let lines = lines.map(|line| sanitize_line(line.strip_suffix('\r').unwrap_or(line)).into_owned());
        self.page = Page::Open { lines: lines.collect(), first: skip + 1, rows: Vec::new(), width: 0 };
    }

    /// Breaks the text to `width` columns if it is not, and goes to the quote the first time. `height` rows are shown.
    pub(crate) fn settle(&mut self, width: usize, height: usize) {
        let Page::Open { lines, first, rows, width: current } = &mut self.page else { return };
        if *current != width {
            let fresh = *current == 0;
            let top_line = rows.get(self.top).map(|row| row.line);
            let broken = lines.iter().enumerate().flat_map(|(nth, line)| {
                let line = Line::raw(line.as_str());
                let broken = wrap(&line, width, hang_of(&line));
                broken
                    .into_iter()
                    .enumerate()
                    .map(move |(row, text)| (nth, row == 0, text))
                    .collect::<Vec<_>>()
            });
            *rows =
                broken.map(|(nth, numbered, text)| NoteRow { line: *first + nth, numbered, text }).collect();
            *current = width;
            let start = self.source.lines.start as usize;
            let wanted = if fresh { start } else { top_line.unwrap_or(start) };
            let row = rows.iter().position(|row| row.line >= wanted).unwrap_or(0);
            self.top = if fresh { row.saturating_sub(height / 4) } else { row };
        }
        self.top = self.top.min(rows.len().saturating_sub(height));
    }

    /// The width of the line numbers.
    pub(crate) fn gutter(&self) -> usize {
        match &self.page {
            Page::Open { lines, first, .. } => (first + lines.len()).to_string().len().max(3),
            _ => 3,
        }
    }
}

/// Whether `lines` hold the line.
pub(crate) fn holds(lines: Lines, line: usize) -> bool {
    (lines.start as usize..=lines.end as usize).contains(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str, start: u32) -> NoteView {
        let lines = Lines { start, end: start };
        let source = Source {
            number: Some(1),
            cited: true,
            rank: 1,
            raw_path: "a.md".into(),
            path: "a.md".into(),
            lines,
            headings: String::new(),
            lead: String::new(),
            text: String::new(),
        };
        let mut view = NoteView::new(0, source, lines);
        view.open(text);
        view
    }

    fn rows(view: &NoteView) -> Vec<String> {
        let Page::Open { rows, .. } = &view.page else { return Vec::new() };
        rows.iter()
            .map(|row| format!("{}{} {}", row.line, if row.numbered { ":" } else { " " }, row.text))
            .collect()
    }

    #[test]
    fn lines_are_counted_as_the_index_counts_them() {
        let mut note = view("one\r\ntwo\rstill two\n\nfour words are here\n", 2);
        note.settle(14, 10);
        assert_eq!(
            rows(&note),
            ["1: one", "2: two still two", "3: ", "4: four words are", "4  here"].map(|row| {
                // Fourteen columns hold `four words are` and `two still two`.
                row.to_owned()
            })
        );
    }

    #[test]
    fn it_opens_at_the_quote_and_stays_there_on_a_new_width() {
        let text: String = (1..=200).map(|n| format!("line {n} with some words\n")).collect();
        let mut note = view(&text, 100);
        note.settle(80, 20);
        assert_eq!(note.top, 94);
        note.settle(12, 20);
        let Page::Open { rows, .. } = &note.page else { panic!() };
        assert_eq!(rows[note.top].line, 95);
    }

    #[test]
    fn a_long_note_is_shown_around_the_passage() {
        let text = "x\n".repeat(50_000);
        let mut note = view(&text, 30_000);
        note.settle(80, 20);
        let Page::Open { lines, first, .. } = &note.page else { panic!() };
        assert_eq!((lines.len(), *first), (10_000, 25_001));
        let mut beyond = view("short", 30_000);
        beyond.settle(80, 20);
        assert_eq!(beyond.top, 0);
    }
}
