//! Breaks a line to a width in columns, for Latin and Chinese text alike.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The narrowest width that text is broken to: a Chinese character takes two columns.
const MIN_WIDTH: usize = 2;

/// May not begin a line: what closes, and what leans on the character before it.
const NO_START: &str = "，。、；：？！）》」』】〉〕］｝…—～·々ー”’,.;:?!)]}»%";
/// May not end a line: what opens.
const NO_END: &str = "（《「『【〈〔［｛“‘([{«";

/// One grapheme, which is never taken apart.
struct Atom<'a> {
    text: &'a str,
    width: usize,
    style: Style,
}

impl Atom<'_> {
    fn is_space(&self) -> bool {
        self.text == " " || self.text == "\u{3000}"
    }

    /// The no-break space, which ties a mark to its sentence.
    fn is_glue(&self) -> bool {
        self.text == "\u{a0}"
    }

    fn is_in(&self, set: &str) -> bool {
        self.text.chars().next().is_some_and(|c| set.contains(c))
    }

    fn is_word(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_alphanumeric)
    }
}

/// Breaks `line`, which holds no line end, into rows of at most `width` columns (at least 2). Rows after the first
/// are indented by `hang` columns. Breaks at spaces, which vanish at the break, and beside Chinese characters, but not
/// before closing nor after opening punctuation; a word longer than a row is broken anywhere. An empty line is one
/// empty row.
pub(crate) fn wrap(line: &Line<'_>, width: usize, hang: usize) -> Vec<Line<'static>> {
    let width = width.max(MIN_WIDTH);
    let hang = if hang * 2 > width || hang + MIN_WIDTH > width { 0 } else { hang };
    let atoms = atoms(line, width - hang);
    let mut rows = Vec::new();
    // The row under way: its first atom, the columns it takes, and the last place where it may be broken.
    let (mut start, mut column, mut last_break) = (0, 0, None);
    let mut at = 0;
    while at < atoms.len() {
        let atom = &atoms[at];
        if column + atom.width > width && at > start {
            if atom.is_space() {
                rows.push(row(&atoms[start..at], rows.is_empty(), hang));
                while atoms.get(at).is_some_and(Atom::is_space) {
                    at += 1;
                }
                start = at;
                column = hang;
            } else {
                let end = last_break.unwrap_or_else(|| hard_break(&atoms, start, at));
                rows.push(row(&atoms[start..end], rows.is_empty(), hang));
                // The rest is looked at again: indented, it may not fit whole.
                (start, at) = (end, end);
                column = hang;
            }
            last_break = None;
            continue;
        }
        column += atom.width;
        at += 1;
        if at < atoms.len() && can_break(&atoms, at) {
            last_break = Some(at);
        }
    }
    if start < atoms.len() || rows.is_empty() {
        rows.push(row(&atoms[start..], rows.is_empty(), hang));
    }
    rows
}

/// How far the rows after the first are to be indented so that they align with the first row's text: its leading
/// spaces and its bullet or number.
pub(crate) fn hang_of(line: &Line<'_>) -> usize {
    let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let indent = text.len() - text.trim_start_matches(' ').len();
    let rest = &text[indent..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let bullet = if rest.starts_with("• ") {
        2
    } else if (1..=3).contains(&digits) && rest[digits..].starts_with(". ") {
        digits + 2
    } else {
        0
    };
    indent + bullet
}

/// The columns that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to `columns`, with `…` in place of what is left out.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let kept: String = text
        .graphemes(true)
        .take_while(|grapheme| {
            used += width(grapheme);
            used < columns
        })
        .collect();
    if columns == 0 { String::new() } else { kept + "…" }
}

fn atoms<'a>(line: &'a Line<'_>, width: usize) -> Vec<Atom<'a>> {
    let mut atoms = Vec::new();
    for span in &line.spans {
        let style = line.style.patch(span.style);
        for text in span.content.graphemes(true) {
            if text.width() <= width {
                atoms.push(Atom { text, width: text.width(), style });
            } else {
                // A cluster wider than a row, such as a chain of Hangul letters: only then is it taken apart.
                let chars = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
                atoms.extend(chars.map(|text| Atom { text, width: text.width(), style }));
            }
        }
    }
    atoms
}

/// Whether a row may end before the atom at `at`.
fn can_break(atoms: &[Atom<'_>], at: usize) -> bool {
    let (before, after) = (&atoms[at - 1], &atoms[at]);
    if after.is_space() || after.is_glue() || before.is_glue() {
        return false;
    }
    if before.is_space() {
        return true;
    }
    if before.is_in(NO_END) || after.is_in(NO_START) {
        return false;
    }
    let joint = matches!(before.text, "-" | "/") && at >= 2 && atoms[at - 2].is_word() && after.is_word();
    before.width > 1 || after.width > 1 || joint
}

/// Where to break a word that is longer than a row: as late as may be without a forbidden character at the edge.
fn hard_break(atoms: &[Atom<'_>], start: usize, at: usize) -> usize {
    let fine = |&end: &usize| {
        let (before, after) = (&atoms[end - 1], &atoms[end]);
        !(before.is_in(NO_END) || after.is_in(NO_START) || before.is_glue() || after.is_glue())
    };
    (start + 1..=at).rev().take(8).find(fine).unwrap_or(at)
}

fn row(atoms: &[Atom<'_>], first: bool, hang: usize) -> Line<'static> {
    let end = atoms.iter().rposition(|atom| !atom.is_space()).map_or(0, |last| last + 1);
    let mut spans: Vec<Span<'static>> = Vec::new();
    if !first && hang > 0 && end > 0 {
        spans.push(Span::raw(" ".repeat(hang)));
    }
    for atom in &atoms[..end] {
        // Its work is done: who copies the text wants an ordinary space.
        let text = if atom.is_glue() { " " } else { atom.text };
        match spans.last_mut() {
            Some(span) if span.style == atom.style => span.content.to_mut().push_str(text),
            _ => spans.push(Span::styled(text.to_owned(), atom.style)),
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str, width: usize, hang: usize) -> Vec<String> {
        wrap(&Line::raw(text), width, hang).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_break_where_a_reader_expects() {
        let check = |text: &str, width: usize, expected: &str| {
            assert_eq!(rows(text, width, 0).join("|"), expected, "{text:?}");
        };
        check("", 10, "");
        check("one two three", 7, "one two|three");
        check("one two three", 8, "one two|three");
        check("one  two", 4, "one|two");
        check("one two  ", 20, "one two");
        check("  indented text", 10, "  indented|text");
        check("abcdefghij", 4, "abcd|efgh|ij");
        check("a abcdefghij", 4, "a|abcd|efgh|ij");
        check("key-value/cache", 10, "key-value/|cache");
        check("-5 and -7", 5, "-5|and|-7");
        check("分组查询注意力", 6, "分组查|询注意|力");
        check("分组，查询", 4, "分|组，|查询");
        check("用「分组」吧", 4, "用|「分|组」|吧");
        check("说《书》。好", 8, "说|《书》。|好");
        check("使用GQA模型", 6, "使用|GQA模|型");
        check("many heads.\u{a0}✓[1] more", 12, "many|heads. ✓[1]|more");
        check("共享。\u{a0}✓[1]好", 10, "共|享。 ✓[1]|好");
    }

    #[test]
    fn graphemes_stay_whole() {
        let check =
            |text: &str, width: usize, expected: &str| assert_eq!(rows(text, width, 0).join("|"), expected);
        check("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, "👨‍👩‍👧‍👦|👨‍👩‍👧‍👦");
        check("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}e\u{301}|e\u{301}");
        check("🇨🇳🇨🇳🇨🇳", 4, "🇨🇳🇨🇳|🇨🇳");
    }

    #[test]
    fn later_rows_hang_below_the_text() {
        assert_eq!(rows("• one two three", 8, 2), ["• one", "  two", "  three"]);
        assert_eq!(rows("  • 分组查询", 9, 4), ["  • 分组", "    查询"]);
        let check =
            |text: &'static str, expected| assert_eq!(hang_of(&Line::raw(text)), expected, "{text:?}");
        check("plain", 0);
        check("• bullet", 2);
        check("  • deep", 4);
        check("12. number", 4);
        check("1984. A year", 0);
        check("   code", 3);
    }

    #[test]
    fn clipping_tells_that_something_is_missing() {
        let check = |text: &str, columns, expected| assert_eq!(clip(text, columns), expected);
        check("short", 5, "short");
        check("longer", 5, "long…");
        check("分组查询", 5, "分组…");
        check("分组查询", 4, "分…");
        check("ab", 0, "");
        check("ab", 1, "…");
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_is_lost(
            text in r"([a-z]{1,9}|[分组查询，。「」（）]{1,5}|[👩‍💻🇨🇳e\u{301}ㅏᄀ가]{1,4}|[ \-/.]){0,30}",
            width in 2_usize..40,
            hang in 0_usize..10,
        ) {
            let rows = rows(&text, width, hang);
            for row in &rows {
                prop_assert!(row.width() <= width, "{row:?} is wider than {width}");
            }
            let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(solid(&rows.concat()), solid(&text));
        }

        #[test]
        fn punctuation_keeps_its_side(text in "[分组查询]{2,4}([，。、」）][分组查询]{2,4}|[「（][分组]{2,4}){0,8}", width in 6_usize..30) {
            let rows = rows(&text, width, 0);
            for row in rows.iter().skip(1) {
                prop_assert!(!row.starts_with(|c| NO_START.contains(c)), "{rows:?}");
            }
            for row in rows.iter().rev().skip(1) {
                prop_assert!(!row.ends_with(|c| NO_END.contains(c)), "{rows:?}");
            }
        }
    }
}
