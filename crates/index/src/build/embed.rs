//! The vectors of the generation to be: those that are known, and new ones for the rest.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use notes::ContentHash;

use super::draft::Draft;
use super::{BuildError, Progress};
use crate::disk::journal::Journal;
use crate::disk::vectors::{Vectors, unit};
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
    old: Option<&Vectors>,
    on: &mut dyn FnMut(Progress) -> Result<(), BuildError>,
) -> Result<Embedded, BuildError> {
    let io = |source| BuildError::Io { dir: dir.to_owned(), source };
    let dimension = embedder.dimension();
    let (mut journal, journaled) = Journal::open(dir, embedder.id(), dimension).map_err(io)?;
    let mut known: HashMap<ContentHash, &[f32]> = journaled.rows().collect();
    known.extend(old.iter().flat_map(|old| old.rows()));

    let mut hashes = Vec::new();
    let mut seen = HashSet::new();
    hashes.extend(draft.chunks.iter().map(|chunk| chunk.hash).filter(|&hash| seen.insert(hash)));
    let missing: Vec<ContentHash> = hashes.iter().copied().filter(|hash| !known.contains_key(hash)).collect();

    let mut made = Vectors::new(dimension);
    for group in missing.chunks(GROUP) {
        on(Progress::Embedding { done: made.hashes.len(), total: missing.len() })?;
        let before = made.floats.len();
        for (&hash, vector) in group.iter().zip(embed_in_time(group, draft, embedder, on)?) {
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

/// So often in a row a server is asked again that wants to be left alone.
const TRIES: u32 = 8;
/// The longest that is waited before it is asked again.
const LONGEST: Duration = Duration::from_secs(600);
/// How often, while waiting, it is seen whether the caller wants to stop.
const LOOK: Duration = Duration::from_millis(100);

/// [`embed`]; a server that has had too many requests is asked again after the time that it names, and no sooner than
/// after twice the time before.
fn embed_in_time(
    group: &[ContentHash],
    draft: &Draft,
    embedder: &dyn Embedder,
    on: &mut dyn FnMut(Progress) -> Result<(), BuildError>,
) -> Result<Vec<Vec<f32>>, BuildError> {
    for tried in 0..TRIES {
        let again = match embed(group, draft, embedder) {
            Err(EmbedError::Server { again: Some(again), .. }) => again,
            outcome => return Ok(outcome?),
        };
        let end = Instant::now() + again.max(Duration::from_secs(1 << tried) / 2).min(LONGEST);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            on(Progress::Waiting { seconds: left.as_secs() + 1 })?;
            std::thread::sleep(left.min(LOOK));
        }
    }
    Ok(embed(group, draft, embedder)?)
}

/// The vectors of a group of texts, each of length 1.
fn embed(group: &[ContentHash], draft: &Draft, embedder: &dyn Embedder) -> Result<Vec<Vec<f32>>, EmbedError> {
    // A chunk without a text was taken over together with its vector, and is not in any group.
    let text = |hash| draft.texts.get(hash).map(String::as_str);
    let texts: Option<Vec<&str>> = group.iter().map(text).collect();
    let texts =
        texts.ok_or_else(|| EmbedError::Failed("a chunk that was taken over has no vector".into()))?;
    let vectors = embedder.embed_passages(&texts)?;
    if vectors.len() != texts.len() {
        return Err(EmbedError::Failed(format!(
            "it gave {} vectors for {} texts",
            vectors.len(),
            texts.len()
        )));
    }
    let dimension = embedder.dimension();
    let checked = |vector: Vec<f32>| match vector.len() {
        len if len != dimension => {
            Err(EmbedError::Failed(format!("a vector has {len} floats, not {dimension}")))
        }
        _ => unit(vector).ok_or_else(|| EmbedError::Failed("a vector is not of length 1".into())),
    };
    vectors.into_iter().map(checked).collect()
}
