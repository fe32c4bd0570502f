//! How long a search takes beside embedding its question, in one run: `cargo run --release -p models --example
//! search_latency [CHUNKS]`, in the folder of the project.
//!
//! The index is made of the sentences of the sample notes, dealt out anew into about CHUNKS chunks (10,000 unless told).
//! The vector of a chunk is the mean of those of its sentences, so that not every chunk has to be embedded. The questions
//! are those of tests/questions.jsonl, each asked without a filter and through filters that let a share of the notes pass.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program to be read by its user")]

#[path = "../tests/cache/mod.rs"]
mod cache;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use index::{BuildRequest, EmbedError, Embedder, Filter, Index, Query, TokenCounter, build};
use models::{EmbedderOptions, open_embedder};
use notes::ChunkLimits;

/// Sentences of a section, and sections of a note.
const SENTENCES: usize = 7;
const SECTIONS: usize = 5;
/// No more sentences than this are embedded.
const KNOWN: usize = 500;
/// Filters by path and the share of notes that they let pass: the folders are numbered from 000 to 999.
const FILTERS: &[(&str, f64)] =
    &[("**", 1.0), ("[0-4]??/**", 0.5), ("0??/**", 0.1), ("00?/**", 0.01), ("007/**", 0.001)];

fn main() {
    let chunks = std::env::args().nth(1).map_or(10_000, |chunks| chunks.parse().unwrap());
    let cache_dir = cache::dir();
    let options = EmbedderOptions { cache_dir, ..EmbedderOptions::default() };
    let embedder = open_embedder(&options, &mut |message| println!("{message}")).unwrap();

    let mut sentences = Vec::new();
    read(Path::new("notes"), &mut sentences);
    sentences.sort_unstable();
    sentences.dedup();
    let sentences: Vec<String> = sentences.iter().step_by(sentences.len().div_ceil(KNOWN)).cloned().collect();
    println!("embedding {} sentences", sentences.len());
    let texts: Vec<&str> = sentences.iter().map(String::as_str).collect();
    let vectors = embedder.embed_passages(&texts).unwrap();
    let known = sentences.iter().cloned().zip(vectors).collect();
    let embedder = Dealt { embedder, known };

    let folder = tempfile::tempdir().unwrap();
    deal(&sentences, chunks, &folder.path().join("notes"));
    let request = BuildRequest {
        notes_dir: folder.path().join("notes"),
        index_dir: folder.path().join("index"),
        limits: ChunkLimits::default(),
        rebuild: false,
        leave_out: Vec::new(),
    };
    build(&request, &embedder, &mut |_| ControlFlow::Continue(())).unwrap();
    let index = Index::open(&request.index_dir, &embedder).unwrap();
    println!("an index of {} chunks of {} notes", index.chunks().len(), index.notes().len());

    let questions = questions();
    let (mut embed, mut search) = (Vec::new(), Vec::new());
    let mut filtered: Vec<Vec<Duration>> = vec![Vec::new(); FILTERS.len()];
    for (number, question) in questions.iter().enumerate() {
        let found = index.search(&embedder, &Query::new(question, 8)).unwrap();
        let mut of_filter = Vec::new();
        for (paths, _) in FILTERS {
            let filter = Filter { paths: vec![(*paths).into()], ..Filter::default() };
            of_filter
                .push(index.search(&embedder, &Query { filter, ..Query::new(question, 8) }).unwrap().timings);
        }
        // The first ones warm up.
        if number >= 5 {
            embed.push(found.timings.embed);
            search.push(found.timings.search);
            filtered.iter_mut().zip(of_filter).for_each(|(all, timings)| all.push(timings.search));
        }
    }
    let (embed, search) = (median(&mut embed), median(&mut search));
    println!("medians of {} questions", questions.len() - 5);
    println!("embedding the question   {:7.2} ms", 1e3 * embed);
    println!("all the rest             {:7.2} ms", 1e3 * search);
    println!("whole search / embedding {:7.2}", (embed + search) / embed);
    for ((paths, share), times) in FILTERS.iter().zip(&mut filtered) {
        let time = median(times);
        let (ratio, whole) = (time / search, (embed + time) / (embed + search));
        println!(
            "{share:6} of the notes ({paths:10}) {:7.2} ms, {ratio:.2} of unfiltered, {whole:.2} with embedding",
            1e3 * time
        );
    }
}

/// The sentences of the notes in `dir`.
fn read(dir: &Path, sentences: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), sentences);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            let spans = notes::sentences(&text);
            let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            sentences
                .extend(spans.into_iter().map(|span| one_line(&text[span])).filter(|text| text.len() > 20));
        }
    }
}

/// Writes notes of sentences drawn at random, the same on every run.
fn deal(sentences: &[String], chunks: usize, dir: &Path) {
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &sentences[(state >> 33) as usize % sentences.len()]
    };
    for note in 0..chunks.div_ceil(SECTIONS) {
        let mut text = format!("# Note {note}\n");
        for section in 0..SECTIONS {
            write!(text, "\n## Section {section}\n\n").unwrap();
            (0..SENTENCES).for_each(|_| writeln!(text, "{}", draw()).unwrap());
        }
        let folder = dir.join(format!("{:03}", note % 1000));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{note}.md")), text).unwrap();
    }
}

fn questions() -> Vec<String> {
    let lines = std::fs::read_to_string("tests/questions.jsonl").unwrap();
    let question = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["question"].as_str().unwrap().to_owned()
    };
    lines.lines().map(question).collect()
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// The real model for questions, and for chunks the mean of their sentences, one in each line.
struct Dealt {
    embedder: Box<dyn Embedder>,
    known: HashMap<String, Vec<f32>>,
}

impl TokenCounter for Dealt {
    fn count(&self, text: &str) -> usize {
        self.embedder.count(text)
    }
}

impl Embedder for Dealt {
    fn id(&self) -> &str {
        "dealt"
    }

    fn dimension(&self) -> usize {
        self.embedder.dimension()
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mean = |text: &&str| {
            let mut sum = vec![0.0_f32; self.dimension()];
            for vector in text.lines().filter_map(|line| self.known.get(line)) {
                sum.iter_mut().zip(vector).for_each(|(sum, number)| *sum += number);
            }
            let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt();
            if length > 0.0 {
                sum.iter_mut().for_each(|number| *number /= length);
            } else {
                sum[0] = 1.0;
            }
            sum
        };
        Ok(texts.iter().map(mean).collect())
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        self.embedder.embed_question(question)
    }
}
