//! The same question with and without the notes, beside each other.

use std::io::{self, Write};

use answer::{Answer, Failure, Refusal, Sentence, Verdict, sanitize_line};
use serde_json::{Value, json};

use super::Look;
use super::answer::print_conflicts;

/// From so many columns on the two stand beside each other.
const WIDE: usize = 90;

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Box<Answer>),
    Declined(Box<Refusal>),
    /// What was written until then, too.
    Failed(Failure, Option<Box<Answer>>),
}

impl Outcome {
    fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Failed(_, partial) => partial.as_deref(),
            Self::Declined(_) => None,
        }
    }
}

/// Prints both, one column each where `width` columns (of a terminal) have room for that, else one after the other.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn print_comparison(
    out: &mut dyn Write,
    with: &Outcome,
    without: &Outcome,
    width: Option<usize>,
    look: Look,
) -> io::Result<()> {
    let (left, right) = (lines("With your notes", with), lines("Without them", without));
    match width.filter(|&width| width >= WIDE) {
        Some(width) => {
            for (at, row) in tui::side_by_side(&left, &right, width).into_iter().enumerate() {
                writeln!(out, "{}", if at == 0 { look.paint("1", &row) } else { row })?;
            }
        }
        None => {
            for (side, gap) in [(left, true), (right, false)] {
                for (at, line) in side.into_iter().enumerate() {
                    writeln!(out, "{}", if at == 0 { look.paint("1", &line) } else { line })?;
                }
                if gap {
                    writeln!(out)?;
                }
            }
        }
    }
    let conflicts = with.answer().map_or(&[][..], |answer| &answer.conflicts);
    print_conflicts(out, conflicts, look)
}

/// One side, a line each: a heading, the sentences with their marks, the count, the footnotes.
fn lines(heading: &str, outcome: &Outcome) -> Vec<String> {
    let mut lines = vec![heading.to_owned(), String::new()];
    match outcome {
        Outcome::Declined(refusal) => {
            lines.push(format!("not in your notes: {}", sanitize_line(&refusal.reason)));
        }
        Outcome::Failed(failure, _) => lines.push(format!("error: {}", sanitize_line(&failure.message))),
        Outcome::Answered(_) => {}
    }
    let Some(answer) = outcome.answer() else { return lines };
    lines.extend(answer.sentences.iter().map(sentence));
    if answer.cut_short {
        lines.push("… (cut short)".to_owned());
    }
    let of = |verdict| answer.sentences.iter().filter(|sentence| sentence.verdict == verdict).count();
    let (supported, contradicted) = (of(Verdict::Supported), of(Verdict::Contradicted));
    let mut count = format!("{supported} of {} sentences are in the notes", answer.sentences.len());
    if contradicted > 0 {
        count.push_str(&format!("; {contradicted} contradicted by them"));
    }
    lines.extend([String::new(), count]);
    lines.extend(
        answer
            .citations
            .iter()
            .map(|citation| format!("[{}] {}:{}", citation.n, sanitize_line(&citation.path), citation.lines)),
    );
    lines
}

fn sentence(sentence: &Sentence) -> String {
    let mark = match sentence.verdict {
        Verdict::Supported => "✓",
        Verdict::Partly => "~",
        Verdict::Unsupported => "?",
        Verdict::Contradicted => "✗",
        Verdict::NotChecked => "·",
    };
    let word = super::answer::verdict(sentence).map(|(word, _)| format!(" ({word})")).unwrap_or_default();
    let numbers: String = sentence.citations.iter().map(|n| format!("[{n}]")).collect();
    let gap = if numbers.is_empty() { "" } else { " " };
    format!("{mark} {}{gap}{numbers}{word}", sanitize_line(sentence.text.trim()))
}

/// What `ask --json` adds under `without_notes`: the answer of the model alone.
pub(crate) fn alone_json(outcome: &Outcome) -> Value {
    let mut object = json!({ "status": "failed", "answer": "", "sentences": [], "citations": [] });
    if let Some(answer) = outcome.answer() {
        object["status"] = json!(if answer.cut_short { "cut_short" } else { "answered" });
        object["answer"] = json!(answer.text);
        object["sentences"] = json!(answer.sentences);
        object["citations"] = json!(answer.citations);
        object["timings_ms"] = json!(answer.timings);
    }
    if let Outcome::Failed(failure, _) = outcome {
        object["reason"] = json!(failure.message);
        object["hint"] = json!(failure.hint);
    }
    object
}

#[cfg(test)]
mod tests {
    use answer::{FailureKind, GeneratorInfo, Receipt, Timings};

    use super::*;

    fn answered(sentences: &[(&str, Verdict)]) -> Outcome {
        let sentences = sentences.iter().map(|(text, verdict)| Sentence {
            text: (*text).into(),
            verdict: *verdict,
            confidence: 0.9,
            citations: Vec::new(),
            corrected: false,
            checked_by: None,
            lead: String::new(),
        });
        Outcome::Answered(Box::new(Answer {
            text: String::new(),
            sentences: sentences.collect(),
            citations: Vec::new(),
            conflicts: Vec::new(),
            untold: None,
            cut_short: false,
            generator: GeneratorInfo { name: "openai".into(), model: None, endpoint: None },
            receipt: Receipt::default(),
            timings: Timings::default(),
        }))
    }

    fn printed(with: &Outcome, without: &Outcome, width: Option<usize>) -> String {
        let mut out = Vec::new();
        print_comparison(&mut out, with, without, width, Look { color: false }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn two_columns_where_there_is_room_and_one_after_the_other_where_not() {
        let with = answered(&[("HNSW is approximate.", Verdict::Supported)]);
        let without =
            answered(&[("HNSW is exact.", Verdict::Contradicted), ("It is old.", Verdict::Unsupported)]);
        let wide = printed(&with, &without, Some(100));
        assert!(wide.lines().next().unwrap().ends_with("│  Without them"), "{wide}");
        let row = wide.lines().find(|row| row.starts_with('✓')).unwrap();
        assert!(row.ends_with("✗ HNSW is exact. (the notes say otherwise)"), "{wide}");
        let narrow = printed(&with, &without, None);
        let expected = "With your notes\n\n✓ HNSW is approximate.\n\n1 of 1 sentences are in the notes\n\n\
                        Without them\n\n✗ HNSW is exact. (the notes say otherwise)\n? It is old. (not in the notes)\n\n\
                        0 of 2 sentences are in the notes; 1 contradicted by them\n";
        assert_eq!(narrow, expected);
        assert_eq!(printed(&with, &without, Some(60)), narrow);
    }

    #[test]
    fn a_side_that_failed_says_so() {
        let failure =
            Failure { kind: FailureKind::Empty, message: "the model wrote nothing".into(), hint: None };
        let failed = Outcome::Failed(failure, None);
        let text = printed(&answered(&[("A.", Verdict::Partly)]), &failed, None);
        assert!(
            text.contains("~ A. (partly supported)") && text.ends_with("error: the model wrote nothing\n"),
            "{text}"
        );
        assert_eq!(alone_json(&failed)["status"], "failed");
        assert_eq!(alone_json(&failed)["reason"], "the model wrote nothing");
    }
}
