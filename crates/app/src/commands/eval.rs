//! `footnote eval`: how well the search finds what it should, on the user's own questions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use index::eval::{Ranking, Retrieval, percentile, retrieval};
use index::{Language, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::blocking;
use crate::cli::Eval;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::Terminal;
use crate::session::Session;

/// Passages that are looked at for each question: enough for ten notes.
const DEPTH: usize = 30;

/// A question over the indexed notes, one JSON object a line.
#[derive(Debug, Deserialize)]
struct Question {
    question: String,
    /// `zh` or `en`; told from the question where it does not say.
    lang: Option<String>,
    /// The notes that answer it.
    #[serde(default)]
    paths: Vec<String>,
}

pub(super) async fn run(args: Eval, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let mut questions = Vec::new();
    for file in &args.files {
        questions.extend(read(file)?);
    }
    // What no note answers says nothing of whether the right note is found.
    questions.retain(|question| !question.paths.is_empty());
    if questions.is_empty() {
        return Err(Exit::new(Code::Usage, "no question in these files names the notes that answer it")
            .hint(LINE)
            .into());
    }
    let measured = blocking(move || {
        let session = Session::open(&config, terminal.as_ref())?;
        measure(&session, &questions)
    })
    .await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", measured.json())?;
    } else {
        write!(out, "{}", measured.table())?;
    }
    Ok(Code::Done)
}

/// How a line of a question file looks.
const LINE: &str = r#"a line looks so: {"id":"1","question":"what is GQA","lang":"en","paths":["gqa.md"],"answerable":true}"#;

/// The questions of a file.
///
/// # Errors
/// When it cannot be read, or a line is no question; the error names file and line.
fn read(file: &PathBuf) -> Result<Vec<Question>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| question(file, number, line)).collect()
}

fn question(file: &Path, number: usize, line: &str) -> Result<Question> {
    serde_json::from_str(line).map_err(|error| {
        Exit::new(Code::Usage, format!("{}:{number}: not a question: {error}", file.display()))
            .hint(LINE)
            .into()
    })
}

/// What came of it.
struct Measured {
    /// By group: `all`, the language of the question, and question language to note language (`en>zh`).
    groups: BTreeMap<String, Retrieval>,
    /// Milliseconds of each search, embedding included.
    milliseconds: Vec<f64>,
}

/// Asks every question, one after the other, so that the times are those of a single search.
fn measure(session: &Session, questions: &[Question]) -> Result<Measured> {
    let mut rankings: BTreeMap<String, Vec<Ranking>> = BTreeMap::new();
    let mut milliseconds = Vec::new();
    let language_of = |path: &String| {
        session.index.notes().iter().find(|note| note.path == *path).map(|note| note.language.code())
    };
    for question in questions {
        let found = session
            .index
            .search(session.embedder.as_ref(), &Query::new(question.question.clone(), DEPTH))
            .map_err(|error| Exit::new(Code::Index, error.to_string()))?;
        milliseconds.push((found.timings.embed + found.timings.search).as_secs_f64() * 1000.0);
        let found = found.passages.into_iter().map(|passage| passage.path).collect();
        let ranking = Ranking { found, right: question.paths.clone() };
        let asked =
            question.lang.clone().unwrap_or_else(|| Language::of(&question.question).code().to_owned());
        let mut languages: Vec<&str> = question.paths.iter().filter_map(language_of).collect();
        languages.sort_unstable();
        languages.dedup();
        // A question that notes of both languages answer says nothing of crossing from one to the other.
        if let [only] = languages.as_slice() {
            rankings.entry(format!("{asked}>{only}")).or_default().push(ranking.clone());
        }
        rankings.entry(asked).or_default().push(ranking.clone());
        rankings.entry("all".into()).or_default().push(ranking);
    }
    let groups = rankings.into_iter().map(|(group, rankings)| (group, retrieval(&rankings))).collect();
    Ok(Measured { groups, milliseconds })
}

impl Measured {
    fn json(&self) -> Value {
        let groups: BTreeMap<&String, Value> = self
            .groups
            .iter()
            .map(|(group, measured)| {
                let Retrieval { n, recall_at_1, recall_at_5, mrr_at_10, ndcg_at_10, recall_at_1_interval } =
                    measured;
                let numbers = json!({
                    "n": n, "recall_at_1": recall_at_1, "recall_at_5": recall_at_5, "mrr_at_10": mrr_at_10,
                    "ndcg_at_10": ndcg_at_10, "recall_at_1_interval": recall_at_1_interval,
                });
                (group, numbers)
            })
            .collect();
        let [p50, p95] = self.latency();
        json!({ "schema": 1, "retrieval": groups, "latency_ms": { "p50": p50, "p95": p95 } })
    }

    fn latency(&self) -> [f64; 2] {
        [50.0, 95.0].map(|percent| percentile(&self.milliseconds, percent))
    }

    fn table(&self) -> String {
        let mut table =
            String::from("questions>notes      n  recall@1  [95 %]        recall@5  MRR@10  nDCG@10\n");
        for (group, measured) in &self.groups {
            let (low, high) = measured.recall_at_1_interval;
            let _ = writeln!(
                table,
                "{group:15} {:6}  {:8.3}  [{low:.3}-{high:.3}]  {:8.3}  {:6.3}  {:7.3}",
                measured.n,
                measured.recall_at_1,
                measured.recall_at_5,
                measured.mrr_at_10,
                measured.ndcg_at_10
            );
        }
        let [p50, p95] = self.latency();
        let _ = writeln!(table, "\na search took {p50:.0} ms (median), {p95:.0} ms (95th percentile)");
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_question_is_named() {
        let read = |line| question(Path::new("q.jsonl"), 7, line);
        let ok = read(
            r#"{"id":"1","question":"what is GQA","lang":"en","paths":["gqa.md"],"answers":["x"],"answerable":true}"#,
        );
        assert_eq!(ok.unwrap().paths, ["gqa.md"]);
        let error = read("{\"id\":1}").unwrap_err().to_string();
        assert!(error.starts_with("q.jsonl:7: ") && error.contains("question"), "{error}");
    }
}
