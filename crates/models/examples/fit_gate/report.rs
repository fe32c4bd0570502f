//! What the gates are worth, set by set.

use std::collections::BTreeMap;

use answer::Gate;
use index::eval::{Claimed, Judged, abstention, at_best_bar, support};

use crate::fit::log_odds;
use crate::measured::Measured;

/// Prints the figures of the questions of one half, by set and gate.
pub(crate) fn report(all: &[Measured], gates: &[Gate], first_half: bool) {
    let mut groups: BTreeMap<(&str, &str), Vec<(&Measured, Judged)>> = BTreeMap::new();
    for it in all.iter().filter(|it| it.first_half == first_half) {
        let Some(gate) = gates.iter().find(|gate| gate.name == it.gate) else { continue };
        let score = log_odds(gate, it) - f64::from(gate.bar);
        let judged = Judged { score, answered: score >= 0.0, answerable: it.answerable };
        groups.entry((&it.set, &it.gate)).or_default().push((it, judged));
    }
    for ((set, name), group) in groups {
        let Some(gate) = gates.iter().find(|gate| gate.name == name) else { continue };
        let judged: Vec<Judged> = group.iter().map(|(_, judged)| *judged).collect();
        let share = |answerable: bool| {
            let of = judged.iter().filter(|it| it.answerable == answerable);
            of.clone().filter(|it| it.answered == answerable).count() as f64 / of.count().max(1) as f64
        };
        let of = abstention(&judged);
        let own = own_bar(all, gate, set, first_half);
        println!(
            "{set:14} {name:8} n {:4}  AUROC {:.3}  kept at 5 % {:.3}  balanced accuracy {:.3} (answered {:.3}, declined {:.3}), at a bar of its own {own:.3}",
            of.n,
            of.auroc,
            of.coverage_at_5,
            of.balanced_accuracy,
            share(true),
            share(false)
        );
        if std::env::var_os("ERRORS").is_some() {
            for (it, judged) in group.iter().filter(|(_, it)| it.answered != it.answerable) {
                println!("  {:+.2} {} {}", judged.score, it.id, it.question);
            }
        }
    }
}

/// The balanced accuracy at the bar that is best for the other half of the set.
fn own_bar(all: &[Measured], gate: &Gate, set: &str, first_half: bool) -> f64 {
    let of = |half: bool| -> Vec<Claimed> {
        let rows =
            all.iter().filter(move |it| it.set == set && it.gate == gate.name && it.first_half == half);
        let claimed =
            |it: &Measured| Claimed { score: log_odds(gate, it), accepted: false, supported: it.answerable };
        rows.map(claimed).collect()
    };
    let judged = at_best_bar(&of(!first_half), &of(first_half)).unwrap_or_default();
    support(&judged).balanced_accuracy.value
}
