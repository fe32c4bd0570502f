//! An embedding model at a server, end to end: what is sent there, what must not be, and what its failures end with.

use std::process::Command;

use serde_json::Value;

use crate::fake::{Fake, Reply, embeddings};
use crate::harness::{Place, Ran};

fn told(place: &Place, url: &str, args: &[&str]) -> Command {
    let mut command = place.command(args);
    command
        .env("FOOTNOTE_EMBEDDING_ENDPOINT", "openai")
        .env("FOOTNOTE_EMBEDDING_URL", url)
        .env("FOOTNOTE_EMBEDDING_MODEL", "words")
        .env("FOOTNOTE_EMBEDDING_API_KEY", "k-90aa");
    command
}

/// An address of this machine that is not loopback, and so counts as another machine's.
fn elsewhere() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: connecting only looks up which address would be used. 192.0.2.1 is nobody's.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[test]
fn a_server_embeds_notes_and_questions() {
    let place =
        Place::of(&[("gqa.md", "GQA lets query heads share one key head."), ("cake.md", "Bake it long.")]);
    let server = embeddings();
    let run = |args: &[&str]| Ran::of(&mut told(&place, &server.url(), args));
    run(&["index"]).ok();
    let search = run(&["search", "how long to bake", "--json"]).ok().json();
    assert_eq!(search["passages"][0]["path"], "cake.md");
    assert!(server.posts().iter().all(|heard| heard.head.contains("Bearer k-90aa")));
    let doctor = run(&["doctor"]).ok().out;
    assert!(doctor.contains("LOCAL openai words 257") && !doctor.contains("k-90aa"), "{doctor}");
    let posts = server.posts().len();
    run(&["index"]).ok();
    assert_eq!(
        server.posts().len(),
        posts + 1,
        "nothing is embedded twice: the model is asked for its length"
    );
    // With another model nothing of it is compared: everything is embedded anew.
    let mut other = told(&place, &server.url(), &["search", "how long to bake"]);
    let ran = Ran::of(other.env("FOOTNOTE_EMBEDDING_MODEL", "others")).ok();
    assert!(
        ran.err.contains("its model is openai words 257 /") && ran.err.contains("making it again"),
        "{}",
        ran.err
    );
}

#[test]
fn its_failures_end_as_those_of_an_endpoint() {
    let place = Place::of(&[("gqa.md", "GQA lets query heads share one key head.")]);
    let check = |reply: fn() -> Reply, part: &str| {
        let server = Fake::new(move |_, _| reply());
        let ran = Ran::of(&mut told(&place, &server.url(), &["index"])).exits(4);
        assert!(ran.err.contains(part) && ran.err.contains("[embedding]"), "{}", ran.err);
        assert!(!ran.err.contains("k-90aa"), "{}", ran.err);
    };
    check(|| Reply::whole(401, "", r#"{"error":"bad key k-90aa"}"#), "refused the key (401): bad key [key]");
    check(|| Reply::whole(404, "", r#"{"error":"model 'words' not found"}"#), "no model `words`");
    check(|| Reply::whole(200, "", "{}"), "of no use");
    check(|| Reply::whole(302, "location: http://127.0.0.1:9\r\n", ""), "sends on");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{nobody}");
    let ran = Ran::of(&mut told(&place, &nobody, &["ask", "what is GQA"])).exits(4);
    assert!(ran.err.contains("cannot reach") && ran.out.is_empty(), "{}", ran.err);
    for (flag, kind) in [("--json", Value::Null), ("--json-stream", "answer".into())] {
        let told = Ran::of(&mut told(&place, &nobody, &["ask", "what is GQA", flag])).exits(4).json();
        assert_eq!((&told["status"], &told["type"]), (&"failed".into(), &kind), "{told}");
        assert!(told["reason"].as_str().unwrap().contains("cannot reach"), "{told}");
    }
    let mut unnamed = told(&place, "", &["index"]);
    let ran = Ran::of(unnamed.env_remove("FOOTNOTE_EMBEDDING_MODEL")).exits(2);
    assert!(ran.err.contains("name the model at the server"), "{}", ran.err);
}

#[test]
fn a_build_goes_on_where_the_server_broke_off() {
    let notes: Vec<(String, String)> =
        (0..40).map(|n| (format!("{n}.md"), format!("Note number {n} is about topic {n}."))).collect();
    let place =
        Place::of(&notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let sound = embeddings();
    // Two batches go through, then it breaks; the first of them is asked to wait.
    let upstream = sound.url();
    let posts = std::sync::atomic::AtomicUsize::new(0);
    let broken = Fake::new(move |_, heard| {
        if !heard.line.starts_with("POST") {
            return Reply::whole(404, "", "");
        }
        match posts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            1 => Reply::whole(429, "retry-after: 1\r\n", ""),
            4 => Reply::whole(500, "", "boom"),
            _ => forward(&upstream, &heard.body),
        }
    });
    let ran = Ran::of(&mut told(&place, &broken.url(), &["index"])).exits(4);
    assert!(ran.err.contains("boom") && ran.err.contains("kept for the next time"), "{}", ran.err);
    let sent = sound.posts().len();
    let ran = Ran::of(&mut told(&place, &sound.url(), &["index"])).ok();
    assert!(ran.err.contains("8 embedded"), "32 of 40 were kept: {}", ran.err);
    assert_eq!(sound.posts().len(), sent + 2, "one to be opened, one for the rest");
}

/// What another server says to the same body.
fn forward(url: &str, body: &str) -> Reply {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let length = body.len();
    write!(stream, "POST /v1/embeddings HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    Reply::whole(200, "", body)
}

#[test]
fn private_notes_and_secrets_stay_and_nothing_leaves_without_a_yes() {
    let Some(ip) = elsewhere() else {
        println!("skipped: this machine has no address but loopback");
        return;
    };
    let secret = ["hunter", "2x9"].concat();
    let open = format!("GQA lets query heads share one key head. Password: {secret}");
    let place =
        Place::of(&[("gqa.md", &open), ("journal/may.md", "GQA was the day's topic, says my diary.")]);
    let server = embeddings();
    let away = format!("http://{ip}:{}", server.port);
    let run = |url: &str, args: &[&str]| {
        let mut command = told(&place, url, args);
        command.env("FOOTNOTE_PRIVATE", "journal/**").env("FOOTNOTE_EMBEDDING_ALLOW_HTTP", "true");
        Ran::of(&mut command)
    };
    let refused = run(&away, &["search", "what is GQA"]).exits(4).err;
    assert!(
        refused.contains("nobody agreed yet that notes go to") && refused.contains("--allow-remote"),
        "{refused}"
    );
    let refused = run(&away, &["--allow-remote", "--offline", "search", "what is GQA"]).exits(4).err;
    assert!(refused.contains("--offline forbids"), "{refused}");
    // Leave for answers is not leave for all notes.
    let remembered = place.folder.path().join("footnote/remote-endpoints.txt");
    std::fs::create_dir_all(remembered.parent().unwrap()).unwrap();
    std::fs::write(&remembered, format!("{away}\n")).unwrap();
    run(&away, &["search", "what is GQA"]).exits(4);
    assert!(server.heard().is_empty(), "{:?}", server.heard());

    // An index that was made on this machine holds the diary; it must not once its passages leave.
    let here = format!("http://127.0.0.1:{}", server.port);
    run(&here, &["index"]).ok();
    let posts = server.posts().len();
    assert!(server.posts().iter().any(|heard| heard.body.contains("diary")));
    std::fs::write(&remembered, format!("{away} embeddings\n")).unwrap();
    let found = run(&away, &["search", "what is GQA", "--json"]).ok();
    run(&away, &["ask", "what is GQA password"]);
    run(&away, &["index", "--rebuild"]).ok();
    let sent = &server.posts()[posts..];
    assert!(sent.len() > 4 && sent.iter().any(|heard| heard.body.contains("GQA")));
    for heard in sent {
        assert!(!heard.body.contains("diary") && !heard.body.contains(&secret), "{}", heard.body);
    }
    let object = found.json();
    let paths: Vec<&str> =
        object["passages"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["gqa.md"]);
    assert!(found.err.contains("not in the index"), "{}", found.err);
}
