//! The vectors of the generation to be: those that are known, and new ones for the rest.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use notes::ContentHash;

use super::draft::Draft;
use super::{BuildError, Progress};
use crate::disk::journal::Journal;
use crate::disk::vectors::{Vectors, unit};
use crate::open::Truth;
use crate::{EmbedError, Embedder};

/// So many texts are given to the embedder at a time: few enough that the progress moves and little is lost to a kill.
const GROUP: usize = 16;

/// The vectors of all chunks.
pub(super) struct Embedded {
    /// A row for each hash, in the order of the chunks.
    pub(super) vectors: Vectors,
    /// How many vectors are new.
    pub(super) made: usize,
    /// How many chunks have a new vector.
    pub(super) chunks_made: usize,
}

/// Finds or makes a vector for every chunk of `draft`. New ones go to the journal of `dir` at once.
pub(super) fn vectors(
    draft: &Draft,
    dir: &Path,
    embedder: &dyn Embedder,
    old: Option<&Truth>,
    on: &mut dyn FnMut(Progress) -> Result<(), BuildError>,
) -> Result<Embedded, BuildError> {
    let io = |source| BuildError::Io { dir: dir.to_owned(), source };
    let dimension = embedder.dimension();
    let (mut journal, journaled) = Journal::open(dir, embedder.id(), dimension).map_err(io)?;
    let mut known: HashMap<ContentHash, &[f32]> = journaled.rows().collect();
    known.extend(old.iter().flat_map(|old| old.vectors.rows()));

    let mut hashes = Vec::new();
    let mut seen = HashSet::new();
    hashes.extend(draft.chunks.iter().map(|chunk| chunk.hash).filter(|&hash| seen.insert(hash)));
    let missing: Vec<ContentHash> = hashes.iter().copied().filter(|hash| !known.contains_key(hash)).collect();

    let mut made = Vectors::new(dimension);
    for group in missing.chunks(GROUP) {
        on(Progress::Embedding { done: made.hashes.len(), total: missing.len() })?;
        let before = made.floats.len();
        for (&hash, vector) in group.iter().zip(embed(group, draft, embedder)?) {
            made.push(hash, &vector);
        }
        let new = group.iter().copied().zip(made.floats[before..].chunks_exact(dimension));
        journal.append(new).map_err(io)?;
    }
    if !missing.is_empty() {
        on(Progress::Embedding { done: missing.len(), total: missing.len() })?;
    }

    known.extend(made.rows());
    let mut vectors = Vectors::new(dimension);
    for hash in hashes {
        if let Some(vector) = known.get(&hash) {
            vectors.push(hash, vector);
        }
    }
    let new: HashSet<ContentHash> = missing.into_iter().collect();
    let chunks_made = draft.chunks.iter().filter(|chunk| new.contains(&chunk.hash)).count();
    Ok(Embedded { vectors, made: new.len(), chunks_made })
}

/// The vectors of a group of texts, each of length 1.
fn embed(group: &[ContentHash], draft: &Draft, embedder: &dyn Embedder) -> Result<Vec<Vec<f32>>, EmbedError> {
    // A chunk without a text was taken over together with its vector, and is not in any group.
    let text = |hash| draft.texts.get(hash).map(String::as_str);
    let texts: Option<Vec<&str>> = group.iter().map(text).collect();
    let texts = texts.ok_or_else(|| EmbedError("a chunk that was taken over has no vector".into()))?;
    let vectors = embedder.embed_passages(&texts)?;
    if vectors.len() != texts.len() {
        return Err(EmbedError(format!("it gave {} vectors for {} texts", vectors.len(), texts.len())));
    }
    let dimension = embedder.dimension();
    let checked = |vector: Vec<f32>| match vector.len() {
        len if len != dimension => Err(EmbedError(format!("a vector has {len} floats, not {dimension}"))),
        _ => unit(vector).ok_or_else(|| EmbedError("a vector is not of length 1".into())),
    };
    vectors.into_iter().map(checked).collect()
}
