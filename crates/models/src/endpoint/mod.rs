//! Writes drafts at an endpoint: a model server on this machine or elsewhere. (`embed::server` asks one for vectors.)
//!
//! In reading order: [`Endpoint`] is the generator; `http` asks, `draft` reads the answer as it comes, `window` learns
//! what the model takes, `doubt` asks it whether a passage says a claim, `discover` finds servers on this machine. What they rest on is pure: `place` (an address),
//! `refusal` (what went wrong, in words), and the dialects in `wire`.

mod discover;
mod doubt;
mod draft;
mod http;
mod place;
mod refusal;
mod secret;
mod window;

use std::sync::Arc;
use std::time::Duration;

use answer::{BoxFuture, BoxStream, Delta, Entailment, Failure, Generator, Prompt};

use crate::Wire;

pub use discover::{Found, discover};
pub(crate) use http::{Refused, Server};
pub(crate) use refusal::Purpose;
pub use secret::Secret;

/// Where an endpoint is and how to talk to it.
#[derive(Debug, Clone)]
pub struct EndpointOptions {
    /// The dialect it speaks.
    pub wire: Wire,
    /// The base address: `http://127.0.0.1:8080`, with or without `/v1`, or the whole path that prompts are posted to.
    pub url: String,
    /// The model's name at the endpoint.
    pub model: String,
    /// Sent to the origin of `url` and to nowhere else.
    pub api_key: Option<Secret>,
    /// How freely the model writes, from 0; the server's own default when `None`.
    pub temperature: Option<f64>,
    /// The context window in tokens, where the user set it; Ollama is told of it.
    pub window: Option<u32>,
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
    /// For each word after the first. Signs of life without a word do not count.
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
            loading: Duration::from_secs(120),
        }
    }
}

/// A generator at an endpoint. Streams must be polled inside a Tokio runtime with I/O and time.
#[derive(Debug, Clone)]
pub struct Endpoint {
    server: Arc<http::Server>,
}

impl Endpoint {
    /// Checks the options. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address is none or would carry notes in the clear, or when the key cannot be sent.
    pub fn new(options: EndpointOptions) -> Result<Self, Failure> {
        Ok(Self { server: Arc::new(http::Server::new(options, Purpose::Drafts)?) })
    }

    /// `https://host:port`: what a key and a consent are bound to.
    #[must_use]
    pub fn origin(&self) -> String {
        self.server.target.place.origin()
    }

    /// The same model as a checker: asked yes or no about sentences that it, or another, wrote. It is asked at temperature
    /// 0 and for a few tokens, and where the dialect tells, by how likely its first word is.
    #[must_use]
    pub fn checker(&self) -> Arc<dyn Entailment> {
        Arc::new(doubt::Doubter(Arc::clone(&self.server)))
    }

    /// The names of the models that the server has.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses to tell.
    pub async fn models(&self) -> Result<Vec<String>, Failure> {
        self.server.models().await
    }
}

impl Generator for Endpoint {
    fn name(&self) -> &str {
        self.server.wire.name()
    }

    fn model(&self) -> Option<&str> {
        Some(&self.server.target.model)
    }

    fn endpoint(&self) -> Option<&str> {
        Some(&self.server.target.place.shown)
    }

    fn is_remote(&self) -> bool {
        !self.server.target.place.is_local
    }

    fn answers_alone(&self) -> bool {
        true
    }

    fn window(&self) -> BoxFuture<'_, Option<u32>> {
        Box::pin(self.server.window())
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        Box::pin(draft::stream(Arc::clone(&self.server), prompt))
    }
}
