//! From what was measured to coefficients and bars.

use std::collections::{BTreeMap, BTreeSet};

use answer::Gate;
use answer::verify::Logistic;

use crate::measured::Measured;

/// On the standardised weights: many signals say much the same.
const PENALTY: f64 = 5.0;
/// Of a set that has fewer questions for a gate, nothing is learnt: each set weighs the same.
const FEWEST: usize = 30;
/// The kinds of folder, each with the share of the answered questions that its bar must let through, each set weighing the
/// same: a question that is wrongly declined costs more than an answer whose sentences can be checked.
const KINDS: [(&str, f64); 4] =
    [("one/many", 0.90), ("both/many", 0.97), ("one/few", 0.90), ("both/few", 0.90)];

/// The gates, fitted on one half. The weights for a kind of folder are the same for both question languages, but for the
/// scale of each signal, its mean and the bar: the more questions, the less is learnt by chance.
pub(crate) fn gates(all: &[Measured], first_half: bool) -> Vec<Gate> {
    let of_half: Vec<&Measured> = all.iter().filter(|it| it.first_half == first_half).collect();
    let of = |kind: (&str, f64)| {
        let rows = ["en", "zh"].map(|language| {
            let name = format!("{language}/{}", kind.0);
            let rows = of_half.iter().filter(|it| it.gate == name).copied().collect();
            Scaled::new(name, rows)
        });
        let weights = weights(&rows);
        rows.map(|rows| rows.gate(&weights, kind.1))
    };
    let pairs = KINDS.map(of);
    (0..2).flat_map(|language| pairs.iter().map(move |pair| pair[language].clone())).collect()
}

/// The questions of one gate, their means and their spreads.
struct Scaled<'a> {
    name: String,
    rows: Vec<&'a Measured>,
    means: Vec<f64>,
    spreads: Vec<f64>,
}

impl<'a> Scaled<'a> {
    fn new(name: String, mut rows: Vec<&'a Measured>) -> Self {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        rows.iter().for_each(|it| *sizes.entry(&it.set).or_default() += 1);
        rows.retain(|it| sizes[it.set.as_str()] >= FEWEST);
        let n = rows.len().max(1) as f64;
        let width = rows.first().map_or(0, |it| it.signals.len());
        let mean =
            |of: &dyn Fn(f64) -> f64, at: usize| rows.iter().map(|it| of(it.signals[at])).sum::<f64>() / n;
        let means: Vec<f64> = (0..width).map(|at| mean(&|x| x, at)).collect();
        let spread = |at: usize| mean(&|x| (x - means[at]).powi(2), at).sqrt();
        let spreads = (0..width).map(|at| if spread(at) > 1e-6 { spread(at) } else { 1.0 }).collect();
        Self { name, rows, means, spreads }
    }

    fn standard(&self, it: &Measured) -> Vec<f64> {
        let signals = it.signals.iter().zip(&self.means).zip(&self.spreads);
        signals.map(|((x, mean), spread)| (x - mean) / spread).collect()
    }

    /// What each row counts: each set the same, and in it either class.
    fn counts(&self) -> impl Iterator<Item = f64> {
        let alike =
            |one: &Measured, with: &Measured| one.set == with.set && one.answerable == with.answerable;
        let sets: BTreeSet<&str> = self.rows.iter().map(|it| it.set.as_str()).collect();
        let each = self.rows.len() as f64 / (2 * sets.len()) as f64;
        self.rows.iter().map(move |it| each / self.rows.iter().filter(|one| alike(one, it)).count() as f64)
    }

    fn gate(&self, weights: &Weights, kept: f64) -> Gate {
        let of = |((mean, spread), weight): ((&f64, &f64), &f64)| (*mean as f32, (weight / spread) as f32);
        let signals = self.means.iter().zip(&self.spreads).zip(&weights.each).map(of).collect();
        let mut gate = Gate { name: self.name.clone(), bar: 0.0, bias: weights.bias as f32, signals };
        gate.bar = bar(&gate, &self.rows, kept);
        gate
    }
}

/// Weights of standardised signals.
struct Weights {
    each: Vec<f64>,
    bias: f64,
}

/// Fits the weights without those that come out against their sense, the worst of which is left out first.
fn weights(of: &[Scaled<'_>; 2]) -> Weights {
    let mut rows: Vec<Vec<f64>> =
        of.iter().flat_map(|it| it.rows.iter().map(|row| it.standard(row))).collect();
    let right: Vec<bool> = of.iter().flat_map(|it| it.rows.iter().map(|row| row.answerable)).collect();
    let counts: Vec<f64> = of.iter().flat_map(Scaled::counts).collect();
    loop {
        let fitted = Logistic::fit(&rows, &right, &counts, PENALTY).expect("questions of both kinds");
        let sense = |(at, weight): (usize, &f64)| if Gate::speaks_against(at) { -weight } else { *weight };
        let senses: Vec<f64> = fitted.weights.iter().enumerate().map(sense).collect();
        let worst = (0..senses.len()).min_by(|&a, &b| senses[a].total_cmp(&senses[b])).unwrap();
        if senses[worst] >= -1e-6 {
            let each: Vec<f64> =
                fitted.weights.iter().zip(&fitted.scales).map(|(weight, scale)| weight / scale).collect();
            let shift: f64 = each.iter().zip(&fitted.means).map(|(weight, mean)| weight * mean).sum();
            return Weights { each, bias: fitted.bias - shift };
        }
        rows.iter_mut().for_each(|row| row[worst] = 0.0);
    }
}

/// The log-odds that `gate` gives.
pub(crate) fn log_odds(gate: &Gate, it: &Measured) -> f64 {
    let signals = gate.signals.iter().zip(&it.signals);
    f64::from(gate.bias)
        + signals.map(|((mean, weight), x)| f64::from(*weight) * (x - f64::from(*mean))).sum::<f64>()
}

/// The bar with the highest mean of the sets' balanced accuracies, of those that let through enough of what the sets answer.
fn bar(gate: &Gate, rows: &[&Measured], kept: f64) -> f32 {
    let sets: BTreeSet<&str> = rows.iter().map(|it| it.set.as_str()).collect();
    let scored: Vec<(f64, &Measured)> = rows.iter().map(|it| (log_odds(gate, it), *it)).collect();
    let share = |set: &str, answerable: bool, bar: f64| {
        let of = scored.iter().filter(|(_, it)| it.set == set && it.answerable == answerable);
        let passed = of.clone().filter(|(score, _)| *score >= bar).count();
        passed as f64 / of.count().max(1) as f64
    };
    let mut best = (f64::MIN, f64::MIN);
    for step in -60..60 {
        let bar = f64::from(step) / 10.0;
        let answered: f64 = sets.iter().map(|set| share(set, true, bar)).sum();
        let accuracy = answered - sets.iter().map(|set| share(set, false, bar)).sum::<f64>();
        let enough = answered >= kept * sets.len() as f64;
        if best.0 == f64::MIN || (enough && accuracy > best.0) {
            best = (accuracy, bar);
        }
    }
    best.1 as f32
}
