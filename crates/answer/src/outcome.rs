//! Did any sentence of a draft come out supported? Asked after the model has written, as [`crate::gate`] asks before.

use crate::{Sentence, Verdict};

/// Whether a finished draft is an answer; if not, why in one line.
///
/// A draft whose every claim is unsupported is the model's own, whatever the marks beside it say: it is declined. One
/// sentence that the notes say in part, or say otherwise, has lines to show and stays. What claims nothing was not looked
/// at, and a draft of nothing else stays as well.
///
/// # Errors
/// The reason, when it is none.
pub(crate) fn holds(sentences: &[Sentence]) -> Result<(), &'static str> {
    let mut claims = sentences.iter().filter(|sentence| sentence.verdict != Verdict::NotChecked).peekable();
    if claims.peek().is_some() && claims.all(|sentence| sentence.verdict == Verdict::Unsupported) {
        return Err("nothing that the model wrote rests on them");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_without_a_supported_sentence_is_no_answer() {
        use Verdict::{Contradicted, NotChecked, Partly, Supported, Unsupported};
        let check = |verdicts: &[Verdict], expected: bool| {
            let sentence = |&verdict: &Verdict| Sentence {
                text: "A sentence.".into(),
                verdict,
                confidence: 0.5,
                citations: Vec::new(),
                corrected: false,
                checked_by: None,
                lead: String::new(),
            };
            let sentences: Vec<Sentence> = verdicts.iter().map(sentence).collect();
            assert_eq!(holds(&sentences).is_ok(), expected, "{verdicts:?}");
        };
        check(&[], true);
        check(&[Supported], true);
        check(&[Unsupported, Supported], true);
        check(&[Unsupported, Partly], true);
        check(&[Contradicted], true);
        check(&[NotChecked], true);
        check(&[Unsupported], false);
        check(&[Unsupported, Unsupported, NotChecked], false);
    }
}
