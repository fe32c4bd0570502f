//! How much of what a question asks about a text speaks of.

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};

use crate::terms::{Run, pairs, runs, stem, terms, whole};

/// Words that say nothing of what a question is about: English articles, pronouns, auxiliaries and question words.
const EMPTY_ENGLISH: &[&str] = &[
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "being", "between", "but", "by",
    "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i",
    "if", "in", "into", "is", "it", "its", "many", "me", "might", "much", "my", "not", "of", "on", "or",
    "our", "out", "she", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "up", "was", "we", "were", "what", "whats", "when", "where",
    "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your",
];

/// The same in Chinese, longest first. Single characters only where they are hardly ever part of a longer word.
const EMPTY_CHINESE: &[&str] = &[
    "什么时候",
    "为什么",
    "是什么",
    "有什么",
    "有哪些",
    "有多少",
    "怎么样",
    "什么样",
    "什么",
    "怎么",
    "怎样",
    "如何",
    "为何",
    "何时",
    "何处",
    "哪些",
    "哪个",
    "哪里",
    "哪儿",
    "哪种",
    "哪位",
    "哪一",
    "多少",
    "是否",
    "请问",
    "一个",
    "一种",
    "这个",
    "那个",
    "这些",
    "那些",
    "我们",
    "他们",
    "它们",
    "可以",
    "的",
    "了",
    "吗",
    "呢",
    "吧",
    "是",
    "谁",
    "几",
    "哪",
    "和",
    "与",
    "在",
];

/// Characters that are mostly words by themselves. A pair with one of them is seldom a word, like the
/// second of 宽度要缩小.
const LOOSE_CHINESE: &str =
    "为有被由从到对于以及其这那个中上下之所而也都就会能不要它各取把让还再又多少大小里没何年月日";
/// What a pair with a loose character counts for, beside one without.
const LOOSE_SHARE: f32 = 0.25;

/// Whether `word`, in small letters, says nothing of what a text is about.
pub(crate) fn is_empty_english(word: &str) -> bool {
    EMPTY_ENGLISH.contains(&word)
}

/// A word of a question that a passage should contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The term.
    pub(crate) term: String,
    /// The compound it is a piece of: a text that has this has the term as well.
    pub(crate) compound: Option<String>,
}

impl Wanted {
    /// How likely it is a word at all, 0 to 1: pairs of Han characters are cut without a dictionary.
    pub(crate) fn likely(&self) -> f32 {
        let is_loose =
            self.term.chars().nth(1).is_some() && self.term.chars().any(|c| LOOSE_CHINESE.contains(c));
        if is_loose { LOOSE_SHARE } else { 1.0 }
    }
}

/// The words of `question` that say what it is about, each once, in its order. Empty when it is all question words.
pub(crate) fn wanted(question: &str) -> Vec<Wanted> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut add = |term: String, compound: Option<String>| {
        if !wanted.iter().any(|known| known.term == term) {
            wanted.push(Wanted { term, compound });
        }
    };
    for run in runs(question) {
        match run {
            Run::Word(pieces) => {
                let compound = whole(&pieces, &stemmer).filter(|_| pieces.len() > 1);
                for piece in pieces.iter().filter(|piece| !is_empty_english(piece)) {
                    add(stem(piece, &stemmer), compound.clone());
                }
            }
            Run::Han(chars) => {
                for chars in without_empty(&chars) {
                    pairs(chars).into_iter().for_each(|pair| add(pair, None));
                }
            }
        }
    }
    wanted
}

/// What is left of a run of Han characters between the words of [`EMPTY_CHINESE`].
fn without_empty(chars: &[char]) -> Vec<&[char]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < chars.len() {
        let empty = EMPTY_CHINESE.iter().map(|word| word.chars().count()).zip(EMPTY_CHINESE);
        match empty.into_iter().find(|(len, word)| chars[at..].iter().take(*len).copied().eq(word.chars())) {
            Some((len, _)) => {
                parts.push(&chars[start..at]);
                at += len;
                start = at;
            }
            None => at += 1,
        }
    }
    parts.push(&chars[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The words of a question, each with what it weighs: its rarity among the chunks of the index, less for what is hardly a
/// word.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TermWeights {
    words: Vec<(Wanted, f32)>,
    /// What stands for several words as well.
    instead: Vec<Instead>,
}

/// Names that mean the same as one in the question.
#[derive(Debug, Clone, PartialEq)]
struct Instead {
    /// The places of the words of the one.
    of: Vec<usize>,
    /// The words of each of the others.
    names: Vec<Vec<Wanted>>,
}

impl TermWeights {
    /// Words with their rarity, which must not be negative.
    pub(crate) fn new(words: Vec<(Wanted, f32)>) -> Self {
        let weigh = |(word, rarity): (Wanted, f32)| {
            let weight = rarity * word.likely();
            (word, weight)
        };
        Self { words: words.into_iter().map(weigh).collect(), instead: Vec::new() }
    }

    /// The same, but a text that has another name has the words of the name: (terms of a name, words of each of its other
    /// names).
    pub(crate) fn or<'a>(mut self, names: impl Iterator<Item = (&'a [String], &'a [Vec<Wanted>])>) -> Self {
        for (terms, names) in names {
            let words = self.words.iter().enumerate();
            let of = words.filter(|(_, (word, _))| terms.contains(&word.term)).map(|(at, _)| at).collect();
            self.instead.push(Instead { of, names: names.to_vec() });
        }
        self
    }

    /// The words of `question` as if all were equally rare: for when there is no index to say which are.
    #[must_use]
    pub fn even(question: &str) -> Self {
        Self::new(wanted(question).into_iter().map(|word| (word, 1.0)).collect())
    }

    /// Whether the question has no word that says what it is about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The terms, in the order of the question, and their weights, from 0.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f32)> {
        self.words.iter().map(|(word, weight)| (word.term.as_str(), *weight))
    }

    /// The share of the question's words that `text` contains, by weight, 0 to 1; 0 when the question has none.
    #[must_use]
    pub fn coverage(&self, text: &str) -> f32 {
        self.share(&self.held(text))
    }

    /// The largest share that a single sentence of `text` contains, by weight, 0 to 1.
    pub(crate) fn coverage_in_sentence(&self, text: &str) -> f32 {
        let sentences = notes::sentences(text);
        sentences.iter().map(|span| self.coverage(&text[span.clone()])).fold(0.0, f32::max)
    }

    /// Whether `text` contains each of the terms, in the order of [`iter`](Self::iter).
    #[must_use]
    pub fn held(&self, text: &str) -> Vec<bool> {
        let terms: HashSet<String> = terms(text).into_iter().collect();
        let holds = |term: &str| terms.contains(term) || (is_single(term) && text.contains(term));
        let is_there = |word: &Wanted| holds(&word.term) || word.compound.as_deref().is_some_and(holds);
        let mut held: Vec<bool> = self.words.iter().map(|(word, _)| is_there(word)).collect();
        for Instead { of, names } in &self.instead {
            if names.iter().any(|words| words.iter().all(is_there)) {
                of.iter().filter_map(|&at| held.get_mut(at).map(|held| *held = true)).for_each(drop);
            }
        }
        held
    }

    /// The share, by weight, of the terms that are marked in `held`, 0 to 1; 0 when the question has none.
    #[must_use]
    pub fn share(&self, held: &[bool]) -> f32 {
        let total: f32 = self.iter().map(|(_, weight)| weight).sum();
        let there: f32 =
            self.iter().zip(held).filter(|(_, held)| **held).map(|((_, weight), _)| weight).sum();
        if total > 0.0 { there / total } else { 0.0 }
    }
}

/// The share of `question`'s words that `text` contains, 0 to 1, as if all were equally rare.
#[must_use]
pub fn coverage(question: &str, text: &str) -> f32 {
    TermWeights::even(question).coverage(text)
}

/// Whether `term` is one character of a script without spaces. Texts have such terms in pairs, so it is looked for as a
/// character.
pub(crate) fn is_single(term: &str) -> bool {
    let mut chars = term.chars();
    chars.next().is_some_and(crate::terms::is_spaceless) && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn question_words_are_left_out() {
        let check = |question, expected: &[&str]| {
            let terms: Vec<String> = wanted(question).into_iter().map(|word| word.term).collect();
            assert_eq!(terms, expected, "{question}");
        };
        check("", &[]);
        check("What is it?", &[]);
        check("什么是？", &[]);
        check("What is grouped-query attention?", &["group", "queri", "attent"]);
        check("attention, attention!", &["attent"]);
        check("什么是分组查询注意力", &["分组", "组查", "查询", "询注", "注意", "意力"]);
        check("谁发明了纸？", &["发明", "纸"]);
        check("GQA 和 MQA 有什么区别？", &["gqa", "mqa", "区别"]);
        check("GPT-3 有多少参数", &["gpt", "3", "参数"]);
    }

    #[test]
    fn coverage_is_the_share_of_words() {
        let check = |question, text, expected: f32| {
            let found = coverage(question, text);
            assert!((found - expected).abs() < 1e-6, "{question} / {text}: {found}");
        };
        check("", "text", 0.0);
        check("what is it", "it is what it is", 0.0);
        check("what is attention", "Attentions", 1.0);
        check("attention heads", "no heads", 0.5);
        check("grouped-query attention", "grouped query attention", 1.0);
        check("GPT-3", "GPT3", 1.0);
        check("GPT3", "GPT-3", 1.0);
        check("H-100", "an H100", 1.0);
        check("H100", "an H200", 0.0);
        check("谁发明了纸？", "蔡伦发明纸张", 1.0);
        check("注意力", "注意安全", 0.5);
    }

    #[test]
    fn rare_words_weigh_more() {
        let words = wanted("flash attention").into_iter().zip([3.0, 1.0]).collect();
        let terms = TermWeights::new(words);
        assert_eq!(terms.iter().collect::<Vec<_>>(), [("flash", 3.0), ("attent", 1.0)]);
        assert!((terms.coverage("a flash") - 0.75).abs() < 1e-6);
        assert!((terms.coverage("attention") - 0.25).abs() < 1e-6);
    }

    #[test]
    fn another_name_stands_for_the_words_of_a_name() {
        let name = ["mqa".to_owned()];
        let others = [wanted("多查询"), wanted("multi-query attention")];
        let words = wanted("MQA speed").into_iter().zip([3.0, 1.0]).collect();
        let terms = TermWeights::new(words).or(std::iter::once((&name[..], &others[..])));
        let check = |text, expected: &[bool]| assert_eq!(terms.held(text), expected, "{text}");
        check("MQA", &[true, false]);
        check("多查询注意力", &[true, false]);
        check("multi-query", &[false, false]);
        check("attention of the multi-query kind, with speed", &[true, true]);
    }

    #[test]
    fn pairs_that_are_seldom_words_weigh_less() {
        // 宽度, 度要, 要缩, 缩放
        assert!((coverage("宽度要缩放", "宽度") - 1.0 / 2.5).abs() < 1e-6);
        assert!((coverage("宽度要缩放", "度要") - 0.25 / 2.5).abs() < 1e-6);
        assert_eq!(coverage("大？", "大"), 1.0);
    }

    #[test]
    fn longer_empty_words_come_first() {
        let lens: Vec<usize> = EMPTY_CHINESE.iter().map(|word| word.chars().count()).collect();
        assert!(lens.is_sorted_by(|a, b| a >= b), "{lens:?}");
    }

    proptest! {
        #[test]
        fn a_text_covers_itself(text in any::<String>()) {
            let found = coverage(&text, &text);
            prop_assert!(found == 0.0 || (found - 1.0).abs() < 1e-5, "{}", found);
        }

        #[test]
        fn coverage_is_a_share_and_grows_with_the_text(question in "[a-z是纸 -]{0,20}", a in any::<String>(), b in any::<String>()) {
            let (one, both) = (coverage(&question, &a), coverage(&question, &format!("{a} {b}")));
            prop_assert!((0.0..=1.0 + 1e-5).contains(&one) && both >= one - 1e-5);
        }
    }
}
