//! An embedding model's sessions.

use index::EmbedError;

use crate::pool::Pool;

/// A model that turns one text at a time into a vector, and the tokenizer that belongs to it.
pub(crate) trait Session: Send {
    fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError>;
    fn count(&mut self, text: &str) -> usize;
}

/// Fewer bytes of text than this are embedded in about the time that it takes to open another session. The sentences
/// of one answer stay below it, so that asking a question never holds more than one session in memory.
const WORTH_SHARING: usize = 8_000;

impl<S: Session> Pool<S> {
    /// The vector of one text, ahead of all that wait in [`passages`](Self::passages).
    pub(super) fn question(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.with_session(true, |session| session.embed(text))
    }

    /// The number of tokens of a text; also ahead of all passages. A tokenizer is most of a session's size after
    /// its weights, so there is no further one for counting.
    pub(super) fn count(&self, text: &str) -> usize {
        self.with_session(true, |session| session.count(text))
    }

    /// The vectors of `texts`, in order; none when one of them fails.
    pub(super) fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let bytes: usize = texts.iter().map(String::len).sum();
        let workers = if bytes < WORTH_SHARING { 1 } else { texts.len() };
        self.each(texts.len(), workers, |session, at| session.embed(&texts[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Gives the length of a text; fails on "bad".
    struct Fake;

    impl Session for Fake {
        fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
            std::thread::yield_now();
            if text == "bad" {
                Err(EmbedError::Failed("bad text".into()))
            } else {
                Ok(vec![text.len() as f32])
            }
        }

        fn count(&mut self, text: &str) -> usize {
            text.len()
        }
    }

    fn pool(most: usize) -> (Pool<Fake>, Arc<AtomicUsize>) {
        let opened = Arc::new(AtomicUsize::new(1));
        let count = Arc::clone(&opened);
        let open = move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Fake)
        };
        (Pool::new(Fake, most, open), opened)
    }

    fn texts(n: usize) -> Vec<String> {
        (0..n).map(|n| "x".repeat(n)).collect()
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        for most in [0, 1, 2, 4] {
            let (pool, opened) = pool(most);
            for n in [0, 1, 2, 50, 400] {
                let expected: Vec<Vec<f32>> = (0..n).map(|n| vec![n as f32]).collect();
                assert_eq!(pool.passages(&texts(n)).unwrap(), expected, "{most} sessions, {n} texts");
            }
            assert!(opened.load(Ordering::Relaxed) <= most.max(1));
        }
    }

    #[test]
    fn few_texts_and_questions_open_no_second_session() {
        let (pool, opened) = pool(4);
        pool.passages(&texts(100)).unwrap();
        assert_eq!(pool.question("four").unwrap(), [4.0]);
        assert_eq!(pool.count("four"), 4);
        assert_eq!(opened.load(Ordering::Relaxed), 1);
        pool.passages(&texts(200)).unwrap();
        assert_eq!(opened.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn one_failure_fails_all_and_leaves_the_pool_whole() {
        let (pool, _) = pool(2);
        let mut texts = texts(200);
        texts[50] = "bad".into();
        assert!(pool.passages(&texts).unwrap_err().to_string().ends_with("bad text"));
        texts[50] = "good".into();
        assert_eq!(pool.passages(&texts).unwrap().len(), 200);
    }

    #[test]
    fn a_session_that_cannot_be_opened_is_an_error_not_a_hang() {
        let pool: Pool<Fake> = Pool::new(Fake, 2, || Err(EmbedError::Failed("no memory".into())));
        for _ in 0..3 {
            assert!(pool.passages(&texts(200)).unwrap_err().to_string().ends_with("no memory"));
            assert_eq!(pool.passages(&texts(100)).unwrap().len(), 100);
        }
        assert_eq!(pool.question("still").unwrap(), [5.0]);
    }

    #[test]
    fn questions_are_answered_while_passages_are_at_work() {
        let (pool, _) = pool(2);
        std::thread::scope(|scope| {
            let work = scope.spawn(|| pool.passages(&texts(2000)).unwrap().len());
            for _ in 0..50 {
                assert_eq!(pool.question("abc").unwrap(), [3.0]);
            }
            assert_eq!(work.join().unwrap(), 2000);
        });
    }
}
