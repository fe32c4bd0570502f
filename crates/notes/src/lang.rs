//! Which of the two languages a text is written in.

use serde::{Deserialize, Serialize};

/// The language of a text, as far as search and answers care: scores are comparable only within one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// Written mostly in Han characters.
    #[serde(rename = "zh")]
    Chinese,
    /// Anything else: English, code, formulas.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Decides by counting: a Han character is about as much text as two Latin letters, and Chinese technical
    /// prose is full of English terms, so a text is Chinese when Han characters are at least a fifth of all
    /// letters.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut han, mut other) = (0_usize, 0_usize);
        for c in text.chars() {
            if is_han(c) {
                han += 1;
            } else if c.is_alphabetic() {
                other += 1;
            }
        }
        if han > 0 && han * 5 >= han + other { Self::Chinese } else { Self::English }
    }

    /// The two-letter code of ISO 639-1.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }
}

/// Whether `c` is a Han character: the unified ideographs, their extensions and compatibility forms.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_with_foreign_terms_keeps_its_language() {
        let check = |text, expected| assert_eq!(Language::of(text), expected, "{text}");
        check("什么是分组查询注意力", Language::Chinese);
        check("GQA 与 MQA 有什么区别", Language::Chinese);
        check(
            "Grouped-query attention (分组查询注意力) shares key and value heads between query heads.",
            Language::English,
        );
        check("", Language::English);
        check("1 + 1 = 2", Language::English);
    }
}
