//! What changed since an earlier run.
//!
//! Every measure of both runs that has an interval is compared. Where both say what came of the same questions, the
//! interval is that of the difference, question by question: what is easy and what is hard cancels out, and a small change
//! shows. Elsewhere it is put together from the intervals of the two runs (Newcombe 1998, square and add), which is wider.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use index::eval::{Estimate, Measure, Outcome, estimate};
use serde_json::{Map, Value, json};

use super::SCHEMA;
use crate::exit::{Code, Exit};

/// Measures of which less is better.
const LESS_IS_BETTER: [&str; 1] = ["aurc"];

/// An earlier run.
#[derive(Debug)]
pub(super) struct Earlier {
    file: PathBuf,
    object: Value,
}

impl Earlier {
    /// Reads what `footnote eval --json` printed.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else; the error names it.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let object = run_of(&text).map_err(|why| {
            Exit::new(Code::Usage, format!("cannot compare with {}: {why}", file.display()))
                .hint("make it anew: footnote eval QUESTIONS.jsonl --json > OLD.json")
        })?;
        Ok(Self { file: file.to_owned(), object })
    }

    /// What changed between this run and `new`.
    ///
    /// # Errors
    /// When nothing was measured in both.
    pub(super) fn compare(&self, new: &Value) -> Result<Comparison> {
        let changes = changes(&self.object, new);
        if changes.is_empty() {
            let message = format!("cannot compare with {}: it measured none of this", self.file.display());
            return Err(Exit::new(Code::Usage, message).hint("give the same question files").into());
        }
        Ok(Comparison { changes })
    }
}

fn run_of(text: &str) -> Result<Value, String> {
    let object: Value = serde_json::from_str(text)
        .map_err(|error| format!("it is no whole JSON object ({error}); was its run cut short?"))?;
    match object.get("schema").map(|schema| (schema.as_u64(), schema)) {
        Some((Some(version), _)) if version == u64::from(SCHEMA) => Ok(object),
        Some((_, schema)) => Err(format!("it has schema {schema}, and this program knows {SCHEMA}")),
        None => Err("it has no \"schema\", so it is not what `footnote eval --json` prints".into()),
    }
}

/// What changed between two runs.
#[derive(Debug)]
pub(super) struct Comparison {
    changes: Vec<Change>,
}

/// What changed of one measure of one group.
#[derive(Debug)]
struct Change {
    /// Where it stands in the JSON object: `retrieval.en.recall_at_1`.
    measure: String,
    old: f64,
    new: f64,
    /// New less old, and its interval.
    difference: Estimate,
    /// How many questions the two runs share; none where the runs stand for themselves.
    pairs: Option<usize>,
    /// Worse by more than chance explains.
    dropped: bool,
}

impl Comparison {
    /// Whether anything is worse by more than chance explains.
    pub(super) fn dropped(&self) -> bool {
        self.changes.iter().any(|change| change.dropped)
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let change = |change: &Change| {
            let Change { measure, old, new, difference, pairs, dropped } = change;
            json!({
                "measure": measure, "old": old, "new": new, "difference": difference.value,
                "interval": difference.interval, "pairs": pairs, "dropped": dropped,
            })
        };
        self.changes.iter().map(change).collect()
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut table = format!("\n{:32} {:>6} {:>6}  new less old\n", "compared", "old", "new");
        for change in &self.changes {
            let Estimate { value, interval: (low, high) } = change.difference;
            let mark = match (change.dropped, change.pairs) {
                (true, _) => "  WORSE",
                (false, None) => "  (unpaired)",
                (false, Some(_)) => "",
            };
            let _ = writeln!(
                table,
                "{:32} {:6.3} {:6.3}  {} [{} to {}]{mark}",
                change.measure,
                change.old,
                change.new,
                signed(value),
                signed(low),
                signed(high)
            );
        }
        table
    }
}

/// `+0.012`; what rounds to nothing is no less than nothing.
fn signed(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    format!("{:+.3}", if rounded == 0.0 { 0.0 } else { rounded })
}

fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let (old_outcomes, new_outcomes) = (outcomes(old), outcomes(new));
    let mut changes = Vec::new();
    for (section, group, name) in measures(new) {
        let at = |run: &Value| measured(run.get(section)?.get(group)?, name);
        let (Some(old), Some(new)) = (at(old), at(new)) else { continue };
        let retrieval = (section == "retrieval")
            .then(|| Measure::ALL.into_iter().find(|measure| measure.name() == name))
            .flatten();
        let paired = retrieval.and_then(|measure| paired(&old_outcomes, &new_outcomes, group, measure));
        let (difference, pairs) = match paired {
            Some((difference, pairs)) => (difference, Some(pairs)),
            None => (unpaired(old, new), None),
        };
        let (low, high) = difference.interval;
        let dropped = if LESS_IS_BETTER.contains(&name) { low > 0.0 } else { high < 0.0 };
        let measure = format!("{section}.{group}.{name}");
        changes.push(Change { measure, old: old.value, new: new.value, difference, pairs, dropped });
    }
    changes
}

/// Section, group and name of each measure with an interval.
fn measures<'a>(run: &'a Value) -> Vec<(&'a str, &'a str, &'a str)> {
    let fields = |value: &'a Value| value.as_object().into_iter().flatten();
    let mut measures = Vec::new();
    for (section, groups) in fields(run) {
        for (group, numbers) in fields(groups) {
            for (name, _) in fields(numbers) {
                if let Some(name) = name.strip_suffix("_interval") {
                    measures.push((section.as_str(), group.as_str(), name));
                }
            }
        }
    }
    measures
}

fn measured(group: &Value, name: &str) -> Option<Estimate> {
    let value = group.get(name)?.as_f64()?;
    let [low, high] = group.get(format!("{name}_interval"))?.as_array()?.as_slice() else { return None };
    Some(Estimate { value, interval: (low.as_f64()?, high.as_f64()?) })
}

/// The difference between two runs that share nothing.
fn unpaired(old: Estimate, new: Estimate) -> Estimate {
    let value = new.value - old.value;
    let below = (new.value - new.interval.0).hypot(old.interval.1 - old.value);
    let above = (new.interval.1 - new.value).hypot(old.value - old.interval.0);
    Estimate { value, interval: (value - below, value + above) }
}

/// The difference over the questions of `group` in both runs, and how many these are; none when there are none.
fn paired(old: &Outcomes, new: &Outcomes, group: &str, measure: Measure) -> Option<(Estimate, usize)> {
    let differences: Vec<f64> = new
        .0
        .iter()
        .filter(|(_, (groups, _))| groups.iter().any(|one| one == group))
        .filter_map(|(key, (_, new))| {
            let at = *old.1.get(key)?;
            let (_, (_, old)) = old.0.get(at)?;
            Some(measure.of(new) - measure.of(old))
        })
        .collect();
    (!differences.is_empty()).then(|| (estimate(&differences), differences.len()))
}

/// What came of each question: in order, and by key (language groups, id, and how often the two came before).
struct Outcomes(Vec<(Key, (Vec<String>, Outcome))>, HashMap<Key, usize>);

type Key = (String, String, usize);

/// The outcomes of a run; what does not look like one is left out.
fn outcomes(run: &Value) -> Outcomes {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    let mut all = Vec::new();
    for outcome in run.get("outcomes").and_then(Value::as_array).into_iter().flatten() {
        let Some((id, groups, outcome)) = outcome.as_object().and_then(outcome_of) else { continue };
        let language = groups.get(1).cloned().unwrap_or_default();
        let before = seen.entry((id.clone(), language.clone())).or_default();
        all.push(((id, language, *before), (groups, outcome)));
        *before += 1;
    }
    let places = all.iter().zip(0..).map(|((key, _), place)| (key.clone(), place)).collect();
    Outcomes(all, places)
}

fn outcome_of(fields: &Map<String, Value>) -> Option<(String, Vec<String>, Outcome)> {
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let ranks: Option<Vec<usize>> = fields.get("ranks")?.as_array()?.iter().map(number).collect();
    let ranks = ranks?;
    // A rank below 1 would make a measure infinite.
    if ranks.contains(&0) {
        return None;
    }
    let groups = fields.get("groups")?.as_array()?.iter();
    let groups = groups.map(|group| group.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    let id = fields.get("id")?.as_str()?.to_owned();
    Some((id, groups, Outcome { right: number(fields.get("right")?)?, ranks }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run in which the questions with these numbers find their note at once, and the others never.
    fn run(found: impl Fn(usize) -> bool) -> Value {
        let ranks = |at| if found(at) { vec![1] } else { vec![] };
        let outcomes: Vec<Value> = (0..200)
            .map(
                |at| json!({ "id": at.to_string(), "groups": ["all", "en"], "right": 1, "ranks": ranks(at) }),
            )
            .collect();
        let values: Vec<f64> = (0..200).map(|at| f64::from(u8::from(found(at)))).collect();
        let mut group = Map::new();
        super::super::report::put(&mut group, "recall_at_1", estimate(&values));
        json!({ "schema": 1, "retrieval": { "all": group, "en": group }, "outcomes": outcomes })
    }

    fn without_outcomes(mut run: Value) -> Value {
        run.as_object_mut().unwrap().remove("outcomes");
        run
    }

    #[test]
    fn a_drop_beyond_chance_is_a_drop() {
        let check = |old: &Value, new: &Value, expected: (bool, Option<usize>)| {
            let changes = changes(old, new);
            assert_eq!(changes.len(), 2);
            for change in changes {
                assert_eq!((change.dropped, change.pairs), expected, "{change:?}");
            }
        };
        let old = run(|at| at % 10 != 0);
        check(&old, &old, (false, Some(200)));
        // Eight questions lost of 180: chance explains it for two sets of questions, not for the same questions.
        let worse = run(|at| at % 10 != 0 && !at.is_multiple_of(23));
        check(&old, &worse, (true, Some(200)));
        check(&without_outcomes(old.clone()), &worse, (false, None));
        check(&worse, &old, (false, Some(200)));
        // As many won as lost.
        check(&old, &run(|at| at % 10 != 1), (false, Some(200)));
        check(&without_outcomes(old), &run(|at| at % 2 == 0), (true, None));
    }

    #[test]
    fn nothing_has_one_sign() {
        let check = |value, expected: &str| assert_eq!(signed(value), expected);
        check(-0.0, "+0.000");
        check(-0.0004, "+0.000");
        check(-0.0006, "-0.001");
        check(0.25, "+0.250");
    }

    #[test]
    fn less_is_better_of_some() {
        let run = |value: f64| json!({ "abstention": { "all": { "aurc": value, "aurc_interval": [value - 0.01, value + 0.01] } } });
        assert!(changes(&run(0.1), &run(0.2))[0].dropped);
        assert!(!changes(&run(0.2), &run(0.1))[0].dropped);
    }

    #[test]
    fn only_shared_questions_are_paired() {
        let half = |mut run: Value| {
            run["outcomes"].as_array_mut().unwrap().truncate(50);
            run
        };
        let old = run(|_| true);
        assert_eq!(changes(&half(old.clone()), &old)[0].pairs, Some(50));
        assert_eq!(changes(&old, &half(old.clone()))[0].pairs, Some(50));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let check = |text: &str, expected: &str| {
            let why = run_of(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        };
        check("", "no whole JSON object");
        check("{\"schema\": 1, \"retr", "cut short");
        check("{\"schema\": 2}", "schema 2");
        check("{\"schema\": \"x\"}", "schema \"x\"");
        check("[]", "no \"schema\"");
        check("{\"retrieval\": {}}", "no \"schema\"");
        assert!(run_of("{\"schema\": 1}").is_ok());
    }

    #[test]
    fn damaged_outcomes_are_left_out() {
        let check = |outcome: Value| assert!(outcomes(&json!({ "outcomes": [outcome] })).0.is_empty());
        check(json!(7));
        check(json!({ "id": "1", "groups": ["all"], "right": 1, "ranks": [0] }));
        check(json!({ "id": "1", "groups": ["all"], "right": 1, "ranks": ["x"] }));
        check(json!({ "id": "1", "groups": ["all"], "right": -1, "ranks": [] }));
        check(json!({ "groups": ["all"], "right": 1, "ranks": [] }));
    }
}
