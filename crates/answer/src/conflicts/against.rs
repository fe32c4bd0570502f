//! The ways in which two sentences contradict each other, and what must agree before they do.
//!
//! After de Marneffe, Rafferty and Manning, "Finding contradictions in text" (2008): first that both speak of the same, then
//! what they say of it in different ways: a negation, opposite ends, the order of two things, a figure, a name.

mod denied;
mod filled;
mod measured;
mod named;
mod opposed;
mod order;

use std::slice;

use super::figure::{DATE, agree};
use super::lexicon;
use super::statement::{Clause, Statement};
use super::words::weight;
use crate::verify::names::unknown;

/// That two sentences contradict each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contradiction {
    /// How plainly, up to 2.
    pub(super) plain: f32,
    /// What each says of the same, in few words.
    pub(super) said: [String; 2],
}

/// How plainly two sentences contradict each other; none where they do not.
pub(super) fn contradict(a: &Statement, b: &Statement) -> Option<Contradiction> {
    let pair = Pair { a, b };
    if !a.content.iter().any(|term| b.knows(term)) {
        return None;
    }
    if pair.other_time() {
        // Of different days all else may be so: only the days themselves may contradict each other.
        return measured::measured(pair).filter(|_| !pair.other_names());
    }
    let named = named::named(pair).or_else(|| filled::differ(pair));
    if named.is_some() || pair.other_names() {
        return named;
    }
    let ways = [
        denied::denies(pair),
        denied::denies(pair.turned()).map(Contradiction::turned),
        order::ordered(pair),
        opposed::opposed(pair),
        measured::measured(pair),
    ];
    ways.into_iter().flatten().max_by(|one, other| one.plain.total_cmp(&other.plain))
}

impl Contradiction {
    fn turned(self) -> Self {
        let [a, b] = self.said;
        Self { said: [b, a], ..self }
    }
}

/// Two sentences, the first seen from the second.
#[derive(Debug, Clone, Copy)]
struct Pair<'a> {
    a: &'a Statement,
    b: &'a Statement,
}

/// Words, as terms, that say little of what is spoken of: light verbs, hedges, and heads such as `model` in `the Heron model`.
pub(super) const LIGHT: &[&str] = &[
    "take", "need", "cost", "use", "requir", "onli", "rough", "roughli", "approxim", "around", "exact",
    "just", "get", "keep", "kept", "hold", "give", "make", "run", "last", "set", "must", "may", "most",
    "least", "everi", "each", "thing", "anyth", "someth", "fine", "work", "project", "system", "servic",
    "model", "one", "also", "total", "name", "call", "now", "alreadi", "veri", "well", "sold", "sell",
    "size", "just", "day", "date", "time", "only", "limit", "只要", "大约", "约等", "等于", "左右", "差不",
    "不多", "数只", "数大", "最多", "至少", "每个", "每年", "每天", "全部", "时间", "日期", "方式",
];

/// Words of a sentence that the other has not: the words before and behind them in their clause that both have.
struct Run<'a> {
    before: Option<&'a str>,
    behind: Option<&'a str>,
    weight: f32,
}

/// The weight of words in a row from which on they say more than the name of something else.
const MUCH: f32 = 3.0;

/// What a thing is, beside its name: one language may leave it out.
const HEADS: &[&str] = &["search", "index", "engin", "api", "data", "version"];

impl<'a> Pair<'a> {
    fn turned(self) -> Self {
        Self { a: self.b, b: self.a }
    }

    /// Whether one is in Chinese and the other is not.
    fn across(self) -> bool {
        self.a.chinese != self.b.chinese
    }

    /// Whether a term of the first says what it is about, as far as the second can tell.
    fn counts(self, term: &str) -> bool {
        term.contains(|c: char| c.is_alphabetic())
            && (!self.across() || self.a.shares(term) || self.b.knows(term))
    }

    /// Whether the Chinese one has a name that the other has too: across languages little else ties them.
    fn named_alike(self) -> bool {
        let (chinese, other) = if self.a.chinese { (self.a, self.b) } else { (self.b, self.a) };
        chinese.names.iter().any(|name| other.terms.contains(name))
    }

    /// How much of `terms`, which the first has, the second has too: a share. A pair of Han characters is half a word.
    fn share<'t>(self, terms: impl IntoIterator<Item = &'t String>) -> f32 {
        let (mut all, mut found) = (0.0, 0.0);
        for term in terms.into_iter().filter(|term| self.counts(term)) {
            all += weight(term);
            found += if self.b.knows(term) { weight(term) } else { 0.0 };
        }
        if all > 0.0 { found / all } else { 0.0 }
    }

    /// The weight of those of `terms` that the second has too.
    fn shared<'t>(self, terms: impl IntoIterator<Item = &'t String>) -> f32 {
        terms
            .into_iter()
            .filter(|term| self.counts(term) && self.b.knows(term))
            .map(|term| weight(term))
            .sum()
    }

    /// Whether each names something that the other does not: 7B and 70B, one model and another. Or one has a version that
    /// the other does not tell.
    fn other_names(self) -> bool {
        let own = |Pair { a, b }: Pair<'_>| {
            let known = |name: &String| {
                b.names.contains(name) || unknown(slice::from_ref(name), |term| b.knows(term)) == 0
            };
            a.names.iter().any(|name| !known(name))
        };
        let label = |Pair { a, b }: Pair<'_>| a.labels.iter().any(|label| !b.knows(label));
        (own(self) && own(self.turned())) || label(self) || label(self.turned())
    }

    /// Whether the two tell of different days or years.
    fn other_time(self) -> bool {
        let dates =
            |side: &'a Statement| side.figures.iter().filter(|it| it.measure == DATE).collect::<Vec<_>>();
        let (mine, yours) = (dates(self.a), dates(self.b));
        !mine.is_empty() && !yours.is_empty() && !agree(&mine, &yours)
    }

    /// Whether one clause tells of what there is and the other of what there is without something; or the two sentences deny
    /// different things, so that they are of different cases.
    fn other_case(self, one: &Clause, other: &Clause) -> bool {
        let denies = |Pair { a, b }: Pair<'_>| {
            let denied = |head: &String| b.denials.iter().any(|denial| denial.denied.contains(head));
            let heads = a.denials.iter().filter_map(|denial| denial.denied.first());
            heads.into_iter().any(|head| b.terms.contains(head) && !denied(head))
        };
        one.lacks != other.lacks || denies(self) || denies(self.turned())
    }

    /// Whether each has a word of its own in the place where the other has another, but for words that `may_differ`: `public API`
    /// and `internal API`. Looks at the clauses up to the `last` of each.
    fn other_words(self, last: [&Clause; 2], may_differ: impl Fn(&str) -> bool) -> bool {
        if self.across() {
            return self.mismatch(&may_differ) || self.turned().mismatch(&may_differ);
        }
        let (mine, yours) =
            (self.own_runs(last[0], &may_differ), self.turned().own_runs(last[1], &may_differ));
        let meets = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
        mine.iter().any(|run| {
            yours.iter().any(|other| meets(run.before, other.before) || meets(run.behind, other.behind))
        })
    }

    /// Where the first has words that the second has not. Not where it has many: there it says more, not something else.
    fn own_runs(self, last: &Clause, may_differ: impl Fn(&str) -> bool) -> Vec<Run<'a>> {
        let weighty = |term: &&String| {
            !LIGHT.contains(&term.as_str()) && !may_differ(term.as_str()) && self.counts(term)
        };
        let mut runs = Vec::new();
        for clause in self.a.clauses.iter().take_while(|clause| clause.at.start <= last.at.start) {
            let mut before = None;
            let mut open: Option<Run<'a>> = None;
            for term in clause.said.iter().filter(weighty) {
                if self.b.knows(term) {
                    runs.extend(open.take().map(|run| Run { behind: Some(term.as_str()), ..run }));
                    before = Some(term.as_str());
                } else {
                    open.get_or_insert(Run { before, behind: None, weight: 0.0 }).weight += weight(term);
                }
            }
            runs.extend(open);
        }
        runs.retain(|run| run.weight <= MUCH);
        runs
    }

    /// Whether a term is a participle behind a form of `be` on either side: of the same thing another may be said.
    fn is_verb(self, term: &str) -> bool {
        self.a.verbs.contains(term) || self.b.verbs.contains(term)
    }

    /// Whether the first has a word of the table that the second would have in its language, and the second says something
    /// else instead.
    fn mismatch(self, may_differ: impl Fn(&str) -> bool) -> bool {
        let says = |side: &'a Statement, other: &'a Statement| {
            let light = |term: &str| LIGHT.contains(&term) || HEADS.contains(&term) || may_differ(term);
            side.said().filter(move |term| !light(term) && !other.knows(term)).collect::<Vec<_>>()
        };
        let own = says(self.a, self.b);
        own.into_iter().any(|term| lexicon::has(term)) && !says(self.b, self.a).is_empty()
    }
}
