//! One denies what the other states.

use super::super::denial::{BE, Denial};
use super::super::statement::{Clause, terms};
use super::super::words::has;
use super::{Contradiction, Pair};

/// The share of its words that each side must find on the other, and both shares together.
const SUBJECT: f32 = 0.6;
const LEAST: f32 = 0.4;
const MOSTLY: f32 = 0.5;
const TOGETHER: f32 = 1.15;
/// How many terms behind a verb may be its object.
const OBJECT: usize = 4;

/// Words that take the edge off what the other side states, or deny it in another way.
const WEAK: &[&str] = &["only", "hardly", "rarely", "去掉", "只能看", "很少"];

/// Whether the first denies what the second states.
pub(super) fn denies(pair: Pair<'_>) -> Option<Contradiction> {
    if !pair.a.ends.crossed(&pair.b.ends).is_empty() {
        return None;
    }
    let denied = pair.a.denials.iter().filter_map(|denial| {
        let plain = denied(denial, pair)?;
        Some(Contradiction { plain, said: [pair.a.words(denial.at.clone()), stated(denial, pair)] })
    });
    denied.max_by(|one, other| one.plain.total_cmp(&other.plain))
}

fn denied(denial: &Denial, pair: Pair<'_>) -> Option<f32> {
    let Pair { b, .. } = pair;
    let head = denial.denied.first()?;
    let denies_too = b.denials.iter().any(|other| other.denied.contains(head));
    let says_so_too = !denial.instead.is_empty() && denial.instead.iter().all(|term| b.terms.contains(term));
    if !b.terms.contains(head) || denies_too || says_so_too {
        return None;
    }
    // That queries share a head does not say that they are shared.
    let is_passive = |word: &String| BE.iter().any(|be| b.text.contains(&format!("{be} {word}")));
    let is_object = || {
        let order: Vec<String> = terms(&b.text).collect();
        let behind = order.iter().skip_while(|term| *term != head).skip(1).take(OBJECT);
        behind.into_iter().any(|term| denial.subject.contains(term))
    };
    if denial.passive.as_ref().is_some_and(|word| !is_passive(word) && !is_object()) {
        return None;
    }
    // What is not the same as X is still something to X.
    let same = |text: &str| has(text, &["same"]);
    if (pair.across() && !pair.named_alike()) || (same(&pair.a.text[denial.at.clone()]) && !same(&b.text)) {
        return None;
    }
    // What is denied of one thing by its name another may well be.
    let named = |term: &&String| pair.a.names.contains(*term);
    if denial.subject.iter().filter(named).any(|name| !b.knows(name)) {
        return None;
    }
    if !denial.subject.is_empty() && pair.share(&denial.subject) < SUBJECT {
        return None;
    }
    let claim = pair.share(denial.denied.iter().chain(&denial.subject));
    // Of a long sentence only the clause counts that states it.
    let own = pair.a.clauses.get(denial.clause)?;
    let has_head = |clause: &&Clause| clause.terms.contains(head);
    let states = |clause: &Clause| {
        clause.lacks == own.lacks
            && !has(&clause.text, WEAK)
            && !pair.other_words([own, clause], |term| pair.is_verb(term))
    };
    if !b.clauses.iter().filter(has_head).any(states) {
        return None;
    }
    let stating = b.clauses.iter().filter(has_head).filter(|clause| clause.terms.len() >= 3);
    let stating = stating.map(|clause| &clause.terms).chain([&b.content]);
    let answer = stating.map(|terms| pair.turned().share(terms)).fold(0.0, f32::max);
    (claim >= MOSTLY && answer >= LEAST && claim + answer >= TOGETHER).then_some(claim + answer)
}

/// What the second states: the words from the first that is denied to the end of the clause.
fn stated(denial: &Denial, Pair { b, .. }: Pair<'_>) -> String {
    let head = denial.denied.first();
    let clause = b.clauses.iter().find(|clause| head.is_some_and(|head| clause.terms.contains(head)));
    let Some(clause) = clause else { return b.words(0..b.text.len()) };
    let words = clause.text.split_whitespace();
    let offset = |word: &str| word.as_ptr() as usize - clause.text.as_ptr() as usize;
    let begin = words.filter(|word| terms(word).any(|term| Some(&term) == head)).map(offset).next();
    b.words(clause.at.start + begin.unwrap_or(0)..clause.at.end)
}
