//! Carries one question to an answer whose every sentence is tied to the notes.
//!
//! Owns the seam [`Generator`]. Prints nothing, reads no configuration, touches no terminal.

mod cite;
mod draft;
mod follow_up;
mod generator;
mod marks;
mod step;
#[cfg(test)]
mod testing;

pub use generator::{BoxStream, Delta, Failure, FailureKind, Generator, Prompt, Usage};
pub use index::{Language, Lines, Passage, Signal, sanitize, sanitize_line};
pub use step::{
    Answer, Citation, GeneratorInfo, Receipt, Refusal, Retrieval, Sentence, Step, Timings, Verdict,
};
