//! Two things of which one comes before the other: `X before Y`, 先X再Y.

use std::ops::Range;

use super::statement::content;

/// What comes first, and what then.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    pub(super) first: Part,
    pub(super) then: Part,
}

/// One of the two.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Its bytes in the text.
    pub(super) at: Range<usize>,
    /// Its terms that the other has not.
    pub(super) terms: Vec<String>,
}

/// The one sequence that a text in lower case tells.
pub(super) fn sequence(text: &str) -> Option<Sequence> {
    let text = text.trim_end_matches(['.', '。']);
    let only = |word: &str| {
        let at = text.find(word)?;
        let end = at + word.len();
        (!text[end..].contains(word)).then_some((0..at, end..text.len()))
    };
    let (first, then) = if let Some(sequence) = only(" before ") {
        sequence
    } else if let Some((then, first)) = only(" after ") {
        (first, then)
    } else {
        let start = text.find('先').filter(|at| !text[..*at].ends_with('首'))? + '先'.len_utf8();
        let (at, word) =
            ["再", "然后", "后", "才"].iter().find_map(|word| Some((text[start..].find(word)?, *word)))?;
        (start..start + at, start + at + word.len()..text.len())
    };
    // What both parts have tells neither from the other.
    let (one, other) = (content(&text[first.clone()]), content(&text[then.clone()]));
    let own = |terms: &[String], too: &[String]| -> Vec<String> {
        terms.iter().filter(|term| !too.contains(term)).cloned().collect()
    };
    let first = Part { at: first, terms: own(&one, &other) };
    let then = Part { at: then, terms: own(&other, &one) };
    (!first.terms.is_empty() && !then.terms.is_empty()).then_some(Sequence { first, then })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_told() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = sequence(text).map(|it| (text[it.first.at].trim(), text[it.then.at].trim()));
            assert_eq!(found, expected, "{text}");
        };
        check("", None);
        check("bread is baked", None);
        check("the cache is written before the log.", Some(("the cache is written", "the log")));
        check("the cache is written after the log.", Some(("the log", "the cache is written")));
        check("before lunch, read", None);
        check("先写日志，再写缓存。", Some(("写日志，", "写缓存")));
        check("首先要说明，再写缓存。", None);
        check("write before write", None);
    }
}
