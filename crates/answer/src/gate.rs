//! Is there enough to answer from? Asked before any model is called.
//!
//! A logistic regression over two signals of the search: the best cosine of the question with any chunk, and the largest
//! share of its words that any chunk contains. Neither alone will do: the cosines of e5 models lie close together, off the
//! subject too, and a question in the other language shares no words with the notes. The cosines of the two question
//! languages lie apart, so each has its own coefficients, fitted on questions over notes that do and do not answer them.
//!
//! The bar is low on purpose. It turns away what is plainly off the subject; whether a passage near the subject answers
//! the question cannot be told from these signals.

use index::{Found, Language};

/// Log-odds below this mean that the notes have nothing on the question. At this bar 95 % of the answerable questions
/// over the sample notes are kept.
const BAR: f32 = -2.75;

/// Whether what was found may answer the question; if not, why in one line.
///
/// # Errors
/// The reason, when it does not.
pub(crate) fn enough(found: &Found) -> Result<(), &'static str> {
    if found.passages.is_empty() {
        return Err("no note matches");
    }
    match evidence(found.language, found.explain.nearest, found.explain.covered) >= BAR {
        true => Ok(()),
        false => Err("nothing in them is close to the question"),
    }
}

/// The log-odds that the notes answer a question of this language.
fn evidence(language: Language, cosine: f32, coverage: f32) -> f32 {
    match language {
        Language::English => 36.55 * cosine + 3.49 * coverage - 32.23,
        Language::Chinese => 67.18 * cosine + 4.57 * coverage - 61.39,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_meaning_or_words_may_carry_a_question() {
        let check = |language, cosine, coverage, enough| {
            assert_eq!(
                evidence(language, cosine, coverage) >= BAR,
                enough,
                "{language:?} {cosine} {coverage}"
            );
        };
        check(Language::English, 0.89, 1.0, true);
        check(Language::English, 0.86, 0.0, true);
        check(Language::English, 0.76, 0.1, false);
        check(Language::English, 0.76, 0.9, true);
        check(Language::Chinese, 0.89, 0.0, true);
        check(Language::Chinese, 0.84, 0.0, false);
        check(Language::Chinese, 0.86, 0.6, true);
    }
}
