//! The sentence that is nearest to a claim in its words. Where it says the contrary, the claim is that sentence turned round,
//! whatever else of the notes has the same words: `X uses A, is B` is made of `X uses A, not B`, and may be covered by a longer
//! sentence about X, A and B.

use super::source::{Part, Source};
use crate::negation::is_negation;

/// From this share of the words of the longer one on, two sentences say the same but for what was changed.
const TWINS: f32 = 0.75;

/// Where the nearest sentence stands (number of its source and of the sentence in it), if it turns the claim round. One that is as
/// near and does not has the first word: notes may disagree.
pub(super) fn turned_round(claim: &Part, sources: &[Source]) -> Option<(usize, usize)> {
    let parts = sources
        .iter()
        .enumerate()
        .flat_map(|(source, it)| it.parts.iter().enumerate().map(move |(at, part)| ((source, at), part)));
    let near = parts.map(|(place, part)| (place, part, alike(claim, part))).filter(|it| it.2 >= TWINS);
    let turns = |part: &Part| claim.polarity.negates(&part.polarity, &claim.terms, &part.terms);
    let nearest = near.map(|(place, part, alike)| (place, alike, turns(part)));
    let nearest = nearest.max_by(|a, b| a.1.total_cmp(&b.1).then(b.2.cmp(&a.2)))?;
    nearest.2.then_some(nearest.0)
}

/// The share of the words of the longer one that both have, but for negations.
fn alike(a: &Part, b: &Part) -> f32 {
    let says = |term: &&String| !is_negation(term);
    let common = a.terms.intersection(&b.terms).filter(says).count();
    let most = a.terms.iter().filter(says).count().max(b.terms.iter().filter(says).count());
    common as f32 / most.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_sentence_decides() {
        let check = |claim: &str, texts: &[&str], expected: Option<(usize, usize)>| {
            let sources: Vec<Source> = texts.iter().map(|text| Source::new(text, "")).collect();
            assert_eq!(turned_round(&Part::of(claim, 0..0), &sources), expected, "{claim}");
        };
        let long = "GPT-3 用的是 pre-norm 位置的归一化，GLM-130B 用的是 post-norm 一系的归一化，是改过的。";
        let short = "先说结论。GPT-3 用的是 pre-norm，不是 post-norm。";
        check("GPT-3 用的是 pre-norm，是 post-norm。", &[long, short], Some((1, 1)));
        check("GPT-3 用的是 pre-norm，不是 post-norm。", &[long, short], None);
        check("GPT-3 用的是 pre-norm。", &[long], None);
        check("A graph is needed for search.", &["A graph is not needed for search."], Some((0, 0)));
        // Where another note says it as it is, that one bears it.
        let both = ["A graph is not needed for search.", "A graph is needed for search."];
        check("A graph is needed for search.", &both, None);
        check("A graph is needed.", &["Nothing of the kind, and not for long."], None);
        check("", &[""], None);
    }
}
