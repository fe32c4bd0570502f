//! Finds notes in a folder and cuts them into chunks that remember their exact byte span.
//!
//! Nothing here is async, knows of vectors, or touches a network. Cutting a note cannot fail: odd Markdown is
//! data, not an error.
//!
//! In reading order: [`walk`] finds the files, [`Note::read`] decodes one and reads what it says about itself,
//! [`Note::chunks`] cuts it. [`sentences`] and [`plain`] take a chunk's text further apart, and [`sanitize`] stands
//! before every screen, pipe and prompt.

mod walk;

mod date;
mod decode;
mod front;
mod note;

mod html;
mod markdown;
mod org;
mod outline;
mod plaintext;

#[cfg(test)]
mod testing;

mod chunk;
mod cut;
mod lead;
mod section;
mod split;

mod lang;
mod plain;
mod sanitize;
mod sentences;
mod span;

pub use chunk::{Chunk, ChunkLimits, ContentHash, TokenCounter};
pub use decode::{Encoding, text};
pub use lang::{Language, is_han};
pub use lead::Lead;
pub use note::{Format, Meta, Note, ReadError};
pub use plain::plain;
pub use sanitize::{sanitize, sanitize_line};
pub use sentences::sentences;
pub use span::{LineIndex, Lines};
pub use walk::{NoteFile, WalkError, Walked, walk};
