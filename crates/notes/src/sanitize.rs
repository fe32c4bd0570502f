//! The one gate between text from outside and every screen, pipe and prompt.

use std::borrow::Cow;
use std::iter::Peekable;

use crate::is_han;

/// So many accents may stand on one letter; more is a drawing over the lines around it.
const MAX_MARKS: usize = 8;

/// Makes `text` safe to print and to put into a prompt, without changing what it says.
///
/// - Escape sequences (CSI, OSC, DCS and the like, with ESC or as C1 controls) are removed with their payload. A
///   string sequence that is never closed ends at the end of its line.
/// - Other control characters are removed; `\n` stays, `\r\n`, a lone `\r`, and the Unicode line ends become `\n`, a
///   tab becomes four spaces so that indented code stays indented.
/// - What has no width and can hide or reorder text is removed: bidirectional marks, embeddings, overrides and
///   isolates, zero-width spaces and joiners, soft hyphens, fillers, tag characters. A zero-width joiner stays between
///   two emoji, a variation selector after a visible character.
/// - At most eight combining marks stay on one letter.
///
/// Idempotent. Borrowed when there is nothing to do.
#[must_use]
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let clean = rejoin(visible(text));
    if clean == text { Cow::Borrowed(text) } else { Cow::Owned(clean) }
}

/// [`sanitize`] for a place that has one line only, such as a path or a title: line ends become spaces.
#[must_use]
pub fn sanitize_line(text: &str) -> Cow<'_, str> {
    let clean = sanitize(text);
    if clean.contains('\n') { Cow::Owned(clean.replace('\n', " ")) } else { clean }
}

/// Characters that are always kept; the fast path for nearly all text.
fn is_plain(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{3001}'..='\u{3029}' | '\u{FF01}'..='\u{FF5E}') || is_han(c)
}

/// The text without escape sequences, controls and invisible characters, with line ends and tabs made uniform.
fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut chars = text.chars().peekable();
    let mut spaces = 0;
    std::iter::from_fn(move || {
        if spaces > 0 {
            spaces -= 1;
            return Some(' ');
        }
        loop {
            let c = chars.next()?;
            match c {
                '\t' => {
                    spaces = 3;
                    return Some(' ');
                }
                '\r' => {
                    if chars.peek() != Some(&'\n') {
                        return Some('\n');
                    }
                }
                '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Some('\n'),
                '\u{1B}' => skip_escape(&mut chars),
                '\u{9B}' => skip_csi(&mut chars),
                '\u{90}' | '\u{98}' | '\u{9D}'..='\u{9F}' => skip_string(&mut chars),
                c if c.is_control() || is_invisible(c) => {}
                c => return Some(c),
            }
        }
    })
}

/// Skips what follows an ESC.
fn skip_escape(chars: &mut Peekable<impl Iterator<Item = char>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        _ => {
            while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            chars.next_if(|c| matches!(c, '0'..='~'));
        }
    }
}

/// Skips parameters, intermediates and the final character of a control sequence.
fn skip_csi(chars: &mut Peekable<impl Iterator<Item = char>>) {
    while chars.next_if(|c| matches!(c, '0'..='?')).is_some() {}
    while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
    chars.next_if(|c| matches!(c, '@'..='~'));
}

/// Skips the payload of a string sequence with its terminator: BEL, ST, or `ESC \`.
fn skip_string(chars: &mut Peekable<impl Iterator<Item = char>>) {
    while let Some(c) = chars.next_if(|&c| !matches!(c, '\n' | '\r')) {
        match c {
            '\u{07}' | '\u{9C}' => return,
            '\u{1B}' => {
                // Any other escape cancels the string and begins anew.
                if chars.next_if_eq(&'\\').is_none() {
                    skip_escape(chars);
                }
                return;
            }
            _ => {}
        }
    }
}

/// Characters without width that hide, reorder or smuggle text. Joiners and variation selectors are judged by their
/// neighbours, in [`rejoin`].
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}')
}

/// Puts the characters together again: joiners only between emoji, one variation selector after a visible character,
/// few combining marks.
fn rejoin(chars: impl Iterator<Item = char>) -> String {
    let mut clean = String::new();
    let mut marks = 0;
    let mut chars = chars.peekable();
    let mut last = ' ';
    // Whether the cluster being written is an emoji: its joiner may come after a skin tone or a selector.
    let mut emoji = false;
    while let Some(c) = chars.next() {
        let keep = match c {
            '\u{200D}' => emoji && last != c && chars.peek().copied().is_some_and(is_emoji),
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
                !last.is_whitespace() && last != '\u{200D}' && !is_selector(last) && !is_mark(last)
            }
            c if is_mark(c) => {
                marks += 1;
                marks <= MAX_MARKS
            }
            _ => {
                marks = 0;
                emoji = is_emoji(c);
                true
            }
        };
        if keep {
            clean.push(c);
            last = c;
        }
    }
    clean
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// The marks that stack on any letter.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{610}'..='\u{61A}'
        | '\u{64B}'..='\u{65F}' | '\u{6D6}'..='\u{6ED}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}'
        | '\u{EB1}' | '\u{EB4}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}' | '\u{F71}'..='\u{F84}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{302A}'..='\u{302F}' | '\u{3099}' | '\u{309A}'
        | '\u{A66F}'..='\u{A67D}' | '\u{FE20}'..='\u{FE2F}')
}

/// What emoji are made of, roughly: pictures, arrows, symbols, skin tones, flags.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '©' | '®' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_dangerous_gets_through() {
        let check = |text: &str, expected: &str| assert_eq!(sanitize(text), expected, "{text:?}");
        check("\x1b[31mred\x1b[0m", "red");
        check("\x1b[38;2;1;2;3mx\x1b[?25ly", "xy");
        check("\x1b[2 qx", "x");
        check("\u{9b}31mred", "red");
        check("\x1b]0;title\x07x", "x");
        check("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link");
        check("\x1b]52;c;aGk=\u{9c}x", "x");
        check("\u{9d}0;title\x07x", "x");
        check("\x1bPq#0\x1b\\x\x1b_a\x1b\\y\x1b^b\x1b\\z\x1bXc\x1b\\!", "xyz!");
        check("\x1b]0;never closed\nnext", "\nnext");
        check("\x1b]0;a\x1b[31mb", "b");
        check("\x1b(Bx\x1b7y\x1bcz\x1b", "xyz");
        check("\x1b\x1b[31mx", "x");
        check("\x1b中", "中");
        check("\x1b[中", "中");
        check("\x1b[\x1b[31mm", "m");
        check("a\0b\x07c\x08d\x7fe\u{80}f", "abcdef");
        check("a\r\nb\rc\u{2028}d\u{85}e", "a\nb\nc\nd\ne");
        check("\tx", "    x");
        check("a\u{202e}b\u{2066}c\u{2069}d\u{200f}e\u{61c}f", "abcdef");
        check("a\u{200b}b\u{feff}c\u{2060}d\u{ad}e\u{3164}f\u{200c}g", "abcdefg");
        check("a\u{E0001}\u{E0068}\u{E0069}\u{E007F}b", "ab");
        check("a\u{FE01}\u{FE02}\u{E0101}\u{FE03}b", "a\u{FE01}b");
        check("a\u{200d}b", "ab");
        check(&format!("e{}x", "\u{301}".repeat(30)), &format!("e{}x", "\u{301}".repeat(8)));
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in [
            "",
            "plain\ntext",
            "分组查询注意力（GQA）：“共享”。",
            "naïve e\u{301}",
            "👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 ❤️ 🇨🇳 1️⃣",
            "葛\u{E0100}城",
            "สวัสดี नमस्ते",
            "x² ≤ ∑ √ → ±",
        ] {
            assert!(
                matches!(sanitize(text), Cow::Borrowed(same) if same == text),
                "{text:?} -> {:?}",
                sanitize(text)
            );
        }
        assert!(matches!(sanitize_line("a b"), Cow::Borrowed(_)));
        assert_eq!(sanitize_line("a\r\nb\x1b[2Jc\n"), "a bc ");
    }

    /// Bits that mean something to a terminal, in any order.
    fn nasty() -> impl Strategy<Value = String> {
        let bit = prop_oneof![
            Just("\x1b".to_owned()),
            prop::sample::select(vec![
                "[",
                "]",
                "P",
                "\\",
                "\x07",
                "\u{9b}",
                "\u{9c}",
                "\u{9d}",
                "31m",
                ";",
                "\n",
                "\r",
                "\t",
                "\u{200d}",
                "👩",
                "🏽",
                "\u{fe0f}",
                "\u{301}",
                "\u{202e}",
                "\u{e0041}",
                "中",
                "e"
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(bit, 0..24).prop_map(|bits| bits.concat())
    }

    proptest! {
        #[test]
        fn it_is_idempotent_and_leaves_no_control(text in nasty()) {
            let clean = sanitize(&text).into_owned();
            prop_assert!(!clean.chars().any(|c| c.is_control() && c != '\n' || is_invisible(c)));
            prop_assert_eq!(sanitize(&clean), clean.as_str());
            let line = sanitize_line(&text);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(sanitize_line(&line), line.as_ref());
        }

        #[test]
        fn letters_outside_sequences_stay(words in "[a-z中文。 ]{0,30}") {
            let bold = format!("\x1b[1m{words}\x1b[0m");
            prop_assert_eq!(sanitize(&bold), words.as_str());
        }
    }
}
