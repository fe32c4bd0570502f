//! The four ways in which two sentences contradict each other.

use std::collections::HashSet;

use super::statement::{Denial, Statement, is_han};
use crate::verify::facts::Fact;

/// The share of its words that each side must find on the other, and both shares together.
const LEAST: f32 = 0.4;
const MOSTLY: f32 = 0.5;
const TOGETHER: f32 = 1.18;
/// The share of its words that a sentence with a figure must find on the other side.
const WHOLE: f32 = 0.78;
/// The same on both sides where nothing but the figures themselves tells that they measure the same.
const ALIKE: f32 = 0.85;

/// How plainly two sentences contradict each other, up to 2; none where they do not.
pub(super) fn contradict(a: &Statement, b: &Statement) -> Option<f32> {
    let named = named(a, b);
    if named.is_some() || differ_in_names(a, b) {
        return named;
    }
    let ways = [denies(a, b), denies(b, a), opposed(a, b), measured(a, b)];
    ways.into_iter().flatten().max_by(f32::total_cmp)
}

/// Whether each names something that the other does not: 7B and 70B, one model and another.
fn differ_in_names(a: &Statement, b: &Statement) -> bool {
    let own = |one: &Statement, other: &Statement| {
        let known = |name: &String| {
            other.names.contains(name) || index::terms(name).iter().all(|term| other.knows(term))
        };
        one.names.iter().any(|name| !known(name))
    };
    own(a, b) && own(b, a)
}

/// The weight of terms that `known` says yes to, as a share. A pair of Han characters is half a word.
fn share<'a>(terms: impl Iterator<Item = &'a String>, known: impl Fn(&str) -> bool) -> f32 {
    let (mut all, mut found) = (0.0, 0.0);
    for term in terms.filter(|term| !term.starts_with(|c: char| c.is_ascii_digit())) {
        let weight = if is_han(term) { 0.5 } else { 1.0 };
        all += weight;
        found += if known(term) { weight } else { 0.0 };
    }
    if all > 0.0 { found / all } else { 0.0 }
}

/// Words that take the edge off what the other side states, or deny it in another way.
const WEAK: &[&str] =
    &[" no ", " without ", " only ", " hardly ", " rarely ", "没有", "去掉", "无需", "只能看", "很少"];

/// Whether `a` denies what `b` states.
fn denies(a: &Statement, b: &Statement) -> Option<f32> {
    let padded = format!(" {} ", b.text);
    if WEAK.iter().any(|word| padded.contains(word)) {
        return None;
    }
    a.denials.iter().filter_map(|denial| denied(denial, a, b)).max_by(f32::total_cmp)
}

fn denied(denial: &Denial, a: &Statement, b: &Statement) -> Option<f32> {
    let head = denial.denied.first()?;
    let denies_too = b.denials.iter().any(|other| other.denied.contains(head));
    let says_so_too = !denial.instead.is_empty() && denial.instead.iter().all(|term| b.terms.contains(term));
    if !b.terms.contains(head) || denies_too || says_so_too {
        return None;
    }
    let subject = share(denial.subject.iter(), |term| b.knows(term));
    if !denial.subject.is_empty() && subject < 0.5 {
        return None;
    }
    let claim = share(denial.denied.iter().chain(&denial.subject), |term| b.knows(term));
    // Of a long sentence only the clause counts that states it.
    let whole: Vec<String> = b.content().cloned().collect();
    let stating = b.clauses.iter().filter(|clause| clause.contains(head) && clause.len() >= 3);
    let stating = stating.chain([&whole]);
    let answer = stating.map(|clause| share(clause.iter(), |term| a.knows(term))).fold(0.0, f32::max);
    (claim >= MOSTLY && answer >= LEAST && claim + answer >= TOGETHER).then_some(claim + answer)
}

/// Opposite ends that exclude each other of one thing.
const ENDS: &[(&[&str], &[&str])] = &[
    (&["exact", "exactly"], &["approximate", "approximation"]),
    (&["always"], &["never"]),
    (&["dynamic", "dynamically"], &["fixed", "static", "statically"]),
    (&["quadratic", "quadratically"], &["linear", "linearly"]),
    (&["increases", "raises"], &["decreases", "reduces", "lowers"]),
    (&["faster"], &["slower"]),
    (&["larger", "bigger"], &["smaller"]),
    (&["higher"], &["lower"]),
    (&["required", "mandatory"], &["optional"]),
    (&["enabled"], &["disabled"]),
    (&["动态"], &["固定", "静态"]),
    (&["精确"], &["近似"]),
    (&["全部", "所有"], &["少数", "部分"]),
    (&["平方"], &["线性"]),
    (&["提高", "增加", "上升"], &["降低", "减少", "下降"]),
    (&["更大"], &["更小"]),
    (&["更快"], &["更慢"]),
    (&["必须", "必选"], &["不必", "无需", "可选"]),
];

/// Whether they name opposite ends of the same.
fn opposed(a: &Statement, b: &Statement) -> Option<f32> {
    if !a.denials.is_empty() || !b.denials.is_empty() || !(ends(a, b) || before_and_after(a, b)) {
        return None;
    }
    let (one, other) = (share(a.content(), |term| b.knows(term)), share(b.content(), |term| a.knows(term)));
    (one.min(other) >= 0.33 && one.max(other) >= 0.7 && one + other >= TOGETHER).then_some(one + other)
}

fn ends(a: &Statement, b: &Statement) -> bool {
    let has = |side: &Statement, words: &[&str]| {
        words.iter().any(|word| match word.is_ascii() {
            true => side.text.split(|c: char| !c.is_ascii_alphanumeric()).any(|other| other == *word),
            false => side.text.contains(word),
        })
    };
    ENDS.iter().any(|(one, other)| {
        let (a, b) = ((has(a, one), has(a, other)), (has(b, one), has(b, other)));
        matches!((a, b), ((true, false), (false, true)) | ((false, true), (true, false)))
    })
}

/// `pre-norm` here and `post-norm` there.
fn before_and_after(a: &Statement, b: &Statement) -> bool {
    let compounds = |side: &Statement, prefix: &str| -> HashSet<String> {
        let words = side.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words
            .filter_map(|word| word.strip_prefix(prefix))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (pre_a, post_a) = (compounds(a, "pre-"), compounds(a, "post-"));
    let (pre_b, post_b) = (compounds(b, "pre-"), compounds(b, "post-"));
    let crossed = |pre: &HashSet<String>,
                   post: &HashSet<String>,
                   pre_too: &HashSet<String>,
                   post_too: &HashSet<String>| {
        pre.iter().any(|word| post.contains(word) && !pre_too.contains(word) && !post_too.contains(word))
    };
    crossed(&pre_a, &post_b, &pre_b, &post_a) || crossed(&pre_b, &post_a, &pre_a, &post_b)
}

/// Words around a figure that say nothing of what it measures.
const HEDGES: &[&str] = &[
    "take", "need", "cost", "use", "requir", "onli", "rough", "roughli", "approxim", "around", "exact",
    "just", "get", "about", "只要", "大约", "需要", "约等", "等于", "左右", "差不", "不多", "数只", "数大",
];

/// Whether they give different figures for the same.
fn measured(a: &Statement, b: &Statement) -> Option<f32> {
    let unit = unit_that_differs(a, b)?;
    let words = |side: &Statement| -> Vec<String> {
        side.content().filter(|term| !HEDGES.contains(&term.as_str())).cloned().collect()
    };
    let (mine, yours) = (words(a), words(b));
    let one = share(mine.iter(), |term| b.knows(term));
    let other = share(yours.iter(), |term| a.knows(term));
    let shared = mine.iter().filter(|term| b.terms.contains(*term)).count();
    let needed = if mine.iter().any(|term| is_han(term)) { 4 } else { 2 };
    let alike = if unit.is_empty() || unit == "year" {
        one.min(other) >= ALIKE
    } else {
        one.max(other) >= WHOLE && one.min(other) >= 0.2
    };
    (alike && shared >= needed).then_some(one + other)
}

/// The one unit in which two sentences give different figures, all others being equal; empty for bare numbers.
fn unit_that_differs(a: &Statement, b: &Statement) -> Option<&'static str> {
    let of = |side: &Statement, unit: &str| -> Vec<Fact> {
        side.figures.iter().filter(|fact| fact.unit == unit).cloned().collect()
    };
    let mut units: Vec<&'static str> = a.figures.iter().map(|fact| fact.unit).collect();
    units.sort_unstable();
    units.dedup();
    let mut differing = units.into_iter().filter(|unit| {
        let (mine, yours) = (of(a, unit), of(b, unit));
        let agree = mine.iter().any(|fact| yours.iter().any(|other| fact.value == other.value));
        !yours.is_empty() && !agree
    });
    differing.next().filter(|_| differing.next().is_none())
}

/// What is one of several: another may be so as well.
const ONE_OF_SEVERAL: &[&str] =
    &["a ", "an ", "one ", "another ", "example", "such as", "代表", "例", "之一", "包括", "常见", "主要"];

/// Whether they name different things for the same: `the default of X is A`, `the default of X is B`.
fn named(a: &Statement, b: &Statement) -> Option<f32> {
    let (about, mine) = a.identity.as_ref()?;
    let (too, yours) = b.identity.as_ref()?;
    let several = |side: &Statement| {
        ONE_OF_SEVERAL.iter().any(|word| match word.ends_with(' ') {
            true => side.text.starts_with(word),
            false => side.text.contains(word),
        })
    };
    let another = |name: &String, side: &Statement| {
        !side.names.contains(name) && !index::terms(name).iter().all(|term| side.knows(term))
    };
    let holds = |terms: &[String], term: &str| terms.iter().any(|known| known == term);
    let (one, other) =
        (share(about.iter(), |term| holds(too, term)), share(too.iter(), |term| holds(about, term)));
    let enough = about.len() >= 2 && one.min(other) >= 0.99;
    (enough && another(mine, b) && another(yours, a) && !several(a) && !several(b)).then_some(one + other)
}
