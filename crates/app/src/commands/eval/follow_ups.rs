//! How well a question that leans on the one before it finds its notes, beside the same question asked in full.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use answer::resolve_follow_up;
use anyhow::Result;
use index::eval::{Measure, Outcome};
use serde_json::{Map, Value, json};

use super::lines::FollowUp;
use super::report::{Part, put, show, tidy};
use super::retrieval::{estimated, language, search};
use crate::session::Session;

/// The ways a question is asked, by the name each has in JSON.
const WAYS: [(&str, &str); 3] =
    [("resolved", "follow-up"), ("alone", "follow-up alone"), ("full", "asked in full")];

/// Outcomes by group and way.
type Outcomes = BTreeMap<(String, &'static str), Vec<Outcome>>;

/// Asks each question as it is resolved, as it stands, and in full. None when there are none.
///
/// # Errors
/// When the search fails.
pub(super) fn measure(session: &Session, follow_ups: &[FollowUp]) -> Result<Option<Part>> {
    let mut outcomes = Outcomes::new();
    for asked in follow_ups {
        let before = resolve_follow_up(&asked.first, None);
        let resolved = resolve_follow_up(&asked.question, Some(&before));
        let texts = [&resolved, &asked.question, &asked.full];
        for ((way, _), text) in WAYS.into_iter().zip(texts) {
            let outcome = Outcome::of(&search(session, text)?.0, &asked.paths);
            for group in ["all".to_owned(), language(asked.lang.as_deref(), &asked.question)] {
                outcomes.entry((group, way)).or_default().push(outcome.clone());
            }
        }
    }
    Ok((!outcomes.is_empty()).then(|| part(&outcomes)))
}

fn part(outcomes: &Outcomes) -> Part {
    let mut table = format!("{:5} {:>6}", "lang", "n");
    for (_, title) in WAYS {
        let title = format!("{title}: recall@5");
        let _ = write!(table, "  {title:25}");
    }
    let mut json: Map<String, Value> = Map::new();
    for ((group, way), outcomes) in outcomes {
        let of_group = json.entry(group).or_insert_with(|| json!({ "n": outcomes.len() }));
        let mut numbers = Map::new();
        for measure in Measure::ALL {
            put(&mut numbers, measure.name(), estimated(outcomes, measure));
        }
        of_group[way] = Value::Object(numbers);
    }
    for group in json.keys() {
        let of = |way| outcomes.get(&(group.clone(), way)).map_or(&[][..], Vec::as_slice);
        let _ = write!(table, "\n{group:5} {:6}", of("full").len());
        for (way, _) in WAYS {
            let _ = write!(table, "  {:25}", show(estimated(of(way), Measure::RecallAt5)));
        }
    }
    Part { json: vec![("follow_ups", Value::Object(json))], table: tidy(&table) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_stand_side_by_side() {
        let outcome = |ranks: &[usize]| Outcome { right: 1, ranks: ranks.to_vec() };
        let mut outcomes = Outcomes::new();
        outcomes.insert(("all".into(), "resolved"), vec![outcome(&[2]), outcome(&[])]);
        outcomes.insert(("all".into(), "alone"), vec![outcome(&[]), outcome(&[])]);
        outcomes.insert(("all".into(), "full"), vec![outcome(&[1]), outcome(&[5])]);
        let part = part(&outcomes);
        let (key, json) = &part.json[0];
        assert_eq!((*key, &json["all"]["n"]), ("follow_ups", &json!(2)));
        let of = |way: &str, measure: &str| json["all"][way][measure].as_f64().unwrap();
        assert_eq!([of("resolved", "recall_at_5"), of("resolved", "mrr_at_10")], [0.5, 0.25]);
        assert_eq!([of("alone", "recall_at_5"), of("full", "recall_at_5")], [0.0, 1.0]);
        let last = part.table.lines().last().unwrap();
        assert!(last.contains("0.500 [.000-1.000]") && last.ends_with("1.000 [1.000-1.000]"), "{last}");
    }
}
