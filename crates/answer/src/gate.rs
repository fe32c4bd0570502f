//! Is there enough to answer from? Asked before any model is called.
//!
//! A logistic regression over [`crate::signals`], none of which will do alone: the cosines of e5 models lie close
//! together, off the subject too, and a question in the other language shares no words with the notes. The cosines of the
//! two question languages lie apart, so each has its own coefficients; and a handful of chunks about one subject is judged
//! by others than a whole folder, where being nearest says more.
//!
//! Each was fitted on half of its sets (by note, article or subject; each set weighing the same and in it each class), with
//! no signal against its sense, and held near the coefficients of an earlier fit on more of the same questions, which knew
//! the first ten signals. Folders: the sample notes, `tests/near-misses.jsonl`, and two folders of which half the notes
//! were taken away. Handfuls: six notes each of the sample notes and of an encyclopedia, in one language and in both, and
//! with half the weight the folders and questions over ten passages each.
//!
//! The bars are low on purpose: about 95 % of what the sample notes answer is let through, and nine in ten of what a
//! handful does, since a question that is wrongly declined costs more than an answer whose sentences can be checked.

use index::{Found, Language};

use crate::evidence::Evidence;
use crate::signals::SIGNALS;

/// No more chunks than this are a handful.
const FEW: usize = 64;

/// One language's way of weighing.
pub(crate) struct Gate {
    /// In the order of the signals: best cosine; score of the first passage; its share of the question's terms; that of
    /// all passages together; the rarest term that none has, as a share of all; BM25 for each unit of rarity; best cosine
    /// of a sentence; best of cosine and terms in one sentence; most terms in three sentences; margin of the first note;
    /// names and other terms together in three; names that no passage has, as a share of all terms; names that the first
    /// has not; how far sentences that may tell what is wanted fall behind the best; whether the first passage is in
    /// the other language.
    weights: [f32; SIGNALS],
    intercept: f32,
    /// Log-odds below this mean that the notes have nothing on the question.
    pub(crate) bar: f32,
}

const ENGLISH: Gate = Gate {
    weights: [24.75, 0.21, 0.00, 0.25, -0.88, 0.00, 7.88, 0.53, 0.73, 0.18, 0.00, -0.65, -0.77, -0.73, 0.69],
    intercept: -30.76,
    bar: -1.75,
};
const ENGLISH_FEW: Gate = Gate {
    weights: [10.25, 0.00, 0.00, 0.00, -0.02, 0.15, 18.37, 0.01, 0.00, 0.62, 0.14, -1.37, -1.59, -1.35, 2.78],
    intercept: -25.89,
    bar: -1.40,
};
const CHINESE: Gate = Gate {
    weights: [19.61, 0.08, 0.19, 0.00, -1.82, 0.20, 23.93, 0.47, 0.96, 0.08, 0.00, 0.00, 0.00, -0.71, 0.41],
    intercept: -40.45,
    bar: -1.50,
};
const CHINESE_FEW: Gate = Gate {
    weights: [0.43, 0.18, 0.00, 0.00, 0.00, 0.57, 13.16, 0.29, 0.10, 0.27, 0.00, -1.90, -3.42, -0.73, 2.07],
    intercept: -15.03,
    bar: -1.60,
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
        [
            cosine,
            3.0 + 5.0 * share,
            share,
            share,
            missing,
            share,
            cosine,
            both,
            share,
            1.0,
            share,
            0.0,
            0.0,
            0.0,
            0.0,
        ]
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
    fn a_thing_that_is_not_told_speaks_against() {
        for language in [Language::English, Language::Chinese] {
            let gate = Gate::of(language, 500);
            let mut signals = signals(0.85, 0.5);
            let known = gate.log_odds(&signals);
            signals[13] = 1.0;
            assert!(gate.log_odds(&signals) < known, "{language:?}");
        }
    }
}
