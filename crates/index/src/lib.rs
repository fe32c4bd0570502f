//! Keeps chunks and vectors on disk and finds the best passages.
//!
//! Owns the seams [`Embedder`] and [`VectorStore`]. Never names a concrete embedder and never sees a prompt.

mod aliases;
mod build;
mod centre;
mod check;
mod coverage;
mod disk;
mod embedder;
pub mod eval;
mod filter;
mod hnsw;
mod lexical;
mod open;
mod passage;
mod pick;
mod records;
mod rerank;
mod score;
mod search;
mod signals;
mod store;
mod terms;
#[cfg(test)]
pub(crate) mod testing;
mod widen;

pub use aliases::{Alias, AliasPlace, AliasRules, Aliases, Mention, RuleError, SameName, Source};
pub use build::{BuildError, BuildReport, BuildRequest, Progress, build};
pub use check::{Changes, Check, FileCheck, FileState, changes, check};
pub use coverage::{TermWeights, coverage};
pub use embedder::{EmbedError, Embedder};
pub use filter::{Filter, FilterError};
pub use hnsw::Hnsw;
pub use notes::{
    ChunkLimits, Language, Lead, Lines, TokenCounter, is_han, plain, sanitize, sanitize_line, sentences,
};
pub use open::{Index, OpenError};
pub use passage::{Passage, Signal};
pub use records::{ChunkRecord, NoteRecord};
pub use rerank::{RerankError, Reranker};
pub use score::{Spread, Weights};
pub use search::{Explain, Found, Query, SearchError, Timings};
pub use store::{Exact, Hit, VectorStore, dot};
pub use terms::terms;
