//! `chunks.bin`: the notes and their chunks.
//!
//! ```text
//! "FOOTCHNK"  u32 version
//! list of notes, by path:
//!     text path   text title   list of texts tags   list of texts aliases
//!     text date, empty for none   u8 date is the file's (0, 1)   u8 language (0 English, 1 Chinese)
//!     u32 number of chunks   u64 length of the file   i64 modified, ns since 1970   32 bytes SHA-256 of the file
//! list of chunks, note after note:
//!     u32 row   u64 u64 span   u32 u32 first and last line   u8 language   list of texts headings   text text
//!     text lead, empty for none   of a lead: u32 u32 first and last line
//! ```
//!
//! What can be told from elsewhere is not written, so that it cannot disagree: a chunk's note follows from the notes'
//! numbers of chunks, its content hash from its row.

use notes::{ContentHash, Language, Lead, Lines};

use super::bytes::{Malformed, Put, Reader};
use crate::{ChunkRecord, NoteRecord};

const MAGIC: &[u8; 8] = b"FOOTCHNK";
const VERSION: u32 = 2;

/// The fewest bytes that a note and a chunk take.
const NOTE_LEAST: usize = 74;
const CHUNK_LEAST: usize = 41;

/// The bytes of the file.
pub(crate) fn encode(notes: &[NoteRecord], chunks: &[ChunkRecord]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put(MAGIC);
    out.put_u32(VERSION);
    out.put_len(notes.len());
    notes.iter().for_each(|note| put_note(&mut out, note));
    out.put_len(chunks.len());
    chunks.iter().for_each(|chunk| put_chunk(&mut out, chunk));
    out
}

/// Reads the file. `hashes` holds the content hash of each row.
///
/// # Errors
/// When the bytes are not such a file, or name a row that is not there.
pub(crate) fn decode(
    bytes: &[u8],
    hashes: &[ContentHash],
) -> Result<(Vec<NoteRecord>, Vec<ChunkRecord>), Malformed> {
    let mut reader = Reader::new(bytes);
    reader.header(MAGIC, VERSION)?;

    let note_count = reader.count(NOTE_LEAST)?;
    let mut notes: Vec<NoteRecord> = Vec::with_capacity(note_count);
    let mut next_chunk = 0;
    for _ in 0..note_count {
        let note = note(&mut reader, next_chunk)?;
        if notes.last().is_some_and(|last| last.path >= note.path) {
            return Err(reader.malformed("notes out of order"));
        }
        next_chunk = note.chunks.end;
        notes.push(note);
    }

    let chunk_count = reader.count(CHUNK_LEAST)?;
    if chunk_count != next_chunk as usize {
        return Err(reader.malformed(format!("{chunk_count} chunks where the notes have {next_chunk}")));
    }
    let mut chunks = Vec::with_capacity(chunk_count);
    for (number, note) in (0_u32..).zip(&notes) {
        for _ in note.chunks.clone() {
            chunks.push(chunk(&mut reader, number, hashes)?);
        }
    }
    reader.finish()?;
    Ok((notes, chunks))
}

fn put_note(out: &mut Vec<u8>, note: &NoteRecord) {
    out.put_text(&note.path);
    out.put_text(&note.title);
    out.put_texts(&note.tags);
    out.put_texts(&note.aliases);
    out.put_text(note.date.as_deref().unwrap_or_default());
    out.put_u8(u8::from(note.date_from_file));
    put_language(out, note.language);
    out.put_len(note.chunks.len());
    out.put_u64(note.file_len);
    out.put_i64(note.modified_ns);
    out.put(&note.sha256);
}

fn note(reader: &mut Reader<'_>, first_chunk: u32) -> Result<NoteRecord, Malformed> {
    Ok(NoteRecord {
        path: reader.text()?,
        title: reader.text()?,
        tags: reader.texts()?,
        aliases: reader.texts()?,
        date: Some(reader.text()?).filter(|date| !date.is_empty()),
        date_from_file: match reader.u8()? {
            0 => false,
            1 => true,
            other => return Err(reader.malformed(format!("a yes or no that is {other}"))),
        },
        language: language(reader)?,
        chunks: {
            let count = reader.u32()?;
            let end = first_chunk.checked_add(count).ok_or_else(|| reader.malformed("too many chunks"))?;
            first_chunk..end
        },
        file_len: reader.u64()?,
        modified_ns: reader.i64()?,
        sha256: reader.array()?,
    })
}

fn put_chunk(out: &mut Vec<u8>, chunk: &ChunkRecord) {
    out.put_u32(chunk.row);
    out.put_u64(chunk.span.start);
    out.put_u64(chunk.span.end);
    put_lines(out, chunk.lines);
    put_language(out, chunk.language);
    out.put_texts(&chunk.headings);
    out.put_text(&chunk.text);
    out.put_text(chunk.lead.as_ref().map_or("", |lead| &lead.text));
    if let Some(lead) = chunk.lead.as_ref().filter(|lead| !lead.text.is_empty()) {
        put_lines(out, lead.lines);
    }
}

fn chunk(reader: &mut Reader<'_>, note: u32, hashes: &[ContentHash]) -> Result<ChunkRecord, Malformed> {
    let row = reader.u32()?;
    let Some(&hash) = hashes.get(row as usize) else {
        return Err(reader.malformed(format!("row {row} of {}", hashes.len())));
    };
    let span = reader.u64()?..reader.u64()?;
    if span.start > span.end {
        return Err(reader.malformed(format!("a span from {} to {}", span.start, span.end)));
    }
    let lines = lines(reader)?;
    let (language, headings, text) = (language(reader)?, reader.texts()?, reader.text()?);
    let lead = match reader.text()? {
        text if text.is_empty() => None,
        text => Some(Lead { text, lines: self::lines(reader)? }),
    };
    Ok(ChunkRecord { note, span, lines, headings, language, lead, text, hash, row })
}

fn put_lines(out: &mut Vec<u8>, lines: Lines) {
    out.put_u32(lines.start);
    out.put_u32(lines.end);
}

fn lines(reader: &mut Reader<'_>) -> Result<Lines, Malformed> {
    let lines = Lines { start: reader.u32()?, end: reader.u32()? };
    if lines.start == 0 || lines.start > lines.end {
        return Err(reader.malformed(format!("lines {} to {}", lines.start, lines.end)));
    }
    Ok(lines)
}

fn put_language(out: &mut Vec<u8>, language: Language) {
    out.put_u8(match language {
        Language::English => 0,
        Language::Chinese => 1,
    });
}

fn language(reader: &mut Reader<'_>) -> Result<Language, Malformed> {
    match reader.u8()? {
        0 => Ok(Language::English),
        1 => Ok(Language::Chinese),
        other => Err(reader.malformed(format!("language {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASHES: [ContentHash; 3] = [ContentHash([1; 32]), ContentHash([2; 32]), ContentHash([3; 32])];

    fn sample() -> (Vec<NoteRecord>, Vec<ChunkRecord>) {
        let note = |path: &str, chunks, date: Option<&str>| NoteRecord {
            path: path.into(),
            title: "分组查询".into(),
            tags: vec!["llm".into(), "注意力".into()],
            aliases: vec![],
            date: date.map(Into::into),
            date_from_file: date.is_some(),
            language: Language::Chinese,
            chunks,
            file_len: 1234,
            modified_ns: -5,
            sha256: [9; 32],
        };
        let chunk = |note, row: u32| ChunkRecord {
            note,
            span: 10..25,
            lines: Lines { start: 2, end: 4 },
            headings: vec!["One".into(), "二".into()],
            language: Language::English,
            lead: (row == 2).then(|| Lead { lines: Lines { start: 1, end: 1 }, text: "前文".into() }),
            text: "some text".into(),
            hash: HASHES[row as usize],
            row,
        };
        let notes = vec![
            note("a.md", 0..2, Some("2024-05-01")),
            note("b/c.md", 2..2, None),
            note("d.md", 2..3, None),
        ];
        (notes, vec![chunk(0, 2), chunk(0, 0), chunk(2, 2)])
    }

    #[test]
    fn what_is_written_is_read() {
        let (notes, chunks) = sample();
        assert_eq!(decode(&encode(&notes, &chunks), &HASHES), Ok((notes, chunks)));
        assert_eq!(decode(&encode(&[], &[]), &[]), Ok((vec![], vec![])));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let check = |spoil: fn(&mut Vec<NoteRecord>, &mut Vec<ChunkRecord>), expected: &str| {
            let (mut notes, mut chunks) = sample();
            spoil(&mut notes, &mut chunks);
            let why = decode(&encode(&notes, &chunks), &HASHES).unwrap_err().why;
            assert_eq!(why, expected);
        };
        check(|notes, _| notes.swap(0, 1), "notes out of order");
        check(|_, chunks| drop(chunks.pop()), "2 chunks where the notes have 3");
        check(|_, chunks| chunks[1].row = 3, "row 3 of 3");
        check(|_, chunks| chunks[1].span.end = 3, "a span from 10 to 3");
        check(|_, chunks| chunks[1].lines.start = 0, "lines 0 to 4");
        check(|_, chunks| chunks[0].lead.as_mut().unwrap().lines.start = 2, "lines 2 to 1");
    }

    proptest! {
        /// The checksum is what finds damage; this is about bytes that pass it and still are not ours.
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..600, flip in 1_u8.., cut in 0_usize..600) {
            let (notes, chunks) = sample();
            let mut bytes = encode(&notes, &chunks);
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok((notes, chunks)) = decode(&bytes, &HASHES) {
                prop_assert!(chunks.iter().all(|chunk| (chunk.note as usize) < notes.len()));
            }
            bytes[at] ^= flip;
            bytes.truncate(cut % bytes.len());
            prop_assert!(decode(&bytes, &HASHES).is_err());
        }

        #[test]
        fn any_lead_is_read_as_it_was_written(
            leads in proptest::collection::vec(proptest::option::of(("[^\\x00]{1,20}", 1_u32.., 0_u32..9)), 3..4),
        ) {
            let (notes, mut chunks) = sample();
            for (chunk, lead) in chunks.iter_mut().zip(leads) {
                chunk.lead = lead.map(|(text, start, more)| {
                    Lead { text, lines: Lines { start, end: start.saturating_add(more) } }
                });
            }
            prop_assert_eq!(decode(&encode(&notes, &chunks), &HASHES), Ok((notes, chunks)));
        }

        #[test]
        fn noise_is_refused(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = MAGIC.to_vec();
            bytes.put_u32(VERSION);
            bytes.extend(noise);
            if let Ok((notes, chunks)) = decode(&bytes, &HASHES) {
                prop_assert_eq!(encode(&notes, &chunks), bytes);
            }
        }
    }
}
