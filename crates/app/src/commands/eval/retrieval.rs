//! How well the search finds the notes that answer a question.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use index::eval::{Estimate, Measure, Outcome, estimate, percentile};
use index::{Language, Query};
use serde_json::{Map, Value, json};

use super::lines::Question;
use super::report::{Part, put, show, tidy};
use crate::exit::{Code, Exit};
use crate::session::Session;

/// Passages that are looked at for each question: enough for ten notes.
const DEPTH: usize = 30;

/// What the search found for one question.
#[derive(Debug)]
struct Asked<'a> {
    question: &'a Question,
    outcome: Outcome,
    /// `all`, the language of the question, and question language to note language (`en>zh`).
    groups: Vec<String>,
}

impl Asked<'_> {
    /// What a later run compares itself with.
    fn json(&self) -> Value {
        let Question { id, question, .. } = self.question;
        let Outcome { right, ranks } = &self.outcome;
        json!({ "id": id.as_ref().unwrap_or(question), "groups": self.groups, "right": right, "ranks": ranks })
    }
}

/// Asks those of `questions` that a note answers, one after the other, so that the times are those of a single search.
/// None when there are none.
///
/// # Errors
/// When the search fails.
pub(super) fn measure(session: &Session, questions: &[Question]) -> Result<Option<Part>> {
    let (mut asked, mut milliseconds) = (Vec::new(), Vec::new());
    // What no note answers says nothing of whether the right note is found.
    for question in questions.iter().filter(|question| !question.paths.is_empty()) {
        let (found, took) = search(session, &question.question)?;
        milliseconds.push(took);
        let outcome = Outcome::of(&found, &question.paths);
        asked.push(Asked { question, outcome, groups: groups(session, question) });
    }
    Ok((!asked.is_empty()).then(|| part(&asked, &milliseconds)))
}

/// The paths of the notes found for `text`, best first, and how long it took in milliseconds, embedding included.
///
/// # Errors
/// When the search fails.
pub(super) fn search(session: &Session, text: &str) -> Result<(Vec<String>, f64)> {
    let found = session
        .index
        .search(session.embedder.as_ref(), &Query::new(text, DEPTH))
        .map_err(|error| Exit::new(Code::Index, error.to_string()))?;
    let took = (found.timings.embed + found.timings.search).as_secs_f64() * 1000.0;
    Ok((found.passages.into_iter().map(|passage| passage.path).collect(), took))
}

/// The language of a question, as it says or as it is written.
pub(super) fn language(lang: Option<&str>, question: &str) -> String {
    lang.unwrap_or_else(|| Language::of(question).code()).to_owned()
}

fn groups(session: &Session, question: &Question) -> Vec<String> {
    let asked = language(question.lang.as_deref(), &question.question);
    let language_of = |path: &String| {
        session.index.notes().iter().find(|note| note.path == *path).map(|note| note.language.code())
    };
    let mut languages: Vec<&str> = question.paths.iter().filter_map(language_of).collect();
    languages.sort_unstable();
    languages.dedup();
    let mut groups = vec!["all".to_owned(), asked.clone()];
    // A question that notes of both languages answer says nothing of crossing from one to the other.
    if let [only] = languages.as_slice() {
        groups.push(format!("{asked}>{only}"));
    }
    groups
}

/// A measure over some outcomes.
pub(super) fn estimated<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, measure: Measure) -> Estimate {
    estimate(&outcomes.into_iter().map(|outcome| measure.of(outcome)).collect::<Vec<_>>())
}

fn part(asked: &[Asked<'_>], milliseconds: &[f64]) -> Part {
    let mut by_group: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for one in asked {
        for group in &one.groups {
            by_group.entry(group).or_default().push(&one.outcome);
        }
    }
    let mut table = format!("{:15} {:>6}", "questions>notes", "n");
    for measure in Measure::ALL {
        let _ = write!(table, "  {:19}", measure.title());
    }
    let mut json = Map::new();
    for (group, outcomes) in by_group {
        let _ = write!(table, "\n{group:15} {:6}", outcomes.len());
        let mut numbers = Map::from_iter([("n".to_owned(), json!(outcomes.len()))]);
        for measure in Measure::ALL {
            let estimate = estimated(outcomes.iter().copied(), measure);
            put(&mut numbers, measure.name(), estimate);
            let _ = write!(table, "  {:19}", show(estimate));
        }
        json.insert(group.to_owned(), Value::Object(numbers));
    }
    let [p50, p95] = [50.0, 95.0].map(|percent| percentile(milliseconds, percent));
    let _ = writeln!(table, "\n\na search took {p50:.0} ms (median), {p95:.0} ms (95th percentile)");
    let outcomes: Vec<Value> = asked.iter().map(Asked::json).collect();
    let json = vec![
        ("retrieval", Value::Object(json)),
        ("latency_ms", json!({ "p50": p50, "p95": p95 })),
        ("outcomes", Value::Array(outcomes)),
    ];
    Part { json, table: tidy(&table) }
}
