//! How well a program knows what it can answer: pure functions of its scores for questions of which it is known whether
//! the notes answer them.

/// One question: what the program thought of it, and what is so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// How sure the program was that the notes answer it; higher is surer. Must be finite.
    pub score: f64,
    /// Whether it gave an answer.
    pub answered: bool,
    /// Whether the notes answer it.
    pub answerable: bool,
}

/// The measures of some questions, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Abstention {
    /// How many questions.
    pub n: usize,
    /// The chance that an answerable question has a higher score than one that is not; ties count half. 0.5 when one of
    /// the two kinds is missing.
    pub auroc: f64,
    /// The mean of the share of answerable questions that were answered and of the share of others that were declined:
    /// what the program did, not what its scores could do. A kind that is missing counts as 0.5.
    pub balanced_accuracy: f64,
    /// The share of answerable questions that are answered when the bar lies so that no more than 5 % of the others are.
    pub coverage_at_5: f64,
    /// The area under the risk-coverage curve: the mean, over the shares of questions answered, surest first, of how many
    /// of those should have been declined. Lower is better.
    pub aurc: f64,
}

/// A point of the risk-coverage curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskPoint {
    /// The bar: what scores as much or more is answered.
    pub bar: f64,
    /// The share of all questions that are answered.
    pub coverage: f64,
    /// The share of these that should have been declined.
    pub risk: f64,
}

/// The measures of `judged`.
#[must_use]
pub fn abstention(judged: &[Judged]) -> Abstention {
    let share = |answerable: bool| {
        let of: Vec<_> = judged.iter().filter(|one| one.answerable == answerable).collect();
        let right = of.iter().filter(|one| one.answered == answerable).count();
        if of.is_empty() { 0.5 } else { right as f64 / of.len() as f64 }
    };
    Abstention {
        n: judged.len(),
        auroc: auroc(&scores(judged, true), &scores(judged, false)),
        balanced_accuracy: f64::midpoint(share(true), share(false)),
        coverage_at_5: coverage_at(judged, 0.05),
        aurc: aurc(judged),
    }
}

/// The chance that one of `right` is higher than one of `wrong`, ties counting half; 0.5 when either is empty.
#[must_use]
pub fn auroc(right: &[f64], wrong: &[f64]) -> f64 {
    if right.is_empty() || wrong.is_empty() {
        return 0.5;
    }
    let mut sorted = wrong.to_vec();
    sorted.sort_by(f64::total_cmp);
    let beaten = |score: &f64| {
        let below = sorted.partition_point(|other| other < score);
        let not_above = sorted.partition_point(|other| other <= score);
        (below + not_above) as f64 / 2.0
    };
    right.iter().map(beaten).sum::<f64>() / (right.len() * wrong.len()) as f64
}

/// The curve, from the surest question alone to all of them: one point for each different score.
#[must_use]
pub fn risk_coverage(judged: &[Judged]) -> Vec<RiskPoint> {
    let mut sorted = judged.to_vec();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut taken, mut wrong) = (0, 0);
    let mut curve = Vec::new();
    for group in sorted.chunk_by(|a, b| a.score == b.score) {
        taken += group.len();
        wrong += group.iter().filter(|one| !one.answerable).count();
        let bar = group.first().map_or(0.0, |one| one.score);
        let (coverage, risk) = (taken as f64 / sorted.len() as f64, wrong as f64 / taken as f64);
        curve.push(RiskPoint { bar, coverage, risk });
    }
    curve
}

fn scores(judged: &[Judged], answerable: bool) -> Vec<f64> {
    judged.iter().filter(|one| one.answerable == answerable).map(|one| one.score).collect()
}

/// The share of answerable questions kept when no more than `share` of the others are.
fn coverage_at(judged: &[Judged], share: f64) -> f64 {
    let (right, mut wrong) = (scores(judged, true), scores(judged, false));
    wrong.sort_by(|a, b| b.total_cmp(a));
    // The first of the others that must not be let through: the bar lies above it.
    let first = (share * wrong.len() as f64 + 1e-9) as usize;
    let kept = |score: &&f64| wrong.get(first).is_none_or(|bar| *score > bar);
    if right.is_empty() { 0.0 } else { right.iter().filter(kept).count() as f64 / right.len() as f64 }
}

/// Among questions of one score none comes first: the wrong ones are spread evenly.
fn aurc(judged: &[Judged]) -> f64 {
    let mut sum = 0.0;
    let (mut taken, mut wrong) = (0.0, 0.0);
    for point in risk_coverage(judged) {
        let end = (point.coverage * judged.len() as f64).round();
        let wrong_then = (point.risk * end).round();
        let each = (wrong_then - wrong) / (end - taken);
        for place in 1..=(end - taken) as usize {
            sum += (wrong + each * place as f64) / (taken + place as f64);
        }
        (taken, wrong) = (end, wrong_then);
    }
    if judged.is_empty() { 0.0 } else { sum / judged.len() as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `+3` an answerable question of score 3, `-1` another; answered from 2 on.
    fn judged(text: &str) -> Vec<Judged> {
        let one = |word: &str| {
            let score: f64 = word[1..].parse().unwrap();
            Judged { score, answered: score >= 2.0, answerable: word.starts_with('+') }
        };
        text.split_whitespace().map(one).collect()
    }

    #[test]
    fn measures_of_a_few() {
        let check = |text, expected: [f64; 4]| {
            let of = abstention(&judged(text));
            let found = [of.auroc, of.balanced_accuracy, of.coverage_at_5, of.aurc];
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{text}: {found:?}");
        };
        check("", [0.5, 0.5, 0.0, 0.0]);
        check("+3", [0.5, 0.75, 1.0, 0.0]);
        check("-3", [0.5, 0.25, 0.0, 1.0]);
        check("+3 -1", [1.0, 1.0, 1.0, 0.25]);
        check("-3 +1", [0.0, 0.0, 0.0, 0.75]);
        check("+2 -2", [0.5, 0.5, 0.0, 0.5]);
        check("+5 +4 -3 +2 -1", [5.0 / 6.0, 0.75, 2.0 / 3.0, (1.0 / 3.0 + 0.25 + 0.4) / 5.0]);
    }

    #[test]
    fn one_in_twenty_may_slip_through() {
        let others: String = (0..20).map(|n| format!("-{n} ")).collect();
        let check = |right: &str, expected: f64| {
            assert_eq!(abstention(&judged(&format!("{others}{right}"))).coverage_at_5, expected, "{right}");
        };
        check("+18", 0.0);
        check("+18.5", 1.0);
        check("+18.5 +17", 0.5);
    }

    #[test]
    fn the_curve_ends_with_all_questions() {
        let curve = risk_coverage(&judged("+5 -3 +3 -1"));
        let points: Vec<_> = curve.iter().map(|point| (point.bar, point.coverage)).collect();
        assert_eq!(points, [(5.0, 0.25), (3.0, 0.75), (1.0, 1.0)]);
        assert!((curve[1].risk - 1.0 / 3.0).abs() < 1e-9 && curve[2].risk == 0.5);
    }

    proptest! {
        #[test]
        fn auroc_counts_pairs(right in prop::collection::vec(0u8..6, 1..12), wrong in prop::collection::vec(0u8..6, 1..12)) {
            let floats = |numbers: &[u8]| numbers.iter().map(|&n| f64::from(n)).collect::<Vec<_>>();
            let mut sum = 0.0;
            for a in &right {
                for b in &wrong {
                    sum += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let expected = sum / (right.len() * wrong.len()) as f64;
            prop_assert!((auroc(&floats(&right), &floats(&wrong)) - expected).abs() < 1e-9);
        }

        #[test]
        fn measures_are_shares(scores in prop::collection::vec((0u8..9, any::<bool>()), 0..30)) {
            let judged: Vec<Judged> = scores
                .iter()
                .map(|&(score, answerable)| Judged { score: f64::from(score), answered: score > 4, answerable })
                .collect();
            let of = abstention(&judged);
            for share in [of.auroc, of.balanced_accuracy, of.coverage_at_5, of.aurc] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&share), "{:?}", of);
            }
        }
    }
}
