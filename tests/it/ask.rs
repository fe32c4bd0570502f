//! `ask` and `search` over the sample notes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Place, Ran, root, sample};

/// Asserts that an object is what the schema in the repository says.
pub(crate) fn assert_schema(object: &Value) {
    assert_schema_of("ask", object);
}

/// The same for another command.
pub(crate) fn assert_schema_of(command: &str, object: &Value) {
    let schema = root().join("crates/app/schema").join(format!("{command}.schema.json"));
    let schema = std::fs::read_to_string(schema).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(object).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{object:#}");
}

/// Asserts that each quote stands in its note on the very lines it is cited by.
fn assert_quotes(object: &Value) {
    for citation in object["citations"].as_array().unwrap() {
        let path = citation["path"].as_str().unwrap();
        let note = std::fs::read_to_string(root().join("notes").join(path)).unwrap();
        let line = |name: &str| usize::try_from(citation[name].as_u64().unwrap()).unwrap();
        let lines: Vec<&str> = note
            .lines()
            .skip(line("line_start") - 1)
            .take(line("line_end") - line("line_start") + 1)
            .collect();
        let quote = citation["quote"].as_str().unwrap();
        assert!(
            path.ends_with(".html") || lines.join("\n").contains(quote),
            "{path}: {quote:?} is not in {lines:#?}"
        );
    }
}

#[test]
fn what_is_gqa_is_answered_from_its_note() {
    for (question, notes) in [
        ("what is GQA", ["attention/grouped-query-attention.md", "learning/interview-question-bank.md"]),
        (
            "什么是分组查询注意力",
            ["attention/多查询注意力与分组查询注意力.md", "attention/grouped-query-attention.md"],
        ),
    ] {
        let object = sample().run(&["ask", question, "--json"]).ok().json();
        assert_schema(&object);
        assert_quotes(&object);
        assert_eq!(object["status"], "answered");
        let first = object["citations"][0]["path"].as_str().unwrap();
        assert!(notes.contains(&first), "{question}: {first}");
        for sentence in object["sentences"].as_array().unwrap() {
            assert_eq!(sentence["verdict"], "supported");
            assert!(!sentence["citations"].as_array().unwrap().is_empty());
        }
    }
}

#[test]
fn an_answer_for_people_ends_with_its_footnotes() {
    let ran = sample().run(&["ask", "what", "is", "GQA"]).ok();
    let (answer, footnotes) = ran.out.trim_end().split_once("\n\n").unwrap();
    assert!(answer.contains("query heads"), "{answer}");
    for line in footnotes.lines() {
        let (mark, _) = line.split_once(' ').unwrap();
        assert!(answer.contains(mark), "{line:?} is not needed by {answer:?}");
    }
}

#[test]
fn bread_is_not_in_the_notes() {
    for question in ["how do I bake sourdough bread", "怎么做红烧肉"] {
        let ran = sample().run(&["ask", question]).exits(1);
        assert_eq!(ran.out, "", "no invented answer");
        assert!(ran.err.contains("not in your notes"), "{}", ran.err);
        let object = sample().run(&["ask", question, "--json"]).exits(1).json();
        assert_schema(&object);
        assert_eq!(object["status"], "not_in_notes");
        assert_eq!(object["answer"], "");
    }
}

#[test]
fn an_answer_is_the_same_to_the_byte_every_time() {
    let ask = || sample().run(&["ask", "how does HNSW search work?"]).ok().out;
    assert_eq!(ask(), ask());
}

#[test]
fn the_stream_tells_what_happens_and_ends_with_the_answer() {
    let ran = sample().run(&["ask", "什么是旋转位置编码", "--json-stream"]).ok();
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"retrieved"));
    assert_eq!(kinds.last(), Some(&"answer"));
    assert!(kinds.contains(&"sentence") && kinds.contains(&"citation"), "{kinds:?}");
    assert!(lines.iter().all(|line| line["schema"] == 1));
    assert_schema(lines.last().unwrap());
}

/// Every topic of the sample notes, asked in both languages, finds a note of its own among the first five.
#[test]
fn topics_are_found_in_both_languages() {
    let questions = std::fs::read_to_string(root().join("tests/questions.jsonl")).unwrap();
    let topics: Vec<Value> = questions
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|question: &Value| question["id"].as_str().unwrap().starts_with("topic-"))
        .collect();
    assert_eq!(topics.len(), 44);
    let missed: Vec<&str> = topics
        .iter()
        .filter(|topic| {
            let question = topic["question"].as_str().unwrap();
            let found = sample().run(&["search", "-k", "5", "--json", question]).ok().json();
            let paths: Vec<&Value> =
                found["passages"].as_array().unwrap().iter().map(|p| &p["path"]).collect();
            !topic["paths"].as_array().unwrap().iter().any(|path| paths.contains(&path))
        })
        .map(|topic| topic["id"].as_str().unwrap())
        .collect();
    println!("topics found among the first five: {} of 44; missed: {missed:?}", 44 - missed.len());
    assert!(missed.len() <= 2, "{missed:?}");
}

#[test]
fn eval_measures_the_search_on_a_file_of_questions() {
    let all = std::fs::read_to_string(root().join("tests/questions.jsonl")).unwrap();
    // Without the others nothing is declined and nothing answered, which takes longer than all searches.
    let answered = all.lines().filter(|line| !line.contains("\"answerable\": false"));
    let answered: String = answered.map(|line| format!("{line}\n")).collect();
    let file = sample().folder.path().join("answered.jsonl");
    std::fs::write(&file, answered).unwrap();
    let object = sample().run(&["eval", file.to_str().unwrap(), "--json"]).ok().json();
    assert!(object["abstention"].is_null() && object["retrieval"]["all"]["n"] == 114, "{object:#}");
    let of = |group: &str, measure: &str| object["retrieval"][group][measure].as_f64().unwrap();
    println!("sample notes: {}", object["retrieval"]);
    assert_eq!(of("en", "n") + of("zh", "n"), of("all", "n"));
    assert!(of("all", "recall_at_1") <= of("all", "recall_at_5"));
    // The project's own ratchet: below what was measured by less than two questions.
    assert!(of("all", "recall_at_5") >= 0.90, "{object:#}");
    let table = sample().run(&["eval", file.to_str().unwrap()]).ok().out;
    assert!(table.contains("en>zh") && table.contains("recall@5"), "{table}");
    let old = sample().folder.path().join("old.json");
    let compare = || ["eval", file.to_str().unwrap(), "--json", "--compare", old.to_str().unwrap()];
    std::fs::write(&old, object.to_string()).unwrap();
    let compared = sample().run(&compare()).ok().json();
    assert_schema_of("eval", &compared);
    assert!(compared["compared"].as_array().unwrap().iter().all(|change| change["difference"] == 0.0));
    let mut better = object.clone();
    for outcome in better["outcomes"].as_array_mut().unwrap() {
        outcome["ranks"] = serde_json::json!([1]);
    }
    std::fs::write(&old, better.to_string()).unwrap();
    assert!(sample().run(&compare()).exits(6).out.contains("\"dropped\":true"));
    std::fs::write(&old, &object.to_string()[..100]).unwrap();
    assert!(sample().run(&compare()).exits(2).err.contains("old.json"));

    let broken = sample().folder.path().join("broken.jsonl");
    std::fs::write(&broken, "{}\n").unwrap();
    let ran = sample().run(&["eval", broken.to_str().unwrap()]).exits(2);
    assert!(ran.err.contains("broken.jsonl:1"), "{}", ran.err);
}

#[test]
fn the_question_may_come_through_a_pipe() {
    use std::io::Write as _;
    for args in [&["ask", "-"][..], &["ask"][..]] {
        let mut child = sample().command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all("what is GQA\n".as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("[1]"));
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = sample()
        .command(&["search", "-k", "50", "attention"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Close before anything is written: the first write finds no reader.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("error") && !err.contains("panicked"), "{err}");
}

#[test]
fn filters_narrow_the_search() {
    let found = sample().run(&["search", "attention", "--path", "rag/**", "-k", "10", "--json"]).ok().json();
    let passages = found["passages"].as_array().unwrap();
    assert!(!passages.is_empty());
    assert!(passages.iter().all(|p| p["path"].as_str().unwrap().starts_with("rag/")));
    sample().run(&["search", "attention", "--path", "nowhere/**"]).exits(1);
    let ran = sample().run(&["search", "attention", "--since", "soon"]).exits(2);
    assert!(ran.err.contains("soon"), "{}", ran.err);
}

#[test]
fn a_search_explains_itself_and_follows_up() {
    let args =
        ["search", "and how does it differ from MHA?", "--after", "what is GQA", "--explain", "-k", "3"];
    let shown = sample().run(&args).ok().out;
    assert!(shown.contains("searched for: GQA and how does it differ from MHA?"), "{shown}");
    assert!(shown.contains("by vectors no. ") && shown.contains("by words no. "), "{shown}");
    assert!(shown.contains("gate: enough to answer, log-odds +"), "{shown}");
    let object = sample().run(&[&args[..], &["--json"]].concat()).ok().json();
    assert_eq!(object["searched"], "GQA and how does it differ from MHA?");
    assert_eq!(object["question"], "and how does it differ from MHA?");
    let terms: Vec<&Value> =
        object["explain"]["terms"].as_array().unwrap().iter().map(|term| &term["term"]).collect();
    assert!(terms.contains(&&Value::from("gqa")) && terms.contains(&&Value::from("mha")), "{terms:?}");
    let gate = &object["explain"]["gate"];
    assert!(gate["above_bar"].as_f64().unwrap() >= 0.0, "{gate}");
    for signal in gate["signals"].as_array().unwrap() {
        assert!(
            signal["name"].is_string() && signal["value"].is_f64() && signal["share"].is_f64(),
            "{signal}"
        );
    }
    for passage in object["passages"].as_array().unwrap() {
        let count = |key: &str| passage["explain"][key].as_array().unwrap().len();
        assert_eq!(count("has") + count("lacks"), terms.len(), "{passage}");
    }
    let alone = sample().run(&["search", "what is GQA", "--json"]).ok().json();
    assert_eq!((&alone["searched"], &alone["explain"]), (&Value::from("what is GQA"), &Value::Null));

    let ran = sample().run(&["ask", "why is it cheaper?", "--after", "what is GQA"]);
    assert!(ran.err.contains("understood as: GQA why is it cheaper?"), "{}", ran.err);
}

#[test]
fn wrong_usage_is_told_apart() {
    let place = Place::empty();
    place.run(&["ask"]).exits(2);
    place.run(&["ask", "x", "--generator", "oracle"]).exits(2);
    place.run(&["ask", "x", "-k", "0"]).exits(2);
    std::fs::write(place.folder.path().join("config.toml"), "[serach]\n").unwrap();
    let broken = place.folder.path().join("broken.toml");
    std::fs::write(&broken, "[search]\npasages = 3\n").unwrap();
    let ran = place.run(&["ask", "x", "--config", broken.to_str().unwrap()]).exits(2);
    assert!(ran.err.contains("broken.toml:2") && ran.err.contains("search.passages"), "{}", ran.err);
    let ran = place.run(&["ask", "x", "--config", "nowhere.toml"]).exits(2);
    assert!(ran.err.contains("nowhere.toml"), "{}", ran.err);
}

#[test]
fn a_missing_folder_of_notes_is_named() {
    let mut place = Place::empty();
    place.notes = place.folder.path().join("elsewhere");
    let ran = place.run(&["ask", "what is GQA"]).exits(2);
    assert!(ran.err.contains("elsewhere"), "{}", ran.err);
}

#[test]
fn without_onnx_runtime_offline_says_what_is_missing() {
    let place = Place::of(&[("a.md", "GQA shares heads.")]);
    let empty = place.folder.path().join("cache");
    // A library that is none, so that one installed on the system does not help.
    let garbage = place.folder.path().join("libonnxruntime.so");
    std::fs::write(&garbage, "not a library").unwrap();
    let ran = Ran::of(
        place
            .command(&["ask", "what is GQA", "--offline"])
            .env("FOOTNOTE_CACHE", &empty)
            .env("FOOTNOTE_ONNXRUNTIME", &garbage),
    );
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("libonnxruntime.so") && ran.err.contains("hint: "), "{}", ran.err);
}

#[test]
fn lines_come_before_the_reader_asks_for_the_next() {
    let mut child =
        sample().command(&["ask", "what is GQA", "--json-stream"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("retrieved"), "{first}");
    child.wait().unwrap();
}

#[test]
fn a_note_stuffed_with_words_cannot_fill_the_answer() {
    let stuffed: String = (0..500)
        .map(|n| format!("## What is GQA {n}\n\nGQA, grouped-query attention {n}: what is GQA? GQA is GQA, grouped queries {n}.\n\n"))
        .collect();
    let place = Place::of(&[("stuffed.md", &stuffed)]);
    for note in std::fs::read_dir(root().join("notes/attention")).unwrap() {
        let note = note.unwrap();
        place.write(note.file_name().to_str().unwrap(), std::fs::read(note.path()).unwrap());
    }
    place.run(&["index"]).ok();
    let question = "what is GQA";
    let found = place.run(&["search", question, "-k", "8", "--json"]).ok().json();
    let paths: Vec<&str> =
        found["passages"].as_array().unwrap().iter().map(|p| p["path"].as_str().unwrap()).collect();
    assert!(paths.len() == 8 && paths.iter().filter(|path| **path == "stuffed.md").count() <= 3, "{paths:?}");
    assert!(paths.contains(&"grouped-query-attention.md"), "{paths:?}");
}

#[test]
fn a_filter_that_nothing_meets_is_named() {
    let ran = sample().run(&["ask", "what is GQA", "--tag", "nosuchtag"]).exits(1);
    assert!(ran.err.contains("not in your notes: no note has the tag #nosuchtag"), "{}", ran.err);
    let ran = sample().run(&["search", "what is GQA", "--path", "atention/*"]).exits(1);
    assert!(ran.err.contains("no note's path matches atention/*"), "{}", ran.err);
    let ran = sample().run(&["ask", "what is GQA", "--since", "2024-02-30"]).exits(2);
    assert!(ran.err.contains("there is no such day as \"2024-02-30\""), "{}", ran.err);
}

#[test]
fn quiet_refusals_are_one_line() {
    let ran = sample().run(&["ask", "-q", "红烧肉要炖多长时间？"]).exits(1);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}
