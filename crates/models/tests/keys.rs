//! A key goes to the origin it is for and to nowhere else, and is told nobody: over redirects, proxies, and 200 keys.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use answer::{Generator, Prompt};
use futures_util::StreamExt;
use models::{Endpoint, EndpointOptions, Secret, Timeouts, Wire};

/// A server that says one thing to everybody and remembers every byte it was sent.
struct Recorder {
    url: String,
    heard: Arc<Mutex<String>>,
}

impl Recorder {
    fn new(says: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut bytes = [0; 1 << 16];
                let read = stream.read(&mut bytes).unwrap_or_default();
                ears.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
                let _ = stream.write_all(says.as_bytes());
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

fn says(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn options(wire: Wire, url: &str, key: &str) -> EndpointOptions {
    EndpointOptions {
        wire,
        url: url.into(),
        model: "small".into(),
        api_key: Some(Secret::new(key)),
        temperature: None,
        window: None,
        allow_http: true,
        timeouts: Timeouts::default(),
    }
}

/// Everything that can be read of an endpoint that was asked in every way there is.
async fn all_words(options: EndpointOptions) -> String {
    let endpoint = Endpoint::new(options.clone()).unwrap();
    let prompt = Prompt {
        question: "q".into(),
        system: "s".into(),
        user: "u".into(),
        max_tokens: 64,
        ..Prompt::default()
    };
    let deltas: Vec<_> = endpoint.generate(prompt).collect().await;
    let models = endpoint.models().await;
    let window = endpoint.window().await;
    let (name, model, shown) = (endpoint.name(), endpoint.model(), endpoint.endpoint());
    format!(
        "{deltas:?} {models:?} {window:?} {name} {model:?} {shown:?} {endpoint:?} {options:?} {}",
        endpoint.origin()
    )
}

/// 200 keys, made here: they open nothing.
fn keys() -> impl Iterator<Item = String> {
    (0..200_u64).map(|n| {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
        ["s", "k-", &format!("{noise:016x}{n:04}")].concat()
    })
}

#[tokio::test]
async fn no_key_is_in_any_output() {
    let mut told = 0;
    for (n, key) in keys().enumerate() {
        let wire = Wire::ALL[n % 3];
        let status = [401, 403, 404, 400, 500, 503, 302][n % 7];
        let body = format!("{{\"error\":{{\"message\":\"no model for key {key}\"}}}}");
        let server =
            Recorder::new(says(status, &format!("location: http://127.0.0.1:9/?k={key}\r\n"), &body));
        let words = all_words(options(wire, &server.url, &key)).await;
        assert!(server.heard().contains(&key), "the key was sent to its own server: {}", server.heard());
        told += usize::from(words.contains(&key));
        assert!(!words.contains(&key), "{words}");
    }
    println!("{told} of 200 keys in what was said about them");
}

#[tokio::test]
async fn no_key_follows_a_redirect() {
    let mut cases = 0;
    for wire in Wire::ALL {
        for status in [301, 302, 303, 307, 308] {
            let other = Recorder::new(says(200, "", "{}"));
            let server = Recorder::new(says(status, &format!("location: {}/v1\r\n", other.url), ""));
            all_words(options(wire, &server.url, "k-redirect")).await;
            assert!(server.heard().contains("k-redirect"));
            assert_eq!(other.heard(), "", "{wire:?} {status}");
            cases += 1;
        }
    }
    println!("{cases} redirects, 0 keys at another origin");
}

/// Run by the test below, under proxies that listen.
#[tokio::test]
async fn asked_under_proxies() {
    for wire in Wire::ALL {
        let server = Recorder::new(says(401, "", ""));
        all_words(options(wire, &server.url, "k-proxied")).await;
        assert!(server.heard().contains("k-proxied"));
        for away in ["http://notes.invalid/v1", "https://notes.invalid/v1"] {
            all_words(options(wire, away, "k-proxied")).await;
        }
    }
}

#[test]
fn no_key_reaches_a_proxy() {
    let proxy = Recorder::new(says(502, "", ""));
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["asked_under_proxies", "--exact"])
        .envs(names.map(|name| (name, proxy.url.as_str())))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
    let heard = proxy.heard();
    assert!(!heard.contains("k-proxied"), "{heard}");
    assert!(
        heard.lines().filter(|line| line.contains("HTTP/1.1")).all(|line| line.starts_with("CONNECT ")),
        "{heard}"
    );
}
