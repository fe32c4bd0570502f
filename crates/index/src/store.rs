//! The seam to a vector store, and its simplest implementation.

use std::cmp::Ordering;
use std::sync::Arc;

/// A row of the store and how near it is to the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row, from 0, in the order the vectors were given.
    pub row: u32,
    /// Cosine similarity, -1 to 1.
    pub score: f32,
}

impl Hit {
    /// Best first, ties by row.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.row.cmp(&other.row))
    }
}

/// Finds the vectors nearest to a question.
pub trait VectorStore: Send + Sync {
    /// The number of vectors.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `k` nearest rows, best first, ties by row; fewer when the store (or `allowed`) holds fewer. `allowed`,
    /// when given, is sorted and names the only rows that count: the answer is then exact.
    ///
    /// `question` is a unit vector of the store's dimension.
    fn nearest(&self, question: &[f32], k: usize, allowed: Option<&[u32]>) -> Vec<Hit>;
}

/// Compares the question with every vector: always right, and the oracle the others are tested against. Clones share
/// their vectors.
#[derive(Debug, Clone)]
pub struct Exact {
    dimension: usize,
    /// Row after row.
    vectors: Arc<[f32]>,
}

impl Exact {
    /// A store over `vectors`, laid row after row; a trailing part of a row is ignored.
    #[must_use]
    pub fn new(dimension: usize, mut vectors: Vec<f32>) -> Self {
        let dimension = dimension.max(1);
        vectors.truncate(vectors.len() / dimension * dimension);
        Self { dimension, vectors: vectors.into() }
    }

    /// The vector of `row`; empty when there is no such row.
    pub(crate) fn vector(&self, row: u32) -> &[f32] {
        let start = row as usize * self.dimension;
        self.vectors.get(start..start + self.dimension).unwrap_or_default()
    }

    /// All vectors, row after row.
    #[cfg(test)]
    pub(crate) fn vectors(&self) -> &[f32] {
        &self.vectors
    }

    /// How near `row`, which is there, is to the question.
    pub(crate) fn hit(&self, question: &[f32], row: u32) -> Hit {
        Hit { row, score: dot(question, self.vector(row)) }
    }
}

impl VectorStore for Exact {
    fn len(&self) -> usize {
        self.vectors.len() / self.dimension
    }

    fn nearest(&self, question: &[f32], k: usize, allowed: Option<&[u32]>) -> Vec<Hit> {
        let len = self.len() as u32;
        let hits = match allowed {
            Some(rows) => rows.iter().filter(|&&row| row < len).map(|&row| self.hit(question, row)).collect(),
            None => (0..len).map(|row| self.hit(question, row)).collect(),
        };
        best(hits, k)
    }
}

/// The `k` best of `hits`, best first.
pub(crate) fn best(mut hits: Vec<Hit>, k: usize) -> Vec<Hit> {
    if k == 0 {
        return Vec::new();
    }
    if hits.len() > k {
        hits.select_nth_unstable_by(k - 1, Hit::compare);
        hits.truncate(k);
    }
    hits.sort_unstable_by(Hit::compare);
    hits
}

/// The sum of the products, over the shorter of the two. Sixteen sums side by side let the compiler use vector
/// registers, which a single sum forbids: adding floats in another order gives another result.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let len = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a[..len].as_chunks::<LANES>(), b[..len].as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows at 0°, 90°, 180° and 0° again.
    fn compass() -> Exact {
        Exact::new(2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 1.0, 0.0, 0.5])
    }

    #[test]
    fn the_nearest_come_first_and_ties_by_row() {
        let check = |k, allowed: Option<&[u32]>, expected: &[u32]| {
            let rows: Vec<u32> =
                compass().nearest(&[0.8, 0.6], k, allowed).iter().map(|hit| hit.row).collect();
            assert_eq!(rows, expected, "{k} of {allowed:?}");
        };
        check(0, None, &[]);
        check(1, None, &[0]);
        check(3, None, &[0, 3, 1]);
        check(9, None, &[0, 3, 1, 2]);
        check(2, Some(&[1, 2, 3]), &[3, 1]);
        check(2, Some(&[2, 7]), &[2]);
        check(2, Some(&[]), &[]);
    }

    #[test]
    fn an_empty_store_has_nothing() {
        assert!(Exact::new(0, vec![]).nearest(&[1.0], 3, None).is_empty());
        assert!(Exact::new(384, vec![]).is_empty());
    }

    proptest! {
        #[test]
        fn choosing_equals_sorting(scores in proptest::collection::vec(0_u8..6, 0..40), k in 0_usize..50) {
            let hits: Vec<Hit> =
                (0..).zip(&scores).map(|(row, &score)| Hit { row, score: f32::from(score) }).collect();
            let mut sorted = hits.clone();
            sorted.sort_by(Hit::compare);
            sorted.truncate(k);
            prop_assert_eq!(best(hits, k), sorted);
        }

        #[test]
        fn lanes_do_not_change_the_sum(values in proptest::collection::vec((-9_i8..9, -9_i8..9), 0..100)) {
            let (a, b): (Vec<f32>, Vec<f32>) =
                values.iter().map(|&(x, y)| (f32::from(x), f32::from(y))).unzip();
            let expected: i32 = values.iter().map(|&(x, y)| i32::from(x) * i32::from(y)).sum();
            prop_assert_eq!(dot(&a, &b), expected as f32);
        }
    }
}
