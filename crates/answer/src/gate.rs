//! Is there enough to answer from? Asked before any model is called.
//!
//! A logistic regression over [`crate::signals`], none of which will do alone: the cosines of e5 models lie close
//! together, off the subject too, and a question in the other language shares no words with the notes. The cosines of the
//! two question languages lie apart, so each has its own coefficients; and a handful of chunks about one subject is judged
//! by others than a whole folder, where being nearest says more.
//!
//! All were fitted (standardised, L2 with C = 0.1, no signal against its sense, each set weighing the same and in it each
//! class) on half of the questions of four sets: two folders of which half the notes were taken away, the sample notes, and
//! questions over ten passages each.
//!
//! The bar of a folder is low on purpose: about 95 % of what the sample notes answer is let through, since a question that
//! is wrongly declined costs more than an answer whose sentences can be checked. A handful has a low bar for the same reason.

use index::{Found, Language};

use crate::evidence::Evidence;
use crate::signals::SIGNALS;

/// No more chunks than this are a handful.
const FEW: usize = 30;

/// One language's way of weighing.
pub(crate) struct Gate {
    /// In the order of the signals: best cosine; score of the first passage; its share of the question's terms; that of
    /// all passages together; the rarest term that none has, as a share of all; BM25 for each unit of rarity; best cosine
    /// of a sentence; best of cosine and terms in one sentence; most terms in three sentences; margin of the first note;
    /// names and other terms together in three; names that no passage has, as a share of all terms; names that the first
    /// has not.
    weights: [f32; SIGNALS],
    intercept: f32,
    /// Log-odds below this mean that the notes have nothing on the question.
    pub(crate) bar: f32,
}

const ENGLISH: Gate = Gate {
    weights: [26.46, 0.17, 0.00, 0.00, -0.99, 0.00, 6.61, 0.42, 0.40, 0.09, 0.46, -1.09, -1.07],
    intercept: -30.17,
    bar: -1.95,
};
const ENGLISH_FEW: Gate = Gate {
    weights: [15.13, 0.00, 0.00, 0.00, 0.00, 0.00, 11.54, 0.04, 0.00, 0.24, 0.05, -1.19, -2.61],
    intercept: -23.56,
    bar: -1.50,
};
const CHINESE: Gate = Gate {
    weights: [25.32, 0.02, 0.41, 0.51, -1.62, 0.16, 17.39, 0.46, 1.52, 0.00, 1.41, -1.80, -5.79],
    intercept: -39.72,
    bar: -1.60,
};
const CHINESE_FEW: Gate = Gate {
    weights: [15.75, 0.00, 0.06, 0.00, 0.00, 0.14, 16.18, 0.35, 0.00, 0.20, 0.11, -0.91, -6.64],
    intercept: -29.89,
    bar: -1.50,
};

impl Gate {
    /// The gate for a question of `language`, when so many chunks were looked at.
    pub(crate) fn of(language: Language, considered: usize) -> &'static Self {
        match (language, considered <= FEW) {
            (Language::English, false) => &ENGLISH,
            (Language::English, true) => &ENGLISH_FEW,
            (Language::Chinese, false) => &CHINESE,
            (Language::Chinese, true) => &CHINESE_FEW,
        }
    }

    /// The log-odds that the question is answered.
    pub(crate) fn log_odds(&self, signals: &[f32; SIGNALS]) -> f32 {
        self.intercept + self.weights.iter().zip(signals).map(|(weight, signal)| weight * signal).sum::<f32>()
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

    /// Signals of a question whose best cosines are `cosine` and whose terms are covered by `share`.
    fn signals(cosine: f32, share: f32) -> [f32; SIGNALS] {
        let both = 12.0 * (cosine - 0.8) + share;
        let missing = (1.0 - share) / 3.0;
        [cosine, 3.0 + 5.0 * share, share, share, missing, share, cosine, both, share, 1.0, share, 0.0, 0.0]
    }

    #[test]
    fn either_meaning_or_words_may_carry_a_question() {
        let check = |language, cosine, share, enough| {
            let gate = Gate::of(language, 500);
            let odds = gate.log_odds(&signals(cosine, share));
            assert_eq!(odds >= gate.bar, enough, "{language:?} {cosine} {share}: {odds}");
        };
        check(Language::English, 0.89, 1.0, true);
        check(Language::English, 0.90, 0.0, true);
        check(Language::English, 0.76, 0.0, false);
        check(Language::Chinese, 0.91, 0.3, true);
        check(Language::Chinese, 0.78, 0.0, false);
    }

    #[test]
    fn closer_and_more_words_are_never_worse() {
        for language in [Language::English, Language::Chinese] {
            for considered in [5, 500] {
                let gate = Gate::of(language, considered);
                let odds = |cosine, share| gate.log_odds(&signals(cosine, share));
                assert!(
                    odds(0.9, 0.5) > odds(0.8, 0.5) && odds(0.85, 1.0) > odds(0.85, 0.0),
                    "{language:?} {considered}"
                );
            }
        }
    }

    #[test]
    fn a_missing_name_speaks_against() {
        for language in [Language::English, Language::Chinese] {
            let gate = Gate::of(language, 500);
            let mut signals = signals(0.85, 0.5);
            let known = gate.log_odds(&signals);
            (signals[11], signals[12]) = (0.3, 0.3);
            assert!(gate.log_odds(&signals) < known, "{language:?}");
        }
    }
}
