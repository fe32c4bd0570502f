//! Logistic regression: probabilities from a few signals.

/// A fitted regression over `N` signals. Signals are standardised inside, so their scales do not matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// What is taken from each signal.
    pub means: Vec<f64>,
    /// What it is divided by.
    pub scales: Vec<f64>,
    /// What each standardised signal weighs.
    pub weights: Vec<f64>,
    /// The log-odds where every signal is at its mean.
    pub bias: f64,
}

/// Newton steps; it converges within ten where it converges at all.
const STEPS: usize = 30;

impl Logistic {
    /// Fits `rows` of signals, all of one length, to what they should say. Each row counts as much as its entry of `counts`
    /// (above 0) says. `penalty` (L2, from 0, on standardised weights) keeps weights small; 1 is a good start. None when a
    /// class is absent, rows differ in length or nothing can be solved.
    ///
    /// Iteratively reweighted least squares; McCullagh and Nelder, Generalized Linear Models, chapter 2.
    #[must_use]
    pub fn fit(rows: &[Vec<f64>], right: &[bool], counts: &[f64], penalty: f64) -> Option<Self> {
        let width = rows.first()?.len();
        let positives = right.iter().filter(|&&right| right).count();
        if rows.len() != right.len()
            || rows.len() != counts.len()
            || positives == 0
            || positives == right.len()
            || rows.iter().any(|row| row.len() != width || row.iter().any(|signal| !signal.is_finite()))
        {
            return None;
        }
        let n = rows.len() as f64;
        let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / n;
        let means: Vec<f64> = (0..width).map(mean).collect();
        let spread = |at: usize| {
            let variance = rows.iter().map(|row| (row[at] - means[at]).powi(2)).sum::<f64>() / n;
            if variance > 1e-12 { variance.sqrt() } else { 1.0 }
        };
        let scales: Vec<f64> = (0..width).map(spread).collect();
        let mut fitted = Self { means, scales, weights: vec![0.0; width], bias: 0.0 };
        let standard: Vec<Vec<f64>> = rows.iter().map(|row| fitted.standard(row)).collect();
        for _ in 0..STEPS {
            let step = fitted.step(&standard, right, counts, penalty)?;
            fitted.bias += step[width];
            fitted.weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += step);
            if step.iter().all(|step| step.abs() < 1e-7) {
                break;
            }
        }
        let finite = fitted.weights.iter().chain([&fitted.bias]).all(|weight| weight.is_finite());
        finite.then_some(fitted)
    }

    /// The probability, 0 to 1, for one row of signals.
    #[must_use]
    pub fn probability(&self, row: &[f64]) -> f64 {
        sigmoid(self.log_odds(row))
    }

    /// The log-odds for one row of signals.
    #[must_use]
    pub fn log_odds(&self, row: &[f64]) -> f64 {
        self.weighed(&self.standard(row))
    }

    fn standard(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.means).zip(&self.scales).map(|((x, mean), scale)| (x - mean) / scale).collect()
    }

    fn weighed(&self, standard: &[f64]) -> f64 {
        self.bias + standard.iter().zip(&self.weights).map(|(x, weight)| x * weight).sum::<f64>()
    }

    /// One Newton step: for each weight, then the bias.
    fn step(&self, rows: &[Vec<f64>], right: &[bool], counts: &[f64], penalty: f64) -> Option<Vec<f64>> {
        let width = self.weights.len();
        let mut gradient = vec![0.0; width + 1];
        let mut hessian = vec![vec![0.0; width + 1]; width + 1];
        for ((row, &right), &share) in rows.iter().zip(right).zip(counts) {
            let p = sigmoid(self.weighed(row));
            let miss = share * (f64::from(u8::from(right)) - p);
            let curve = share * (p * (1.0 - p)).max(1e-9);
            let signal = |at: usize| row.get(at).copied().unwrap_or(1.0);
            for (i, line) in hessian.iter_mut().enumerate() {
                gradient[i] += miss * signal(i);
                line.iter_mut().enumerate().for_each(|(j, cell)| *cell += curve * signal(i) * signal(j));
            }
        }
        for at in 0..width {
            gradient[at] -= penalty * self.weights[at];
            hessian[at][at] += penalty;
        }
        // So that a signal that never varies does no harm when there is no penalty.
        (0..=width).for_each(|at| hessian[at][at] += 1e-9);
        solve(hessian, gradient)
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Gaussian elimination with pivoting.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|&a, &b| matrix[a][at].abs().total_cmp(&matrix[b][at].abs()))?;
        if matrix[pivot][at].abs() < 1e-12 {
            return None;
        }
        matrix.swap(at, pivot);
        right.swap(at, pivot);
        let (above, below) = matrix.split_at_mut(at + 1);
        let lead = &above[at];
        for (row, offset) in below.iter_mut().zip(1..) {
            let factor = row[at] / lead[at];
            row.iter_mut().zip(lead).skip(at).for_each(|(x, lead)| *x -= factor * lead);
            right[at + offset] -= factor * right[at];
        }
    }
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|j| matrix[at][j] * right[j]).sum();
        right[at] = (right[at] - known) / matrix[at][at];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_decides_is_found() {
        let rows: Vec<Vec<f64>> = (0..100).map(|n| vec![f64::from(n), f64::from(n * 37 % 11)]).collect();
        let right: Vec<bool> = (0..100).map(|n| n + n % 7 > 52).collect();
        let fitted = Logistic::fit(&rows, &right, &vec![1.0; rows.len()], 1.0).unwrap();
        assert!(fitted.weights[0] > 5.0 * fitted.weights[1].abs(), "{fitted:?}");
        assert!(fitted.probability(&[90.0, 3.0]) > 0.95 && fitted.probability(&[5.0, 3.0]) < 0.05);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let check = |rows: &[Vec<f64>], right: &[bool]| {
            assert_eq!(Logistic::fit(rows, right, &vec![1.0; rows.len()], 1.0), None);
        };
        check(&[], &[]);
        check(&[vec![1.0], vec![2.0]], &[true, true]);
        check(&[vec![1.0], vec![2.0, 3.0]], &[true, false]);
        check(&[vec![1.0], vec![f64::NAN]], &[true, false]);
        check(&[vec![1.0]], &[true, false]);
    }

    #[test]
    fn a_constant_signal_and_clean_separation_do_no_harm() {
        let rows = vec![vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0], vec![1.0, 3.0]];
        let fitted = Logistic::fit(&rows, &[false, false, true, true], &[1.0; 4], 0.1).unwrap();
        assert!(fitted.probability(&rows[3]) > 0.9 && fitted.weights[0].abs() < 1e-6, "{fitted:?}");
    }

    proptest::proptest! {
        #[test]
        fn probabilities_are_probabilities(values in proptest::collection::vec((-1e3..1e3, proptest::bool::ANY), 2..40)) {
            let (rows, right): (Vec<Vec<f64>>, Vec<bool>) = values.into_iter().map(|(x, y)| (vec![x], y)).unzip();
            if let Some(fitted) = Logistic::fit(&rows, &right, &vec![1.0; rows.len()], 1.0) {
                proptest::prop_assert!(rows.iter().all(|row| (0.0..=1.0).contains(&fitted.probability(row))));
            }
        }
    }
}
