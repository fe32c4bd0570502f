//! Bytes and lines of a note's text.

use serde::{Deserialize, Serialize};

/// A run of lines, counted from 1, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lines {
    /// The first line.
    pub start: u32,
    /// The last line, never before `start`.
    pub end: u32,
}

impl std::fmt::Display for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}-{}", self.start, self.end)
        }
    }
}

/// Turns byte offsets into line numbers, in O(log lines).
#[derive(Debug, Clone)]
pub struct LineIndex {
    /// The offset at which each line begins; the first is 0.
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    /// Reads the line starts of `text`. Lines end with `\n`; a `\r` before it belongs to the line.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, len: text.len() }
    }

    /// The line, counted from 1, that holds the byte at `offset`. An offset past the end is on the last line.
    #[must_use]
    pub fn line(&self, offset: usize) -> u32 {
        let before = self.starts.partition_point(|&start| start <= offset.min(self.len));
        u32::try_from(before).unwrap_or(u32::MAX)
    }

    /// The lines that `span` touches. An empty span is on the line of its start; a final newline does not count
    /// as touching the line after it.
    #[must_use]
    pub fn lines(&self, span: &std::ops::Range<usize>) -> Lines {
        let start = self.line(span.start);
        let end = self.line(span.end.saturating_sub(1).max(span.start));
        Lines { start, end: end.max(start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_fall_on_their_lines() {
        let index = LineIndex::new("a\nbc\n\nd");
        let lines = |span| index.lines(&span).to_string();
        assert_eq!(lines(0..1), "1");
        assert_eq!(lines(0..2), "1");
        assert_eq!(lines(0..3), "1-2");
        assert_eq!(lines(5..6), "3");
        assert_eq!(lines(2..7), "2-4");
        assert_eq!(lines(7..7), "4");
        assert_eq!(lines(90..99), "4");
    }
}
