//! How well a checker tells what a text says from what it does not: pure functions of its scores for claims of which it is
//! known.

use super::{Estimate, auroc, estimate};

/// One claim: what the checker made of it, and what is so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claimed {
    /// How sure the checker was that the text says it; higher is surer. Must be finite.
    pub score: f64,
    /// Whether it said that the text supports it.
    pub accepted: bool,
    /// Whether the text does.
    pub supported: bool,
}

/// The measures of some claims, each 0 to 1, more is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Support {
    /// How many claims.
    pub n: usize,
    /// The chance that a supported claim has a higher score than one that is not; ties count half. 0.5 when one of the two
    /// kinds is missing. Its interval is that of DeLong and others 1988.
    pub auroc: Estimate,
    /// The mean of the share of supported claims that were accepted and of the share of others that were not. A kind that
    /// is missing counts as 0.5.
    pub balanced_accuracy: Estimate,
    /// The harmonic mean of precision and recall in finding the claims that are not supported; 0 when none was found.
    pub f1_unsupported: f64,
}

/// The measures of `claims`.
#[must_use]
pub fn support(claims: &[Claimed]) -> Support {
    let count = |is: &dyn Fn(&Claimed) -> bool| claims.iter().filter(|claim| is(claim)).count() as f64;
    let found = count(&|claim| !claim.accepted && !claim.supported);
    let marked_or_meant = count(&|claim| !claim.accepted) + count(&|claim| !claim.supported);
    Support {
        n: claims.len(),
        auroc: area(&scores(claims, true), &scores(claims, false)),
        balanced_accuracy: balanced(claims),
        f1_unsupported: if found > 0.0 { 2.0 * found / marked_or_meant } else { 0.0 },
    }
}

/// `judged` with each claim accepted from the score on that tells those of `fitted` apart best (balanced accuracy; of several
/// such scores the lowest). It shows what a checker knows apart from where its bar is. None when `fitted` lacks a kind.
#[must_use]
pub fn at_best_bar(fitted: &[Claimed], judged: &[Claimed]) -> Option<Vec<Claimed>> {
    let right = scores(fitted, true).len() as f64;
    let wrong = scores(fitted, false).len() as f64;
    if right == 0.0 || wrong == 0.0 {
        return None;
    }
    let mut order: Vec<&Claimed> = fitted.iter().collect();
    order.sort_by(|a, b| a.score.total_cmp(&b.score));
    // From the lowest bar, which accepts all, upwards: each claim that falls below costs or gains.
    let (mut worth, mut best) = (0.0, (0.0, order[0].score));
    for pair in order.windows(2) {
        worth += if pair[0].supported { -1.0 / right } else { 1.0 / wrong };
        if pair[1].score > pair[0].score && worth > best.0 {
            best = (worth, f64::midpoint(pair[0].score, pair[1].score));
        }
    }
    Some(judged.iter().map(|claim| Claimed { accepted: claim.score >= best.1, ..*claim }).collect())
}

fn scores(claims: &[Claimed], supported: bool) -> Vec<f64> {
    claims.iter().filter(|claim| claim.supported == supported).map(|claim| claim.score).collect()
}

/// Each claim counts so much that both kinds weigh the same: the mean is the balanced accuracy.
fn balanced(claims: &[Claimed]) -> Estimate {
    let n = claims.len() as f64;
    let supported = claims.iter().filter(|claim| claim.supported).count() as f64;
    let worth = |claim: &Claimed| {
        let own = if claim.supported { supported } else { n - supported };
        let right = f64::from(u8::from(claim.accepted == claim.supported));
        let missing = if own == n { 0.25 } else { 0.0 };
        right * n / 2.0 / own + missing
    };
    estimate(&claims.iter().map(worth).collect::<Vec<_>>())
}

fn area(right: &[f64], wrong: &[f64]) -> Estimate {
    let value = auroc(right, wrong);
    // How each claim fares against all of the other kind.
    let spread = |values: Vec<f64>| {
        let n = values.len() as f64;
        let variance = values.iter().map(|one| (one - value).powi(2)).sum::<f64>() / (n - 1.0);
        if n > 1.0 { variance / n } else { 0.25 }
    };
    let of_right = spread(right.iter().map(|one| auroc(&[*one], wrong)).collect());
    let of_wrong = spread(wrong.iter().map(|one| auroc(right, &[*one])).collect());
    let reach = 1.96 * (of_right + of_wrong).sqrt();
    Estimate { value, interval: ((value - reach).max(0.0), (value + reach).min(1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(of: &[(f64, bool, bool)]) -> Vec<Claimed> {
        of.iter().map(|&(score, accepted, supported)| Claimed { score, accepted, supported }).collect()
    }

    #[test]
    fn measures_are_what_their_names_say() {
        let check = |of: &[(f64, bool, bool)], expected: (f64, f64, f64)| {
            let found = support(&claims(of));
            let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
            let found = (
                rounded(found.auroc.value),
                rounded(found.balanced_accuracy.value),
                rounded(found.f1_unsupported),
            );
            assert_eq!(found, expected, "{of:?}");
        };
        check(&[], (0.5, 0.0, 0.0));
        check(&[(0.9, true, true), (0.1, false, false)], (1.0, 1.0, 1.0));
        check(&[(0.1, false, true), (0.9, true, false)], (0.0, 0.0, 0.0));
        // Three of four supported claims accepted, one of two others found; one of the two marks is right.
        let mixed = [
            (0.9, true, true),
            (0.8, true, true),
            (0.7, true, true),
            (0.2, false, true),
            (0.6, true, false),
            (0.1, false, false),
        ];
        check(&mixed, (0.875, 0.625, 0.5));
        check(&[(0.9, true, true), (0.2, false, true)], (0.5, 0.5, 0.0));
    }

    #[test]
    fn the_bar_is_set_by_the_other_half() {
        let check = |fitted: &[(f64, bool, bool)], judged: &[(f64, bool)], expected: Option<&[bool]>| {
            let judged: Vec<_> = judged.iter().map(|&(score, supported)| (score, false, supported)).collect();
            let found = at_best_bar(&claims(fitted), &claims(&judged));
            let accepted = found.map(|found| found.iter().map(|claim| claim.accepted).collect::<Vec<_>>());
            assert_eq!(accepted.as_deref(), expected, "{fitted:?}");
        };
        check(&[], &[(0.5, true)], None);
        check(&[(0.5, true, true)], &[(0.5, true)], None);
        let low = [(0.1, false, false), (0.2, false, false), (0.3, false, true), (0.4, false, true)];
        check(&low, &[(0.24, true), (0.26, false), (0.9, true)], Some(&[false, true, true]));
        check(&low, &[], Some(&[]));
        let same = [(0.5, true, true), (0.5, true, false)];
        check(&same, &[(0.4, true), (0.5, true)], Some(&[false, true]));
    }

    #[test]
    fn more_claims_make_it_surer() {
        let few = [(0.9, true, true), (0.4, false, true), (0.6, true, false), (0.1, false, false)];
        let wide = |claims: &[Claimed]| {
            let (low, high) = support(claims).auroc.interval;
            high - low
        };
        let few = claims(&few);
        assert!(wide(&few.repeat(100)) < wide(&few) / 2.0);
    }
}
