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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Note {
        Note::read(path, text.as_bytes()).unwrap()
    }

    #[test]
    fn the_extension_tells_the_format() {
        let check = |path: &str, expected| assert_eq!(Format::of(Path::new(path)), expected, "{path}");
        check("a.md", Some(Format::Markdown));
        check("a/b.MARKDOWN", Some(Format::Markdown));
        check("笔记.Txt", Some(Format::Text));
        check("a.org", Some(Format::Org));
        check("a.htm", Some(Format::Html));
        check("a.html", Some(Format::Html));
        check("a.pdf", None);
        check("md", None);
        check(".md", None);
    }

    #[test]
    fn the_title_is_what_the_note_says_or_its_first_heading() {
        let check = |path, text, expected: Option<&str>| {
            assert_eq!(read(path, text).meta.title.as_deref(), expected, "{text}");
        };
        check("a.md", "---\ntitle: Front\n---\n# H1", Some("Front"));
        check("a.md", "## Two\n# The *first* [link](x) {#id}\n# Second", Some("The first link"));
        check("a.md", "Setext\n===\n", Some("Setext"));
        check("a.md", "```\n# code\n```\n", None);
        check("a.txt", "# no heading in plain text", None);
        check("a.org", "#+title: Org\n* H1", Some("Org"));
        check("a.org", "* TODO H1 :tag:", Some("H1"));
        check("a.html", "<title>\n The  title &amp; more</title><h1>H1</h1>", Some("The title & more"));
        check("a.html", "<h1>H <b>1</b></h1>", Some("H 1"));
    }

    #[test]
    fn the_head_of_a_page_is_read() {
        let note = read(
            "a.html",
            "<head><meta name=keywords content='a, b'><meta property='article:published_time' content='2025-03-01T10:00'></head>\
             <body><meta name=keywords content=late>text",
        );
        assert_eq!(note.meta.tags, ["a", "b"]);
        assert_eq!(note.meta.date.map(|date| date.to_string()).as_deref(), Some("2025-03-01"));
    }

    #[test]
    fn broken_front_matter_is_a_warning_and_stays_text() {
        let note = read("a/b.md", "---\ntitle: [x\n---\n# T\ntext");
        assert_eq!((note.body, note.meta.title.as_deref()), (0, Some("T")));
        assert_eq!(note.warnings.len(), 1);
        assert!(
            note.warnings[0].starts_with("a/b.md: the front matter is not understood ("),
            "{:?}",
            note.warnings
        );
        assert!(!note.warnings[0].contains('\n'));
        assert!(read("a.md", "---\ntitle: x\n---\n").warnings.is_empty());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let check = |path, bytes: &[u8], expected: &str| {
            assert_eq!(Note::read(path, bytes).unwrap_err().to_string(), expected);
        };
        check("a.png", b"", "a.png is not a note; notes end in .md, .markdown, .txt, .org, .html or .htm");
        check("a.md", b"a\0b", "a.md is a binary file: it holds NUL bytes; if it is text, save it as UTF-8");
        assert_eq!(read("a.md", "").text, "");
    }

    #[test]
    fn line_ends_and_language_are_kept() {
        let note = Note::read("a.md", "\u{feff}第一行\r\n第二行\r\n".as_bytes()).unwrap();
        assert_eq!(note.text, "第一行\r\n第二行\r\n");
        assert_eq!((note.language, note.encoding), (Language::Chinese, Encoding::Utf8));
    }
}
