//! Checkers of sentences: a network in a folder, for real, and a model at a server that does what servers do. ONNX Runtime is
//! fetched on the first run.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a test; it shares files with others"
)]

mod cache;
mod fake;
mod tiny;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use answer::{Doubt, Entailment, EntailmentError};
use fake::{Act, Seen, Server, response};
use models::{Endpoint, EndpointOptions, RuntimeOptions, Secret, Timeouts, Wire, open_entailment};
use tiny::{LABELS, TOKENIZER, network};

fn doubt(passage: &str, claim: &str) -> Doubt {
    Doubt { claim: claim.into(), question: "is it so".into(), passage: passage.into() }
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| std::fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

fn open(folder: &Path) -> Result<Arc<dyn Entailment>, String> {
    let options = RuntimeOptions { cache_dir: cache::dir(), ..RuntimeOptions::default() };
    open_entailment(folder, &options, &mut |message| println!("{message}")).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_network_in_a_folder_is_read_by_its_labels() {
    let check = async |numbers: usize, config: &str, claim: &str, expected: f32| {
        let (network, config) = (network(numbers), config.as_bytes());
        let files = [("model.onnx", &network[..]), ("config.json", config), ("tokenizer.json", TOKENIZER)];
        let folder = folder(&files);
        let checker = open(folder.path()).unwrap();
        assert!(!checker.is_remote() && !checker.waits_for_the_draft());
        // What the passage says must not be taken for the claim's.
        let found = checker.entails(doubt("yes no yes no", claim)).await.unwrap();
        assert!(
            (found - expected).abs() < 0.01,
            "{found}, not {expected}: {claim} {}",
            String::from_utf8_lossy(config)
        );
    };
    check(3, LABELS, "yes", 1.0).await;
    check(3, LABELS, "no", 0.0).await;
    check(3, LABELS, "maybe", 0.33).await;
    check(3, r#"{"id2label":{"0":"ENTAILMENT","1":"NEUTRAL","2":"CONTRADICTION"}}"#, "yes", 0.0).await;
    check(1, "{}", "yes", 1.0).await;
    check(1, "{}", "no", 0.0).await;
    check(1, "{}", "maybe", 0.5).await;
    // What is too long is cut, and neither side is cut away.
    check(3, LABELS, &"no ".repeat(2000), 0.0).await;
}

#[test]
fn a_folder_that_will_not_do_is_told_of_when_it_is_opened() {
    let (good, one) = (network(3), network(1));
    let check = |files: &[(&str, &[u8])], expected: &str| {
        let folder = folder(files);
        let why = open(folder.path()).err().unwrap();
        assert!(why.contains("checker") && why.contains(expected), "{why}, not {expected}");
    };
    let all = |model, config: &'static str, tokenizer| {
        [("model.onnx", model), ("config.json", config.as_bytes()), ("tokenizer.json", tokenizer)]
    };
    check(&[], "model.onnx");
    check(&[("model.onnx", &good)], "tokenizer.json");
    check(&[("model.onnx", &good), ("tokenizer.json", TOKENIZER)], "config.json");
    check(&all(&good, "{}", TOKENIZER), "3 numbers");
    check(&all(&one, LABELS, TOKENIZER), "1 numbers for the 3 labels");
    check(&all(&good, r#"{"id2label":{"0":"LABEL_0","1":"LABEL_1"}}"#, TOKENIZER), "LABEL_1");
    check(&all(&good, "none", TOKENIZER), "no JSON");
    check(&all(&good, LABELS, b"{}"), "tokenizer.json");
    check(&all(b"no network", LABELS, TOKENIZER), "does not load");
    check(&all(&good[..good.len() / 2], LABELS, TOKENIZER), "does not load");
}

fn options(wire: Wire, url: &str) -> EndpointOptions {
    EndpointOptions {
        wire,
        url: url.into(),
        model: "small".into(),
        api_key: Some(Secret::new("sk-12345678")),
        temperature: Some(0.7),
        window: None,
        allow_http: false,
        timeouts: Timeouts { silence: Duration::from_millis(200), ..Timeouts::default() },
    }
}

async fn asked(wire: Wire, server: &Server) -> Result<f32, EntailmentError> {
    let checker = Endpoint::new(options(wire, &server.url)).unwrap().checker();
    assert!(checker.waits_for_the_draft() && !checker.is_remote() && checker.name() == "small");
    checker.entails(doubt("GQA shares heads.", "Heads are shared.")).await
}

/// A whole answer, as JSON.
fn says(body: &str) -> Vec<Act> {
    vec![response(200, "content-type: application/json\r\n", body)]
}

const YES: &str = r#"{"choices":[{"message":{"content":"yes"},"finish_reason":"stop","logprobs":{"content":[{"token":"yes",
    "top_logprobs":[{"token":"yes","logprob":-0.1053605},{"token":"no","logprob":-2.302585}]}]}}]}"#;

#[tokio::test]
async fn a_model_is_asked_in_a_few_words() {
    let server = Server::new(vec![says(YES)]);
    let found = asked(Wire::OpenAi, &server).await.unwrap();
    assert!((found - 0.9).abs() < 1e-3, "{found}");
    let request = server.request();
    assert!(request.head.contains("sk-12345678"));
    let body = request.body;
    assert_eq!((&body["temperature"], &body["stream"]), (&serde_json::json!(0.0), &serde_json::json!(false)));
    assert!(body["max_tokens"].as_u64().unwrap() < 20 && body["logprobs"] == true, "{body}");
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(user.contains("GQA shares heads.") && user.contains("Heads are shared.") && user.contains("<<<"));
}

#[tokio::test]
async fn every_dialect_can_be_asked() {
    for (wire, body, expected) in [
        (
            Wire::Ollama,
            r#"{"message":{"role":"assistant","content":"No."},"done":true,"done_reason":"stop"}"#,
            0.15,
        ),
        (
            Wire::Anthropic,
            r#"{"type":"message","content":[{"type":"text","text":"Yes"}],"stop_reason":"end_turn"}"#,
            0.85,
        ),
    ] {
        let found = asked(wire, &Server::new(vec![says(body)])).await.unwrap();
        assert!((found - expected).abs() < 1e-3, "{wire:?} {found}");
    }
}

#[tokio::test]
async fn what_a_server_does_not_know_is_left_out() {
    let no = |what: &str| vec![response(400, "", &format!(r#"{{"error":{{"message":"{what}"}}}}"#))];
    let server = Server::new(vec![no("temperature is not supported"), no("unknown field"), says(YES)]);
    assert!(asked(Wire::OpenAi, &server).await.is_ok());
    let bodies = [server.request().body, server.request().body, server.request().body];
    assert!(bodies[0].get("temperature").is_some() && bodies[1].get("temperature").is_none());
    assert!(bodies[1].get("logprobs").is_some() && bodies[2].get("logprobs").is_none());
}

#[tokio::test]
async fn what_is_no_answer_is_an_error() {
    let check = async |acts: Vec<Act>, expected: &str| {
        let error = asked(Wire::OpenAi, &Server::new(vec![acts])).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, not {expected}");
        assert!(!error.contains("sk-12345678"), "{error}");
    };
    let message = |text: &str| {
        format!(r#"{{"choices":[{{"message":{{"content":"{text}"}},"finish_reason":"length"}}]}}"#)
    };
    check(says(&message("maybe")), "but `maybe`").await;
    check(says(&message("<think>Well, sk-1234")), "thinks first").await;
    check(says(&message("")), "neither").await;
    check(says("hello"), "").await;
    check(says(r#"{"error":{"message":"out of memory"}}"#), "out of memory").await;
    check(vec![response(401, "", r#"{"error":{"message":"wrong key sk-12345678"}}"#)], "401").await;
    check(vec![response(500, "", "boom")], "boom").await;
    check(vec![Act::Reset], "").await;
    check(
        vec![Act::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".into()), Act::WaitForClose],
        "said nothing",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_no_longer_hangs_up() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec();
    let server = Server::new(vec![vec![Act::Say(head), Act::WaitForClose]]);
    let mut options = options(Wire::OpenAi, &server.url);
    options.timeouts.silence = Duration::from_secs(60);
    let checker = Endpoint::new(options).unwrap().checker();
    let asked = checker.entails(doubt("a", "b"));
    assert!(tokio::time::timeout(Duration::from_millis(300), asked).await.is_err());
    server.request();
    assert!(matches!(server.seen(), Seen::Closed));
}
