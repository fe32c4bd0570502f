//! An index, opened: one generation, read whole and verified before a byte of it is believed.

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::centre::Centre;
use crate::disk::chunks;
use crate::disk::folder::{self, Generation};
use crate::disk::graph::Graph;
use crate::disk::manifest::{self, CHUNKS, FileError, GRAPH, MANIFEST, Manifest, ManifestError, VECTORS};
use crate::disk::vectors::Vectors;
use crate::lexical::Lexical;
use crate::{AliasRules, Aliases, ChunkRecord, Embedder, Exact, Hnsw, NoteRecord, Reranker, VectorStore};

/// One generation of an index, all of it in memory. It does not change; building makes a new one beside it.
pub struct Index {
    generation: u64,
    manifest: Manifest,
    notes: Vec<NoteRecord>,
    chunks: Vec<ChunkRecord>,
    /// The numbers of the chunks, sorted by their row.
    by_row: Vec<u32>,
    vectors: Exact,
    store: Box<dyn VectorStore>,
    centre: OnceLock<Centre>,
    lexical: Lexical,
    notices: Vec<String>,
    rules: AliasRules,
    /// What reads the best passages again.
    reranker: Option<Arc<dyn Reranker>>,
    aliases: OnceLock<Aliases>,
}

/// Why there is no index to answer from.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing was built yet.
    #[error("there is no index in {}; run `footnote index` to build it", .dir.display())]
    Missing {
        /// The index folder.
        dir: PathBuf,
    },
    /// Built by another version of the program, or with another model.
    #[error(
        "the index is out of date: its {what} is {found}, but {expected} is needed; run `footnote index` to build it anew"
    )]
    Stale {
        /// What differs: `format`, `model` or `dimension`.
        what: &'static str,
        /// What the index has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A file that cannot be made from the others is not what was written.
    #[error("the index is damaged: {}: {why}; run `footnote index` to build it anew", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder is there but cannot be read.
    #[error("cannot read {}: {source}; check its permissions", .file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Index {
    /// Opens the current generation of the index in `dir`, for questions embedded by `embedder`.
    ///
    /// Needs no lock and may run beside a build. What can be made from the rest, the graph and the lexical index, is not
    /// needed either: without it the index works as well and a little slower, and [`notices`](Self::notices) says so.
    ///
    /// # Errors
    /// When there is no index, when it was made by another version or model, when the notes, chunks or vectors are
    /// damaged, or when a file cannot be read. An older generation is never used instead: it would answer from notes
    /// that are no longer so.
    pub fn open(dir: &Path, embedder: &dyn Embedder) -> Result<Self, OpenError> {
        loop {
            let (generation, passed_over) = current(dir)?;
            let opened =
                Truth::load(&generation).and_then(|truth| Self::from_truth(truth, &generation, embedder));
            match opened {
                Ok(mut index) => {
                    if passed_over {
                        index.notices.push(format!(
                            "a newer generation has no {MANIFEST} and was passed over for generation {}; run \
                             `footnote index` to bring the index up to date",
                            index.generation
                        ));
                    }
                    return Ok(index);
                }
                // Two builds ended while this one was being read, and the second took it away.
                Err(_) if current(dir)?.0 != generation => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn from_truth(truth: Truth, generation: &Generation, embedder: &dyn Embedder) -> Result<Self, OpenError> {
        truth.must_fit(embedder)?;
        let Truth { manifest, notes, chunks, vectors } = truth;
        let mut notices = Vec::new();
        let exact = Exact::new(vectors.dimension, vectors.floats);

        let store: Box<dyn VectorStore> = match graph(&manifest, &generation.path) {
            Ok(graph) => Box::new(Hnsw::with_graph(exact.clone(), graph)),
            Err(why) => {
                notices.push(format!(
                    "{GRAPH} cannot be used ({why}): every vector is compared instead, which finds the same and takes \
                     longer; run `footnote index` to mend it"
                ));
                Box::new(exact.clone())
            }
        };
        let lexical = match lexical(&manifest, &generation.path) {
            Ok(lexical) => lexical,
            Err(why) => {
                notices.push(format!(
                    "the lexical index cannot be used ({why}): it was made again in memory, which takes time at each \
                     start; run `footnote index` to mend it"
                ));
                Lexical::in_memory(&chunks, &notes).map_err(|error| OpenError::Damaged {
                    file: generation.path.join(manifest::LEXICAL),
                    why: format!("{why}, and it cannot be made again: {error}"),
                })?
            }
        };

        let mut by_row: Vec<u32> = (0..chunks.len() as u32).collect();
        by_row.sort_by_key(|&chunk| chunks[chunk as usize].row);
        Ok(Self {
            generation: generation.number,
            manifest,
            notes,
            chunks,
            by_row,
            vectors: exact,
            store,
            lexical,
            notices,
            rules: AliasRules::default(),
            reranker: None,
            aliases: OnceLock::new(),
            centre: OnceLock::new(),
        })
    }

    /// The number of the generation, from 1, counting up with each build that changed something.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// When it was built, RFC 3339 in UTC.
    #[must_use]
    pub fn created(&self) -> &str {
        &self.manifest.created
    }

    /// The notes folder it was built from, as it was given then. A hint: the folder may have moved since.
    #[must_use]
    pub fn notes_dir(&self) -> &str {
        &self.manifest.notes_dir
    }

    /// What is not as it should be but does not keep the index from working, one sentence each.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The number of notes, those without text included.
    #[must_use]
    pub fn note_count(&self) -> usize {
        self.notes.len()
    }

    /// The number of chunks.
    #[must_use]
    pub fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    /// The notes, sorted by path.
    #[must_use]
    pub fn notes(&self) -> &[NoteRecord] {
        &self.notes
    }

    /// The chunks, note after note, each in the order of its text.
    #[must_use]
    pub fn chunks(&self) -> &[ChunkRecord] {
        &self.chunks
    }

    /// The note of that number.
    #[must_use]
    pub fn note(&self, number: u32) -> Option<&NoteRecord> {
        self.notes.get(number as usize)
    }

    /// The chunk of that number.
    #[must_use]
    pub fn chunk(&self, number: u32) -> Option<&ChunkRecord> {
        self.chunks.get(number as usize)
    }

    /// The vectors. A row is what [`ChunkRecord::row`] names.
    #[must_use]
    pub fn store(&self) -> &dyn VectorStore {
        self.store.as_ref()
    }

    /// The unit vector of a row; empty when there is no such row.
    #[must_use]
    pub fn vector(&self, row: u32) -> &[f32] {
        self.vectors.vector(row)
    }

    /// Where the vectors lie as a whole; found out when first asked for.
    pub(crate) fn centre(&self) -> &Centre {
        self.centre.get_or_init(|| Centre::of(&self.vectors))
    }

    /// The chunks of a row, by number, ascending.
    #[must_use]
    pub fn rows_to_chunks(&self, row: u32) -> &[u32] {
        let row_of = |chunk: &u32| self.chunks[*chunk as usize].row;
        let start = self.by_row.partition_point(|chunk| row_of(chunk) < row);
        let end = self.by_row.partition_point(|chunk| row_of(chunk) <= row);
        &self.by_row[start..end]
    }

    /// The same index, with what the user says of names.
    #[must_use]
    pub fn with_alias_rules(self, rules: AliasRules) -> Self {
        Self { rules, aliases: OnceLock::new(), ..self }
    }

    /// The same index, whose best passages are put in order by `reranker`.
    #[must_use]
    pub fn with_reranker(self, reranker: Arc<dyn Reranker>) -> Self {
        Self { reranker: Some(reranker), ..self }
    }

    pub(crate) fn reranker(&self) -> Option<&dyn Reranker> {
        self.reranker.as_deref()
    }

    /// The names in the notes that mean the same. Read out of them when first asked for, which takes milliseconds.
    #[must_use]
    pub fn aliases(&self) -> &Aliases {
        self.aliases.get_or_init(|| Aliases::mine(&self.chunks, &self.notes, &self.rules))
    }

    pub(crate) fn lexical(&self) -> &Lexical {
        &self.lexical
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("generation", &self.generation)
            .field("notes", &self.notes.len())
            .field("chunks", &self.chunks.len())
            .field("notices", &self.notices)
            .finish_non_exhaustive()
    }
}

/// What cannot be made from anything else but the notes.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) manifest: Manifest,
    pub(crate) notes: Vec<NoteRecord>,
    pub(crate) chunks: Vec<ChunkRecord>,
    pub(crate) vectors: Vectors,
}

impl Truth {
    /// Reads and verifies the truth of a generation.
    pub(crate) fn load(generation: &Generation) -> Result<Self, OpenError> {
        let folder = &generation.path;
        let manifest = load_manifest(folder)?;
        let damaged = |name: &str, why: String| OpenError::Damaged { file: folder.join(name), why };
        let read = |name: &str| {
            manifest.read(folder, name).map_err(|error| match error {
                FileError::Io(source) => OpenError::Io { file: folder.join(name), source },
                other => damaged(name, other.to_string()),
            })
        };
        let vectors =
            Vectors::decode(&read(VECTORS)?).map_err(|error| damaged(VECTORS, error.to_string()))?;
        let (notes, chunks) = chunks::decode(&read(CHUNKS)?, &vectors.hashes)
            .map_err(|error| damaged(CHUNKS, error.to_string()))?;
        let counted = [notes.len(), chunks.len(), vectors.hashes.len(), vectors.dimension];
        let said = [manifest.notes, manifest.chunks, manifest.vectors, manifest.dimension];
        if counted != said.map(|count| count as usize) {
            let why =
                format!("it tells of {said:?} notes, chunks, vectors and floats, but there are {counted:?}");
            return Err(damaged(MANIFEST, why));
        }
        Ok(Self { manifest, notes, chunks, vectors })
    }

    /// Whether the vectors are those of `embedder`.
    pub(crate) fn must_fit(&self, embedder: &dyn Embedder) -> Result<(), OpenError> {
        let stale = |what, found: String, expected: String| Err(OpenError::Stale { what, found, expected });
        if self.manifest.model != embedder.id() {
            return stale("model", self.manifest.model.clone(), embedder.id().to_owned());
        }
        if self.vectors.dimension != embedder.dimension() {
            return stale("dimension", self.vectors.dimension.to_string(), embedder.dimension().to_string());
        }
        Ok(())
    }
}

/// The current generation of `dir`, and whether a newer one was passed over.
pub(crate) fn current(dir: &Path) -> Result<(Generation, bool), OpenError> {
    let found = folder::current(dir).map_err(|source| OpenError::Io { file: dir.to_owned(), source })?;
    found.ok_or_else(|| OpenError::Missing { dir: dir.to_owned() })
}

/// Reads and verifies the manifest in `folder`.
pub(crate) fn load_manifest(folder: &Path) -> Result<Manifest, OpenError> {
    let file = folder.join(MANIFEST);
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(OpenError::Io { file, source }),
    };
    Manifest::decode(&bytes).map_err(|error| match error {
        ManifestError::Format(found) => OpenError::Stale {
            what: "format",
            found: found.to_string(),
            expected: manifest::FORMAT.to_string(),
        },
        ManifestError::Damaged(why) => OpenError::Damaged { file, why },
    })
}

/// The graph in `folder`, or why it cannot be used.
pub(crate) fn graph(manifest: &Manifest, folder: &Path) -> Result<Graph, String> {
    let bytes = manifest.read(folder, GRAPH).map_err(|error| error.to_string())?;
    match Graph::decode(&bytes) {
        Ok(graph) if graph.rows == manifest.vectors as usize => Ok(graph),
        Ok(graph) => Err(format!("it is over {} vectors and not {}", graph.rows, manifest.vectors)),
        Err(error) => Err(error.to_string()),
    }
}

/// The lexical index in `folder`, or why there is none.
pub(crate) fn lexical(manifest: &Manifest, folder: &Path) -> Result<Lexical, String> {
    let mut files = Vec::new();
    for (name, file) in manifest.lexical() {
        let bytes = file.read(folder).map_err(|error| format!("{name}: {error}"))?;
        files.push((name.to_owned(), bytes));
    }
    if files.is_empty() {
        return Err("it is missing".into());
    }
    Lexical::open(files).map_err(|error| error.to_string())
}
