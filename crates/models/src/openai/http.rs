//! Asks the endpoint: one POST, repeated only while the server loads its model.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use answer::{Failure, FailureKind, Prompt};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::place::Place;
use super::refusal::{Complaint, Target};
use super::{OpenAiOptions, Timeouts};

/// An endpoint, ready to be asked.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) target: Target,
    pub(super) timeouts: Timeouts,
    temperature: Option<f64>,
    client: Client,
}

/// The most that is read of a response that is not an answer, in bytes.
const MOST_OF_A_REFUSAL: usize = 1 << 16;

impl Endpoint {
    pub(super) fn new(options: OpenAiOptions) -> Result<Self, Failure> {
        let OpenAiOptions { url, model, api_key, temperature, allow_http, timeouts } = options;
        let misconfigured = |message: String, hint: &str| Failure {
            kind: FailureKind::Endpoint,
            message,
            hint: Some(hint.into()),
        };
        let place = Place::parse(&url, allow_http).map_err(|wrong| misconfigured(wrong.why, wrong.hint))?;
        let key = api_key.filter(|key| !key.is_empty());

        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| {
                misconfigured(
                    "the key for the endpoint has characters in it that cannot be sent".into(),
                    "look at the environment variable that `key_env` under [endpoint] names",
                )
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = client(&place, headers, timeouts).map_err(|error| {
            misconfigured(
                format!("the connection to {} cannot be set up: {}", place.shown, reason(&error)),
                "see that the system's certificates are in place (SSL_CERT_FILE names others)",
            )
        })?;
        Ok(Self { target: Target { place, model, key }, timeouts, temperature, client })
    }

    /// Sends the prompt; gives the response whose body is the draft.
    pub(super) async fn ask(&self, prompt: &Prompt) -> Result<Response, Failure> {
        let give_up = Instant::now() + self.timeouts.loading;
        let mut pause = Duration::from_millis(250);
        let mut limit = "max_tokens";
        loop {
            let response = self.post(self.body(prompt, limit)).await?;
            let status = response.status().as_u16();
            if status == 200 {
                return Ok(response);
            }
            let header = if (300..400).contains(&status) { LOCATION } else { RETRY_AFTER };
            let next =
                response.headers().get(header).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let complaint = Complaint::of(&self.start_of(response).await);
            if status == 503 && complaint.is_loading() && Instant::now() + pause < give_up {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            } else if status == 400 && limit == "max_tokens" && complaint.wants_max_completion_tokens() {
                limit = "max_completion_tokens";
            } else {
                return Err(self.target.refused(status, &complaint, next.as_deref()));
            }
        }
    }

    /// What is posted. `limit` is the name under which the server takes the most tokens of an answer.
    fn body(&self, prompt: &Prompt, limit: &str) -> Value {
        let mut body = json!({
            "model": self.target.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            limit: prompt.max_tokens,
        });
        if let Some(temperature) = self.temperature {
            body["temperature"] = json!(temperature);
        }
        body
    }

    async fn post(&self, body: Value) -> Result<Response, Failure> {
        let request = self.client.post(self.target.place.url.clone()).body(body.to_string());
        match timeout(self.timeouts.first_byte, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.silent(self.timeouts.first_byte, FailureKind::Endpoint)),
        }
    }

    /// The start of a body, as far as it comes within a few seconds.
    async fn start_of(&self, mut response: Response) -> Vec<u8> {
        let mut body = Vec::new();
        let read = async {
            while let Ok(Some(piece)) = response.chunk().await {
                body.extend_from_slice(&piece);
                if body.len() >= MOST_OF_A_REFUSAL {
                    break;
                }
            }
        };
        let _ = timeout(self.timeouts.silence.min(Duration::from_secs(5)), read).await;
        body.truncate(MOST_OF_A_REFUSAL);
        body
    }

    /// Nothing came for `waited`.
    pub(super) fn silent(&self, waited: Duration, kind: FailureKind) -> Failure {
        let key = if kind == FailureKind::CutShort { "silence_seconds" } else { "first_byte_seconds" };
        self.target.failure(
            kind,
            &format!("{} has said nothing for {waited:?}", self.target.place.shown),
            format!("look at the server's log, or raise `{key}` under [endpoint]"),
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
        self.target.failure(FailureKind::Endpoint, &message, hint)
    }

    /// The connection broke while the draft was coming.
    pub(super) fn lost(&self, error: &reqwest::Error, kind: FailureKind) -> Failure {
        let message = format!("the connection to {} broke: {}", self.target.place.shown, reason(error));
        self.target.failure(kind, &message, "look at the server's log, or use `--generator extractive`")
    }
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
    if place.is_local {
        builder = builder.no_proxy();
    }
    // An error means that someone else has chosen a provider already, which is as well.
    let _ = ring::default_provider().install_default();
    if place.url.scheme() == "http"
        && let Some(config) = no_tls()
    {
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
