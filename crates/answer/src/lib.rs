//! Carries one question to an answer whose every sentence is tied to the notes.
//!
//! Owns the seams [`Generator`], [`Reader`] and [`Entailment`]. Prints nothing, reads no configuration, touches no terminal.

mod ask;
mod bars;
mod cite;
mod conflicts;
mod draft;
mod earlier;
mod entailment;
mod evidence;
pub mod extractive;
mod follow_up;
mod gate;
mod generator;
mod hearsay;
mod kind;
mod marks;
mod nearby;
mod negation;
mod orders;
mod outcome;
mod perturb;
mod prompt;
mod reader;
mod repeat;
mod secrets;
mod signals;
mod step;
mod table;
#[cfg(test)]
mod testing;
mod untold;
pub mod verify;
mod wanted;

pub use ask::{Asker, Question};
pub use bars::Bars;
pub use conflicts::{Conflict, Side, all_conflicts};
pub use earlier::Earlier;
pub use entailment::{Doubt, Entailment, EntailmentError, SecondOpinion};
pub use evidence::Evidence;
pub use extractive::Extractive;
pub use follow_up::{resolve as resolve_follow_up, resolve_all as resolve_follow_ups};
pub use gate::{Gate, Weighed};
pub use generator::{BoxFuture, BoxStream, Delta, Failure, FailureKind, Generator, Prompt, Usage};
pub use index::{Filter, Language, Lead, Lines, Passage, Signal, sanitize, sanitize_line};
pub use nearby::Nearby;
pub use perturb::{Claim, Source, perturb};
pub use prompt::{Budget, prompt};

pub use reader::{Found, ReadError, Reader, Reading, Scores, Token};
pub use secrets::mask as mask_secrets;
pub use step::{
    Answer, Citation, GeneratorInfo, Receipt, Refusal, Retrieval, Sentence, Step, Timings, Verdict,
};
pub use untold::Untold;
