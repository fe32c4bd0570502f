//! Asks the server: one request, one response.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use answer::{Failure, FailureKind};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use rustls::crypto::ring;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::place::Place;
use super::refusal::{Purpose, Target};
use super::{EndpointOptions, Secret, Timeouts};
use crate::wire::{Broken, Complaint, Wire};

/// A server, ready to be asked.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) wire: Wire,
    pub(crate) target: Target,
    pub(super) timeouts: Timeouts,
    pub(super) temperature: Option<f64>,
    /// The context window that the user set.
    pub(super) set_window: Option<u32>,
    /// The context window, once it is known.
    pub(super) window: OnceCell<u32>,
    client: Client,
}

/// A response that is no answer.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) complaint: Complaint,
    /// The header `Location`, or `Retry-After`.
    pub(crate) next: Option<String>,
}

/// The most that is read of a response that is not an answer, in bytes.
const MOST_OF_A_REFUSAL: usize = 1 << 16;
/// The most that is read of what a server says about itself, in bytes.
const MOST_OF_FACTS: usize = 4_000_000;
/// How long a server may take to say something about itself.
const FACTS: Duration = Duration::from_secs(3);

impl Server {
    /// Checks the options. Connects to nothing yet.
    pub(crate) fn new(options: EndpointOptions, purpose: Purpose) -> Result<Self, Failure> {
        let EndpointOptions { wire, url, model, api_key, temperature, window, allow_http, timeouts } =
            options;
        let misconfigured = |message: String, hint: &str| Failure {
            kind: FailureKind::Endpoint,
            message,
            hint: Some(purpose.advice(hint)),
        };
        let place =
            Place::parse(wire, &url, allow_http).map_err(|wrong| misconfigured(wrong.why, wrong.hint))?;
        let place = match (purpose, wire.vectors_path()) {
            (Purpose::Vectors, Some(path)) => place.posting_to(path),
            _ => place,
        };
        let key = api_key.filter(|key| !key.is_empty());
        let headers = headers(wire, key.as_ref()).ok_or_else(|| {
            misconfigured(
                "the key for the endpoint has characters in it that cannot be sent".into(),
                "look at what `key_env`, `key_file` or `key_command` under [endpoint] names",
            )
        })?;
        let client = client(&place, headers, timeouts).map_err(|error| {
            misconfigured(
                format!("the connection to {} cannot be set up: {}", place.shown, reason(&error)),
                "see that the system's certificates are in place (SSL_CERT_FILE names others)",
            )
        })?;
        let target = Target { purpose, place, model, key };
        let server =
            Self { wire, target, timeouts, temperature, set_window: window, window: OnceCell::new(), client };
        Ok(server)
    }

    /// Posts to `url`; the response, if it is one with status 200.
    ///
    /// # Errors
    /// When no response comes.
    pub(crate) async fn post(&self, url: Url, body: &Value) -> Result<Result<Response, Refused>, Failure> {
        let request = self.client.post(url).body(body.to_string());
        let response = self.send(request, self.timeouts.first_byte).await?;
        if response.status() == 200 { Ok(Ok(response)) } else { Ok(Err(self.refused(response).await)) }
    }

    /// The whole of a response, as JSON. No piece of it may be late by more than the silence that is allowed.
    ///
    /// # Errors
    /// When it breaks off, is longer than `most` bytes, or is no JSON.
    pub(crate) async fn whole(&self, mut response: Response, most: usize) -> Result<Value, Failure> {
        let mut body = Vec::new();
        let patience = self.timeouts.silence;
        loop {
            match timeout(patience, response.chunk()).await {
                Ok(Ok(Some(piece))) if body.len() + piece.len() > most => {
                    return Err(self.target.broken(&Broken::Endless));
                }
                Ok(Ok(Some(piece))) => body.extend_from_slice(&piece),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(self.lost(&error)),
                Err(_) => return Err(self.silent(patience, true)),
            }
        }
        serde_json::from_slice(&body).map_err(|_| self.target.no_stream(&Complaint::of(&body)))
    }

    /// The response, whatever its status.
    async fn send(&self, request: RequestBuilder, patience: Duration) -> Result<Response, Failure> {
        match timeout(patience, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.silent(patience, false)),
        }
    }

    async fn refused(&self, response: Response) -> Refused {
        let status = response.status().as_u16();
        let header = if (300..400).contains(&status) { LOCATION } else { RETRY_AFTER };
        let next = response.headers().get(header).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let patience = self.timeouts.silence.min(Duration::from_secs(5));
        Refused {
            status,
            complaint: Complaint::of(&start_of(response, MOST_OF_A_REFUSAL, patience).await),
            next,
        }
    }

    /// What the server says about itself at `url`: asked with a body where there is one.
    ///
    /// # Errors
    /// When it cannot be reached, or says no.
    pub(crate) async fn facts(&self, url: Url, body: Option<Value>) -> Result<Value, Failure> {
        let request = match body {
            Some(body) => self.client.post(url).body(body.to_string()),
            None => self.client.get(url),
        };
        let response = self.send(request, FACTS).await?;
        if response.status() != 200 {
            let Refused { status, complaint, next } = self.refused(response).await;
            return Err(self.target.refused(status, &complaint, next.as_deref()));
        }
        Ok(serde_json::from_slice(&start_of(response, MOST_OF_FACTS, FACTS).await).unwrap_or_default())
    }

    /// Nothing came for `waited`; `begun`: after something had come.
    pub(super) fn silent(&self, waited: Duration, begun: bool) -> Failure {
        let key = if begun { "silence_seconds" } else { "first_byte_seconds" };
        self.target.failure(
            FailureKind::Silent,
            &format!("{} has said nothing for {waited:?}", self.target.place.shown),
            format!("look at the server's log, or raise `endpoint.{key}`"),
        )
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let url = &self.target.place.shown;
        let message = format!("cannot reach {url}: {}", reason(error));
        let hint = if self.target.place.is_local {
            "is the server running? Start it (`ollama serve`, `llama-server -m MODEL`), or use `--generator extractive`"
        } else {
            "see that `url` under [endpoint] is right and the network is up, or use `--generator extractive`"
        };
        self.target.failure(FailureKind::Unreachable, &message, hint)
    }

    /// The connection broke while the draft was coming.
    pub(super) fn lost(&self, error: &reqwest::Error) -> Failure {
        let message = format!("the connection to {} broke: {}", self.target.place.shown, reason(error));
        let hint = "look at the server's log, or use `--generator extractive`";
        self.target.failure(FailureKind::Broken, &message, hint)
    }
}

/// The start of a body, as far as it comes in time.
async fn start_of(mut response: Response, most: usize, patience: Duration) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece);
            if body.len() >= most {
                break;
            }
        }
    };
    let _ = timeout(patience, read).await;
    body.truncate(most);
    body
}

/// The headers of every request; none when the key cannot stand in one.
fn headers(wire: Wire, key: Option<&Secret>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("text/event-stream, application/x-ndjson, application/json"),
    );
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if wire == Wire::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if let Some(key) = key {
        let (name, text) = match wire {
            Wire::Anthropic => (HeaderName::from_static("x-api-key"), key.reveal().to_owned()),
            Wire::OpenAi | Wire::Ollama => (AUTHORIZATION, format!("Bearer {}", key.reveal())),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(headers)
}

fn client(place: &Place, headers: HeaderMap, timeouts: Timeouts) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .default_headers(headers)
        .user_agent(concat!("footnote/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(timeouts.connect)
        // A connection that idled between two questions may be gone; a new one costs nothing beside an answer.
        .pool_max_idle_per_host(0);
    let plain = place.url.scheme() == "http";
    if place.is_local || plain {
        // A proxy would read what is not encrypted, the key too; through an encrypted tunnel it reads nothing.
        builder = builder.no_proxy();
    }
    // An error means that someone else has chosen a provider already, which is as well.
    let _ = ring::default_provider().install_default();
    if plain && let Some(config) = no_tls() {
        // Nothing here is ever encrypted, so the system's certificates, which may be missing, are not read.
        builder = builder.tls_backend_preconfigured(config);
    }
    builder.build()
}

/// A TLS configuration that trusts nobody.
fn no_tls() -> Option<rustls::ClientConfig> {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?;
    Some(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// The innermost cause, which is the one that tells something, without the address.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no connection within the time allowed".into();
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    crate::words(&cause.to_string())
}
