//! The seam to a small model that reads: does a passage answer the question, and where?

use std::ops::Range;

/// Reads passages with a question in mind.
///
/// An answer carried by words that the question does not share, and a passage on the subject that leaves the question
/// open, look alike to search; a reader tells them apart. It is never needed: without one, everything works on the
/// signals of search alone.
pub trait Reader: Send + Sync {
    /// One reading of each passage, in order. The same input gives the same readings, whatever the other passages.
    /// Question and passages may be in different languages, empty or very long; the question is cut to the reader's
    /// limit, passages are read to their end. Blocks, tens of milliseconds a passage.
    ///
    /// # Errors
    /// When the model fails: never because of what the texts say.
    fn read(&self, question: &str, passages: &[&str]) -> Result<Vec<Reading>, ReadError>;
}

/// A reader that failed; one line, fit for a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reader failed: {0}")]
pub struct ReadError(pub String);

/// What a reader found in one passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Log-odds that the passage answers the question: 0 is even, higher is likelier. Finite.
    pub answerable: f32,
    /// The likeliest answer, which means little where `answerable` is low; `None` in a passage without words.
    pub best: Option<Found>,
    scores: Scores,
}

/// A stretch of a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Bytes of the passage, at character boundaries, not empty.
    pub span: Range<usize>,
    /// How strongly the answer seems to be here rather than nowhere, in logits: higher is likelier.
    pub score: f32,
}

impl Reading {
    /// Puts a reading together from what a model says.
    #[must_use]
    pub fn new(answerable: f32, scores: Scores) -> Self {
        Self { answerable, best: scores.best(), scores }
    }

    /// How likely the answer is exactly `span` (bytes of the passage), next to the best span: 0 for the best, below 0 for
    /// others, in logits; a span is widened to whole tokens. `None` when no token lies in it. Where a claimed answer
    /// stands more than once in the passage, take the highest.
    #[must_use]
    pub fn standing(&self, span: Range<usize>) -> Option<f32> {
        let best = self.best.as_ref()?;
        self.scores.of(span).map(|score| (score - best.score).min(0.0))
    }
}

/// A token of a passage and what the model says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Bytes of the passage, at character boundaries.
    pub span: Range<usize>,
    /// That an answer begins here rather than that there is none, in logits.
    pub start: f32,
    /// That an answer ends here rather than that there is none, in logits.
    pub end: f32,
}

/// The tokens of a passage, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores(Vec<Token>);

/// The most tokens of an answer.
const LONGEST: usize = 40;

impl Scores {
    /// Takes the tokens, in the order of the passage. Tokens without bytes (a reader may have some) are left out.
    #[must_use]
    pub fn new(mut tokens: Vec<Token>) -> Self {
        tokens.retain(|token| !token.span.is_empty());
        Self(tokens)
    }

    /// The span of at most 40 tokens with the highest sum of its first token's start and its last one's end; the first of
    /// equals.
    #[must_use]
    pub fn best(&self) -> Option<Found> {
        let mut best: Option<Found> = None;
        for (at, first) in self.0.iter().enumerate() {
            for last in self.0[at..].iter().take(LONGEST) {
                let score = first.start + last.end;
                if best.as_ref().is_none_or(|best| score > best.score) {
                    best = Some(Found { span: first.span.start..last.span.end, score });
                }
            }
        }
        best
    }

    /// The score of the tokens that overlap `span`.
    fn of(&self, span: Range<usize>) -> Option<f32> {
        let mut inside = self
            .0
            .iter()
            .filter(|token| !span.is_empty() && token.span.start < span.end && token.span.end > span.start);
        let first = inside.next()?;
        Some(first.start + inside.next_back().unwrap_or(first).end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tokens of three bytes each.
    fn scores(logits: &[(f32, f32)]) -> Scores {
        let token = |(at, (start, end)): (usize, &(f32, f32))| Token {
            span: at * 3..at * 3 + 3,
            start: *start,
            end: *end,
        };
        Scores::new(logits.iter().enumerate().map(token).collect())
    }

    #[test]
    fn the_best_span_starts_before_it_ends() {
        let check = |logits: &[(f32, f32)], expected: Option<(Range<usize>, f32)>| {
            let found = scores(logits).best().map(|found| (found.span, found.score));
            assert_eq!(found, expected);
        };
        check(&[], None);
        check(&[(-1.0, -2.0)], Some((0..3, -3.0)));
        check(&[(0.0, 5.0), (4.0, 1.0), (0.0, 0.5)], Some((0..3, 5.0)));
        check(&[(0.0, 5.0), (6.0, 0.0), (0.0, 1.0)], Some((3..9, 7.0)));
        check(&[(1.0, 1.0), (1.0, 1.0)], Some((0..3, 2.0)));
        // An end that is too far away is not reached.
        let mut far = vec![(0.0, 0.0); LONGEST + 1];
        (far[0].0, far[LONGEST].1) = (3.0, 4.0);
        check(&far, Some((3..(LONGEST + 1) * 3, 4.0)));
    }

    #[test]
    fn a_claimed_span_stands_below_the_best() {
        let reading = Reading::new(0.0, scores(&[(0.0, 1.0), (5.0, 2.0), (0.0, 3.0)]));
        let check = |span, expected| assert_eq!(reading.standing(span), expected);
        check(3..9, Some(0.0));
        check(4..8, Some(0.0));
        check(3..6, Some(-1.0));
        check(0..2, Some(-7.0));
        check(9..20, None);
        check(4..4, None);
        assert_eq!(Reading::new(0.0, Scores::default()).standing(0..3), None);
    }

    #[test]
    fn tokens_without_bytes_are_left_out() {
        let token = |span, start| Token { span, start, end: 0.0 };
        let found = Scores::new(vec![token(0..0, 9.0), token(0..2, 1.0)]).best().unwrap();
        assert_eq!((found.span, found.score), (0..2, 1.0));
    }

    proptest! {
        #[test]
        fn nothing_stands_above_the_best(
            logits in prop::collection::vec((-9f32..9.0, -9f32..9.0), 1..60),
            from in 0usize..200,
            length in 0usize..60,
        ) {
            let reading = Reading::new(0.0, scores(&logits));
            let best = reading.best.clone().unwrap();
            prop_assert!(best.span.start < best.span.end && best.span.end <= logits.len() * 3);
            prop_assert_eq!(reading.standing(best.span), Some(0.0));
            prop_assert!(reading.standing(from..from + length).is_none_or(|standing| standing <= 0.0));
        }
    }
}
