//! Names: one put in the place of another.

use std::collections::BTreeMap;

use super::date::MONTHS;
use super::dice::Dice;
use crate::verify::names::names;

/// Names that occur in the notes more than once, by what they look like.
#[derive(Debug)]
pub(super) struct Pool(BTreeMap<Shape, Vec<String>>);

/// How a name is written: one is taken for another of the same look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Acronym,
    Mixed,
    Capitalised,
    Numbered,
}

/// Capitalised words that are no names of things; months are others.
const COMMON: &[&str] = &["English", "Chinese"];

fn shape(name: &str) -> Option<Shape> {
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    let upper = name.bytes().filter(u8::is_ascii_uppercase).count();
    let first = name.starts_with(|c: char| c.is_ascii_uppercase());
    if letters < 3 || COMMON.contains(&name) || MONTHS.contains(&name) || !first {
        return None;
    }
    Some(match () {
        () if name.bytes().any(|b| b.is_ascii_digit()) => Shape::Numbered,
        () if upper == letters => Shape::Acronym,
        () if upper > 1 => Shape::Mixed,
        () => Shape::Capitalised,
    })
}

impl Pool {
    pub(super) fn of(sentences: impl Iterator<Item = String>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for sentence in sentences {
            for name in names(&sentence) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let mut pool: BTreeMap<Shape, Vec<String>> = BTreeMap::new();
        for (name, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
            if let Some(shape) = shape(&name) {
                pool.entry(shape).or_default().push(name);
            }
        }
        Self(pool)
    }

    /// The sentence with one of its names replaced by a name that `context` does not know.
    pub(super) fn swap(&self, sentence: &str, context: &str, dice: &mut Dice) -> Option<String> {
        let lower = context.to_lowercase();
        let mut choices = Vec::new();
        for name in names(sentence) {
            let Some((start, shape)) = place(sentence, &name).zip(shape(&name)) else { continue };
            let kin = |other: &str| {
                let (a, b) = (name.to_lowercase(), other.to_lowercase());
                // LLaMA and Llama, GPT and GPT-2.
                a.contains(&b) || b.contains(&a) || a.chars().take(4).eq(b.chars().take(4))
            };
            let others = self.0.get(&shape).map_or(&[][..], Vec::as_slice).iter();
            let others: Vec<&String> =
                others.filter(|other| !kin(other) && !lower.contains(&other.to_lowercase())).collect();
            choices
                .extend(dice.pick(&others).map(|other| {
                    format!("{}{other}{}", &sentence[..start], &sentence[start + name.len()..])
                }));
        }
        dice.pick(&choices)
    }
}

/// Where `name` stands as a word of its own.
fn place(sentence: &str, name: &str) -> Option<usize> {
    let glued = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    sentence.match_indices(name).map(|(start, _)| start).find(|start| {
        !sentence[..*start].ends_with(glued) && !sentence[start + name.len()..].starts_with(glued)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_swapped_for_one_of_its_look() {
        let all = [
            "It is BERT by Google.",
            "It is BERT by Google.",
            "It is RLHF from Meta, RLHF from Meta.",
            "Use LLaMA, LLaMA or Llama, Llama.",
        ];
        let pool = Pool::of(all.iter().map(|text| (*text).to_owned()));
        let swaps = |sentence: &str, context: &str| {
            let mut all: Vec<String> =
                (0..30).filter_map(|seed| pool.swap(sentence, context, &mut Dice::new(seed, ""))).collect();
            all.sort();
            all.dedup();
            all
        };
        assert_eq!(swaps("It is BERT.", ""), ["It is RLHF."]);
        assert_eq!(swaps("It is BERT.", "BERT needs no RLHF."), Vec::<String>::new());
        assert_eq!(swaps("It is Google.", ""), ["It is Llama.", "It is Meta."]);
        assert_eq!(swaps("它是 LLaMA。", ""), Vec::<String>::new());
        assert_eq!(swaps("it has no name.", ""), Vec::<String>::new());
    }
}
