//! They give different figures for the same.

use super::super::figure::{DATE, Figure, agree};
use super::super::statement::{Clause, Statement};
use super::super::words::{has, weight};
use super::{Contradiction, LIGHT, Pair};

/// The share of its words that one side must find on the other, and the other side of its own.
const WHOLE: f32 = 0.66;
const LEAST: f32 = 0.34;
/// All of one side is found on the other: then that may say a good deal more.
const ALL: f32 = 0.99;
const MUCH_MORE: f32 = 0.2;
/// The share on both sides where nothing but the figures themselves tells that they measure the same.
const ALIKE: f32 = 0.75;
/// The weight of shared words that ties sentences of two languages without a name.
const MANY: f32 = 4.0;
/// Figures in one of these are of anything.
const VAGUE: &[&str] = &["", "%", "x", DATE];
/// Those that are of many things: what they measure must be told beside the name.
const COMMON: &[&str] =
    &["storage", "duration", "distance", "mass", "usd", "cny", "eur", "gbp", "person", "degree"];

/// What is measured, as terms: a thing of its own it is not.
const ATTRIBUTES: &[&str] = &[
    "area", "size", "length", "width", "height", "depth", "weight", "price", "cost", "speed", "popul",
    "total", "averag", "面積", "總面", "总面", "占地", "佔地", "總長", "总长", "全长", "全長", "平均",
    "人口", "總人", "总人", "投资", "投資",
];
/// The weight of words that make a subject.
const SUBJECT: f32 = 1.0;

/// What makes a figure one of a part or of each: of the whole the other side may well say another.
const OF_A_PART: &[&str] =
    &["of the", "of them", "of its", "of these", "each", "every", "里有", "中有", "其中", "之一", "各"];
/// What makes a figure a rate.
const RATE: &[&str] = &["per", "每"];

/// Whether they give different figures for the same.
pub(super) fn measured(pair: Pair<'_>) -> Option<Contradiction> {
    let Pair { a, b } = pair;
    let clauses = a.clauses.iter().flat_map(|one| b.clauses.iter().map(move |other| (one, other)));
    let found = clauses.filter_map(|(one, other)| {
        let (mine, yours) = that_differ(&a.figures[one.figures.clone()], &b.figures[other.figures.clone()])?;
        let of = |side: &'_ Statement| -> Vec<Figure> {
            side.figures.iter().filter(|figure| figure.measure == mine.measure).cloned().collect()
        };
        // What the other side says besides may be the same after all.
        let (all, others) = (of(a), of(b));
        let repeated = all.iter().any(|figure| agree(&[figure], &[yours]))
            || others.iter().any(|it| agree(&[mine], &[it]));
        let other_day = mine.measure != DATE && pair.other_time();
        let plain = of_the_same(pair, (one, other), &mine.measure).filter(|_| !repeated && !other_day)?;
        Some(Contradiction {
            plain,
            said: [a.characters(mine.span.clone()), b.characters(yours.span.clone())],
        })
    });
    found.max_by(|one, other| one.plain.total_cmp(&other.plain))
}

/// How much two clauses speak of the same, where it is enough for figures of this measure.
fn of_the_same(pair: Pair<'_>, (one, other): (&Clause, &Clause), measure: &str) -> Option<f32> {
    let Pair { a, b } = pair;
    // What happened is told by the verb, of which there may be many; what there is, by the noun.
    let verb = |term: &str| measure != DATE && pair.is_verb(term);
    let weighty = |term: &&String| !LIGHT.contains(&term.as_str()) && !verb(term) && *term != measure;
    let things = |terms: &[String]| -> f32 {
        terms.iter().filter(|term| !ATTRIBUTES.contains(&term.as_str())).map(|term| weight(term)).sum()
    };
    // A clause that does not say of what it speaks goes on with that of the sentence.
    let words = |side: &Statement, clause: &Clause| -> Vec<String> {
        let own: Vec<String> = clause.terms.iter().filter(weighty).cloned().collect();
        if things(&own) >= SUBJECT { own } else { side.content.iter().filter(weighty).cloned().collect() }
    };
    let (mine, yours) = (words(a, one), words(b, other));
    let (left, right) = (pair.share(&mine), pair.turned().share(&yours));
    let (most, least) = (left.max(right), left.min(right));
    let alike = match VAGUE.contains(&measure) {
        true => least >= ALIKE,
        false => (most >= WHOLE && least >= LEAST) || (most >= ALL && least >= MUCH_MORE),
    };
    let common: Vec<String> = mine.iter().filter(|term| yours.contains(term)).cloned().collect();
    let shared = pair.shared(&mine).max(pair.turned().shared(&yours));
    // Across languages a name must tie them, or many words.
    let tied = !pair.across() || shared >= MANY || pair.named_alike();
    let needed = match (pair.across(), a.chinese) {
        (true, _) if COMMON.contains(&measure) || VAGUE.contains(&measure) => 2.0,
        (true, _) => 1.0,
        (_, false) if least >= ALL && (measure == DATE || !VAGUE.contains(&measure)) => 1.0,
        (_, true) => 1.5,
        _ => 2.0,
    };
    let part = |clause: &Clause| has(&clause.text, OF_A_PART);
    let partly = (part(one) && left < ALL && !part(other)) || (part(other) && right < ALL && !part(one));
    let rates = has(&one.text, RATE) == has(&other.text, RATE);
    (alike
        && rates
        && things(&common) >= SUBJECT
        && shared >= needed
        && tied
        && !partly
        && !pair.other_words([one, other], verb)
        && !pair.other_case(one, other))
    .then_some(left + right)
}

/// The figures of the one measure in which two clauses differ, where it is the only one.
fn that_differ<'a>(mine: &'a [Figure], yours: &'a [Figure]) -> Option<(&'a Figure, &'a Figure)> {
    let of = |figures: &'a [Figure], measure: &str| -> Vec<&'a Figure> {
        figures.iter().filter(|figure| figure.measure == measure).collect()
    };
    let mut measures: Vec<&str> = mine.iter().map(|figure| figure.measure.as_str()).collect();
    measures.sort_unstable();
    measures.dedup();
    let mut differing = measures.into_iter().filter_map(|measure| {
        let (mine, yours) = (of(mine, measure), of(yours, measure));
        let differ = !yours.is_empty() && !agree(&mine, &yours);
        differ.then(|| mine.first().copied().zip(yours.first().copied())).flatten()
    });
    differing.next().filter(|_| differing.next().is_none())
}
