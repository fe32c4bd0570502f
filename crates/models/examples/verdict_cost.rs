//! What a verdict costs beside the embedding of its sentence: `cargo run --release -p models --example verdict_cost`.
//!
//! Each sentence of the sample notes is checked against five of their passages, as an answer's is, with a question and
//! without. The embedding model's time and the checker's own are told apart.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../tests/cache/mod.rs"]
mod cache;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use answer::verify::Checker;
use index::{EmbedError, Embedder, TokenCounter};
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
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
