//! They put two things in opposite orders: `X before Y` and `Y before X`, 先X再Y and 先Y再X.

use super::super::sequence::Sequence;
use super::super::statement::Statement;
use super::super::words::weight;
use super::{Contradiction, Pair};

/// What must be the same for two parts to be of one thing.
const SAME: f32 = 0.67;

pub(super) fn ordered(pair: Pair<'_>) -> Option<Contradiction> {
    let (mine, yours) = (pair.a.sequence.as_ref()?, pair.b.sequence.as_ref()?);
    let (straight, turned) = (
        alike(&mine.first.terms, &yours.first.terms).min(alike(&mine.then.terms, &yours.then.terms)),
        alike(&mine.first.terms, &yours.then.terms).min(alike(&mine.then.terms, &yours.first.terms)),
    );
    let said = |side: &Statement, Sequence { first, then }: &Sequence| {
        format!("{} → {}", side.words(first.at.clone()), side.words(then.at.clone()))
    };
    let opposite = turned >= SAME && straight < turned;
    opposite.then(|| Contradiction { plain: 2.0 * turned, said: [said(pair.a, mine), said(pair.b, yours)] })
}

/// How much the shorter of two parts has of the other, as a share.
fn alike(a: &[String], b: &[String]) -> f32 {
    let all = |terms: &[String]| terms.iter().map(|term| weight(term)).sum::<f32>();
    let both: f32 = a.iter().filter(|term| b.contains(term)).map(|term| weight(term)).sum();
    let least = all(a).min(all(b));
    if least > 0.0 { both / least } else { 0.0 }
}
