//! The longest piece that two texts have in common, letter by letter: what is repeated word for word needs no further proof.

/// The letters and digits of `text`, lower-case, full-width ones as ASCII.
pub(crate) fn letters(text: &str) -> Vec<char> {
    let fold = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(fold).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many letters in a row both have.
pub(crate) fn longest_run(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut longest = 0;
    for x in a {
        // From the back, so that one line will do for the table.
        for (at, y) in b.iter().enumerate().rev() {
            before[at + 1] = if x == y { before[at] + 1 } else { 0 };
            longest = longest.max(before[at + 1]);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_piece_is_found() {
        let check = |a: &str, b: &str, expected: usize| {
            assert_eq!(longest_run(&letters(a), &letters(b)), expected, "{a} / {b}");
        };
        check("", "", 0);
        check("abc", "", 0);
        check("三十二层", "它有三十二层。", 4);
        check("99个班", "九十九个班", 2);
        check("GQA, shares", "gqa shares heads", 9);
        check("aaaa", "aa", 2);
        check("６:3", "6：3", 2);
    }

    proptest::proptest! {
        #[test]
        fn a_piece_is_found_whole(before in "[a-m]{0,9}", piece in "[n-z]{1,9}", after in "[a-m]{0,9}") {
            let text = letters(&format!("{before}{piece}{after}"));
            proptest::prop_assert_eq!(longest_run(&letters(&piece), &text), piece.len());
            proptest::prop_assert_eq!(longest_run(&text, &letters(&piece)), piece.len());
        }
    }
}
