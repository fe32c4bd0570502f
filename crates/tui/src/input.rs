//! The line in which a question is typed: text, a caret between graphemes, and the rows it takes on the screen.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// More text than this is cut off: a paste of a whole book is not a question.
const MAX_BYTES: usize = 64 * 1024;

/// Text being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Input {
    text: String,
    /// A byte offset into `text`, on a grapheme's edge.
    caret: usize,
}

/// Where a row of the input begins and ends, in bytes; the line end is not part of it.
type Row = std::ops::Range<usize>;

impl Input {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text and puts the caret at its end.
    pub(crate) fn set(&mut self, text: &str) {
        self.text.clear();
        self.caret = 0;
        self.insert(text);
    }

    /// Takes the text out.
    pub(crate) fn take(&mut self) -> String {
        self.caret = 0;
        std::mem::take(&mut self.text)
    }

    /// Inserts sanitised text at the caret, as far as there is room.
    pub(crate) fn insert(&mut self, text: &str) {
        let mut room = MAX_BYTES.saturating_sub(self.text.len()).min(text.len());
        while !text.is_char_boundary(room) {
            room -= 1;
        }
        self.text.insert_str(self.caret, &text[..room]);
        self.caret += room;
        // A combining mark joins the grapheme before it, so the caret may have landed inside one.
        self.caret = self.edge_at_or_after(self.caret);
    }

    pub(crate) fn left(&mut self) {
        self.caret = self.before(self.caret);
    }

    pub(crate) fn right(&mut self) {
        self.caret = self.after(self.caret);
    }

    pub(crate) fn word_left(&mut self) {
        self.caret = self.word_start();
    }

    pub(crate) fn word_right(&mut self) {
        let words = self.text[self.caret..].split_word_bound_indices();
        let next = words.skip_while(|(_, word)| word.trim().is_empty()).nth(1);
        self.caret = next.map_or(self.text.len(), |(at, _)| self.caret + at);
    }

    /// To the start of the line.
    pub(crate) fn home(&mut self) {
        self.caret = self.line_start();
    }

    /// To the end of the line.
    pub(crate) fn end(&mut self) {
        self.caret = self.line_end();
    }

    pub(crate) fn backspace(&mut self) {
        self.cut(self.before(self.caret), self.caret);
    }

    pub(crate) fn delete(&mut self) {
        self.cut(self.caret, self.after(self.caret));
    }

    pub(crate) fn delete_word(&mut self) {
        self.cut(self.word_start(), self.caret);
    }

    pub(crate) fn delete_to_start(&mut self) {
        self.cut(self.line_start(), self.caret);
    }

    pub(crate) fn delete_to_end(&mut self) {
        self.cut(self.caret, self.line_end());
    }

    /// Moves the caret a row up on a screen of `width` columns; false when it is in the first row.
    pub(crate) fn up(&mut self, width: usize) -> bool {
        let (row, column) = self.position(width);
        row > 0 && self.go(row - 1, column, width)
    }

    /// Moves the caret a row down; false when it is in the last row.
    pub(crate) fn down(&mut self, width: usize) -> bool {
        let (row, column) = self.position(width);
        self.go(row + 1, column, width)
    }

    /// The rows of the text on a screen of `width` columns, of which there is always one. Broken at graphemes, not at
    /// words, so that no key moves what was typed before it.
    pub(crate) fn rows(&self, width: usize) -> Vec<&str> {
        self.ranges(width).into_iter().map(|row| &self.text[row]).collect()
    }

    /// The caret's row and column, both from 0.
    pub(crate) fn position(&self, width: usize) -> (usize, usize) {
        let ranges = self.ranges(width);
        let row = ranges.iter().rposition(|row| row.start <= self.caret).unwrap_or(0);
        // Grapheme by grapheme, as they are drawn: a string may be narrower than its parts.
        (row, self.text[ranges[row].start..self.caret].graphemes(true).map(UnicodeWidthStr::width).sum())
    }

    fn ranges(&self, width: usize) -> Vec<Row> {
        // One column is kept for the caret behind the last character.
        let width = width.saturating_sub(1).max(2);
        let mut rows = Vec::new();
        let (mut start, mut column) = (0, 0);
        for (at, grapheme) in self.text.grapheme_indices(true) {
            if grapheme == "\n" {
                rows.push(start..at);
                (start, column) = (at + 1, 0);
                continue;
            }
            if column + grapheme.width() > width && at > start {
                rows.push(start..at);
                (start, column) = (at, 0);
            }
            column += grapheme.width();
        }
        rows.push(start..self.text.len());
        rows
    }

    fn go(&mut self, row: usize, column: usize, width: usize) -> bool {
        let Some(row) = self.ranges(width).into_iter().nth(row) else { return false };
        let mut used = 0;
        let within = self.text[row.clone()].grapheme_indices(true).take_while(|(_, grapheme)| {
            used += grapheme.width();
            used <= column
        });
        self.caret = within.last().map_or(row.start, |(at, grapheme)| row.start + at + grapheme.len());
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.caret = self.edge_at_or_after(from);
    }

    fn before(&self, at: usize) -> usize {
        self.text[..at].grapheme_indices(true).next_back().map_or(0, |(start, _)| start)
    }

    fn after(&self, at: usize) -> usize {
        at + self.text[at..].graphemes(true).next().map_or(0, str::len)
    }

    fn edge_at_or_after(&self, at: usize) -> usize {
        self.text
            .grapheme_indices(true)
            .map(|(start, _)| start)
            .find(|&start| start >= at)
            .unwrap_or(self.text.len())
    }

    fn word_start(&self) -> usize {
        let words = self.text[..self.caret].split_word_bound_indices();
        words.rev().find(|(_, word)| !word.trim().is_empty()).map_or(0, |(at, _)| at)
    }

    fn line_start(&self) -> usize {
        self.text[..self.caret].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.caret..].find('\n').map_or(self.text.len(), |at| self.caret + at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text with `|` at the caret, after one letter of `keys` each: see the match.
    fn press(input: &mut Input, keys: &str, width: usize) {
        for key in keys.chars() {
            match key {
                '<' => input.left(),
                '>' => input.right(),
                '(' => input.word_left(),
                ')' => input.word_right(),
                '[' => input.home(),
                ']' => input.end(),
                'B' => input.backspace(),
                'D' => input.delete(),
                'W' => input.delete_word(),
                'U' => input.delete_to_start(),
                'K' => input.delete_to_end(),
                '^' => drop(input.up(width)),
                'v' => drop(input.down(width)),
                other => input.insert(other.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn after(text: &str, keys: &str, width: usize) -> String {
        let mut input = Input::default();
        input.set(text);
        press(&mut input, keys, width);
        let (before, after) = input.text.split_at(input.caret);
        format!("{before}|{after}")
    }

    #[test]
    fn keys_edit_whole_graphemes() {
        let check =
            |text, keys, expected: &str| assert_eq!(after(text, keys, 80), expected, "{text:?} {keys:?}");
        check("", "a", "a|");
        check("", "BD<>()[]WUK^v", "|");
        check("ab", "<x", "ax|b");
        check("分组", "<", "分|组");
        check("分组", "B", "分|");
        check("a👨‍👩‍👧‍👦", "B", "a|");
        check("e\u{301}x", "<<D", "|x");
        check("e", "\u{301}", "e\u{301}|");
        check("one two", "(", "one |two");
        check("one two", "((", "|one two");
        check("one two", "[)", "one| two");
        check("one two", "[))", "one two|");
        check("one two", "W", "one |");
        check("one two ", "W", "one |");
        check("one two", "(U", "|two");
        check("one two", "(K", "one |");
        check("a\nbc", "[", "a\n|bc");
        check("a\nbc", "^", "a|\nbc");
        check("ab\nc", "^", "a|b\nc");
        check("ab\nc", "^]v", "ab\nc|");
        check("ab\n分组", "^", "ab|\n分组");
        check("abc\n分组", "^<v", "abc\n分|组");
    }

    #[test]
    fn rows_break_at_the_width_with_room_for_the_caret() {
        let check = |text: &str, width, expected: &[&str], caret| {
            let mut input = Input::default();
            input.set(text);
            assert_eq!(input.rows(width), expected);
            assert_eq!(input.position(width), caret);
        };
        check("", 10, &[""], (0, 0));
        check("abc", 4, &["abc"], (0, 3));
        check("abcd", 4, &["abc", "d"], (1, 1));
        check("分组查", 6, &["分组", "查"], (1, 2));
        check("a\n", 6, &["a", ""], (1, 0));
        check("a\n\nb", 6, &["a", "", "b"], (2, 1));
    }

    #[test]
    fn a_paste_without_end_is_cut() {
        let mut input = Input::default();
        input.insert(&"分".repeat(MAX_BYTES));
        assert!(input.text.len() <= MAX_BYTES && input.text.len() > MAX_BYTES - 3);
    }

    proptest! {
        #[test]
        fn the_caret_is_always_on_an_edge(keys in r"[<>()\[\]BDWUK^va分e\u{301}👩\u{200d}💻\n ]{0,40}", width in 1_usize..30) {
            let mut input = Input::default();
            press(&mut input, &keys, width);
            let edges: Vec<usize> = input.text.grapheme_indices(true).map(|(at, _)| at).chain([input.text.len()]).collect();
            prop_assert!(edges.contains(&input.caret), "{input:?}");
            let (_, column) = input.position(width);
            let widest = input.text.graphemes(true).map(UnicodeWidthStr::width).max().unwrap_or(0);
            prop_assert!(column < width.max(3).max(widest + 1));
        }
    }
}
