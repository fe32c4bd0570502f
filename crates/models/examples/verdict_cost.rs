//! What a verdict costs beside the embedding of its sentence: `cargo run --release -p models --example verdict_cost`.
//!
//! Each sentence of the sample notes is checked against five of their passages, as an answer's is, with a question and
//! without. The embedding model's time and the checker's own are told apart. Then some of the project's questions are
//! searched, and an answer of the first sentences of what was found is checked, with and without the vectors that the gate
//! has made: how many texts are embedded for its first sentence, its second, and on.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../tests/cache/mod.rs"]
mod cache;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use answer::Evidence;
use answer::verify::Checker;
use index::{BuildRequest, EmbedError, Embedder, Index, Query, TokenCounter, build};
use models::{EmbedderOptions, open_embedder};

/// Adds up the time that the model takes and the texts that it embeds.
struct Timed<'a> {
    inner: &'a dyn Embedder,
    spent: Mutex<(Duration, usize)>,
}

impl TokenCounter for Timed<'_> {
    fn count(&self, text: &str) -> usize {
        self.inner.count(text)
    }
}

impl Embedder for Timed<'_> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let start = Instant::now();
        let vectors = self.inner.embed_passages(texts);
        let mut spent = self.spent.lock().unwrap();
        spent.0 += start.elapsed();
        spent.1 += texts.len();
        vectors
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        self.inner.embed_question(question)
    }
}

/// Text of about the size of five passages.
const LENGTH: usize = 5 * 1200;
/// Sentences of each note that are checked.
const SENTENCES: usize = 5;

fn main() {
    let cache_dir = cache::dir();
    let model =
        open_embedder(&EmbedderOptions { cache_dir, ..EmbedderOptions::default() }, &mut |_| {}).unwrap();
    let notes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notes/attention");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(notes).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let timed = Timed { inner: model.as_ref(), spent: Mutex::default() };
    for question in ["", "How does attention save memory?"] {
        let (mut own, mut embedding, mut texts) = (Vec::new(), Vec::new(), 0);
        for note in paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()) {
            let text: String = note.chars().take(LENGTH).collect();
            let mut checker = Checker::of_text(question, &text);
            for span in index::sentences(&text).into_iter().rev().take(SENTENCES) {
                *timed.spent.lock().unwrap() = Default::default();
                let start = Instant::now();
                // Not word for word a sentence of the note, or there would be a vector already.
                checker.check(&format!("{} indeed", &text[span]), &timed).unwrap();
                let (inside, count) = *timed.spent.lock().unwrap();
                own.push(ms(start.elapsed().saturating_sub(inside)));
                embedding.push(ms(inside) / count.max(1) as f64);
                texts += count;
            }
        }
        println!(
            "{:17} {} sentences: checker {:.2} ms (worst {:.2}), one embedding {:.2} ms, {:.1} texts embedded for each",
            if question.is_empty() { "without question" } else { "with a question" },
            own.len(),
            median(&mut own),
            own.last().unwrap(),
            median(&mut embedding),
            texts as f64 / own.len() as f64,
        );
    }
    answers(&timed);
}

/// Sentences of an answer.
const ANSWER: usize = 5;
/// Every so many-th question is asked.
const STEP: usize = 9;

/// The texts that are embedded for each sentence of an answer.
fn answers(timed: &Timed<'_>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let request = BuildRequest {
        notes_dir: root.join("notes"),
        index_dir: folder.path().join("index"),
        limits: notes::ChunkLimits::default(),
        rebuild: false,
        leave_out: Vec::new(),
    };
    build(&request, timed, &mut |_| ControlFlow::Continue(())).unwrap();
    let index = Index::open(&request.index_dir, timed).unwrap();
    let text = std::fs::read_to_string(root.join("tests/questions.jsonl")).unwrap();
    let mut texts = [[0; ANSWER]; 2];
    let mut times = [Duration::ZERO; 2];
    let mut asked = 0;
    for line in text.lines().step_by(STEP) {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let question = question["question"].as_str().unwrap();
        let found = index.search(timed, &Query::new(question, 6)).unwrap();
        let evidence = Evidence::gather(question, &found, timed).unwrap();
        // In the order of the passages, as those that write mostly go.
        let first =
            |text: &str| index::sentences(text).into_iter().next().map(|span| index::plain(&text[span]));
        let draft: Vec<String> = found.passages.iter().filter_map(|passage| first(&passage.text)).collect();
        if draft.len() < ANSWER {
            continue;
        }
        asked += 1;
        for (at, known) in [Evidence::default(), evidence].iter().enumerate() {
            let mut checker = Checker::new(question, &found.passages).knowing(known);
            for (nth, sentence) in draft.iter().take(ANSWER).enumerate() {
                *timed.spent.lock().unwrap() = Default::default();
                let start = Instant::now();
                checker.check(&format!("{sentence} indeed"), timed).unwrap();
                times[at] += start.elapsed();
                texts[at][nth] += timed.spent.lock().unwrap().1;
            }
        }
    }
    for (name, (texts, time)) in
        ["without the gate's vectors", "with them"].iter().zip(texts.iter().zip(times))
    {
        let each: Vec<String> =
            texts.iter().map(|n| format!("{:.1}", *n as f64 / f64::from(asked))).collect();
        println!(
            "{name:27} {asked} answers: {} texts for each sentence in order, {:.1} ms a sentence",
            each.join(", "),
            ms(time) / f64::from(asked) / ANSWER as f64
        );
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
