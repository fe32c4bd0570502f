//! How likely a sentence answers the question.
//!
//! Weights for each question language, fitted by `crates/models/examples/fit_answers.rs` on half of the questions of each set
//! so that a candidate that holds the expected words, or stands on the lines that are to the point, comes before those that
//! do not: the log-odds of two candidates say how likely the one answers better than the other. Whether the notes answer at
//! all is the gate's to say; the bars only catch what is far off.

use std::sync::LazyLock;

use index::Language;

use super::aim::Aim;
use super::candidate::{Candidate, Form};
use crate::kind::{Kind, is_weak};
use crate::verify::{Logistic, read};

/// What the signals of a candidate say, in order; the fitting program prints its weights beside them.
pub const SIGNALS: [&str; 17] = [
    "cosine to the question",
    "the same less that of the closest candidate",
    "share of the question's terms",
    "that of it and the sentences beside it",
    "that of it and what stands above it",
    "place of its passage",
    "says what the thing is, where that is asked for",
    "has a number, where one is asked for",
    "says how or why, where that is asked for",
    "names several things, where all of some are asked for",
    "may tell what is wanted (1) or may not (-1)",
    // Which takes back what its cosine and its terms gain by that.
    "is in the language of the question",
    "is a row of a table",
    "is a fragment",
    "is a list",
    "logarithm of its words",
    "stands under the title alone, where no definition is asked for",
];

/// Log-odds below this of the best sentence mean that none answers: about one in fifty of the questions that the notes
/// answer is declined.
const BAR_ENGLISH: f32 = 5.8;
const BAR_CHINESE: f32 = 6.6;
/// What a sentence loses that speaks of the note itself or cannot be understood without the one before it: by hand, since what
/// is expected of the questions that were fitted on often stands in such.
const WEAK: f32 = 0.4;
/// More words than this are no longer more to say: those of a list.
const WORDY: usize = 60;

static FITTED: LazyLock<Vec<(String, Logistic)>> = LazyLock::new(|| {
    include_str!("coefficients.txt").lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
});

fn model(language: Language) -> Option<&'static Logistic> {
    let name = match language {
        Language::English => "extract/en",
        Language::Chinese => "extract/zh",
    };
    FITTED.iter().find(|(of, _)| of == name).map(|(_, model)| model)
}

/// The log-odds below which the best sentence is no answer to a question of `language`.
pub(super) fn bar(language: Language) -> f32 {
    match language {
        Language::English => BAR_ENGLISH,
        Language::Chinese => BAR_CHINESE,
    }
}

/// Sets the log-odds of each candidate; `signals` are theirs, in order.
pub(super) fn score(candidates: &mut [Candidate], signals: &[Vec<f64>], aim: &Aim) {
    let Some(model) = model(aim.language) else { return };
    for (candidate, signals) in candidates.iter_mut().zip(signals) {
        candidate.odds = model.log_odds(signals) as f32 - if is_weak(&candidate.text) { WEAK } else { 0.0 };
    }
}

/// The signals of each candidate, in the order of [`SIGNALS`].
pub(super) fn signals(candidates: &[Candidate], cosines: &[f32], question: &str, aim: &Aim) -> Vec<Vec<f64>> {
    let closest = cosines.iter().copied().fold(f32::MIN, f32::max);
    let flag = |yes: bool| f32::from(u8::from(yes));
    let fits = |asked: bool, candidate: &Candidate| flag(asked && aim.kind.fits(question, &candidate.text));
    let of = |(candidate, cosine): (&Candidate, &f32)| {
        let words = index::terms(&candidate.text).len().clamp(1, WORDY);
        let signals: [f32; SIGNALS.len()] = [
            *cosine,
            cosine - closest,
            candidate.coverage,
            candidate.near,
            candidate.about,
            candidate.passage as f32,
            fits(matches!(aim.kind, Kind::Definition(_)), candidate),
            fits(aim.kind == Kind::Number, candidate),
            fits(aim.kind == Kind::Mechanism, candidate),
            fits(aim.kind == Kind::List, candidate),
            candidate.tells.map_or(0.0, |tells| if tells { 1.0 } else { -1.0 }),
            flag(Language::of(&candidate.text) == aim.language),
            flag(candidate.form == Form::Row),
            flag(candidate.form == Form::Fragment),
            flag(candidate.form == Form::List),
            (words as f32).ln(),
            flag(candidate.opens && !matches!(aim.kind, Kind::Definition(_))),
        ];
        signals.into_iter().map(f64::from).collect()
    };
    candidates.iter().zip(cosines).map(of).collect()
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
        let aim = Aim::of(&prompt);
        let mut candidates = super::super::candidate::candidates(&prompt, &aim);
        let signals = signals(&candidates, &[cosine], question, &aim);
        score(&mut candidates, &signals, &aim);
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
