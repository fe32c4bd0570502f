//! The fitted coefficients, and how they are written down.

use std::sync::LazyLock;

use super::Logistic;

/// Which coefficients weigh a claim: what it is like, and in which language it and its source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// `sentence`, `answer` (a few words, with a question), `phrase` (a few words, without), `figure` (the same with a number)
    /// or `claim` (a sentence of the other language, without a question).
    pub kind: &'static str,
    /// `en`, `zh` or `cross`.
    pub languages: &'static str,
}

/// A model a line; see [`line`].
const FITTED: &str = include_str!("coefficients.txt");

static MODELS: LazyLock<Vec<(String, Logistic)>> =
    LazyLock::new(|| FITTED.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect());

/// The model for `pair`; without one, that of sentences of its languages, then the first.
pub(crate) fn model(pair: Pair) -> Option<&'static Logistic> {
    let named = |name: String| MODELS.iter().find(|(other, _)| *other == name);
    named(format!("{}/{}", pair.kind, pair.languages))
        .or_else(|| named(format!("sentence/{}", pair.languages)))
        .or_else(|| MODELS.first())
        .map(|(_, model)| model)
}

/// One line of the file of coefficients: the name, the bias, then mean, scale and weight of each signal.
#[must_use]
pub fn line(pair: Pair, model: &Logistic) -> String {
    let mut line = format!("{}/{} {:.4}", pair.kind, pair.languages, model.bias);
    for ((mean, scale), weight) in model.means.iter().zip(&model.scales).zip(&model.weights) {
        line.push_str(&format!(" {mean:.4}:{scale:.4}:{weight:.4}"));
    }
    line
}

/// The name and the model of a [`line`]; none when it is not one.
pub(crate) fn read(line: &str) -> Option<(String, Logistic)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let bias = words.next()?.parse().ok()?;
    let mut model = Logistic { means: Vec::new(), scales: Vec::new(), weights: Vec::new(), bias };
    for word in words {
        let mut numbers = word.split(':').map(str::parse::<f64>);
        model.means.push(numbers.next()?.ok()?);
        // A scale that was rounded to nothing belongs to a signal that never varied.
        model.scales.push(numbers.next()?.ok().filter(|scale| *scale > 0.0).unwrap_or(1.0));
        model.weights.push(numbers.next()?.ok()?);
    }
    Some((name, model))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fitted_model_can_be_read() {
        let lines = FITTED.lines().filter(|line| !line.starts_with('#')).count();
        assert!(lines > 0 && MODELS.len() == lines);
        for (name, model) in MODELS.iter() {
            assert_eq!(model.weights.len(), super::super::SIGNALS.len(), "{name}");
        }
    }
}
