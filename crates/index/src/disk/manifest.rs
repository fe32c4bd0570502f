//! `manifest.json`: what belongs to a generation.

use std::io;
use std::path::{Component, Path};

use notes::ChunkLimits;
use serde::{Deserialize, Serialize};

/// The version of the whole layout. A change of any file's format, of how notes are cut, or of how words become terms
/// raises it: older indexes are then stale and are built anew.
pub(crate) const FORMAT: u32 = 2;

/// The names of the files.
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const CHUNKS: &str = "chunks.bin";
pub(crate) const VECTORS: &str = "vectors.bin";
pub(crate) const GRAPH: &str = "graph.bin";
pub(crate) const LEXICAL: &str = "lexical";

/// What belongs to a generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// [`FORMAT`] of the program that wrote it.
    pub(crate) format: u32,
    /// When it was written, RFC 3339 in UTC.
    pub(crate) created: String,
    /// The notes folder it was made from, as it was given. A hint for people: the folder may have moved since.
    pub(crate) notes_dir: String,
    /// [`Embedder::id`](crate::Embedder::id) of the model that made the vectors.
    pub(crate) model: String,
    /// The length of each vector.
    pub(crate) dimension: u32,
    /// What the chunks were cut to.
    pub(crate) limits: ChunkLimits,
    /// How many notes, chunks and vectors there are.
    pub(crate) notes: u32,
    pub(crate) chunks: u32,
    pub(crate) vectors: u32,
    /// Every other file of the generation.
    pub(crate) files: Vec<FileEntry>,
    /// CRC-32 of all the above as compact JSON, in hexadecimal.
    pub(crate) checksum: String,
}

/// A file of the generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    /// Relative to the generation's folder, `/`-separated.
    pub(crate) name: String,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// CRC-32 of its bytes, in hexadecimal.
    pub(crate) crc32: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManifestError {
    /// Written by another version of the program.
    #[error("format {0} where {FORMAT} is expected")]
    Format(u64),
    #[error("{0}")]
    Damaged(String),
}

/// Why a file of a generation cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("it is missing")]
    Missing,
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Io(io::Error),
}

impl FileEntry {
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), len: bytes.len() as u64, crc32: crc32(bytes) }
    }

    /// Reads the file and compares it with what is known of it. The bytes returned are those that were compared.
    pub(crate) fn read(&self, folder: &Path) -> Result<Vec<u8>, FileError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => FileError::Missing,
            _ => FileError::Io(error),
        };
        let path = folder.join(&self.name);
        // Before reading: a file may have grown beyond what fits into memory.
        let len = std::fs::metadata(&path).map_err(failed)?.len();
        if len != self.len {
            return Err(FileError::Damaged(format!("it has {len} bytes instead of {}", self.len)));
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        if Self::of(&self.name, &bytes) != *self {
            return Err(FileError::Damaged("its checksum is wrong".into()));
        }
        Ok(bytes)
    }
}

impl Manifest {
    /// The file of that name.
    pub(crate) fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Reads a file of the generation in `folder`.
    pub(crate) fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, FileError> {
        self.file(name).ok_or(FileError::Missing)?.read(folder)
    }

    /// The files of the lexical index.
    pub(crate) fn lexical(&self) -> impl Iterator<Item = (&str, &FileEntry)> {
        self.files.iter().filter_map(|file| {
            let name = file.name.strip_prefix(LEXICAL)?.strip_prefix('/')?;
            Some((name, file))
        })
    }

    /// The bytes of the file, the checksum set.
    pub(crate) fn encode(&mut self) -> Vec<u8> {
        self.checksum = self.sum();
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Reads the file.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let damaged = |error: serde_json::Error| ManifestError::Damaged(error.to_string());
        // Another version may have other fields.
        let Version { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format != u64::from(FORMAT) {
            return Err(ManifestError::Format(format));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        if manifest.checksum != manifest.sum() {
            return Err(ManifestError::Damaged("its checksum is wrong".into()));
        }
        let stray = |file: &&FileEntry| {
            !Path::new(&file.name).components().all(|part| matches!(part, Component::Normal(_)))
        };
        match manifest.files.iter().find(stray) {
            Some(file) => Err(ManifestError::Damaged(format!("it names a file elsewhere: {}", file.name))),
            None => Ok(manifest),
        }
    }

    /// The checksum of the meaning, not of the spelling: white space does not count.
    fn sum(&self) -> String {
        let bare = Self { checksum: String::new(), ..self.clone() };
        crc32(&serde_json::to_vec(&bare).unwrap_or_default())
    }
}

/// The model and the files of a manifest of another format, as far as these are written as they are here.
pub(crate) fn foreign(bytes: &[u8]) -> Option<(String, Vec<FileEntry>)> {
    #[derive(Deserialize)]
    struct Foreign {
        format: u64,
        model: String,
        files: Vec<FileEntry>,
    }
    let Foreign { format, model, files } = serde_json::from_slice(bytes).ok()?;
    (format != u64::from(FORMAT)).then_some((model, files))
}

fn crc32(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        Manifest {
            format: FORMAT,
            created: "2025-01-02T03:04:05Z".into(),
            notes_dir: "notes".into(),
            model: "hashing-64".into(),
            dimension: 64,
            limits: ChunkLimits::default(),
            notes: 1,
            chunks: 2,
            vectors: 2,
            files: vec![FileEntry::of(CHUNKS, b"abc"), FileEntry::of("lexical/meta.json", b"")],
            checksum: String::new(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut manifest = sample();
        let bytes = manifest.encode();
        assert_eq!(Manifest::decode(&bytes), Ok(manifest.clone()));
        assert_eq!(manifest.lexical().map(|(name, _)| name).collect::<Vec<_>>(), ["meta.json"]);
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"
        {
          "format": 2,
          "created": "2025-01-02T03:04:05Z",
          "notes_dir": "notes",
          "model": "hashing-64",
          "dimension": 64,
          "limits": {
            "target": 256,
            "max": 384
          },
          "notes": 1,
          "chunks": 2,
          "vectors": 2,
          "files": [
            {
              "name": "chunks.bin",
              "len": 3,
              "crc32": "352441c2"
            },
            {
              "name": "lexical/meta.json",
              "len": 0,
              "crc32": "00000000"
            }
          ],
          "checksum": "15e1022f"
        }
        "#);
    }

    #[test]
    fn every_flipped_bit_is_found_or_means_nothing() {
        let bytes = sample().encode();
        let original = Manifest::decode(&bytes).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                if let Ok(manifest) = Manifest::decode(&flipped) {
                    assert_eq!(manifest, original, "byte {at}, bit {bit}");
                }
            }
            assert!(Manifest::decode(&bytes[..at]).is_err(), "cut to {at} bytes");
        }
    }

    #[test]
    fn another_version_is_told_apart_from_damage() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Manifest::decode(text.as_bytes()).unwrap_err().to_string(), expected);
        };
        check(r#"{"format": 7, "colour": "blue"}"#, "format 7 where 2 is expected");
        check("", "EOF while parsing a value at line 1 column 0");
        check("{}", "missing field `format` at line 1 column 2");
    }

    #[test]
    fn files_elsewhere_are_refused() {
        for name in ["../secret", "/etc/hosts", "a/../../b"] {
            let mut manifest = sample();
            manifest.files[0].name = name.into();
            let error = Manifest::decode(&manifest.encode()).unwrap_err();
            assert_eq!(error, ManifestError::Damaged(format!("it names a file elsewhere: {name}")));
        }
    }

    #[test]
    fn a_file_is_compared_with_its_entry() {
        let folder = tempfile::tempdir().unwrap();
        let entry = FileEntry::of("a.bin", b"bytes");
        let check = |bytes: &[u8], expected: &str| {
            std::fs::write(folder.path().join("a.bin"), bytes).unwrap();
            let read = entry.read(folder.path());
            assert_eq!(read.map_err(|error| error.to_string()), Err(expected.to_owned()));
        };
        assert!(matches!(entry.read(folder.path()), Err(FileError::Missing)));
        check(b"byte", "it has 4 bytes instead of 5");
        check(b"butes", "its checksum is wrong");
        std::fs::write(folder.path().join("a.bin"), b"bytes").unwrap();
        assert_eq!(entry.read(folder.path()).unwrap(), b"bytes");
    }
}
