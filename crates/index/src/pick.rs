//! Chooses, from ranked chunks, the few that are worth reading.

use std::collections::{HashMap, HashSet};

use crate::ChunkRecord;
use crate::terms::terms;

/// A note gives no more passages than this while other notes have some.
const OF_ONE_NOTE: usize = 3;
/// Texts that share more of their terms than this (Jaccard) say the same.
const SAME: f32 = 0.9;

/// What was chosen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picked {
    /// The places in the ranking, ascending.
    pub(crate) places: Vec<usize>,
    /// Whether there are all that were asked for, and no note gave more than three: what ranks lower changes nothing.
    pub(crate) settled: bool,
}

/// The first `k` chunks worth reading of `ranked`, numbers of chunks, best first.
///
/// What says the same as a better chunk is left out. No note gives more than three, unless there are too few others.
pub(crate) fn pick(ranked: &[u32], k: usize, chunks: &[ChunkRecord]) -> Picked {
    let mut picked: Vec<usize> = Vec::new();
    let mut spare: Vec<usize> = Vec::new();
    let mut texts = Texts::default();
    let mut of_note: HashMap<u32, usize> = HashMap::new();
    for (place, &number) in ranked.iter().enumerate() {
        if picked.len() >= k {
            break;
        }
        let Some(chunk) = chunks.get(number as usize) else { continue };
        let count = of_note.entry(chunk.note).or_default();
        if *count >= OF_ONE_NOTE {
            // More than k are never needed.
            if spare.len() < k {
                spare.push(place);
            }
        } else if texts.is_new(chunk) {
            *count += 1;
            picked.push(place);
        }
    }
    let settled = picked.len() >= k;
    for place in spare {
        let chunk = ranked.get(place).and_then(|&number| chunks.get(number as usize));
        if picked.len() < k && chunk.is_some_and(|chunk| texts.is_new(chunk)) {
            picked.push(place);
        }
    }
    picked.sort_unstable();
    Picked { places: picked, settled }
}

/// The texts picked so far.
#[derive(Default)]
struct Texts(Vec<(notes::ContentHash, HashSet<String>)>);

impl Texts {
    /// Whether `chunk` says something new; it is then one of them.
    fn is_new(&mut self, chunk: &ChunkRecord) -> bool {
        let terms: HashSet<String> = terms(&chunk.text).into_iter().collect();
        let is_new = !self.0.iter().any(|(hash, known)| *hash == chunk.hash || is_same(known, &terms));
        if is_new {
            self.0.push((chunk.hash, terms));
        }
        is_new
    }
}

fn is_same(a: &HashSet<String>, b: &HashSet<String>) -> bool {
    let shared = a.intersection(b).count();
    let all = a.len() + b.len() - shared;
    all > 0 && shared as f32 / all as f32 > SAME
}

#[cfg(test)]
mod tests {
    use notes::{ContentHash, Language, Lines};

    use super::*;

    /// Chunks of (note, text).
    fn chunks(of: &[(u32, &str)]) -> Vec<ChunkRecord> {
        let chunk = |&(note, text): &(u32, &str)| ChunkRecord {
            note,
            span: 0..1,
            lines: Lines { start: 1, end: 1 },
            headings: Vec::new(),
            lead: None,
            language: Language::English,
            text: text.into(),
            hash: ContentHash::of(text),
            row: 0,
        };
        of.iter().map(chunk).collect()
    }

    fn check(of: &[(u32, &str)], ranked: &[u32], k: usize, expected: &[usize]) {
        assert_eq!(pick(ranked, k, &chunks(of)).places, expected);
    }

    #[test]
    fn the_best_come_first() {
        let of = [(0, "a"), (1, "b"), (2, "c")];
        check(&of, &[2, 0, 1], 2, &[0, 1]);
        check(&of, &[2, 0, 1], 9, &[0, 1, 2]);
        check(&of, &[], 2, &[]);
        check(&of, &[0], 0, &[]);
    }

    #[test]
    fn a_note_gives_three_while_there_are_others() {
        let of = [(0, "a"), (0, "b"), (0, "c"), (0, "d"), (0, "e"), (1, "f")];
        let ranked = [0, 1, 2, 3, 4, 5];
        check(&of, &ranked, 4, &[0, 1, 2, 5]);
        check(&of, &ranked, 5, &[0, 1, 2, 3, 5]);
        check(&of, &ranked, 9, &[0, 1, 2, 3, 4, 5]);
        let settled = |k| pick(&ranked, k, &chunks(&of)).settled;
        assert!(settled(3) && settled(4) && !settled(5));
    }

    #[test]
    fn what_says_the_same_is_left_out() {
        let long = "one two three four five six seven eight nine ten eleven twelve";
        let almost = "One two three, four five six seven; eight nine ten eleven twelve!";
        let other = "one two three four five six, and then something else altogether";
        check(&[(0, long), (1, long), (2, almost), (3, other)], &[0, 1, 2, 3], 4, &[0, 3]);
        check(&[(0, "---"), (1, "***")], &[0, 1], 2, &[0, 1]);
        check(&[(0, "注意力机制"), (1, "注意力机制。")], &[0, 1], 2, &[0]);
        check(&[(0, "a"), (0, "b"), (0, "c"), (0, "a"), (1, "d")], &[0, 1, 2, 3, 4], 5, &[0, 1, 2, 4]);
    }
}
