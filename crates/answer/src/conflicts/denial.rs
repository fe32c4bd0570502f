//! What a sentence says is not so.

use std::ops::Range;

use super::statement::{content, words};
use super::words::is_han;
use crate::negation::{Kind, negations};

/// Something a sentence says is not so.
#[derive(Debug, Clone)]
pub(super) struct Denial {
    /// The terms before the negation, in its clause: mostly what it is denied of.
    pub(super) subject: Vec<String>,
    /// The terms behind it, the nearest first; never empty.
    pub(super) denied: Vec<String>,
    /// What is said instead, in `X, not Y`: its last terms.
    pub(super) instead: Vec<String>,
    /// The word of a passive, `shared` in `queries are never shared`: queries that share something are another matter.
    pub(super) passive: Option<String>,
    /// The number of its clause.
    pub(super) clause: usize,
    /// The negation and what follows it in its clause, in bytes of the text.
    pub(super) at: Range<usize>,
}

/// The forms of `be` before a passive.
pub(super) const BE: &[&str] = &[" is", " are", " was", " were", " be", " been", " being"];
/// Behind a negation these put off what it denies, or deny it of some cases: nothing that is said elsewhere is against it.
const PUT_OFF: &[&str] = &[" yet", " even"];
/// The denials of a text in lower case with these clauses.
pub(super) fn denials(text: &str, parts: &[Range<usize>]) -> Vec<Denial> {
    let mut found = Vec::new();
    // What a text lacks it mostly says in passing.
    for negation in negations(text).into_iter().filter(|negation| negation.kind == Kind::Turns) {
        let (at, behind) = (negation.at.start, negation.at.end);
        let Some(number) = parts.iter().position(|part| part.contains(&at)) else { continue };
        let part = parts[number].clone();
        let before = text[part.start..at].trim();
        let rest = text.get(behind..part.end).unwrap_or_default();
        // `a model that has not been tuned` tells of the model in passing.
        let relative = [" that ", " which ", " who "].iter().any(|word| format!(" {before} ").contains(word));
        if relative || PUT_OFF.iter().any(|word| rest.starts_with(word)) {
            continue;
        }
        let denied = content(rest);
        if denied.is_empty() {
            continue;
        }
        let said = number.checked_sub(1).and_then(|number| parts.get(number)).map(|part| &text[part.clone()]);
        let earlier = said.map(words);
        let bare = before.is_empty() || matches!(before, "而" | "and" | "but");
        let mut subject = content(before);
        let mut instead = Vec::new();
        if let Some(earlier) = earlier.filter(|_| subject.is_empty()) {
            if bare {
                let other: Vec<String> =
                    earlier.iter().filter(|term| !denied.contains(term)).cloned().collect();
                let last = if other.last().is_some_and(|term| is_han(term)) { 2 } else { 1 };
                instead = other[other.len().saturating_sub(last)..].to_vec();
            }
            // Of `X is Y, not Z` the subject is X.
            let about = said.and_then(|said| said.split_once(" is ").or_else(|| said.split_once('是')));
            subject = about.filter(|_| bare).map_or(earlier, |(about, _)| content(about));
        }
        let next = rest.split_whitespace().next();
        let passive = next.filter(|word| word.ends_with("ed") && BE.iter().any(|be| before.ends_with(be)));
        found.push(Denial {
            subject,
            denied,
            instead,
            passive: passive.map(str::to_owned),
            clause: number,
            at: at..part.end,
        });
    }
    found
}
