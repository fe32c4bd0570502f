//! The reader that is part of the program: layers and a head on top of the bundled embedding model.
//! `assets/reader/README.md` tells what it is and how it was made.

mod graph;
mod session;
mod window;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use answer::{ReadError, Reader, Reading};

use self::session::Session;
use crate::{ModelError, Runtime, RuntimeOptions};

/// The most sessions that are kept, and that work on one question.
const MOST_SESSIONS: usize = 2;

/// Opens the reader. Fetches ONNX Runtime when it is not there; shares nothing with an embedder but that library, so it
/// goes with any embedding model. `on_message` is told, in one line each, what takes time. Blocks: about 0.3 s when
/// everything is there.
///
/// # Errors
/// When ONNX Runtime is not to be had, or does not take the model.
pub fn open_reader(
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<Box<dyn Reader>, ModelError> {
    let runtime = Runtime::load(&Runtime::ensure(options, on_message)?)?;
    let first = Session::open(&runtime).map_err(|error| ModelError::Reader { why: error.0 })?;
    Ok(Box::new(Bundled { runtime, idle: Mutex::new(vec![first]) }))
}

struct Bundled {
    runtime: Runtime,
    /// Sessions that are open and not at work.
    idle: Mutex<Vec<Session>>,
}

impl Bundled {
    fn with_session<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let session = idle().pop();
        let mut session = match session {
            Some(session) => session,
            None => Session::open(&self.runtime)?,
        };
        let done = work(&mut session);
        let mut idle = idle();
        if idle.len() < MOST_SESSIONS {
            idle.push(session);
        }
        done
    }
}

impl Reader for Bundled {
    fn read(&self, question: &str, passages: &[&str]) -> Result<Vec<Reading>, ReadError> {
        let next = AtomicUsize::new(0);
        // Each passage goes through alone and on one thread, so that its reading depends on nothing else.
        let work = || {
            self.with_session(|session| {
                let mut done = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(passage) = passages.get(at) else { return Ok(done) };
                    done.push((at, session.read(question, passage)?));
                }
            })
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = MOST_SESSIONS.min(cores).min(passages.len());
        let mut done = std::thread::scope(|scope| {
            let at_work: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let mut done = Vec::with_capacity(passages.len());
            for worker in at_work {
                done.extend(worker.join().map_err(|_| ReadError("a worker panicked".into()))??);
            }
            Ok(done)
        })?;
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, reading)| reading).collect())
    }
}
