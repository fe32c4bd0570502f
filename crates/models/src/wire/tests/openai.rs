//! `chat/completions`.

use super::*;

fn text(content: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{{"content":{}}}}}]}}"#, Value::from(content))
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const COUNT: &str = r#"{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13}}"#;

/// Events of these data, in order.
fn told(events: &[&str]) -> (Vec<Delta>, Result<(), Broken>) {
    let stream: String = events.iter().map(|data| format!("data: {data}\n\n")).collect();
    read(Wire::OpenAi, "text/event-stream", &[stream.as_bytes()])
}

fn check(events: &[&str], deltas: &[Delta], end: Result<(), Broken>) {
    assert_eq!(told(events), (deltas.to_vec(), end), "{events:?}");
}

#[test]
fn a_whole_draft() {
    let role =
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#;
    let (a, b) = (text("GQA 分"), text("组"));
    check(&[role, &a, &b, STOP, COUNT, "[DONE]"], &[t("GQA 分组"), USAGE], Ok(()));
    check(&[&a, STOP], &[t("GQA 分")], Ok(()));
    check(&[&a, "[DONE]"], &[t("GQA 分")], Ok(()));
    check(&[&a, STOP, "[DONE]", &b, "rubbish"], &[t("GQA 分")], Ok(()));
}

#[test]
fn what_a_server_may_leave_out_or_add() {
    let one = r#"{"choices":[{"message":{"content":"All at once."},"finish_reason":"stop"}],"error":null}"#;
    check(&[one], &[t("All at once.")], Ok(()));
    let parts = r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"image"}]}}]}"#;
    check(&[parts, STOP], &[t("a")], Ok(()));
    let two = r#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"yes"}}]}"#;
    check(&[two, STOP], &[t("yes")], Ok(()));
    check(&[&text("a"), "{}", "[]", "7", r#"{"choices":null}"#, STOP], &[t("a")], Ok(()));
    check(&[&text("a"), STOP, COUNT, COUNT], &[t("a"), USAGE], Ok(()));
    check(&[&text("a"), STOP, r#"{"choices":[],"usage":{"prompt_tokens":-1}}"#], &[t("a")], Ok(()));
}

#[test]
fn thoughts_come_under_many_names() {
    for name in ["reasoning_content", "reasoning", "thinking"] {
        let chunk = format!(r#"{{"choices":[{{"delta":{{"{name}":"hm","content":""}}}}]}}"#);
        check(&[&chunk, &text("a"), STOP], &[thinking("hm"), t("a")], Ok(()));
    }
    let both = r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#;
    check(&[both, &text("a"), STOP], &[thinking("hm"), t("a")], Ok(()));
    let cut = [&text("<thi"), &text("nk>h"), &text("m</thin"), &text("k>\n\na"), STOP];
    check(&cut.map(|s| s as &str), &[thinking("hm"), t("a")], Ok(()));
}

#[test]
fn the_end_decides() {
    let a = text("a");
    check(&[&a], &[t("a")], Err(Broken::Early));
    check(&[], &[], Err(Broken::Early));
    check(&[STOP], &[], Err(Broken::Empty { thought: false, cut: false }));
    check(&["[DONE]"], &[], Err(Broken::Empty { thought: false, cut: false }));
    check(
        &[&text("<think>"), &text("hm"), STOP],
        &[thinking("hm")],
        Err(Broken::Empty { thought: true, cut: false }),
    );
    let long = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    check(&[&a, long, COUNT], &[t("a"), Delta::Cut, USAGE], Ok(()));
    check(&[long], &[Delta::Cut], Err(Broken::Empty { thought: false, cut: true }));
    let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    check(&[&a, filtered], &[t("a")], Err(Broken::Filtered));
    check(&[&a, "{\"choi"], &[t("a")], Err(Broken::Foreign("{\"choi".into())));
}

#[test]
fn a_complaint_ends_it() {
    for data in [
        r#"{"error":{"message":"out of memory","code":500}}"#,
        r#"{"error":"out of memory"}"#,
        r#"{"object":"error","message":"out of memory"}"#,
    ] {
        let (deltas, end) = told(&[&text("a"), data]);
        assert_eq!(deltas, [t("a")]);
        assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "out of memory"), "{data}");
    }
    let (_, end) = read(Wire::OpenAi, "", &[b"event: error\ndata: overloaded\n\n"]);
    assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "overloaded"));
}
