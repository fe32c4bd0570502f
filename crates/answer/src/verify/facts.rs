//! Figures: every number of a text with its unit, in one form whatever way it is written, so that 两百万 and `2 million`,
//! 百分之三十 and `30%`, 2023年5月3日 and `May 3, 2023` are the same.

use std::ops::Range;

use super::numeral::{HAN_DIGITS, han_number, word_number};
use super::unit::{self, Unit};

/// A number that a text states.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    /// Its value, multipliers (万, million, `B`) applied.
    pub(crate) value: f64,
    /// What it counts; empty where the text does not say or the unit is not known.
    pub(crate) unit: Unit,
    /// Whether it certainly is a number: 一 and `one` mostly are not, and one way of reading `7B` is not.
    pub(crate) sure: bool,
    /// Where it stands in the text, with its unit: in characters, not bytes.
    pub(crate) span: Range<usize>,
}

impl Fact {
    /// Whether both may state the same: equal values, and no two units that differ.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.equals(other) && unit::agree(self.unit, other.unit)
    }

    fn equals(&self, other: &Self) -> bool {
        (self.value - other.value).abs() <= 1e-6 * self.value.abs().max(1e-9)
    }

    /// Whether one of `known` states it. A figure without a unit may be of anything, but not where the same value has
    /// another unit: in `8192 tokens, 8192 in all` nothing is said of 8192 bytes.
    fn stated_by(&self, known: &[Self]) -> bool {
        let equal = || known.iter().filter(|other| self.equals(other));
        let other_unit = |other: &Self| other.sure && !unit::agree(self.unit, other.unit);
        let own_unit = |other: &Self| self.unit.is_empty() || !other.unit.is_empty();
        equal().any(|other| self.same(other) && own_unit(other))
            || (equal().any(|other| self.same(other)) && !equal().any(other_unit))
    }
}

/// The numbers of `text` in its order.
pub(crate) fn facts(text: &str) -> Vec<Fact> {
    let chars: Vec<char> = text.chars().map(fold).collect();
    let mut scan = Scan { chars: &chars, at: 0, facts: Vec::new() };
    scan.run();
    scan.facts
}

/// How many of `claimed` certainly are numbers, and which of these none of `known` states.
pub(crate) fn missing<'a>(claimed: &'a [Fact], known: &[Fact]) -> (usize, Vec<&'a Fact>) {
    let sure: Vec<&Fact> = claimed.iter().filter(|fact| fact.sure).collect();
    let lacks = |fact: &&&Fact| !fact.stated_by(known);
    (sure.len(), sure.iter().filter(lacks).copied().collect())
}

/// Full-width ASCII becomes ASCII, and every blank a plain one: units stand behind narrow ones.
fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{a0}' | '\u{2009}' | '\u{202f}' => ' ',
        _ => c,
    }
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// The months by their whole names, in order.
pub(crate) const LONG_MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(word: &str) -> Option<f64> {
    let at = MONTHS.iter().position(|m| *m == word).or_else(|| LONG_MONTHS.iter().position(|m| *m == word));
    at.map(|at| (at + 1) as f64)
}

/// Longer ones before those they begin with.
const SCALES: &[(&str, f64)] = &[
    ("万亿", 1e12),
    ("百亿", 1e10),
    ("千亿", 1e11),
    ("十亿", 1e9),
    ("百万", 1e6),
    ("千万", 1e7),
    ("十万", 1e5),
    ("万", 1e4),
    ("亿", 1e8),
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
];

struct Scan<'a> {
    chars: &'a [char],
    at: usize,
    facts: Vec<Fact>,
}

impl Scan<'_> {
    fn run(&mut self) {
        while let Some(&c) = self.chars.get(self.at) {
            let (start, known) = (self.at, self.facts.len());
            if c.is_ascii_digit() {
                if !self.date() {
                    self.number();
                }
            } else if c.is_ascii_alphabetic() {
                self.word();
            } else if HAN_DIGITS.contains(c) || self.starts("百分之") {
                self.han();
            } else {
                self.at += 1;
            }
            self.facts[known..].iter_mut().for_each(|fact| fact.span = start..self.at);
        }
    }

    fn add(&mut self, value: f64, unit: Unit, sure: bool) {
        self.facts.push(Fact { value, unit, sure, span: 0..0 });
    }

    fn starts(&self, word: &str) -> bool {
        self.chars[self.at..].iter().take(word.chars().count()).copied().eq(word.chars())
    }

    /// A run of digits, with thousands separators and a decimal point.
    fn digits(&mut self) -> Option<f64> {
        let mut text = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            let three = || {
                let after = &self.chars[self.at + 1..];
                after.len() >= 3
                    && after[..3].iter().all(char::is_ascii_digit)
                    && !after.get(3).is_some_and(char::is_ascii_digit)
            };
            let digit_next = self.chars.get(self.at + 1).is_some_and(char::is_ascii_digit);
            match c {
                '0'..='9' => text.push(c),
                ',' if !text.contains('.') && !text.is_empty() && three() => {}
                '.' if !text.contains('.') && digit_next => text.push('.'),
                _ => break,
            }
            self.at += 1;
        }
        text.parse().ok()
    }

    /// `2023-05-03`, `2023/5/3`.
    fn date(&mut self) -> bool {
        let start = self.at;
        let mut parts = Vec::new();
        for _ in 0..3 {
            let from = self.at;
            while self.chars.get(self.at).is_some_and(char::is_ascii_digit) {
                self.at += 1;
            }
            let part: String = self.chars[from..self.at].iter().collect();
            parts.push(part);
            if parts.len() < 3 && self.chars.get(self.at).is_some_and(|c| "-/.".contains(*c)) {
                self.at += 1;
            }
        }
        let number = |at: usize| parts.get(at).and_then(|part| part.parse::<f64>().ok()).unwrap_or(0.0);
        let is_date = parts[0].len() == 4
            && (1.0..=12.0).contains(&number(1))
            && (1.0..=31.0).contains(&number(2))
            && parts[1].len() <= 2
            && parts[2].len() <= 2;
        if !is_date {
            self.at = start;
            return false;
        }
        self.add(number(0), "year", true);
        self.add(number(1), "month", true);
        self.add(number(2), "day", true);
        true
    }

    fn number(&mut self) {
        let start = self.at;
        let Some(value) = self.digits() else {
            self.at = (start + 1).max(self.at);
            return;
        };
        // `GPT-3`, `H100` and `v2` are names.
        let before = |n: usize| start.checked_sub(n).map(|at| self.chars[at]);
        let named = before(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            || (before(1) == Some('-') && before(2).is_some_and(|c| c.is_ascii_alphabetic()));
        let from = self.range_before(start);
        if self.short_year(value) {
            return;
        }
        let money = matches!(before(1), Some('$'));
        let yuan = matches!(before(1), Some('¥' | '￥'));
        let whole = self.scaled(value, named);
        if let (Some(from), true) = (from, whole)
            && let [.., first, last] = self.facts.as_mut_slice()
            && *first == from
        {
            // `3-5 times`: both are times.
            first.unit = last.unit;
        }
        if (money || yuan)
            && let Some(last) = self.facts.last_mut().filter(|_| whole)
        {
            last.unit = if money { "usd" } else { "cny" };
        }
    }

    /// The number that a range goes from, which ends just before `start`, where it has no unit of its own.
    fn range_before(&self, start: usize) -> Option<Fact> {
        let mut before = self.chars[..start].iter().rev().skip_while(|c| **c == ' ');
        let is_range = before.next().is_some_and(|c| "-–—~至到".contains(*c));
        let first = before.find(|c| **c != ' ').is_some_and(char::is_ascii_digit);
        self.facts.last().filter(|fact| is_range && first && fact.sure && fact.unit.is_empty()).cloned()
    }

    /// `2018–19`: adds both years and moves behind them.
    fn short_year(&mut self, value: f64) -> bool {
        let rest = &self.chars[self.at..];
        let digit = |at: usize| rest.get(at).and_then(|c| c.to_digit(10)).map(f64::from);
        let (Some(tens), Some(ones), None) = (digit(1), digit(2), digit(3)) else { return false };
        let last = value - value % 100.0 + 10.0 * tens + ones;
        let dash = rest.first().is_some_and(|c| "-–—/".contains(*c));
        // With a hyphen, `2008-09` may be a month.
        let month = rest.first() == Some(&'-') && 10.0 * tens + ones <= 12.0;
        if !dash || month || rest.get(3) == Some(&'-') || !(1000.0..2100.0).contains(&value) || last <= value
        {
            return false;
        }
        self.at += 3;
        let unit = self.unit();
        self.add(value, unit, true);
        self.add(last, unit, true);
        true
    }

    /// Reads what follows a number: multiplier and unit. Whether the fact carries them.
    fn scaled(&mut self, value: f64, named: bool) -> bool {
        let (scale, by_letter) = self.scale();
        let unit = self.unit();
        if by_letter {
            // `7B` is seven billion; it may also be a name's tail.
            self.add(value * scale, unit, !named);
            self.add(value, "", false);
            return false;
        }
        if unit == "ordinal" || (named && scale == 1.0) {
            self.add(value, "", false);
            return false;
        }
        self.add(value * scale, unit, !named);
        true
    }

    /// The multiplier at this place, and whether it is a single letter; moves behind it.
    fn scale(&mut self) -> (f64, bool) {
        let start = self.at;
        let next = |at: usize| self.chars.get(at).copied();
        let ends = |at: usize| !next(at).is_some_and(|c| c.is_ascii_alphanumeric());
        let letter = match next(self.at) {
            Some('k' | 'K') => 1e3,
            Some('M') => 1e6,
            Some('B') => 1e9,
            Some('T') => 1e12,
            _ => 0.0,
        };
        if letter > 0.0 && ends(self.at + 1) {
            self.at += 1;
            return (letter, true);
        }
        if next(self.at) == Some(' ') {
            self.at += 1;
        }
        for (word, scale) in SCALES {
            if self.starts(word) {
                self.at += word.chars().count();
                return (*scale, false);
            }
        }
        if self.starts("千") && !["千克", "千米", "千瓦"].iter().any(|unit| self.starts(unit)) {
            self.at += 1;
            return (1e3, false);
        }
        self.at = start;
        (1.0, false)
    }

    /// The unit at this place, if one is known, and moves behind it.
    fn unit(&mut self) -> Unit {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| matches!(c, ' ' | '-' | '+' | '多' | '余'))
            && self.at < start + 2
        {
            self.at += 1;
        }
        let rest: String = self.chars[self.at..].iter().take(20).collect();
        match unit::at_start(&rest) {
            Some((unit, len)) => {
                self.at += len;
                unit
            }
            None => {
                self.at = start;
                ""
            }
        }
    }

    /// An English word: a month beside a day or a year, or a number in words.
    fn word(&mut self) {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(char::is_ascii_alphanumeric) {
            // Digits behind letters belong to a name.
            self.at += 1;
        }
        let word: String = self.chars[start..self.at].iter().collect::<String>().to_lowercase();
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        if has_digit {
            return;
        }
        if let Some(month) = month(&word) {
            let before_is_day = self.facts.last().is_some_and(|fact| fact.unit.is_empty())
                && self.chars[..start].iter().rev().take(6).any(char::is_ascii_digit)
                && self.chars[..start]
                    .iter()
                    .rev()
                    .find(|c| **c != ' ')
                    .is_some_and(char::is_ascii_alphanumeric);
            let mut ahead = self.at;
            while self.chars.get(ahead).is_some_and(|c| matches!(c, ' ' | '.' | ',')) && ahead < self.at + 2 {
                ahead += 1;
            }
            let digits = self.chars[ahead..].iter().take_while(|c| c.is_ascii_digit()).count();
            if before_is_day
                && let Some(day) = self.facts.last_mut().filter(|fact| (1.0..=31.0).contains(&fact.value))
            {
                (day.unit, day.sure) = ("day", true);
            }
            if before_is_day || digits > 0 {
                self.add(month, "month", true);
            }
            if digits == 1 || digits == 2 {
                let day: String = self.chars[ahead..ahead + digits].iter().collect();
                self.add(day.parse().unwrap_or(0.0), "day", true);
                self.at = ahead + digits;
            }
            return;
        }
        let Some((value, sure, len)) = word_number(&self.chars[start..]) else { return };
        self.at = start + len;
        let unit = self.unit();
        // `three times` and `two layers` say how many; `one` seldom does, nor does `two of the best`.
        let some = unit.is_empty() && value < 10.0 && self.starts(" of ");
        self.add(value, unit, sure && !some);
    }

    /// A Chinese numeral.
    fn han(&mut self) {
        let percent = self.starts("百分之");
        if percent {
            self.at += 3;
            if self.chars.get(self.at).is_some_and(char::is_ascii_digit) {
                if let Some(value) = self.digits() {
                    self.add(value, "%", true);
                }
                return;
            }
        }
        let start = self.at;
        let len = self.chars[start..].iter().take_while(|c| HAN_DIGITS.contains(**c) || **c == '点').count();
        let run: String = self.chars[start..start + len].iter().collect();
        let run = run.trim_end_matches('点');
        let len = run.chars().count();
        self.at = start + len.max(1);
        let Some(value) = han_number(run) else { return };
        if percent {
            return self.add(value, "%", true);
        }
        let before = start.checked_sub(1).map(|at| self.chars[at]);
        let ordinal = before == Some('第');
        let marks = self.at;
        let unit = self.unit();
        let counted = !unit.is_empty() || self.chars.get(marks).is_some_and(|c| unit::MEASURES.contains(*c));
        let sure = match len {
            0 | 1 => counted && !"一百千万亿".contains(run) && !ordinal,
            _ => counted || run.chars().count() > 2,
        };
        let sure = sure && !before.is_some_and(|c| "统同之唯每某这那万数几".contains(c));
        self.add(value, if ordinal { "" } else { unit }, sure);
    }
}

#[cfg(test)]
mod tests;
