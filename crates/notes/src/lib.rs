//! Finds notes in a folder and cuts them into chunks that remember their exact byte span.
//!
//! Nothing here is async, knows of vectors, or touches a network. Cutting a note cannot fail: odd Markdown is
//! data, not an error.

mod chunk;
mod lang;
mod note;
mod span;

pub use chunk::{Chunk, ChunkLimits, ContentHash, TokenCounter};
pub use lang::{Language, is_han};
pub use note::{Format, Meta, Note};
pub use span::{LineIndex, Lines};
