//! The sets that the gate is fitted and measured on: folders of notes with questions, some of which they do not answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use index::{BuildRequest, Embedder, Filter, Index};
use notes::ChunkLimits;
use serde::Deserialize;

/// A line of a question file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) question: String,
    /// The notes that answer it.
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    answerable: Option<bool>,
    /// Its own passages.
    #[serde(default)]
    passages: Vec<String>,
    /// The text that it was written for.
    #[serde(default)]
    context: String,
}

/// What is asked of which notes.
pub(crate) struct Asked {
    pub(crate) row: Row,
    pub(crate) answerable: bool,
    /// Its place in the question file, from 0.
    pub(crate) place: usize,
    pub(crate) filter: Filter,
}

/// A folder with its questions.
pub(crate) struct Folder {
    pub(crate) index: Index,
    pub(crate) asked: Vec<Asked>,
    /// Where the index is, for as long as it is used.
    _place: tempfile::TempDir,
}

/// The most questions of a set.
const MOST: usize = 1_200;
/// Questions that follow each other in a file are on the same side.
pub(crate) const BLOCK: usize = 10;
/// Notes in a handful.
const HANDFUL: usize = 6;

/// The folders of a set. `kind` is `whole` (the notes as they are), `half` (every other pair of notes is taken away), `few`
/// (six notes at a time), `own` (questions with their own passages) or `texts` (questions with the text that they were
/// written for, every other one of which becomes a note).
pub(crate) fn folders(
    kind: &str,
    questions: &str,
    notes: Option<&str>,
    embedder: &dyn Embedder,
) -> Vec<Folder> {
    let text = std::fs::read_to_string(questions).unwrap();
    let rows: Vec<Row> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named = || read(Path::new(notes.expect("a folder of notes")));
    match kind {
        "whole" => vec![folder(&named(), ask(&rows, |row, _| row.answers(|_| true)), embedder)],
        "half" => {
            let kept = |(place, _): &(usize, _)| (place / 2).is_multiple_of(2);
            let notes: Notes = named().into_iter().enumerate().filter(kept).map(|(_, note)| note).collect();
            let asked = ask(&rows, |row, _| row.answers(|path| notes.contains_key(path)));
            vec![folder(&notes, asked, embedder)]
        }
        "few" => few(&named(), &rows, embedder),
        "own" => {
            let name = |question: usize, passage: usize| format!("{question:06}/{passage:06}.md");
            let of = |(at, row): (usize, &Row)| -> Vec<(String, String)> {
                row.passages.iter().enumerate().map(|(n, text)| (name(at, n), text.clone())).collect()
            };
            let notes = rows.iter().enumerate().flat_map(of).collect();
            let mut asked = ask(&rows, |row, _| row.answerable);
            for it in &mut asked {
                it.filter.paths = vec![format!("{:06}/*", it.place)];
            }
            vec![folder(&notes, asked, embedder)]
        }
        "texts" => {
            let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
            for row in &rows {
                let next = texts.len();
                texts.entry(&row.context).or_insert(next);
            }
            let kept = |text: &str| texts[text].is_multiple_of(2);
            let note = |(text, at): (&&str, &usize)| (format!("{at:05}.md"), (*text).to_owned());
            let notes = texts.iter().filter(|(text, _)| kept(text)).map(note).collect();
            let answers = |row: &Row, _| {
                // What its own text does not answer another may, when that one is there.
                let there = kept(&row.context);
                (there || row.answerable == Some(true)).then_some(there && row.answerable == Some(true))
            };
            vec![folder(&notes, ask(&rows, answers), embedder)]
        }
        other => panic!("{other} is no kind of set"),
    }
}

impl Row {
    /// Whether the notes answer it that `there` says are there.
    fn answers(&self, there: impl Fn(&str) -> bool) -> Option<bool> {
        let named = self.answerable.unwrap_or(!self.paths.is_empty());
        Some(named && self.paths.iter().any(|path| there(path)))
    }
}

type Notes = BTreeMap<String, String>;

/// The notes of a folder by their paths.
fn read(folder: &Path) -> Notes {
    let mut notes = Notes::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                notes.insert(name, text);
            }
        }
    }
    notes
}

/// The rows of which it is known whether they are answered, no more than there is time for: whole blocks of neighbours,
/// as many of either half.
fn ask(rows: &[Row], answerable: impl Fn(&Row, usize) -> Option<bool>) -> Vec<Asked> {
    let every = rows.len().div_ceil(MOST) | 1;
    let asked = rows.iter().enumerate().filter(|(place, _)| (place / BLOCK).is_multiple_of(every));
    let known = asked.filter_map(|(place, row)| Some((place, row, answerable(row, place)?)));
    let ask = |(place, row, answerable): (usize, &Row, bool)| Asked {
        row: row.clone(),
        answerable,
        place,
        filter: Filter::default(),
    };
    known.map(ask).collect()
}

/// Folders of six notes each: every other one of twelve neighbours, with the questions over them, those over the six
/// between them, and some others.
fn few(notes: &Notes, rows: &[Row], embedder: &dyn Embedder) -> Vec<Folder> {
    let all: Vec<(&String, &String)> = notes.iter().collect();
    let count = all.len().div_ceil(2 * HANDFUL) * 2;
    let of = |number: usize| -> Notes {
        let near = all.iter().skip(number / 2 * 2 * HANDFUL).take(2 * HANDFUL).skip(number % 2).step_by(2);
        near.map(|(path, text)| ((*path).clone(), (*text).clone())).collect()
    };
    let handful = |number: usize| {
        let (own, near) = (of(number), of(number ^ 1));
        let asked = ask(rows, |row, place| {
            let told = row.answers(|path| own.contains_key(path))?;
            let close = row.answers(|path| near.contains_key(path))?;
            (told || close || place % count == number).then_some(told)
        });
        (!own.is_empty()).then(|| folder(&own, asked, embedder))
    };
    (0..count).filter_map(handful).collect()
}

fn folder(notes: &Notes, asked: Vec<Asked>, embedder: &dyn Embedder) -> Folder {
    let place = tempfile::tempdir().unwrap();
    let request = BuildRequest {
        notes_dir: place.path().join("notes"),
        index_dir: place.path().join("index"),
        limits: ChunkLimits::default(),
        rebuild: false,
        leave_out: Vec::new(),
    };
    for (path, text) in notes {
        let note = request.notes_dir.join(path);
        std::fs::create_dir_all(note.parent().unwrap()).unwrap();
        std::fs::write(note, text).unwrap();
    }
    index::build(&request, embedder, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let index = Index::open(&request.index_dir, embedder).unwrap();
    Folder { index, asked, _place: place }
}
