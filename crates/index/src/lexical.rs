//! BM25 over chunks.
//!
//! tantivy keeps the postings. Its query machinery is not used: a question asks for every chunk's score and for which
//! words each holds, so reading the postings of its few words once gives both, exactly, under any filter.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::{Directory, RamDirectory, TerminatingWrite};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{DocSet, InvertedIndexReader, TERMINATED, TantivyDocument, Term};

use crate::coverage::is_single;
use crate::terms::{Run, runs, terms};
use crate::{ChunkRecord, NoteRecord};

/// The text of a chunk. The number counts changes of [`terms`]: an index cut by other rules has no such field.
const BODY: &str = "body1";
/// Its headings, and the title and aliases of its note.
const NAMES: &str = "names1";
/// The single characters of both, of scripts without spaces: terms are pairs of them, but a question may ask for one.
const SINGLES: &str = "singles1";
/// A word in a heading says more of what a chunk is about than one in its text.
const NAMES_BOOST: f32 = 1.5;
/// How soon saying a word again stops to count, and how much longer texts pay for their length: the usual values.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What the writer may use before it thinks of its tables as large, in bytes. It never starts a second segment.
const BUDGET: usize = 32_000_000;

/// BM25 over chunks; document `i` is chunk `i`.
pub(crate) struct Lexical {
    body: Words,
    names: Words,
    singles: Words,
    chunks: u32,
}

/// Why a lexical index could not be made, opened or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LexicalError {
    /// A file could not be written or read.
    #[error("{}: {source}", .file.display())]
    Io { file: PathBuf, source: io::Error },
    /// The files are whole but not such an index, or one cut into words by other rules.
    #[error("not an index of this version: {0}")]
    Foreign(String),
    /// tantivy failed.
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
    /// The postings of a word could not be read.
    #[error("the words of the index cannot be read: {0}")]
    Postings(#[from] io::Error),
}

impl Lexical {
    /// Writes the index into `dir`, which exists and is empty. The caller syncs and checksums the files.
    pub(crate) fn create(
        dir: &Path,
        chunks: &[ChunkRecord],
        notes: &[NoteRecord],
    ) -> Result<(), LexicalError> {
        let (ram, files) = write(chunks, notes)?;
        for name in files {
            let bytes = ram.open_read(&name).map_err(tantivy::TantivyError::from)?.read_bytes()?;
            let file = dir.join(&name);
            std::fs::write(&file, bytes.as_slice()).map_err(|source| LexicalError::Io { file, source })?;
        }
        Ok(())
    }

    /// Opens an index from the bytes of its files, already verified: (file name, content).
    pub(crate) fn open(files: Vec<(String, Vec<u8>)>) -> Result<Self, LexicalError> {
        let ram = RamDirectory::create();
        for (name, bytes) in files {
            let mut file = ram.open_write(Path::new(&name)).map_err(tantivy::TantivyError::from)?;
            io::Write::write_all(&mut file, &bytes)?;
            file.terminate()?;
        }
        Self::from_ram(ram)
    }

    /// The index over `chunks`, for when its files cannot be used.
    pub(crate) fn in_memory(chunks: &[ChunkRecord], notes: &[NoteRecord]) -> Result<Self, LexicalError> {
        Self::from_ram(write(chunks, notes)?.0)
    }

    /// The number of chunks it was made from.
    pub(crate) fn len(&self) -> u32 {
        self.chunks
    }

    /// The chunks that hold `term` in their text or above it, ascending, and how much they speak of it: how often, for
    /// their length. What stands above a chunk and its text are one text here (BM25F), so that a word is as rare in a
    /// heading as it is in prose.
    pub(crate) fn holders(&self, term: &str) -> Result<Vec<Holder>, LexicalError> {
        let mut holders = Vec::new();
        let sides = if is_single(term) { vec![&self.singles] } else { vec![&self.body, &self.names] };
        for side in sides {
            side.extend(term, &mut holders)?;
        }
        holders.sort_by_key(|holder: &Holder| holder.chunk);
        holders.dedup_by(|next, kept| {
            let same = next.chunk == kept.chunk;
            if same {
                kept.frequency += next.frequency;
            }
            same
        });
        Ok(holders)
    }

    fn from_ram(ram: RamDirectory) -> Result<Self, LexicalError> {
        let index = tantivy::Index::open(ram)?;
        let segments = index.searchable_segments()?;
        let [segment] = segments.as_slice() else {
            return Err(LexicalError::Foreign(format!("it has {} segments, not one", segments.len())));
        };
        let reader = tantivy::SegmentReader::open(segment)?;
        let side = |name: &str| {
            let field =
                index.schema().get_field(name).map_err(|error| LexicalError::Foreign(error.to_string()))?;
            let words = reader.inverted_index(field)?;
            let average = words.total_num_tokens() as f32 / reader.max_doc().max(1) as f32;
            let lengths = reader.get_fieldnorms_reader(field)?;
            Ok::<_, LexicalError>(Words { field, words, lengths, average: average.max(1.0), boost: 1.0 })
        };
        let names = Words { boost: NAMES_BOOST, ..side(NAMES)? };
        Ok(Self { body: side(BODY)?, names, singles: side(SINGLES)?, chunks: reader.max_doc() })
    }
}

impl std::fmt::Debug for Lexical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexical").field("chunks", &self.chunks).finish_non_exhaustive()
    }
}

/// A chunk that holds a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Holder {
    /// Its number.
    pub(crate) chunk: u32,
    /// How often it holds the word: 1 is once in a text of mean length. Above 0.
    pub(crate) frequency: f32,
}

/// What a word of this [idf](crate::score::idf) adds to the BM25 of a chunk that holds it with this
/// [`frequency`](Holder::frequency).
pub(crate) fn bm25(frequency: f32, idf: f32) -> f32 {
    idf * frequency * (K1 + 1.0) / (frequency + K1)
}

/// The words of one field.
struct Words {
    field: Field,
    words: Arc<InvertedIndexReader>,
    /// How many words each chunk has in this field.
    lengths: FieldNormReader,
    /// Their mean, at least 1.
    average: f32,
    /// What a word in this field counts for.
    boost: f32,
}

impl Words {
    fn extend(&self, term: &str, holders: &mut Vec<Holder>) -> io::Result<()> {
        let term = Term::from_field_text(self.field, term);
        let Some(mut postings) = self.words.read_postings(&term, IndexRecordOption::WithFreqs)? else {
            return Ok(());
        };
        while postings.doc() != TERMINATED {
            let chunk = postings.doc();
            let length = self.lengths.fieldnorm(chunk) as f32 / self.average;
            let frequency = self.boost * postings.term_freq() as f32 / (1.0 - B + B * length);
            holders.push(Holder { chunk, frequency });
            postings.advance();
        }
        Ok(())
    }
}

/// Makes the index in memory, as one segment, so that the number of a document is that of its chunk; and the names of
/// its files.
fn write(chunks: &[ChunkRecord], notes: &[NoteRecord]) -> Result<(RamDirectory, Vec<PathBuf>), LexicalError> {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs).set_fieldnorms(true);
    let options = TextOptions::default().set_indexing_options(indexing);
    let body = schema.add_text_field(BODY, options.clone());
    let names = schema.add_text_field(NAMES, options.clone());
    let singles = schema.add_text_field(SINGLES, options);

    let ram = RamDirectory::create();
    let builder = tantivy::Index::builder().schema(schema.build());
    let mut writer = builder.single_segment_index_writer::<TantivyDocument>(ram.clone(), BUDGET)?;
    for chunk in chunks {
        let mut document = TantivyDocument::new();
        let above = names_of(chunk, notes);
        document.add_pre_tokenized_text(body, tokens(terms(&chunk.text)));
        document.add_pre_tokenized_text(names, tokens(terms(&above)));
        document.add_pre_tokenized_text(singles, tokens(characters(&[&chunk.text, &above])));
        writer.add_document(document)?;
    }
    let index = writer.finalize()?;

    let mut files: Vec<PathBuf> = index.directory().list_managed_files().into_iter().collect();
    files.retain(|file| ram.exists(file).unwrap_or(false));
    files.sort();
    Ok((ram, files))
}

/// What stands above a chunk: its headings, and the title and aliases of its note.
fn names_of(chunk: &ChunkRecord, notes: &[NoteRecord]) -> String {
    let mut names: Vec<&str> = chunk.headings.iter().map(String::as_str).collect();
    if let Some(note) = notes.get(chunk.note as usize) {
        names.extend(note.aliases.iter().map(String::as_str));
        // A title is often the first heading as well; said twice it would count twice.
        if !names.contains(&note.title.as_str()) {
            names.push(&note.title);
        }
    }
    names.join("\n")
}

/// The characters of `texts` that are terms when they stand alone, each once.
fn characters(texts: &[&str]) -> BTreeSet<String> {
    let runs = texts.iter().flat_map(|text| runs(text));
    runs.flat_map(|run| if let Run::Han(chars) = run { chars } else { Vec::new() })
        .map(String::from)
        .collect()
}

/// A text cut by our rules instead of tantivy's.
fn tokens(terms: impl IntoIterator<Item = String>) -> PreTokenizedString {
    let token = |(position, text)| Token { position, text, ..Token::default() };
    PreTokenizedString { text: String::new(), tokens: terms.into_iter().enumerate().map(token).collect() }
}

#[cfg(test)]
mod tests {
    use notes::{ContentHash, Language, Lines};

    use super::*;

    fn note(title: &str, aliases: &[&str]) -> NoteRecord {
        NoteRecord {
            path: format!("{title}.md"),
            title: title.into(),
            tags: Vec::new(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            date: None,
            date_from_file: false,
            language: Language::English,
            chunks: 0..0,
            file_len: 0,
            modified_ns: 0,
            sha256: [0; 32],
        }
    }

    fn chunk(note: u32, headings: &[&str], text: &str) -> ChunkRecord {
        ChunkRecord {
            note,
            span: 0..1,
            lines: Lines { start: 1, end: 1 },
            headings: headings.iter().map(|&heading| heading.into()).collect(),
            lead: None,
            language: Language::of(text),
            text: text.into(),
            hash: ContentHash([0; 32]),
            row: 0,
        }
    }

    fn sample() -> (Vec<ChunkRecord>, Vec<NoteRecord>) {
        let notes = vec![note("Attention", &["MHA"]), note("bread", &[])];
        let chunks = vec![
            chunk(0, &["Attention", "GQA"], "Heads share keys and values."),
            chunk(0, &["Attention"], "注意力有多个头，每个头都有键和值。"),
            chunk(1, &[], "Flour, water, salt; no attention needed for hours."),
        ];
        (chunks, notes)
    }

    /// Through files on disk, as a build and a later start would.
    fn through_files(chunks: &[ChunkRecord], notes: &[NoteRecord]) -> Lexical {
        let dir = tempfile::tempdir().unwrap();
        Lexical::create(dir.path(), chunks, notes).unwrap();
        let read = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        };
        Lexical::open(std::fs::read_dir(dir.path()).unwrap().map(|entry| read(entry.unwrap())).collect())
            .unwrap()
    }

    fn numbers(lexical: &Lexical, term: &str) -> Vec<u32> {
        lexical.holders(term).unwrap().iter().map(|holder| holder.chunk).collect()
    }

    #[test]
    fn holders_are_those_of_the_text_and_of_what_stands_above() {
        let (chunks, notes) = sample();
        for lexical in [through_files(&chunks, &notes), Lexical::in_memory(&chunks, &notes).unwrap()] {
            let check = |term, expected: &[u32]| assert_eq!(numbers(&lexical, term), expected, "{term}");
            assert_eq!(lexical.len(), 3);
            check("attent", &[0, 1, 2]);
            check("mha", &[0, 1]);
            check("gqa", &[0]);
            check("bread", &[2]);
            check("注意", &[1]);
            check("意头", &[]);
            check("头", &[1]);
            check("", &[]);
        }
    }

    #[test]
    fn a_word_counts_for_more_in_a_heading_and_when_said_again() {
        let (chunks, notes) = sample();
        let attention = through_files(&chunks, &notes).holders("attent").unwrap();
        assert!(attention[0].frequency > attention[2].frequency, "{attention:?}");

        let texts = ["word once among others", "word word among others", "word and nothing"];
        let chunks: Vec<ChunkRecord> = texts.iter().map(|text| chunk(9, &[], text)).collect();
        let words = through_files(&chunks, &[]).holders("word").unwrap();
        assert!(
            words[1].frequency > words[0].frequency && words[2].frequency > words[0].frequency,
            "{words:?}"
        );
    }

    #[test]
    fn bm25_saturates() {
        let of = |frequency| bm25(frequency, 2.0);
        assert_eq!(of(0.0), 0.0);
        assert!((of(1.0) - 2.0).abs() < 1e-6);
        assert!(of(2.0) - of(1.0) < of(1.0) - of(0.0));
    }

    #[test]
    fn an_index_of_nothing_opens() {
        let lexical = through_files(&[], &[]);
        assert_eq!(lexical.len(), 0);
        assert_eq!(numbers(&lexical, "word"), [0_u32; 0]);
    }

    #[test]
    fn a_chunk_without_words_keeps_its_number() {
        let notes = [note("n", &[])];
        let chunks = [chunk(0, &[], "---"), chunk(9, &[], "***"), chunk(0, &[], "word")];
        assert_eq!(numbers(&through_files(&chunks, &notes), "word"), [2]);
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        assert!(Lexical::open(Vec::new()).is_err());
        assert!(Lexical::open(vec![("meta.json".into(), b"{}".to_vec())]).is_err());
        let twice = vec![("a".to_owned(), Vec::new()), ("a".to_owned(), Vec::new())];
        assert!(Lexical::open(twice).is_err());
    }
}
