//! A small embedder and small records for this crate's tests.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use notes::{ChunkLimits, TokenCounter, is_han};

use crate::{BuildReport, BuildRequest, EmbedError, Embedder, Index, OpenError, build};

/// Hashes words and pairs of Han characters into 64 buckets: texts that share words are near each other. The same
/// on every machine, and it counts its calls.
#[derive(Debug, Default)]
pub(crate) struct HashingEmbedder {
    /// How many passages were embedded so far.
    pub(crate) embedded: AtomicUsize,
    /// Fails on the passage with this number, counted from 0, and on all that follow.
    pub(crate) fail_from: Option<usize>,
    /// Added to its id.
    pub(crate) variant: &'static str,
}

impl HashingEmbedder {
    pub(crate) const DIMENSION: usize = 64;

    /// How many passages were embedded since the last call.
    pub(crate) fn take_count(&self) -> usize {
        self.embedded.swap(0, Ordering::SeqCst)
    }

    /// The vector of `text`; of length 1 even when it holds no word.
    pub(crate) fn vector(text: &str) -> Vec<f32> {
        let mut vector = vec![0.0_f32; Self::DIMENSION];
        for token in tokens(text) {
            let hash = fnv1a(token.as_bytes());
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[hash as usize % Self::DIMENSION] += sign;
        }
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm == 0.0 {
            vector[0] = 1.0;
        } else {
            vector.iter_mut().for_each(|x| *x /= norm);
        }
        vector
    }
}

impl TokenCounter for HashingEmbedder {
    /// Words and Han characters.
    fn count(&self, text: &str) -> usize {
        words(text).count() + text.chars().filter(|&c| is_han(c)).count()
    }
}

impl Embedder for HashingEmbedder {
    fn id(&self) -> &str {
        if self.variant.is_empty() { "hashing-64" } else { self.variant }
    }

    fn dimension(&self) -> usize {
        Self::DIMENSION
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let before = self.embedded.load(Ordering::SeqCst);
        if self.fail_from.is_some_and(|from| before + texts.len() > from) {
            return Err(EmbedError::Failed("asked to fail".into()));
        }
        self.embedded.fetch_add(texts.len(), Ordering::SeqCst);
        Ok(texts.iter().map(|text| Self::vector(text)).collect())
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        Ok(Self::vector(question))
    }
}

/// A folder of notes and an index beside it, both gone when dropped.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) embedder: HashingEmbedder,
}

impl Desk {
    /// A desk with these notes: (path, text).
    pub(crate) fn new(notes: &[(&str, &str)]) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), embedder: HashingEmbedder::default() };
        std::fs::create_dir(desk.notes_dir()).unwrap();
        notes.iter().for_each(|(path, text)| desk.write(path, text));
        desk
    }

    pub(crate) fn notes_dir(&self) -> PathBuf {
        self.folder.path().join("notes")
    }

    pub(crate) fn index_dir(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// Writes a note.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.notes_dir().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What [`build`](Self::build) asks for.
    pub(crate) fn request(&self) -> BuildRequest {
        BuildRequest {
            notes_dir: self.notes_dir(),
            index_dir: self.index_dir(),
            limits: SMALL_LIMITS,
            rebuild: false,
            leave_out: Vec::new(),
        }
    }

    /// Brings the index up to date.
    pub(crate) fn build(&self) -> BuildReport {
        build(&self.request(), &self.embedder, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    /// Opens the index.
    pub(crate) fn open(&self) -> Result<Index, OpenError> {
        Index::open(&self.index_dir(), &self.embedder)
    }
}

/// `count` unit vectors, row after row, around `clusters` centres that depend on `dimension` and `clusters` alone: like
/// those of texts, they are not spread evenly.
pub(crate) fn clustered(count: usize, dimension: usize, clusters: u64, seed: u64) -> Vec<f32> {
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut vectors = Vec::with_capacity(count * dimension);
    for row in 0..count as u64 {
        let mut centre = Noise((row % clusters + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let vector: Vec<f32> = (0..dimension).map(|_| centre.next() + 0.7 * noise.next()).collect();
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vectors.extend(vector.iter().map(|x| x / norm));
    }
    vectors
}

/// Xorshift: the same numbers on every machine.
struct Noise(u64);

impl Noise {
    /// -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// SplitMix64: the same choices on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// Limits small enough that a short note has several chunks.
pub(crate) const SMALL_LIMITS: ChunkLimits = ChunkLimits { target: 24, max: 40 };

/// Lower-case words, then pairs of neighbouring Han characters.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = words(text).map(str::to_lowercase).collect();
    let chars: Vec<char> = text.chars().collect();
    let pairs = chars.windows(2).filter(|pair| pair.iter().all(|&c| is_han(c)));
    tokens.extend(pairs.map(|pair| pair.iter().collect::<String>()));
    tokens
}

/// Runs of letters and digits that are not Han.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() || is_han(c)).filter(|word| !word.is_empty())
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_share_words_are_nearer() {
        let near = |a, b| {
            let (a, b) = (HashingEmbedder::vector(a), HashingEmbedder::vector(b));
            a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>()
        };
        assert!(
            near("shared key heads", "heads share a key") > near("shared key heads", "pancake recipe flour")
        );
        assert!(near("分组查询注意力", "什么是分组查询") > near("分组查询注意力", "早餐吃什么"));
        assert!((near("", "") - 1.0).abs() < 1e-6);
    }

    #[test]
    fn tokens_are_words_and_han_characters() {
        let check = |text, expected| assert_eq!(HashingEmbedder::default().count(text), expected, "{text}");
        check("", 0);
        check("two words", 2);
        check("GQA 是注意力", 5);
    }
}
