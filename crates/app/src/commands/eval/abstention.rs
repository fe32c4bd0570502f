//! How well the gate tells what the notes answer from what they do not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use answer::Evidence;
use anyhow::{Context as _, Result};
use index::eval::{Judged, abstention, mean, risk_coverage};
use index::{BuildRequest, Filter, Index, Language, Query};
use serde_json::{Map, Value, json};

use super::lines::{OwnPassages, Question};
use super::report::Part;
use super::retrieval::language;
use crate::config::Config;
use crate::output::Silent;
use crate::session::{self, Session};

/// What the gate made of each question, by `all` and by the question's language.
#[derive(Default)]
pub(super) struct Gated(BTreeMap<String, Vec<Judged>>);

impl Gated {
    /// Asks the gate of every question that says whether the notes answer it. Nothing when all of them are answered:
    /// there is nothing to tell apart, and the sentences of many questions take long to embed.
    ///
    /// # Errors
    /// When the search or the embedding model fails.
    pub(super) fn over_notes(
        &mut self,
        session: &Session,
        config: &Config,
        questions: &[Question],
    ) -> Result<()> {
        if tells_apart(questions) {
            for question in questions {
                let answerable = question.is_answerable();
                let query = Query::new(question.question.clone(), config.passages);
                let language = language(question.lang.as_deref(), &question.question);
                self.judge(&session.index, session, config, &query, language, answerable)?;
            }
        }
        Ok(())
    }

    /// The same for questions with their own passages. The passages of all make one folder, so that it is known which
    /// words are rare, and each question is asked of its own through a filter.
    ///
    /// # Errors
    /// When that folder cannot be made or indexed, or the search or the embedding model fails.
    pub(super) fn over_passages(
        &mut self,
        session: &Session,
        config: &Config,
        questions: &[OwnPassages],
    ) -> Result<()> {
        if questions.is_empty() {
            return Ok(());
        }
        let folder = tempfile::tempdir().context("cannot make a folder for the passages")?;
        let index = index_of(session, config, questions, folder.path())?;
        for (question, number) in questions.iter().zip(0..) {
            let filter = Filter { paths: vec![format!("{}/*", name(number))], ..Filter::default() };
            let query = Query { filter, ..Query::new(question.question.clone(), config.passages) };
            let language = language(question.lang.as_deref(), &question.question);
            self.judge(&index, session, config, &query, language, question.answerable)?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        index: &Index,
        session: &Session,
        config: &Config,
        query: &Query,
        language: String,
        answerable: bool,
    ) -> Result<()> {
        let (evidence, asked_in) = evidence(index, session, query)?;
        let score = f64::from(evidence.raised(config.bars.of(asked_in)).above_bar());
        let judged = Judged { score, answered: score >= 0.0, answerable };
        for group in ["all".to_owned(), language] {
            self.0.entry(group).or_default().push(judged);
        }
        Ok(())
    }

    /// The report; none when nothing was judged.
    pub(super) fn part(&self) -> Option<Part> {
        let mut table = String::from(
            "abstention       n   AUROC  balanced accuracy  answered right/wrong  kept at 5 %   AURC\n",
        );
        let mut groups = Map::new();
        for (group, judged) in &self.0 {
            let of = abstention(judged);
            let answered = |answerable: bool| {
                let kind = judged.iter().filter(|one| one.answerable == answerable);
                mean(&kind.map(|one| f64::from(u8::from(one.answered))).collect::<Vec<_>>())
            };
            let _ = writeln!(
                table,
                "{group:10} {:7}  {:6.3}  {:17.3}  {:12.3} / {:5.3}  {:11.3}  {:5.3}",
                of.n,
                of.auroc,
                of.balanced_accuracy,
                answered(true),
                answered(false),
                of.coverage_at_5,
                of.aurc
            );
            let numbers = json!({
                "n": of.n, "auroc": of.auroc, "balanced_accuracy": of.balanced_accuracy,
                "coverage_at_5": of.coverage_at_5, "aurc": of.aurc,
                "answerable_answered": answered(true), "unanswerable_answered": answered(false),
            });
            groups.insert(group.clone(), numbers);
        }
        (!groups.is_empty()).then(|| Part { json: vec![("abstention", Value::Object(groups))], table })
    }

    /// Writes the risk-coverage curves as CSV: group, bar, coverage, risk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write_curve(&self, file: &Path) -> Result<()> {
        let mut text = String::from("group,bar,coverage,risk\n");
        for (group, judged) in &self.0 {
            for point in risk_coverage(judged) {
                let _ = writeln!(text, "{group},{},{},{}", point.bar, point.coverage, point.risk);
            }
        }
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// What speaks for an answer to `query`, before the bar that the program comes with; and the language it was asked in.
///
/// # Errors
/// When the search or the embedding model fails.
pub(super) fn evidence(index: &Index, session: &Session, query: &Query) -> Result<(Evidence, Language)> {
    let embedder = session.embedder.as_ref();
    let found = index.search(embedder, query).map_err(session::unsearched)?;
    let evidence =
        Evidence::gather(&query.text, &found, embedder).map_err(|error| session::unsearched(error.into()))?;
    Ok((evidence, found.language))
}

/// Whether there is anything to tell apart: a question that the notes do not answer.
pub(super) fn tells_apart(questions: &[Question]) -> bool {
    questions.iter().any(|question| !question.is_answerable())
}

fn name(question: usize) -> String {
    format!("{question:06}")
}

/// An index of the passages of all questions, each a note in the folder of its question.
fn index_of(session: &Session, config: &Config, questions: &[OwnPassages], folder: &Path) -> Result<Index> {
    let request = BuildRequest {
        notes_dir: folder.join("notes"),
        index_dir: folder.join("index"),
        limits: config.limits,
        rebuild: false,
        leave_out: Vec::new(),
    };
    for (question, number) in questions.iter().zip(0..) {
        let own = request.notes_dir.join(name(number));
        std::fs::create_dir_all(&own).with_context(|| format!("cannot make {}", own.display()))?;
        for (passage, number) in question.passages.iter().zip(0..) {
            let note = own.join(format!("{}.md", name(number)));
            std::fs::write(&note, passage).with_context(|| format!("cannot write {}", note.display()))?;
        }
    }
    let embedder = session.embedder.as_ref();
    session::build(&request, embedder, &Silent)?;
    Index::open(&request.index_dir, embedder).map_err(session::unopened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_measured_by_themselves() {
        let judged = |score: f64, answerable| Judged { score, answered: score >= 0.0, answerable };
        let mut gated = Gated::default();
        assert!(gated.part().is_none());
        gated.0.insert("en".into(), vec![judged(1.0, true), judged(-1.0, false)]);
        gated.0.insert("zh".into(), vec![judged(-1.0, true), judged(1.0, false)]);
        let part = gated.part().unwrap();
        let (key, json) = &part.json[0];
        assert_eq!(
            (*key, &json["en"]["auroc"], &json["zh"]["auroc"]),
            ("abstention", &json!(1.0), &json!(0.0))
        );
        assert_eq!(json["zh"]["unanswerable_answered"], json!(1.0));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("curve.csv");
        gated.write_curve(&file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("\nen,1,0.5,0\n"), "{text}");
    }
}
