//! Makes sense of what an endpoint says when it does not answer. Pure.

use answer::{Failure, FailureKind};
use serde_json::Value;

use super::chunk::Broken;
use super::place::Place;
use super::secret::Secret;

/// What a server says is wrong, taken from any of the forms servers put it in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Complaint {
    /// One line, fit to be shown; empty when there are no words.
    pub(super) message: String,
    /// Its `type` and its `code`, for comparing only.
    codes: [String; 2],
    /// What the prompt took and what the model takes, in tokens, when the server counts them.
    tokens: Option<(u64, u64)>,
    /// It is a page for a browser.
    is_page: bool,
}

impl Complaint {
    /// Reads the body of a response: JSON, a page, or plain words.
    pub(super) fn of(body: &[u8]) -> Self {
        if let Ok(json) = serde_json::from_slice(body) {
            return Self::of_json(&json);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            return Self { is_page: true, ..Self::default() };
        }
        Self { message: crate::words(text), ..Self::default() }
    }

    /// Reads `{"error": {"message", "type", "code", …}}`, `{"error": "…"}`, `{"message"}` or `{"detail"}`.
    pub(super) fn of_json(json: &Value) -> Self {
        let error = json.get("error").filter(|error| !error.is_null()).unwrap_or(json);
        let text = |name: &str| -> String {
            match error.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            }
        };
        let words = match error {
            Value::String(words) => words.clone(),
            // `status`: what llama.cpp said while it loaded, before it had errors.
            _ => ["message", "detail", "status"]
                .map(text)
                .into_iter()
                .find(|t| !t.is_empty())
                .unwrap_or_default(),
        };
        let number = |name: &str| error.get(name).and_then(Value::as_u64);
        Self {
            message: crate::words(&words),
            codes: [text("type"), text("code")],
            tokens: number("n_prompt_tokens").zip(number("n_ctx")),
            is_page: false,
        }
    }

    fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own == code)
    }

    /// The prompt is longer than the model takes: llama.cpp and OpenAI have a code for it, others only words.
    fn is_overflow(&self) -> bool {
        let message = self.message.to_lowercase();
        self.has_code("exceed_context_size_error")
            || self.has_code("context_length_exceeded")
            || ["maximum context length", "context size", "context window", "context length exceeded"]
                .iter()
                .any(|words| message.contains(words))
    }

    /// The server is there and its model is not ready yet.
    pub(super) fn is_loading(&self) -> bool {
        self.message.to_lowercase().contains("loading")
    }

    /// The server wants the limit under its new name.
    pub(super) fn wants_max_completion_tokens(&self) -> bool {
        self.message.contains("max_completion_tokens")
    }
}

/// Whom a complaint is from.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) model: String,
    pub(super) key: Option<Secret>,
}

/// The other generator needs no endpoint.
const OR: &str = "or use `--generator extractive`";

impl Target {
    /// A failure in words that may hold something of the server's.
    pub(super) fn failure(&self, kind: FailureKind, message: &str, hint: impl Into<String>) -> Failure {
        let hide = |text: &str| self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.hide_in(text));
        Failure { kind, message: hide(message), hint: Some(hide(&hint.into())) }
    }

    fn endpoint(&self, message: &str, hint: impl Into<String>) -> Failure {
        self.failure(FailureKind::Endpoint, message, hint)
    }

    /// What a response with a status other than 200 means. `next` is the header `Location`, or `Retry-After`.
    pub(super) fn refused(&self, status: u16, complaint: &Complaint, next: Option<&str>) -> Failure {
        let url = &self.place.shown;
        let model = crate::words(&self.model);
        let next = next.map(crate::words);
        let says = match complaint {
            Complaint { is_page: true, .. } => ": it sent a web page".into(),
            Complaint { message, .. } if message.is_empty() => String::new(),
            Complaint { message, .. } => format!(": {message}"),
        };
        if complaint.is_overflow() {
            return self.overflow(complaint);
        }
        match status {
            300..=399 => self.endpoint(
                &format!(
                    "{url} sends on to {}, and prompts and keys go to no other place than the one you set",
                    next.as_deref().unwrap_or("another address")
                ),
                "set `url` under [endpoint] to the address that answers itself",
            ),
            401 | 403 => {
                let what = if self.key.is_some() { "refused the key" } else { "wants a key" };
                let hint =
                    "put a valid key into the environment variable that `key_env` under [endpoint] names";
                self.endpoint(&format!("{url} {what} ({status}){says}"), hint)
            }
            404 if complaint.has_code("model_not_found") || names(&complaint.message, "model") => self
                .endpoint(
                    &format!("{url} has no model `{model}` (404){says}"),
                    format!(
                        "set `model` under [endpoint] to one it has (with Ollama: `ollama pull {model}`)"
                    ),
                ),
            404 | 405 => self.endpoint(
                &format!("there is nothing to ask at {url} ({status}){says}"),
                "set `url` under [endpoint] to the base address, which mostly ends with /v1",
            ),
            429 => {
                let wait = match next {
                    Some(n) if n.parse::<u32>().is_ok() => format!("try again after {n} seconds"),
                    Some(date) => format!("try again after {date}"),
                    None => "wait a little".into(),
                };
                self.endpoint(
                    &format!("{url} has had too many requests (429){says}"),
                    format!("{wait}, {OR}"),
                )
            }
            503 if complaint.is_loading() => self.endpoint(
                &format!("{url} is still loading its model (503){says}"),
                format!("wait a little, {OR}"),
            ),
            500..=599 => self.endpoint(
                &format!("{url} failed ({status}){says}"),
                format!("look at the server's log, {OR}"),
            ),
            _ => self.endpoint(
                &format!("{url} refused the request ({status}){says}"),
                "see that `url` and `model` under [endpoint] fit each other",
            ),
        }
    }

    fn overflow(&self, complaint: &Complaint) -> Failure {
        let url = &self.place.shown;
        let message = match complaint.tokens {
            Some((prompt, context)) => format!(
                "the prompt has {prompt} tokens, and the model at {url} takes {context}, the answer included"
            ),
            None => format!("the prompt is too long for the model at {url}: {}", complaint.message),
        };
        let context = complaint.tokens.map_or_else(String::new, |(_, context)| format!(" = {context}"));
        self.endpoint(
            &message,
            format!(
                "set `context{context}` under [endpoint], ask with fewer passages (-k 3), or start the server with a larger context"
            ),
        )
    }

    /// What a response of status 200 that is no stream of words means.
    pub(super) fn no_stream(&self, complaint: &Complaint) -> Failure {
        let url = &self.place.shown;
        let what = if complaint.is_page { "a web page" } else { "something else" };
        self.endpoint(
            &format!("{url} answered with {what} where a stream of words was due"),
            "set `url` under [endpoint] to the base address of the API, which mostly ends with /v1",
        )
    }

    /// What a stream that broke means; `wrote` tells whether some of the draft had come.
    pub(super) fn broken(&self, broken: &Broken, wrote: bool) -> Failure {
        let url = &self.place.shown;
        let kind = if wrote { FailureKind::CutShort } else { FailureKind::Endpoint };
        let log = || format!("look at the server's log, {OR}");
        match broken {
            Broken::Complaint(complaint) if complaint.is_overflow() => {
                Failure { kind, ..self.overflow(complaint) }
            }
            Broken::Complaint(complaint) => {
                let says =
                    if complaint.message.is_empty() { "it does not say why" } else { &complaint.message };
                self.failure(kind, &format!("{url} broke off: {says}"), log())
            }
            Broken::NotAChunk(words) => {
                self.failure(kind, &format!("{url} sent what is no chunk of an answer: {words}"), log())
            }
            Broken::Early => {
                self.failure(kind, &format!("{url} ended early, without the end of the answer"), log())
            }
            Broken::Empty { thought, cut } => {
                let what = if *thought { "thought, but wrote no answer" } else { "wrote an empty answer" };
                let hint = if *cut {
                    "raise `max_tokens` under [endpoint]".to_owned()
                } else {
                    format!("try another model, {OR}")
                };
                self.endpoint(&format!("the model `{}` at {url} {what}", crate::words(&self.model)), hint)
            }
            Broken::Filtered => self.failure(
                kind,
                &format!("{url} held the answer back: its content filter"),
                format!("ask in other words, {OR}"),
            ),
        }
    }
}

fn names(message: &str, word: &str) -> bool {
    message.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|own| own == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(key: Option<&str>) -> Target {
        let place = Place::parse("http://localhost:8080", false).unwrap();
        Target { place, model: "small".into(), key: key.map(Secret::new) }
    }

    fn refused(status: u16, body: &str, next: Option<&str>) -> String {
        let failure = target(None).refused(status, &Complaint::of(body.as_bytes()), next);
        assert_eq!(failure.kind, FailureKind::Endpoint);
        format!("{}\n{}", failure.message, failure.hint.unwrap_or_default())
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let overflow = r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":5321,"n_ctx":4096}}"#;
        insta::assert_snapshot!(refused(400, overflow, None), @r"
        the prompt has 5321 tokens, and the model at http://localhost:8080/v1/chat/completions takes 4096, the answer included
        set `context = 4096` under [endpoint], ask with fewer passages (-k 3), or start the server with a larger context
        ");
        let overflow = r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#;
        insta::assert_snapshot!(refused(400, overflow, None), @r"
        the prompt is too long for the model at http://localhost:8080/v1/chat/completions: This model's maximum context length is 8192 tokens.
        set `context` under [endpoint], ask with fewer passages (-k 3), or start the server with a larger context
        ");
        insta::assert_snapshot!(refused(400, r#"{"error":{"message":"unknown field \u001b[31m"}}"#, None), @r"
        http://localhost:8080/v1/chat/completions refused the request (400): unknown field
        see that `url` and `model` under [endpoint] fit each other
        ");
        insta::assert_snapshot!(refused(401, r#"{"error":{"message":"no key"}}"#, None), @r"
        http://localhost:8080/v1/chat/completions wants a key (401): no key
        put a valid key into the environment variable that `key_env` under [endpoint] names
        ");
        insta::assert_snapshot!(refused(404, r#"{"error":{"message":"model 'small' not found"}}"#, None), @r"
        http://localhost:8080/v1/chat/completions has no model `small` (404): model 'small' not found
        set `model` under [endpoint] to one it has (with Ollama: `ollama pull small`)
        ");
        insta::assert_snapshot!(refused(404, "<!doctype html><title>404</title>", None), @r"
        there is nothing to ask at http://localhost:8080/v1/chat/completions (404): it sent a web page
        set `url` under [endpoint] to the base address, which mostly ends with /v1
        ");
        insta::assert_snapshot!(refused(429, r#"{"error":"slow down"}"#, Some("20")), @r"
        http://localhost:8080/v1/chat/completions has had too many requests (429): slow down
        try again after 20 seconds, or use `--generator extractive`
        ");
        insta::assert_snapshot!(refused(500, "", None), @r"
        http://localhost:8080/v1/chat/completions failed (500)
        look at the server's log, or use `--generator extractive`
        ");
        insta::assert_snapshot!(refused(503, r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#, None), @r"
        http://localhost:8080/v1/chat/completions is still loading its model (503): Loading model
        wait a little, or use `--generator extractive`
        ");
        insta::assert_snapshot!(refused(302, "", Some("https://evil.example/v1")), @r"
        http://localhost:8080/v1/chat/completions sends on to https://evil.example/v1, and prompts and keys go to no other place than the one you set
        set `url` under [endpoint] to the address that answers itself
        ");
        insta::assert_snapshot!(refused(418, r#"{"detail":"a teapot"}"#, None), @r"
        http://localhost:8080/v1/chat/completions refused the request (418): a teapot
        see that `url` and `model` under [endpoint] fit each other
        ");
    }

    #[test]
    fn a_broken_stream_keeps_what_was_written() {
        let check = |broken: Broken, wrote, kind, part: &str| {
            let failure = target(None).broken(&broken, wrote);
            assert_eq!(failure.kind, kind, "{broken:?}");
            assert!(failure.message.contains(part), "{failure:?}");
        };
        let complaint = || Broken::Complaint(Complaint::of(b"{\"error\":{\"message\":\"out of memory\"}}"));
        check(complaint(), true, FailureKind::CutShort, "out of memory");
        check(complaint(), false, FailureKind::Endpoint, "out of memory");
        check(Broken::Early, true, FailureKind::CutShort, "ended early");
        check(Broken::Early, false, FailureKind::Endpoint, "ended early");
        check(Broken::Filtered, true, FailureKind::CutShort, "filter");
        check(Broken::NotAChunk("{".into()), true, FailureKind::CutShort, "no chunk");
        check(Broken::Empty { thought: true, cut: true }, false, FailureKind::Endpoint, "thought");
        let overflow =
            Complaint::of(br#"{"error":{"code":"context_length_exceeded","n_prompt_tokens":9,"n_ctx":8}}"#);
        check(Broken::Complaint(overflow), true, FailureKind::CutShort, "9 tokens");
    }

    #[test]
    fn words_of_the_server_are_tamed() {
        let body = format!("sk-secret \u{1b}[2J\u{202e}{}", "x".repeat(5000));
        let failure = target(Some("sk-secret")).refused(400, &Complaint::of(body.as_bytes()), None);
        assert!(failure.message.contains("[key]") && !failure.message.contains("sk-secret"), "{failure}");
        assert!(!failure.message.contains(['\u{1b}', '\u{202e}']), "{failure}");
        assert!(failure.message.chars().count() < 450, "{failure}");
    }

    #[test]
    fn odd_complaints_are_read_too() {
        let check = |body: &str, expected: &str| assert_eq!(Complaint::of(body.as_bytes()).message, expected);
        check("plain words", "plain words");
        check(r#"{"error":{"message":"a"}}"#, "a");
        check(r#"{"error":"a"}"#, "a");
        check(r#"{"detail":"a"}"#, "a");
        check(r#"{"message":"a","error":null}"#, "a");
        check(r#"{"error":{"message":{"deep":1}}}"#, "");
        check("[]", "");
        check("", "");
        check("<html>", "");
        assert_eq!(Complaint::of(b"\xff\xfe").message, "\u{fffd}\u{fffd}");
    }
}
