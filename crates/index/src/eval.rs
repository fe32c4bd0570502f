//! How good a ranking is: pure functions of ranked note paths.

use std::collections::HashSet;

/// What was found for one question, and what should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The paths of the notes found, best first. A note that gave several passages counts where it is first.
    pub found: Vec<String>,
    /// The paths of the notes that answer the question, in any order.
    pub right: Vec<String>,
}

/// The means over some questions, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retrieval {
    /// How many questions.
    pub n: usize,
    /// The share of the questions for which the first note is right.
    pub recall_at_1: f64,
    /// The share of the questions for which one of the first five notes is right.
    pub recall_at_5: f64,
    /// One over the rank of the first right note; 0 when it is not among the first ten.
    pub mrr_at_10: f64,
    /// Normalised discounted cumulative gain of the first ten notes: 1 when all right notes come first.
    pub ndcg_at_10: f64,
    /// The 95 % interval of `recall_at_1`.
    pub recall_at_1_interval: (f64, f64),
}

/// The means over `rankings`. All are 0 when there are none.
#[must_use]
pub fn retrieval(rankings: &[Ranking]) -> Retrieval {
    let each = |measure: &dyn Fn(&Ranking) -> f64| -> Vec<f64> { rankings.iter().map(measure).collect() };
    let firsts = each(&|ranking| ranking.is_right_within(1));
    Retrieval {
        n: rankings.len(),
        recall_at_1: mean(&firsts),
        recall_at_5: mean(&each(&|ranking| ranking.is_right_within(5))),
        mrr_at_10: mean(&each(&Ranking::reciprocal_rank)),
        ndcg_at_10: mean(&each(&Ranking::ndcg)),
        recall_at_1_interval: interval(&firsts, 1_000, 7),
    }
}

impl Ranking {
    /// For each of the first ten notes, each counted once, whether it is right.
    fn hits(&self) -> Vec<bool> {
        let mut seen = HashSet::new();
        let notes = self.found.iter().filter(|path| seen.insert(path.as_str())).take(10);
        notes.map(|path| self.right.contains(path)).collect()
    }

    fn first_right(&self) -> Option<usize> {
        self.hits().iter().position(|&hit| hit)
    }

    fn is_right_within(&self, k: usize) -> f64 {
        if self.first_right().is_some_and(|place| place < k) { 1.0 } else { 0.0 }
    }

    fn reciprocal_rank(&self) -> f64 {
        self.first_right().map_or(0.0, |place| 1.0 / (place + 1) as f64)
    }

    fn ndcg(&self) -> f64 {
        let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
        let right: HashSet<&String> = self.right.iter().collect();
        let best: f64 = (0..right.len().min(10)).map(gain).sum();
        let found: f64 =
            self.hits().iter().enumerate().filter(|(_, hit)| **hit).map(|(place, _)| gain(place)).sum();
        if best > 0.0 { found / best } else { 0.0 }
    }
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

    fn ranking(found: &str, right: &str) -> Ranking {
        let paths = |text: &str| text.split_whitespace().map(Into::into).collect();
        Ranking { found: paths(found), right: paths(right) }
    }

    #[test]
    fn one_question() {
        let check = |found, right, expected: [f64; 4]| {
            let of = retrieval(&[ranking(found, right)]);
            let measured = [of.recall_at_1, of.recall_at_5, of.mrr_at_10, of.ndcg_at_10];
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
    fn many_questions() {
        let rankings = [ranking("a", "a"), ranking("b a", "a"), ranking("b", "a"), ranking("a", "a")];
        let of = retrieval(&rankings);
        assert_eq!((of.n, of.recall_at_1, of.recall_at_5, of.mrr_at_10), (4, 0.5, 0.75, 0.625));
        assert!(of.recall_at_1_interval.0 < 0.5 && of.recall_at_1_interval.1 > 0.5);
        assert_eq!(retrieval(&[]).recall_at_1_interval, (0.0, 0.0));
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
            let of = retrieval(&[Ranking { found, right }]);
            prop_assert!(of.recall_at_1 <= of.mrr_at_10 && of.recall_at_1 <= of.recall_at_5);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&of.ndcg_at_10));
        }
    }
}
