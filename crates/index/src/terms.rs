//! The one tokenizer: what counts as a word, for the lexical index, for coverage, and for everyone who compares texts
//! word by word.
//!
//! English words are folded and stemmed; Han (and kana, hangul) runs become overlapping pairs, because Chinese has no
//! spaces and pairs need no dictionary. `Transformer架构` is split at the border of the scripts. A compound gives its
//! pieces and the whole, so that `GPT-3`, `GPT3` and `gpt 3` find each other.

use notes::is_han;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// No term is longer than this, in characters: a blob of base64 is not a word.
const LONGEST: usize = 64;
/// A compound of more pieces is a path or an address, not a word: only its pieces are terms.
const MOST_PIECES: usize = 4;

/// The terms of `text` in its order, repeated as often as they occur.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut terms = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(pieces) => {
                terms.extend(whole(&pieces, &stemmer).filter(|_| pieces.len() > 1));
                terms.extend(pieces.iter().map(|piece| stem(piece, &stemmer)));
            }
            Run::Han(chars) => terms.extend(pairs(&chars)),
        }
    }
    terms
}

/// A stretch of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Run {
    /// A word in a script with spaces, lower-case, by its pieces: one for `attention`, two for `GPT-3`.
    Word(Vec<String>),
    /// Characters of a script without spaces.
    Han(Vec<char>),
}

/// The term that stands for a compound as a whole, unless it has too many pieces.
pub(crate) fn whole(pieces: &[String], stemmer: &Stemmer) -> Option<String> {
    (pieces.len() <= MOST_PIECES).then(|| stem(&pieces.concat(), stemmer))
}

/// The term of one piece: stemmed when it is all Latin letters, so that numbers and names like `c++` stay whole.
pub(crate) fn stem(piece: &str, stemmer: &Stemmer) -> String {
    if piece.len() > 2 && piece.bytes().all(|byte| byte.is_ascii_lowercase()) {
        stemmer.stem(piece).into_owned()
    } else {
        piece.to_owned()
    }
}

/// Each two neighbours; a run of one is a term by itself.
pub(crate) fn pairs(chars: &[char]) -> Vec<String> {
    match chars {
        [one] => vec![one.to_string()],
        _ => chars.windows(2).map(|pair| pair.iter().collect()).collect(),
    }
}

/// Folds `text` (width, case, accents) and cuts it where its script changes.
pub(crate) fn runs(text: &str) -> Vec<Run> {
    let chars: Vec<char> = text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).nfc().collect();
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if is_spaceless(c) {
            let len = chars[at..].iter().take_while(|&&c| is_spaceless(c)).count();
            runs.push(Run::Han(chars[at..at + len].to_vec()));
            at += len;
        } else if is_word(c) {
            let (pieces, end) = word(&chars, at);
            runs.push(Run::Word(pieces));
            at = end;
        } else {
            at += 1;
        }
    }
    runs
}

/// The pieces of the word that begins at `start`, and where it ends.
fn word(chars: &[char], start: usize) -> (Vec<String>, usize) {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    let mut at = start;
    while let Some(&c) = chars.get(at) {
        let previous = at.checked_sub(1).filter(|_| at > start).map(|before| chars[before]);
        if is_word(c) {
            if piece.chars().count() >= LONGEST || is_border(chars, start, at) {
                flush(&mut pieces, &mut piece);
            }
            piece.extend(c.to_lowercase());
            at += 1;
            continue;
        }
        let next = chars.get(at + 1).copied().filter(|&c| is_word(c));
        let digits = previous.is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit());
        match (c, next) {
            // 3.11, but not the last digit of a sentence.
            ('.', Some(_)) if digits => piece.push('.'),
            // 1,234,567 is one number; 1,2 is a list.
            (',', Some(_)) if digits && groups_of_three(&chars[at + 1..]) => {}
            ('\'' | '\u{2019}', Some('s' | 'S')) if !chars.get(at + 2).is_some_and(|&c| is_word(c)) => {
                at += 2;
                break;
            }
            ('\'' | '\u{2019}', Some(_)) => {}
            ('-' | '\u{2010}' | '_' | '.', Some(_)) => flush(&mut pieces, &mut piece),
            // C++, C#.
            ('+', _)
                if chars.get(at + 1) == Some(&'+') && !chars.get(at + 2).is_some_and(|&c| is_word(c)) =>
            {
                piece.push_str("++");
                at += 2;
                break;
            }
            ('#', None) if at == start + 1 => {
                piece.push('#');
                at += 1;
                break;
            }
            _ => break,
        }
        at += 1;
    }
    flush(&mut pieces, &mut piece);
    (pieces, at)
}

fn flush(pieces: &mut Vec<String>, piece: &mut String) {
    if !piece.is_empty() {
        pieces.push(std::mem::take(piece));
    }
}

/// Whether a new piece begins at `at` within a run of letters and digits: before the digits of `llama2` (not of
/// `f16`), before the letters of `100km` (not of `7B` or `5th`), before the second name in `FlashAttention` (not in
/// `PyTorch`).
fn is_border(chars: &[char], start: usize, at: usize) -> bool {
    if at == start || !is_word(chars[at - 1]) {
        return false;
    }
    let (before, after) = (chars[at - 1], chars[at]);
    let back = |test: fn(&char) -> bool| chars[start..at].iter().rev().take_while(|c| test(c)).count();
    let ahead = |test: fn(&char) -> bool| chars[at..].iter().take_while(|c| test(c)).count();
    if before.is_alphabetic() && after.is_ascii_digit() {
        back(|c| c.is_alphabetic()) >= 2
    } else if before.is_ascii_digit() && after.is_alphabetic() {
        let letters: String =
            chars[at..].iter().take_while(|c| is_word(**c)).collect::<String>().to_lowercase();
        letters.chars().count() >= 2 && !matches!(letters.as_str(), "st" | "nd" | "rd" | "th")
    } else {
        before.is_lowercase()
            && after.is_uppercase()
            && back(|c| c.is_lowercase()) >= 3
            && chars
                .get(at + 1..)
                .is_some_and(|rest| rest.iter().take_while(|c| c.is_lowercase()).count() >= 2)
            && ahead(|c| c.is_uppercase()) == 1
    }
}

/// Whether exactly three digits come before the next character that is none.
fn groups_of_three(chars: &[char]) -> bool {
    chars.iter().take(4).take_while(|c| c.is_ascii_digit()).count() == 3
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_spaceless(c)
}

/// Han, kana and hangul: scripts cut into pairs.
pub(crate) fn is_spaceless(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{AC00}'..='\u{D7A3}' | '々')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(terms(text), expected, "{text}");
    }

    #[test]
    fn words_are_folded_and_stemmed() {
        check("", &[]);
        check(" -- … !?", &[]);
        check("Attention heads", &["attent", "head"]);
        check("ＧＱＡ　Ｈｅａｄ", &["gqa", "head"]);
        check("Schrödinger's cat", &["schroding", "cat"]);
        check("don\u{2019}t", &["dont"]);
        check("the model’s", &["the", "model"]);
        check("ﬁle", &["file"]);
    }

    #[test]
    fn compounds_give_the_whole_and_their_pieces() {
        check("grouped-query", &["groupedqueri", "group", "queri"]);
        check("GPT-3", &["gpt3", "gpt", "3"]);
        check("gpt3", &["gpt3", "gpt", "3"]);
        check("LLaMA-2", &["llama2", "llama", "2"]);
        check("GPT-3.5", &["gpt3.5", "gpt", "3.5"]);
        check("int8", &["int8", "int", "8"]);
        check("FlashAttention", &["flashattent", "flash", "attent"]);
        check("node.js", &["nodej", "node", "js"]);
        check("max_new_tokens", &["maxnewtoken", "max", "new", "token"]);
        check("a-b-c-d-e", &["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn names_that_are_not_compounds_stay_whole() {
        check("f16 H100 7B", &["f16", "h100", "7b"]);
        check("PyTorch LLaMA", &["pytorch", "llama"]);
        check("C++ and C#, g++", &["c++", "and", "c#", "g++"]);
        check("1+1", &["1", "1"]);
        check("5th 21st", &["5th", "21st"]);
    }

    #[test]
    fn numbers_keep_their_points_and_lose_their_commas() {
        check("Python 3.11.2.", &["python", "3.11.2"]);
        check("v1.2.3", &["v1.2.3"]);
        check("1,234,567", &["1234567"]);
        check("1,2", &["1", "2"]);
        check("10 000", &["10", "000"]);
        check("100km", &["100km", "100", "km"]);
    }

    #[test]
    fn han_runs_are_pairs() {
        check("注意力", &["注意", "意力"]);
        check("我", &["我"]);
        check("Transformer架构", &["transform", "架构"]);
        check("用GPT-4做", &["用", "gpt4", "gpt", "4", "做"]);
        check("什么是 GQA？", &["什么", "么是", "gqa"]);
        check("カタカナ", &["カタ", "タカ", "カナ"]);
        check("ｶﾞ", &["ガ"]);
    }

    proptest! {
        #[test]
        fn any_text_has_short_terms_without_blanks(text in any::<String>()) {
            for term in terms(&text) {
                prop_assert!(!term.is_empty() && !term.contains(char::is_whitespace));
                prop_assert!(term.chars().count() <= LONGEST * MOST_PIECES);
            }
        }

        #[test]
        fn width_does_not_matter(text in "[ -~]{0,40}") {
            let wide: String = text.chars().map(|c| match c {
                '!'..='~' => char::from_u32(c as u32 - 0x21 + 0xFF01).unwrap(),
                c => c,
            }).collect();
            prop_assert_eq!(terms(&text), terms(&wide));
        }
    }
}
