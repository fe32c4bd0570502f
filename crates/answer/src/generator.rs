//! The seam to whatever writes the draft of an answer.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use index::{Passage, TermWeights};
use serde::Serialize;

/// A boxed stream that may outlive its maker. Dropping it cancels the work behind it.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send + 'static>>;

/// What a generator is asked to do. Made by a pure function; shown whole by `--show-prompt`.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// The question, as asked.
    pub question: String,
    /// The passages in the order of their numbers: the first is `[1]`. Never empty.
    pub passages: Arc<[Passage]>,
    /// The words of the question and how much each weighs.
    pub terms: TermWeights,
    /// The orders: use the passages only, cite, say so when they do not tell.
    pub system: String,
    /// The passages, fenced and numbered, and the question.
    pub user: String,
    /// The most tokens the answer may take.
    pub max_tokens: u32,
}

/// A piece of what a generator sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// Text of the draft, with the model's own marks in it.
    Text(String),
    /// A sentence of a passage, word for word: how the extractive generator answers. It needs no marks and no check.
    Quote {
        /// The number of the passage, from 1.
        passage: u32,
        /// The bytes of [`Passage::text`] that are quoted.
        span: Range<usize>,
    },
    /// Text the model thinks aloud: never part of the draft.
    Thinking(String),
    /// The count of tokens, when the server tells; at most once, near the end.
    Usage(Usage),
    /// The server stopped because `max_tokens` was reached: the draft is cut short.
    Cut,
}

/// What the server says it counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens of the draft.
    pub completion_tokens: u32,
}

/// Writes drafts.
pub trait Generator: Send + Sync {
    /// What is shown as its name: `extractive`, `openai`.
    fn name(&self) -> &str;

    /// The model's name, where there is one.
    fn model(&self) -> Option<&str> {
        None
    }

    /// The endpoint that prompts are sent to, without secrets; `None` when nothing is sent anywhere.
    fn endpoint(&self) -> Option<&str> {
        None
    }

    /// Writes a draft, piece by piece. The stream ends after the last piece or the first error; dropping it cancels.
    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>>;
}

/// Why there is no (whole) answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure, for exit codes and for what to offer next.
    pub kind: FailureKind,
    /// One line: what happened, naming the file, the key or the endpoint. Already sanitised.
    pub message: String,
    /// What to do next, one line.
    pub hint: Option<String>,
}

impl Failure {
    /// The search, or the embedding model behind it, failed.
    pub(crate) fn search(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Search, message: message.into(), hint: None }
    }
}

/// The kinds of failure that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The search failed: the embedding model or the index.
    Search,
    /// The endpoint could not be reached, refused, or is misconfigured. Nothing was written.
    Endpoint,
    /// The draft broke off: the partial text stands.
    CutShort,
}
