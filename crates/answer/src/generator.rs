//! The seam to whatever writes the draft of an answer.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use index::{EmbedError, Passage, SearchError, TermWeights};
use serde::Serialize;

use crate::Evidence;

/// A boxed stream that may outlive its maker. Dropping it cancels the work behind it.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send + 'static>>;

/// A boxed future that borrows from its maker.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a generator is asked to do. Made by a pure function; shown whole by `--show-prompt`.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    /// The question, as asked.
    pub question: String,
    /// The passages in the order of their numbers: the first is `[1]`. Empty only for a question that is asked without
    /// notes, which a generator must say it can answer ([`Generator::answers_alone`]).
    pub passages: Arc<[Passage]>,
    /// The words of the question and how much each weighs.
    pub terms: TermWeights,
    /// What was measured of the passages' sentences before; empty when nothing was.
    pub evidence: Arc<Evidence>,
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
        /// Whether it is an item of a list that is quoted as one: it begins a line of its own.
        item: bool,
    },
    /// Text the model thinks aloud: never part of the draft.
    Thinking(String),
    /// The count of tokens, when the server tells; at most once, near the end.
    Usage(Usage),
    /// The server stopped because `max_tokens` was reached: the draft is cut short.
    Cut,
    /// Nothing comes yet, and why, in a few words: the server loads its model. Each takes the place of the one before.
    Waiting(String),
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

    /// Whether prompts leave this machine.
    fn is_remote(&self) -> bool {
        false
    }

    /// Whether it has something to say without passages: a model has, a quoter of notes has not.
    fn answers_alone(&self) -> bool {
        false
    }

    /// The model's context window in its tokens, prompt and answer together; `None` when nobody tells. May ask the
    /// server.
    fn window(&self) -> BoxFuture<'_, Option<u32>> {
        Box::pin(std::future::ready(None))
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

impl FailureKind {
    /// Whether the notes can be quoted instead: the search went well.
    #[must_use]
    pub fn is_past_search(self) -> bool {
        !matches!(self, Self::Search | Self::Embedding)
    }
}

impl Failure {
    /// The search, or the embedding model behind it, failed.
    pub(crate) fn search(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Search, message: message.into(), hint: None }
    }
}

impl From<EmbedError> for Failure {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::Server { message, hint, .. } => {
                Self { kind: FailureKind::Embedding, message, hint: Some(hint) }
            }
            EmbedError::Failed(_) => Self::search(error.to_string()),
        }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Embed(error) => error.into(),
            error => Self::search(error.to_string()),
        }
    }
}

/// The kinds of failure that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The search failed: the embedding model or the index.
    Search,
    /// The search failed because the server with the embedding model did.
    Embedding,
    /// The endpoint refused in a way that has no kind of its own, or is misconfigured.
    Endpoint,
    /// Nobody answers at the endpoint's address.
    Unreachable,
    /// The server did not get its model loaded in time.
    Loading,
    /// The server wants a key, or another one.
    Unauthorised,
    /// The server does not have the model.
    NoSuchModel,
    /// The prompt is too long for the model. It must not be sent again as it is.
    Overflow {
        /// The prompt's tokens, where the server counts them.
        prompt: Option<u32>,
        /// What the model takes, answer included, where the server tells.
        window: Option<u32>,
    },
    /// The server, or the connection, broke off.
    Broken,
    /// The stream ended before the draft did.
    Early,
    /// The draft is there and has nothing in it.
    Empty,
    /// The server has been silent for too long.
    Silent,
    /// The draft broke off in another way: the partial text stands.
    CutShort,
}
