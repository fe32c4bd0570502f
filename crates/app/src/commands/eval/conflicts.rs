//! How well it is seen that two notes contradict each other: in pairs that were labelled by hand, and in whole answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use answer::{Conflict, Side, all_conflicts, sanitize_line};
use anyhow::Result;
use index::eval::{Estimate, estimate};
use index::{Language, Lines, Passage};
use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::lines::{Pair, Part as Place};
use super::report::{Part, put, show};

/// What was found of some pairs: for each of those called a conflict whether it is one, and for each conflict whether it
/// was found.
#[derive(Debug, Default)]
struct Found {
    n: usize,
    right: Vec<f64>,
    found: Vec<f64>,
}

impl Found {
    fn add(&mut self, called: bool, conflict: bool) {
        let share = |yes: bool| f64::from(u8::from(yes));
        self.n += 1;
        if called {
            self.right.push(share(conflict));
        }
        if conflict {
            self.found.push(share(called));
        }
    }

    fn estimates(&self) -> [Estimate; 2] {
        [estimate(&self.right), estimate(&self.found)]
    }

    fn json(&self) -> Map<String, Value> {
        let [precision, recall] = self.estimates();
        let mut numbers = Map::from_iter([("n".to_owned(), json!(self.n))]);
        put(&mut numbers, "precision", precision);
        put(&mut numbers, "recall", recall);
        numbers
    }
}

/// Compares the two places of each pair, by language. None when there is no pair.
pub(super) fn measure(pairs: &[Pair]) -> Option<Part> {
    let mut groups: BTreeMap<&str, Found> = BTreeMap::new();
    for pair in pairs {
        let called = !all_conflicts(&[passage(1, &pair.a), passage(2, &pair.b)]).is_empty();
        for group in ["all", language(pair)] {
            groups.entry(group).or_default().add(called, pair.conflict);
        }
    }
    let mut table = format!("{:10} {:>6}  {:19}  recall\n", "conflicts", "n", "precision");
    for (group, found) in &groups {
        let [precision, recall] = found.estimates().map(show);
        let _ = writeln!(table, "{group:10} {:6}  {precision:19}  {recall}", found.n);
    }
    let json: Map<String, Value> =
        groups.iter().map(|(group, found)| ((*group).to_owned(), Value::Object(found.json()))).collect();
    (!groups.is_empty()).then(|| Part { json: vec![("conflicts", Value::Object(json))], table })
}

/// The language of both places, or `mixed`.
fn language(pair: &Pair) -> &'static str {
    match (Language::of(&pair.a.text), Language::of(&pair.b.text)) {
        (a, b) if a == b => a.code(),
        _ => "mixed",
    }
}

fn passage(rank: u32, place: &Place) -> Passage {
    Passage {
        rank,
        path: place.path.clone(),
        title: place.title.clone(),
        lines: lines(place),
        headings: place.headings.clone(),
        lead: None,
        language: Language::of(&place.text),
        text: place.text.clone(),
        date: None,
        score: 0.0,
        dense: None,
        lexical: None,
        coverage: 0.0,
    }
}

fn lines(place: &Place) -> Lines {
    let more = place.text.trim_end().matches('\n').count();
    Lines { start: place.line, end: place.line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)) }
}

/// Asks each question of `pairs`, and looks whether its answer shows one of the conflicts that belong to it. A conflict
/// that it shows is right or wrong as the pair of its two places says; of others nothing is known, and they are listed. None
/// when no pair has a question.
///
/// # Errors
/// When answering fails.
pub(super) fn in_answers(asking: &Asking, pairs: &[Pair]) -> Result<Option<Part>> {
    let mut by_question: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        if let Some(question) = &pair.question {
            by_question.entry(question).or_default().push(pair);
        }
    }
    let (mut found, mut missed, mut unknown) = (Found::default(), Vec::new(), Vec::new());
    for (question, own) in &by_question {
        let told = asking.ask(question, &[])?.map(|answer| answer.conflicts).unwrap_or_default();
        let mut shown = false;
        for conflict in &told {
            match pairs.iter().find(|pair| is_of(conflict, pair)) {
                Some(pair) => found.right.push(f64::from(u8::from(pair.conflict))),
                None => unknown.push(conflict.clone()),
            }
            shown |= own.iter().any(|pair| pair.conflict && is_of(conflict, pair));
        }
        if own.iter().any(|pair| pair.conflict) {
            found.n += 1;
            found.found.push(f64::from(u8::from(shown)));
            if !shown {
                missed.push(*question);
            }
        }
    }
    Ok((!by_question.is_empty()).then(|| shown_part(&found, &missed, &unknown)))
}

/// Whether a conflict is that of a pair, whichever way round.
fn is_of(Conflict { a, b }: &Conflict, pair: &Pair) -> bool {
    let at = |side: &Side, place: &Place| {
        let (shown, labelled) = (side.lines, lines(place));
        side.path == place.path && shown.start <= labelled.end && shown.end >= labelled.start
    };
    at(a, &pair.a) && at(b, &pair.b) || at(a, &pair.b) && at(b, &pair.a)
}

fn shown_part(found: &Found, missed: &[&str], unknown: &[Conflict]) -> Part {
    let [precision, recall] = found.estimates();
    let mut table = format!(
        "conflicts in answers: shown for {} of {} questions; right {} of {} that are labelled\n",
        show(recall),
        found.n,
        show(precision),
        found.right.len()
    );
    for question in missed {
        let _ = writeln!(table, "  not shown: {}", sanitize_line(question));
    }
    let place = |side: &Side| format!("{}:{}", sanitize_line(&side.path), side.lines);
    for Conflict { a, b } in unknown {
        let _ = writeln!(table, "  not labelled: {} against {}", place(a), place(b));
    }
    let mut numbers = found.json();
    numbers.insert("missed".into(), json!(missed));
    numbers.insert("unlabelled".into(), json!(unknown));
    Part { json: vec![("conflicts_in_answers", json!({ "all": numbers }))], table }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: &str, b: &str, conflict: bool) -> Pair {
        let place = |path: &str, text: &str| Place {
            path: path.into(),
            line: 3,
            title: String::new(),
            headings: Vec::new(),
            text: text.into(),
        };
        Pair { a: place("a.md", a), b: place("b.md", b), conflict, question: None }
    }

    #[test]
    fn pairs_are_counted_by_language() {
        let pairs = [
            pair("HNSW search is exact.", "HNSW search is approximate, not exact.", true),
            pair("The cache is warm.", "The sky is blue.", true),
            pair("这个接口支持批量写入。", "这个接口不支持批量写入。", false),
        ];
        let part = measure(&pairs).unwrap();
        let (key, json) = &part.json[0];
        assert_eq!(
            (*key, &json["en"]["precision"], &json["en"]["recall"]),
            ("conflicts", &json!(1.0), &json!(0.5))
        );
        assert_eq!((&json["zh"]["precision"], &json["all"]["precision"]), (&json!(0.0), &json!(0.5)));
        assert!(measure(&[]).is_none());
    }

    #[test]
    fn a_conflict_is_known_by_its_places() {
        let of = pair("HNSW search is exact.", "HNSW search is not exact.", true);
        let check = |lines: (u32, u32), turned: bool, expected: bool| {
            let mut found = all_conflicts(&[passage(1, &of.a), passage(2, &of.b)]).remove(0);
            found.b.lines = Lines { start: lines.0, end: lines.1 };
            if turned {
                std::mem::swap(&mut found.a, &mut found.b);
            }
            assert_eq!(is_of(&found, &of), expected, "{lines:?} {turned}");
        };
        check((3, 3), false, true);
        check((1, 3), true, true);
        check((4, 9), false, false);
    }
}
