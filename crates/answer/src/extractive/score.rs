//! How likely a sentence answers the question.
//!
//! A logistic regression over ten signals for each question language, fitted (standardised, L2 with C = 0.3) on the
//! candidates for half of the questions of two sets: those of the sample notes, and a third of XQuAD over folders of which
//! half the notes were taken away. A candidate that holds the expected words is right; those of questions that the notes do
//! not answer are wrong, every one. (The Chinese half has too few rows to fit their weight, which was set by hand.) The bars
//! decline about one in fifty of the questions that the notes answer; the gate before decides on most of the others.

use index::Language;

use super::candidate::{Candidate, Form};
use crate::Prompt;
use crate::kind::{Kind, is_weak};

/// How many signals there are.
const SIGNALS: usize = 10;
/// What a sentence loses that speaks of the note itself or cannot be understood without the one before it, in log-odds.
const WEAK: f32 = 0.5;

/// One language's way of weighing.
struct Coefficients {
    /// In the order of the signals: cosine to the question; the same less that of the closest candidate; share of the
    /// question's terms; that of it and the sentences beside it; place of its passage; whether it has what is asked for;
    /// whether it is in the question's language (which takes back what its cosine and its terms gain by that); whether it
    /// is a row of a table; a fragment; logarithm of its words.
    weights: [f32; SIGNALS],
    intercept: f32,
    /// Log-odds below this of the best sentence mean that none answers.
    bar: f32,
}

const ENGLISH: Coefficients = Coefficients {
    weights: [17.57, 9.41, 1.42, 1.61, -0.4, 0.29, -1.39, -0.26, -2.77, 0.48],
    intercept: -17.8,
    bar: -3.0,
};
const CHINESE: Coefficients = Coefficients {
    weights: [45.23, 2.54, 0.88, 1.41, -0.19, 0.01, -3.75, -1.0, -2.58, 0.53],
    intercept: -41.02,
    bar: -3.3,
};

fn coefficients(language: Language) -> &'static Coefficients {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

/// The log-odds below which the best sentence is no answer to a question of `language`.
pub(super) fn bar(language: Language) -> f32 {
    coefficients(language).bar
}

/// Sets the log-odds of each candidate; `cosines` are theirs, in order.
pub(super) fn score(candidates: &mut [Candidate], cosines: &[f32], prompt: &Prompt) {
    let closest = cosines.iter().copied().fold(f32::MIN, f32::max);
    let language = Language::of(&prompt.question);
    let kind = Kind::of(&prompt.question);
    let of = coefficients(language);
    let flag = |yes: bool| f32::from(u8::from(yes));
    for (candidate, cosine) in candidates.iter_mut().zip(cosines) {
        let words = index::terms(&candidate.text).len();
        let signals: [f32; SIGNALS] = [
            *cosine,
            cosine - closest,
            candidate.coverage,
            candidate.near,
            candidate.passage as f32,
            flag(kind.fits(&prompt.question, &candidate.text)),
            flag(Language::of(&candidate.text) == language),
            flag(candidate.form == Form::Row),
            flag(candidate.form == Form::Fragment),
            (words.max(1) as f32).ln(),
        ];
        let weighed: f32 = of.weights.iter().zip(&signals).map(|(weight, signal)| weight * signal).sum();
        candidate.odds = of.intercept + weighed - if is_weak(&candidate.text) { WEAK } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    /// The log-odds of a sentence of `text` with this cosine, beside a sentence that has nothing to do with it.
    fn odds(question: &str, text: &str, cosine: f32) -> f32 {
        let terms = index::TermWeights::even(question);
        let passages = [passage(1, "a.md", text)];
        let prompt = crate::prompt(question, &passages, &terms, crate::Budget::default()).0;
        let mut candidates = super::super::candidate::candidates(&prompt);
        score(&mut candidates, &[cosine], &prompt);
        candidates[0].odds
    }

    #[test]
    fn meaning_words_and_form_count() {
        for (question, sentence, other) in [
            ("what is GQA", "GQA is a way to share key heads.", "MQA shares a single key head in all."),
            ("GQA 是什么？", "GQA 是一种共享键头的注意力。", "多查询注意力共用一个键头。"),
        ] {
            let full = odds(question, sentence, 0.88);
            assert!(full > odds(question, sentence, 0.80), "{question}: closer");
            assert!(full > odds(question, other, 0.88), "{question}: more of its words");
            assert!(full > odds(question, &format!("It {sentence}"), 0.88), "{question}: stands alone");
            assert!(full > bar(Language::of(question)), "{question}: {full}");
            assert!(odds(question, other, 0.76) < bar(Language::of(question)), "{question}: off the point");
        }
    }
}
