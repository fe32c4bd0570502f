//! Writes drafts at any endpoint that speaks the `chat/completions` protocol of OpenAI: llama.cpp, Ollama, vLLM,
//! LM Studio, and services on the internet.
//!
//! In reading order: [`OpenAi`] is the generator; `http` asks, `draft` reads the answer as it comes. What they rest
//! on is pure: `place` (an address), `sse` (bytes to events), `chunk` and `think` (events to deltas), `refusal` (what
//! went wrong, in words).

mod chunk;
mod draft;
mod http;
mod place;
mod refusal;
mod secret;
mod sse;
mod think;

use std::sync::Arc;
use std::time::Duration;

use answer::{BoxStream, Delta, Failure, Generator, Prompt};

pub use secret::Secret;

/// Where an endpoint is and how to talk to it.
#[derive(Debug, Clone)]
pub struct OpenAiOptions {
    /// The base address: `http://127.0.0.1:8080`, with or without `/v1`, or the whole path to `chat/completions`.
    pub url: String,
    /// The model's name at the endpoint.
    pub model: String,
    /// Sent to the origin of `url` and to nowhere else.
    pub api_key: Option<Secret>,
    /// How freely the model writes, from 0; the server's own default when `None`.
    pub temperature: Option<f64>,
    /// Allow plain `http` to another machine.
    pub allow_http: bool,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// How long to wait. There is no limit on the whole: a slow model may write for as long as it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the first word: a cold model is read from disk first, and a long prompt is read through.
    pub first_byte: Duration,
    /// For each word after the first.
    pub silence: Duration,
    /// For a server that says that it is loading its model.
    pub loading: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(120),
            silence: Duration::from_secs(60),
            loading: Duration::from_secs(60),
        }
    }
}

/// A generator at an endpoint. Streams must be polled inside a Tokio runtime with I/O and time.
#[derive(Debug)]
pub struct OpenAi {
    endpoint: Arc<http::Endpoint>,
}

impl OpenAi {
    /// Checks the options. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address is none or would carry notes in the clear, or when the key cannot be sent.
    pub fn new(options: OpenAiOptions) -> Result<Self, Failure> {
        Ok(Self { endpoint: Arc::new(http::Endpoint::new(options)?) })
    }

    /// Whether prompts leave this machine.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !self.endpoint.target.place.is_local
    }
}

impl Generator for OpenAi {
    fn name(&self) -> &str {
        "openai"
    }

    fn model(&self) -> Option<&str> {
        Some(&self.endpoint.target.model)
    }

    fn endpoint(&self) -> Option<&str> {
        Some(&self.endpoint.target.place.shown)
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        Box::pin(draft::stream(Arc::clone(&self.endpoint), prompt))
    }
}
