//! `messages` of Anthropic.

use super::*;

const START: &str = r#"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":8,"cache_read_input_tokens":3,"output_tokens":1}}}"#;
const STOP: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#;
const END: &str = r#"{"type":"message_stop"}"#;

fn delta(kind: &str, field: &str, text: &str) -> String {
    format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{kind}","{field}":{}}}}}"#,
        Value::from(text)
    )
}

fn told(events: &[&str]) -> (Vec<Delta>, Result<(), Broken>) {
    let stream: String = events.iter().map(|data| format!("event: some\ndata: {data}\n\n")).collect();
    read(Wire::Anthropic, "text/event-stream", &[stream.as_bytes()])
}

fn check(events: &[&str], deltas: &[Delta], end: Result<(), Broken>) {
    assert_eq!(told(events), (deltas.to_vec(), end), "{events:?}");
}

#[test]
fn blocks_make_a_draft() {
    let open = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let close = r#"{"type":"content_block_stop","index":0}"#;
    let (a, b) = (delta("text_delta", "text", "GQA 分"), delta("text_delta", "text", "组"));
    let ping = r#"{"type":"ping"}"#;
    check(&[START, open, ping, &a, &b, close, STOP, END], &[t("GQA 分组"), USAGE], Ok(()));
    let thought = delta("thinking_delta", "thinking", "hm");
    let signature = delta("signature_delta", "signature", "c2ln");
    check(&[START, &thought, &signature, &a, STOP, END], &[thinking("hm"), t("GQA 分"), USAGE], Ok(()));
    check(&[START, &a, STOP], &[t("GQA 分"), USAGE], Ok(()));
    check(&[START, &a, STOP, END, "rubbish"], &[t("GQA 分"), USAGE], Ok(()));
}

#[test]
fn a_server_that_does_not_stream() {
    let whole = r#"{"type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":11,"output_tokens":2}}"#;
    let expected = (vec![thinking("hm"), t("a"), USAGE], Ok(()));
    assert_eq!(read(Wire::Anthropic, "application/json", &[whole.as_bytes()]), expected);
}

#[test]
fn the_end_decides() {
    let a = delta("text_delta", "text", "a");
    check(&[START, &a], &[t("a")], Err(Broken::Early));
    let stopped =
        |reason: &str| format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}}}}"#);
    check(&[&a, &stopped("max_tokens"), END], &[t("a"), Delta::Cut], Ok(()));
    check(&[&a, &stopped("refusal")], &[t("a")], Err(Broken::Filtered));
    check(&[&stopped("end_turn"), END], &[], Err(Broken::Empty { thought: false, cut: false }));
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let (deltas, end) = told(&[START, &a, error]);
    assert_eq!(deltas, [t("a")]);
    assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "Overloaded"));
}
