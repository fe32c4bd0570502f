//! Two texts beside each other, for a terminal that is wide enough.

use ratatui::text::Line;

use crate::wrap::{clip, wrap};

/// Between the columns.
const GAP: &str = "  │  ";

/// The columns of the terminal behind stdout; none where it is no terminal or does not say.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    let size = is_terminal.then(ratatui::crossterm::terminal::size).and_then(Result::ok);
    size.map(|(columns, _)| columns.into()).filter(|&columns| columns > 0)
}

/// The lines of `left` and `right`, broken to half of `width` columns each and put beside each other. Lines must be
/// sanitised; a row of the result ends without blanks.
#[must_use]
pub fn side_by_side(left: &[String], right: &[String], width: usize) -> Vec<String> {
    let half = width.saturating_sub(GAP.chars().count()) / 2;
    let rows = |lines: &[String]| -> Vec<String> {
        let rows = lines.iter().flat_map(|line| wrap(&Line::raw(line.as_str()), half, 2));
        rows.map(|row| row.spans.iter().map(|span| span.content.as_ref()).collect()).collect()
    };
    let (left, right) = (rows(left), rows(right));
    let row = |at: usize| {
        let one = clip(left.get(at).map_or("", String::as_str), half);
        let blank = half.saturating_sub(crate::wrap::width(&one));
        let other = right.get(at).map_or("", String::as_str);
        format!("{one}{}{GAP}{other}", " ".repeat(blank)).trim_end().to_owned()
    };
    (0..left.len().max(right.len())).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_beside_each_other() {
        let check = |left: &[&str], right: &[&str], width, expected: &[&str]| {
            let of = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
            assert_eq!(side_by_side(&of(left), &of(right), width), expected, "{left:?} {right:?}");
        };
        check(&["one"], &["two"], 25, &["one         │  two"]);
        check(&["one two three four"], &["x"], 25, &["one two     │  x", "  three     │", "  four      │"]);
        check(&["分组查询"], &["注意力", "头"], 25, &["分组查询    │  注意力", "            │  头"]);
        check(&[], &[], 25, &[]);
    }

    proptest::proptest! {
        #[test]
        fn no_row_is_wider(left in "[a-z 分组]{0,60}", right in "[a-z 分组]{0,60}", width in 20usize..100) {
            for row in side_by_side(std::slice::from_ref(&left), std::slice::from_ref(&right), width) {
                proptest::prop_assert!(crate::wrap::width(&row) <= width, "{row}");
            }
        }
    }
}
