//! A note: one file, decoded, with what its front matter says.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Language;

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
    /// What it says about itself.
    pub meta: Meta,
    /// The language most of it is written in.
    pub language: Language,
}
