//! What one sentence states: its words, what it denies, its figures, and the names that say which thing it is about.

use std::collections::HashSet;
use std::ops::Range;

use index::{Passage, TermWeights};

use super::denial::{BE, Denial, denials};
use super::ends::Ends;
use super::figure::{Figure, Numbers, figures};
use super::lexicon::{self, fold};
use super::sequence::{Sequence, sequence};
use super::slots::{Given, given};
use super::words::is_han;
use crate::hearsay::{believed, spoken};
use crate::negation::{Kind, negations};
use crate::verify::above;
use crate::verify::names::names;

/// Sentences of one passage that are compared: more has no chunk but one of a very odd note.
const MOST: usize = 60;

/// A sentence that states something of its own.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The place of its passage, from 0.
    pub(super) passage: usize,
    /// Its bytes in the passage.
    pub(super) span: Range<usize>,
    /// Whether it is what somebody else says.
    pub(super) reported: bool,
    /// Whether it is in Chinese.
    pub(super) chinese: bool,
    /// Its text, lower-case, without markup, asides, figures and who says it; Chinese words of the table in English.
    pub(super) text: String,
    /// The same as it stands in the note.
    source: String,
    /// Where each character of `text` stands in `source`.
    places: Vec<usize>,
    /// All its terms.
    pub(super) terms: HashSet<String>,
    /// Its terms that say something, in order.
    pub(super) content: Vec<String>,
    /// Its clauses.
    pub(super) clauses: Vec<Clause>,
    /// In `X is NAME`: the terms of X, and the name in lower case.
    pub(super) identity: Option<(Vec<String>, String)>,
    /// What it denies.
    pub(super) denials: Vec<Denial>,
    /// Its figures.
    pub(super) figures: Vec<Figure>,
    /// The ends that its clauses name.
    pub(super) ends: Ends,
    /// What it says comes first.
    pub(super) sequence: Option<Sequence>,
    /// Which of what a thing has one it gives to what.
    pub(super) given: Vec<Given>,
    /// Numbers that tell one thing from another of its name.
    pub(super) labels: Vec<String>,
    /// Its participles behind a form of `be`, as terms.
    pub(super) verbs: HashSet<String>,
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
    /// Its bytes in the sentence's text.
    pub(super) at: Range<usize>,
    /// The terms that say something, in order.
    pub(super) terms: Vec<String>,
    /// The same without negations: what it affirms or denies.
    pub(super) said: Vec<String>,
    /// How many things it says there are not.
    pub(super) lacks: usize,
    /// The ends that it names.
    pub(super) ends: Ends,
    /// Its figures, by their places among those of the sentence.
    pub(super) figures: Range<usize>,
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
    // Of another time, or tried and given up.
    "until ",
    "formerly",
    "originally",
    "prototype",
    "ablation",
    "原定",
    "原来",
    "原先",
    "曾",
    "以前",
    "旧版",
    "原型",
    "消融",
];
/// How a sentence may begin that holds only under a condition.
const CONDITIONS: &[&str] = &["if ", "when ", "unless ", "while ", "whether ", "not "];
/// How much of a sentence is shown where it differs, in characters.
const SHOWN: usize = 40;
/// How a sentence may begin that speaks of the subject of its note.
const PRONOUNS: &[&str] = &[
    "It ", "They ", "This ", "That ", "These ", "Those ", "He ", "She ", "Its ", "Their ", "它们", "它",
    "他", "她", "其",
];
/// The most terms of a title that is the name of a thing.
const NAME: usize = 2;

impl Statement {
    /// The statements of `passage`, which is number `at`, in its order.
    pub(super) fn all(at: usize, passage: &Passage) -> Vec<Self> {
        if passage.headings.iter().any(|heading| is_of_others(heading)) {
            return Vec::new();
        }
        let above: HashSet<String> = terms(&fold(&above(passage)).text).collect();
        let spans = index::sentences(&passage.text).into_iter().take(MOST);
        spans.filter_map(|span| Self::of((at, passage), span, &above)).collect()
    }

    fn of((at, passage): (usize, &Passage), span: Range<usize>, above: &HashSet<String>) -> Option<Self> {
        let raw = passage.text.get(span.clone())?;
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
        let text = resolved(text, &passage.text[..span.start], &passage.title)?;
        let folded = fold(&text);
        let Numbers { figures, labels, rest } = figures(&folded.text);
        let lower = rest.to_lowercase();
        let parts = clauses(&lower);
        let clauses: Vec<Clause> = parts.iter().map(|part| Clause::of(&lower, part, &figures)).collect();
        let says = clauses.iter().map(|clause| clause.terms.len()).sum::<usize>() >= 2 || !figures.is_empty();
        if !own || !says {
            return None;
        }
        let names: HashSet<String> = named(&text).chain(sizes(&lower)).collect();
        Some(Self {
            passage: at,
            span,
            reported,
            chinese: text.contains(index::is_han),
            identity: identity(&lower, &text),
            denials: denials(&lower, &parts),
            figures,
            labels,
            verbs: verbs(&lower),
            ends: clauses.iter().fold(Ends::default(), |all, clause| all.with(&clause.ends)),
            sequence: sequence(&lower),
            given: given(&clauses, &names),
            names,
            above: above.clone(),
            terms: terms(&lower).collect(),
            content: content(&lower),
            places: folded.places,
            source: text,
            text: lower,
            clauses,
        })
    }

    /// Whether the sentence, or what stands above it, has the term.
    pub(super) fn knows(&self, term: &str) -> bool {
        self.terms.contains(term) || self.above.contains(term)
    }

    /// What stands in the note where its text has these bytes, cut where it is long.
    pub(super) fn words(&self, bytes: Range<usize>) -> String {
        let chars = |end: usize| self.text.get(..end).map_or(0, |head| head.chars().count());
        self.characters(chars(bytes.start)..chars(bytes.end))
    }

    /// The same by characters.
    pub(super) fn characters(&self, chars: Range<usize>) -> String {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(self.source.len());
        let text = self.source.get(place(chars.start)..place(chars.end)).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(SHOWN) {
            // At a word, where there is one.
            Some((end, _)) => {
                format!("{} …", text[..end].rsplit_once(' ').map_or(&text[..end], |(head, _)| head))
            }
            None => text,
        }
    }

    /// A name as the note writes it, which is in small letters here.
    pub(super) fn written(&self, name: &str) -> String {
        let lower = self.source.to_lowercase();
        let at = lower.find(name).filter(|_| lower.len() == self.source.len());
        at.and_then(|at| self.source.get(at..at + name.len())).unwrap_or(name).to_owned()
    }

    /// The terms that say something, without negations, clause by clause.
    pub(super) fn said(&self) -> impl Iterator<Item = &String> {
        self.clauses.iter().flat_map(|clause| &clause.said)
    }

    /// Whether a sentence in the other language could have its term: a name, or a word of the table.
    pub(super) fn shares(&self, term: &str) -> bool {
        if self.chinese { !is_han(term) } else { lexicon::has(term) || self.names.contains(term) }
    }
}

impl Clause {
    fn of(lower: &str, part: &Range<usize>, figures: &[Figure]) -> Self {
        let text = lower[part.clone()].to_owned();
        let begin = lower[..part.start].chars().count();
        let end = begin + text.chars().count();
        let before = |at: usize| figures.iter().filter(|figure| figure.span.start < at).count();
        let negations = negations(&text);
        let lacks = negations.iter().filter(|negation| negation.kind == Kind::Lacks).count();
        let mut said = text.clone();
        negations.into_iter().rev().for_each(|negation| said.replace_range(negation.at, ""));
        Self {
            terms: content(&text),
            said: content(&said),
            ends: Ends::of(&text),
            lacks,
            figures: before(begin)..before(end),
            at: part.clone(),
            text,
        }
    }
}

/// The terms of a text, each in its one form.
pub(super) fn terms(text: &str) -> impl Iterator<Item = String> {
    index::terms(text).into_iter().map(|term| lexicon::form(&term).to_owned())
}

/// The text with what a pronoun at its beginning stands for: the X of `X is …` right before it, or the title, where that is a
/// name. None where it cannot be told of what it speaks.
fn resolved(text: String, before: &str, title: &str) -> Option<String> {
    let Some(rest) = PRONOUNS.iter().find_map(|pronoun| text.strip_prefix(pronoun)) else {
        return Some(text);
    };
    let last = index::sentences(before).pop().map_or("", |span| &before[span]);
    let subject = BE.iter().filter_map(|be| last.find(&format!("{be} "))).min().map(|at| &last[..at]);
    let is_name = |name: &&str| {
        (1..=NAME).contains(&content(name).len()) && !name.contains([',', ':', '?', '，', '：', '？', '\n'])
    };
    let name = subject.filter(is_name).or(Some(title).filter(is_name))?;
    Some(format!("{name} {rest}"))
}

/// The words of a text in lower case that stand behind a form of `be` and end as participles do.
fn verbs(lower: &str) -> HashSet<String> {
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is = |word: &str| BE.iter().any(|be| be.trim() == word);
    let behind = words.windows(2).filter(|pair| is(pair[0]) && pair[1].ends_with("ed"));
    behind.flat_map(|pair| terms(pair[1]).collect::<Vec<_>>()).collect()
}

/// The names of a text, in lower case.
fn named(text: &str) -> impl Iterator<Item = String> {
    names(text).into_iter().map(|name| name.to_lowercase())
}

/// Whether what stands under a heading is not stated by the note: mistakes that it lists, and sources. What is merely
/// unverified is stated.
fn is_of_others(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let starts = ["source", "reference", "来源", "参考"];
    let holds = ["mistake", "misconception", "myth", "误区", "误解", "错误", "易错", "答错"];
    starts.iter().any(|word| lower.starts_with(word)) || holds.iter().any(|word| lower.contains(word))
}

/// Small English words, as terms, that the words of a question are seldom among.
const SMALL: &[&str] = &[
    "all", "alreadi", "also", "among", "anoth", "becaus", "both", "dure", "either", "even", "here", "howev",
    "just", "often", "other", "same", "sinc", "still", "such", "therefor", "though", "although", "through",
    "thus", "too", "under", "usual", "veri", "whatev", "while", "within", "yet", "no", "ani", "via", "per",
    "like",
];

/// A pair of Han characters with one of these is no word.
const LOOSE: [char; 6] = ['约', '約', '为', '為', '达', '達'];

/// The terms that say something, each in its one form, in order. A single Han character says too little.
pub(super) fn content(text: &str) -> Vec<String> {
    let loose = |term: &str| is_han(term) && (term.chars().nth(1).is_none() || term.contains(LOOSE));
    words(text).into_iter().filter(|term| !loose(term) && !SMALL.contains(&term.as_str())).collect()
}

/// The same with single Han characters and small words.
pub(super) fn words(text: &str) -> Vec<String> {
    TermWeights::even(text).iter().map(|(term, _)| lexicon::form(term).to_owned()).collect()
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
    let name = named(text).filter(|name| value.starts_with(name.as_str())).max_by_key(String::len)?;
    Some((content(about), name))
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
