//! They give one thing two of what it has one of.

use super::super::slots::{Given, is_name};
use super::super::statement::Statement;
use super::{Contradiction, Pair};

/// How plain that is.
const PLAIN: f32 = 1.9;

/// Whether they give a slot of one thing different values.
pub(super) fn differ(pair: Pair<'_>) -> Option<Contradiction> {
    pair.a.given.iter().find_map(|one| {
        let of_same: Vec<&Given> = pair.b.given.iter().filter(|other| same(pair, one, other)).collect();
        let other = of_same.first()?;
        let apart = of_same.iter().all(|other| !other.values.iter().any(|value| one.values.contains(value)));
        apart.then(|| Contradiction { plain: PLAIN, said: [one.values.join(", "), other.values.join(", ")] })
    })
}

/// Whether both are of one slot of one thing: one may name others beside it.
fn same(Pair { a, b }: Pair<'_>, one: &Given, other: &Given) -> bool {
    let covers = |inner: &Given, outer: &Given, side: &Statement| {
        !inner.subject.is_empty()
            && inner.subject.is_subset(&outer.subject)
            && outer.subject.difference(&inner.subject).all(|word| is_name(word, &side.names))
    };
    one.slot == other.slot && (covers(one, other, b) || covers(other, one, a))
}
