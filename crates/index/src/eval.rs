//! How good a search is, and how sure one can be of it: pure functions of ranked note paths.

mod abstention;
mod calibration;
mod support;

use std::collections::HashSet;

pub use abstention::{Abstention, Judged, RiskPoint, abstention, auroc, risk_coverage};
pub use calibration::{Asked, Calibration, KEPT, Rates, calibrate};
pub use support::{Claimed, Support, at_best_bar, support};

/// What the search made of one question: where the right notes stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How many notes are right.
    pub right: usize,
    /// The ranks of those that were found, from 1 to 10, ascending. A note that gave several passages counts once, where
    /// it is first.
    pub ranks: Vec<usize>,
}

impl Outcome {
    /// Looks for the notes `right` (in any order) among `found` (best first): paths of notes.
    #[must_use]
    pub fn of(found: &[String], right: &[String]) -> Self {
        let right: HashSet<&String> = right.iter().collect();
        let mut seen = HashSet::new();
        let notes = found.iter().filter(|path| seen.insert(path.as_str())).take(10);
        let ranks = notes.zip(1..).filter(|(path, _)| right.contains(path)).map(|(_, rank)| rank);
        Self { right: right.len(), ranks: ranks.collect() }
    }

    fn is_right_within(&self, k: usize) -> f64 {
        if self.ranks.first().is_some_and(|&rank| rank <= k) { 1.0 } else { 0.0 }
    }
}

/// What is measured of an outcome, each 0 to 1, more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// 1 when the first note is right.
    RecallAt1,
    /// 1 when one of the first five notes is right.
    RecallAt5,
    /// One over the rank of the first right note; 0 when it is not among the first ten.
    MrrAt10,
    /// Normalised discounted cumulative gain of the first ten notes: 1 when all right notes come first.
    NdcgAt10,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::RecallAt1, Self::RecallAt5, Self::MrrAt10, Self::NdcgAt10];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RecallAt1 => "recall_at_1",
            Self::RecallAt5 => "recall_at_5",
            Self::MrrAt10 => "mrr_at_10",
            Self::NdcgAt10 => "ndcg_at_10",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::RecallAt1 => "recall@1",
            Self::RecallAt5 => "recall@5",
            Self::MrrAt10 => "MRR@10",
            Self::NdcgAt10 => "nDCG@10",
        }
    }

    /// What `outcome` is worth.
    #[must_use]
    pub fn of(self, outcome: &Outcome) -> f64 {
        match self {
            Self::RecallAt1 => outcome.is_right_within(1),
            Self::RecallAt5 => outcome.is_right_within(5),
            Self::MrrAt10 => outcome.ranks.first().map_or(0.0, |&rank| 1.0 / rank as f64),
            Self::NdcgAt10 => {
                let gain = |rank: usize| 1.0 / ((rank + 1) as f64).log2();
                let best: f64 = (1..=outcome.right.min(10)).map(gain).sum();
                let found: f64 = outcome.ranks.iter().copied().map(gain).sum();
                if best > 0.0 { found / best } else { 0.0 }
            }
        }
    }
}

/// A mean, and how sure one can be of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub value: f64,
    /// Its 95 % interval: percentile bootstrap, see [`interval`].
    pub interval: (f64, f64),
}

/// The mean of `values` with its interval, the same on every machine. All 0 when there are no values.
#[must_use]
pub fn estimate(values: &[f64]) -> Estimate {
    Estimate { value: mean(values), interval: interval(values, 1_000, 7) }
}

/// The mean of `values`; 0 when there are none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The 95 % interval of the mean of `values`, by drawing as many of them anew, with replacement, `draws` times. The same
/// for the same `seed`, on every machine. (0, 0) when there are no values.
#[must_use]
pub fn interval(values: &[f64], draws: usize, seed: u64) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut state = seed;
    let mut draw = || {
        // The modulus is so small beside 2^64 that its bias is far below what is shown.
        let sum: f64 =
            (0..values.len()).map(|_| values[(random(&mut state) % values.len() as u64) as usize]).sum();
        sum / values.len() as f64
    };
    let means: Vec<f64> = (0..draws.max(1)).map(|_| draw()).collect();
    (percentile(&means, 2.5), percentile(&means, 97.5))
}

/// The value that `percent` of `values` do not exceed (nearest rank), for 0 to 100; 0 when there are none.
#[must_use]
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or_default()
}

/// The next number of SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(found: &str, right: &str) -> Outcome {
        let paths = |text: &str| text.split_whitespace().map(Into::into).collect::<Vec<String>>();
        Outcome::of(&paths(found), &paths(right))
    }

    #[test]
    fn one_question() {
        let check = |found, right, expected: [f64; 4]| {
            let measured = Measure::ALL.map(|measure| measure.of(&outcome(found, right)));
            assert!(
                measured.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3),
                "{found}: {measured:?}"
            );
        };
        check("a b c", "a", [1.0, 1.0, 1.0, 1.0]);
        check("b a c", "a", [0.0, 1.0, 0.5, 0.631]);
        check("b b a", "a", [0.0, 1.0, 0.5, 0.631]);
        check("b c d e f a", "a", [0.0, 0.0, 0.1667, 0.3562]);
        check("b", "a", [0.0; 4]);
        check("", "a", [0.0; 4]);
        check("a", "", [0.0; 4]);
        check("a b", "b a a", [1.0, 1.0, 1.0, 1.0]);
        check("a x b", "a b", [1.0, 1.0, 1.0, 0.9197]);
        check("1 2 3 4 5 6 7 8 9 10 a", "a", [0.0; 4]);
    }

    #[test]
    fn ranks_are_of_notes() {
        assert_eq!(outcome("x x a y a b", "b a c"), Outcome { right: 3, ranks: vec![2, 4] });
    }

    #[test]
    fn many_questions() {
        let of = estimate(&[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(of.value, 0.5);
        assert!(of.interval.0 < 0.5 && of.interval.1 > 0.5);
        assert_eq!(estimate(&[]), Estimate { value: 0.0, interval: (0.0, 0.0) });
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let check = |values: &[f64], percent, expected| {
            assert_eq!(percentile(values, percent), expected, "{percent}");
        };
        check(&[], 50.0, 0.0);
        check(&[3.0], 0.0, 3.0);
        check(&[3.0], 100.0, 3.0);
        check(&[4.0, 1.0, 3.0, 2.0], 50.0, 2.0);
        check(&[4.0, 1.0, 3.0, 2.0], 95.0, 4.0);
        check(&[4.0, 1.0, 3.0, 2.0], 25.0, 1.0);
    }

    #[test]
    fn the_interval_is_that_of_the_normal_law() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(u8::from(i % 10 != 0))).collect();
        let (low, high) = interval(&values, 2_000, 1);
        // 0.9 ± 1.96 · √(0.09 / 1000)
        assert!((low - 0.8814).abs() < 0.003 && (high - 0.9186).abs() < 0.003, "{low} {high}");
        assert_eq!(interval(&values, 2_000, 1), (low, high));
        assert_eq!(interval(&[1.0; 5], 100, 3), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn measures_are_shares_in_order(found in prop::collection::vec("[a-f]", 0..12), right in prop::collection::vec("[a-f]", 1..4)) {
            let outcome = Outcome::of(&found, &right);
            let [first, five, reciprocal, gain] = Measure::ALL.map(|measure| measure.of(&outcome));
            prop_assert!(first <= reciprocal && reciprocal <= 1.0 && first <= five);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&gain));
        }
    }
}
