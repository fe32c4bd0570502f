//! Several one-thread sessions of one model, side by side.
//!
//! Each text goes through the model alone and on one thread: its vector then depends on nothing but itself, and
//! working side by side gives the same bits as working one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use index::EmbedError;

/// A model that turns one text at a time into a vector.
pub(super) trait Session: Send {
    fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError>;
}

/// Sessions, opened as they are needed and kept.
pub(super) struct Pool<S> {
    open: Box<dyn Fn() -> Result<S, EmbedError> + Send + Sync>,
    /// The most sessions at a time.
    most: usize,
    state: Mutex<State<S>>,
    freed: Condvar,
}

struct State<S> {
    idle: Vec<S>,
    /// Idle or at work.
    opened: usize,
    /// Questions that wait for a session: they go first, so that asking stays quick while notes are being indexed.
    questions: usize,
}

/// Opening a session takes about as long as embedding this many passages; fewer are not worth another one.
const WORTH_A_SESSION: usize = 12;

impl<S: Session> Pool<S> {
    /// A pool that holds `first` and opens up to `most` sessions in all.
    pub(super) fn new(
        first: S,
        most: usize,
        open: impl Fn() -> Result<S, EmbedError> + Send + Sync + 'static,
    ) -> Self {
        let state = State { idle: vec![first], opened: 1, questions: 0 };
        Self { open: Box::new(open), most: most.max(1), state: Mutex::new(state), freed: Condvar::new() }
    }

    /// The vector of one text, ahead of all that wait in [`passages`](Self::passages).
    pub(super) fn question(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.with_session(true, |session| session.embed(text))
    }

    /// The vectors of `texts`, in order; none when one of them fails.
    pub(super) fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let workers = self.most.min(texts.len().div_ceil(WORTH_A_SESSION));
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, Vec<f32>)>, EmbedError> {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(text) = texts.get(at) else { return Ok(done) };
                match self.with_session(false, |session| session.embed(text)) {
                    Ok(vector) => done.push((at, vector)),
                    Err(error) => {
                        // The others need not go on.
                        next.store(texts.len(), Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
            let mut done = work()?;
            for other in others {
                let more = other.join().map_err(|_| EmbedError("a worker of the model panicked".into()))?;
                done.extend(more?);
            }
            Ok(done)
        })?;
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, vector)| vector).collect())
    }

    fn with_session<T>(
        &self,
        is_question: bool,
        work: impl FnOnce(&mut S) -> Result<T, EmbedError>,
    ) -> Result<T, EmbedError> {
        let mut loan = Loan { pool: self, session: None };
        let session = loan.session.insert(self.take(is_question)?);
        work(session)
    }

    fn take(&self, is_question: bool) -> Result<S, EmbedError> {
        let mut state = self.state();
        state.questions += usize::from(is_question);
        loop {
            if is_question || state.questions == 0 {
                if let Some(session) = state.idle.pop() {
                    self.seen_to(&mut state, is_question);
                    return Ok(session);
                }
                if state.opened < self.most {
                    state.opened += 1;
                    self.seen_to(&mut state, is_question);
                    drop(state);
                    return (self.open)().inspect_err(|_| {
                        self.state().opened -= 1;
                        self.freed.notify_all();
                    });
                }
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A question no longer waits: passages may go on.
    fn seen_to(&self, state: &mut State<S>, is_question: bool) {
        if is_question {
            state.questions -= 1;
            self.freed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the session back, also when the work panics.
struct Loan<'a, S: Session> {
    pool: &'a Pool<S>,
    session: Option<S>,
}

impl<S: Session> Drop for Loan<'_, S> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.state().idle.push(session);
            self.pool.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Gives the length of a text; fails on "bad".
    struct Fake;

    impl Session for Fake {
        fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
            std::thread::yield_now();
            if text == "bad" { Err(EmbedError("bad text".into())) } else { Ok(vec![text.len() as f32]) }
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
            for n in [0, 1, 11, 12, 13, 200] {
                let expected: Vec<Vec<f32>> = (0..n).map(|n| vec![n as f32]).collect();
                assert_eq!(pool.passages(&texts(n)).unwrap(), expected, "{most} sessions, {n} texts");
            }
            assert!(opened.load(Ordering::Relaxed) <= most.max(1));
        }
    }

    #[test]
    fn few_texts_and_questions_open_no_second_session() {
        let (pool, opened) = pool(4);
        pool.passages(&texts(WORTH_A_SESSION)).unwrap();
        assert_eq!(pool.question("four").unwrap(), [4.0]);
        assert_eq!(opened.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn one_failure_fails_all_and_leaves_the_pool_whole() {
        let (pool, _) = pool(2);
        let mut texts = texts(100);
        texts[50] = "bad".into();
        assert_eq!(pool.passages(&texts).unwrap_err().0, "bad text");
        texts[50] = "good".into();
        assert_eq!(pool.passages(&texts).unwrap().len(), 100);
    }

    #[test]
    fn a_session_that_cannot_be_opened_is_an_error_not_a_hang() {
        let pool: Pool<Fake> = Pool::new(Fake, 2, || Err(EmbedError("no memory".into())));
        for _ in 0..3 {
            match pool.passages(&texts(100)) {
                Ok(vectors) => assert_eq!(vectors.len(), 100),
                Err(error) => assert_eq!(error.0, "no memory"),
            }
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
