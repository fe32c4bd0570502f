//! How well the checker of sentences tells what a text says from what it does not.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use answer::Verdict;
use answer::verify::Checker;
use anyhow::Result;
use index::Embedder;
use index::eval::{Claimed, at_best_bar, support};
use serde_json::{Map, Value, json};

use super::lines::Claim;
use super::report::{Part, put, show, tidy};
use super::retrieval::language;
use crate::exit::{Code, Exit};

/// What was made of the claims of one set. Claims that answer one question, or without one are about one text, are a group:
/// every other group serves to find the best bar, so that no claim is judged by a bar that its neighbours set.
#[derive(Debug, Default)]
struct Set<'a> {
    groups: HashMap<&'a str, usize>,
    claims: Vec<(usize, Claimed)>,
}

impl<'a> Set<'a> {
    fn add(&mut self, group: &'a str, claimed: Claimed) {
        let next = self.groups.len();
        self.claims.push((*self.groups.entry(group).or_insert(next), claimed));
    }

    fn all(&self) -> Vec<Claimed> {
        self.claims.iter().map(|(_, claimed)| *claimed).collect()
    }

    /// The claims of the second group and every other after it, judged at the bar that is best for the rest.
    fn at_best_bar(&self) -> Option<Vec<Claimed>> {
        let (fitted, judged): (Vec<_>, Vec<_>) =
            self.claims.iter().partition(|(group, _)| group.is_multiple_of(2));
        let claims =
            |of: Vec<(usize, Claimed)>| of.into_iter().map(|(_, claimed)| claimed).collect::<Vec<_>>();
        at_best_bar(&claims(fitted), &claims(judged)).filter(|judged| !judged.is_empty())
    }
}

/// Checks each claim against its own text. By set and language of the claim.
///
/// # Errors
/// When the embedding model fails.
pub(super) fn measure(embedder: &dyn Embedder, claims: &[Claim]) -> Result<Part> {
    let mut sets: BTreeMap<String, Set<'_>> = BTreeMap::new();
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
        let group = if question.is_empty() { claim.context.as_str() } else { question };
        sets.entry(format!("{set}/{}", language(claim.lang.as_deref(), &claim.claim))).or_default().add(
            group,
            Claimed {
                score: f64::from(checked.support),
                accepted: checked.verdict == Verdict::Supported,
                supported: claim.supported,
            },
        );
    }
    Ok(part(&sets))
}

fn part(sets: &BTreeMap<String, Set<'_>>) -> Part {
    let mut table = format!(
        "{:26} {:>6}  {:19}  {:19}  {:17}  at a bar of its own*\n",
        "support", "n", "AUROC", "balanced accuracy", "F1 of unsupported"
    );
    let mut json = Map::new();
    for (set, claims) in sets {
        let of = support(&claims.all());
        let own_bar = claims.at_best_bar().map(|judged| support(&judged));
        let _ = writeln!(
            table,
            "{set:26} {:6}  {:19}  {:19}  {:<17.3}  {}",
            of.n,
            show(of.auroc),
            show(of.balanced_accuracy),
            of.f1_unsupported,
            own_bar
                .map_or_else(|| "-".to_owned(), |own| format!("{} n {}", show(own.balanced_accuracy), own.n))
        );
        let mut numbers = Map::from_iter([("n".to_owned(), json!(of.n))]);
        put(&mut numbers, "auroc", of.auroc);
        put(&mut numbers, "balanced_accuracy", of.balanced_accuracy);
        numbers.insert("f1_unsupported".into(), json!(of.f1_unsupported));
        if let Some(own) = own_bar {
            put(&mut numbers, "balanced_accuracy_own_bar", own.balanced_accuracy);
            numbers.insert("n_own_bar".into(), json!(own.n));
        }
        json.insert(set.clone(), Value::Object(numbers));
    }
    table.push_str(
        "*  balanced accuracy on every other question or text, at the bar that is best on the rest of the set; the other columns: as judged\n",
    );
    Part { json: vec![("support", Value::Object(json))], table: tidy(&table) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_measured_by_themselves() {
        let claimed = |score: f64, supported| Claimed { score, accepted: score >= 0.5, supported };
        let set = |claims: &[(&'static str, f64, bool)]| {
            let mut set = Set::default();
            claims.iter().for_each(|&(group, score, supported)| set.add(group, claimed(score, supported)));
            set
        };
        // In the first text the bar that tells apart is at 0.4; the second is judged there.
        let low =
            [("x", 0.6, true), ("x", 0.2, false), ("y", 0.55, true), ("y", 0.1, false), ("x", 0.9, true)];
        let sets = BTreeMap::from([
            ("a/en".to_owned(), set(&low)),
            ("b/zh".to_owned(), set(&[("x", 0.1, true), ("x", 0.9, false)])),
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
        assert_eq!(
            (&json["a/en"]["balanced_accuracy_own_bar"], &json["a/en"]["n_own_bar"]),
            (&json!(1.0), &json!(2))
        );
        assert!(json["b/zh"].get("balanced_accuracy_own_bar").is_none());
        assert!(part.table.lines().count() == 4 && part.table.contains("b/zh"), "{}", part.table);
    }
}
