//! The reader that is part of the program: layers and a head on top of the bundled embedding model.
//! `assets/reader/README.md` tells what it is and how it was made.

mod graph;
mod session;
mod window;

use answer::{ReadError, Reader, Reading};

use self::session::Session;
use crate::pool::Pool;
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
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Box::new(Bundled(Pool::new(first, MOST_SESSIONS.min(cores), move || Session::open(&runtime)))))
}

struct Bundled(Pool<Session, ReadError>);

impl Reader for Bundled {
    fn read(&self, question: &str, passages: &[&str]) -> Result<Vec<Reading>, ReadError> {
        self.0.each(passages.len(), passages.len(), |session, at| session.read(question, passages[at]))
    }
}
