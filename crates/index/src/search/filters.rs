//! Filters against a reference that looks at every note: simple enough to be seen to be right.

#![allow(clippy::print_stdout, reason = "how many cases there were is worth a line")]

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::testing::{Desk, Random};

/// Cases, each on both ways of searching.
const CASES: usize = 1_200;

const FOLDERS: [&str; 7] = ["", "ml/", "ml/attention/", "journal/", "journal/2024/", "日记/", "a b/"];
const TAGS: [&str; 6] = ["ml", "ml/attention", "mlops", "draft", "Kitchen", "日记"];
const ENGLISH: &str = "heads share keys values cache memory layers tokens weights rank sugar flour bake noon lamp \
    river stone paper glass wind road clock violin garden winter bridge copper market letter island";
const CHINESE: &str =
    "注意力 缓存 显存 权重 词表 面包 河流 石头 玻璃 道路 时钟 花园 冬天 桥梁 市场 信件 岛屿 森林 月亮 火车";

/// A note as it was made up.
struct Made {
    path: String,
    tags: Vec<&'static str>,
    date: String,
    text: String,
    /// The date is that of the file.
    by_file: bool,
}

fn date(random: &mut Random) -> String {
    format!("{}-{:02}-{:02}", 2022 + random.below(4), 1 + random.below(12), 1 + random.below(28))
}

fn made(random: &mut Random, at: usize) -> Made {
    let by_file = random.below(4) == 0;
    let tags: Vec<&str> = TAGS.into_iter().filter(|_| random.below(3) == 0).collect();
    let tags = if by_file { Vec::new() } else { tags };
    let date = date(random);
    let words: Vec<&str> = if random.below(5) < 2 { CHINESE } else { ENGLISH }.split(' ').collect();
    let said: Vec<&str> = (0..14).map(|_| words[random.below(words.len())]).collect();
    let said = format!("{} no{at}.", said.join(if words.len() == 20 { "，" } else { " " }));
    let text = if by_file {
        said
    } else {
        format!("---\ntags: [{}]\ndate: {date}\n---\n\n{said}\n", tags.join(", "))
    };
    let kind = if by_file { "txt" } else { "md" };
    Made { path: format!("{}n{at}.{kind}", FOLDERS[random.below(FOLDERS.len())]), tags, date, text, by_file }
}

/// A filter; of each kind of wish there may be none.
fn filter(random: &mut Random, notes: &[Made]) -> Filter {
    let pattern = |random: &mut Random| {
        let path = &notes[random.below(notes.len())].path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("ml", path));
        let patterns = [
            path.clone(),
            name.to_owned(),
            folder.to_owned(),
            format!("/{folder}"),
            format!("./{folder}/"),
            format!("{folder}/*"),
            format!("{folder}/**"),
            format!("{folder}/*.md"),
            "*.md".to_owned(),
            "*.txt".to_owned(),
            "**".to_owned(),
            "n?.*".to_owned(),
            format!("**/n[0-{}]*", random.below(7)),
            format!("{{ml,{folder}}}/**"),
            "ml/*/n*".to_owned(),
            "nowhere/*".to_owned(),
        ];
        patterns[random.below(patterns.len())].clone()
    };
    let tag = |random: &mut Random| {
        let tag = TAGS[random.below(TAGS.len())];
        [tag.to_owned(), format!("#{tag}"), tag.to_uppercase(), format!("{tag}/")][random.below(4)].clone()
    };
    let day = |random: &mut Random| date(random)[..[4, 7, 10][random.below(3)]].to_owned();
    let mut filter = Filter::default();
    if random.below(2) == 0 {
        filter.paths = (0..=random.below(3)).map(|_| pattern(random)).collect();
    }
    if random.below(3) == 0 {
        filter.tags = (0..=random.below(2)).map(|_| tag(random)).collect();
    }
    if random.below(3) == 0 {
        filter.since = Some(day(random));
    }
    if random.below(3) == 0 {
        filter.until = Some(day(random));
    }
    if filter.check().is_err() {
        std::mem::swap(&mut filter.since, &mut filter.until);
    }
    filter
}

/// Whether a note passes, by going through the wishes one after the other.
fn passes(note: &Made, filter: &Filter) -> bool {
    let path = filter.paths.is_empty() || filter.paths.iter().any(|pattern| on_path(pattern, &note.path));
    let tags = filter.tags.iter().all(|tag| {
        let wanted = tag.trim_matches(['#', '/']).to_lowercase();
        note.tags.iter().any(|own| {
            let own = own.to_lowercase();
            own == wanted || own.starts_with(&format!("{wanted}/"))
        })
    });
    // Dates are written such that the order of the letters is that of the days.
    let since = filter.since.as_ref().is_none_or(|since| note.date.as_str() >= since.as_str());
    let until = filter.until.as_ref().is_none_or(|until| &note.date[..until.len()] <= until.as_str());
    path && tags && since && until
}

/// Whether the pattern matches the note's path or one of the folders that it lies in.
fn on_path(pattern: &str, path: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{') {
        let (choices, after) = rest.split_once('}').unwrap();
        return choices.split(',').any(|choice| on_path(&format!("{before}{choice}{after}"), path));
    }
    let anchored = pattern.trim_end_matches('/').contains('/');
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_matches('/');
    let pattern: Vec<&str> = pattern.split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    (1..=parts.len()).any(|end| {
        let from = if anchored { 0 } else { end - 1 };
        parts_match(&pattern, &parts[from..end])
    })
}

fn parts_match(pattern: &[&str], parts: &[&str]) -> bool {
    match (pattern, parts) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=parts.len()).any(|taken| parts_match(rest, &parts[taken..])),
        ([first, rest @ ..], [part, others @ ..]) => {
            let first: Vec<char> = first.chars().collect();
            let part: Vec<char> = part.chars().collect();
            part_matches(&first, &part) && parts_match(rest, others)
        }
        _ => false,
    }
}

/// A pattern without slashes: `*`, `?`, `[0-4]`.
fn part_matches(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| part_matches(rest, &text[taken..])),
        ['?', rest @ ..] => !text.is_empty() && part_matches(rest, &text[1..]),
        ['[', from, '-', to, ']', rest @ ..] => {
            text.first().is_some_and(|c| (from..=to).contains(&c)) && part_matches(rest, &text[1..])
        }
        [c, rest @ ..] => text.first() == Some(c) && part_matches(rest, &text[1..]),
    }
}

#[test]
fn the_reference_itself_is_right() {
    let check = |pattern, path, expected| assert_eq!(on_path(pattern, path), expected, "{pattern} on {path}");
    check("ml", "ml/attention/n1.md", true);
    check("attention", "ml/attention/n1.md", true);
    check("/attention", "ml/attention/n1.md", false);
    check("ml/*.md", "ml/attention/n1.md", false);
    check("{ml,a b}/**", "a b/n1.md", true);
    check("**/n[0-3]*", "n31.md", true);
    check("n?.*", "ml/n12.md", false);
}

#[test]
fn filters_let_through_what_a_look_at_every_note_does() {
    let mut random = Random(7);
    let notes: Vec<Made> = (0..64).map(|at| made(&mut random, at)).collect();
    let texts: Vec<(&str, &str)> =
        notes.iter().map(|note| (note.path.as_str(), note.text.as_str())).collect();
    let desk = Desk::new(&texts);
    for note in notes.iter().filter(|note| note.by_file) {
        let noon: jiff::Timestamp = format!("{}T12:00:00Z", note.date).parse().unwrap();
        let file = std::fs::File::options().write(true).open(desk.notes_dir().join(&note.path)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(noon.as_second() as u64)).unwrap();
    }
    desk.build();
    let index = desk.open().unwrap();
    let all: Vec<&str> = ENGLISH.split(' ').chain(CHINESE.split(' ')).collect();

    // How many cases let through no note, up to a tenth of them, …, all of them.
    let mut selectivity = [0_usize; 12];
    for case in 0..CASES {
        let filter = filter(&mut random, &notes);
        let passing = notes.iter().filter(|note| passes(note, &filter));
        let expected: BTreeSet<&str> = passing.map(|note| note.path.as_str()).collect();
        let share = expected.len() as f32 / notes.len() as f32;
        selectivity[if share == 1.0 { 11 } else { (share * 10.0).ceil() as usize }] += 1;

        let text = format!("{} {}", all[random.below(all.len())], all[random.below(all.len())]);
        let query = Query { filter, ..Query::new(text, index.chunk_count()) };
        let found = [usize::MAX, 0].map(|whole| index.search_whole(&desk.embedder, &query, whole).unwrap());
        for (way, found) in ["whole", "graph"].iter().zip(&found) {
            let paths: BTreeSet<&str> = found.passages.iter().map(|passage| passage.path.as_str()).collect();
            assert_eq!(paths, expected, "case {case}, {way}: {:?}", query.filter);
        }
        assert_eq!(found[0].passages, found[1].passages, "case {case}: {:?}", query.filter);
    }
    println!(
        "{CASES} filters agree with the reference on both ways; from none to all notes: {selectivity:?}"
    );
    assert!(selectivity.iter().all(|&cases| cases > 0), "{selectivity:?}");
}
