//! Whether answers rest on what they cite: each question is asked again without the notes that its answer cites, and what
//! the answer said with a footnote must be gone or changed. What stands there all the same was not taken from those notes,
//! unless another note says it, too.

use std::fmt::Write as _;

use answer::{Answer, sanitize_line};
use anyhow::Result;
use index::eval::estimate;
use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::lines::Question;
use super::report::{Part, put, show};

/// What became of a cited sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is no longer said, or not in these words.
    Changed,
    /// It is said, and now cites another note.
    Elsewhere,
    /// It is said all the same, and cites nothing.
    Stayed,
}

/// A cited sentence that is said without its note as well.
#[derive(Debug)]
struct Stayed {
    question: String,
    sentence: String,
    path: String,
    lines: (u32, u32),
}

/// Asks those of `questions` again that `answers` has an answer to. None when no answer cites anything.
///
/// # Errors
/// When answering fails.
pub(super) fn measure(
    asking: &Asking,
    questions: &[&Question],
    answers: &[Option<Answer>],
) -> Result<Option<Part>> {
    let (mut fates, mut stayed) = (Vec::new(), Vec::new());
    for (question, answer) in questions.iter().zip(answers) {
        let Some(answer) = answer.as_ref().filter(|answer| !answer.citations.is_empty()) else { continue };
        let mut cited: Vec<String> = answer.citations.iter().map(|citation| citation.path.clone()).collect();
        cited.sort_unstable();
        cited.dedup();
        let again = asking.ask(&question.question, &cited)?;
        for (at, fate) in fates_of(answer, again.as_ref()) {
            fates.push(fate);
            if fate == Fate::Stayed {
                stayed.extend(place(&question.question, answer, at));
            }
        }
    }
    Ok((!fates.is_empty()).then(|| part(&fates, &stayed)))
}

/// What became of each sentence with a footnote, by its place in the answer.
fn fates_of(answer: &Answer, again: Option<&Answer>) -> Vec<(usize, Fate)> {
    let said_again = |text: &str| {
        let same = |other: &&answer::Sentence| words(&other.text) == words(text);
        again.iter().flat_map(|again| &again.sentences).find(same)
    };
    let cited = answer.sentences.iter().enumerate().filter(|(_, sentence)| !sentence.citations.is_empty());
    let fate = |sentence: &answer::Sentence| match said_again(&sentence.text) {
        None => Fate::Changed,
        Some(other) if other.citations.is_empty() => Fate::Stayed,
        Some(_) => Fate::Elsewhere,
    };
    cited.map(|(at, sentence)| (at, fate(sentence))).collect()
}

/// The letters and digits of a text: how it is set does not make it another.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn place(question: &str, answer: &Answer, at: usize) -> Option<Stayed> {
    let sentence = answer.sentences.get(at)?;
    let n = sentence.citations.first()?;
    let citation = answer.citations.iter().find(|citation| citation.n == *n)?;
    Some(Stayed {
        question: question.to_owned(),
        sentence: sentence.text.clone(),
        path: citation.path.clone(),
        lines: (citation.lines.start, citation.lines.end),
    })
}

fn part(fates: &[Fate], stayed: &[Stayed]) -> Part {
    let elsewhere = fates.iter().filter(|fate| **fate == Fate::Elsewhere).count();
    let others = fates.iter().filter(|fate| **fate != Fate::Elsewhere);
    let changed: Vec<f64> = others.map(|fate| f64::from(u8::from(*fate == Fate::Changed))).collect();
    let share = estimate(&changed);
    let mut numbers = Map::from_iter([("n".to_owned(), json!(changed.len()))]);
    put(&mut numbers, "changed", share);
    numbers.insert("elsewhere".into(), json!(elsewhere));
    let list = stayed.iter().map(|it| {
        json!({
            "question": it.question, "sentence": it.sentence,
            "path": it.path, "line_start": it.lines.0, "line_end": it.lines.1,
        })
    });
    numbers.insert("stayed".into(), list.collect());
    let mut table = format!(
        "without the cited notes: of {} cited sentences {} went or changed; {elsewhere} more stand in other notes, too\n",
        changed.len(),
        show(share)
    );
    for it in stayed {
        let (path, sentence) = (sanitize_line(&it.path), sanitize_line(&it.sentence));
        let _ = writeln!(table, "  stayed without {path}:{}: {sentence}", it.lines.0);
    }
    Part { json: vec![("counterfactual", Value::Object(numbers))], table }
}

#[cfg(test)]
mod tests {
    use answer::{Citation, GeneratorInfo, Lines, Receipt, Sentence, Timings, Verdict};

    use super::*;

    /// An answer of these sentences, each with or without a footnote to line 3 of a.md.
    fn answer(sentences: &[(&str, bool)]) -> Answer {
        let sentence = |(text, cited): &(&str, bool)| Sentence {
            text: (*text).into(),
            verdict: Verdict::Supported,
            confidence: 1.0,
            citations: if *cited { vec![1] } else { Vec::new() },
            corrected: false,
            checked_by: None,
            lead: String::new(),
        };
        let citation = Citation {
            n: 1,
            passage: 1,
            path: "a.md".into(),
            lines: Lines { start: 3, end: 4 },
            headings: Vec::new(),
            quote: "GQA shares heads.".into(),
        };
        Answer {
            text: String::new(),
            sentences: sentences.iter().map(sentence).collect(),
            citations: vec![citation],
            conflicts: Vec::new(),
            untold: None,
            cut_short: false,
            generator: GeneratorInfo { name: "openai".into(), model: None, endpoint: None },
            receipt: Receipt::default(),
            timings: Timings::default(),
        }
    }

    #[test]
    fn what_rests_on_its_notes_goes_with_them() {
        let first = answer(&[("GQA shares heads.", true), ("It is fast!", true), ("So it is.", false)]);
        let check = |again: Option<&[(&str, bool)]>, expected: [Fate; 2]| {
            let again = again.map(answer);
            let fates = fates_of(&first, again.as_ref());
            assert_eq!(fates.iter().map(|(_, fate)| *fate).collect::<Vec<_>>(), expected, "{again:?}");
        };
        check(None, [Fate::Changed, Fate::Changed]);
        check(Some(&[("GQA is cheap.", true)]), [Fate::Changed, Fate::Changed]);
        check(Some(&[("**GQA** shares heads", true)]), [Fate::Elsewhere, Fate::Changed]);
        check(Some(&[("it is fast.", false)]), [Fate::Changed, Fate::Stayed]);
    }

    #[test]
    fn what_stays_is_told_with_its_place() {
        let first = answer(&[("GQA shares heads.", true)]);
        let stayed = [place("what is GQA", &first, 0).unwrap()];
        let part = part(&[Fate::Changed, Fate::Stayed, Fate::Elsewhere], &stayed);
        let (key, json) = &part.json[0];
        assert_eq!((*key, &json["n"], &json["changed"]), ("counterfactual", &json!(2), &json!(0.5)));
        assert_eq!((&json["elsewhere"], &json["stayed"][0]["line_end"]), (&json!(1), &json!(4)));
        assert!(part.table.contains("a.md:3: GQA shares heads."), "{}", part.table);
    }
}
