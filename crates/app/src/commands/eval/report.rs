//! What was measured, for people and for scripts.

use index::eval::Estimate;
use serde_json::{Map, Value, json};

/// One thing that was measured.
#[derive(Debug)]
pub(super) struct Part {
    /// Its keys in the JSON object of the run, with what stands there.
    pub(super) json: Vec<(&'static str, Value)>,
    /// The same for people; ends with a line break.
    pub(super) table: String,
}

/// The JSON object of a run.
pub(super) fn object(parts: &[Part]) -> Value {
    let mut object = Map::from_iter([("schema".to_owned(), json!(super::SCHEMA))]);
    let all = parts.iter().flat_map(|part| &part.json);
    object.extend(all.map(|(key, value)| ((*key).to_owned(), value.clone())));
    Value::Object(object)
}

/// The tables of a run.
pub(super) fn tables(parts: &[Part]) -> String {
    parts.iter().map(|part| part.table.as_str()).collect::<Vec<_>>().join("\n")
}

/// A table whose lines do not end in blanks.
pub(super) fn tidy(table: &str) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A measure and its 95 % interval, under the key `name` and `name` with `_interval`.
pub(super) fn put(group: &mut Map<String, Value>, name: &str, estimate: Estimate) {
    group.insert(name.to_owned(), json!(estimate.value));
    group.insert(format!("{name}_interval"), json!(estimate.interval));
}

/// `0.970 [.957-.981]`.
pub(super) fn show(estimate: Estimate) -> String {
    let short = |value: f64| format!("{value:.3}").trim_start_matches('0').to_owned();
    let (low, high) = estimate.interval;
    format!("{:.3} [{}-{}]", estimate.value, short(low), short(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_short() {
        let check =
            |value, interval, expected: &str| assert_eq!(show(Estimate { value, interval }), expected);
        check(0.97, (0.957, 0.9811), "0.970 [.957-.981]");
        check(1.0, (1.0, 1.0), "1.000 [1.000-1.000]");
        check(0.0, (0.0, 0.25), "0.000 [.000-.250]");
    }

    #[test]
    fn parts_make_one_object() {
        let part = |key, value: i32| Part { json: vec![(key, json!(value))], table: format!("{key}\n") };
        let parts = [part("a", 1), part("b", 2)];
        assert_eq!(object(&parts), json!({ "schema": 1, "a": 1, "b": 2 }));
        assert_eq!(tables(&parts), "a\n\nb\n");
    }
}
