//! `eval` beyond the search: what it fits, what it finds out, and what it refuses.

use crate::ask::assert_schema_of;
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
    assert_schema_of("eval", &object);
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
    assert_schema_of("eval", &ran.json());
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
    assert_schema_of("eval", &object);
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
    assert_schema_of("eval", &object);
    println!("pairs: {}\nanswers: {}", object["conflicts"], object["conflicts_in_answers"]);
    assert!(of("conflicts", "precision") >= 0.95 && of("conflicts", "recall") >= 0.45);
    assert!(of("conflicts_in_answers", "precision") >= 0.95);
    assert!(of("conflicts_in_answers", "recall") >= 0.6);
}

#[test]
fn each_kind_of_line_is_measured() {
    let (place, file) = small(
        "{\"first\":\"what is grouped-query attention\",\"question\":\"why?\",\"full\":\"why grouped-query attention?\",\"paths\":[\"gqa.md\"]}\n\
         {\"question\":\"what rises\",\"lang\":\"en\",\"passages\":[\"The dough rises.\",\"The sky is blue.\"],\"answerable\":true}\n\
         {\"question\":\"who won the cup\",\"lang\":\"en\",\"passages\":[\"The sky is blue.\"],\"answerable\":false}\n\
         {\"set\":\"mine\",\"lang\":\"en\",\"claim\":\"The dough rises.\",\"context\":\"The dough rises in an hour.\",\"supported\":true}\n\
         {\"set\":\"mine\",\"lang\":\"en\",\"claim\":\"The sky is green.\",\"context\":\"The dough rises in an hour.\",\"supported\":false}\n",
    );
    let curve = place.folder.path().join("curve.csv");
    let object = place.run(&["eval", &file, "--json", "--curve", curve.to_str().unwrap()]).ok().json();
    assert_schema_of("eval", &object);
    for section in ["follow_ups", "abstention", "support"] {
        assert!(object[section].is_object(), "{section}: {object:#}");
    }
    assert_eq!(
        (&object["support"]["mine/en"]["n"], &object["abstention"]["en"]["n"]),
        (&2.into(), &2.into())
    );
    let curve = std::fs::read_to_string(curve).unwrap();
    assert!(curve.starts_with("group,bar,coverage,risk\n") && curve.lines().count() >= 3, "{curve}");
}
