//! From the bytes of a file to text.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

/// How the bytes of a file spelled its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// GB18030, and with it GBK and GB2312.
    #[serde(rename = "gb18030")]
    Gb18030,
    /// Windows-1252, the last resort.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Text, how it was spelled, and how many characters had to be replaced by U+FFFD.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) encoding: Encoding,
    pub(crate) replaced: usize,
}

/// The text of a file that is no note, in whatever encoding the notes may be.
///
/// # Errors
/// When the bytes are no text: a few words that say what gave it away.
pub fn text(bytes: &[u8]) -> Result<String, &'static str> {
    decode(bytes).map(|decoded| decoded.text)
}

/// Decodes `bytes`. Line endings are kept, a byte order mark is not.
///
/// # Errors
/// When the bytes are no text: a few words that say what gave it away.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, &'static str> {
    let decoded = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8_or_legacy(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, Encoding::Utf16Le),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, Encoding::Utf16Be),
        _ if bytes.contains(&0) => utf16_by_guess(bytes).ok_or("it holds NUL bytes")?,
        _ => utf8_or_legacy(bytes),
    };
    let (mut all, mut controls) = (0_usize, 0_usize);
    for c in decoded.text.chars() {
        if c == '\0' {
            return Err("it holds NUL characters");
        }
        all += 1;
        // Terminal logs are notes too, and they are full of escapes: these do not count.
        controls += usize::from(
            c.is_control() && !"\t\n\r\x0C\x1B\u{85}".contains(c) || c == char::REPLACEMENT_CHARACTER,
        );
    }
    // One in fifty: far above any typo, far below any compressed or compiled file.
    if controls * 50 > all.max(50) {
        return Err("too many of its characters are control characters");
    }
    Ok(decoded)
}

fn utf8_or_legacy(bytes: &[u8]) -> Decoded {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), encoding: Encoding::Utf8, replaced: 0 };
    }
    // A long UTF-8 file with one bad byte is still UTF-8: anything else would garble all of it.
    let (mut broken, mut wide) = (0_usize, 0_usize);
    for part in bytes.utf8_chunks() {
        broken += usize::from(!part.invalid().is_empty());
        wide += part.valid().chars().filter(|c| !c.is_ascii()).count();
    }
    if wide > broken * 20 {
        let text = String::from_utf8_lossy(bytes).into_owned();
        return Decoded { text, encoding: Encoding::Utf8, replaced: broken };
    }
    let chinese = looks_like_gb18030(bytes)
        .then(|| GB18030.decode_without_bom_handling_and_without_replacement(bytes))
        .flatten();
    match chinese {
        Some(text) => Decoded { text: text.into_owned(), encoding: Encoding::Gb18030, replaced: 0 },
        None => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            Decoded { text: text.into_owned(), encoding: Encoding::Windows1252, replaced: 0 }
        }
    }
}

/// Almost any Latin text is also valid GBK: `é` and the letter after it make a pair. But Chinese prose is nearly all
/// GB2312, whose pairs have two high bytes, and Latin prose has hardly any such pair.
fn looks_like_gb18030(bytes: &[u8]) -> bool {
    let (mut high, mut low) = (0_usize, 0_usize);
    let mut rest = bytes;
    while let [lead, tail @ ..] = rest {
        rest = match (lead, tail) {
            (0x81..=0xFE, [0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, tail @ ..]) => tail,
            (0xA1..=0xFE, [0xA1..=0xFE, tail @ ..]) => {
                high += 1;
                tail
            }
            (0x81..=0xFE, [_, tail @ ..]) => {
                low += 1;
                tail
            }
            _ => tail,
        };
    }
    high > 2 * low
}

fn utf16(bytes: &[u8], encoding: Encoding) -> Decoded {
    let codec = if encoding == Encoding::Utf16Be { UTF_16BE } else { UTF_16LE };
    let (text, failed): (Cow<'_, str>, bool) = codec.decode_without_bom_handling(bytes);
    let replaced = if failed { text.matches(char::REPLACEMENT_CHARACTER).count() } else { 0 };
    Decoded { text: text.into_owned(), encoding, replaced }
}

/// UTF-16 without a mark: tried in both byte orders, taken when nearly every character is one that people write.
fn utf16_by_guess(bytes: &[u8]) -> Option<Decoded> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    [Encoding::Utf16Le, Encoding::Utf16Be]
        .into_iter()
        .map(|encoding| utf16(bytes, encoding))
        .map(|decoded| {
            let all = decoded.text.chars().count().max(1);
            (decoded.text.chars().filter(|&c| is_common(c)).count() * 100 / all, decoded)
        })
        .filter(|(share, _)| *share >= 95)
        .max_by_key(|(share, _)| *share)
        .map(|(_, decoded)| decoded)
}

fn is_common(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{A0}'..='\u{24F}' | '\u{370}'..='\u{4FF}' | '\u{2000}'..='\u{22FF}'
        | '\u{2500}'..='\u{26FF}' | '\u{3000}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}'
        | '\u{1F300}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, le: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if le { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<(&str, Encoding), &str>) {
        let decoded = decode(bytes);
        let found = match &decoded {
            Ok(decoded) => Ok((decoded.text.as_str(), decoded.encoding)),
            Err(reason) => Err(*reason),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn every_encoding_is_told_apart() {
        let chinese = "分组查询注意力（GQA）让多个查询头共享键值头。\r\n第二行 3.5%。";
        check(b"", Ok(("", Encoding::Utf8)));
        check(chinese.as_bytes(), Ok((chinese, Encoding::Utf8)));
        check(b"\xEF\xBB\xBFa", Ok(("a", Encoding::Utf8)));
        for (le, encoding) in [(true, Encoding::Utf16Le), (false, Encoding::Utf16Be)] {
            let mark: &[u8] = if le { b"\xFF\xFE" } else { b"\xFE\xFF" };
            for text in [chinese, "plain English text\r\n"] {
                check(&[mark, &utf16_bytes(text, le)].concat(), Ok((text, encoding)));
                check(&utf16_bytes(text, le), Ok((text, encoding)));
            }
        }
        check(&GB18030.encode(chinese).0, Ok((chinese, Encoding::Gb18030)));
        let rare = "罕见字：镕、喆、㐂、𠮷，都在文中出现。还有很多常用的汉字可以参考。";
        check(&GB18030.encode(rare).0, Ok((rare, Encoding::Gb18030)));
        let french = "Le résumé a été envoyé à l'école, où l'élève était déjà prêt.";
        check(&WINDOWS_1252.encode(french).0, Ok((french, Encoding::Windows1252)));
        check(b"caf\xE9", Ok(("café", Encoding::Windows1252)));
    }

    #[test]
    fn one_bad_byte_does_not_garble_a_note() {
        let mut bytes = "注意力机制让模型关注输入的不同部分，从而提高效果。".repeat(3).into_bytes();
        bytes.push(0xFF);
        let decoded = decode(&bytes).ok().unwrap();
        assert_eq!((decoded.encoding, decoded.replaced), (Encoding::Utf8, 1));
        assert!(decoded.text.starts_with("注意力") && decoded.text.ends_with('\u{FFFD}'));
    }

    #[test]
    fn binary_is_refused() {
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\x08\x06\0\0\0", Err("it holds NUL bytes"));
        check(b"abc\0def", Err("it holds NUL bytes"));
        let noise: Vec<u8> = (0_u32..4000).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
        check(&noise, Err("too many of its characters are control characters"));
        check(
            b"\x1b[31mred\x1b[0m terminal log\x07",
            Ok(("\x1b[31mred\x1b[0m terminal log\x07", Encoding::Utf8)),
        );
    }
}
