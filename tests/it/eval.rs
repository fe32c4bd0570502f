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
