//! The four ways in which two sentences contradict each other.

use std::collections::HashSet;

use super::statement::{BE, Clause, Denial, Statement, is_han};
use crate::verify::facts::Fact;

/// The share of its words that each side must find on the other, and both shares together.
const LEAST: f32 = 0.4;
const MOSTLY: f32 = 0.5;
const TOGETHER: f32 = 1.15;
/// The share of its words that a sentence with a figure must find on the other side.
const WHOLE: f32 = 0.78;
/// The same on both sides where nothing but the figures themselves tells that they measure the same.
const ALIKE: f32 = 0.85;
/// How many terms behind a verb may be its object.
const OBJECT: usize = 4;

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
    // That queries share a head does not say that they are shared.
    let is_passive = |word: &String| BE.iter().any(|be| b.text.contains(&format!("{be} {word}")));
    let is_object = || {
        let order = index::terms(&b.text);
        let behind = order.iter().skip_while(|term| *term != head).skip(1).take(OBJECT);
        behind.into_iter().any(|term| denial.subject.contains(term))
    };
    if denial.passive.as_ref().is_some_and(|word| !is_passive(word) && !is_object()) {
        return None;
    }
    let subject = share(denial.subject.iter(), |term| b.knows(term));
    if !denial.subject.is_empty() && subject < 0.5 {
        return None;
    }
    let claim = share(denial.denied.iter().chain(&denial.subject), |term| b.knows(term));
    // Of a long sentence only the clause counts that states it.
    let whole: Vec<String> = b.content().cloned().collect();
    let stating = b.clauses.iter().filter(|clause| clause.terms.contains(head) && clause.terms.len() >= 3);
    let stating = stating.map(|clause| &clause.terms).chain([&whole]);
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
    if !a.denials.is_empty() || !b.denials.is_empty() {
        return None;
    }
    let pairs = a.clauses.iter().flat_map(|one| b.clauses.iter().map(move |other| (one, other)));
    pairs.filter_map(|(one, other)| opposed_clauses((a, one), (b, other))).max_by(f32::total_cmp)
}

fn opposed_clauses((a, one): (&Statement, &Clause), (b, other): (&Statement, &Clause)) -> Option<f32> {
    let ends = ENDS.iter().find(|(end, opposite)| {
        // A text that has both ends weighs them against each other.
        let both = |side: &Statement| has(&side.text, end) && has(&side.text, opposite);
        let crossed = has(&one.text, end) && has(&other.text, opposite)
            || has(&one.text, opposite) && has(&other.text, end);
        crossed && !both(a) && !both(b)
    });
    // One clause of GPT-3, the other of BERT.
    let names = |side: &Statement, clause: &Clause, other: &Statement, too: &Clause| {
        let named = side.names.iter().filter(|name| clause.text.contains(name.as_str()));
        named.into_iter().any(|name| {
            !too.text.contains(name.as_str())
                && !index::terms(name).iter().all(|term| other.above.contains(term))
        })
    };
    if names(a, one, b, other) && names(b, other, a, one) {
        return None;
    }
    // The ends differ as figures do: what matters is whether the rest speaks of the same.
    let is_end = |term: &str| match ends {
        Some((end, opposite)) => {
            end.iter().chain(*opposite).any(|word| index::terms(word).iter().any(|it| it == term))
        }
        None => matches!(term, "pre" | "post"),
    };
    if ends.is_none() && !before_and_after(&one.text, &other.text) {
        return None;
    }
    let rest = |clause: &Clause| -> Vec<String> {
        clause.terms.iter().filter(|term| !is_end(term)).cloned().collect()
    };
    let (mine, yours) = (rest(one), rest(other));
    let shared = mine.iter().filter(|term| yours.contains(term));
    let latin = shared.clone().any(|term| !is_han(term));
    let (left, right) = (share(mine.iter(), |term| b.knows(term)), share(yours.iter(), |term| a.knows(term)));
    // A name that both clauses are about says more than the words around it.
    let name = a
        .names
        .iter()
        .any(|name| one.text.starts_with(name.as_str()) && other.text.starts_with(name.as_str()));
    let least = if name && left.max(right) >= 0.9 { 0.2 } else { 0.33 };
    let same = (latin && shared.clone().count() >= 2 || name || shared.count() >= 3)
        && left.min(right) >= least
        && left + right >= 1.0;
    same.then_some(left + right)
}

/// Whether a lower-case text has one of the words, whole where they are Latin.
fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| match word.is_ascii() {
        true => text.split(|c: char| !c.is_ascii_alphanumeric()).any(|other| other == *word),
        false => text.contains(word),
    })
}

/// `pre-norm` here and `post-norm` there.
fn before_and_after(a: &str, b: &str) -> bool {
    let compounds = |text: &str, prefix: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let rest = words.filter_map(|word| word.strip_prefix(prefix));
        rest.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let crossed = |one: &str, other: &str| {
        let (pre, post) = (compounds(one, "pre-"), compounds(other, "post-"));
        let (post_too, pre_too) = (compounds(one, "post-"), compounds(other, "pre-"));
        pre.iter().any(|word| post.contains(word) && !post_too.contains(word) && !pre_too.contains(word))
    };
    crossed(a, b) || crossed(b, a)
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
