//! The seam to an embedding model.

use std::time::Duration;

use notes::TokenCounter;

/// Turns text into unit vectors. Implemented in `models`, and by a hashing fake in tests.
///
/// Calls block for as long as the model works (tens of milliseconds a text on a CPU); async callers move them to a
/// blocking thread.
pub trait Embedder: TokenCounter + Send + Sync {
    /// Names everything that shapes a vector: weights, pooling, prefixes, length limit. Vectors of different ids are
    /// never compared.
    fn id(&self) -> &str;

    /// The length of each vector.
    fn dimension(&self) -> usize;

    /// Whether texts leave this machine to be embedded.
    fn is_remote(&self) -> bool {
        false
    }

    /// One vector for each text, in order, each of length 1 (L2) and [`dimension`](Self::dimension) long. A text
    /// longer than the model takes is cut by the model.
    ///
    /// # Errors
    /// When the model fails. No vector is returned then.
    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;

    /// The vector of a question, to be compared with those of passages.
    ///
    /// # Errors
    /// When the model fails.
    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError>;
}

/// Why an embedding model gave no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// The model failed, or gave what is no vector.
    #[error("the embedding model failed: {0}")]
    Failed(String),
    /// The server that has the model did not give any.
    #[error("{message}")]
    Server {
        /// What happened, one line, naming the server. Already sanitised.
        message: String,
        /// What to do next, one line.
        hint: String,
        /// How long to wait before it is asked again, where waiting may help.
        again: Option<Duration>,
    },
}
