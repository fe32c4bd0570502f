//! `journal.bin`: the vectors of a build that has not finished, so that one that is killed need not embed twice.
//!
//! ```text
//! "FOOTJRNL"  u32 version   u32 dimension   text model id   u32 CRC-32 of the above
//! any number of records: 32 bytes content hash   dimension × f32   u32 CRC-32 of the record's bytes before it
//! ```
//!
//! Records are of one size and each is checked by itself: a torn or damaged one is passed over.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use notes::ContentHash;

use super::bytes::{Malformed, Put, Reader};
use super::vectors::{Vectors, is_unit};

const NAME: &str = "journal.bin";
const MAGIC: &[u8; 8] = b"FOOTJRNL";
const VERSION: u32 = 1;

/// A journal, open for more.
#[derive(Debug)]
pub(crate) struct Journal(File);

impl Journal {
    /// Opens the journal of `dir`, whose lock is held, and returns what it holds. A journal of another model is begun
    /// anew.
    pub(crate) fn open(dir: &Path, model: &str, dimension: usize) -> io::Result<(Self, Vectors)> {
        let path = dir.join(NAME);
        let header = header(model, dimension);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes?,
        };
        let mut vectors = Vectors::new(dimension);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        let keep = match bytes.strip_prefix(header.as_slice()) {
            Some(records) => {
                let (records, _torn) = split(records, dimension);
                for (hash, vector) in records.iter().filter_map(|bytes| record(bytes, dimension).ok()) {
                    vectors.push(hash, &vector);
                }
                header.len() + records.iter().map(|bytes| bytes.len()).sum::<usize>()
            }
            None => {
                file.set_len(0)?;
                file.write_all(&header)?;
                header.len()
            }
        };
        file.set_len(keep as u64)?;
        // Appending after a torn record would shift all that follow.
        io::Seek::seek(&mut file, io::SeekFrom::Start(keep as u64))?;
        Ok((Self(file), vectors))
    }

    /// Appends vectors; they are on the disk when this returns.
    pub(crate) fn append<'a>(
        &mut self,
        rows: impl Iterator<Item = (ContentHash, &'a [f32])>,
    ) -> io::Result<()> {
        let mut out = Vec::new();
        for (hash, vector) in rows {
            let start = out.len();
            out.put(&hash.0);
            out.put_f32s(vector);
            let crc = crc32fast::hash(&out[start..]);
            out.put_u32(crc);
        }
        self.0.write_all(&out)?;
        self.0.sync_data()
    }
}

/// Removes the journal of `dir`, if there is one: its vectors are in a generation now.
pub(crate) fn remove(dir: &Path) -> io::Result<()> {
    match std::fs::remove_file(dir.join(NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn header(model: &str, dimension: usize) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.put_u32(VERSION);
    out.put_len(dimension);
    out.put_text(model);
    let crc = crc32fast::hash(&out);
    out.put_u32(crc);
    out
}

/// Whole records, and what is left after the last.
fn split(bytes: &[u8], dimension: usize) -> (Vec<&[u8]>, &[u8]) {
    let records = bytes.chunks_exact(32 + dimension * 4 + 4);
    let torn = records.remainder();
    (records.collect(), torn)
}

fn record(bytes: &[u8], dimension: usize) -> Result<(ContentHash, Vec<f32>), Malformed> {
    let mut reader = Reader::new(bytes);
    let (hash, vector) = (ContentHash(reader.array()?), reader.f32s(dimension)?);
    let crc = reader.u32()?;
    if crc != crc32fast::hash(&bytes[..bytes.len() - 4]) || !is_unit(&vector) {
        return Err(reader.malformed("a damaged record"));
    }
    Ok((hash, vector))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(ContentHash, &[f32]); 3] = [
        (ContentHash([1; 32]), &[1.0, 0.0]),
        (ContentHash([2; 32]), &[0.0, 1.0]),
        (ContentHash([3; 32]), &[0.6, 0.8]),
    ];

    fn open(dir: &Path, model: &str) -> (Journal, Vec<u8>) {
        let (journal, vectors) = Journal::open(dir, model, 2).unwrap();
        (journal, vectors.hashes.iter().map(|hash| hash.0[0]).collect())
    }

    /// A journal of two appends, spoiled: what is left of it, and that it takes more.
    fn check(spoil: fn(&mut Vec<u8>), expected: &[u8]) {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, found) = open(dir.path(), "m");
        assert!(found.is_empty());
        journal.append(ROWS[..1].iter().copied()).unwrap();
        journal.append(ROWS[1..2].iter().copied()).unwrap();
        drop(journal);

        let path = dir.path().join(NAME);
        let mut bytes = std::fs::read(&path).unwrap();
        spoil(&mut bytes);
        std::fs::write(&path, bytes).unwrap();

        let (mut journal, found) = open(dir.path(), "m");
        assert_eq!(found, expected);
        journal.append(ROWS[2..].iter().copied()).unwrap();
        drop(journal);
        assert_eq!(open(dir.path(), "m").1, [expected, &[3]].concat());
    }

    #[test]
    fn whole_records_are_kept_and_more_can_follow() {
        check(|_| {}, &[1, 2]);
        check(|bytes| bytes.truncate(bytes.len() - 1), &[1]);
        check(|bytes| bytes.extend([0; 30]), &[1, 2]);
        check(|bytes| *bytes.last_mut().unwrap() ^= 1, &[1]);
        check(|bytes| bytes[33] ^= 1, &[2]);
        check(|bytes| bytes[0] ^= 1, &[]);
        check(|bytes| bytes[12] ^= 1, &[]);
        check(Vec::clear, &[]);
    }

    #[test]
    fn another_model_begins_anew_and_removing_removes() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path(), "m").0.append(ROWS.into_iter()).unwrap();
        assert_eq!(open(dir.path(), "m").1, [1, 2, 3]);
        assert!(open(dir.path(), "n").1.is_empty());
        assert!(open(dir.path(), "m").1.is_empty());
        remove(dir.path()).unwrap();
        assert!(!dir.path().join(NAME).exists());
        remove(dir.path()).unwrap();
    }
}
