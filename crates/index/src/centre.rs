//! Where the vectors of an index lie as a whole.

use crate::store::dot;
use crate::{Exact, VectorStore};

/// No more rows than this are looked at for the mean: that many stand for all.
const SAMPLE: usize = 4_096;

/// The mean of the vectors, and how far each row lies along it. Both are the same for every question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Centre {
    mean: Vec<f32>,
    /// By row.
    along: Vec<f32>,
}

impl Centre {
    /// Of all rows, or of a fixed sample of them.
    pub(crate) fn of(vectors: &Exact) -> Self {
        let rows = vectors.len();
        let sample = (0..rows as u32).step_by(rows.div_ceil(SAMPLE).max(1));
        let share = 1.0 / sample.len().max(1) as f32;
        let mut mean = vec![0.0; vectors.vector(0).len()];
        for row in sample {
            mean.iter_mut().zip(vectors.vector(row)).for_each(|(mean, number)| *mean += share * number);
        }
        let along = (0..rows as u32).map(|row| dot(&mean, vectors.vector(row))).collect();
        Self { mean, along }
    }

    /// The mean vector, shorter than 1; empty when there are no rows.
    pub(crate) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The product of a row with the mean; 0 when there is no such row.
    pub(crate) fn along(&self, row: u32) -> f32 {
        self.along.get(row as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_rows() {
        let centre = Centre::of(&Exact::new(2, vec![1.0, 0.0, 0.0, 1.0]));
        assert_eq!(centre.mean(), [0.5, 0.5]);
        assert_eq!([centre.along(0), centre.along(1), centre.along(2)], [0.5, 0.5, 0.0]);
        assert!(Centre::of(&Exact::new(2, Vec::new())).mean().is_empty());
    }
}
