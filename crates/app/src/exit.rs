//! Exit codes, and errors that know theirs.

use std::io;
use std::process::ExitCode;

/// What the program ends with. A contract with scripts; README.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// It did what was asked.
    Done = 0,
    /// The notes do not say.
    NotInNotes = 1,
    /// Wrong flags, wrong configuration, or something missing that the user can mend.
    Usage = 2,
    /// No index, a damaged one that could not be made again, or one that another process is writing.
    Index = 3,
    /// The endpoint cannot be reached, refuses, or is misconfigured.
    Endpoint = 4,
    /// The answer broke off.
    CutShort = 5,
    /// `eval --compare` found something worse than before, by more than chance explains.
    Worse = 6,
    /// Ctrl-C: 128 + SIGINT.
    Interrupted = 130,
    /// The reader of stdout went away: 128 + SIGPIPE.
    PipeClosed = 141,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// An error with its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{}", message.as_deref().unwrap_or_default())]
pub(crate) struct Exit {
    pub(crate) code: Code,
    /// What happened; none when there is nothing to say (an interrupt, a closed pipe).
    pub(crate) message: Option<String>,
    /// What to do next; a line for each way.
    pub(crate) hint: Option<String>,
}

impl Exit {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Ends without a word.
    pub(crate) fn silent(code: Code) -> Self {
        Self { code, message: None, hint: None }
    }

    /// The exit that an error means. An error that names no code is one of usage or configuration.
    pub(crate) fn of(error: anyhow::Error) -> Self {
        let pipe = |error: &(dyn std::error::Error + 'static)| {
            error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
        };
        if error.chain().any(pipe) {
            return Self::silent(Code::PipeClosed);
        }
        error.downcast::<Self>().unwrap_or_else(|error| Self::new(Code::Usage, format!("{error:#}")))
    }
}
