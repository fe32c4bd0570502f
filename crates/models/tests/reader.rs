//! The reader, for real. ONNX Runtime is fetched on the first run.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop at what should not be, and tell"
)]

mod cache;

use std::sync::OnceLock;

use answer::{Reader, Reading};
use models::{RuntimeOptions, open_reader};

fn reader() -> &'static dyn Reader {
    static READER: OnceLock<Box<dyn Reader>> = OnceLock::new();
    let open = || {
        let options = RuntimeOptions { cache_dir: cache::dir(), ..RuntimeOptions::default() };
        open_reader(&options, &mut |message| println!("{message}")).unwrap()
    };
    &**READER.get_or_init(open)
}

fn read(question: &str, passage: &str) -> Reading {
    reader().read(question, &[passage]).unwrap().remove(0)
}

const BREAD: &str = "Sourdough needs patience. Let the dough rise for four hours at room temperature, then bake it at \
                     230 degrees. The crust is done when it sounds hollow.";
const CHIP: &str = "A Kestrel board has two processors. Its memory holds sixteen gigabytes, and it was designed by Ines Okafor \
                    in Lisbon.";
const TEA: &str = "龙井茶产于杭州西湖一带，属于绿茶。冲泡时水温以八十度为宜，时间约三分钟。";
const BRIDGE: &str = "这座石桥由工匠李春于隋代设计建造，全长六十四米，至今仍可通行。";

#[test]
fn a_passage_with_the_answer_is_likelier_to_answer() {
    let check = |question: &str, with: &str, without: &str| {
        let (with, without) = (read(question, with), read(question, without));
        assert!(
            with.answerable > without.answerable + 1.0,
            "{question}: {} with, {} without",
            with.answerable,
            without.answerable
        );
    };
    check("How long should the dough rise?", BREAD, CHIP);
    check("Who designed the Kestrel board?", CHIP, BREAD);
    check("龙井茶产于哪里？", TEA, BRIDGE);
    check("石桥是谁设计的？", BRIDGE, TEA);
}

#[test]
fn the_answer_is_found() {
    let check = |question: &str, passage: &str, answer: &str| {
        let best = read(question, passage).best.unwrap();
        let found = &passage[best.span];
        assert!(found.contains(answer), "{question}: {found}");
        assert!(found.len() < passage.len() / 2, "{question}: {found}");
    };
    check("How long should the dough rise?", BREAD, "four hours");
    check("Who designed the Kestrel board?", CHIP, "Ines Okafor");
    check("龙井茶产于哪里？", TEA, "杭州");
    check("石桥是谁设计的？", BRIDGE, "李春");
}

#[test]
fn a_wrong_claim_stands_below_the_answer() {
    let check = |question: &str, passage: &str, right: &str, wrong: &str| {
        let reading = read(question, passage);
        let standing = |claim: &str| {
            let at = passage.find(claim).unwrap();
            reading.standing(at..at + claim.len()).unwrap()
        };
        assert!(standing(right) > standing(wrong), "{question}");
    };
    check("Who designed the Kestrel board?", CHIP, "Ines Okafor", "sixteen gigabytes");
    check("石桥是谁设计的？", BRIDGE, "李春", "六十四米");
}

#[test]
fn a_reading_depends_on_nothing_else() {
    let question = "How long should the dough rise?";
    let together = reader().read(question, &[CHIP, TEA, BREAD, "", BRIDGE, BREAD]).unwrap();
    assert_eq!(together.len(), 6);
    assert_eq!(together[2], together[5]);
    for (passage, reading) in [CHIP, TEA, BREAD, "", BRIDGE].into_iter().zip(&together) {
        assert_eq!(&read(question, passage), reading, "{passage}");
    }
    assert_eq!(reader().read(question, &[]).unwrap(), []);
}

#[test]
fn an_answer_far_down_a_long_passage_is_found() {
    let filler = "Wind and rain came over the hills again, and nobody spoke for a while. ".repeat(40);
    let passage = format!("{filler}{CHIP} {filler}");
    let reading = read("Who designed the Kestrel board?", &passage);
    assert_eq!(&passage[reading.best.unwrap().span], "Ines Okafor");
}

#[test]
fn odd_texts_are_read_like_any_other() {
    let long = "字".repeat(3000);
    let odd = [
        "",
        " ",
        "\n\n",
        "\u{0}\u{1b}[31m",
        "<s></s><pad><mask>",
        "👩‍👩‍👧‍👦🇨🇳é\u{301}\u{202e}",
        "㎏ ﬁ Ⅷ ｶﾞ ½",
        "\u{200b}\u{feff}",
        long.as_str(),
    ];
    for question in odd {
        for (passage, reading) in odd.iter().zip(reader().read(question, &odd[..8]).unwrap()) {
            assert!(reading.answerable.is_finite());
            if let Some(best) = reading.best {
                assert!(!passage.get(best.span).unwrap().is_empty(), "{passage:?}");
                assert!(best.score.is_finite());
            }
        }
    }
    assert!(!read("什么字？", &long).best.unwrap().span.is_empty());
}
