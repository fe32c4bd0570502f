//! What the bundled and the named models share once they are loaded.

use fastembed::TextEmbedding;
use index::{EmbedError, Embedder, TokenCounter};

use super::pool::Session;
use crate::pool::Pool;

/// The longest text a model sees, in tokens, special ones included. The rest is cut.
pub(super) const MAX_LENGTH: usize = 512;

/// Session settings: threads that wait for work sleep instead of spinning, which on a busy machine would take the
/// processor from those that have some.
pub(crate) const CONFIG: [(&str, &str); 2] =
    [("session.intra_op.allow_spinning", "0"), ("session.inter_op.allow_spinning", "0")];

/// What a model wants to read before a question and before a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) question: &'static str,
    pub(super) passage: &'static str,
}

/// An embedding model at work.
pub(super) struct Loaded {
    id: String,
    dimension: usize,
    prefixes: Prefixes,
    pool: Pool<TextEmbedding>,
}

/// The most sessions of one model: each one more of the bundled model takes 140 MB.
const MOST_SESSIONS: usize = 4;

impl Loaded {
    /// Wraps the first session of a model; `open` opens more of them.
    pub(super) fn new(
        id: String,
        dimension: usize,
        prefixes: Prefixes,
        first: TextEmbedding,
        open: impl Fn() -> Result<TextEmbedding, EmbedError> + Send + Sync + 'static,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = Pool::new(first, cores.min(MOST_SESSIONS), open);
        Self { id, dimension, prefixes, pool }
    }

    fn checked(&self, vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
        if vector.len() != self.dimension {
            return Err(EmbedError::Failed(format!(
                "a vector of length {}, not {}",
                vector.len(),
                self.dimension
            )));
        }
        let square: f32 = vector.iter().map(|x| x * x).sum();
        // Also false for a vector that is not a number.
        if (square - 1.0).abs() < 1e-3 {
            Ok(vector)
        } else {
            Err(EmbedError::Failed("a vector that is not of length 1".into()))
        }
    }
}

impl Session for TextEmbedding {
    fn embed(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let vectors = TextEmbedding::embed(self, [text], Some(1)).map_err(|error| failed(&error))?;
        vectors.into_iter().next().ok_or_else(|| EmbedError::Failed("no vector".into()))
    }

    fn count(&mut self, text: &str) -> usize {
        // The limit that fastembed sets is taken off and put back; it cannot be refused, having been taken once.
        let limit = self.tokenizer.get_truncation().cloned();
        let _ = self.tokenizer.with_truncation(None);
        let encoding = self.tokenizer.encode_fast(text, false);
        let _ = self.tokenizer.with_truncation(limit);
        // A token a byte is the safe estimate: chunks become small, never too large.
        encoding.map_or(text.len(), |encoding| encoding.len())
    }
}

/// What fastembed says, made fit for a message.
pub(super) fn failed(error: &fastembed::Error) -> EmbedError {
    EmbedError::Failed(crate::words(&error.to_string()))
}

impl TokenCounter for Loaded {
    fn count(&self, text: &str) -> usize {
        self.pool.count(text)
    }
}

impl Embedder for Loaded {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let texts: Vec<String> =
            texts.iter().map(|text| format!("{}{text}", self.prefixes.passage)).collect();
        self.pool.passages(&texts)?.into_iter().map(|vector| self.checked(vector)).collect()
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        self.checked(self.pool.question(&format!("{}{question}", self.prefixes.question))?)
    }
}
