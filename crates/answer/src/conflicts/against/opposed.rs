//! They name opposite ends of the same.

use std::collections::HashSet;

use super::super::statement::{Clause, Statement};
use super::super::words::{has, is_han, weight};
use super::{Contradiction, Pair};

/// The share of its words that each clause must find on the other side, both together, and where a name that both begin with
/// ties them.
const LEAST: f32 = 0.33;
const TOGETHER: f32 = 1.0;
const NAMED: f32 = 0.2;
/// The weight of the words that both clauses must have.
const SHARED: f32 = 1.5;
/// And where they have all words in common.
const TWINS: f32 = 1.0;

/// Whether they name opposite ends of the same.
pub(super) fn opposed<'a>(pair: Pair<'a>) -> Option<Contradiction> {
    // Turned round twice it is the same.
    if pair.a.ends.crossed(&pair.b.ends).len() > 1 || turned_about(pair) {
        return None;
    }
    let Pair { a, b } = pair;
    let states = |side: &'a Statement| {
        let denies = |at: usize| side.denials.iter().any(|denial| denial.clause == at);
        side.clauses.iter().enumerate().filter(move |(at, _)| !denies(*at)).map(|(_, clause)| clause)
    };
    let pairs = states(a).flat_map(|one| states(b).map(move |other| (one, other)));
    let found = pairs.filter_map(|(one, other)| clauses(pair, (one, other)));
    found.max_by(|one, other| one.plain.total_cmp(&other.plain))
}

/// Whether one compares X with Y and the other Y with X.
fn turned_about(pair: Pair<'_>) -> bool {
    let compares = |side: &Statement| has(&side.text, &["than", "比"]);
    let first = |Pair { a, b }: Pair<'_>| a.content.iter().find(|term| b.terms.contains(*term)).cloned();
    compares(pair.a) && compares(pair.b) && first(pair) != first(pair.turned())
}

fn clauses(pair: Pair<'_>, (one, other): (&Clause, &Clause)) -> Option<Contradiction> {
    let Pair { a, b } = pair;
    let row = one.ends.crossed(&other.ends).first().copied();
    let said = match row {
        Some(row) => {
            [one.ends.word(row, &one.text)?.to_owned(), other.ends.word(row, &other.text)?.to_owned()]
        }
        None => before_and_after(&one.text, &other.text)?,
    };
    // One clause of GPT-3, the other of BERT.
    let names = |side: &Statement, clause: &Clause, other: &Statement, too: &Clause| {
        side.names.iter().filter(|name| clause.text.contains(name.as_str())).any(|name| {
            !too.text.contains(name.as_str())
                && !index::terms(name).iter().all(|term| other.above.contains(term))
        })
    };
    // Han characters are cut in pairs: one of an end may stand with one beside it.
    let is_end = |term: &str| match is_han(term) {
        true => said.iter().any(|word| term.chars().any(|c| word.contains(c))),
        false => {
            matches!(term, "pre" | "post")
                || said.iter().any(|word| index::terms(word).iter().any(|it| it == term))
        }
    };
    if (names(a, one, b, other) && names(b, other, a, one))
        || pair.other_words([one, other], is_end)
        || pair.other_case(one, other)
    {
        return None;
    }
    // The ends differ as figures do: what matters is whether the rest speaks of the same.
    let rest =
        |clause: &Clause| clause.terms.iter().filter(|term| !is_end(term)).cloned().collect::<Vec<String>>();
    let (mine, yours) = (rest(one), rest(other));
    let shared: f32 = mine.iter().filter(|term| yours.contains(term)).map(|term| weight(term)).sum();
    let (left, right) = (pair.share(&mine), pair.turned().share(&yours));
    // A name that both clauses are about says more than the words around it.
    let name =
        a.names.iter().any(|name| one.text.trim().starts_with(name) && other.text.trim().starts_with(name));
    // A text that names both ends weighs them against each other, but where each is of a name.
    let weighs = |side: &Statement| row.is_some_and(|row| side.ends.weighs(row));
    if !name && (weighs(a) || weighs(b)) {
        return None;
    }
    let least = if name && left.max(right) >= 0.9 { NAMED } else { LEAST };
    let twins = left.min(right) >= 0.99 && shared >= TWINS;
    let same = twins || ((name || shared >= SHARED) && left.min(right) >= least && left + right >= TOGETHER);
    same.then_some(Contradiction { plain: left + right, said })
}

/// `pre-norm` here and `post-norm` there.
fn before_and_after(a: &str, b: &str) -> Option<[String; 2]> {
    if !(a.contains("pre-") && b.contains("post-") || a.contains("post-") && b.contains("pre-")) {
        return None;
    }
    let compounds = |text: &str, prefix: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let rest = words.filter_map(|word| word.strip_prefix(prefix));
        rest.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let crossed = |one: &str, other: &str| {
        let (pre, post) = (compounds(one, "pre-"), compounds(other, "post-"));
        let (post_too, pre_too) = (compounds(one, "post-"), compounds(other, "pre-"));
        let only =
            |word: &&String| post.contains(*word) && !post_too.contains(*word) && !pre_too.contains(*word);
        pre.iter().filter(only).min().cloned()
    };
    let named = |word: String, ends: [&str; 2]| ends.map(|end| format!("{end}-{word}"));
    let before = crossed(a, b).map(|word| named(word, ["pre", "post"]));
    before.or_else(|| crossed(b, a).map(|word| named(word, ["post", "pre"])))
}
