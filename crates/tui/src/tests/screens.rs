//! What the screen looks like.

use answer::{Step, Verdict};
use insta::assert_snapshot;

use crate::testing::*;
use crate::{Model, Msg, Session, render, svg};

#[test]
fn the_first_screen_greets_and_gives_examples() {
    assert_snapshot!(Driver::new(80, 20).picture(), @r#"
    80x20

      Footnote¹

      Ask your notes. Every sentence of an answer names the lines it rests on.

      For example
      › What is grouped-query attention?
      › Why did we move the meetup to May?
      › 分组查询注意力有什么好处？

      Tab takes one · F1 shows the keys





    ╭──────────────────────────────────────────────────────────────────────────────╮
    │ › Ask your notes a question                                                  │
    ╰──────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                          F1 help
    "#);
}

#[test]
fn a_follow_up_shows_what_was_searched() {
    let check = |question: &str, searched: &str, expected: bool| {
        let mut driver = Driver::new(100, 24);
        let id = driver.ask(question);
        driver.steps(id, vec![retrieved(searched, &passages())]);
        let screen = driver.screen();
        assert!(screen.contains(question), "{screen}");
        assert_eq!(screen.contains(&format!("understood as: {searched}")), expected, "{screen}");
    };
    check("and why is it cheaper?", "GQA and why is it cheaper?", true);
    check("那它呢？", "分组查询注意力 那它呢？", true);
    check("What is GQA?", "What is GQA?", false);
}

#[test]
fn a_passage_shows_what_it_leans_on() {
    let mut found = passages();
    let text = "| name | heads |\n|---|---|".into();
    found[0].lead = Some(answer::Lead { lines: found[0].lines, text });
    let mut driver = Driver::new(120, 24);
    let id = driver.ask("What is GQA?");
    driver.steps(id, vec![retrieved("What is GQA?", &found)]);
    assert!(driver.screen().contains("… | name | heads | |---|---|"), "{}", driver.screen());
}

#[test]
fn a_draft_is_shown_as_it_comes_and_gives_way_to_checked_sentences() {
    let mut driver = Driver::new(120, 24);
    driver.tick(1.0);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()[..6].to_vec()).tick(4.3);
    assert_snapshot!(driver.picture(), @r#"
    120x24
                                                                            │
      › What is GQA?                                                        │  Passages  1 cited · 2 more found
                                                                            │
        Grouped-query attention lets several query heads share one key and  │   1  ml/attention.md:10
        value head. ✓[1] With eight groups the cache becomes eight times    │      Attention › Variants
        smaller and the quality stays the same [2].                         │    ▌ Grouped-query attention (GQA) lets
                                                                            │    ▌ several query heads share one key and
        It is used by                                                       │    ▌ value head.
                                                                            │
                                                                            │   ·  ml/inference/kv-cache.md:40-41
                                                                            │
                                                                            │   ·  journal/2024-03.md:7
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
      ⠸ writing · 3 s · Esc stops
    ╭──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╮
    │ › Ask again                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                                                  F1 help
    "#);
}

#[test]
fn an_answer_stands_beside_its_passages() {
    let mut driver = Driver::new(120, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation());
    assert_snapshot!(driver.picture(), @r#"
    120x30
                                                                            │
      › What is GQA?                                                        │  Passages  2 cited · 1 more found
                                                                            │
        Grouped-query attention lets several query heads share one key and  │   1  ml/attention.md:10
        value head. ✓[1] With eight groups the cache becomes eight times    │      Attention › Variants
        smaller and the quality stays the same. ~[2]                        │    ▌ Grouped-query attention (GQA) lets
                                                                            │    ▌ several query heads share one key and
        It is used by every recent model. ?                                 │    ▌ value head.
                                                                            │
        ✓ 1 supported   ~ 1 partly   ? 1 unsupported   qwen3:8b · 2.1 s     │   2  ml/inference/kv-cache.md:40
                                                                            │      Serving › The key-value cache
                                                                            │    ▌ With 8 groups the cache of a 70B model
                                                                            │    ▌ shrinks eightfold, at little cost in
                                                                            │    ▌ quality.
                                                                            │
                                                                            │   ·  journal/2024-03.md:7
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │
                                                                            │

    ╭──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╮
    │ › Ask again                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                                                  F1 help
    "#);
}

#[test]
fn on_a_narrow_screen_the_passages_stand_below() {
    let mut driver = Driver::new(60, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation());
    assert_snapshot!(driver.picture(), @r#"
    60x30

      › What is GQA?

        Grouped-query attention lets several query heads share
        one key and value head. ✓[1] With eight groups the
        cache becomes eight times smaller and the quality
        stays the same. ~[2]

        It is used by every recent model. ?

        ✓ 1 supported   ~ 1 partly   ? 1 unsupported
        qwen3:8b · 2.1 s





    ────────────────────────────────────────────────────────────
      Passages  2 cited · 1 more found
       1  ml/attention.md:10
        ▌ Grouped-query attention (GQA) lets several query
        ▌ heads share one key and value head.
       2  ml/inference/kv-cache.md:40
        ▌ With 8 groups the cache of a 70B model shrinks
         ↓ more

    ╭──────────────────────────────────────────────────────────╮
    │ › Ask again                                              │
    ╰──────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks      F1 help
    "#);
}

#[test]
fn on_a_low_screen_there_is_only_the_answer() {
    let mut driver = Driver::new(40, 10);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation());
    assert_snapshot!(driver.picture(), @r#"
    40x10

        It is used by every recent
        model. ?

        ✓ 1 supported   ~ 1 partly
        ? 1 unsupported   qwen3:8b · 2.1 s


     › Ask again
      ● LOCAL qwen3:8b · 112 notes · 1,20…
    "#);
}

#[test]
fn a_refusal_says_why_and_what_is_near() {
    let mut driver = Driver::new(110, 24);
    let id = driver.ask("Who won the cup in 1998?");
    let nearest = passages();
    driver.steps(
        id,
        vec![
            retrieved("Who won the cup in 1998?", &nearest),
            refusal("no passage is near enough to the question", &nearest),
        ],
    );
    assert_snapshot!(driver.picture(), @r#"
    110x24
                                                                      │
      › Who won the cup in 1998?                                      │  Passages  3 nearest
                                                                      │
        ∅ Not in your notes                                           │   1  ml/attention.md:10-14
          no passage is near enough to the question                   │      Attention › Variants
                                                                      │      Grouped-query attention (GQA) lets
          Nearest                                                     │      several query heads share one key …
          1  ml/attention.md:10-14  Attention › Variants              │
          2  ml/inference/kv-cache.md:40-41  Serving › The key-valu…  │   2  ml/inference/kv-cache.md:40-41
          3  journal/2024-03.md:7  March                              │      Serving › The key-value cache
                                                                      │      With 8 groups the cache of a 70B
                                                                      │      model shrinks eightfold, at litt …
                                                                      │
                                                                      │   3  journal/2024-03.md:7
                                                                      │      March
                                                                      │      Read the GQA paper on the train.
                                                                      │
                                                                      │
                                                                      │

    ╭────────────────────────────────────────────────────────────────────────────────────────────────────────────╮
    │ › Ask again                                                                                                │
    ╰────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                                        F1 help
    "#);
}

#[test]
fn a_failure_says_what_to_do() {
    let mut driver = Driver::new(80, 18);
    let id = driver.ask("What is GQA?");
    let failure = failure(
        "cannot reach http://localhost:11434: connection refused",
        "start the server, or set `generator = \"extractive\"` in config.toml",
    );
    driver.steps(id, vec![Step::Failed { failure, partial: None }]);
    assert_snapshot!(driver.picture(), @r#"
    80x18

      › What is GQA?

        ✗ cannot reach http://localhost:11434: connection refused
        → start the server, or set `generator = "extractive"` in config.toml
        → Ctrl+Q answers it with quotes of your notes








    ╭──────────────────────────────────────────────────────────────────────────────╮
    │ › Ask again                                                                  │
    ╰──────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                          F1 help
    "#);
}

#[test]
fn a_stopped_answer_stays_with_its_draft() {
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()[..6].to_vec()).press("<Esc>");
    assert_snapshot!(driver.picture(), @r#"
    80x24

      › What is GQA?

        Grouped-query attention lets several query heads share one key and value
        head. ✓[1] With eight groups the cache becomes eight times smaller and the
        quality stays the same [2].

        It is used by

        ■ stopped; the end was not checked



    ────────────────────────────────────────────────────────────────────────────────
      Passages  1 cited · 2 more found
       1  ml/attention.md:10
        ▌ Grouped-query attention (GQA) lets several query heads share one key and
        ▌ value head.
         ↓ more

    ╭──────────────────────────────────────────────────────────────────────────────╮
    │ › Ask again                                                                  │
    ╰──────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                          F1 help
    "#);
}

#[test]
fn a_note_opens_at_its_lines() {
    let mut driver = Driver::new(90, 24);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()).press("<A-1>");
    driver.send(Msg::NoteOpened { path: "ml/attention.md".into(), text: note() });
    assert_snapshot!(driver.picture(), @r#"
    90x24
    ╭ [1] ml/attention.md:10 ────────────────────────────────────────────────────────────────╮
    │   5   Line 5 of the note on attention.                                                 │
    │   6   Line 6 of the note on attention.                                                 │
    │   7   Line 7 of the note on attention.                                                 │
    │   8   ## Variants                                                                      │
    │   9   Line 9 of the note on attention.                                                 │
    │  10 ▌ Grouped-query attention (GQA) lets several query heads share one key and value   │
    │     ▌ head.                                                                            │
    │  11 │ It was proposed in 2023.                                                         │
    │  12 │ Line 12 of the note on attention.                                                │
    │  13 │ The cache shrinks by the size of a group.                                        │
    │  14 │ Line 14 of the note on attention.                                                │
    │  15   Line 15 of the note on attention.                                                │
    │  16   Line 16 of the note on attention.                                                │
    │  17   Line 17 of the note on attention.                                                │
    │  18   Line 18 of the note on attention.                                                │
    │  19   Line 19 of the note on attention.                                                │
    │  20   Line 20 of the note on attention.                                                │
    │  21   Line 21 of the note on attention.                                                │
    │  22   Line 22 of the note on attention.                                                │
    │  23   Line 23 of the note on attention.                                                │
    │  24   Line 24 of the note on attention.                                                │
    ╰──────────────────────────────────────────────────── ↑↓ scroll · ←→ passages · q closes ╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                    F1 help
    "#);
}

#[test]
fn chinese_keeps_its_columns() {
    let mut driver = Driver::new(104, 26);
    let id = driver.ask("分组查询注意力有什么好处？");
    let found = vec![passage(
        1,
        "机器学习/注意力.md",
        (3, 5),
        &["注意力", "变体"],
        "分组查询注意力（GQA）让多个查询头共享同一组键和值，因此键值缓存会小很多。",
    )];
    let quote = citation(1, &found[0], (4, 4), "让多个查询头共享同一组键和值，因此键值缓存会小很多。");
    let sentences = vec![
        sentence(
            "",
            "分组查询注意力让多个查询头共享同一组键和值，所以“键值缓存”会小很多，推理也更快。",
            Verdict::Supported,
            &[1],
        ),
        sentence("", "质量没有任何损失。", Verdict::Contradicted, &[1]),
    ];
    driver.steps(
        id,
        vec![
            retrieved("分组查询注意力有什么好处？", &found),
            Step::Answered(Box::new(answered(sentences, vec![quote]))),
        ],
    );
    driver.press("质量呢");
    assert_snapshot!(driver.picture(), @r#"
    104x26
                                                                   │
      › 分组查询注意力有什么好处？                                 │  Passages  1 cited
                                                                   │
        分组查询注意力让多个查询头共享同一组键和值，所以“键值缓    │   1  机器学习/注意力.md:4
        存”会小很多，推理也更快。 ✓[1] 质量没有任何损失。 ✗[1]     │      注意力 › 变体
                                                                   │    ▌ 让多个查询头共享同一组键和值，因
        ✓ 1 supported   ✗ 1 contradicted   qwen3:8b · 2.1 s        │    ▌ 此键值缓存会小很多。
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │
                                                                   │

    ╭──────────────────────────────────────────────────────────────────────────────────────────────────────╮
    │ › 质量呢                                                                                             │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                                  F1 help
    "#);
}

#[test]
fn getting_ready_is_shown_with_a_gauge() {
    let mut driver = Driver::new(70, 16);
    driver.model = Model::new(&Session { ready: false, ..session() }, 70, 16);
    driver.send(Msg::Indexing { done: 1200, total: 4096 });
    assert_snapshot!(driver.picture(), @r#"
    70x16
      Footnote¹

      Ask your notes. Every sentence of an answer names the lines it
      rests on.

      ⠋ Reading your notes  1,200 of 4,096
      ━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌

      You can ask already: the question is kept until everything is
      there.


    ╭────────────────────────────────────────────────────────────────────╮
    │ › Ask your notes a question                                        │
    ╰────────────────────────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b                                           F1 help
    "#);
}

#[test]
fn the_help_lists_keys_and_marks() {
    let mut driver = Driver::new(100, 31);
    driver.press("?");
    assert_snapshot!(driver.picture(), @r#"
    100x31
    ╭ Keys and marks ──────────────────────────────────────────────────────────────────────────────────╮
    │ Enter                 ask                                                                        │
    │ Alt+Enter  Ctrl+J     new line (Shift+Enter where the terminal tells it apart)                   │
    │ ↑ ↓                   earlier questions, while nothing is typed                                  │
    │ Esc  Ctrl+C           stop the answer; what was written stays                                    │
    │                                                                                                  │
    │ Tab                   to the passages and back (with nothing asked: an example)                  │
    │ Enter  1-9            there: open the note at the lines                                          │
    │ ← →                   there: passages of the question before or after                            │
    │ Alt+1 … Alt+9         open the note behind a number, from anywhere                               │
    │ Ctrl+Q                answer the last question with quotes of the notes                          │
    │ Ctrl+G                let the next model that runs here write                                    │
    │ Ctrl+T                unfold what the model thought, or fold it                                  │
    │ Ctrl+O                the same question without your notes, to compare                           │
    │ Ctrl+Y                copy the answer with its footnotes                                         │
    │                                                                                                  │
    │ PgUp PgDn  wheel      scroll                                                                     │
    │ Home End              to the start, to the end (while nothing is typed)                          │
    │ Ctrl+L                draw the screen anew                                                       │
    │ Ctrl+D  Ctrl+C twice  leave                                                                      │
    │                                                                                                  │
    │ /open 2  /clear       open note 2; begin a new conversation                                      │
    │ /help  /quit          this help; leave                                                           │
    │                                                                                                  │
    │ ✓ supported           the cited lines say it                                                     │
    │ ~ partly              the cited lines say part of it                                             │
    │ ? unsupported         no passage says it                                                         │
    │ ✗ contradicted        a passage says the contrary                                                │
    │ · not checked         not compared with the notes                                                │
    ╰──────────────────────────────────────────────────────────────────────────── ↑↓ scroll · q closes ╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks                                              F1 help
    "#);
}

#[test]
fn markdown_keeps_its_shape() {
    let mut driver = Driver::new(50, 26);
    let id = driver.ask("How?");
    let sentences = vec![
        sentence("", "Two steps:", Verdict::NotChecked, &[]),
        sentence(
            "\n- ",
            "First build the **index** of all of your notes with `footnote index`.",
            Verdict::Supported,
            &[1, 2],
        ),
        sentence("\n- ", "Then ask.", Verdict::Supported, &[1]),
        sentence("\n", "```sh\nfootnote ask\n    --json\n```", Verdict::NotChecked, &[]),
    ];
    driver.steps(id, vec![Step::Answered(Box::new(answered(sentences, vec![])))]);
    assert_snapshot!(driver.picture(), @r#"
    50x26

      › How?

        Two steps: ·
        • First build the index of all of your notes
          with `footnote index`. ✓[1][2]
        • Then ask. ✓[1]
        ```sh
        footnote ask
            --json
        ``` ·

        ✓ 2 supported   · 2 not checked   qwen3:8b ·
        2.1 s








    ╭────────────────────────────────────────────────╮
    │ › Ask again                                    │
    ╰────────────────────────────────────────────────╯
      ● LOCAL qwen3:8b · 112 notes · 1,204 chunks
    "#);
}

#[test]
fn notices_and_a_busy_index_are_on_the_bottom_line() {
    let bottom = |driver: &Driver| driver.screen().lines().last().unwrap().to_owned();
    let mut driver = Driver::new(100, 12);
    let mut status = session().status;
    status.notices = vec!["3 notes changed: run `footnote index`".into(), "more".into()];
    status.place = crate::Place::Remote;
    driver.send(Msg::Ready(status));
    assert_snapshot!(bottom(&driver), @"  ● REMOTE qwen3:8b · 112 notes · 1,204 chunks · 3 notes changed: run `footnote index` (+1)");
    driver.send(Msg::Indexing { done: 3, total: 40 });
    assert_snapshot!(bottom(&driver), @"  ● REMOTE qwen3:8b · 112 notes · 1,204 chunks · Reading your notes 3/40                   F1 help");
}

#[test]
fn too_small_a_screen_says_so_politely() {
    assert_snapshot!(Driver::new(19, 4).picture(), @r#"
    19x4
    Too small: 20×6 at
    least, please.
    "#);
}

#[test]
fn without_colour_there_is_none() {
    let mut driver = Driver::new(120, 30);
    driver.model = Model::new(&Session { color: false, ..session() }, 120, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()).press("<Tab>");
    let buffer = render(&driver.model);
    let plain = |cell: &ratatui::buffer::Cell| {
        cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset
    };
    assert!(buffer.content.iter().all(plain));
}

#[test]
fn the_screen_becomes_a_picture() {
    let mut driver = Driver::new(120, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation());
    let picture = svg(&render(&driver.model));
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(
        [">eight</text>", ">✓</text>", ">[1]</text>"].iter().all(|part| picture.contains(part)),
        "{picture}"
    );
}

#[test]
fn where_the_notes_disagree_both_sides_stand_with_lines_and_dates() {
    let side = |path: &str, (quote, said): (&str, &str), date: &str, reported| answer::Side {
        path: path.into(),
        lines: answer::Lines { start: 11, end: 12 },
        quote: quote.into(),
        said: said.into(),
        date: Some(date.into()),
        reported,
        passage: 1,
    };
    let mut whole = answered(vec![sentence("", "HNSW is approximate.", Verdict::Supported, &[])], vec![]);
    whole.conflicts = vec![answer::Conflict {
        a: side("rag/hnsw.md", ("HNSW search is approximate,\nnot exact.", "not exact"), "2025-02-16", false),
        b: side(
            "cheat\u{1b}[31m-sheet.md",
            ("Forum posts say that HNSW is exact.", "exact"),
            "2024-04-06",
            true,
        ),
    }];
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("Is HNSW exact?");
    driver.steps(id, vec![retrieved("Is HNSW exact?", &passages()), Step::Answered(Box::new(whole))]);
    let screen = driver.screen();
    for row in [
        "≠ The notes disagree: not exact against exact",
        "rag/hnsw.md:11-12 · 2025-02-16",
        "HNSW search is approximate, not exact.",
        "cheat-sheet.md:11-12 · 2024-04-06 · what others say",
        "Forum posts say that HNSW is exact.",
    ] {
        assert!(screen.contains(row), "{row}: {screen}");
    }
}
