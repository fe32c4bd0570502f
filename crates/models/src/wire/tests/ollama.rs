//! `/api/chat` of Ollama.

use super::*;

const END: &str =
    r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":2}"#;

fn check(lines: &[&str], deltas: &[Delta], end: Result<(), Broken>) {
    let stream = lines.join("\n");
    assert_eq!(
        read(Wire::Ollama, "application/x-ndjson", &[stream.as_bytes()]),
        (deltas.to_vec(), end),
        "{lines:?}"
    );
}

#[test]
fn a_line_is_a_piece() {
    let a = r#"{"message":{"role":"assistant","content":"GQA 分"},"done":false}"#;
    let b = r#"{"message":{"content":"组"},"done":false}"#;
    check(&[a, "", b, END], &[t("GQA 分组"), USAGE], Ok(()));
    check(&[a, END, "rubbish"], &[t("GQA 分"), USAGE], Ok(()));
    check(&["{}", "7", r#"{"message":null}"#, a, r#"{"done":true}"#], &[t("GQA 分")], Ok(()));
    let thought = r#"{"message":{"content":"","thinking":"hm"}}"#;
    check(&[thought, a, END], &[thinking("hm"), t("GQA 分"), USAGE], Ok(()));
}

#[test]
fn the_end_decides() {
    let a = r#"{"message":{"content":"a"},"done":false}"#;
    check(&[a], &[t("a")], Err(Broken::Early));
    check(&[], &[], Err(Broken::Early));
    check(&[END], &[USAGE], Err(Broken::Empty { thought: false, cut: false }));
    check(&[a, r#"{"done":true,"done_reason":"length"}"#], &[t("a"), Delta::Cut], Ok(()));
    check(&[a, "{\"mess"], &[t("a")], Err(Broken::Foreign("{\"mess".into())));
    let (deltas, end) = read(Wire::Ollama, "", &[a.as_bytes(), b"\n{\"error\":\"out of memory\"}\n"]);
    assert_eq!(deltas, [t("a")]);
    assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "out of memory"));
}

#[test]
fn the_window_is_asked_for_and_nothing_is_cut_in_silence() {
    let prompt = Prompt {
        question: "q".into(),
        system: "s".into(),
        user: "u".into(),
        max_tokens: 64,
        ..Prompt::default()
    };
    let ask = Ask { model: "m", temperature: Some(0.0), window: Some(8192), new_limit_name: false };
    let body = Wire::Ollama.body(&prompt, &ask);
    assert_eq!(
        body["options"],
        serde_json::json!({ "num_predict": 64, "num_ctx": 8192, "temperature": 0.0 })
    );
    assert_eq!((&body["truncate"], &body["shift"]), (&Value::Bool(false), &Value::Bool(false)));
    let body = Wire::Ollama.body(&prompt, &Ask { window: None, temperature: None, ..ask });
    assert_eq!(body["options"], serde_json::json!({ "num_predict": 64 }));
}
