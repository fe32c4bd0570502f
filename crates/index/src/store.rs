//! The seam to a vector store, and its simplest implementation.

/// A row of the store and how near it is to the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row, from 0, in the order the vectors were given.
    pub row: u32,
    /// Cosine similarity, -1 to 1.
    pub score: f32,
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

/// Compares the question with every vector: always right, and the oracle the others are tested against.
#[derive(Debug, Clone)]
pub struct Exact {
    dimension: usize,
    /// Row after row.
    vectors: Vec<f32>,
}

impl Exact {
    /// A store over `vectors`, laid row after row; a trailing part of a row is ignored.
    #[must_use]
    pub fn new(dimension: usize, mut vectors: Vec<f32>) -> Self {
        let dimension = dimension.max(1);
        vectors.truncate(vectors.len() / dimension * dimension);
        Self { dimension, vectors }
    }
}

impl VectorStore for Exact {
    fn len(&self) -> usize {
        self.vectors.len() / self.dimension
    }

    fn nearest(&self, question: &[f32], k: usize, allowed: Option<&[u32]>) -> Vec<Hit> {
        let score = |row: u32| {
            let start = row as usize * self.dimension;
            let vector = self.vectors.get(start..start + self.dimension)?;
            Some(Hit { row, score: dot(question, vector) })
        };
        let mut hits: Vec<Hit> = match allowed {
            Some(rows) => rows.iter().filter_map(|&row| score(row)).collect(),
            None => (0..self.len() as u32).filter_map(score).collect(),
        };
        hits.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        hits.truncate(k);
        hits
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
