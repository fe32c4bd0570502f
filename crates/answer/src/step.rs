//! What happens on the way from a question to an answer, as a closed enum. Both faces of the program, the one-shot
//! command and the screen, consume these and nothing else.

use std::sync::Arc;

use index::{Lines, Passage};
use serde::Serialize;

use crate::{Conflict, Failure, Untold, Usage};

/// One step of answering one question. In order: `Retrieved` once; then `Declined`, or `Prompted` (again where the prompt was too long), `Delta`, `Thinking`, `Cited`
/// and `Sentence` as they come and `Answered` (or `Declined`); or `Failed` at any point, after which nothing follows. Sentences repeat
/// what the deltas before them said, checked: a screen replaces the one by the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The search is done.
    Retrieved(Retrieval),
    /// The prompt is made and about to be sent.
    Prompted {
        /// The orders.
        system: String,
        /// The passages and the question.
        user: String,
    },
    /// The notes do not say: no model was called, or nothing it wrote holds.
    Declined(Box<Refusal>),
    /// A piece of the draft, unverified.
    Delta(String),
    /// A piece of what the model thinks aloud.
    Thinking(String),
    /// Nothing comes yet, and why. Each takes the place of the one before; anything else ends it.
    Waiting(String),
    /// Something the user should know about the question's way, one line. At any time before the last step.
    Warning(String),
    /// A footnote that the sentence after it is the first to carry; or one that came before, whose quote now reaches as far
    /// as that sentence.
    Cited(Citation),
    /// One whole sentence of the draft, looked at.
    Sentence(Sentence),
    /// The answer. Last.
    Answered(Box<Answer>),
    /// It did not work. Last. What was written so far is in `partial`.
    Failed {
        /// Why.
        failure: Failure,
        /// The answer as far as it came, if any of it was written.
        partial: Option<Box<Answer>>,
    },
}

/// What the search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    /// What was searched for: the question, or what a follow-up was understood to mean.
    pub searched: String,
    /// Best first; `[1]` is the first. What a follow-up takes along from the answer before stands behind them.
    pub passages: Arc<[Passage]>,
    /// Milliseconds from the question to here.
    pub elapsed_ms: u64,
}

/// What the program found out about a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The cited lines say it.
    Supported,
    /// The cited lines say part of it.
    Partly,
    /// No passage says it.
    Unsupported,
    /// A passage says the contrary.
    Contradicted,
    /// Not looked at.
    NotChecked,
}

/// A sentence of an answer and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sentence {
    /// Its text, without marks.
    pub text: String,
    /// Whether the notes support it.
    pub verdict: Verdict,
    /// How sure the verdict is, 0 to 1; 0 when not checked.
    pub confidence: f32,
    /// Numbers of the citations, in order, each of which is in [`Answer::citations`].
    pub citations: Vec<u32>,
    /// Whether the model named other passages, or named some where none supports it.
    pub corrected: bool,
    /// Who was asked where the program itself was not sure; none where the verdict is the program's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_by: Option<String>,
    /// What stands between the sentence before and this one: a space, a line break, a list bullet.
    #[serde(skip)]
    pub lead: String,
}

/// A footnote: the lines a sentence rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Citation {
    /// The number in the answer's marks: from 1, in the order in which the answer first needs them. Equal lines share
    /// a number.
    pub n: u32,
    /// The passage it was found in, by rank.
    pub passage: u32,
    /// The note.
    pub path: String,
    /// The lines of the quote, not of the whole passage.
    #[serde(flatten, with = "flat_lines")]
    pub lines: Lines,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// The words of the note, as they stand there.
    pub quote: String,
}

pub(crate) mod flat_lines {
    use super::Lines;
    use serde::ser::{SerializeMap, Serializer};

    pub(crate) fn serialize<S: Serializer>(lines: &Lines, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry("line_start", &lines.start)?;
        map.serialize_entry("line_end", &lines.end)?;
        map.end()
    }
}

/// A finished answer: made only by this crate, from checked sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text with marks: `GQA shares heads. [1]`
    pub text: String,
    /// Its sentences, in order.
    pub sentences: Vec<Sentence>,
    /// What the marks mean, by number.
    pub citations: Vec<Citation>,
    /// Where the passages contradict each other: shown beside the answer, whichever side it took.
    pub conflicts: Vec<Conflict>,
    /// What the question wants and the answer does not seem to tell.
    pub untold: Option<Untold>,
    /// Whether it broke off before its end.
    pub cut_short: bool,
    /// Who wrote the draft.
    pub generator: GeneratorInfo,
    /// What was sent.
    pub receipt: Receipt,
    /// How long it took.
    pub timings: Timings,
}

/// What the notes do say, when they do not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why, in one line.
    pub reason: String,
    /// The nearest passages, best first.
    pub nearest: Arc<[Passage]>,
    /// Who would have written, or wrote, the draft.
    pub generator: GeneratorInfo,
    /// How long it took.
    pub timings: Timings,
}

/// Who wrote a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneratorInfo {
    /// `extractive`, `openai`.
    pub name: String,
    /// The model, where there is one.
    pub model: Option<String>,
    /// Where prompts go, without secrets; none when nothing leaves the program.
    pub endpoint: Option<String>,
}

/// What was sent to the generator, and what was left out for space.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Receipt {
    /// Numbers of the passages in the prompt.
    pub sent: Vec<u32>,
    /// Numbers of the passages that did not fit.
    pub dropped: Vec<u32>,
    /// Numbers of the passages that stayed on this machine, their notes being private.
    pub private: Vec<u32>,
    /// Numbers of the passages that were sent because the answer before cited them: they were not found for this question.
    pub carried: Vec<u32>,
    /// The question before, where it was sent along with a follow-up: as it was sent.
    pub earlier: Option<String>,
    /// How many keys, tokens and passwords were masked.
    pub masked: u32,
    /// Sentences that another checker was asked about, with the lines that bear them best.
    pub asked_about: u32,
    /// Numbers of the passages that give the model orders.
    pub orders: Vec<u32>,
    /// The context window that the prompt was packed for, in tokens.
    pub window: u32,
    /// The prompt was too long, and was packed again, smaller.
    pub repacked: bool,
    /// The server counted clearly fewer tokens than were sent: it has cut the prompt.
    pub cut_by_server: bool,
    /// The model said the same again and again, and was stopped.
    pub repeated: bool,
    /// Our own estimate of the prompt's tokens.
    pub estimated_tokens: u32,
    /// What the server counted, where it tells.
    pub usage: Option<Usage>,
}

/// Milliseconds, each from the question on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Timings {
    /// Until the passages were there.
    pub search: u64,
    /// Until the first piece of the draft; none when nothing was written.
    pub first_token: Option<u64>,
    /// Until the end.
    pub total: u64,
}
