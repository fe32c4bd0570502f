//! Embedding models at a server that does what servers do, and worse.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use index::{BuildError, BuildReport, BuildRequest, ChunkLimits, EmbedError, Embedder, Index, Progress};
use models::{EndpointOptions, Secret, Served, ServedOptions, Timeouts, Wire};
use serde_json::{Value, json};

/// What is said to the request of this number (from 0) with these texts: a status, header lines, a body.
type Says = dyn Fn(usize, &[String]) -> (u16, &'static str, String) + Send + Sync;

/// The head of a request, in lower case, and its texts.
type Request = (String, Vec<String>);

/// A server that embeds a text as the counts of its letters, unless it is told to say something else.
struct Letters {
    url: String,
    /// All requests, in order.
    heard: Arc<Mutex<Vec<Request>>>,
}

impl Letters {
    fn new(says: Box<Says>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some((head, texts)) = request(&mut stream) else { continue };
                // What it tells of itself is not counted.
                let (status, headers, body) = if head.starts_with("get ") {
                    (404, "", String::new())
                } else {
                    let number = ears.lock().unwrap().len();
                    ears.lock().unwrap().push((head, texts.clone()));
                    says(number, &texts)
                };
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { url, heard }
    }

    /// One that does its work.
    fn sound() -> Self {
        Self::new(Box::new(|_, texts| (200, "", openai(texts))))
    }

    /// All texts that were embedded, but the one it is opened with.
    fn texts(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().skip(1).flat_map(|(_, texts)| texts.clone()).collect()
    }

    fn served(&self, wire: Wire) -> ServedOptions {
        ServedOptions {
            endpoint: EndpointOptions {
                wire,
                url: self.url.clone(),
                model: "letters".into(),
                api_key: Some(Secret::new("k-51ab")),
                temperature: None,
                window: None,
                allow_http: false,
                timeouts: Timeouts {
                    first_byte: Duration::from_millis(500),
                    silence: Duration::from_millis(500),
                    loading: Duration::from_millis(1500),
                    ..Timeouts::default()
                },
            },
            question_prefix: "q: ".into(),
            passage_prefix: "p: ".into(),
            stopped: || false,
        }
    }

    fn open(&self) -> Result<Box<dyn Embedder>, EmbedError> {
        Served::new(self.served(Wire::OpenAi)).unwrap().open()
    }
}

/// Reads a request.
fn request(stream: &mut TcpStream) -> Option<Request> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    Some((head, serde_json::from_value(body["input"].clone()).unwrap_or_default()))
}

fn letters(text: &str) -> Vec<u32> {
    let mut counts = vec![1; 26];
    text.bytes().filter(u8::is_ascii_lowercase).for_each(|byte| counts[usize::from(byte - b'a')] += 9);
    counts
}

/// OpenAI's way to say it, the last text first.
fn openai(texts: &[String]) -> String {
    let entry = |(at, text): (usize, &String)| json!({ "index": at, "embedding": letters(text) });
    json!({ "data": texts.iter().enumerate().map(entry).rev().collect::<Vec<_>>() }).to_string()
}

#[test]
fn both_dialects_embed_in_order() {
    let check = |wire, path: &str, says: Box<Says>| {
        let server = Letters::new(says);
        let model = Served::new(server.served(wire)).unwrap().open().unwrap();
        assert_eq!(
            (model.dimension(), model.id()),
            (27, format!("{} letters 27 q:/p: +0.40", wire.name()).as_str())
        );
        let texts: Vec<String> = (0..70).map(|n| format!("{}{n}", ["ab", "cd", "ef"][n % 3])).collect();
        let vectors = model.embed_passages(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!((vectors.len(), &vectors[0], &vectors[1]), (70, &vectors[3], &vectors[4]));
        assert_ne!(vectors[0], vectors[1]);
        for vector in &vectors {
            assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        }
        model.embed_question("ab").unwrap();
        let heard = server.heard.lock().unwrap();
        let counts: Vec<usize> = heard.iter().map(|(_, texts)| texts.len()).collect();
        assert_eq!(counts, [8, 32, 32, 6, 1]);
        assert_eq!((heard[1].1[0].as_str(), heard[4].1[0].as_str()), ("p: ab0", "q: ab"));
        for (head, _) in heard.iter() {
            assert!(head.starts_with(&format!("post {path} http/1.1")), "{head}");
            assert!(head.contains("authorization: bearer k-51ab\r\n"), "{head}");
        }
    };
    check(Wire::OpenAi, "/v1/embeddings", Box::new(|_, texts| (200, "", openai(texts))));
    let ollama = |_, texts: &[String]| {
        let vectors: Vec<_> = texts.iter().map(|text| letters(text)).collect();
        (200, "", json!({ "model": "letters", "embeddings": vectors }).to_string())
    };
    check(Wire::Ollama, "/api/embed", Box::new(ollama));
    let none = Served::new(Letters::sound().served(Wire::Anthropic)).unwrap_err();
    assert!(none.message.contains("has no embeddings"), "{none}");
}

#[test]
fn each_way_to_fail_is_told() {
    let check = |status, headers: &'static str, body: &str, part: &str, advice: &str| {
        let body = body.to_owned();
        let server = Letters::new(Box::new(move |_, _| (status, headers, body.clone())));
        let Err(EmbedError::Server { message, hint, .. }) = server.open().map(drop) else {
            panic!("{status} {part}");
        };
        assert!(message.contains(part) && message.contains(&server.url), "{message}");
        assert!(hint.contains(advice) && !hint.contains("[endpoint]"), "{hint}");
        assert!(!message.contains("k-51ab") && !hint.contains("k-51ab"), "{message} {hint}");
    };
    check(401, "", r#"{"error":"bad key k-51ab"}"#, "refused the key (401): bad key [key]", "[embedding]");
    check(404, "", r#"{"error":"model \"letters\" not found"}"#, "no model `letters`", "ollama pull letters");
    check(404, "", "<html>", "nothing to ask", "[embedding]");
    check(500, "", "boom", "failed (500): boom", "endpoint = \"none\"");
    check(501, "", r#"{"error":"no embeddings"}"#, "gives no embeddings", "--embeddings");
    check(301, "location: http://127.0.0.1:9/\r\n", "", "sends on to", "[embedding]");
    check(200, "content-type: text/html\r\n", "<html>", "a web page where vectors were due", "/v1");
    check(200, "", "{}", "of no use: it holds no vectors", "embedding model");
    check(200, "", r#"{"data":[{"index":0,"embedding":[0,1]}]}"#, "1 vectors for 8 texts", "embedding model");
    let flat: Vec<_> = (0..8).map(|index| json!({ "index": index, "embedding": [0, 0] })).collect();
    check(200, "", &json!({ "data": flat }).to_string(), "no length", "embedding model");
    check(429, "retry-after: 3600\r\n", "", "too many requests", "after 3600 seconds");

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut options = Letters::sound().served(Wire::OpenAi);
    options.endpoint.url = format!("http://{nobody}");
    let error = Served::new(options.clone()).unwrap().open().map(drop).unwrap_err();
    assert!(error.to_string().contains("cannot reach"), "{error}");
    options.endpoint.url = "http://notes.example/v1".into();
    assert!(Served::new(options).unwrap_err().message.contains("plain http"));
}

#[test]
fn a_silent_server_and_an_endless_one_are_given_up() {
    let check = |says: &'static [u8], forever: bool, part: &str| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut options = Letters::sound().served(Wire::OpenAi);
        options.endpoint.url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            request(&mut stream);
            stream.write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n").unwrap();
            while stream.write_all(says).is_ok() && forever {}
            let _ = stream.read(&mut [0]);
        });
        let error = Served::new(options).unwrap().open().map(drop).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    };
    check(b"{\"data\":[", false, "has said nothing");
    check(&[b' '; 1 << 16], true, "sent more than");
}

#[test]
fn the_server_may_take_fewer_or_shorter_texts() {
    let texts: Vec<String> =
        (0..40).map(|n| format!("text {n} ").repeat(if n == 7 { 200 } else { 2 })).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let whole = Letters::sound().open().unwrap().embed_passages(&texts).unwrap();

    let few = Letters::new(Box::new(|_, texts| match texts.len() {
        ..=10 => (200, "", openai(texts)),
        _ => (
            400,
            "",
            r#"{"error":{"message":"batch size is invalid, it should not be larger than 10"}}"#.into(),
        ),
    }));
    assert_eq!(few.open().unwrap().embed_passages(&texts).unwrap(), whole);
    let most = few.heard.lock().unwrap().iter().skip(3).map(|(_, texts)| texts.len()).max();
    assert_eq!(most, Some(8), "asked once too often for 32, once for 16");

    let short = Letters::new(Box::new(|_, texts| match texts.iter().map(String::len).max() {
        Some(..=800) => (200, "", openai(texts)),
        _ => (500, "", r#"{"error":{"message":"input (900 tokens) is too large to process"}}"#.into()),
    }));
    let vectors = short.open().unwrap().embed_passages(&texts).unwrap();
    let differ: Vec<usize> = (0..40).filter(|&n| vectors[n] != whole[n]).collect();
    assert!(differ.is_empty() || differ == [7], "only the long text is cut: {differ:?}");

    let never = Letters::new(Box::new(|n, texts| match n {
        0 => (200, "", openai(texts)),
        _ => (500, "", r#"{"error":{"message":"input is too large to process"}}"#.into()),
    }));
    let error = never.open().unwrap().embed_passages(&texts[..1]).unwrap_err();
    assert!(error.to_string().contains("too large"), "{error}");
}

#[test]
fn a_model_that_is_being_loaded_is_waited_for_and_a_question_waits_a_little() {
    let loading = r#"{"error":{"message":"Loading model"}}"#;
    let server = Letters::new(Box::new(move |n, texts| match n {
        0 => (503, "", loading.into()),
        2 => (429, "retry-after: 0\r\n", String::new()),
        _ => (200, "", openai(texts)),
    }));
    let model = server.open().unwrap();
    model.embed_question("ab").unwrap();
    assert_eq!(server.heard.lock().unwrap().len(), 4);

    let server = Letters::new(Box::new(|n, texts| match n {
        0 => (200, "", openai(texts)),
        _ => (429, "retry-after: 3600\r\n", String::new()),
    }));
    let error = server.open().unwrap().embed_question("ab").unwrap_err();
    assert!(matches!(error, EmbedError::Server { again: Some(again), .. } if again.as_secs() == 3600));
}

#[test]
fn it_can_be_asked_from_within_a_runtime_and_stopped() {
    let server = Letters::sound();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { server.open().unwrap().embed_question("ab").unwrap() });

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = server.served(Wire::OpenAi);
    options.endpoint.url = format!("http://{}", silent.local_addr().unwrap());
    options.endpoint.timeouts = Timeouts::default();
    options.stopped = || true;
    let error = Served::new(options).unwrap().open().map(drop).unwrap_err();
    assert!(error.to_string().contains("interrupted"), "{error}");
}

#[test]
fn tokens_are_counted_with_the_bundled_tokenizer() {
    let model = Letters::sound().open().unwrap();
    let check = |text: &str, low, high| {
        let count = model.count(text);
        assert!((low..=high).contains(&count), "{count}: {text}");
    };
    check("", 0, 0);
    check("Grouped-query attention shares heads.", 6, 16);
    check("分组查询注意力共享键头。", 5, 14);
    check(&"word ".repeat(1000), 900, 1100);
}

fn note(n: usize) -> String {
    format!("# Note {n}\n\nThe {n}th of these notes says that item {n} weighs {} grams.\n", n * 7)
}

fn build(folder: &Path, model: &dyn Embedder, heard: &mut Vec<Progress>) -> Result<BuildReport, BuildError> {
    let request = BuildRequest {
        notes_dir: folder.join("notes"),
        index_dir: folder.join("index"),
        limits: ChunkLimits::default(),
        rebuild: false,
        leave_out: vec!["private/**".into()],
    };
    index::build(&request, model, &mut |progress| {
        heard.push(progress);
        ControlFlow::Continue(())
    })
}

#[test]
fn a_build_waits_when_told_to_and_goes_on_where_it_broke_off() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("notes/private")).unwrap();
    (0..50).for_each(|n| std::fs::write(folder.path().join(format!("notes/{n:02}.md")), note(n)).unwrap());
    std::fs::write(folder.path().join("notes/private/diary.md"), "Dear diary, nobody reads this.").unwrap();

    // Of 50 texts, 16 at a time: opened, 16, too soon, 16, then it breaks.
    let server = Letters::new(Box::new(|n, texts| match n {
        2 => (429, "retry-after: 1\r\n", String::new()),
        4 => (500, "", "boom".into()),
        _ => (200, "", openai(texts)),
    }));
    let model = server.open().unwrap();
    let mut heard = Vec::new();
    let error = build(folder.path(), model.as_ref(), &mut heard).unwrap_err();
    assert!(matches!(error, BuildError::Embed(EmbedError::Server { .. })), "{error}");
    assert!(heard.contains(&Progress::Waiting { seconds: 1 }), "{heard:?}");

    let report = build(folder.path(), model.as_ref(), &mut heard).unwrap();
    assert_eq!((report.embedded, report.notes, report.left_out), (18, 50, 1), "32 came from the journal");
    let mut texts = server.texts();
    assert_eq!(texts.len(), 50 + 16 + 16, "16 were sent twice for the 429, and 16 for the 500");
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 50);
    assert!(!texts.iter().any(|text| text.contains("diary")), "what is left out is not sent");

    // Another model does not search it, and says what to do.
    let other = Letters::new(Box::new(|_, texts| {
        let vectors: Vec<_> = texts.iter().map(|text| letters(text)[..20].to_vec()).collect();
        (200, "", json!({ "embeddings": vectors }).to_string())
    }));
    let other = other.open().unwrap();
    let stale = Index::open(&folder.path().join("index"), other.as_ref()).map(drop).unwrap_err().to_string();
    assert!(
        stale.contains("letters 27") && stale.contains("letters 21") && stale.contains("footnote index"),
        "{stale}"
    );
    assert!(Index::open(&folder.path().join("index"), model.as_ref()).is_ok());
}
