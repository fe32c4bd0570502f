//! What an index of another format is still good for: its vectors. They belong to the texts that were embedded and to the
//! model, and have a format of their own.

use crate::Embedder;
use crate::disk::folder::Generation;
use crate::disk::manifest::{MANIFEST, VECTORS, foreign};
use crate::disk::vectors::Vectors;

/// The vectors of a generation of another format, if they are whole and of this model.
pub(super) fn vectors(generation: &Generation, embedder: &dyn Embedder) -> Option<Vectors> {
    let manifest = std::fs::read(generation.path.join(MANIFEST)).ok()?;
    let (model, files) = foreign(&manifest)?;
    let file = files.iter().find(|file| file.name == VECTORS).filter(|_| model == embedder.id())?;
    let vectors = Vectors::decode(&file.read(&generation.path).ok()?).ok()?;
    (vectors.dimension == embedder.dimension()).then_some(vectors)
}
