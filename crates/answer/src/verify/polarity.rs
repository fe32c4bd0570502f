//! Whether two sentences that share their words say the opposite: one negates what the other states, or they name opposite ends.

use std::collections::HashSet;

use crate::negation::{Negation, is_negation, negations};

/// Opposite ends. A sentence that has one where the other sentence has only the other says the contrary.
const OPPOSITES: &[(&[&str], &[&str])] = &[
    (&["more", "greater"], &["less", "fewer", "smaller"]),
    (&["before"], &["after"]),
    (
        &[
            "increase",
            "increases",
            "increased",
            "increasing",
            "grow",
            "grows",
            "raise",
            "raises",
            "rise",
            "rises",
        ],
        &[
            "decrease",
            "decreases",
            "decreased",
            "decreasing",
            "reduce",
            "reduces",
            "reduced",
            "shrink",
            "shrinks",
            "lower",
            "lowers",
            "falls",
            "drops",
        ],
    ),
    (&["higher", "high", "highest"], &["lower", "low", "lowest"]),
    (&["larger", "large", "largest", "bigger", "big"], &["smaller", "small", "smallest"]),
    (&["faster", "fast", "fastest"], &["slower", "slow", "slowest"]),
    (&["always", "all", "every"], &["never", "none"]),
    (&["longer", "long", "longest"], &["shorter", "short", "shortest"]),
    (&["first"], &["last"]),
    (&["best", "better"], &["worst", "worse"]),
    (&["cheap", "cheaper"], &["expensive", "costly"]),
    (&["most"], &["least"]),
    (&["same"], &["different"]),
    (&["above", "over"], &["below", "under"]),
    (&["enable", "enabled"], &["disable", "disabled"]),
    (&["with"], &["without"]),
    (&["大于", "高于", "多于", "超过"], &["小于", "低于", "少于", "不足"]),
    (
        &["提高", "增加", "上升", "增大", "提升", "增长", "变大"],
        &["降低", "减少", "下降", "减小", "缩小", "变小"],
    ),
    (&["之前", "以前"], &["之后", "以后"]),
    (&["最大", "最多", "最高"], &["最小", "最少", "最低"]),
    (&["更大", "更多", "更高"], &["更小", "更少", "更低"]),
    (&["更快", "较快"], &["更慢", "较慢"]),
    (&["更长"], &["更短"]),
    (&["至少"], &["至多", "最多"]),
    (&["相同", "一样"], &["不同"]),
    (&["必须"], &["不必", "无需"]),
    (&["总是"], &["从不"]),
];

/// What a sentence negates and which ends it names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Polarity {
    /// The words within reach of a negator.
    negated: HashSet<String>,
    /// All its words, lower-case, negators among them.
    words: HashSet<String>,
    /// How many negators.
    negators: usize,
    /// Its text, lower-case, for Chinese ends.
    text: String,
}

/// The words that a negation of `text` may negate: the next three, or what stands behind a Chinese one, a few characters
/// or one word of another script.
fn within_reach(text: &str, negation: &Negation) -> Vec<String> {
    let behind = &text[negation.at.end..];
    if !text[negation.at.clone()].starts_with(index::is_han) {
        let words = behind.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        return words.take(REACH).map(str::to_owned).collect();
    }
    let open = |c: char| c.is_whitespace() || "“‘「『\"`".contains(c);
    let rest = behind.trim_start_matches(open);
    let word: String = match rest.chars().next() {
        Some(c) if c.is_ascii_alphanumeric() => {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect()
        }
        _ => rest.chars().take_while(|c| c.is_alphanumeric()).take(4).collect(),
    };
    vec![word]
}

/// Words that come with a negator and say nothing.
const DO: &[&str] = &["do", "does", "did"];
/// From this share of all their words on two sentences differ in nothing but what one of them negates.
const TWINS: f32 = 0.75;

/// The words behind a negator that it may negate.
const REACH: usize = 3;

impl Polarity {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let found = negations(&text);
        let negated = found.iter().flat_map(|negation| within_reach(&text, negation));
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        Self {
            negated: negated.flat_map(|word| index::terms(&word)).collect(),
            words: words.map(str::to_owned).collect(),
            negators: found.len(),
            text,
        }
    }

    /// Whether one of two sentences negates what the other states.
    pub(crate) fn negates(&self, other: &Self, terms: &HashSet<String>, others: &HashSet<String>) -> bool {
        let turned = |a: &Self, b: &Self, stated: &HashSet<String>| {
            !a.negated.is_empty()
                && a.negated.iter().any(|word| stated.contains(word))
                && a.negators > b.negators
        };
        let says = |term: &&String| !is_negation(term) && !DO.contains(&term.as_str());
        let common = terms.intersection(others).filter(says).count() as f32;
        let most = terms.iter().filter(says).count().max(others.iter().filter(says).count());
        let twins = common >= TWINS * most as f32 && common > 0.0;
        turned(self, other, others)
            || turned(other, self, terms)
            || (twins && self.negators.abs_diff(other.negators) == 1)
    }

    /// Whether the sentences name opposite ends.
    pub(crate) fn opposes(&self, other: &Self) -> bool {
        let has = |side: &Self, words: &[&str]| {
            words.iter().any(|word| match word.is_ascii() {
                true => side.words.contains(*word),
                false => side.text.contains(word),
            })
        };
        OPPOSITES.iter().any(|(a, b)| {
            let (mine, yours) = ([has(self, a), has(self, b)], [has(other, a), has(other, b)]);
            mine[0] != mine[1] && yours[0] != yours[1] && mine[0] != yours[0]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_statements() {
        let check = |a: &str, b: &str, negates: bool, opposes: bool| {
            let terms = |text: &str| index::terms(text).into_iter().collect::<HashSet<_>>();
            let (first, second) = (Polarity::of(a), Polarity::of(b));
            assert_eq!(first.negates(&second, &terms(a), &terms(b)), negates, "{a} / {b}");
            assert_eq!(first.opposes(&second), opposes, "{a} / {b}");
        };
        check("It needs a graph.", "It needs a graph.", false, false);
        check("It does not need a graph.", "It needs a graph.", true, false);
        check("It doesn't need a graph.", "It needs a graph.", true, false);
        check("It needs no graph.", "It doesn't need a graph.", false, false);
        check("不需要重新训练。", "需要重新训练。", true, false);
        check("没有缓存。", "有缓存。", true, false);
        check("速度不断提高。", "速度降低。", false, true);
        check("A is faster than B.", "A is slower than B.", false, true);
        check("不仅快，而且省。", "快，而且省。", false, false);
        check("", "", false, false);
        check("这个阶段不是 compute-bound。", "这个阶段是 compute-bound。", true, false);
        check("上限不是 512 个 token。", "上限是 512 个 token。", true, false);
        check("It not only needs a graph.", "It needs a graph.", false, false);
        check(
            "The uncased vocabulary of BERT's word pieces does not hold all 30,522 entries.",
            "The uncased vocabulary of BERT's word pieces holds all 30,522 entries.",
            true,
            false,
        );
    }
}
