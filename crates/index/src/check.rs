//! Looks at every file of an index, and tells whether the notes have changed since.

use std::path::{Path, PathBuf};

use notes::{Note, NoteFile, WalkError};
use sha2::{Digest, Sha256};

use crate::disk::chunks;
use crate::disk::manifest::{CHUNKS, FileError, GRAPH, LEXICAL, MANIFEST, VECTORS};
use crate::disk::vectors::Vectors;
use crate::filter::without;
use crate::open::{current, graph, lexical, load_manifest};
use crate::{Index, NoteRecord, OpenError};

/// What a look at every file of the current generation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The number of the generation.
    pub generation: u64,
    /// Its folder.
    pub folder: PathBuf,
    /// Its files: the manifest, the chunks, the vectors, then what is derived from them.
    pub files: Vec<FileCheck>,
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCheck {
    /// Relative to the generation's folder, `/`-separated.
    pub name: String,
    /// How it is.
    pub state: FileState,
    /// Whether the index works without it.
    pub derived: bool,
}

/// How a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// As it was written.
    Ok,
    /// Not there.
    Missing,
    /// Not as it was written, or unreadable, and why.
    Damaged(String),
}

impl Check {
    /// Whether every file is as it was written.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.files.iter().all(|file| file.state == FileState::Ok)
    }
}

/// Reads every file of the current generation of the index in `dir`.
///
/// # Errors
/// When there is no index, when another version wrote it, or when its folder cannot be read. Damage is no error but what
/// is looked for.
pub fn check(dir: &Path) -> Result<Check, OpenError> {
    let (generation, _) = current(dir)?;
    let folder = &generation.path;
    let mut files = Vec::new();
    let mut tell =
        |name: &str, derived, state| files.push(FileCheck { name: name.to_owned(), state, derived });

    let manifest = match load_manifest(folder) {
        Ok(manifest) => {
            tell(MANIFEST, false, FileState::Ok);
            Some(manifest)
        }
        Err(OpenError::Damaged { why, .. }) => {
            tell(MANIFEST, false, FileState::Damaged(why));
            None
        }
        Err(error) => return Err(error),
    };
    if let Some(manifest) = manifest {
        // The bytes may be as written and still make no sense, if what wrote them had a fault.
        let vectors = state(manifest.read(folder, VECTORS), |bytes| Vectors::decode(&bytes));
        let hashes = vectors.as_ref().map(|vectors| vectors.hashes.clone()).ok();
        let chunks = state(manifest.read(folder, CHUNKS), |bytes| match hashes {
            Some(hashes) => chunks::decode(&bytes, &hashes).map(drop),
            None => Ok(()),
        });
        tell(CHUNKS, false, chunks.err().unwrap_or(FileState::Ok));
        let graph = state(manifest.read(folder, GRAPH), |_| graph(&manifest, folder));
        tell(VECTORS, false, vectors.err().unwrap_or(FileState::Ok));
        tell(GRAPH, true, graph.err().unwrap_or(FileState::Ok));

        let mut whole = true;
        for (_, file) in manifest.lexical() {
            let state = state(file.read(folder), |_| Ok::<_, String>(())).err();
            whole &= state.is_none();
            tell(&file.name, true, state.unwrap_or(FileState::Ok));
        }
        if let Some(Err(why)) = whole.then(|| lexical(&manifest, folder)) {
            tell(LEXICAL, true, FileState::Damaged(why));
        }
    }
    Ok(Check { generation: generation.number, folder: folder.clone(), files })
}

/// What `read` makes of a file, or what keeps it from being read.
fn state<T, E: std::fmt::Display>(
    bytes: Result<Vec<u8>, FileError>,
    read: impl FnOnce(Vec<u8>) -> Result<T, E>,
) -> Result<T, FileState> {
    match bytes {
        Ok(bytes) => read(bytes).map_err(|error| FileState::Damaged(error.to_string())),
        Err(FileError::Missing) => Err(FileState::Missing),
        Err(error) => Err(FileState::Damaged(error.to_string())),
    }
}

/// How the notes differ from those an index was built from. Paths are relative to the notes folder, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Notes that the index does not have.
    pub added: Vec<String>,
    /// Notes that read differently now.
    pub changed: Vec<String>,
    /// Notes that are no longer there.
    pub removed: Vec<String>,
}

impl Changes {
    /// Whether the index is up to date.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many notes differ.
    #[must_use]
    pub fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}

/// Compares the notes in `notes_dir`, but those that are left out, with those of the index, by length and time of change. A file is read only when its
/// time differs and its length does not, or when it is new.
///
/// # Errors
/// When the notes folder cannot be walked.
pub fn changes(index: &Index, notes_dir: &Path, leave_out: &[String]) -> Result<Changes, WalkError> {
    let (files, _) = without(notes::walk(notes_dir)?.files, leave_out);
    let mut changes = Changes::default();
    for file in &files {
        match index.notes().binary_search_by(|note| note.path.cmp(&file.path)) {
            Ok(at) if differs(&index.notes()[at], file) => changes.changed.push(file.path.clone()),
            Ok(_) => {}
            // What cannot be read is not in the index, and will not be in the next one.
            Err(_) if is_note(file) => changes.added.push(file.path.clone()),
            Err(_) => {}
        }
    }
    let there = |path: &String| files.binary_search_by(|file| file.path.cmp(path)).is_ok();
    changes.removed =
        index.notes().iter().map(|note| &note.path).filter(|path| !there(path)).cloned().collect();
    Ok(changes)
}

fn differs(note: &NoteRecord, file: &NoteFile) -> bool {
    if note.file_len != file.len {
        return true;
    }
    if note.modified_ns != 0 && note.modified_ns == modified_ns(file) {
        return false;
    }
    std::fs::read(&file.absolute).map_or(true, |bytes| sha256(&bytes) != note.sha256)
}

fn is_note(file: &NoteFile) -> bool {
    std::fs::read(&file.absolute).is_ok_and(|bytes| Note::read(&file.path, &bytes).is_ok())
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// When the file was last modified, in nanoseconds since 1970; 0 when that is not known.
pub(crate) fn modified_ns(file: &NoteFile) -> i64 {
    let since = |time: std::time::SystemTime| match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|ns| -ns),
    };
    file.modified.and_then(since).unwrap_or(0)
}
