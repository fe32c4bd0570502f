//! Is there enough to answer from? Asked before any model is called.
//!
//! A logistic regression over the signals of [`crate::evidence`], none of which will do alone: the cosines of e5 models lie
//! close together, off the subject too, and a question in the other language shares no words with the notes. The cosines
//! of the two question languages lie apart, so each has its own coefficients; and a handful of chunks about one subject
//! is judged by others than a whole folder, where being nearest says more. They were fitted (standardised, L2 with
//! C = 0.1) on half of the questions of four sets: two folders of which half the notes were taken away, the sample notes,
//! and questions over ten passages each.
//!
//! The bar of a folder is low on purpose: 95 % of what the sample notes answer is let through, since a question that is
//! wrongly declined costs more than an answer whose sentences can be checked. A handful has the bar of its language's
//! folders, for the same reason.

use index::{Found, Language};

use crate::evidence::{Evidence, SIGNALS};

/// No more chunks than this are a handful.
pub(crate) const FEW: usize = 30;

/// One language's way of weighing.
struct Coefficients {
    /// In the order of the signals: best cosine; score of the first passage; its share of the question's terms; that of
    /// all passages together; the rarest term that none has, as a share of all; BM25 for each unit of rarity; best cosine
    /// of a sentence; best of cosine and terms in one sentence; most terms in three sentences; margin of the first note.
    weights: [f32; SIGNALS],
    intercept: f32,
}

const ENGLISH: Coefficients = Coefficients {
    weights: [26.03, 0.19, 0.14, 0.04, -1.29, 0.04, 8.43, 0.57, 0.91, 0.10],
    intercept: -31.91,
};
const ENGLISH_FEW: Coefficients = Coefficients {
    weights: [14.23, 0.08, 0.69, 0.97, -0.12, -0.62, 16.87, 0.30, 0.50, 0.22],
    intercept: -30.54,
};
const CHINESE: Coefficients = Coefficients {
    weights: [21.69, 0.06, 0.62, 0.39, -2.58, 0.31, 20.54, 0.55, 1.77, 0.06],
    intercept: -39.89,
};
const CHINESE_FEW: Coefficients = Coefficients {
    weights: [19.74, 0.16, 0.56, 0.08, 1.59, 0.14, 17.04, 0.30, 0.36, -0.12],
    intercept: -37.07,
};

fn coefficients(language: Language, few: bool) -> &'static Coefficients {
    match (language, few) {
        (Language::English, false) => &ENGLISH,
        (Language::English, true) => &ENGLISH_FEW,
        (Language::Chinese, false) => &CHINESE,
        (Language::Chinese, true) => &CHINESE_FEW,
    }
}

/// The log-odds that a question of `language` is answered; `few` when only a handful of chunks was looked at.
pub(crate) fn log_odds(language: Language, few: bool, signals: &[f32; SIGNALS]) -> f32 {
    let of = coefficients(language, few);
    of.intercept + of.weights.iter().zip(signals).map(|(weight, signal)| weight * signal).sum::<f32>()
}

/// Log-odds below this mean that the notes have nothing on the question.
pub(crate) fn bar(language: Language) -> f32 {
    match language {
        Language::English => -2.0,
        Language::Chinese => -2.2,
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
        [cosine, 3.0 + 5.0 * share, share, share, (1.0 - share) / 3.0, share, cosine, both, share, 1.0]
    }

    #[test]
    fn either_meaning_or_words_may_carry_a_question() {
        let check = |language, cosine, share, enough| {
            let odds = log_odds(language, false, &signals(cosine, share));
            assert_eq!(odds >= bar(language), enough, "{language:?} {cosine} {share}: {odds}");
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
            for few in [false, true] {
                let odds = |cosine, share| log_odds(language, few, &signals(cosine, share));
                assert!(
                    odds(0.9, 0.5) > odds(0.8, 0.5) && odds(0.85, 1.0) > odds(0.85, 0.0),
                    "{language:?} {few}"
                );
            }
        }
    }
}
