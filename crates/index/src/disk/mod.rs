//! The files of an index, byte by byte.
//!
//! ```text
//! index/
//!   README.md            not ours, never touched
//!   lock                 empty; locked by whoever builds
//!   journal.bin          vectors of a build that has not finished            (journal)
//!   building-4711/       a generation in the making; worthless when its process is gone
//!   generation-000041/   the previous one, kept until the next
//!   generation-000042/   the current one: the highest number that has a manifest
//!     manifest.json      what belongs to it: versions, model, lengths, checksums   (manifest)
//!     chunks.bin         notes and chunks: truth                                   (chunks)
//!     vectors.bin        a unit vector for each content hash: truth                (vectors)
//!     graph.bin          a graph over the vectors: derived                         (graph)
//!     lexical/…          the files of the lexical index: derived
//! ```
//!
//! All numbers are little-endian. A *text* is its length in bytes as u32 and then UTF-8; a list is its length as u32
//! and then its members. Each `.bin` file begins with eight bytes that name it and its version as u32.
//!
//! A generation is written into `building-<pid>`, every file and folder is synced, and one rename makes it current.
//! No file in a `generation-…` folder is ever written to again, so that a reader needs no lock and a build may die at
//! any moment: the index is then still the previous one.

pub(crate) mod bytes;
pub(crate) mod chunks;
pub(crate) mod folder;
pub(crate) mod graph;
pub(crate) mod journal;
pub(crate) mod manifest;
pub(crate) mod vectors;
