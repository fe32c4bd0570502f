//! A chunk: a run of whole blocks of one note, small enough for the embedder.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Language, Lead, Lines};

/// Counts tokens as the embedding model will. Chunks are sized with this, never by characters.
pub trait TokenCounter {
    /// The number of tokens of `text`, without special tokens and without a limit.
    fn count(&self, text: &str) -> usize;
}

/// How large a chunk may be, in tokens of the embedder, heading path included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkLimits {
    /// Blocks are put together up to this size.
    pub target: usize,
    /// No chunk is larger than this; a single larger block is split.
    pub max: usize,
}

impl Default for ChunkLimits {
    fn default() -> Self {
        Self { target: 256, max: 384 }
    }
}

/// SHA-256 of the text that is embedded. Equal hashes need one vector.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl std::fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..6].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A run of whole blocks of one note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The bytes of [`Note::text`](crate::Note::text) that it covers; on character boundaries, never empty.
    pub span: Range<usize>,
    /// The lines that `span` touches.
    pub lines: Lines,
    /// The headings above it, outermost first, as plain text.
    pub headings: Vec<String>,
    /// What is embedded before `text` but never shown: the note's title and the heading path, and the header rows
    /// of a table that began in an earlier chunk. Empty or ends with a newline. Cut when it is very long.
    pub above: String,
    /// Lines before it that it leans on: the header rows of its table, the sentence that introduces its list, what its
    /// first words point back at. Shown beside `text`, never quoted; `None` when it speaks for itself.
    pub lead: Option<Lead>,
    /// What is shown and quoted. For Markdown, text and org exactly the bytes of `span`; for HTML their readable
    /// text.
    pub text: String,
    /// The language of `text`.
    pub language: Language,
}

impl Chunk {
    /// What the embedder sees: [`above`](Self::above), then [`text`](Self::text). At most [`ChunkLimits::max`] tokens.
    #[must_use]
    pub fn embed_text(&self) -> String {
        format!("{}{}", self.above, self.text)
    }

    /// The hash of [`embed_text`](Self::embed_text). The path of the note is no part of it: a renamed note needs no
    /// new vector.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(&self.embed_text())
    }
}
