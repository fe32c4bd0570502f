//! Nothing that comes from outside makes the screen panic, overflow or obey.

use std::time::Duration;

use answer::{Step, Verdict};
use proptest::prelude::*;
use ratatui::crossterm::event::KeyEvent;

use crate::testing::*;
use crate::{Msg, Status, render, svg, text};

/// Text that wants to break something.
fn hostile() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        prop::sample::select(vec![
            "\x1b[2J",
            "\x1b]0;t\x07",
            "\u{202e}",
            "\t",
            "\n",
            "\r",
            "\0",
            "\u{a0}",
            "\u{200d}",
            "👩‍💻",
            "🇨🇳",
            "e\u{301}",
            "**",
            "`",
            "```\n",
            "- ",
            "# ",
            "[1]",
            "分组，",
            "「",
            "ᄀᄀᄀᄀᄀ가",
            "﷽",
            " ",
            "   ",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,30}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(bit, 0..20).prop_map(|bits| bits.concat())
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let named = prop::sample::select(vec![
        "<Enter>",
        "<Esc>",
        "<Tab>",
        "<Up>",
        "<Down>",
        "<Left>",
        "<Right>",
        "<Home>",
        "<End>",
        "<PgUp>",
        "<PgDn>",
        "<BS>",
        "<Del>",
        "<F1>",
        "<A-1>",
        "<A-2>",
        "<C-c>",
        "<C-d>",
        "<C-w>",
        "<C-u>",
        "<C-k>",
        "<C-y>",
        "<C-p>",
        "<C-n>",
        "<A-Enter>",
        "<A-b>",
        "?",
        "q",
        "a",
        "分",
        "/",
        "1",
        " ",
        "G",
        "g",
        "j",
        "k",
        "<C-Right>",
    ]);
    named.prop_map(|name| parse(name)[0])
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = prop::sample::select(vec![
        Verdict::Supported,
        Verdict::Partly,
        Verdict::Contradicted,
        Verdict::NotChecked,
    ]);
    prop_oneof![
        (hostile(), hostile(), hostile(), any::<(u32, u32)>()).prop_map(|(path, heading, body, lines)| {
            retrieved(
                &body,
                &[passage(1, &path, lines, &[&heading], &body), passage(2, "b.md", (1, 2), &[], "b")],
            )
        }),
        hostile().prop_map(Step::Delta),
        hostile().prop_map(Step::Thinking),
        hostile().prop_map(Step::Waiting),
        hostile().prop_map(Step::Warning),
        (hostile(), any::<u32>()).prop_map(|(quote, n)| Step::Cited(citation(
            n,
            &passages()[0],
            (n, n),
            &quote
        ))),
        (hostile(), hostile(), verdict, any::<u32>())
            .prop_map(|(lead, said, verdict, n)| { Step::Sentence(sentence(&lead, &said, verdict, &[n])) }),
        hostile().prop_map(|said| {
            let sentences = vec![sentence("", &said, Verdict::Unsupported, &[7])];
            Step::Answered(Box::new(answered(sentences, vec![citation(7, &passages()[0], (3, 1), &said)])))
        }),
        hostile().prop_map(|reason| refusal(&reason, &passages())),
        hostile().prop_map(|message| Step::Failed { failure: failure(&message, &message), partial: None }),
    ]
}

fn msg() -> impl Strategy<Value = Msg> {
    prop_oneof![
        8 => key().prop_map(Msg::Key),
        4 => (1_u64..6, step()).prop_map(|(id, step)| Msg::Step { id, step }),
        1 => hostile().prop_map(Msg::Paste),
        1 => any::<i32>().prop_map(Msg::Scroll),
        1 => (1_u16..300, 1_u16..100).prop_map(|(width, height)| Msg::Resize(width, height)),
        1 => any::<u32>().prop_map(|ms| Msg::Tick(Duration::from_millis(ms.into()))),
        1 => hostile().prop_map(|text| Msg::NoteOpened { path: "ml/attention.md".into(), text }),
        1 => hostile().prop_map(|reason| Msg::NoteFailed { path: "b.md".into(), reason }),
        1 => any::<(usize, usize)>().prop_map(|(done, total)| Msg::Indexing { done, total }),
        1 => hostile().prop_map(|notice| Msg::Ready(Status { notices: vec![notice], ..session().status })),
        1 => hostile().prop_map(|what| Msg::Unavailable(failure(&what, &what))),
        1 => (1_u64..6).prop_map(|id| Msg::Ended { id, reason: None }),
    ]
}

proptest! {
    #[test]
    fn nothing_panics_at_any_size(
        width in 1_u16..300,
        height in 1_u16..100,
        msgs in prop::collection::vec(msg(), 0..40),
    ) {
        let mut driver = Driver::new(width, height);
        for msg in msgs {
            driver.send(msg);
        }
        let buffer = render(&driver.model);
        // No cell holds what a terminal would obey, or what would hide or turn text.
        for cell in &buffer.content {
            let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!cell.symbol().contains(bad), "{:?}", cell.symbol());
        }
        prop_assert!(svg(&buffer).ends_with("</svg>\n"));
    }

    #[test]
    fn every_word_of_an_answer_is_on_the_screen(words in prop::collection::vec("[a-z]{1,12}|[分组查询，。]{1,6}", 1..20), width in 20_u16..90) {
        let mut driver = Driver::new(width, 60);
        let id = driver.ask("q");
        let said = words.join(" ");
        driver.steps(id, vec![Step::Answered(Box::new(answered(vec![sentence("", &said, Verdict::Supported, &[])], vec![])))]);
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let screen = solid(&text(&render(&driver.model)));
        prop_assert!(screen.contains(&(solid(&said) + "✓")), "{}", screen);
    }

    #[test]
    fn drawing_and_resizing_lose_nothing(sizes in prop::collection::vec((20_u16..200, 8_u16..60), 1..6)) {
        let mut driver = Driver::new(100, 30);
        let id = driver.ask("What is GQA?");
        driver.steps(id, conversation());
        for (width, height) in sizes {
            driver.send(Msg::Resize(width, height));
        }
        driver.send(Msg::Resize(100, 30));
        let mut fresh = Driver::new(100, 30);
        let id = fresh.ask("What is GQA?");
        fresh.steps(id, conversation());
        prop_assert_eq!(driver.screen(), fresh.screen());
    }
}
