//! What a name is, and how two are compared.

use notes::is_han;
use rust_stemmers::{Algorithm, Stemmer};

use crate::coverage::is_empty_english;
use crate::terms::{Run, runs, stem};

/// No name is longer than this, in characters.
const LONGEST: usize = 60;
/// Nor has more words, where words are written apart.
const MOST_WORDS: usize = 8;
/// Nor more characters of Han.
const MOST_HAN: usize = 20;

/// A name by its units: words folded and stemmed, Han characters one by one, so that `Grouped-Query Attention` is
/// `grouped query attention` wherever it stands.
pub(super) fn units(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut units = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(pieces) => units.extend(pieces.iter().map(|piece| stem(piece, &stemmer))),
            Run::Han(chars) => units.extend(chars.into_iter().map(String::from)),
        }
    }
    units
}

/// The script and kind of a name. Two names of a kind that are not alike mean two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Initials or the like: `GQA`, `RoPE`, `NF4`.
    Acronym,
    /// Words written apart.
    Words,
    /// It has Han characters.
    Han,
}

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        if text.chars().any(is_han) {
            Self::Han
        } else if is_acronym(text) {
            Self::Acronym
        } else {
            Self::Words
        }
    }
}

/// Whether `word` looks like an acronym: one word of 2 to 10 characters that has two capitals, or a capital and a digit.
/// A plural `s` is no part of it: see [`singular`].
pub(super) fn is_acronym(word: &str) -> bool {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    (2..=10).contains(&word.chars().count())
        && word.starts_with(|c: char| c.is_alphanumeric())
        && word.chars().all(|c| (c.is_alphanumeric() && !is_han(c)) || matches!(c, '-' | '/' | '&'))
        && (capitals >= 2 || (capitals == 1 && digits > 0))
        && capitals + digits < 9
}

/// An acronym without its plural `s`.
pub(super) fn singular(word: &str) -> &str {
    let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix('s')).unwrap_or(word);
    if stem.len() >= 2 && stem.ends_with(|c: char| c.is_uppercase()) { stem } else { word }
}

/// The letters and digits at which the words of `text` begin, lower-case, capitals inside a word included.
pub(super) fn initials(text: &str) -> Vec<char> {
    let mut initials = Vec::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_alphanumeric() && (!before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase())) {
            initials.extend(c.to_lowercase());
        }
        before = c;
    }
    initials
}

/// Whether `text` could be the name of something, and not a remark, a formula or a number.
pub(super) fn is_name(text: &str) -> bool {
    let han = text.chars().filter(|&c| is_han(c)).count();
    let words =
        || text.split(|c: char| c.is_whitespace() || c == '·' || is_han(c)).filter(|word| !word.is_empty());
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let sound = |c: char| c.is_alphanumeric() || c == ' ' || "-–·'’&./+#".contains(c);
    let first = words().next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    letters >= 2
        && text.chars().count() <= LONGEST
        && text.chars().all(sound)
        && !text.ends_with(['.', '-'])
        && !text.starts_with('-')
        && han != 1
        && han <= MOST_HAN
        && words().count() <= MOST_WORDS
        // `group size 128`, `Part A`, `a few`.
        && words().all(|word| word.chars().any(char::is_alphabetic) && (word.chars().count() > 1 || han > 0))
        && (han > 0 || is_acronym(text) || (!is_empty_english(&first) && !REMARKS.split(' ').any(|word| word == first)))
        && !(han > 0 && is_clause(text))
}

/// Words that begin a remark in brackets, not a name.
const REMARKS: &str = "see eg e.g ie i.e cf also now then such compare including especially mostly mainly usually often \
    later formerly no not not- per via after before like only just with without under within around \
    approx approx. about both either example note optional left right above below pdf version even all \
    since until during because though although roughly total each one two three first second third new \
    old part chapter section figure table page step another other others except plus minus et vol ed eds \
    yes unless while";

/// Whether `text` is part of a clause in Chinese, not a name.
fn is_clause(text: &str) -> bool {
    const INSIDE: &[&str] =
        &["什么", "怎么", "如何", "吗", "呢", "我们", "他们", "不是", "没有", "就是", "时候"];
    const LAST: &[char] = &['了', '的', '着', '等', '时', '后', '里', '们', '地', '得'];
    text.ends_with(LAST) || INSIDE.iter().any(|part| text.contains(part))
}

/// Whether `text`, in brackets, is a remark in Chinese on what stands before it, and not another name of it.
pub(super) fn is_remark(text: &str) -> bool {
    const INSIDE: &[&str] = &[
        "可以", "不", "因为", "所以", "如果", "例如", "比如", "包括", "其中", "参见", "对照", "除了", "以及",
        "或者", "以前",
    ];
    const FIRST: &[char] = &['见', '如', '即', '指', '当', '另', '但', '而', '仅', '现', '后', '原'];
    let ordinal = text.starts_with('第') && text.chars().count() <= 5;
    ordinal || text.starts_with(FIRST) || INSIDE.iter().any(|part| text.contains(part))
}

/// Whether two names of one kind are variants of one, by how much of the shorter stands in the longer: `rotary position
/// embedding` and `rotary position encoding`.
pub(super) fn alike(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = short.iter().filter(|unit| long.contains(unit)).count();
    2 * shared > short.len() || (2 * shared == short.len() && short.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_words_and_han_characters() {
        let check = |text, expected: &[&str]| assert_eq!(units(text), expected, "{text}");
        check("Grouped-Query Attention", &["group", "queri", "attent"]);
        check("分组查询 Attention", &["分", "组", "查", "询", "attent"]);
        check("GPT-3", &["gpt", "3"]);
        check("…", &[]);
    }

    #[test]
    fn acronyms_have_capitals() {
        let check = |text, expected| assert_eq!(is_acronym(text), expected, "{text}");
        for yes in ["GQA", "RoPE", "NF4", "Ai2", "U-Net", "MLA", "mRNA", "K/V"] {
            check(yes, true);
        }
        for no in ["", "A", "Attention", "word", "GQA MHA", "2022", "ABCDEFGHIJKL", "注意力", "-AB", "P(IK)"]
        {
            check(no, false);
        }
        assert_eq!(
            [singular("RNNs"), singular("GAS"), singular("GPUs"), singular("is")],
            ["RNN", "GAS", "GPU", "is"]
        );
    }

    #[test]
    fn remarks_are_no_names() {
        let check = |text, expected| assert_eq!(is_name(text), expected, "{text}");
        for yes in [
            "Grouped-query attention",
            "late chunking",
            "bigram",
            "GQA",
            "量化感知训练",
            "细胞毒性T淋巴细胞",
            "U.S. Army",
            "书生·浦语",
            "基于人类反馈的强化学习",
        ] {
            check(yes, true);
        }
        for no in [
            "",
            "2022",
            "group size 128",
            "Part A",
            "the bends",
            "see below",
            "e.g. one",
            "x = 3",
            "f",
            "头",
            "没有空格的",
            "为什么会这样",
            "arXiv:2405.05904",
            "a, b",
            "他们在一起",
            "κτεν-",
        ] {
            check(no, false);
        }
        let check = |text, expected| assert_eq!(is_remark(text), expected, "{text}");
        for no in ["见下文", "例如", "第一代", "如专利", "现波瓦坦县", "即蓝藻", "不含税"]
        {
            check(no, true);
        }
        check("量化感知训练", false);
    }

    #[test]
    fn variants_share_most_of_their_words() {
        let check = |a, b, expected| assert_eq!(alike(&units(a), &units(b)), expected, "{a} / {b}");
        check("rotary position embedding", "rotary position encoding", true);
        check("旋转位置编码", "旋转位置嵌入", true);
        check("American Broadcasting Company", "Australian Broadcasting Corporation", false);
        check("position interpolation", "principal investigator", false);
        check("early stop", "early exit", false);
    }

    #[test]
    fn words_begin_after_blanks_hyphens_and_small_letters() {
        let check =
            |text, expected: &str| assert_eq!(initials(text).iter().collect::<String>(), expected, "{text}");
        check("Low-Rank Adaptation", "lra");
        check("eXtensible Markup", "exm");
        check("NormalFloat4", "nf");
    }
}
