//! The figures of a sentence, as what they measure: lengths in metres, durations in seconds, a date as one.

use std::ops::Range;

use crate::verify::facts::{Fact, facts};
use crate::verify::unit::{MEASURES, Unit};

/// A figure that certainly is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) value: Value,
    /// What it measures: a dimension, or the term of what is counted. Empty where the sentence does not say.
    pub(super) measure: String,
    /// Where it stands in the text with what it counts, in characters.
    pub(super) span: Range<usize>,
    /// Whether it is less exact than it is written: rounded, hedged, or in another unit.
    loose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// A number in the base unit of its dimension.
    Number(f64, Bound),
    /// Year, month and day, as far as they are told.
    Date([Option<u32>; 3]),
}

/// Whether a number is the least or the most of what may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    None,
    Least,
    Most,
}

/// What dates measure.
pub(super) const DATE: &str = "date";

/// Units of one dimension, each with how many of the first of its dimension it is.
const DIMENSIONS: &[(&str, &[(Unit, f64)])] = &[
    ("storage", &[("byte", 1.0), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12)]),
    (
        "duration",
        &[
            ("s", 1.0),
            ("us", 1e-6),
            ("ms", 1e-3),
            ("min", 60.0),
            ("hour", 3600.0),
            ("day", 86_400.0),
            ("week", 604_800.0),
            ("month", 2_629_800.0),
            ("year", 31_557_600.0),
        ],
    ),
    (
        "distance",
        &[("m", 1.0), ("mm", 1e-3), ("cm", 1e-2), ("km", 1e3), ("foot", 0.3048), ("mile", 1609.344)],
    ),
    ("mass", &[("g", 1.0), ("kg", 1e3), ("t", 1e6)]),
];
/// Units that are not known elsewhere, as terms of what is counted.
const MONEY: &[(&str, &str)] =
    &[("euro", "eur"), ("eur", "eur"), ("欧元", "eur"), ("pound", "gbp"), ("英镑", "gbp")];

const LEAST: &[&str] = &["at least ", "more than ", "over ", "minimum of ", "至少", "超过", "不少于", "大于"];
const MOST: &[&str] = &[
    "at most ",
    "up to ",
    "no more than ",
    "less than ",
    "under ",
    "below ",
    "maximum of ",
    "limit is ",
    "limit of ",
    "最多",
    "不超过",
    "至多",
    "小于",
    "少于",
    "limit 是",
    "limit  是",
];
/// Behind the figure.
const LEAST_BEHIND: &[&str] = &[" or more", "以上", "+"];
const MOST_BEHIND: &[&str] = &[" or less", "以内", "以下"];
const HEDGES: &[&str] =
    &["about ", "around ", "roughly ", "some ", "nearly ", "almost ", "approximately ", "约", "近"];
/// A bare number of four digits behind one of these is a year.
const YEARS: &[&str] = &["in", "since", "from", "of", "until", "till", "by", "after", "before", "to", "and"];
/// Behind one of these a number is a label, as behind a name: `version 2`.
const LABELS: &[&str] = &[
    "version", "chapter", "step", "phase", "part", "section", "level", "stage", "tier", "page", "figure",
    "table", "article", "act", "rule", "room", "line", "route", "gate", "pier", "no",
];
/// What numbers count without measuring anything: of centuries they are the names.
const OF_TIME: &[&str] = &["centuri", "世纪", "世紀", "年代"];
/// What stands between the ends of a range.
const RANGE: &[&str] = &["to", "and", "or", "-", "–", "—", "~", "到", "至"];
/// Words that are not what is counted.
const EMPTY: &[&str] = &[
    "and", "or", "to", "in", "of", "on", "at", "for", "the", "is", "are", "was", "were", "with", "by",
    "from", "per", "as",
];
/// How far what qualifies a figure may stand before it, in characters.
const NEAR: usize = 14;
/// How far loose figures may be apart that are the same, as a share.
const ROUNDED: f64 = 0.03;

/// What a text says in numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) figures: Vec<Figure>,
    /// Numbers that tell one thing from another of its name: `2` in `Llama 2`.
    pub(super) labels: Vec<String>,
    /// The text without its figures: the same characters, those of figures blank.
    pub(super) rest: String,
}

/// The figures of `text`.
pub(super) fn figures(text: &str) -> Numbers {
    let mut chars: Vec<char> = text.chars().collect();
    let mut facts: Vec<Fact> = facts(text).into_iter().filter(|fact| fact.sure).collect();
    let ranges = as_ranges(&chars, &mut facts);
    let (mut figures, mut labels) = (Vec::new(), Vec::new());
    let mut blank = Vec::new();
    let mut at = 0;
    while let Some(fact) = facts.get(at) {
        let parts = date_parts(&chars, &facts[at..]);
        if parts.is_empty() || is_in_title(&chars, fact) {
            if is_size(&chars, fact) {
                // A name: the sentence has it among those.
            } else if is_label(&chars, fact) {
                labels.extend(index::terms(&chars[fact.span.clone()].iter().collect::<String>()));
            } else {
                figures.push(number(&chars, fact, ranges.get(at).copied().unwrap_or(fact.span.end)));
                blank.push(fact.span.clone());
            }
            at += 1;
            continue;
        }
        let end = facts[at + parts.len() - 1].span.end;
        let mut date = [None; 3];
        parts.iter().zip(&facts[at..]).for_each(|(part, fact)| date[*part] = Some(fact.value as u32));
        let span = fact.span.start..end;
        figures.push(Figure { value: Value::Date(date), measure: DATE.into(), span, loose: false });
        blank.push(fact.span.start..end);
        at += parts.len();
    }
    blank.into_iter().flatten().for_each(|at| chars[at] = ' ');
    Numbers { figures, labels, rest: chars.into_iter().collect() }
}

/// Which parts of a date (0 the year, 1 the month, 2 the day) the first of `facts` are.
fn date_parts(chars: &[char], facts: &[Fact]) -> Vec<usize> {
    let mut parts: Vec<usize> = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        let text: String = chars[fact.span.clone()].iter().collect();
        let near = at == 0 || fact.span.start <= facts[at - 1].span.end + 2;
        let named = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let digits = text.chars().all(|c| c.is_ascii_digit());
        let iso = text.matches('-').count() == 2 || text.matches('/').count() == 2;
        let is_year = fact.value >= 1000.0 && fact.value <= 2200.0;
        let four = digits && text.len() == 4 && is_year;
        let part = match fact.unit {
            "year" if is_year => 0,
            "" if four && (at > 0 || is_after(chars, fact.span.start, YEARS)) => 0,
            "month" if named || iso || (text.contains('月') && !text.contains('个')) => 1,
            "day" if named || iso || digits || text.ends_with(['日', '号']) => 2,
            _ => break,
        };
        if !near || parts.contains(&part) {
            break;
        }
        parts.push(part);
    }
    // A day of no month is none.
    if parts == [2] { Vec::new() } else { parts }
}

/// Whether the word before `at` is one of `words`.
fn is_after(chars: &[char], at: usize, words: &[&str]) -> bool {
    let word = word_before(chars, at).to_lowercase();
    words.contains(&word.as_str())
}

fn word_before(chars: &[char], at: usize) -> String {
    let before = chars[..at].iter().rev().skip_while(|c| **c == ' ');
    let word: Vec<char> = before.take_while(|c| c.is_alphanumeric()).copied().collect();
    word.into_iter().rev().collect()
}

/// Whether a bare number tells one thing from another of its name.
fn is_label(chars: &[char], fact: &Fact) -> bool {
    let before = word_before(chars, fact.span.start);
    let name = before.len() > 1 && before.is_ascii() && before.starts_with(|c: char| c.is_ascii_uppercase());
    let starts =
        chars[..fact.span.start].iter().filter(|c| !c.is_whitespace()).count() == before.chars().count();
    let label = LABELS.contains(&before.to_lowercase().as_str());
    // 90年代 is no length of time.
    let decade = fact.unit == "year" && chars.get(fact.span.end) == Some(&'代');
    decade
        || is_in_title(chars, fact)
        || (fact.unit.is_empty() && fact.value < 1000.0 && (label || (name && !starts)))
}

/// Gives the first number of `20 to 30 GB` the unit of the second. For each number, where that which tells its measure ends.
fn as_ranges(chars: &[char], facts: &mut [Fact]) -> Vec<usize> {
    let mut ends: Vec<usize> = facts.iter().map(|fact| fact.span.end).collect();
    for at in (1..facts.len()).rev() {
        let between: String =
            chars.get(facts[at - 1].span.end..facts[at].span.start).unwrap_or_default().iter().collect();
        if facts[at - 1].unit.is_empty() && RANGE.contains(&between.trim()) {
            facts[at - 1].unit = facts[at].unit;
            ends[at - 1] = ends[at];
        }
    }
    ends
}

/// Whether a number is the size by which one of several is called: `7B`.
fn is_size(chars: &[char], fact: &Fact) -> bool {
    let text: String = chars[fact.span.clone()].iter().collect();
    fact.unit.is_empty() && text.ends_with(['B', 'M', 'K', 'T', 'k']) && !text.contains(' ')
}

/// Whether a number stands in the title of a book or a law.
fn is_in_title(chars: &[char], fact: &Fact) -> bool {
    let open = chars[..fact.span.start].iter().rev().find(|c| matches!(c, '《' | '》'));
    open == Some(&'《')
}

/// A number, whose measure is told where `told` is.
fn number(chars: &[char], fact: &Fact, told: usize) -> Figure {
    let said: String = chars[fact.span.clone()].iter().collect();
    let before: String = chars[..fact.span.start].iter().rev().take(NEAR).collect();
    let before = before.chars().rev().collect::<String>().to_lowercase();
    let behind: String = chars[fact.span.end..].iter().take(NEAR).collect();
    let holds = |words: &[&str]| words.iter().any(|word| before.contains(word));
    let starts = |words: &[&str]| words.iter().any(|word| behind.starts_with(word));
    let bound = if holds(LEAST) || starts(LEAST_BEHIND) {
        Bound::Least
    } else if holds(MOST) || starts(MOST_BEHIND) {
        Bound::Most
    } else {
        Bound::None
    };
    let dimension = DIMENSIONS.iter().find_map(|(dimension, units)| {
        units.iter().find(|(unit, _)| *unit == fact.unit).map(|(_, scale)| (*dimension, *scale))
    });
    // 次 counts what follows it.
    let open = fact.unit.is_empty() || (fact.unit == "x" && said.ends_with('次'));
    let counted = open.then(|| counted(&chars[told..].iter().take(NEAR).collect::<String>())).flatten();
    let (measure, scale) = match (dimension, &counted) {
        (Some((dimension, scale)), _) => (dimension.to_owned(), scale),
        (None, Some((term, _))) => (term.clone(), 1.0),
        (None, None) => (fact.unit.to_owned(), 1.0),
    };
    let end = fact.span.end + counted.filter(|_| told == fact.span.end).map_or(0, |(_, len)| len);
    Figure {
        value: Value::Number(fact.value * scale, bound),
        measure,
        span: fact.span.start..end,
        loose: holds(HEDGES) || said.contains('.') || scale != 1.0,
    }
}

/// The term of what is counted, which `behind` begins with, and how many characters that takes.
fn counted(behind: &str) -> Option<(String, usize)> {
    let rest = behind.trim_start_matches(|c: char| c == ' ' || MEASURES.contains(c));
    let word: String = match rest.chars().next()? {
        c if c.is_ascii_alphabetic() => rest.chars().take_while(char::is_ascii_alphabetic).collect(),
        c if index::is_han(c) => rest.chars().take_while(|c| index::is_han(*c)).take(2).collect(),
        _ => return None,
    };
    let term = super::statement::terms(&word.to_lowercase())
        .next()
        .filter(|term| !OF_TIME.contains(&term.as_str()))?;
    let len = behind.chars().count() - rest.chars().count() + word.chars().count();
    (!EMPTY.contains(&word.as_str())).then(|| {
        (MONEY.iter().find(|(name, _)| *name == term).map_or(term, |(_, unit)| (*unit).to_owned()), len)
    })
}

/// Whether figures of one measure may all be so: what the ones span meets what the others span.
pub(super) fn agree(mine: &[&Figure], yours: &[&Figure]) -> bool {
    let spans = |figures: &[&Figure]| {
        figures.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| match figure.value {
            Value::Number(value, _) => (low.min(value), high.max(value)),
            Value::Date(_) => (low, high),
        })
    };
    let dates = || mine.iter().any(|a| yours.iter().any(|b| same_date(a, b)));
    match (mine, yours) {
        ([a], [b]) => match (a.value, b.value) {
            (Value::Number(a_value, a_bound), Value::Number(b_value, b_bound)) => {
                let slack =
                    if a.loose || b.loose { ROUNDED * a_value.abs().max(b_value.abs()) } else { 1e-9 };
                (a_value - b_value).abs() <= slack.max(1e-9 * a_value.abs())
                    || within((a_value, a_bound), (b_value, b_bound))
                    || within((b_value, b_bound), (a_value, a_bound))
            }
            _ => dates(),
        },
        _ if mine.iter().chain(yours).any(|figure| figure.measure == DATE) => dates(),
        _ => {
            let ((low, high), (other_low, other_high)) = (spans(mine), spans(yours));
            low <= other_high && other_low <= high
        }
    }
}

/// Whether a number lies on the right side of one that is a bound.
fn within((bound, kind): (f64, Bound), (value, other): (f64, Bound)) -> bool {
    match kind {
        Bound::Least => other != Bound::Least && value >= bound,
        Bound::Most => other != Bound::Most && value <= bound,
        Bound::None => false,
    }
}

/// Whether two dates may be the same: the parts that both tell are equal, or they share none.
fn same_date(a: &Figure, b: &Figure) -> bool {
    let (Value::Date(a), Value::Date(b)) = (a.value, b.value) else { return false };
    a.iter().zip(b).all(|(a, b)| a.is_none() || b.is_none() || *a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_say_what_they_measure() {
        let check = |text: &str, expected: &[(&str, &str)], rest: &str| {
            let Numbers { figures: found, rest: without, .. } = figures(text);
            let said =
                |span: &Range<usize>| text.chars().skip(span.start).take(span.len()).collect::<String>();
            let found: Vec<(&str, String)> =
                found.iter().map(|it| (it.measure.as_str(), said(&it.span).trim().to_owned())).collect();
            let expected: Vec<(&str, String)> =
                expected.iter().map(|(measure, said)| (*measure, (*said).to_owned())).collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(without.split_whitespace().collect::<Vec<_>>().join(" "), rest, "{text}");
        };
        check("", &[], "");
        check("It takes 55 minutes.", &[("duration", "55 minutes")], "It takes .");
        check("It keeps 14 copies.", &[("copi", "14 copies")], "It keeps copies.");
        check("It costs 45 euros.", &[("eur", "45 euros")], "It costs euros.");
        check("On 12 May 2025 it was sold.", &[(DATE, "12 May 2025")], "On it was sold.");
        check("It ended on 2026-03-31.", &[(DATE, "2026-03-31")], "It ended on .");
        check("It was found in 1931.", &[(DATE, "1931")], "It was found in .");
        check("A month has 30 days.", &[("duration", "30 days")], "A month has .");
        check("Use Llama 2 or version 3.", &[], "Use Llama 2 or version 3.");
        check("集群有 16 个 node。", &[("node", "16 个 node")], "集群有 个 node。");
        check("试用期是三个月。", &[("duration", "三个月")], "试用期是 。");
        check("5 月 12 日上线", &[(DATE, "5 月 12 日")], "上线");
    }

    #[test]
    fn figures_of_one_measure_agree_or_not() {
        let check = |a: &str, b: &str, expected: bool| {
            let (a, b) = (figures(a).figures, figures(b).figures);
            assert_eq!(a[0].measure, b[0].measure);
            let (mine, yours): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
            assert_eq!(agree(&mine, &yours), expected, "{a:?} {b:?}");
            assert_eq!(agree(&yours, &mine), expected, "{b:?} {a:?}");
        };
        check("2 TB", "2000 GB", true);
        check("2 TB", "2 GB", false);
        check("about 50 kg", "49.8 kg", true);
        check("20 to 30 seats", "25 seats", true);
        check("20 seats", "25 seats", false);
        check("at least 8 GB", "16 GB", true);
        check("at least 8 GB", "4 GB", false);
        check("at most 8 GB", "at most 16 GB", false);
        check("in May 2025", "on 12 May 2025", true);
        check("on 12 May 2025", "on 26 May 2025", false);
        check("5 月 12 日", "6 月 1 日", false);
        check("in 2019", "in 2021", false);
    }
}
