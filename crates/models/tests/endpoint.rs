//! The endpoint's generator against a server that does what servers do.
#![allow(clippy::unwrap_used, dead_code, reason = "a test; it shares the fake server with others")]

mod fake;

use std::time::Duration;

use answer::{Delta, Failure, FailureKind, Generator, Prompt, Usage};
use fake::{Act, Seen, Server, event, response, stop, stream_head, text};
use futures_util::StreamExt;
use models::{Endpoint, EndpointOptions, Secret, Timeouts, Wire};

fn options(url: &str) -> EndpointOptions {
    EndpointOptions {
        wire: Wire::OpenAi,
        url: url.into(),
        model: "small".into(),
        api_key: None,
        temperature: Some(0.25),
        window: None,
        allow_http: false,
        timeouts: Timeouts::default(),
    }
}

fn prompt() -> Prompt {
    Prompt {
        question: "What is GQA?".into(),
        system: "Be brief.".into(),
        user: "What is GQA?".into(),
        max_tokens: 64,
        ..Prompt::default()
    }
}

/// All deltas, and how it ended.
async fn draft(options: EndpointOptions) -> (Vec<Delta>, Result<(), Failure>) {
    let mut stream = Endpoint::new(options).unwrap().generate(prompt());
    let mut deltas = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(delta) => deltas.push(delta),
            Err(failure) => {
                assert!(stream.next().await.is_none(), "something follows a failure");
                return (deltas, Err(failure));
            }
        }
    }
    (deltas, Ok(()))
}

/// The failure of a draft of which this much came.
async fn failure(options: EndpointOptions, text: &str) -> Failure {
    let (deltas, end) = draft(options).await;
    let expected: Vec<Delta> =
        Some(text).filter(|text| !text.is_empty()).map(|text| Delta::Text(text.into())).into_iter().collect();
    assert_eq!(deltas, expected);
    end.unwrap_err()
}

fn t(text: &str) -> Delta {
    Delta::Text(text.into())
}

#[tokio::test]
async fn a_whole_draft() {
    let server = Server::new(vec![vec![
        stream_head(),
        Act::Say(b": keep-alive\n\n".into()),
        event(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#),
        event(r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#),
        text("GQA 分"),
        text("组。"),
        stop(),
        event(r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#),
        event("[DONE]"),
        // Nobody waits for the server to hang up.
        Act::WaitForClose,
    ]]);
    let (deltas, end) = draft(options(&server.url)).await;
    assert_eq!(end, Ok(()));
    let usage = Delta::Usage(Usage { prompt_tokens: 7, completion_tokens: 3 });
    assert_eq!(deltas, [Delta::Thinking("hm".into()), t("GQA 分"), t("组。"), usage]);

    let request = server.request();
    assert!(request.head.starts_with("post /v1/chat/completions http/1.1\r\n"), "{}", request.head);
    assert!(!request.head.contains("authorization"), "no key, no header");
    assert_eq!(
        request.body,
        serde_json::json!({
            "model": "small",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "What is GQA?" },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "max_tokens": 64,
            "temperature": 0.25,
        })
    );
    closed(server).await;
}

#[tokio::test]
async fn characters_survive_any_cut() {
    let whole = "data: {\"choices\":[{\"delta\":{\"content\":\"分组查询\"}}]}\r\n\r\n";
    let mut script = vec![stream_head()];
    script.extend(whole.bytes().map(|byte| Act::Say(vec![byte])));
    script.push(stop());
    let server = Server::new(vec![script]);
    assert_eq!(draft(options(&server.url)).await, (vec![t("分组查询")], Ok(())));
}

#[tokio::test]
async fn a_server_that_does_not_stream() {
    let json = "content-type: application/json\r\n";
    let whole = r#"{"choices":[{"message":{"content":"All."},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#;
    let server = Server::new(vec![
        vec![response(200, json, whole)],
        vec![response(200, json, r#"{"error":{"message":"out of memory"}}"#)],
        vec![response(200, json, r#"{"version":"1"}"#)],
        vec![response(200, json, "")],
        vec![response(200, "content-type: text/html\r\n", "<html>Welcome</html>")],
        vec![response(200, "", "nothing of the kind")],
    ]);
    let (deltas, end) = draft(options(&server.url)).await;
    assert_eq!((deltas.len(), deltas.first(), end), (2, Some(&t("All.")), Ok(())));
    for (part, kind) in [
        ("out of memory", FailureKind::Broken),
        ("something else", FailureKind::Endpoint),
        ("something else", FailureKind::Endpoint),
        ("a web page", FailureKind::Endpoint),
        ("ended early", FailureKind::Early),
    ] {
        let failure = failure(options(&server.url), "").await;
        assert_eq!(failure.kind, kind);
        assert!(failure.message.contains(part), "{failure}");
        assert!(failure.message.contains(&server.url), "{failure}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let check = async |status, headers: &str, body: &str, part: &str, hint: &str| {
        let server = Server::new(vec![vec![response(status, headers, body)]]);
        let failure = failure(options(&server.url), "").await;
        assert_ne!(failure.kind, FailureKind::CutShort);
        assert!(failure.message.contains(part), "{failure}");
        assert!(failure.message.contains(&server.url), "{failure}");
        assert!(failure.hint.as_ref().is_some_and(|text| text.contains(hint)), "{failure:?}");
    };
    let overflow = r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":5321,"n_ctx":4096}}"#;
    check(400, "", overflow, "5321 tokens", "context = 4096").await;
    check(401, "", r#"{"error":"who?"}"#, "wants a key (401): who?", "key_env").await;
    check(403, "", "", "wants a key (403)", "key_env").await;
    check(404, "", r#"{"error":{"message":"model not found"}}"#, "no model `small`", "ollama pull small")
        .await;
    check(404, "", "<html>", "nothing to ask", "/v1").await;
    check(429, "retry-after: 7\r\n", "", "too many requests", "after 7 seconds").await;
    check(500, "", "boom", "failed (500): boom", "log").await;
    check(502, "", "<html>", "failed (502): it sent a web page", "log").await;
    check(503, "", r#"{"error":{"message":"no slot"}}"#, "failed (503): no slot", "log").await;
    check(204, "", "", "refused the request (204)", "url").await;
    check(
        200,
        "content-type: text/event-stream\r\n",
        "data: {\"error\":\"cuda\"}\n\n",
        "broke off: cuda",
        "log",
    )
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::new(vec![vec![response(200, "", "")]]);
    for status in [301, 302, 307, 308] {
        let server =
            Server::new(vec![vec![response(status, &format!("location: {}/v1\r\n", other.url), "")]]);
        let options = EndpointOptions { api_key: Some(Secret::new("sk-1")), ..options(&server.url) };
        let failure = failure(options, "").await;
        assert!(failure.message.contains(&server.url) && failure.message.contains(&other.url), "{failure}");
    }
    assert!(other.is_untouched());
}

#[tokio::test]
async fn the_key_is_sent_and_not_told() {
    let server =
        Server::new(vec![vec![response(401, "", r#"{"error":{"message":"bad key sk-topsecret"}}"#)]]);
    let options = EndpointOptions { api_key: Some(Secret::new("sk-topsecret\n")), ..options(&server.url) };
    let generator = Endpoint::new(options.clone()).unwrap();
    assert!(!format!("{generator:?} {options:?}").contains("topsecret"));
    let failure = failure(options, "").await;
    assert!(failure.message.contains("refused the key (401): bad key [key]"), "{failure}");
    assert!(server.request().head.contains("authorization: bearer sk-topsecret\r\n"));

    let bad = EndpointOptions { api_key: Some(Secret::new("a\nb")), ..self::options(&server.url) };
    assert!(Endpoint::new(bad).unwrap_err().message.contains("cannot be sent"));
}

#[tokio::test]
async fn a_loading_model_is_waited_for() {
    let loading = || vec![response(503, "", r#"{"error":{"message":"Loading model","code":503}}"#)];
    let server = Server::new(vec![loading(), loading(), vec![stream_head(), text("a"), stop()]]);
    let (deltas, end) = draft(options(&server.url)).await;
    assert_eq!((deltas.last(), end), (Some(&t("a")), Ok(())));
    let waits =
        deltas.iter().filter(|delta| matches!(delta, Delta::Waiting(what) if what.contains(" s at most")));
    assert_eq!(waits.count(), 2, "{deltas:?}");

    let server = Server::new((0..50).map(|_| loading()).collect());
    let timeouts = Timeouts { loading: Duration::from_millis(600), ..Timeouts::default() };
    let (_, end) = draft(EndpointOptions { timeouts, ..options(&server.url) }).await;
    let failure = end.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Loading);
    assert!(failure.message.contains("still loading its model"), "{failure}");
}

#[tokio::test]
async fn the_limit_is_sent_under_the_name_the_server_wants() {
    let wants = r#"{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}}"#;
    let server = Server::new(vec![vec![response(400, "", wants)], vec![stream_head(), text("a"), stop()]]);
    assert_eq!(draft(options(&server.url)).await, (vec![t("a")], Ok(())));
    assert_eq!(server.request().body["max_tokens"], 64);
    let second = server.request().body;
    assert_eq!(
        (&second["max_completion_tokens"], &second["max_tokens"]),
        (&64.into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn silence_has_an_end() {
    let brief = Duration::from_millis(200);
    let slow = |url: &str| EndpointOptions {
        timeouts: Timeouts { first_byte: brief, silence: brief, ..Timeouts::default() },
        ..options(url)
    };
    for script in [vec![], vec![stream_head()], vec![stream_head(), Act::Say(b": still here\n\n".into())]] {
        let script = script.into_iter().chain([Act::WaitForClose]).collect();
        let server = Server::new(vec![script]);
        let failure = failure(slow(&server.url), "").await;
        assert_eq!(failure.kind, FailureKind::Silent);
        assert!(failure.message.contains("said nothing for 200ms"), "{failure}");
        assert!(failure.hint.unwrap().contains("first_byte_seconds"));
        server.request();
        closed(server).await;
    }
    let server = Server::new(vec![vec![stream_head(), text("a"), Act::WaitForClose]]);
    let failure = failure(slow(&server.url), "a").await;
    assert_eq!(failure.kind, FailureKind::Silent);
    assert!(failure.hint.unwrap().contains("silence_seconds"));
}

#[tokio::test]
async fn a_draft_that_breaks_off_keeps_its_text() {
    let check = async |end: Vec<Act>, part: &str| {
        let script = [stream_head(), text("a")].into_iter().chain(end).collect();
        let server = Server::new(vec![script]);
        let failure = failure(options(&server.url), "a").await;
        assert!(matches!(failure.kind, FailureKind::Broken | FailureKind::Early), "{failure}");
        assert!(failure.message.contains(part), "{failure}");
    };
    check(vec![], "ended early").await;
    check(vec![Act::Say(b"data: {\"cho".into())], "no piece").await;
    check(vec![event("<html>")], "no piece").await;
    check(vec![event(r#"{"error":{"message":"slot \u001b[31mlost"}}"#)], "slot ").await;
    check(vec![Act::Say(b"event: error\ndata: overloaded\n\n".into())], "overloaded").await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_told() {
    // With a length announced, the client knows that something is missing.
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n";
    let server = Server::new(vec![vec![Act::Say(head.to_vec()), text("a")]]);
    let failure = failure(options(&server.url), "a").await;
    assert_eq!(failure.kind, FailureKind::Broken);
    assert!(failure.message.contains("broke"), "{failure}");

    let server = Server::new(vec![vec![Act::Reset]]);
    let failure = self::failure(options(&server.url), "").await;
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.message.contains("cannot reach"), "{failure}");
}

#[tokio::test]
async fn an_answer_is_whole_once_the_server_says_why_it_stopped() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n";
    let server = Server::new(vec![
        vec![stream_head(), text("a"), stop()],
        vec![Act::Say(head.to_vec()), text("a"), stop()],
        vec![stream_head(), text("a"), stop(), Act::WaitForClose],
        vec![stream_head(), text("a"), event("[DONE]"), Act::WaitForClose],
    ]);
    for _ in 0..4 {
        assert_eq!(draft(options(&server.url)).await, (vec![t("a")], Ok(())));
    }
}

#[tokio::test]
async fn nothing_is_no_answer() {
    let cut = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let server = Server::new(vec![vec![stream_head(), stop()], vec![stream_head(), event(cut)]]);
    let empty = failure(options(&server.url), "").await;
    assert!(empty.message.contains("`small`") && empty.message.contains("empty answer"), "{empty}");
    let (deltas, end) = draft(options(&server.url)).await;
    assert_eq!(deltas, [Delta::Cut]);
    assert!(end.unwrap_err().hint.unwrap().contains("max_tokens"));
}

#[tokio::test]
async fn dropping_the_stream_hangs_up() {
    // Before the server has said a word.
    let server =
        Server::new(vec![vec![Act::WaitForClose], vec![stream_head(), text("a"), Act::WaitForClose]]);
    let generator = Endpoint::new(options(&server.url)).unwrap();
    let mut stream = generator.generate(prompt());
    assert!(tokio::time::timeout(Duration::from_millis(200), stream.next()).await.is_err());
    server.request();
    drop(stream);
    let server = closed(server).await;

    // In the middle of a word.
    let mut stream = generator.generate(prompt());
    assert_eq!(stream.next().await, Some(Ok(t("a"))));
    server.request();
    drop(stream);
    closed(server).await;
}

/// Waits, without holding the runtime up, until the server has seen the connection close.
async fn closed(server: Server) -> Server {
    let wait = move || {
        assert!(matches!(server.seen(), Seen::Closed));
        server
    };
    tokio::task::spawn_blocking(wait).await.unwrap()
}

#[tokio::test]
async fn nobody_home() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let refused = failure(options(&url), "").await;
    assert_eq!(refused.kind, FailureKind::Unreachable);
    assert!(refused.message.contains(&url), "{refused}");
    let hint = refused.hint.unwrap();
    assert!(hint.contains("is the server running?") && hint.contains("--generator extractive"), "{hint}");

    let nowhere = failure(options("https://nowhere.invalid/v1"), "").await;
    assert!(nowhere.message.contains("nowhere.invalid"), "{nowhere}");
}

#[tokio::test]
async fn plain_http_stays_at_home() {
    let away = Endpoint::new(options("http://notes.example/v1")).unwrap_err();
    assert_eq!(away.kind, FailureKind::Endpoint);
    assert!(away.hint.unwrap().contains("allow_http"));
    assert!(
        Endpoint::new(EndpointOptions { allow_http: true, ..options("http://notes.example/v1") }).is_ok()
    );
}

/// Runs another test of this file again, under a proxy that does not exist.
#[test]
fn no_proxy_is_asked_for_this_machine() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["a_whole_draft", "--exact"])
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9")))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}
