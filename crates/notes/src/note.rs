//! A note: one file, decoded, with what its front matter says.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::front::{self, Front};
use crate::outline::{Kind, Outline};
use crate::{Chunk, ChunkLimits, Encoding, Language, TokenCounter, cut, decode, html, org};

/// How a file is to be read. Decided by its extension alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `.md`, `.markdown`
    Markdown,
    /// `.txt`
    Text,
    /// `.org`
    Org,
    /// `.html`, `.htm`
    Html,
}

impl Format {
    /// The format of a path by its extension, in any case; `None` for a file that is not a note.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "txt" => Some(Self::Text),
            "org" => Some(Self::Org),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
}

/// What a note says about itself, from front matter, org keywords or the HTML head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The title it gives itself: front matter, else the first heading of level 1.
    pub title: Option<String>,
    /// Tags, without `#`, in the order written.
    pub tags: Vec<String>,
    /// Other names of the note's subject.
    pub aliases: Vec<String>,
    /// The date the note gives itself.
    pub date: Option<Date>,
}

/// Why a file cannot be read as a note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Its name says that it is no note.
    #[error("{path} is not a note; notes end in .md, .markdown, .txt, .org, .html or .htm")]
    NotANote {
        /// The path of the file, as given.
        path: String,
    },
    /// Its bytes are no text.
    #[error("{path} is a binary file: {reason}; if it is text, save it as UTF-8")]
    Binary {
        /// The path of the file, as given.
        path: String,
        /// What gave it away.
        reason: &'static str,
    },
}

/// One file, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Relative to the notes folder, `/`-separated.
    pub path: String,
    /// How it was read.
    pub format: Format,
    /// The whole file as text: UTF-8 whatever the file's encoding, without a byte order mark. All spans count
    /// bytes of this.
    pub text: String,
    /// How the file spelled `text`.
    pub encoding: Encoding,
    /// Where in `text` the note begins after its front matter, in bytes. Only what follows is cut into chunks.
    pub body: usize,
    /// What it says about itself.
    pub meta: Meta,
    /// The language most of it is written in.
    pub language: Language,
    /// What is wrong with the file but does not keep it from being read, one sentence each, naming `path`.
    pub warnings: Vec<String>,
}

impl Note {
    /// Reads the bytes of the file at `path`, which is relative to the notes folder and tells the format.
    ///
    /// UTF-8 and UTF-16 are told by their mark or their look, then GB18030 is tried, then Windows-1252. Front matter
    /// that is not understood is a warning, and stays in the note as text.
    ///
    /// # Errors
    /// When the extension is no note's, or the bytes are no text.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, ReadError> {
        let format =
            Format::of(Path::new(path)).ok_or_else(|| ReadError::NotANote { path: path.to_owned() })?;
        let decoded =
            decode::decode(bytes).map_err(|reason| ReadError::Binary { path: path.to_owned(), reason })?;
        let text = decoded.text;
        let mut warnings = Vec::new();
        if decoded.replaced > 0 {
            let places = decoded.replaced;
            warnings.push(format!(
                "{path}: not valid text in {places} place(s), shown as U+FFFD; save it as UTF-8"
            ));
        }
        let (meta, body) = match format {
            Format::Org => org::front(&text),
            Format::Html => (html::meta(&text), 0),
            Format::Markdown | Format::Text => match front::read(&text) {
                Front::Read(meta, body) => (meta, body),
                Front::Absent => (Meta::default(), 0),
                Front::Broken(reason) => {
                    warnings.push(format!(
                        "{path}: the front matter is not understood ({reason}); mend it to have its title and tags"
                    ));
                    (Meta::default(), 0)
                }
            },
        };
        let mut note = Self {
            path: path.to_owned(),
            format,
            language: Language::of(&text),
            text,
            encoding: decoded.encoding,
            body,
            meta,
            warnings,
        };
        if note.meta.title.is_none() {
            note.meta.title = note.first_heading();
        }
        Ok(note)
    }

    /// Cuts the note into chunks, in the order of the text.
    ///
    /// Every character that is not white space, heading, front matter or a rule is in exactly one chunk. Chunks do
    /// not overlap, begin and end on characters that are not white space, and keep to `limits.max` unless a single
    /// character is larger.
    #[must_use]
    pub fn chunks(&self, counter: &dyn TokenCounter, limits: ChunkLimits) -> Vec<Chunk> {
        cut::chunks(self, counter, limits)
    }

    fn first_heading(&self) -> Option<String> {
        let outline = Outline::of(self);
        let mut titles = outline.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Heading { level: 1, title } if !title.is_empty() => Some(title),
            _ => None,
        });
        titles.next().cloned()
    }
}
