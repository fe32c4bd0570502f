//! How good the answers are that the gate lets through: what stands in them, and what they cite.

use answer::Answer;
use anyhow::Result;
use index::eval::{Estimate, estimate, mean};
use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::lines::Question;
use super::report::{Part, put};

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
}

impl Answers {
    fn add(&mut self, answer: &Answer, question: &Question) {
        let share = |yes: bool| f64::from(u8::from(yes));
        self.n += 1;
        let text = answer.text.to_lowercase();
        if !question.answers.is_empty() {
            self.contains.push(share(question.answers.iter().any(|one| text.contains(&one.to_lowercase()))));
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
        let [contains, precision, recall]: [Estimate; 3] =
            [&self.contains, &self.right, &self.cited].map(|values| estimate(values));
        let mut of_answers = Map::from_iter([("n".to_owned(), json!(self.n))]);
        put(&mut of_answers, "contains", contains);
        of_answers.insert("unmarked_sentences".into(), json!(mean(&self.bare)));
        let mut of_citations = Map::new();
        put(&mut of_citations, "precision", precision);
        put(&mut of_citations, "recall", recall);
        let table = format!(
            "answers {}: {:.3} contain what was expected; citations of a right note {:.3}, answers with one {:.3}; sentences without a footnote {:.3}\n",
            self.n,
            contains.value,
            precision.value,
            recall.value,
            mean(&self.bare)
        );
        let json = vec![("answers", Value::Object(of_answers)), ("citations", Value::Object(of_citations))];
        Part { json, table }
    }
}
