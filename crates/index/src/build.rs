//! Brings an index up to date.
//!
//! Notes whose bytes are unchanged keep their chunks, texts that were embedded before keep their vectors, and what comes
//! of it is written as a new generation. The notes are only ever read.

mod draft;
mod embed;
mod salvage;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notes::{ChunkLimits, ContentHash, WalkError};

use self::draft::Draft;
use crate::check::check;
use crate::disk::folder::{self, Building};
use crate::disk::graph::Graph;
use crate::disk::manifest::{CHUNKS, FORMAT, GRAPH, Manifest, VECTORS};
use crate::disk::vectors::Vectors;
use crate::disk::{chunks, journal};
use crate::lexical::Lexical;
use crate::open::{Truth, graph};
use crate::{EmbedError, Embedder, Exact, Hnsw, OpenError};

/// What to build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The folder of the notes.
    pub notes_dir: PathBuf,
    /// The folder of the index; made if it is not there.
    pub index_dir: PathBuf,
    /// How large chunks may be.
    pub limits: ChunkLimits,
    /// Cut every note anew and write a new generation even if nothing changed. Vectors are still not made twice.
    pub rebuild: bool,
    /// Globs of notes that are not read, as in [`Filter::paths`](crate::Filter::paths): what embeds must not see them.
    pub leave_out: Vec<String>,
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Notes are read and cut.
    Reading {
        /// Notes read so far.
        done: usize,
        /// All notes.
        total: usize,
    },
    /// Texts are embedded. Never told when there are none.
    Embedding {
        /// Texts embedded so far.
        done: usize,
        /// All texts without a vector.
        total: usize,
    },
    /// The embedding model's server wants to be left alone for a while.
    Waiting {
        /// For so many more seconds, from 1.
        seconds: u64,
    },
    /// The new generation is written.
    Writing,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildReport {
    /// The number of the generation that is current now.
    pub generation: u64,
    /// Notes in the index.
    pub notes: usize,
    /// Chunks in the index.
    pub chunks: usize,
    /// Texts that were embedded.
    pub embedded: usize,
    /// Chunks whose vector was there already.
    pub reused: usize,
    /// Notes of the previous generation that are gone.
    pub removed: usize,
    /// Notes that were not read: [`BuildRequest::leave_out`].
    pub left_out: usize,
    /// What could not be read or was odd, one sentence each, naming the file.
    pub warnings: Vec<String>,
    /// What became of the previous generation if it could not be used, one sentence each.
    pub notices: Vec<String>,
    /// Whether nothing had changed, so that nothing was written.
    pub up_to_date: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why a build did not finish. The index is then as it was before.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Another process is building.
    #[error("another process is building the index in {}; wait for it to end, or give another folder with --index", .dir.display())]
    Locked {
        /// The index folder.
        dir: PathBuf,
    },
    /// The notes folder cannot be walked.
    #[error(transparent)]
    Notes(#[from] WalkError),
    /// The embedding model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The lexical index could not be made.
    #[error("the lexical index cannot be written: {0}")]
    Lexical(String),
    /// A file or folder of the index cannot be written.
    #[error("cannot write the index in {}: {source}; check the folder's permissions and the free space", .dir.display())]
    Io {
        /// The index folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop. What was embedded is kept for the next build.
    #[error("stopped; what was done so far is kept for the next time")]
    Cancelled,
}

/// Brings the index up to date with the notes. Blocks for as long as it takes; `on` hears of the progress and may break
/// off.
///
/// # Errors
/// When another build is running, the notes folder cannot be walked, the model fails, the index folder cannot be
/// written, or `on` breaks off. A note that cannot be read is a warning.
pub fn build(
    request: &BuildRequest,
    embedder: &dyn Embedder,
    on: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<BuildReport, BuildError> {
    let started = Instant::now();
    let dir = request.index_dir.as_path();
    let io = |source| BuildError::Io { dir: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(io)?;
    let Some(_lock) = folder::lock(dir).map_err(io)? else {
        return Err(BuildError::Locked { dir: dir.to_owned() });
    };
    folder::clean(dir).map_err(io)?;

    let mut on = |progress| match on(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(BuildError::Cancelled),
    };
    let Found { previous, salvaged, notices } = previous(dir, embedder);
    let old = previous.as_ref().map(|previous| &previous.truth);
    let draft = Draft::read(request, embedder, old, &mut on)?;
    let removed = draft.removed(old);
    let mut report = BuildReport {
        generation: previous.as_ref().map_or(0, |previous| previous.number),
        notes: draft.notes.len(),
        chunks: draft.chunks.len(),
        embedded: 0,
        reused: draft.chunks.len(),
        removed,
        left_out: draft.left_out,
        warnings: draft.warnings.clone(),
        notices,
        up_to_date: true,
        elapsed: Duration::ZERO,
    };

    let up_to_date = !request.rebuild
        && previous.as_ref().is_some_and(|previous| previous.whole && draft.is_unchanged(&previous.truth));
    if !up_to_date {
        let known = old.map(|old| &old.vectors).or(salvaged.as_ref());
        let embedded = embed::vectors(&draft, dir, embedder, known, &mut on)?;
        report.up_to_date = false;
        report.embedded = embedded.made;
        report.reused = draft.chunks.len() - embedded.chunks_made;
        on(Progress::Writing)?;
        let store = store(&embedded.vectors, previous.as_ref().filter(|_| !request.rebuild));
        report.generation = write(request, embedder, draft, &embedded.vectors, &store)?;
        folder::clean(dir).map_err(io)?;
    }
    journal::remove(dir).map_err(io)?;
    report.elapsed = started.elapsed();
    Ok(report)
}

/// A generation whose work can be kept.
struct Previous {
    number: u64,
    truth: Truth,
    graph: Option<Graph>,
    /// Whether it is the current one and no file of it is missing or damaged.
    whole: bool,
}

/// What is there to build upon.
#[derive(Default)]
struct Found {
    /// The newest generation that can be read and was made with this model.
    previous: Option<Previous>,
    /// The vectors of a newer one of another format.
    salvaged: Option<Vectors>,
    /// What is wrong with those that are newer.
    notices: Vec<String>,
}

fn previous(dir: &Path, embedder: &dyn Embedder) -> Found {
    let mut found = Found::default();
    let mut generations = folder::generations(dir).unwrap_or_default();
    while let Some(generation) = generations.pop() {
        let loaded = Truth::load(&generation).and_then(|truth| truth.must_fit(embedder).map(|()| truth));
        match loaded {
            Ok(truth) => {
                let whole = found.notices.is_empty() && check(dir).is_ok_and(|check| check.is_ok());
                let graph = graph(&truth.manifest, &generation.path).ok();
                found.previous = Some(Previous { number: generation.number, truth, graph, whole });
                return found;
            }
            Err(error) => {
                let salvaged = salvage::vectors(&generation, embedder);
                let used = if salvaged.is_some() { "nothing but the vectors" } else { "nothing" };
                found.salvaged = found.salvaged.or(salvaged);
                let number = generation.number;
                found.notices.push(format!("{used} of generation {number} could be used: {}", why(&error)));
            }
        }
    }
    found
}

/// What is wrong with a generation.
fn why(error: &OpenError) -> String {
    match error {
        OpenError::Stale { what, found, expected } => format!("its {what} is {found} and not {expected}"),
        OpenError::Damaged { file, why } => {
            format!("{} is damaged: {why}", file.file_name().unwrap_or_default().display())
        }
        OpenError::Io { source, .. } => source.to_string(),
        OpenError::Missing { .. } => "it is missing".to_owned(),
    }
}

/// The store over `vectors`, with the graph of the previous generation if that will do.
fn store(vectors: &Vectors, previous: Option<&Previous>) -> Hnsw {
    let exact = Exact::new(vectors.dimension, vectors.floats.clone());
    let carried = previous.and_then(|previous| {
        let rows: HashMap<ContentHash, u32> = vectors.hashes.iter().copied().zip(0..).collect();
        let places = previous.truth.vectors.hashes.iter().map(|hash| rows.get(hash).copied());
        Hnsw::carry(exact.clone(), previous.graph.as_ref()?, &places.collect::<Vec<_>>())
    });
    carried.unwrap_or_else(|| Hnsw::build(exact))
}

/// Writes a generation and makes it current. Returns its number.
fn write(
    request: &BuildRequest,
    embedder: &dyn Embedder,
    draft: Draft,
    vectors: &Vectors,
    store: &Hnsw,
) -> Result<u64, BuildError> {
    let dir = request.index_dir.as_path();
    let io = |source| BuildError::Io { dir: dir.to_owned(), source };
    let (notes, chunks) = draft.into_records(vectors);
    let manifest = Manifest {
        format: FORMAT,
        created: now(),
        notes_dir: request.notes_dir.display().to_string(),
        model: embedder.id().to_owned(),
        dimension: vectors.dimension as u32,
        limits: request.limits,
        notes: notes.len() as u32,
        chunks: chunks.len() as u32,
        vectors: vectors.hashes.len() as u32,
        files: Vec::new(),
        checksum: String::new(),
    };
    let mut building = Building::new(dir).map_err(io)?;
    building.add(CHUNKS, &chunks::encode(&notes, &chunks)).map_err(io)?;
    building.add(VECTORS, &vectors.encode()).map_err(io)?;
    building.add(GRAPH, &store.graph().encode()).map_err(io)?;
    let folder = building.lexical_folder().map_err(io)?;
    Lexical::create(&folder, &chunks, &notes).map_err(|error| BuildError::Lexical(error.to_string()))?;
    building.add_lexical().map_err(io)?;
    building.publish(manifest).map_err(io)
}

/// The time now, RFC 3339 in UTC, in seconds.
fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
