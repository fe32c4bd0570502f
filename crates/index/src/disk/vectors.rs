//! `vectors.bin`: a unit vector for each content hash.
//!
//! ```text
//! "FOOTVECT"  u32 version   u32 dimension   u32 rows
//! rows × 32 bytes content hash
//! rows × dimension × f32
//! ```

use notes::ContentHash;

use super::bytes::{Malformed, Put, Reader};

const MAGIC: &[u8; 8] = b"FOOTVECT";
const VERSION: u32 = 1;

/// Vectors by content hash. No hash is there twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Vectors {
    /// The length of each vector, at least 1.
    pub(crate) dimension: usize,
    /// The content hash of each row.
    pub(crate) hashes: Vec<ContentHash>,
    /// Row after row, each of length 1.
    pub(crate) floats: Vec<f32>,
}

impl Vectors {
    pub(crate) fn new(dimension: usize) -> Self {
        Self { dimension: dimension.max(1), hashes: Vec::new(), floats: Vec::new() }
    }

    /// Adds a row. `vector` is a unit vector of this dimension.
    pub(crate) fn push(&mut self, hash: ContentHash, vector: &[f32]) {
        debug_assert_eq!(vector.len(), self.dimension);
        self.hashes.push(hash);
        self.floats.extend_from_slice(vector);
    }

    /// Every row, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (ContentHash, &[f32])> {
        self.hashes.iter().copied().zip(self.floats.chunks_exact(self.dimension))
    }

    /// The bytes of the file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(20 + self.hashes.len() * 32 + self.floats.len() * 4);
        out.put(MAGIC);
        out.put_u32(VERSION);
        out.put_len(self.dimension);
        out.put_len(self.hashes.len());
        self.hashes.iter().for_each(|hash| out.put(&hash.0));
        out.put_f32s(&self.floats);
        out
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When the bytes are not such a file, or a vector is not of length 1.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.header(MAGIC, VERSION)?;
        let dimension = reader.u32()? as usize;
        if dimension == 0 {
            return Err(reader.malformed("a dimension of 0"));
        }
        let rows = reader.count(dimension.saturating_mul(4).saturating_add(32))?;
        let hashes = reader.take(rows * 32)?.as_chunks().0.iter().copied().map(ContentHash).collect();
        let floats = reader.f32s(rows * dimension)?;
        reader.finish()?;
        let vectors = Self { dimension, hashes, floats };
        let odd = vectors.rows().position(|(_, vector)| !is_unit(vector));
        match odd {
            Some(row) => Err(reader.malformed(format!("the vector of row {row} is not of length 1"))),
            None => Ok(vectors),
        }
    }
}

/// Whether all of `vector` is finite and its length is 1 but for rounding.
pub(crate) fn is_unit(vector: &[f32]) -> bool {
    let square: f32 = vector.iter().map(|x| x * x).sum();
    (square - 1.0).abs() < 1e-3
}

/// `vector` made exactly as long as f32 allows. `None` when it is not close to a unit vector to begin with: an
/// embedder that returns such a thing is broken, and its vectors are not comparable.
pub(crate) fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let norm = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if !norm.is_finite() || (norm - 1.0).abs() > 0.01 {
        return None;
    }
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
    Some(vector)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Vectors {
        let mut vectors = Vectors::new(2);
        vectors.push(ContentHash([7; 32]), &[1.0, 0.0]);
        vectors.push(ContentHash([8; 32]), &[0.6, -0.8]);
        vectors
    }

    #[test]
    fn what_is_written_is_read() {
        let check = |vectors: Vectors| assert_eq!(Vectors::decode(&vectors.encode()), Ok(vectors));
        check(sample());
        check(Vectors::new(384));
    }

    #[test]
    fn only_unit_vectors_are_read() {
        let check = |floats: [f32; 4], expected: &str| {
            let vectors = Vectors { floats: floats.to_vec(), ..sample() };
            assert_eq!(Vectors::decode(&vectors.encode()).unwrap_err().why, expected);
        };
        check([1.0, 0.0, 0.0, 0.0], "the vector of row 1 is not of length 1");
        check([f32::NAN, 0.0, 0.0, 1.0], "the vector of row 0 is not of length 1");
        check([f32::INFINITY, 0.0, 0.0, 1.0], "the vector of row 0 is not of length 1");
        check([1.0, 0.0, 1.0, 1.0], "the vector of row 1 is not of length 1");
    }

    #[test]
    fn an_absurd_size_is_refused_before_it_is_allocated() {
        let mut bytes = MAGIC.to_vec();
        bytes.put_u32(VERSION);
        bytes.put_u32(u32::MAX);
        bytes.put_u32(u32::MAX);
        assert_eq!(
            Vectors::decode(&bytes).unwrap_err().why,
            "a count of 4294967295 where there is room for 0"
        );
    }

    #[test]
    fn nearly_unit_is_made_unit_and_the_rest_is_refused() {
        assert_eq!(unit(vec![0.0, 1.004]), Some(vec![0.0, 1.0]));
        for broken in [vec![0.0, 0.0], vec![0.0, 1.5], vec![f32::NAN, 1.0], vec![f32::INFINITY], vec![]] {
            assert_eq!(unit(broken.clone()), None, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..100, flip in 1_u8.., cut in 0_usize..100) {
            let mut bytes = sample().encode();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok(vectors) = Vectors::decode(&bytes) {
                prop_assert!(vectors.rows().all(|(_, vector)| is_unit(vector)));
            }
            bytes[at] ^= flip;
            bytes.truncate(cut % bytes.len());
            prop_assert!(Vectors::decode(&bytes).is_err());
        }
    }
}
