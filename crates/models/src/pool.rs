//! Several one-thread sessions of one model, side by side.
//!
//! Each text goes through the model alone and on one thread: what comes of it then depends on nothing but itself, and
//! working side by side gives the same bits as working one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use answer::ReadError;
use index::EmbedError;

/// Sessions, opened as they are needed and kept.
pub(crate) struct Pool<S, E = EmbedError> {
    open: Box<dyn Fn() -> Result<S, E> + Send + Sync>,
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

/// A worker did not come back.
pub(crate) struct Panicked;

impl From<Panicked> for EmbedError {
    fn from(Panicked: Panicked) -> Self {
        Self::Failed("a worker of the model panicked".into())
    }
}

impl From<Panicked> for ReadError {
    fn from(Panicked: Panicked) -> Self {
        Self("a worker panicked".into())
    }
}

impl<S: Send, E: From<Panicked> + Send> Pool<S, E> {
    /// A pool that holds `first` and opens up to `most` sessions in all.
    pub(crate) fn new(
        first: S,
        most: usize,
        open: impl Fn() -> Result<S, E> + Send + Sync + 'static,
    ) -> Self {
        let state = State { idle: vec![first], opened: 1, questions: 0 };
        Self { open: Box::new(open), most: most.max(1), state: Mutex::new(state), freed: Condvar::new() }
    }

    /// What `work` makes of each number below `count`, in order, by up to `workers` sessions; nothing when one fails.
    pub(crate) fn each<T: Send>(
        &self,
        count: usize,
        workers: usize,
        work: impl Fn(&mut S, usize) -> Result<T, E> + Sync,
    ) -> Result<Vec<T>, E> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, T)>, E> {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return Ok(done);
                }
                match self.with_session(false, |session| work(session, at)) {
                    Ok(made) => done.push((at, made)),
                    Err(error) => {
                        // The others need not go on.
                        next.store(count, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
        };
        let mut done = std::thread::scope(|scope| {
            let mut at_work = Vec::new();
            for n in 0..workers.min(self.most).min(count) {
                // Opened here, while those before are at work, and not by the worker: what opening leaves behind in
                // this thread's heap is used again by the next one.
                let grown = self.grow(n + 1);
                at_work.push(scope.spawn(work));
                if let Err(error) = grown {
                    next.store(count, Ordering::Relaxed);
                    return Err(error);
                }
            }
            let mut done = Vec::new();
            for worker in at_work {
                done.extend(worker.join().map_err(|_| Panicked)??);
            }
            Ok(done)
        })?;
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, made)| made).collect())
    }

    /// Works with one session; `is_question`: ahead of all that wait in [`each`](Self::each).
    pub(crate) fn with_session<T>(&self, is_question: bool, work: impl FnOnce(&mut S) -> T) -> T {
        let mut loan = Loan { pool: self, session: None };
        let session = loan.session.insert(self.take(is_question));
        work(session)
    }

    /// Opens a session, unless `enough` of them are open.
    fn grow(&self, enough: usize) -> Result<(), E> {
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
struct Loan<'a, S: Send, E: From<Panicked> + Send> {
    pool: &'a Pool<S, E>,
    session: Option<S>,
}

impl<S: Send, E: From<Panicked> + Send> Drop for Loan<'_, S, E> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.give(session);
        }
    }
}
