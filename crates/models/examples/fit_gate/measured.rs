//! The signals of each question, and the file that keeps them.

use std::io::Write as _;

use answer::{Evidence, Gate};
use index::{Embedder, Query};
use serde::{Deserialize, Serialize};

use crate::sets;

/// How many passages are found, as by default.
const PASSAGES: usize = 6;

/// What was measured of a question; a line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) set: String,
    pub(crate) id: String,
    pub(crate) question: String,
    /// The gate that it came to.
    pub(crate) gate: String,
    /// Whether it is in the first half.
    pub(crate) first_half: bool,
    pub(crate) answerable: bool,
    pub(crate) signals: Vec<f64>,
}

/// Asks the questions of `set`, unless they are in `file`, and writes there what was measured.
pub(crate) fn gather(set: &str, file: &str, embedder: &dyn Embedder) {
    let parts: Vec<&str> = set.split(':').collect();
    let [name, kind, questions, notes @ ..] = parts.as_slice() else {
        panic!("{set} is not NAME:KIND:QUESTIONS[:NOTES]")
    };
    if read(file).iter().any(|it| it.set == *name) {
        return;
    }
    let mut lines = String::new();
    for folder in sets::folders(kind, questions, notes.first().copied(), embedder) {
        for asked in &folder.asked {
            let question = asked.row.question.clone();
            let query = Query { filter: asked.filter.clone(), ..Query::new(question.clone(), PASSAGES) };
            let found = folder.index.search(embedder, &query).unwrap();
            let evidence = Evidence::gather(&question, &found, embedder).unwrap();
            let measured = Measured {
                set: (*name).to_owned(),
                id: asked.row.id.clone(),
                question,
                gate: Gate::name_of(&found),
                first_half: (asked.place / sets::BLOCK).is_multiple_of(2),
                answerable: asked.answerable,
                signals: evidence.weighed().iter().map(|signal| f64::from(signal.value)).collect(),
            };
            lines.push_str(&serde_json::to_string(&measured).unwrap());
            lines.push('\n');
        }
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    println!("{name}: {} questions", lines.lines().count());
}

/// What the file has; nothing when it is not there.
pub(crate) fn read(file: &str) -> Vec<Measured> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
