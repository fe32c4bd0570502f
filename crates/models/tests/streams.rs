//! All three dialects from a server that does what servers do, and worse: the same text for every split, the right kind
//! of failure each time, and memory within bounds.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a test; it shares the fake server with others"
)]

mod fake;

use std::time::Duration;

use answer::{Delta, Failure, FailureKind, Generator, Prompt};
use fake::{Act, Server, response};
use futures_util::StreamExt;
use models::{Endpoint, EndpointOptions, Secret, Timeouts, Wire};

fn endpoint(wire: Wire, url: &str) -> Endpoint {
    let brief = Duration::from_millis(300);
    Endpoint::new(EndpointOptions {
        wire,
        url: url.into(),
        model: "small".into(),
        api_key: Some(Secret::new("k-3f9a")),
        temperature: None,
        window: None,
        allow_http: false,
        timeouts: Timeouts { first_byte: brief, silence: brief, loading: brief, ..Timeouts::default() },
    })
    .unwrap()
}

/// The text of the draft, and how it ended.
async fn draft(wire: Wire, script: Vec<Act>) -> (String, Result<(), Failure>) {
    let server = Server::new(vec![script]);
    let prompt = Prompt {
        question: "q".into(),
        system: "s".into(),
        user: "u".into(),
        max_tokens: 64,
        ..Prompt::default()
    };
    let mut stream = endpoint(wire, &server.url).generate(prompt);
    let mut text = String::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(Delta::Text(piece)) => text.push_str(&piece),
            Ok(_) => {}
            Err(failure) => {
                assert!(!format!("{failure:?}").contains("k-3f9a"), "{failure:?}");
                return (text, Err(failure));
            }
        }
    }
    (text, Ok(()))
}

fn head(wire: Wire) -> Act {
    let kind = if wire == Wire::Ollama { "application/x-ndjson" } else { "text/event-stream" };
    Act::Say(format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n").into())
}

/// A piece of a draft, and what ends it.
fn piece(wire: Wire, text: &str) -> String {
    let text = serde_json::Value::from(text);
    match wire {
        Wire::OpenAi => format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{text}}}}}]}}\n\n"),
        Wire::Ollama => format!("{{\"message\":{{\"content\":{text}}},\"done\":false}}\n"),
        Wire::Anthropic => {
            format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"delta\":{{\"text\":{text}}}}}\n\n"
            )
        }
    }
}

fn end(wire: Wire) -> &'static str {
    match wire {
        Wire::OpenAi => {
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":null}\n\ndata: [DONE]\n\n"
        }
        Wire::Ollama => "{\"done\":true,\"done_reason\":\"stop\"}\n",
        Wire::Anthropic => {
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n"
        }
    }
}

fn error(wire: Wire) -> &'static str {
    match wire {
        Wire::OpenAi => "data: {\"error\":{\"message\":\"out of memory\"}}\n\n",
        Wire::Ollama => "{\"error\":\"out of memory\"}\n",
        Wire::Anthropic => {
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"out of memory\"}}\n\n"
        }
    }
}

#[tokio::test]
async fn the_same_text_for_every_split() {
    let mut cases = 0;
    for wire in Wire::ALL {
        let keep_alive = if wire == Wire::Ollama { "\n" } else { ": ping\n\n" };
        let stream = format!("{}{keep_alive}{}{}", piece(wire, "分组 👩"), piece(wire, "查询。"), end(wire));
        for stream in [stream.clone(), stream.replace('\n', "\r\n")] {
            let bytes = stream.as_bytes();
            for at in 0..=bytes.len() {
                let script = [&bytes[..at], &bytes[at..]].map(|piece| Act::Say(piece.to_vec()));
                let (text, ended) = draft(wire, [head(wire)].into_iter().chain(script).collect()).await;
                assert_eq!((text.as_str(), ended), ("分组 👩查询。", Ok(())), "{wire:?} cut at {at}");
            }
            let script = bytes.iter().map(|&byte| Act::Say(vec![byte]));
            let (text, ended) = draft(wire, [head(wire)].into_iter().chain(script).collect()).await;
            assert_eq!((text.as_str(), ended), ("分组 👩查询。", Ok(())), "{wire:?} byte by byte");
            cases += bytes.len() + 2;
        }
    }
    println!("{cases} responses over a socket, cut at every byte");
    assert!(cases > 1000);
}

#[tokio::test]
async fn every_misbehaviour_has_its_kind() {
    let mut cases = 0;
    for wire in Wire::ALL {
        let begun = || vec![head(wire), Act::Say(piece(wire, "One.").into())];
        let then = |act: Act| begun().into_iter().chain([act]).collect::<Vec<_>>();
        let say = |text: &str| Act::Say(text.as_bytes().to_vec());
        let html = "content-type: text/html\r\n";
        let refusal = |status, body: &str| vec![response(status, "", body)];
        let cut_off = "HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n";
        let endless = FailureKind::Broken;
        let alive = if wire == Wire::Ollama { "\n" } else { "\n\n: x\n\n" }.repeat(2000).into_bytes();
        let table: Vec<(&str, Vec<Act>, &str, FailureKind)> = vec![
            ("missing end", begun(), "One.", FailureKind::Early),
            ("nothing", vec![head(wire)], "", FailureKind::Early),
            ("nothing but an end", vec![head(wire), say(end(wire))], "", FailureKind::Empty),
            ("error in mid-stream", then(say(error(wire))), "One.", FailureKind::Broken),
            ("error at once", vec![head(wire), say(error(wire))], "", FailureKind::Broken),
            ("half a line", then(say("data: {\"mess")), "One.", FailureKind::Broken),
            ("stall in mid-stream", then(Act::WaitForClose), "One.", FailureKind::Silent),
            ("stall before the first word", vec![head(wire), Act::WaitForClose], "", FailureKind::Silent),
            ("stall before the head", vec![Act::WaitForClose], "", FailureKind::Silent),
            ("keep-alives for ever", then(Act::Forever(alive)), "One.", FailureKind::Silent),
            ("a line of 10 MB", then(Act::Say(vec![b'x'; 10_000_000])), "One.", endless),
            ("a line for ever", then(Act::Forever(vec![b'x'; 1 << 16])), "One.", endless),
            ("reset", vec![Act::Reset], "", FailureKind::Unreachable),
            (
                "broken off",
                vec![say(cut_off), Act::Say(piece(wire, "One.").into())],
                "One.",
                FailureKind::Broken,
            ),
            ("a page", vec![response(200, html, "<html>Welcome</html>")], "", FailureKind::Endpoint),
            ("301", vec![response(301, "location: http://127.0.0.1:9/\r\n", "")], "", FailureKind::Endpoint),
            ("302", vec![response(302, "location: http://127.0.0.1:9/\r\n", "")], "", FailureKind::Endpoint),
            ("307", vec![response(307, "location: http://127.0.0.1:9/\r\n", "")], "", FailureKind::Endpoint),
            ("401", refusal(401, "{\"error\":\"bad key k-3f9a\"}"), "", FailureKind::Unauthorised),
            ("404", refusal(404, "not found"), "", FailureKind::Endpoint),
            (
                "404 model",
                refusal(404, "{\"error\":\"model 'small' not found\"}"),
                "",
                FailureKind::NoSuchModel,
            ),
            ("429", refusal(429, ""), "", FailureKind::Endpoint),
            ("500", refusal(500, "<html>"), "", FailureKind::Endpoint),
            ("503", refusal(503, "{\"error\":\"no slot\"}"), "", FailureKind::Endpoint),
            (
                "overflow",
                refusal(
                    400,
                    "{\"error\":{\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":9,\"n_ctx\":8}}",
                ),
                "",
                FailureKind::Overflow { prompt: Some(9), window: Some(8) },
            ),
        ];
        for (name, script, text, kind) in table {
            let (written, ended) = draft(wire, script).await;
            let failure = ended.expect_err(name);
            assert_eq!((written.as_str(), failure.kind), (text, kind), "{wire:?}, {name}: {failure}");
            assert!(!failure.message.is_empty() && failure.hint.is_some(), "{wire:?}, {name}");
            cases += 1;
        }
    }
    println!("{cases} misbehaviours, each told by its kind");
}

/// Peak memory of this process in MiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kb| kb / 1024)
}

#[tokio::test]
async fn a_stream_without_an_end_is_ended() {
    let before = peak();
    for wire in Wire::ALL {
        let flood = piece(wire, &"word ".repeat(4000)).into_bytes();
        let (text, ended) = draft(wire, vec![head(wire), Act::Forever(flood)]).await;
        assert_eq!(ended.unwrap_err().kind, FailureKind::Broken);
        assert!(text.len() < 5_000_000, "{}", text.len());
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("memory: {} MiB over idle", after - before);
        assert!(after - before <= 64, "{} MiB over idle", after - before);
    }
}
