//! A stronger checker (`answer.checker`), asked about what the program itself is not sure of.

use serde_json::Value;

use crate::fake::{Dialect, Fake, Heard, Reply};
use crate::faults::Desk;
use crate::harness::Ran;

/// Some of it the note says, in other words or with more; some it does not say.
const DRAFT: &str = "Several query heads share one key head, which saves memory [1]. GQA shrinks the cache for long texts [1]. \
                     The heads of a group read the same keys [1]. Bread rises overnight in a warm oven [1]. \
                     Query heads share one key head in attention by groups [1].";

/// A model that writes the draft, and answers like this when it is asked yes or no.
fn model(dialect: Dialect, says: impl Fn() -> Reply + Send + Sync + 'static) -> Fake {
    Fake::new(move |_, heard| match heard.line.starts_with("POST") {
        true if heard.json()["stream"] == false => says(),
        true => Reply::stream(&(dialect.text(DRAFT) + &dialect.end(false))),
        false => Reply::whole(404, "", ""),
    })
}

fn says(dialect: Dialect, word: &str) -> Reply {
    let body = match dialect.0 {
        "ollama" => serde_json::json!({ "message": { "content": word }, "done": true }),
        "anthropic" => {
            serde_json::json!({ "type": "message", "content": [{ "text": word }], "stop_reason": "end_turn" })
        }
        _ => serde_json::json!({ "choices": [{ "message": { "content": word }, "finish_reason": "stop" }] }),
    };
    Reply::whole(200, "content-type: application/json\r\n", &body.to_string())
}

fn ask(desk: &Desk, dialect: Dialect, model: &Fake, checker: &str) -> Ran {
    let args = ["ask", "what is grouped-query attention", "--generator", dialect.0, "--json"];
    let mut command = desk.command(&args);
    command
        .env("FOOTNOTE_ENDPOINT_URL", model.url())
        .env("FOOTNOTE_ENDPOINT_MODEL", "small")
        .env("FOOTNOTE_CHECKER", checker)
        .env("FOOTNOTE_CHECKER_SECONDS", "2");
    Ran::of(&mut command)
}

/// What the model was asked yes or no about.
fn doubts(model: &Fake) -> Vec<Value> {
    model.posts().iter().map(Heard::json).filter(|body| body["stream"] == false).collect()
}

fn verdicts(object: &Value) -> Vec<&str> {
    let sentences = object["sentences"].as_array().unwrap();
    sentences.iter().map(|sentence| sentence["verdict"].as_str().unwrap()).collect()
}

#[test]
fn the_writing_model_is_asked_about_what_is_not_sure() {
    let desk = Desk::new();
    for dialect in Dialect::ALL {
        let alone = model(dialect, move || says(dialect, "yes"));
        let before = ask(&desk, dialect, &alone, "none").ok().json();
        assert!(doubts(&alone).is_empty(), "nobody is asked unless the settings say so");
        for (word, becomes) in [("Yes.", "supported"), ("no", "unsupported")] {
            let model = model(dialect, move || says(dialect, word));
            let object = ask(&desk, dialect, &model, "model").ok().json();
            let asked = doubts(&model);
            assert!(!asked.is_empty(), "{object:#}");
            assert_eq!(object["receipt"]["asked_about"], asked.len());
            assert!(asked.iter().all(|body| body.to_string().contains("<<<")), "{asked:#?}");
            let sentences = object["sentences"].as_array().unwrap();
            assert_eq!(sentences.iter().filter(|it| it["checked_by"] == "small").count(), asked.len());
            for (sentence, before) in sentences.iter().zip(verdicts(&before)) {
                match sentence.get("checked_by") {
                    Some(_) if sentence["text"].as_str().unwrap().starts_with("Bread") => {
                        panic!("{sentence}")
                    }
                    Some(_) => assert_eq!(sentence["verdict"], becomes, "{sentence}"),
                    None => assert_eq!(sentence["verdict"], before, "{sentence}"),
                }
            }
            // Footnotes are numbered in the order in which the answer needs them.
            let numbers = sentences.iter().flat_map(|it| it["citations"].as_array().unwrap());
            let mut most = 0;
            for n in numbers.map(|n| n.as_u64().unwrap()) {
                assert!(n <= most + 1, "{sentences:#?}");
                most = most.max(n);
            }
        }
    }
}

#[test]
fn a_checker_that_fails_changes_nothing_and_is_told_of_once() {
    let desk = Desk::new();
    let dialect = Dialect("openai");
    let before = ask(&desk, dialect, &model(dialect, move || says(dialect, "yes")), "none").ok().json();
    let hangs = || Reply::stream("").and_stalls();
    let check = |model: Fake, checker: &str, said: &str| {
        let started = std::time::Instant::now();
        let ran = ask(&desk, dialect, &model, checker).ok();
        assert!(ran.err.contains(said) && ran.err.matches("warning").count() == 1, "{}", ran.err);
        assert_eq!(verdicts(&ran.json()), verdicts(&before));
        assert!(started.elapsed().as_secs() < 20);
    };
    check(model(dialect, move || says(dialect, "maybe")), "model", "neither yes nor no");
    check(model(dialect, || Reply::whole(500, "", "boom")), "model", "boom");
    check(model(dialect, hangs), "model", "small");
    check(model(dialect, move || says(dialect, "yes")), "/no/such/folder", "/no/such/folder");
}

#[test]
fn settings_that_will_not_do_are_found_beforehand() {
    let desk = Desk::new();
    let run = |args: &[&str], checker: &str| Ran::of(desk.command(args).env("FOOTNOTE_CHECKER", checker));
    let checked = run(&["config", "check"], "/no/such/folder").exits(2);
    assert!(
        checked.err.contains("answer.checker") && checked.err.contains("/no/such/folder"),
        "{}",
        checked.err
    );
    run(&["config", "check"], "model").ok();
    let doctor = run(&["doctor"], "/no/such/folder");
    assert!(doctor.code == 2 && doctor.out.contains("checker"), "{}", doctor.out);
    assert!(run(&["doctor"], "model").out.contains("quotes of the notes"));
    assert!(!run(&["doctor"], "none").out.contains("checker"));
}
