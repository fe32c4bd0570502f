//! Carries one question to an answer whose every sentence is tied to the notes.
//!
//! Owns the seam [`Generator`]. Prints nothing, reads no configuration, touches no terminal.

mod generator;
mod step;

pub use generator::{BoxStream, Delta, Failure, FailureKind, Generator, Prompt, Usage};
pub use index::{Language, Lines, Passage, Signal, sanitize, sanitize_line};
pub use step::{
    Answer, Citation, GeneratorInfo, Receipt, Refusal, Retrieval, Sentence, Step, Timings, Verdict,
};
