//! Names that mean the same: what is asked by one is found under another.

use crate::harness::{Place, root, sample};

const NAMES: &str = "# 名词\n\n- 多查询注意力（MQA）：推理加速的常用办法之一。\n- 灾难性遗忘（catastrophic forgetting）：学新任务时丢掉旧能力。\n";
const CHINESE: &str = "# 多查询注意力\n\n多查询注意力让所有查询头共享同一组键和值，缓存因此缩小到几十分之一，解码更快，质量略有下降。\n";
const ENGLISH: &str = "# Fine-tuning\n\nCatastrophic forgetting is the loss of earlier skills when a network is trained on a new task only; \
    replaying some of the old data prevents it.\n";
const OTHERS: &[(&str, &str)] = &[
    (
        "bread.md",
        "# Bread\n\nMix flour, water and salt, and let the dough rest for twelve hours before it is baked.\n",
    ),
    ("tea.md", "# 泡茶\n\n绿茶用八十度的水，泡两分钟，第二泡时间加倍。\n"),
    (
        "cache.md",
        "# Caches\n\nA cache keeps what was computed; what is used least is thrown out first when memory runs short.\n",
    ),
    ("bikes.md", "# 自行车\n\n链条每骑三百公里要清洗上油，胎压每周检查一次。\n"),
];

fn place() -> Place {
    let notes = [("names.md", NAMES), ("chinese.md", CHINESE), ("english.md", ENGLISH)];
    Place::of(&[&notes[..], OTHERS].concat())
}

#[test]
fn what_is_asked_by_one_name_is_found_under_another() {
    let place = place();
    for (question, wanted) in [("what is MQA", "chinese.md"), ("什么是灾难性遗忘？怎样避免？", "english.md")]
    {
        let object = place.run(&["search", question, "--json", "--explain"]).ok().json();
        let paths: Vec<&str> = object["passages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|passage| passage["path"].as_str().unwrap())
            .collect();
        assert!(paths[..2].contains(&wanted), "{question}: {paths:?}");
        assert_eq!(object["explain"]["widened"].as_array().unwrap().len(), 1, "{object:#}");
        let answer = place.run(&["ask", question, "--json"]).ok().json();
        assert_eq!(answer["status"], "answered", "{question}: {answer:#}");
    }
}

#[test]
fn names_are_listed_with_the_lines_that_say_so() {
    let object = sample().run(&["aliases", "mqa", "--json"]).ok().json();
    let same = &object["aliases"][0]["same"];
    let place =
        same.as_array().unwrap().iter().find(|same| same["name"] == "多查询注意力").unwrap()["places"][0]
            .clone();
    let note = std::fs::read_to_string(root().join("notes").join(place["path"].as_str().unwrap())).unwrap();
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    assert!(note.lines().nth(line - 1).unwrap().contains("多查询注意力（MQA）"), "{place}");
    let ran = sample().run(&["aliases", "no such name"]).exits(1);
    assert!(ran.err.contains("no such name"), "{}", ran.err);
}

#[test]
fn the_user_adds_names_and_parts_them() {
    let place = place();
    let file = place.folder.path().join("names");
    std::fs::write(&file, "# mine\nMQA != 多查询注意力\nMQA = 同享头\n").unwrap();
    let run = |file: &str, args: &[&str]| {
        let mut command = place.command(args);
        crate::harness::Ran::of(command.env("FOOTNOTE_ALIASES", file))
    };
    let listed = run(file.to_str().unwrap(), &["aliases", "MQA"]).ok().out;
    assert!(
        listed.contains("同享头") && listed.contains("names:3") && !listed.contains("多查询注意力"),
        "{listed}"
    );

    std::fs::write(&file, "MQA＝同享头\nwhat is this\n").unwrap();
    let ran = run(file.to_str().unwrap(), &["aliases", "MQA"]).ok();
    assert!(ran.err.contains("names:2: there is no = in it"), "{}", ran.err);
    assert!(ran.out.contains("同享头"), "{}", ran.out);
    let ran = run(file.to_str().unwrap(), &["config", "check"]).exits(2);
    assert!(ran.err.contains("names:2: there is no = in it"), "{}", ran.err);
    let ran = run(file.to_str().unwrap(), &["doctor"]);
    assert!(ran.out.contains("names:2: there is no = in it"), "{}", ran.out);

    let utf16: Vec<u8> = "\u{feff}MQA = 同享头\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, utf16).unwrap();
    assert!(run(file.to_str().unwrap(), &["aliases", "MQA"]).ok().out.contains("同享头"));
    std::fs::write(&file, [0_u8, 1, 2, 3]).unwrap();
    let ran = run(file.to_str().unwrap(), &["search", "MQA"]).exits(2);
    assert!(ran.err.contains("names: it holds NUL"), "{}", ran.err);
    let ran = run("nowhere.txt", &["search", "MQA"]).exits(2);
    assert!(ran.err.contains("nowhere.txt"), "{}", ran.err);
}
