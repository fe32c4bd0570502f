//! What the index remembers of each note and each chunk.

use std::ops::Range;

use notes::{ContentHash, Language, Lead, Lines};

/// A note, as it was when the index was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRecord {
    /// Relative to the notes folder, `/`-separated. Notes are ordered by it and no two are equal.
    pub path: String,
    /// The title it gives itself, or its file name without the extension; never empty.
    pub title: String,
    /// Tags, without `#`, in the order written.
    pub tags: Vec<String>,
    /// Other names of the note's subject.
    pub aliases: Vec<String>,
    /// `YYYY-MM-DD`: the date the note gives itself, else the day (UTC) its file was last modified.
    pub date: Option<String>,
    /// Whether `date` is the file's and not the note's own.
    pub date_from_file: bool,
    /// The language most of it is written in.
    pub language: Language,
    /// Its chunks, by number: consecutive, in the order of the text. Empty for a note without text.
    pub chunks: Range<u32>,
    /// The length of the file, in bytes.
    pub file_len: u64,
    /// When the file was last modified, in nanoseconds since 1970; 0 where the system does not say.
    pub modified_ns: i64,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
}

/// A chunk, with the row of its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The number of its note.
    pub note: u32,
    /// The bytes of the note's decoded text that it covers.
    pub span: Range<u64>,
    /// The lines that `span` touches.
    pub lines: Lines,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// The language of `text`.
    pub language: Language,
    /// Lines before it that it leans on: shown beside it, never quoted.
    pub lead: Option<Lead>,
    /// What is shown and quoted.
    pub text: String,
    /// Hash of what was embedded. Chunks of equal hash share a row.
    pub hash: ContentHash,
    /// The row of its vector.
    pub row: u32,
}
