//! Several one-thread sessions of one model, side by side.
//!
//! Each text goes through the model alone and on one thread: its vector then depends on nothing but itself, and
//! working side by side gives the same bits as working one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use index::EmbedError;

/// A model that turns one text at a time into a vector, and the tokenizer that belongs to it.
pub(super) trait Session: Send {
    fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError>;
    fn count(&mut self, text: &str) -> usize;
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

/// Fewer bytes of text than this are embedded in about the time that it takes to open another session. The sentences
/// of one answer stay below it, so that asking a question never holds more than one session in memory.
const WORTH_SHARING: usize = 8_000;

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

    /// The number of tokens of a text; also ahead of all passages. A tokenizer is most of a session's size after
    /// its weights, so there is no further one for counting.
    pub(super) fn count(&self, text: &str) -> usize {
        self.with_session(true, |session| session.count(text))
    }

    /// The vectors of `texts`, in order; none when one of them fails.
    pub(super) fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let bytes: usize = texts.iter().map(String::len).sum();
        let workers = if bytes < WORTH_SHARING { 1 } else { self.most.min(texts.len()) };
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
            let mut at_work = Vec::new();
            for n in 0..workers {
                // Opened here, while those before are at work, and not by the worker: what opening leaves behind in
                // this thread's heap is used again by the next one.
                let grown = self.grow(n + 1);
                at_work.push(scope.spawn(work));
                if let Err(error) = grown {
                    next.store(texts.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
            let mut done = Vec::new();
            for worker in at_work {
                let more = worker.join().map_err(|_| EmbedError("a worker of the model panicked".into()))?;
                done.extend(more?);
            }
            Ok(done)
        })?;
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, vector)| vector).collect())
    }

    fn with_session<T>(&self, is_question: bool, work: impl FnOnce(&mut S) -> T) -> T {
        let mut loan = Loan { pool: self, session: None };
        let session = loan.session.insert(self.take(is_question));
        work(session)
    }

    /// Opens a session, unless `enough` of them are open.
    fn grow(&self, enough: usize) -> Result<(), EmbedError> {
        let mut state = self.state();
        if state.opened >= enough.min(self.most) {
            return Ok(());
        }
        // Counted before it is there, so that callers side by side do not open too many.
        state.opened += 1;
        drop(state);
        match (self.open)() {
            Ok(session) => {
                self.give(session);
                Ok(())
            }
            Err(error) => {
                self.state().opened -= 1;
                Err(error)
            }
        }
    }

    fn take(&self, is_question: bool) -> S {
        let mut state = self.state();
        state.questions += usize::from(is_question);
        loop {
            let may_go = is_question || state.questions == 0;
            if may_go && let Some(session) = state.idle.pop() {
                if is_question {
                    state.questions -= 1;
                    // Passages may go on.
                    self.freed.notify_all();
                }
                return session;
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give(&self, session: S) {
        self.state().idle.push(session);
        self.freed.notify_all();
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
            self.pool.give(session);
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
        assert_eq!(pool.passages(&texts).unwrap_err().0, "bad text");
        texts[50] = "good".into();
        assert_eq!(pool.passages(&texts).unwrap().len(), 200);
    }

    #[test]
    fn a_session_that_cannot_be_opened_is_an_error_not_a_hang() {
        let pool: Pool<Fake> = Pool::new(Fake, 2, || Err(EmbedError("no memory".into())));
        for _ in 0..3 {
            assert_eq!(pool.passages(&texts(200)).unwrap_err().0, "no memory");
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
