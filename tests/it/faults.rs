//! Endpoints that fail, end to end: the exit code, what is kept of the answer, and the way out that is offered.

use std::process::Command;

use crate::fake::{Dialect, Fake, Reply, embeddings};
use crate::harness::{Place, Ran};

/// Notes whose index was made by a server, so that the program starts at once.
pub(crate) struct Desk {
    pub(crate) place: Place,
    embedder: Fake,
}

const NOTE: &str = "# Attention\n\nGrouped-query attention (GQA) lets several query heads share one key head.\n\n\
                    GQA shrinks the cache of keys and values.\n";

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self { place: Place::of(&[("gqa.md", NOTE)]), embedder: embeddings() };
        Ran::of(&mut desk.command(&["index"])).ok();
        desk
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.command(args);
        command
            .env("FOOTNOTE_EMBEDDING_ENDPOINT", "openai")
            .env("FOOTNOTE_EMBEDDING_URL", self.embedder.url())
            .env("FOOTNOTE_EMBEDDING_MODEL", "words")
            .env("FOOTNOTE_ENDPOINT_FIRST_BYTE_SECONDS", "1")
            .env("FOOTNOTE_ENDPOINT_SILENCE_SECONDS", "1")
            .env("FOOTNOTE_ENDPOINT_LOADING_SECONDS", "1");
        command
    }

    /// Asks a model at `url`.
    pub(crate) fn ask(&self, dialect: Dialect, url: &str, args: &[&str]) -> Ran {
        let question = "what is grouped-query attention";
        let args = [&["ask", question, "--generator", dialect.0], args].concat();
        Ran::of(self.command(&args).env("FOOTNOTE_ENDPOINT_URL", url).env("FOOTNOTE_ENDPOINT_MODEL", "small"))
    }
}

/// Something a server does to a prompt.
type Does = fn(Dialect) -> Reply;

/// (what it does, how, the exit code, what is written of the answer, what is said)
const TABLE: [(&str, Does, i32, &str, &str); 17] = [
    (
        "answers",
        |d| Reply::stream(&(d.text("Heads share a key [1].") + &d.end(false))),
        0,
        "Heads share a key.",
        "",
    ),
    ("refuses", |_| Reply::whole(500, "", "boom"), 4, "", "failed (500): boom"),
    ("has had enough", |_| Reply::whole(429, "retry-after: 7\r\n", ""), 4, "", "too many requests"),
    ("wants a key", |_| Reply::whole(401, "", r#"{"error":{"message":"who?"}}"#), 4, "", "wants a key (401)"),
    (
        "lacks the model",
        |_| Reply::whole(404, "", r#"{"error":{"message":"model 'small' not found"}}"#),
        4,
        "",
        "has no model `small`",
    ),
    (
        "takes less",
        |_| {
            let body = r#"{"error":{"type":"exceed_context_size_error","message":"too long","n_prompt_tokens":900,"n_ctx":700}}"#;
            Reply::whole(400, "", body)
        },
        4,
        "",
        "takes 700",
    ),
    (
        "ends early",
        |d| Reply::stream(&d.text("Heads share a key. And")),
        5,
        "Heads share a key.",
        "ended early",
    ),
    ("ends before it begins", |_| Reply::stream(""), 4, "", "ended early"),
    ("says nothing at all", |d| Reply::stream(&d.end(false)), 4, "", "empty answer"),
    (
        "stalls",
        |d| Reply::stream(&d.text("Heads share a key. And")).and_stalls(),
        5,
        "Heads share a key.",
        "said nothing for 1s",
    ),
    ("stalls at once", |_| Reply::stream("").and_stalls(), 4, "", "said nothing for 1s"),
    (
        "fails in the middle",
        |d| Reply::stream(&(d.text("Heads share a key. And") + &d.error())),
        5,
        "Heads share a key.",
        "out of memory",
    ),
    ("fails at once", |d| Reply::stream(&d.error()), 4, "", "out of memory"),
    (
        "is cut",
        |d| Reply::stream(&(d.text("Heads share a key. And") + &d.end(true))),
        5,
        "Heads share a key.",
        "",
    ),
    (
        "is a web page",
        |_| Reply::whole(200, "content-type: text/html\r\n", "<html>Welcome</html>"),
        4,
        "",
        "a web page",
    ),
    (
        "sends on",
        |_| Reply::whole(302, "location: http://127.0.0.1:9/v1\r\n", ""),
        4,
        "",
        "sends on to http://127.0.0.1:9/v1",
    ),
    (
        "loads for ever",
        |_| Reply::whole(503, "", r#"{"error":{"message":"Loading model"}}"#),
        4,
        "",
        "still loading its model",
    ),
];

#[test]
fn each_failure_has_its_exit_code_and_a_way_out() {
    let desk = Desk::new();
    let mut cases = 0;
    for dialect in Dialect::ALL {
        for (what, does, code, kept, said) in TABLE {
            let model = Fake::new(move |_, heard| match heard.line.as_str() {
                "POST /v1/chat/completions" | "POST /api/chat" | "POST /v1/messages" => does(dialect),
                _ => Reply::whole(404, "", ""),
            });
            let ran = desk.ask(dialect, &model.url(), &[]);
            let whole = format!("{dialect:?} {what}: {}\n{}\n{}", ran.code, ran.out, ran.err);
            assert_eq!(ran.code, code, "{whole}");
            assert!(ran.err.contains(said), "{whole}");
            // What was written is kept and marked, and nothing else is on stdout.
            assert!(ran.out.contains(kept) && ran.out.is_empty() == kept.is_empty(), "{whole}");
            assert_eq!(ran.out.contains("(cut short)"), code == 5, "{whole}");
            // Wherever there is an error there is a way out, and it works.
            let failed = ran.err.contains("error:");
            assert_eq!(failed, code == 4 || (code == 5 && what != "is cut"), "{whole}");
            let way = "footnote ask --generator extractive 'what is grouped-query attention'";
            assert_eq!(ran.err.contains(way), failed, "{whole}");
            cases += 1;
        }
    }
    let quoted =
        Ran::of(&mut desk.command(&["ask", "--generator", "extractive", "what is grouped-query attention"]));
    assert!(quoted.ok().out.contains("share one key head"));
    println!("{cases} failing endpoints, each with its exit code");
}

#[test]
fn nobody_there_is_a_failure_with_a_way_out() {
    let desk = Desk::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for dialect in Dialect::ALL {
        let ran = desk.ask(dialect, &format!("http://127.0.0.1:{port}"), &[]).exits(4);
        assert!(
            ran.err.contains("cannot reach") && ran.err.contains("--generator extractive"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_is_too_long_is_packed_again_once_and_never_sent_again_unchanged() {
    let desk = Desk::new();
    let long =
        (0..40).map(|n| format!("GQA fact {n}: heads share keys in group {n}.\n\n")).collect::<String>();
    desk.place.write("long.md", long);
    let body = r#"{"error":{"type":"exceed_context_size_error","message":"too long","n_prompt_tokens":900,"n_ctx":700}}"#;
    let model = Fake::new(move |_, heard| match heard.line.as_str() {
        "POST /v1/chat/completions" => Reply::whole(400, "", body),
        _ => Reply::whole(404, "", ""),
    });
    desk.ask(Dialect("openai"), &model.url(), &[]).exits(4);
    let prompts: Vec<String> =
        model.posts().iter().map(|heard| heard.json()["messages"].to_string()).collect();
    assert_eq!(prompts.len(), 2);
    assert!(prompts[1].len() < prompts[0].len(), "{prompts:#?}");
}

#[test]
fn objects_tell_of_failures_too() {
    let desk = Desk::new();
    let dialect = Dialect("openai");
    let early = Fake::new(move |_, heard| match heard.line.starts_with("POST") {
        true => Reply::stream(&dialect.text("Heads share a key [1]. And")),
        false => Reply::whole(404, "", ""),
    });
    let object = desk.ask(dialect, &early.url(), &["--json"]).exits(5).json();
    assert_eq!(
        (&object["status"], &object["sentences"][0]["text"]),
        (&"cut_short".into(), &"Heads share a key.".into())
    );
    let refuses = Fake::new(|_, _| Reply::whole(500, "", "boom"));
    let object = desk.ask(dialect, &refuses.url(), &["--json"]).exits(4).json();
    assert_eq!(object["status"], "failed");
    assert!(
        object["reason"].as_str().unwrap().contains("boom") && object["passages"][0]["rank"] == 1,
        "{object:#}"
    );
}

#[test]
fn a_follow_up_is_sent_with_the_question_before_it() {
    let desk = Desk::new();
    let dialect = Dialect("openai");
    let model = Fake::new(move |_, heard| match heard.line.starts_with("POST") {
        true => Reply::stream(&(dialect.text("Query heads share one key head [1].") + &dialect.end(false))),
        false => Reply::whole(404, "", ""),
    });
    let args = [
        "ask",
        "and what does GQA do to the cache of keys and values?",
        "--after",
        "what is grouped-query attention",
        "--generator",
        "openai",
        "--json",
    ];
    let mut ask = desk.command(&args);
    let object = Ran::of(ask.env("FOOTNOTE_ENDPOINT_URL", model.url())).ok().json();
    assert_eq!(object["receipt"]["earlier"], "what is grouped-query attention");
    let prompt = model.posts()[0].json()["messages"][1]["content"].as_str().unwrap().to_owned();
    assert!(prompt.ends_with("The question before: what is grouped-query attention\nQuestion: and what does GQA do to the cache of keys and values?"), "{prompt}");
}
