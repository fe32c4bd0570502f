//! Makes sense of what an endpoint says when it does not answer. Pure.

use answer::{Failure, FailureKind};

use super::place::Place;
use super::secret::Secret;
use crate::wire::{Broken, Complaint};

/// Whom a complaint is from.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(super) purpose: Purpose,
    pub(crate) place: Place,
    pub(crate) model: String,
    pub(super) key: Option<Secret>,
}

/// What a server is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Drafts,
    Vectors,
}

/// The other generator needs no endpoint.
const OR: &str = "or use `--generator extractive`";

impl Purpose {
    /// Advice as it is given for drafts, with the names of the settings that hold for this.
    pub(super) fn advice(self, hint: &str) -> String {
        match self {
            Self::Drafts => hint.to_owned(),
            Self::Vectors => hint
                .replace("[endpoint]", "[embedding]")
                .replace("use `--generator extractive`", "set `endpoint = \"none\"` under [embedding]"),
        }
    }
}

impl Target {
    /// A failure in words that may hold something of the server's.
    pub(crate) fn failure(&self, kind: FailureKind, message: &str, hint: impl Into<String>) -> Failure {
        let hide = |text: &str| self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.hide_in(text));
        Failure { kind, message: hide(message), hint: Some(hide(&self.purpose.advice(&hint.into()))) }
    }

    fn endpoint(&self, message: &str, hint: impl Into<String>) -> Failure {
        self.failure(FailureKind::Endpoint, message, hint)
    }

    /// The server does not have the model. `there`: the ones it has, as far as it tells.
    pub(crate) fn no_such_model(&self, complaint: &Complaint, there: &[String]) -> Failure {
        const MOST: usize = 8;
        let (url, model) = (&self.place.shown, crate::words(&self.model));
        let says = says(complaint);
        let mut names: Vec<String> = there.iter().take(MOST).map(|name| crate::words(name)).collect();
        if there.len() > MOST {
            names.push(format!("and {} more", there.len() - MOST));
        }
        let hint = match names.as_slice() {
            [] => format!("set `model` under [endpoint] to one it has (with Ollama: `ollama pull {model}`)"),
            names => format!("set `model` under [endpoint] to one it has: {}", names.join(", ")),
        };
        self.failure(FailureKind::NoSuchModel, &format!("{url} has no model `{model}` (404){says}"), hint)
    }

    /// What a response with a status other than 200 means. `next` is the header `Location`, or `Retry-After`.
    pub(crate) fn refused(&self, status: u16, complaint: &Complaint, next: Option<&str>) -> Failure {
        let url = &self.place.shown;
        let next = next.map(crate::words);
        let says = says(complaint);
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
                self.failure(FailureKind::Unauthorised, &format!("{url} {what} ({status}){says}"), hint)
            }
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
            503 if complaint.is_loading() => self.failure(
                FailureKind::Loading,
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
        let (prompt, window) = complaint.tokens.unzip();
        self.failure(
            FailureKind::Overflow { prompt, window },
            &message,
            format!(
                "set `context{context}` under [endpoint], ask with fewer passages (-k 3), or start the server with a larger context"
            ),
        )
    }

    /// What a response of status 200 that is not what was asked for means.
    pub(crate) fn no_stream(&self, complaint: &Complaint) -> Failure {
        let url = &self.place.shown;
        let what = if complaint.is_page { "a web page" } else { "something else" };
        let due = match self.purpose {
            Purpose::Drafts => "a stream of words was",
            Purpose::Vectors => "vectors were",
        };
        self.endpoint(
            &format!("{url} answered with {what} where {due} due"),
            "set `url` under [endpoint] to the base address of the API, which mostly ends with /v1",
        )
    }

    /// What a stream that broke means.
    pub(crate) fn broken(&self, broken: &Broken) -> Failure {
        let url = &self.place.shown;
        let log = || format!("look at the server's log, {OR}");
        let broke = |what: &str| self.failure(FailureKind::Broken, &format!("{url} {what}"), log());
        match broken {
            Broken::Complaint(complaint) if complaint.is_overflow() => self.overflow(complaint),
            Broken::Complaint(Complaint { message, .. }) if message.is_empty() => {
                broke("broke off: it does not say why")
            }
            Broken::Complaint(complaint) => broke(&format!("broke off: {}", complaint.message)),
            Broken::Foreign(words) => broke(&format!("sent what is no piece of an answer: {words}")),
            Broken::Endless => broke("sent more than any answer is long"),
            Broken::Early => {
                let message = format!("{url} ended early, without the end of the answer");
                self.failure(FailureKind::Early, &message, log())
            }
            Broken::Empty { thought, cut } => {
                let what = if *thought { "thought, but wrote no answer" } else { "wrote an empty answer" };
                let hint = match cut {
                    true => "raise `max_tokens` under [endpoint]".to_owned(),
                    false => format!("try another model, {OR}"),
                };
                let message = format!("the model `{}` at {url} {what}", crate::words(&self.model));
                self.failure(FailureKind::Empty, &message, hint)
            }
            Broken::Filtered => self.failure(
                FailureKind::Broken,
                &format!("{url} held the answer back: its content filter"),
                format!("ask in other words, {OR}"),
            ),
        }
    }
}

/// The server's words, to stand behind a message.
fn says(complaint: &Complaint) -> String {
    match complaint {
        Complaint { is_page: true, .. } => ": it sent a web page".into(),
        Complaint { message, .. } if message.is_empty() => String::new(),
        Complaint { message, .. } => format!(": {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(key: Option<&str>) -> Target {
        let place = Place::parse(crate::wire::Wire::OpenAi, "http://localhost:8080", false).unwrap();
        Target { purpose: Purpose::Drafts, place, model: "small".into(), key: key.map(Secret::new) }
    }

    fn refused(status: u16, body: &str, next: Option<&str>) -> String {
        let failure = target(None).refused(status, &Complaint::of(body.as_bytes()), next);
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
    fn a_broken_stream_is_told_in_its_kind() {
        let check = |broken: Broken, kind, part: &str| {
            let failure = target(None).broken(&broken);
            assert_eq!(failure.kind, kind, "{broken:?}");
            assert!(failure.message.contains(part), "{failure:?}");
        };
        let complaint = |body: &str| Broken::Complaint(Complaint::of(body.as_bytes()));
        check(complaint(r#"{"error":{"message":"out of memory"}}"#), FailureKind::Broken, "out of memory");
        check(complaint("{}"), FailureKind::Broken, "does not say why");
        check(Broken::Early, FailureKind::Early, "ended early");
        check(Broken::Filtered, FailureKind::Broken, "filter");
        check(Broken::Foreign("{".into()), FailureKind::Broken, "no piece");
        check(Broken::Endless, FailureKind::Broken, "more than any answer");
        check(Broken::Empty { thought: true, cut: true }, FailureKind::Empty, "thought");
        let numbers = r#"{"error":{"code":"context_length_exceeded","n_prompt_tokens":9,"n_ctx":8}}"#;
        let overflow = FailureKind::Overflow { prompt: Some(9), window: Some(8) };
        check(complaint(numbers), overflow, "9 tokens");
        let none = FailureKind::Overflow { prompt: None, window: None };
        check(complaint("prompt is too long: 9 tokens > 8 maximum"), none, "too long");
    }

    #[test]
    fn advice_names_the_settings_that_hold() {
        let check = |hint: &str, expected: &str| assert_eq!(Purpose::Vectors.advice(hint), expected);
        check("set `url` under [endpoint]", "set `url` under [embedding]");
        check(
            "wait, or use `--generator extractive`",
            "wait, or set `endpoint = \"none\"` under [embedding]",
        );
        assert_eq!(Purpose::Drafts.advice("[endpoint]"), "[endpoint]");
    }

    #[test]
    fn the_models_there_are_are_named() {
        let check = |there: &[&str], part: &str| {
            let there: Vec<String> = there.iter().map(ToString::to_string).collect();
            let failure = target(None).no_such_model(&Complaint::default(), &there);
            assert_eq!(failure.kind, FailureKind::NoSuchModel);
            let hint = failure.hint.unwrap_or_default();
            assert!(failure.message.contains("no model `small`") && hint.contains(part), "{hint}");
        };
        check(&[], "ollama pull small");
        check(&["qwen3:8b", "a\u{1b}[2Jb"], "one it has: qwen3:8b, ab");
        check(&["m"; 10], "m, and 2 more");
    }

    #[test]
    fn words_of_the_server_are_tamed() {
        let body = format!("sk-secret \u{1b}[2J\u{202e}{}", "x".repeat(5000));
        let failure = target(Some("sk-secret")).refused(400, &Complaint::of(body.as_bytes()), None);
        assert!(failure.message.contains("[key]") && !failure.message.contains("sk-secret"), "{failure}");
        assert!(!failure.message.contains(['\u{1b}', '\u{202e}']), "{failure}");
        assert!(failure.message.chars().count() < 450, "{failure}");
    }
}
