//! Where the bar belongs below which a question is declined: pure functions of the scores of questions of which it is known
//! whether the notes answer them.

use super::{Estimate, estimate};

/// The share of answerable questions that must be answered: to decline one costs more than an answer that can be checked.
pub const KEPT: f64 = 0.95;
/// How many answerable questions the bar that the program comes with weighs as much as.
const PRIOR: f64 = 20.0;
/// Into how many parts the questions are split, each measured with the bar that the others gave.
const FOLDS: usize = 10;

/// One question of which it is known whether the notes answer it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// How far above the bar that the program comes with it lies. Must be finite.
    pub score: f64,
    /// Whether the notes answer it.
    pub answerable: bool,
    /// Questions of one group (those over one note) are never fitted and measured on together.
    pub group: usize,
}

/// What a bar does, each 0 to 1, more is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// The share of answerable questions that are answered.
    pub answered: Estimate,
    /// The share of the others that are declined.
    pub declined: Estimate,
}

impl Rates {
    /// The mean of the two.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        f64::midpoint(self.answered.value, self.declined.value)
    }
}

/// A bar, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// What to add to the bar that the program comes with, in log-odds.
    pub bar: f64,
    /// What the bar in use does.
    pub now: Rates,
    /// What the new one does: each question with the bar that the others gave.
    pub then: Rates,
    /// Whether the new one is better by more than chance explains: it answers more, where the one in use clearly answers
    /// less than [`KEPT`]; elsewhere it declines more of what should be, and does not clearly answer less than that.
    pub better: bool,
}

/// Fits the highest bar that keeps [`KEPT`] of the answerable questions, drawn towards 0 where there are few. `now` is what
/// is added to the program's bar so far.
#[must_use]
pub fn calibrate(asked: &[Asked], now: f64) -> Calibration {
    let held_out: Vec<f64> = (0..FOLDS)
        .map(|fold| {
            let others = asked.iter().filter(|one| one.group % FOLDS != fold);
            bar(others.filter(|one| one.answerable).map(|one| one.score).collect())
        })
        .collect();
    let then = |one: &Asked| held_out.get(one.group % FOLDS).copied().unwrap_or_default();
    let answered = gain(asked, true, now, then);
    let declined = gain(asked, false, now, then);
    let (now, then) = (rates(asked, |_| now), rates(asked, then));
    let better = if now.answered.interval.1 < KEPT {
        answered.interval.0 > 0.0
    } else {
        declined.interval.0 > 0.0 && then.answered.interval.1 >= KEPT
    };
    let bar = bar(asked.iter().filter(|one| one.answerable).map(|one| one.score).collect());
    Calibration { bar, now, then, better }
}

/// The bar for answerable questions of these scores.
fn bar(mut answerable: Vec<f64>) -> f64 {
    answerable.sort_by(f64::total_cmp);
    let n = answerable.len() as f64;
    let lost = ((1.0 - KEPT) * n + 1e-9) as usize;
    let Some(lowest_kept) = answerable.get(lost) else { return 0.0 };
    // Half-way between the last that is lost and the first that is kept.
    let last_lost = lost.checked_sub(1).and_then(|at| answerable.get(at)).unwrap_or(lowest_kept);
    f64::midpoint(*lowest_kept, *last_lost) * n / (n + PRIOR)
}

/// Whether a bar does right by a question, 1 or 0.
fn right(one: &Asked, bar: f64) -> f64 {
    f64::from(u8::from((one.score >= bar) == one.answerable))
}

fn of_kind(asked: &[Asked], answerable: bool) -> impl Iterator<Item = &Asked> {
    asked.iter().filter(move |one| one.answerable == answerable)
}

fn rates(asked: &[Asked], bar: impl Fn(&Asked) -> f64) -> Rates {
    let of = |answerable| {
        estimate(&of_kind(asked, answerable).map(|one| right(one, bar(one))).collect::<Vec<_>>())
    };
    Rates { answered: of(true), declined: of(false) }
}

/// How much more often the new bar does right by questions of one kind, question by question.
fn gain(asked: &[Asked], answerable: bool, now: f64, then: impl Fn(&Asked) -> f64) -> Estimate {
    let gains = of_kind(asked, answerable).map(|one| right(one, then(one)) - right(one, now));
    estimate(&gains.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `n` questions of each kind, spread over a width of 4 from `answerable` and from `others` upwards.
    fn asked(n: usize, answerable: f64, others: f64) -> Vec<Asked> {
        let of = |kind: bool, from: f64| {
            (0..n).map(move |at| Asked {
                score: from + 4.0 * at as f64 / n as f64,
                answerable: kind,
                group: at,
            })
        };
        of(true, answerable).chain(of(false, others)).collect()
    }

    #[test]
    fn the_bar_moves_only_for_a_gain() {
        let check = |n, answerable, others, now, expected: bool| {
            let of = calibrate(&asked(n, answerable, others), now);
            assert_eq!(of.better, expected, "{n} {answerable} {others} {now}: {of:?}");
        };
        // Both kinds lie above the bar: it can be raised.
        check(200, 3.0, 0.0, 0.0, true);
        // Half of what the notes answer lies below it.
        check(200, -2.0, -5.0, 0.0, true);
        // It stands where it belongs.
        check(200, -0.2, -4.0, 0.0, false);
        check(200, 3.0, 0.0, 3.0, false);
        // The kinds are one: nothing can be told apart, and nothing is gained.
        check(200, -0.2, -0.2, 0.0, false);
        check(0, 0.0, 0.0, 0.0, false);
    }

    #[test]
    fn few_questions_move_it_less() {
        let bar = |n| calibrate(&asked(n, 3.0, 0.0), 0.0).bar;
        assert!(bar(40) < bar(400) && bar(400) < 3.2 && bar(40) > 1.5, "{} {}", bar(40), bar(400));
    }

    #[test]
    fn the_bar_in_use_is_what_is_compared_with() {
        let asked = asked(200, 3.0, 0.0);
        let (fresh, again) = (calibrate(&asked, 0.0), calibrate(&asked, 2.9));
        assert_eq!((fresh.bar, fresh.then), (again.bar, again.then));
        assert!(fresh.now.declined.value < again.now.declined.value);
        assert!((fresh.now.balanced_accuracy() - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn nineteen_in_twenty_are_kept(scores in prop::collection::vec(0.0..9.0f64, 1..200)) {
            // Above 0 the prior only lowers it.
            let bar = bar(scores.clone());
            let kept = scores.iter().filter(|score| **score >= bar).count();
            prop_assert!(kept as f64 >= KEPT * scores.len() as f64 - 1e-9);
        }
    }
}
