//! Vectors that are kept in a file, so that a program that fits something makes them once.

use std::collections::HashMap;
use std::io::{BufWriter, Read as _, Write as _};
use std::sync::Mutex;

use index::{EmbedError, Embedder, TokenCounter};

use crate::hash::hash;

/// Remembers every vector across runs.
pub(crate) struct Kept<'a> {
    inner: &'a dyn Embedder,
    vectors: Mutex<HashMap<u64, Vec<f32>>>,
    file: Mutex<BufWriter<std::fs::File>>,
}

impl Kept<'_> {
    /// Writes what is not in the file yet.
    pub(crate) fn flush(&self) {
        self.file.lock().unwrap().flush().unwrap();
    }
}

impl TokenCounter for Kept<'_> {
    fn count(&self, text: &str) -> usize {
        self.inner.count(text)
    }
}

impl Embedder for Kept<'_> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut known = self.vectors.lock().unwrap();
        let new: Vec<&str> = texts.iter().copied().filter(|text| !known.contains_key(&hash(text))).collect();
        for (text, vector) in new.iter().zip(self.inner.embed_passages(&new)?) {
            let mut file = self.file.lock().unwrap();
            file.write_all(&hash(text).to_le_bytes()).unwrap();
            vector.iter().for_each(|x| file.write_all(&x.to_le_bytes()).unwrap());
            known.insert(hash(text), vector);
        }
        Ok(texts.iter().map(|text| known[&hash(text)].clone()).collect())
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        self.inner.embed_question(question)
    }
}

/// `inner` with the vectors that are in the file at `path`, to which new ones are added.
pub(crate) fn keep<'a>(inner: &'a dyn Embedder, path: &str) -> Kept<'a> {
    let mut bytes = Vec::new();
    if let Ok(mut file) = std::fs::File::open(path) {
        file.read_to_end(&mut bytes).unwrap();
    }
    let vectors = bytes.chunks_exact(8 + 4 * inner.dimension()).map(|record| {
        let vector = record[8..].chunks_exact(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
        (u64::from_le_bytes(record[..8].try_into().unwrap()), vector)
    });
    let vectors = Mutex::new(vectors.collect());
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    Kept { inner, vectors, file: Mutex::new(BufWriter::new(file)) }
}
