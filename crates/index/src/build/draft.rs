//! The notes and chunks of the generation to be, before their vectors.

use std::collections::HashMap;
use std::path::Path;

use notes::{ContentHash, Note, NoteFile};
use rayon::prelude::*;

use super::{BuildError, BuildRequest, Progress};
use crate::check::{modified_ns, sha256};
use crate::disk::vectors::Vectors;
use crate::filter::without;
use crate::open::Truth;
use crate::{ChunkRecord, Embedder, NoteRecord};

/// So many files are read side by side between two words about the progress.
const GROUP: usize = 64;

/// The notes and chunks of the generation to be. Rows are not given out yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Sorted by path.
    pub(super) notes: Vec<NoteRecord>,
    /// Note after note.
    pub(super) chunks: Vec<ChunkRecord>,
    /// What to embed for a hash; only of chunks that were cut anew.
    pub(super) texts: HashMap<ContentHash, String>,
    pub(super) warnings: Vec<String>,
    /// How many notes were not read because they are to be left out.
    pub(super) left_out: usize,
}

/// One note, read.
struct Read {
    note: NoteRecord,
    chunks: Vec<ChunkRecord>,
    texts: Vec<String>,
    warnings: Vec<String>,
}

impl Draft {
    /// Reads every note, or takes it over from `old` when its bytes are the same.
    pub(super) fn read(
        request: &BuildRequest,
        embedder: &dyn Embedder,
        old: Option<&Truth>,
        on: &mut dyn FnMut(Progress) -> Result<(), BuildError>,
    ) -> Result<Self, BuildError> {
        let walked = notes::walk(&request.notes_dir)?;
        let (files, left_out) = without(walked.files, &request.leave_out);
        let mut draft = Self { warnings: walked.warnings, left_out, ..Self::default() };
        let old = old.filter(|old| !request.rebuild && old.manifest.limits == request.limits);
        let total = files.len();
        on(Progress::Reading { done: 0, total })?;
        for (group, files) in files.chunks(GROUP).enumerate() {
            let read: Vec<_> = files.par_iter().map(|file| read(file, request, embedder, old)).collect();
            for (file, read) in files.iter().zip(read) {
                match read {
                    // Names that differ only in bytes that are not text can be spelled alike.
                    Ok(read) if draft.notes.last().is_some_and(|last| last.path == read.note.path) => {
                        draft.warnings.push(format!("left out a second file that reads {}", read.note.path));
                    }
                    Ok(read) => draft.push(read),
                    Err(warning) => draft.warnings.push(format!("left out {}: {warning}", file.path)),
                }
            }
            on(Progress::Reading { done: group * GROUP + files.len(), total })?;
        }
        Ok(draft)
    }

    fn push(&mut self, read: Read) {
        let number = self.notes.len() as u32;
        let first = self.chunks.len() as u32;
        let Read { mut note, chunks, texts, warnings } = read;
        note.chunks = first..first + chunks.len() as u32;
        self.texts.extend(chunks.iter().map(|chunk| chunk.hash).zip(texts));
        self.notes.push(note);
        self.chunks.extend(chunks.into_iter().map(|chunk| ChunkRecord { note: number, ..chunk }));
        self.warnings.extend(warnings);
    }

    /// Whether `old` says the same of every note. Chunks follow from the notes' bytes and the limits.
    pub(super) fn is_unchanged(&self, old: &Truth) -> bool {
        self.texts.is_empty() && self.notes == old.notes
    }

    /// How many notes of `old` are gone.
    pub(super) fn removed(&self, old: Option<&Truth>) -> usize {
        let there = |path: &String| self.notes.binary_search_by(|note| note.path.cmp(path)).is_ok();
        old.map_or(0, |old| old.notes.iter().filter(|note| !there(&note.path)).count())
    }

    /// The records, each chunk with the row of its hash in `vectors`, which has them all.
    pub(super) fn into_records(self, vectors: &Vectors) -> (Vec<NoteRecord>, Vec<ChunkRecord>) {
        let rows: HashMap<ContentHash, u32> = vectors.hashes.iter().copied().zip(0..).collect();
        let with_row = |chunk: ChunkRecord| {
            let row = rows.get(&chunk.hash).copied().unwrap_or(u32::MAX);
            ChunkRecord { row, ..chunk }
        };
        (self.notes, self.chunks.into_iter().map(with_row).collect())
    }
}

/// Reads a note, or says why it is left out.
fn read(
    file: &NoteFile,
    request: &BuildRequest,
    embedder: &dyn Embedder,
    old: Option<&Truth>,
) -> Result<Read, String> {
    let bytes = std::fs::read(&file.absolute).map_err(|error| error.to_string())?;
    let (file_len, modified_ns, sha256) = (bytes.len() as u64, modified_ns(file), sha256(&bytes));

    if let Some(old) = old
        && let Ok(at) = old.notes.binary_search_by(|note| note.path.cmp(&file.path))
        && old.notes[at].sha256 == sha256
    {
        let mut note = NoteRecord { file_len, modified_ns, ..old.notes[at].clone() };
        if note.date_from_file {
            note.date = day(file);
        }
        let range = note.chunks.start as usize..note.chunks.end as usize;
        let chunks = old.chunks.get(range).unwrap_or_default().to_vec();
        return Ok(Read { note, chunks, texts: Vec::new(), warnings: Vec::new() });
    }

    let read = Note::read(&file.path, &bytes).map_err(|error| error.to_string())?;
    let cut = read.chunks(embedder, request.limits);
    let own_date = read.meta.date.map(|date| date.to_string());
    let note = NoteRecord {
        title: read.meta.title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| stem(&file.path)),
        tags: read.meta.tags,
        aliases: read.meta.aliases,
        date_from_file: own_date.is_none(),
        date: own_date.or_else(|| day(file)),
        language: read.language,
        chunks: 0..0,
        path: read.path,
        file_len,
        modified_ns,
        sha256,
    };
    let texts: Vec<String> = cut.iter().map(notes::Chunk::embed_text).collect();
    let chunks = cut.into_iter().zip(&texts).map(|(chunk, text)| ChunkRecord {
        note: 0,
        span: chunk.span.start as u64..chunk.span.end as u64,
        lines: chunk.lines,
        headings: chunk.headings,
        lead: chunk.lead,
        language: chunk.language,
        text: chunk.text,
        hash: ContentHash::of(text),
        row: 0,
    });
    Ok(Read { note, chunks: chunks.collect(), texts, warnings: read.warnings })
}

/// The name of the file without its extension.
fn stem(path: &str) -> String {
    Path::new(path).file_stem().map_or_else(|| path.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// The day the file was last modified, in UTC.
fn day(file: &NoteFile) -> Option<String> {
    let time = jiff::Timestamp::try_from(file.modified?).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}
