//! How well the checker of sentences tells what a text says from what it does not.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use answer::Verdict;
use answer::verify::Checker;
use anyhow::Result;
use index::Embedder;
use index::eval::{Claimed, support};
use serde_json::{Map, Value, json};

use super::lines::Claim;
use super::report::{Part, put, show, tidy};
use super::retrieval::language;
use crate::exit::{Code, Exit};

/// Checks each claim against its own text. By set and language of the claim.
///
/// # Errors
/// When the embedding model fails.
pub(super) fn measure(embedder: &dyn Embedder, claims: &[Claim]) -> Result<Part> {
    let mut sets: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
    // Claims about one text share its vectors.
    let mut checkers: HashMap<(&str, &str), Checker> = HashMap::new();
    for claim in claims {
        let question = claim.question.as_deref().unwrap_or_default();
        let checker = checkers
            .entry((question, claim.context.as_str()))
            .or_insert_with(|| Checker::of_text(question, &claim.context));
        let checked = checker
            .check(&claim.claim, embedder)
            .map_err(|error| Exit::new(Code::Index, error.to_string()))?;
        let set = claim.set.as_deref().unwrap_or("claims");
        sets.entry(format!("{set}/{}", language(claim.lang.as_deref(), &claim.claim))).or_default().push(
            Claimed {
                score: f64::from(checked.support),
                accepted: checked.verdict == Verdict::Supported,
                supported: claim.supported,
            },
        );
    }
    Ok(part(&sets))
}

fn part(sets: &BTreeMap<String, Vec<Claimed>>) -> Part {
    let mut table = format!(
        "{:26} {:>6}  {:19}  {:19}  F1 of unsupported\n",
        "support", "n", "AUROC", "balanced accuracy"
    );
    let mut json = Map::new();
    for (set, claims) in sets {
        let of = support(claims);
        let _ = writeln!(
            table,
            "{set:26} {:6}  {:19}  {:19}  {:.3}",
            of.n,
            show(of.auroc),
            show(of.balanced_accuracy),
            of.f1_unsupported
        );
        let mut numbers = Map::from_iter([("n".to_owned(), json!(of.n))]);
        put(&mut numbers, "auroc", of.auroc);
        put(&mut numbers, "balanced_accuracy", of.balanced_accuracy);
        numbers.insert("f1_unsupported".into(), json!(of.f1_unsupported));
        json.insert(set.clone(), Value::Object(numbers));
    }
    Part { json: vec![("support", Value::Object(json))], table: tidy(&table) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_measured_by_themselves() {
        let claimed = |score: f64, supported| Claimed { score, accepted: score >= 0.5, supported };
        let sets = BTreeMap::from([
            ("a/en".to_owned(), vec![claimed(0.9, true), claimed(0.1, false)]),
            ("b/zh".to_owned(), vec![claimed(0.1, true), claimed(0.9, false)]),
        ]);
        let part = part(&sets);
        let (key, json) = &part.json[0];
        assert_eq!(
            (*key, &json["a/en"]["auroc"], &json["b/zh"]["auroc"]),
            ("support", &json!(1.0), &json!(0.0))
        );
        assert_eq!(
            (&json["a/en"]["f1_unsupported"], &json["b/zh"]["balanced_accuracy"]),
            (&json!(1.0), &json!(0.0))
        );
        assert!(part.table.lines().count() == 3 && part.table.contains("b/zh"), "{}", part.table);
    }
}
