//! What quoted answers hold: questions over the sample notes, with what a whole answer has and the lines that are to the point.

use std::path::Path;

use serde_json::Value;

use crate::ask::assert_schema_of;
use crate::harness::{Place, root, sample};

fn quoted(file: &Path) -> Value {
    let place = Place { notes: sample().notes.clone(), index: sample().index.clone(), ..Place::empty() };
    let object = place.run(&["eval", file.to_str().unwrap(), "--json"]).ok().json();
    assert_schema_of("eval", &object);
    object["answers"].clone()
}

#[test]
fn quoted_answers_are_to_the_point_and_whole() {
    let answers = quoted(&root().join("tests/answers.jsonl"));
    println!("{answers}");
    for (measure, least) in [("complete", 0.55), ("first_to_the_point", 0.7), ("to_the_point", 0.7)] {
        assert!(answers[measure].as_f64().unwrap() >= least, "{measure}: {answers}");
    }
}

#[test]
fn a_question_after_all_of_several_things_is_answered_by_their_list() {
    let place = Place { notes: sample().notes.clone(), index: sample().index.clone(), ..Place::empty() };
    let check = |question: &str, expected: &[&str]| {
        let object = place.run(&["ask", "--json", question]).ok().json();
        let answer = object["answer"].as_str().unwrap();
        for part in expected {
            assert!(answer.contains(part), "{question}: {part} in {answer}");
        }
    };
    check("复读机问题有哪几个原因？", &["原因主要有六个：", "\n2. 自我强化", "\n6. 输入信息不足"]);
    check("What are the weak points of HNSW?", &["Deletion.", "\n- Filters."]);
    check("LoRA 的秩一般取多少？", &["8"]);
    check("WordPiece 和 Unigram 有什么区别？", &["WordPiece", "Unigram"]);
}
