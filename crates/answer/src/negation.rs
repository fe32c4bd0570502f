//! Where a sentence negates, in English and in Chinese: one finder for the verdicts and for the conflicts.

use std::ops::Range;

/// What a negation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Turns round what is said: `not`, 不.
    Turns,
    /// Says that there is no such thing, or that it need not be, often in passing: `no`, `without`, 没有, 无需.
    Lacks,
}

/// A negation in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Negation {
    /// Its bytes.
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
}

const ENGLISH: &[(&str, Kind)] = &[
    ("not", Kind::Turns),
    ("never", Kind::Turns),
    ("cannot", Kind::Turns),
    ("no longer", Kind::Turns),
    ("no", Kind::Lacks),
    ("without", Kind::Lacks),
    ("neither", Kind::Lacks),
    ("nor", Kind::Lacks),
    ("none", Kind::Lacks),
    ("hardly", Kind::Lacks),
];
/// Behind these `no` turns round what is said: `needs no network`.
const NEEDS: &[&str] = &["need", "needs", "needed", "require", "requires", "required"];
/// Contractions as they stand without their apostrophes; with one, every word in `n't` is a negation.
const CONTRACTED: &[&str] = &[
    "isnt", "arent", "doesnt", "dont", "didnt", "wasnt", "werent", "wont", "cant", "couldnt", "shouldnt",
    "wouldnt", "hasnt", "havent",
];
/// Behind an English negation these take it back: `not only`.
const HEDGES: &[&str] = &["only", "just", "necessarily", "merely"];

/// Longest first: 没有 before 没.
const CHINESE: &[(&str, Kind)] = &[
    ("并不是", Kind::Turns),
    ("并不", Kind::Turns),
    ("并非", Kind::Turns),
    ("不能", Kind::Turns),
    ("不会", Kind::Turns),
    ("不再", Kind::Turns),
    ("不是", Kind::Turns),
    ("无法", Kind::Turns),
    ("没有", Kind::Lacks),
    ("无需", Kind::Lacks),
    ("不必", Kind::Lacks),
    ("不", Kind::Turns),
    ("没", Kind::Lacks),
    ("无", Kind::Lacks),
    ("未", Kind::Lacks),
    ("勿", Kind::Lacks),
];
/// Words that hold a Chinese negation and negate nothing.
const HARMLESS: &[&str] = &[
    "不得不",
    "不一定",
    "差不多",
    "是不是",
    "能不能",
    "要不要",
    "会不会",
    "有没有",
    "不仅",
    "不但",
    "不只",
    "不止",
    "不同",
    "不过",
    "不断",
    "不管",
    "不论",
    "不少",
    "不等",
    "不如",
    "无论",
    "无穷",
    "无限",
    "未来",
];

/// The negations of a text in lower case, in its order.
pub(crate) fn negations(lower: &str) -> Vec<Negation> {
    let mut found = Vec::new();
    let (mut at, mut before) = (0, "");
    while let Some(c) = lower[at..].chars().next() {
        let rest = &lower[at..];
        if is_english(c) {
            let (len, kind) = english(rest);
            let kind = if NEEDS.contains(&before) { kind.map(|_| Kind::Turns) } else { kind };
            found.extend(kind.map(|kind| Negation { at: at..at + len, kind }));
            before = &rest[..len];
            at += len;
        } else if let Some(word) = HARMLESS.iter().find(|word| rest.starts_with(**word)) {
            at += word.len();
        } else if let Some((word, kind)) = CHINESE.iter().find(|(word, _)| rest.starts_with(word)) {
            found.push(Negation { at: at..at + word.len(), kind: *kind });
            at += word.len();
        } else {
            at += c.len_utf8();
        }
    }
    found
}

/// Whether a word, or the term of one, is an English negation.
pub(crate) fn is_negation(word: &str) -> bool {
    ENGLISH.iter().any(|(known, _)| *known == word) || CONTRACTED.contains(&word)
}

fn is_english(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_apostrophe(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// The length of the English word or negation that `rest` begins with, and its kind if it is one.
fn english(rest: &str) -> (usize, Option<Kind>) {
    let len = |text: &str| text.find(|c| !is_english(c)).unwrap_or(text.len());
    let word = &rest[..len(rest)];
    let behind = &rest[word.len()..];
    let next = behind.strip_prefix(' ').map(|behind| &behind[..len(behind)]);
    let two = next.and_then(|next| {
        let whole = &rest[..word.len() + 1 + next.len()];
        ENGLISH.iter().find(|(known, _)| *known == whole)
    });
    if let Some((known, kind)) = two {
        return (known.len(), Some(*kind));
    }
    let bare = word.replace(is_apostrophe, "");
    let contracted = CONTRACTED.contains(&bare.as_str()) || word.replace('’', "'").ends_with("n't");
    let known = ENGLISH.iter().find(|(known, _)| *known == bare).map(|(_, kind)| *kind);
    // `not-for-profit` is a word of its own.
    let taken_back = behind.starts_with('-') || next.is_some_and(|next| HEDGES.contains(&next));
    (word.len(), known.or(contracted.then_some(Kind::Turns)).filter(|_| !taken_back))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Kind)]) {
        let found = negations(text);
        let found: Vec<(&str, Kind)> = found.iter().map(|it| (&text[it.at.clone()], it.kind)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn english_negations() {
        check("", &[]);
        check("it is a knot", &[]);
        check("it is not, and never was", &[("not", Kind::Turns), ("never", Kind::Turns)]);
        check(
            "it isn't; it isn’t; it isnt",
            &[("isn't", Kind::Turns), ("isn’t", Kind::Turns), ("isnt", Kind::Turns)],
        );
        check("it's the parent's 'parent'", &[]);
        check("no key works", &[("no", Kind::Lacks)]);
        check("it needs no key", &[("no", Kind::Turns)]);
        check("the key no longer works", &[("no longer", Kind::Turns)]);
        check("without a key", &[("without", Kind::Lacks)]);
        check("not only fast, not just small", &[]);
        check("a not-for-profit", &[]);
        check("not", &[("not", Kind::Turns)]);
    }

    #[test]
    fn chinese_negations() {
        check("它不支持写入", &[("不", Kind::Turns)]);
        check("它并不是精确的", &[("并不是", Kind::Turns)]);
        check("没有缓存，无需联网", &[("没有", Kind::Lacks), ("无需", Kind::Lacks)]);
        check("不仅快，是不是也省？差不多", &[]);
        check("不需要 gpu，not 这个", &[("不", Kind::Turns), ("not", Kind::Turns)]);
        check("未来的模型", &[]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_will_do(text in "[a-z不是没有n't’ '\\-é，。]{0,60}") {
            for found in negations(&text) {
                proptest::prop_assert!(text.get(found.at).is_some_and(|word| !word.is_empty()));
            }
        }
    }
}
