//! The lines of a question file: one JSON object each, whose fields say what it is.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::{Code, Exit};

/// A question over the indexed notes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Question {
    /// Tells it apart from the others; the question itself does where there is none.
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) question: String,
    /// `zh` or `en`; told from the question where it does not say.
    #[serde(default)]
    pub(super) lang: Option<String>,
    /// The notes that answer it; none for a question that the notes do not answer.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// What an answer should contain, one of them.
    #[serde(default)]
    pub(super) answers: Vec<String>,
    /// What a whole answer has: of each of these, one.
    #[serde(default)]
    pub(super) words: Vec<Vec<String>>,
    /// The lines that are to the point, each as `path:line`.
    #[serde(default)]
    pub(super) lines: Vec<String>,
    /// Whether the notes answer it, where it is known.
    #[serde(default)]
    pub(super) answerable: Option<bool>,
    /// `file:line`.
    #[serde(skip)]
    pub(super) place: String,
}

impl Question {
    /// Whether the notes answer it: as it says, or else by whether it names notes that do.
    pub(super) fn is_answerable(&self) -> bool {
        self.answerable.unwrap_or(!self.paths.is_empty())
    }
}

/// A question over its own passages.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OwnPassages {
    pub(super) question: String,
    #[serde(default)]
    pub(super) lang: Option<String>,
    pub(super) passages: Vec<String>,
    /// Whether the passages answer it.
    pub(super) answerable: bool,
}

/// A question that leans on the one before it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FollowUp {
    /// What was asked before.
    pub(super) first: String,
    pub(super) question: String,
    /// The same, asked so that it stands alone.
    pub(super) full: String,
    #[serde(default)]
    pub(super) lang: Option<String>,
    pub(super) paths: Vec<String>,
    /// `file:line`.
    #[serde(skip)]
    pub(super) place: String,
}

/// A claim and a text: does the text say it?
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claim {
    /// What it is measured with; `claims` where it does not say.
    #[serde(default)]
    pub(super) set: Option<String>,
    #[serde(default)]
    pub(super) lang: Option<String>,
    pub(super) claim: String,
    pub(super) context: String,
    /// What the claim answers.
    #[serde(default)]
    pub(super) question: Option<String>,
    pub(super) supported: bool,
}

/// Two places of notes: do they contradict each other?
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pair {
    pub(super) a: Part,
    pub(super) b: Part,
    pub(super) conflict: bool,
    /// A question over the indexed notes to which the two matter.
    #[serde(default)]
    pub(super) question: Option<String>,
}

/// One side of a pair: a piece of a note.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Part {
    pub(super) path: String,
    /// Its first line in the note, from 1.
    pub(super) line: u32,
    #[serde(default)]
    pub(super) title: String,
    /// The headings above it, outermost first.
    #[serde(default)]
    pub(super) headings: Vec<String>,
    pub(super) text: String,
}

/// What a line can be.
#[derive(Debug, Clone)]
enum Line {
    Question(Question),
    FollowUp(FollowUp),
    OwnPassages(OwnPassages),
    Claim(Claim),
    Pair(Pair),
}

/// The lines of some files, by kind.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) questions: Vec<Question>,
    pub(super) follow_ups: Vec<FollowUp>,
    pub(super) own_passages: Vec<OwnPassages>,
    pub(super) claims: Vec<Claim>,
    pub(super) pairs: Vec<Pair>,
}

impl Lines {
    /// Whether there is no question among them; there may be claims and pairs.
    pub(super) fn no_question(&self) -> bool {
        self.questions.is_empty()
            && self.follow_ups.is_empty()
            && self.own_passages.is_empty()
            && self.pairs.iter().all(|pair| pair.question.is_none())
    }

    /// Reads `files`, in order.
    ///
    /// # Errors
    /// When one cannot be read, or a line is of no kind; the error names file and line.
    pub(super) fn read(files: &[PathBuf]) -> Result<Self> {
        let mut lines = Self::default();
        for file in files {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            for (text, number) in text.lines().zip(1..).filter(|(text, _)| !text.trim().is_empty()) {
                match line(file, number, text)? {
                    Line::Question(question) => lines.questions.push(question),
                    Line::FollowUp(follow_up) => lines.follow_ups.push(follow_up),
                    Line::OwnPassages(question) => lines.own_passages.push(question),
                    Line::Claim(claim) => lines.claims.push(claim),
                    Line::Pair(pair) => lines.pairs.push(pair),
                }
            }
        }
        Ok(lines)
    }
}

/// How the lines of a question file look.
pub(crate) const SHAPES: &str = r#"a line is one of
      {"id":"1","question":"what is GQA","lang":"en","paths":["gqa.md"],"answers":["grouped"],"answerable":true}
      {"id":"1","question":"what is GQA","words":[["grouped","分组"],["share"]],"lines":["gqa.md:3"],"paths":["gqa.md"]}
      {"id":"2","question":"what is bread","lang":"en","answerable":false}
      {"id":"3","first":"what is GQA","question":"why?","full":"why GQA?","lang":"en","paths":["gqa.md"]}
      {"id":"4","question":"what is GQA","lang":"en","passages":["…"],"answerable":false}
      {"id":"5","set":"mine","lang":"en","claim":"…","context":"…","question":"…","supported":true}
      {"id":"6","a":{"path":"a.md","line":3,"text":"…"},"b":{"path":"b.md","line":9,"text":"…"},"question":"…","conflict":true}"#;

fn line(file: &Path, number: usize, text: &str) -> Result<Line> {
    let place = format!("{}:{number}", file.display());
    match kind(text) {
        Ok(Line::Question(question)) => Ok(Line::Question(Question { place, ..question })),
        Ok(Line::FollowUp(follow_up)) => Ok(Line::FollowUp(FollowUp { place, ..follow_up })),
        Ok(other) => Ok(other),
        Err(why) => Err(Exit::new(Code::Usage, format!("{place}: {why}")).hint(SHAPES).into()),
    }
}

/// Tells the kind by the fields that only it has.
fn kind(text: &str) -> Result<Line, String> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("not JSON: {error}"))?;
    let Some(fields) = value.as_object() else { return Err("not a JSON object".into()) };
    let has = |field: &str| fields.contains_key(field);
    let blank =
        |field: &&str| fields.get(*field).and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
    if let Some(field) = ["question", "first", "full", "claim"].iter().find(|field| blank(field)) {
        return Err(format!("\"{field}\" is empty"));
    }
    if has("conflict") || has("a") {
        typed(value, "a pair of places").map(Line::Pair)
    } else if has("claim") {
        typed(value, "a claim").map(Line::Claim)
    } else if has("passages") {
        typed(value, "a question over its own passages").map(Line::OwnPassages)
    } else if has("first") || has("full") {
        typed(value, "a follow-up question").map(Line::FollowUp)
    } else if has("question") {
        if !has("paths") && !has("answerable") {
            return Err("not a question: neither \"paths\" names the notes that answer it, nor \"answerable\" says that none does".into());
        }
        typed(value, "a question").map(Line::Question)
    } else {
        Err("neither a question nor a claim: no field says \"question\" or \"claim\"".into())
    }
}

fn typed<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("not {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_tell_the_kind() {
        let check = |text: &str, expected: &str| {
            let line = format!("{:?}", kind(text).unwrap());
            assert!(line.starts_with(expected), "{text}: {line}");
        };
        check(
            r#"{"id":"1","question":"what is GQA","lang":"en","paths":["a.md"],"answers":[],"answerable":true}"#,
            "Question(",
        );
        check("\u{feff}{\"question\":\"q\",\"paths\":[]}", "Question(");
        check(r#"{"first":"a","question":"b","full":"c","paths":["a.md"]}"#, "FollowUp(");
        check(r#"{"question":"q","lang":"en","passages":["p"],"answerable":false}"#, "OwnPassages");
        check(r#"{"claim":"c","context":"x","question":"q","supported":true}"#, "Claim(");
        check(r#"{"question":"q","answerable":false}"#, "Question(");
        let side = r#"{"path":"a.md","line":3,"text":"t"}"#;
        check(&format!(r#"{{"a":{side},"b":{side},"conflict":true,"question":"q"}}"#), "Pair(");
    }

    #[test]
    fn what_names_no_note_is_not_answered() {
        let check = |text: &str, expected: bool| {
            let Line::Question(question) = kind(text).unwrap() else { panic!("{text}") };
            assert_eq!(question.is_answerable(), expected, "{text}");
        };
        check(r#"{"question":"q","answerable":false}"#, false);
        check(r#"{"question":"q","paths":[]}"#, false);
        check(r#"{"question":"q","paths":["a.md"]}"#, true);
        check(r#"{"question":"q","paths":["a.md"],"answerable":false}"#, false);
        check(r#"{"question":"q","answerable":true}"#, true);
    }

    #[test]
    fn a_line_of_no_kind_says_what_is_wrong() {
        let check = |text: &str, expected: &str| {
            let error = line(Path::new("q.jsonl"), 7, text).unwrap_err().to_string();
            assert!(error.starts_with("q.jsonl:7: ") && error.contains(expected), "{text}: {error}");
        };
        check("{", "not JSON");
        check("[1]", "not a JSON object");
        check("{\"id\":1}", "neither a question nor a claim");
        check(r#"{"question":"q"}"#, "neither \"paths\"");
        check(r#"{"question":7,"paths":[]}"#, "expected a string");
        check(r#"{"first":"q","question":"why","paths":[]}"#, "missing field `full`");
        check(r#"{"question":"q","paths":"a.md"}"#, "expected a sequence");
        check(r#"{"claim":"c","supported":true}"#, "missing field `context`");
        check(r#"{"question":" ","paths":["a.md"]}"#, "\"question\" is empty");
        check(r#"{"first":"","question":"why","full":"q","paths":[]}"#, "\"first\" is empty");
        check(r#"{"claim":"\n","context":"x","supported":true}"#, "\"claim\" is empty");
        check(r#"{"a":{"path":"a.md"},"conflict":true}"#, "missing field `line`");
    }
}
