//! How good the answers are that the gate lets through: what stands in them, and what they cite.

use std::fmt::Write as _;

use answer::{Answer, Sentence};
use anyhow::Result;
use index::eval::{estimate, mean};
use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::lines::Question;
use super::report::{Part, put, show};

/// Answers `questions`, in order; none where a question was declined.
///
/// # Errors
/// When answering fails.
pub(super) fn ask(asking: &Asking, questions: &[&Question]) -> Result<Vec<Option<Answer>>> {
    questions.iter().map(|question| asking.ask(&question.question, &[])).collect()
}

/// What the answers to `questions` were worth; none when none was answered.
pub(super) fn part(questions: &[&Question], answered: &[Option<Answer>]) -> Option<Part> {
    let mut answers = Answers::default();
    for (question, answer) in questions.iter().zip(answered) {
        if let Some(answer) = answer {
            answers.add(answer, question);
        }
    }
    (!answers.bare.is_empty()).then(|| answers.part())
}

/// What the answers to some questions were worth.
#[derive(Default)]
struct Answers {
    n: usize,
    /// For each question with known answers that got one: whether one of them stands in it.
    contains: Vec<f64>,
    /// For each citation of an answer whose notes are known: whether its note is right.
    right: Vec<f64>,
    /// For each such answer: whether a right note is cited at all.
    cited: Vec<f64>,
    /// For each sentence: whether it is shown without a footnote.
    bare: Vec<f64>,
    /// For each question of which it is known what a whole answer has: the share of it that stands in the answer.
    complete: Vec<f64>,
    /// For each answer whose lines are known: whether its first sentence stands on one of them.
    first: Vec<f64>,
    /// For each sentence of such an answer: whether it does.
    to_the_point: Vec<f64>,
}

/// Whether a sentence of `answer` rests on one of `lines`, each `path:line`.
fn stands_on(answer: &Answer, sentence: &Sentence, lines: &[String]) -> bool {
    let cited = answer.citations.iter().filter(|citation| sentence.citations.contains(&citation.n));
    cited
        .flat_map(|citation| (citation.lines.start..=citation.lines.end).map(|line| (&citation.path, line)))
        .any(|(path, line)| lines.contains(&format!("{path}:{line}")))
}

impl Answers {
    fn add(&mut self, answer: &Answer, question: &Question) {
        let share = |yes: bool| f64::from(u8::from(yes));
        self.n += 1;
        let text = answer.text.to_lowercase();
        if !question.answers.is_empty() {
            self.contains.push(share(question.answers.iter().any(|one| text.contains(&one.to_lowercase()))));
        }
        if !question.words.is_empty() {
            let has = |one: &String| text.contains(&one.to_lowercase());
            let had: Vec<f64> = question.words.iter().map(|of| share(of.iter().any(has))).collect();
            self.complete.push(mean(&had));
        }
        if !question.lines.is_empty() {
            let on = |sentence: &Sentence| share(stands_on(answer, sentence, &question.lines));
            let on: Vec<f64> = answer.sentences.iter().map(on).collect();
            self.first.extend(on.first());
            self.to_the_point.extend(on);
        }
        if !question.paths.is_empty() {
            let right: Vec<f64> = answer
                .citations
                .iter()
                .map(|citation| share(question.paths.contains(&citation.path)))
                .collect();
            self.cited.push(share(right.contains(&1.0)));
            self.right.extend(right);
        }
        self.bare.extend(answer.sentences.iter().map(|sentence| share(sentence.citations.is_empty())));
    }

    fn part(&self) -> Part {
        let mut of_answers = Map::from_iter([("n".to_owned(), json!(self.n))]);
        of_answers.insert("unmarked_sentences".into(), json!(mean(&self.bare)));
        let mut table = format!("answers {}: sentences without a footnote {:.3}", self.n, mean(&self.bare));
        // Of what no line says, nothing is known: it is not 0.
        if self.contains.is_empty() {
            of_answers.insert("contains".into(), Value::Null);
        } else {
            let contains = estimate(&self.contains);
            put(&mut of_answers, "contains", contains);
            let _ = write!(table, "; {} contain what was expected", show(contains));
        }
        let more = [
            ("complete", &self.complete, "of what a whole answer has"),
            ("first_to_the_point", &self.first, "first sentences to the point"),
            ("to_the_point", &self.to_the_point, "sentences to the point"),
        ];
        for (name, of, says) in more.into_iter().filter(|(_, of, _)| !of.is_empty()) {
            let share = estimate(of);
            put(&mut of_answers, name, share);
            let _ = write!(table, "; {} {says}", show(share));
        }
        let mut json = vec![("answers", Value::Object(of_answers))];
        if !self.cited.is_empty() {
            let (precision, recall) = (estimate(&self.right), estimate(&self.cited));
            let mut of_citations = Map::new();
            put(&mut of_citations, "precision", precision);
            put(&mut of_citations, "recall", recall);
            json.push(("citations", Value::Object(of_citations)));
            let _ = write!(
                table,
                "; citations of a right note {}, answers with one {}",
                show(precision),
                show(recall)
            );
        }
        table.push('\n');
        Part { json, table }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_line_says_is_not_measured() {
        let keys = |answers: &Answers| answers.part().json.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let bare = Answers { n: 1, bare: vec![0.0], ..Answers::default() };
        assert_eq!(keys(&bare), ["answers"]);
        assert!(bare.part().json[0].1["contains"].is_null() && !bare.part().table.contains("contain"));
        let whole = Answers { contains: vec![1.0], right: vec![1.0, 0.0], cited: vec![1.0], ..bare };
        assert_eq!(keys(&whole), ["answers", "citations"]);
        let part = whole.part();
        assert_eq!((&part.json[0].1["contains"], &part.json[1].1["precision"]), (&json!(1.0), &json!(0.5)));
    }
}
