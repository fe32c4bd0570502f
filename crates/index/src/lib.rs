//! Keeps chunks and vectors on disk and finds the best passages.
//!
//! Owns the seams [`Embedder`] and [`VectorStore`]. Never names a concrete embedder and never sees a prompt.

mod embedder;
mod lexical;
mod passage;
mod records;
mod store;
mod terms;
#[cfg(test)]
pub(crate) mod testing;

pub use embedder::{EmbedError, Embedder};
pub use notes::{Language, Lines, TokenCounter};
pub use passage::{Passage, Signal};
pub use records::{ChunkRecord, NoteRecord};
pub use store::{Exact, Hit, VectorStore};
pub use terms::terms;
