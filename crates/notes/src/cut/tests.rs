use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::testing::{Characters, Rough, markdown};

fn note(path: &str, text: &str) -> Note {
    Note::read(path, text.as_bytes()).unwrap()
}

fn cut_with(note: &Note, counter: &dyn TokenCounter, target: usize, max: usize) -> Vec<Chunk> {
    note.chunks(counter, ChunkLimits { target, max })
}

/// One line for each chunk: lines, headings, text.
fn show(path: &str, text: &str, target: usize, max: usize) -> String {
    let note = note(path, text);
    let lines = cut_with(&note, &Rough, target, max)
        .into_iter()
        .map(|chunk| format!("{} [{}] {:?}", chunk.lines, chunk.headings.join(" > "), chunk.text));
    lines.collect::<Vec<_>>().join("\n")
}

/// A paragraph of `tokens` tokens.
fn prose(tokens: usize) -> String {
    "word ".repeat(tokens - 1) + "end."
}

#[test]
fn sections_keep_their_heading_path_out_of_the_text() {
    let text = format!("# Attention\n\n{}\n\n## GQA\n\n{}\n\n## MQA\n{}\n", prose(30), prose(40), prose(50));
    let note = note("a.md", &text);
    let chunks = cut_with(&note, &Rough, 60, 90);
    let found: Vec<_> = chunks.iter().map(|chunk| (chunk.lines.to_string(), chunk.above.as_str())).collect();
    assert_eq!(
        found,
        [
            ("3".into(), "Attention\n"),
            ("7".into(), "Attention > GQA\n"),
            ("10".to_owned(), "Attention > MQA\n")
        ]
    );
    assert_eq!(chunks[1].text, prose(40));
    assert_eq!(chunks[1].embed_text(), format!("Attention > GQA\n{}", prose(40)));
    assert_ne!(chunks[0].hash(), chunks[1].hash());
}

#[test]
fn the_title_leads_when_it_is_not_the_first_heading() {
    let above = |text: &str| cut_with(&note("a.md", text), &Rough, 60, 90)[0].above.clone();
    assert_eq!(above("---\ntitle: Models\n---\n# GQA\ntext"), "Models > GQA\n");
    assert_eq!(above("# GQA\ntext"), "GQA\n");
    assert_eq!(above("text\n# GQA"), "GQA\n");
    assert_eq!(above("text"), "");
    assert_eq!(above(&format!("# A\n## B\n### {}\ntext", prose(20))), format!("B > {}\n", prose(20)));
    let long = above(&format!("# {}\ntext", prose(200)));
    assert!(Rough.count(&long) <= 90 / 4 && long.starts_with("word word"), "{long}");
}

#[test]
fn small_sections_stay_with_their_siblings() {
    // Two fragments under one parent become one chunk with their headings inside.
    insta::assert_snapshot!(show("a.md", "# P\n## A\none a.\n## B\none b.\n# Q\nq q.\n", 60, 90), @r###"
2-5 [P] "## A\none a.\n## B\none b."
7 [Q] "q q."
"###);
    // An empty section goes with the next; the last lone heading goes with the one before.
    insta::assert_snapshot!(show("a.md", "# P\n## A\n## B\none b.\n## C\n", 60, 90), @r###"2-5 [P] "## A\n## B\none b.\n## C""###);
    // A subsection at the end of another parent cannot take its path along, so it stays alone.
    let text = format!("# P\n## A\n{}\n### X\nx x.\n## B\n{}\n", prose(58), prose(55));
    let chunks = cut_with(&note("a.md", &text), &Rough, 60, 90);
    let paths: Vec<_> = chunks.iter().map(|chunk| chunk.headings.join(" > ")).collect();
    assert_eq!(paths, ["P > A", "P > A > X", "P > B"]);
    // A heading with nothing under it is no chunk, but an outline is.
    insta::assert_snapshot!(show("a.md", "# Only\n", 60, 90), @"");
    insta::assert_snapshot!(show("a.md", "# Papers\n## Attention\n## GQA\n", 60, 90), @r###"2-3 [Papers] "## Attention\n## GQA""###);
}

#[test]
fn blocks_are_packed_and_large_ones_split() {
    let text = format!("{}\n\n{}\n\n{}\n", prose(25), prose(30), prose(30));
    let sizes = |text: &str| -> Vec<usize> {
        cut_with(&note("a.md", text), &Rough, 60, 90).iter().map(|chunk| Rough.count(&chunk.text)).collect()
    };
    assert_eq!(sizes(&text), [55, 30]);
    // Between target and max a block stays whole, with the line that introduces it.
    assert_eq!(sizes(&format!("Look:\n\n{}\n", prose(80))), [82]);
    // But not when just the line would make it too large, and a line goes along from the chunk before.
    assert_eq!(sizes(&format!("Look:\n\n{}\n", prose(89))), [2, 89]);
    assert_eq!(sizes(&format!("{}\n\nLook:\n\n{}\n", prose(40), prose(30))), [40, 32]);
    assert_eq!(sizes(&format!("{}\n\nA label\n\n{}\n", prose(40), prose(30))), [40, 33]);
    // A crumb at the end goes with the chunk before.
    assert_eq!(sizes(&format!("{}\n\n{}\n", prose(60), prose(5))), [65]);
    // Above max it is split at sentences.
    let sentences = "这是一个句子。".repeat(40);
    let chunks = cut_with(&note("a.md", &sentences), &Rough, 60, 90);
    assert!(chunks.len() > 3 && chunks.iter().all(|chunk| chunk.text.ends_with('。')), "{chunks:#?}");
    assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), sentences);
}

#[test]
fn lists_split_between_items_and_code_between_lines() {
    let list =
        (0..30).map(|i| format!("- item {i} with. several words\n  - nested one\n")).collect::<String>();
    let chunks = cut_with(&note("a.md", &list), &Rough, 60, 90);
    assert!(chunks.len() > 2 && chunks.iter().all(|chunk| chunk.text.starts_with("- item")), "{chunks:#?}");
    let code = (0..60).map(|i| format!("let value_{i} = {i};\n")).collect::<String>();
    let chunks = cut_with(&note("a.md", &format!("```rust\n{code}```\n")), &Rough, 60, 90);
    assert!(
        chunks.len() > 2 && chunks[1..].iter().all(|chunk| chunk.text.starts_with("let value")),
        "{chunks:#?}"
    );
    assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.text.ends_with(';')), "{chunks:#?}");
}

#[test]
fn a_table_says_its_header_again() {
    let rows = (0..30).map(|i| format!("| model {i} | {i} heads |\n")).collect::<String>();
    let head = "| name | heads |\n|---|---|";
    for (path, text) in [("a.md", format!("# T\n{head}\n{rows}")), ("a.org", format!("* T\n{head}\n{rows}"))]
    {
        let chunks = cut_with(&note(path, &text), &Rough, 60, 90);
        assert!(chunks.len() > 2, "{chunks:#?}");
        assert_eq!(chunks[0].above, "T\n");
        assert!(chunks[0].text.starts_with(head));
        for chunk in &chunks[1..] {
            assert_eq!(chunk.above, format!("T\n{head}\n"));
            assert!(chunk.text.starts_with("| model") && chunk.text.ends_with('|'), "{}", chunk.text);
        }
    }
}

/// The leads of the chunks, each with its lines; empty for none.
fn leads(path: &str, text: &str) -> Vec<String> {
    let of =
        |chunk: Chunk| chunk.lead.map(|lead| format!("{} {}", lead.lines, lead.text)).unwrap_or_default();
    cut_with(&note(path, text), &Rough, 60, 90).into_iter().map(of).collect()
}

#[test]
fn a_table_or_list_that_goes_on_says_what_it_is() {
    let rows = (0..30).map(|i| format!("| model {i} | {i} heads |\n")).collect::<String>();
    let found = leads("a.md", &format!("# T\n| name | heads |\n|---|---|\n{rows}"));
    assert!(found.len() > 2 && found[0].is_empty(), "{found:?}");
    assert!(found[1..].iter().all(|lead| lead == "2-3 | name | heads |\n|---|---|"), "{found:?}");

    let items = (0..30).map(|i| format!("- item {i} of several words\n")).collect::<String>();
    for intro in ["Old words. It has three parts:", "它有三个部分：", "Parts"] {
        let found = leads("a.md", &format!("# T\n{intro}\n\n{items}"));
        let last = intro.trim_start_matches("Old words. ");
        assert!(found.len() > 2 && found[0].is_empty(), "{found:?}");
        assert!(found[1..].iter().all(|lead| *lead == format!("2 {last}")), "{found:?}");
    }
    let found = leads("a.md", &format!("# T\nNothing to do with it.\n\n{items}"));
    assert!(found.iter().all(String::is_empty), "{found:?}");
}

#[test]
fn first_words_that_point_back_bring_what_they_point_at() {
    let check = |before: &str, after: &str, expected: &str| {
        let text = format!("# T\n{} {before}\n\n{after} {}\n", prose(40), prose(40));
        let found = leads("a.md", &text);
        assert_eq!(found, ["", expected], "{before} {after}");
    };
    check("GQA shares heads.", "It is cheap.", "2 GQA shares heads.");
    check("GQA shares heads. It is old.", "However, it is cheap.", "2 GQA shares heads. It is old.");
    check("分组查询注意力共享键头。", "因此缓存更小。", "2 分组查询注意力共享键头。");
    check("GQA shares heads.", "MQA shares one.", "");
    // The heading says what a section is about.
    let found = leads("a.md", &format!("# A\n{}\n# B\nIt is {}\n", prose(50), prose(50)));
    assert_eq!(found, ["", ""]);
    // What stands before it is no sentence.
    let found = leads("a.md", &format!("```\n{}\n```\n\nThis is {}\n", prose(55), prose(50)));
    assert_eq!(found, ["", ""]);
}

#[test]
fn a_sentence_that_was_cut_brings_its_beginning() {
    let found = leads("a.md", &prose(200));
    assert!(found.len() > 2 && found[0].is_empty(), "{found:?}");
    assert!(found[1..].iter().all(|lead| lead.starts_with("1 word word") && lead.len() <= 80), "{found:?}");
    let found = leads("a.md", &"很长的一句话，".repeat(30));
    assert!(found[1..].iter().all(|lead| lead.ends_with("很长的一句话，")), "{found:?}");
}

#[test]
fn front_matter_rules_and_drawers_are_in_no_chunk() {
    insta::assert_snapshot!(show("a.md", "---\ntitle: T\n---\n---\ntext\n\n---\n", 60, 90), @r###"5 [] "text""###);
    insta::assert_snapshot!(show("a.md", "---\ntitle: [broken\n---\ntext\n", 60, 90), @r###"1-4 [] "---\ntitle: [broken\n---\ntext""###);
    insta::assert_snapshot!(
        show("a.org", "#+title: T\n\n* A\n:PROPERTIES:\n:ID: 1\n:END:\na a.\n:LOGBOOK:\n:END:\nb b.\n* B\n:PROPERTIES:\n:END:\nc.\n", 60, 90), @r###"
7 [A] "a a."
10 [A] "b b."
14 [B] "c."
"###);
}

#[test]
fn html_is_readable_text_over_its_source() {
    let source = "<html><head><title>T</title><style>x{}</style></head><body><h1>A &amp; B</h1>\n<p>One <b>two</b>&nbsp;three.\n\
                  <ul><li>first<li>second</ul><script>no()</script><table><tr><th>n<th>v<tr><td>a<td>1</table></body>";
    let note = note("a.html", source);
    let chunks = cut_with(&note, &Rough, 60, 90);
    assert_eq!(chunks.len(), 1);
    insta::assert_snapshot!(chunks[0].text, @r"
One two three.

- first
- second

n | v
a | 1
");
    insta::assert_snapshot!(&note.text[chunks[0].span.clone()], @r"
One <b>two</b>&nbsp;three.
<ul><li>first<li>second</ul><script>no()</script><table><tr><th>n<th>v<tr><td>a<td>1
");
    assert_eq!(
        (chunks[0].lines.to_string().as_str(), chunks[0].headings.as_slice()),
        ("2-3", &["A & B".to_owned()][..])
    );
    assert_eq!(chunks[0].above, "T > A & B\n");
}

#[test]
fn a_very_long_line_is_cut_without_counting_it_over_and_over() {
    /// Adds up the bytes it was asked to count.
    struct Metered(std::cell::Cell<usize>);
    impl TokenCounter for Metered {
        fn count(&self, text: &str) -> usize {
            self.0.set(self.0.get() + text.len());
            Rough.count(text)
        }
    }
    for text in
        ["x".repeat(1_000_000), "汉字".repeat(150_000), "`$*_[](".repeat(100_000), "word ".repeat(200_000)]
    {
        let counter = Metered(std::cell::Cell::new(0));
        let note = note("a.md", &text);
        let chunks = cut_with(&note, &counter, 256, 384);
        assert!(chunks.iter().map(|chunk| chunk.text.len()).sum::<usize>() + chunks.len() >= text.len());
        assert!(counter.0.get() < text.len() * 12, "{} times", counter.0.get() / text.len());
    }
}

/// Where Markdown begins: front matter that is not understood is text, not Markdown.
fn body_of(note: &Note) -> usize {
    crate::front::fenced_lines(&note.text).map_or(note.body, |fenced| fenced.end)
}

/// Which bytes of a Markdown text are headings or rules at the top level, told by the parser alone.
fn structure(text: &str, body: usize) -> Vec<bool> {
    let mut marked = vec![false; text.len()];
    let mut depth = 0;
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, range) in Parser::new_ext(&text[body..], options).into_offset_iter() {
        let top = depth == 0 && matches!(event, Event::Start(Tag::Heading { .. }) | Event::Rule);
        if top {
            marked[body + range.start..body + range.end].fill(true);
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    marked
}

fn check_invariants(
    note: &Note,
    counter: &dyn TokenCounter,
    limits: ChunkLimits,
) -> Result<(), TestCaseError> {
    let chunks = note.chunks(counter, limits);
    let lines = LineIndex::new(&note.text);
    let mut end = note.body;
    for chunk in &chunks {
        prop_assert!(
            end <= chunk.span.start && chunk.span.start < chunk.span.end,
            "{:?} after {}",
            chunk.span,
            end
        );
        end = chunk.span.end;
        let source = note.text.get(chunk.span.clone());
        prop_assert!(source.is_some(), "not on characters: {:?}", chunk.span);
        if note.format != crate::Format::Html {
            prop_assert_eq!(source, Some(chunk.text.as_str()));
        }
        prop_assert_eq!(chunk.text.trim(), chunk.text.as_str());
        prop_assert_eq!(chunk.lines, lines.lines(&chunk.span));
        let tokens = counter.count(&chunk.embed_text());
        prop_assert!(
            tokens <= limits.max || chunk.text.chars().count() == 1,
            "{} > {}: {:?}",
            tokens,
            limits.max,
            chunk
        );
        prop_assert!(chunk.above.is_empty() || chunk.above.ends_with('\n'));
        if let Some(Lead { lines: stands, text }) = &chunk.lead {
            prop_assert!(!text.is_empty() && text.trim() == text && counter.count(text) <= limits.max / 4);
            prop_assert!(stands.start <= stands.end && stands.end <= chunk.lines.start, "{:?}", chunk);
            let before = &note.text[..chunk.span.start];
            prop_assert!(note.format == crate::Format::Html || before.contains(text.as_str()), "{:?}", chunk);
        }
    }
    prop_assert!(end <= note.text.len());
    Ok(())
}

fn check_complete(note: &Note, chunks: &[Chunk], structure: &[bool]) -> Result<(), TestCaseError> {
    let mut covered = vec![false; note.text.len()];
    for chunk in chunks {
        covered[chunk.span.clone()].fill(true);
    }
    let lost: String = note
        .text
        .char_indices()
        .filter(|&(at, c)| at >= note.body && !c.is_whitespace() && !covered[at] && !structure[at])
        .map(|(_, c)| c)
        .collect();
    prop_assert_eq!(lost, "");
    Ok(())
}

fn limits() -> impl Strategy<Value = ChunkLimits> {
    (0_usize..200, 1_usize..200).prop_map(|(target, max)| ChunkLimits { target, max })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn markdown_is_cut_completely(text in markdown(), limits in limits()) {
        let Ok(note) = Note::read("a.md", text.as_bytes()) else { return Ok(()) };
        for counter in [&Rough as &dyn TokenCounter, &Characters] {
            check_invariants(&note, counter, limits)?;
            check_complete(&note, &note.chunks(counter, limits), &structure(&note.text, body_of(&note)))?;
        }
    }

    #[test]
    fn text_is_cut_completely(text in markdown(), limits in limits()) {
        let Ok(note) = Note::read("a.txt", text.as_bytes()) else { return Ok(()) };
        check_invariants(&note, &Rough, limits)?;
        check_complete(&note, &note.chunks(&Rough, limits), &vec![false; note.text.len()])?;
    }

    #[test]
    fn org_is_cut_completely(text in markdown(), limits in limits()) {
        let Ok(note) = Note::read("a.org", text.as_bytes()) else { return Ok(()) };
        check_invariants(&note, &Rough, limits)?;
        // Letters outside lines that org gives a meaning of its own.
        let mut meaning = vec![false; note.text.len()];
        let mut drawer = false;
        for line in crate::outline::lines(&note.text, 0) {
            let line_start = line.start;
            let words = note.text[line.clone()].trim();
            drawer |= words.starts_with(':');
            if drawer || words.starts_with('*') || words.starts_with('-') {
                meaning[line].fill(true);
            }
            drawer &= !words.trim_start_matches('*').starts_with(' ') || !note.text[line_start..].starts_with('*');
        }
        check_complete(&note, &note.chunks(&Rough, limits), &meaning)?;
    }

    #[test]
    fn html_keeps_to_the_rules(
        parts in prop::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "<h1>", "</h1>", "<h2>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "<ol start=3>", "<table>", "<tr>", "<th>", "<td>",
                "</table>", "<pre>", "</pre>", "<br>", "<script>", "</script>", "<!--", "-->", "&amp;", "&#x4e2d;", "&bogus;", "&", "<", "\r\n",
                "<img alt='a b'>", "<title>", "</title>", "<b>", "</div>", "<svg>", "</svg>",
            ]).prop_map(str::to_owned),
            "[a-z中文。&; \n]{0,30}",
            any::<String>().prop_map(|text| text.chars().take(10).collect()),
        ], 0..40),
        limits in limits(),
    ) {
        let Ok(note) = Note::read("a.html", parts.concat().as_bytes()) else { return Ok(()) };
        check_invariants(&note, &Rough, limits)?;
    }
}
