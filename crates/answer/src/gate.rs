//! Is there enough to answer from? Asked before any model is called.
//!
//! A logistic regression over [`crate::signals`], none of which will do alone: the cosines of e5 models lie close
//! together, off the subject too. What they are worth depends on the folder: among notes in both languages the words of a
//! question may stand in none of those that answer it, and a handful of chunks about one subject has hardly a nearest. So
//! there are coefficients for each question language and each of four kinds of folder. `coefficients.txt` is written by
//! `crates/models/examples/fit_gate`, which says what they were fitted on and how the bars are set.

use std::sync::LazyLock;

use index::Found;

use crate::evidence::Evidence;
use crate::signals::{AGAINST, NAMES, SIGNALS};

/// No more chunks than this are a handful.
const FEW: usize = 64;
/// From this share of its chunks on, a folder's other language counts.
const OTHER: f32 = 0.1;

/// The way of weighing for one question language and kind of folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The question's language and the kind of folder, as [`Gate::name_of`] gives them.
    pub name: String,
    /// Log-odds below this mean that the notes have nothing on the question.
    pub bar: f32,
    /// The log-odds where every signal is at its mean.
    pub bias: f32,
    /// The mean of each signal among the questions that it was fitted on, and what the signal weighs.
    pub signals: Vec<(f32, f32)>,
}

/// What a signal did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    /// What it is, in a few words.
    pub name: &'static str,
    /// As it was measured.
    pub value: f32,
    /// What it adds to the log-odds of a question that is at the mean of the fitted ones in everything.
    pub share: f32,
}

/// A gate a line; see [`Gate::line`].
static GATES: LazyLock<Vec<Gate>> = LazyLock::new(|| {
    let lines = include_str!("gate/coefficients.txt").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(Gate::read).collect()
});

impl Gate {
    /// The name of the gate for what was found: the question's language, `en` or `zh`, `one` for a folder in that language
    /// alone or else `both`, and `few` or `many` chunks, as in `en/one/many`.
    #[must_use]
    pub fn name_of(found: &Found) -> String {
        let explain = &found.explain;
        let count = |own: bool| {
            let of = explain.spreads.iter().filter(|(language, _)| !own || *language == found.language);
            of.map(|(_, spread)| spread.count).sum::<usize>() as f32
        };
        let languages = if count(true) > (1.0 - OTHER) * count(false) { "one" } else { "both" };
        let size = if explain.considered <= FEW { "few" } else { "many" };
        format!("{}/{languages}/{size}", found.language.code())
    }

    /// That gate.
    pub(crate) fn of(found: &Found) -> Option<&'static Self> {
        let name = Self::name_of(found);
        GATES.iter().find(|gate| gate.name == name)
    }

    /// Whether the signal at this place (from 0) speaks against an answer: its weight is not above 0, that of others not
    /// below.
    #[must_use]
    pub fn speaks_against(place: usize) -> bool {
        AGAINST.contains(&place)
    }

    /// What each signal does, in their order; nothing where there is no gate.
    pub(crate) fn weigh(gate: Option<&Self>, signals: &[f32; SIGNALS]) -> Vec<Weighed> {
        let of = |(place, (&name, &value)): (usize, (&&'static str, &f32))| {
            let fitted = gate.and_then(|gate| gate.signals.get(place));
            Weighed { name, value, share: fitted.map_or(0.0, |(mean, weight)| weight * (value - mean)) }
        };
        NAMES.iter().zip(signals).enumerate().map(of).collect()
    }

    /// One line of the file of coefficients: the name, the bar, the bias, then mean and weight of each signal.
    #[must_use]
    pub fn line(&self) -> String {
        let signals = self.signals.iter().map(|(mean, weight)| format!(" {mean:.4}:{weight:.4}"));
        format!("{} {:.2} {:.4}{}", self.name, self.bar, self.bias, signals.collect::<String>())
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (name, bar, bias) =
            (words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let pair = |word: &str| {
            let (mean, weight) = word.split_once(':')?;
            Some((mean.parse().ok()?, weight.parse().ok()?))
        };
        let signals = words.map(pair).collect::<Option<Vec<_>>>()?;
        (signals.len() == SIGNALS).then_some(Self { name, bar, bias, signals })
    }
}

/// Whether what was found may answer the question; if not, why in one line.
///
/// # Errors
/// The reason, when it does not.
pub(crate) fn enough(found: &Found, evidence: &Evidence) -> Result<(), &'static str> {
    if found.passages.is_empty() {
        Err("no note matches")
    } else if found.terms.is_empty() {
        // Something is always nearest, even to a question mark.
        Err("the question does not say what it is about")
    } else if evidence.above_bar() < 0.0 {
        Err("nothing in them is close to the question")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, passage};
    use index::{Language, Spread};

    #[test]
    fn every_gate_is_read_and_written_alike() {
        let text = include_str!("gate/coefficients.txt");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let names: Vec<&str> = GATES.iter().map(|gate| gate.name.as_str()).collect();
        let kinds = ["one/many", "both/many", "one/few", "both/few"];
        let expected: Vec<String> =
            ["en", "zh"].iter().flat_map(|language| kinds.map(|kind| format!("{language}/{kind}"))).collect();
        assert_eq!(names, expected);
        for (line, gate) in lines.iter().zip(GATES.iter()) {
            assert_eq!(gate.line(), *line);
        }
        assert_eq!(Gate::read("en/one/few 1.0"), None);
        assert_eq!(Gate::read("en/one/few 1.0 x 1:2"), None);
    }

    #[test]
    fn a_folder_has_a_kind() {
        let check = |considered, english, chinese, expected: &str| {
            let mut found = found("what is GQA", &[passage(1, "a.md", "GQA shares heads.")]);
            let spread = |language, count| (language, Spread { count, mean: 0.7, deviation: 0.02 });
            found.explain.considered = considered;
            found.explain.spreads =
                vec![spread(Language::English, english), spread(Language::Chinese, chinese)];
            assert_eq!(Gate::name_of(&found), expected, "{considered} {english} {chinese}");
        };
        check(64, 64, 0, "en/one/few");
        check(6, 3, 3, "en/both/few");
        check(100, 100, 0, "en/one/many");
        check(100, 95, 5, "en/one/many");
        check(100, 60, 40, "en/both/many");
        check(100, 0, 100, "en/both/many");
    }

    #[test]
    fn nothing_that_speaks_for_an_answer_counts_against_it() {
        let against: Vec<&str> = AGAINST.iter().map(|&place| NAMES[place]).collect();
        assert!(against.iter().all(|name| ["missing", "behind"].iter().any(|word| name.contains(word))));
        for gate in GATES.iter() {
            for (place, (_, weight)) in gate.signals.iter().enumerate() {
                let sense = if Gate::speaks_against(place) { -1.0 } else { 1.0 };
                assert!(weight * sense >= -0.0, "{} {} {weight}", gate.name, NAMES[place]);
            }
        }
    }
}
