//! What one sentence states: its words, what it denies, its figures, and the names that say which thing it is about.

use std::collections::HashSet;
use std::ops::Range;

use index::{Passage, TermWeights};

use crate::hearsay::{believed, spoken};
use crate::negation::{Kind, negations};
use crate::verify::facts::{Fact, facts};
use crate::verify::names::names;

/// A sentence that states something of its own.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The place of its passage, from 0.
    pub(super) passage: usize,
    /// Its bytes in the passage.
    pub(super) span: Range<usize>,
    /// Whether it is what somebody else says.
    pub(super) reported: bool,
    /// Its text, lower-case, without markup, asides and who says it.
    pub(super) text: String,
    /// All its terms.
    pub(super) terms: HashSet<String>,
    /// Its clauses.
    pub(super) clauses: Vec<Clause>,
    /// In `X is NAME`: the terms of X, and the name in lower case.
    pub(super) identity: Option<(Vec<String>, String)>,
    /// What it denies.
    pub(super) denials: Vec<Denial>,
    /// Its figures that certainly are numbers.
    pub(super) figures: Vec<Fact>,
    /// Names, in lower case: models, versions, sizes.
    pub(super) names: HashSet<String>,
    /// The terms of the title and the headings above it.
    pub(super) above: HashSet<String>,
}

/// A part of a sentence between two commas or conjunctions.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    /// In lower case.
    pub(super) text: String,
    /// The terms that say something, in order.
    pub(super) terms: Vec<String>,
}

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
}

/// A sentence that says one of these says what is wrong or what may be.
const NOT_ITS_OWN: &[&str] = &[
    "mistake",
    "misconception",
    "myth",
    "is wrong",
    "used to ",
    "not true that",
    "contrary to",
    "what if",
    "suppose",
    "误解",
    "误区",
    "错误",
    "以为",
    "说成",
    "错。",
    "如果",
    "假如",
    "假设",
    "题库里",
];
/// How a sentence may begin that holds only under a condition.
const CONDITIONS: &[&str] = &["if ", "when ", "unless ", "while ", "whether ", "not "];
impl Statement {
    /// The statements of `passage`, which is number `at`, in its order.
    pub(super) fn all(at: usize, passage: &Passage) -> Vec<Self> {
        if passage.headings.iter().any(|heading| is_of_others(heading)) {
            return Vec::new();
        }
        let above = index::terms(&format!("{}\n{}", passage.title, passage.headings.join("\n")));
        let above: HashSet<String> = above.into_iter().collect();
        let spans = index::sentences(&passage.text).into_iter();
        spans.filter_map(|span| Self::of(at, &passage.text, span, &above)).collect()
    }

    fn of(passage: usize, text: &str, span: Range<usize>, above: &HashSet<String>) -> Option<Self> {
        let raw = text.get(span.clone())?;
        if raw.trim_start().starts_with(['#', '|', '`', '~', '$']) {
            return None;
        }
        let plain = index::plain(&without_links(raw));
        let (_, plain) = crate::draft::split_bullet(plain.trim());
        let whole = without_asides(plain);
        let lower = whole.to_lowercase();
        let own = !believed(&lower)
            && !NOT_ITS_OWN.iter().any(|words| lower.contains(words))
            && !CONDITIONS.iter().any(|word| lower.starts_with(word))
            && !lower.contains(['?', '？'])
            && !lower.starts_with(['"', '“', '「']);
        let (reported, text) = match spoken(&lower) {
            Some(begin) => (true, whole.get(begin..).unwrap_or(&whole).trim().to_owned()),
            None => (false, whole.trim().to_owned()),
        };
        let lower = text.to_lowercase();
        let terms: HashSet<String> = index::terms(&text).into_iter().collect();
        let parts = clauses(&lower);
        let clause = |part: &Range<usize>| {
            let text = lower[part.clone()].to_owned();
            Clause { terms: content(&text), text }
        };
        let clauses: Vec<Clause> = parts.iter().map(clause).collect();
        let says = clauses.iter().map(|clause| clause.terms.len()).sum::<usize>() >= 2;
        (own && says).then(|| Self {
            passage,
            span,
            reported,
            identity: identity(&lower, &text),
            denials: denials(&lower, &parts),
            figures: facts(&text).into_iter().filter(|fact| fact.sure).collect(),
            names: names(&text).into_iter().map(|name| name.to_lowercase()).chain(sizes(&lower)).collect(),
            above: above.clone(),
            text: lower,
            terms,
            clauses,
        })
    }

    /// Whether the sentence, or what stands above it, has the term.
    pub(super) fn knows(&self, term: &str) -> bool {
        self.terms.contains(term) || self.above.contains(term)
    }

    /// Its terms that say something.
    pub(super) fn content(&self) -> impl Iterator<Item = &String> {
        self.clauses.iter().flat_map(|clause| &clause.terms)
    }
}

/// Whether what stands under a heading is not stated by the note: mistakes that it lists, and sources. What is merely
/// unverified is stated.
fn is_of_others(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let starts = ["source", "reference", "来源", "参考"];
    let holds = ["mistake", "misconception", "myth", "误区", "误解", "错误", "易错", "答错"];
    starts.iter().any(|word| lower.starts_with(word)) || holds.iter().any(|word| lower.contains(word))
}

/// The terms that say something, in order.
pub(super) fn content(text: &str) -> Vec<String> {
    TermWeights::even(text).iter().map(|(term, _)| term.to_owned()).collect()
}

/// Links to other notes name a file, not a thing; those with a text of their own keep it.
fn without_links(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, link)) = rest.split_once("[[") {
        out.push_str(before);
        let Some((link, after)) = link.split_once("]]") else { break };
        if let Some((_, shown)) = link.split_once('|') {
            out.push_str(shown);
        }
        rest = after;
    }
    out + rest
}

/// The text without what stands in brackets.
fn without_asides(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The clauses of a text, as byte ranges.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let word = [" but ", " and ", "而且", "但是"].into_iter().find(|word| text[at..].starts_with(word));
        let point = ",;:!—，。；：、！".contains(c)
            || (c == '.' && !text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric()));
        let len = word.map_or(c.len_utf8(), str::len);
        if word.is_some() || point {
            found.push(start..at);
            start = at + len;
        }
        at += len;
    }
    found.push(start..text.len());
    found.retain(|part| !text[part.clone()].trim().is_empty());
    found
}

/// What the first clause names, where it does: `LLaMA 的激活函数是 GELU`.
fn identity(lower: &str, text: &str) -> Option<(Vec<String>, String)> {
    let end = clauses(lower).first()?.end;
    let first = lower.get(..end)?;
    let (about, value) = first.split_once(" is ").or_else(|| first.split_once('是'))?;
    let value = value.trim().trim_start_matches("the ");
    let named = names(text).into_iter().map(|name| name.to_lowercase());
    let name = named.filter(|name| value.starts_with(name.as_str())).max_by_key(String::len)?;
    Some((content(about), name))
}

/// The forms of `be` before a passive.
pub(super) const BE: &[&str] = &[" is", " are", " was", " were", " be", " been", " being"];

fn denials(text: &str, parts: &[Range<usize>]) -> Vec<Denial> {
    let mut found = Vec::new();
    // What a text lacks it mostly says in passing.
    for negation in negations(text).into_iter().filter(|negation| negation.kind == Kind::Turns) {
        let (at, behind) = (negation.at.start, negation.at.end);
        let Some(number) = parts.iter().position(|part| part.contains(&at)) else { continue };
        let part = parts[number].clone();
        let before = text[part.start..at].trim();
        // `a model that has not been tuned` tells of the model in passing.
        if [" that ", " which ", " who "].iter().any(|word| format!(" {before} ").contains(word)) {
            continue;
        }
        let rest = text.get(behind..part.end).unwrap_or_default();
        let denied = content(rest);
        // `not yet` and `not even` are against nothing that is said elsewhere.
        if denied.is_empty() || rest.starts_with(" yet") || rest.starts_with(" even") {
            continue;
        }
        let earlier = number
            .checked_sub(1)
            .and_then(|number| parts.get(number))
            .map(|part| content(&text[part.clone()]));
        let bare = before.is_empty() || matches!(before, "而" | "and" | "but");
        let said = number.checked_sub(1).and_then(|number| parts.get(number)).map(|part| &text[part.clone()]);
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
        found.push(Denial { subject, denied, instead, passive: passive.map(str::to_owned) });
    }
    found
}

pub(super) fn is_han(term: &str) -> bool {
    term.starts_with(index::is_han)
}

/// `7b`, `int8`: sizes and formats that tell one case from another, and are no figure with a unit.
fn sizes(lower: &str) -> Vec<String> {
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let words = words.map(|word| word.trim_matches('.'));
    let is_size = |word: &&str| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        unit.len() < word.len() && matches!(unit, "b" | "m" | "k" | "t")
    };
    words.filter(is_size).map(str::to_owned).collect()
}
