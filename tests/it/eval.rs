//! `eval` beyond the search: what it fits, what it finds out, and what it refuses.

use crate::harness::{Place, root, sample};

/// The sample notes and their index, in a working folder of its own.
fn apart() -> Place {
    Place { notes: sample().notes.clone(), index: sample().index.clone(), ..Place::empty() }
}

#[test]
fn a_bar_that_declines_everything_is_brought_down() {
    let place = apart();
    let config = place.folder.path().join("config.toml");
    std::fs::write(&config, "# mine\n[gate]\nbar_en = 9.0 # too high\n").unwrap();
    place.run(&["ask", "what is GQA"]).exits(1);
    let file = root().join("tests/questions.jsonl");
    let object = place.run(&["eval", "--calibrate", file.to_str().unwrap(), "--json"]).ok().json();
    println!("sample notes: {}", object["calibration"]);
    let (en, zh) = (&object["calibration"]["en"], &object["calibration"]["zh"]);
    assert_eq!((&en["better"], &en["now"]["bar"]), (&true.into(), &9.0.into()));
    assert_eq!((&zh["better"], &zh["now"]["bar"]), (&false.into(), &0.0.into()));
    let answered = |at: &str| en[at]["rates"]["answered"].as_f64().unwrap();
    assert!(answered("now") < 0.5 && answered("fitted") > 0.8, "{en}");
    let written = std::fs::read_to_string(&config).unwrap();
    let expected =
        format!("# mine\n[gate]\nbar_en = {:?} # too high\n", en["fitted"]["bar"].as_f64().unwrap());
    assert_eq!(written, expected);
    place.run(&["ask", "what is GQA"]).ok();
}

#[test]
fn too_few_questions_are_counted() {
    let place = Place::empty();
    let file = place.folder.path().join("few.jsonl");
    std::fs::write(
        &file,
        "{\"question\":\"what is GQA\",\"paths\":[\"a.md\"]}\n{\"question\":\"why\",\"answerable\":false}\n",
    )
    .unwrap();
    let ran = place.run(&["eval", "--calibrate", file.to_str().unwrap()]).exits(2);
    assert!(ran.err.contains("39 more that the notes answer and 19 more that they do not"), "{}", ran.err);
    assert!(!place.folder.path().join("config.toml").exists());
}

/// A few notes and a file of questions over them.
fn small(lines: &str) -> (Place, String) {
    let place = Place::of(&[
        ("gqa.md", "# GQA\n\nGrouped-query attention lets a few query heads share one key head.\n"),
        ("mqa.md", "# MQA\n\nMulti-query attention lets all query heads share one key head.\n"),
        ("bread.md", "# Bread\n\nBread dough needs flour, water, salt and yeast, and an hour to rise.\n"),
    ]);
    let file = place.folder.path().join("questions.jsonl");
    std::fs::write(&file, lines).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (place, file)
}

#[test]
fn what_cannot_be_measured_is_said_with_its_line() {
    let (place, file) = small(
        "{\"question\":\"what is grouped-query attention\",\"paths\":[\"gqa.md\",\"gone.md\"]}\n\
         {\"question\":\"what is multi-query attention\",\"paths\":[\"gone.md\"]}\n\
         {\"question\":\"who won the cup\",\"paths\":[\"also-gone.md\"],\"answerable\":false}\n",
    );
    let ran = place.run(&["eval", &file, "--json"]).ok();
    assert_eq!(ran.err.matches("gone.md").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("questions.jsonl:1: there is no note gone.md"), "{}", ran.err);
    assert_eq!(ran.json()["abstention"]["all"]["n"], 3);
    let check = |lines: &str, expected: &str| {
        std::fs::write(&file, lines).unwrap();
        let ran = place.run(&["eval", &file]).exits(2);
        assert!(ran.err.contains(expected), "{lines}: {}", ran.err);
    };
    check("{\"question\":\"why\",\"paths\":[\"gone.md\"]}\n", "questions.jsonl:1: none of the notes");
    check("\n{\"question\":\" \",\"paths\":[\"gqa.md\"]}\n", "questions.jsonl:2: \"question\" is empty");
}

#[test]
fn a_quote_goes_with_its_note() {
    let (place, file) = small(
        "{\"question\":\"what is grouped-query attention\",\"paths\":[\"gqa.md\"]}\n\
         {\"question\":\"what does bread dough need\",\"paths\":[\"bread.md\"]}\n",
    );
    let object = place.run(&["eval", &file, "--counterfactual", "--json"]).ok().json();
    let of = &object["counterfactual"];
    assert!(of["n"].as_u64().unwrap() >= 2, "{object:#}");
    assert_eq!(
        (&of["changed"], &of["elsewhere"], &of["stayed"]),
        (&1.0.into(), &0.into(), &serde_json::json!([]))
    );
    // The same sentence in another note is another matter.
    let bread = std::fs::read_to_string(place.notes.join("bread.md")).unwrap();
    place.write("dough.md", bread);
    let object = place.run(&["eval", &file, "--counterfactual", "--json"]).ok().json();
    assert!(object["counterfactual"]["elsewhere"].as_u64().unwrap() >= 1, "{object:#}");
}

/// The project's own ratchet, below what was measured by one or two questions.
#[test]
fn conflicts_are_seen_in_answers() {
    let file = root().join("tests/conflicts.jsonl");
    let object = apart().run(&["eval", file.to_str().unwrap(), "--json"]).ok().json();
    let of = |section: &str, measure: &str| object[section]["all"][measure].as_f64().unwrap();
    println!("pairs: {}\nanswers: {}", object["conflicts"], object["conflicts_in_answers"]);
    assert!(of("conflicts", "precision") >= 0.95 && of("conflicts", "recall") >= 0.3);
    assert!(of("conflicts_in_answers", "precision") >= 0.95);
    assert!(of("conflicts_in_answers", "recall") >= 0.6);
}
