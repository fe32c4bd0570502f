//! Keeps chunks and vectors on disk and finds the best passages.
//!
//! Owns the seams [`Embedder`] and [`VectorStore`]. Never names a concrete embedder and never sees a prompt.

mod embedder;
mod passage;
mod store;

pub use embedder::{EmbedError, Embedder};
pub use notes::{Language, Lines, TokenCounter};
pub use passage::{Passage, Signal};
pub use store::{Exact, Hit, VectorStore};
