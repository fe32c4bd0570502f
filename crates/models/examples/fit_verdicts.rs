//! Fits the coefficients of the sentence verdicts on half of some support files and reports the other half:
//! `cargo run -p models --example fit_verdicts -- CACHE OUT FILE.jsonl…`
//!
//! Lines that share a context (in `lfqa`, a question) are on the same side. Vectors are kept in the file CACHE. The
//! coefficients go to the file OUT.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;

use answer::verify::{Checker, Logistic, Pair, line};
use index::eval::auroc;
use index::{EmbedError, Embedder, TokenCounter};
use models::{EmbedderOptions, open_embedder};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    id: String,
    set: String,
    lang: String,
    claim: String,
    context: String,
    #[serde(default)]
    question: String,
    supported: bool,
}

/// Remembers every vector across runs.
struct Kept<'a> {
    inner: &'a dyn Embedder,
    vectors: Mutex<HashMap<u64, Vec<f32>>>,
    file: Mutex<BufWriter<std::fs::File>>,
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
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

fn keep<'a>(inner: &'a dyn Embedder, path: &str) -> Kept<'a> {
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

struct Measured {
    row: Row,
    signals: Vec<f64>,
    pair: Pair,
    tuned: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cache, out, files @ ..] = arguments.as_slice() else { return println!("CACHE OUT FILE.jsonl…") };
    let cache_dir = std::env::var_os("FOOTNOTE_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/footnote"),
        PathBuf::from,
    );
    let embedder =
        open_embedder(&EmbedderOptions { cache_dir, ..EmbedderOptions::default() }, &mut |_| {}).unwrap();
    let kept = keep(embedder.as_ref(), cache);
    let mut all = Vec::new();
    for text in files.iter().map(|file| std::fs::read_to_string(file).unwrap()) {
        for row in text.lines().map(|line| serde_json::from_str::<Row>(line).unwrap()) {
            let side = if row.set == "lfqa" { &row.question } else { &row.context };
            let tuned = hash(side).count_ones().is_multiple_of(2);
            let mut checker = Checker::of_text(&row.question, &row.context);
            if let Some(measured) = checker.measure(&row.claim, &kept).unwrap() {
                all.push(Measured { row, signals: measured.signals, pair: measured.pair, tuned });
            }
            if all.len() % 1000 == 0 {
                println!("{} measured", all.len());
            }
        }
    }
    kept.file.lock().unwrap().flush().unwrap();
    if let Some(out) = std::env::var_os("FEATURES") {
        let mut file = BufWriter::new(std::fs::File::create(out).unwrap());
        for it in &all {
            let row = &it.row;
            let digits = row.claim.chars().any(|c| c.is_ascii_digit());
            write!(
                file,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                row.set,
                row.id,
                row.lang,
                it.pair.kind,
                it.pair.languages,
                it.tuned,
                row.supported,
                digits,
                !row.question.is_empty()
            )
            .unwrap();
            it.signals.iter().for_each(|x| write!(file, "\t{x:.5}").unwrap());
            writeln!(file).unwrap();
        }
    }
    let mut models: BTreeMap<Pair, Logistic> = BTreeMap::new();
    for pair in all.iter().map(|it| it.pair).collect::<std::collections::BTreeSet<_>>() {
        let half = || all.iter().filter(|it| it.pair == pair && it.tuned);
        let rows: Vec<Vec<f64>> = half().map(|it| it.signals.clone()).collect();
        let right: Vec<bool> = half().map(|it| it.row.supported).collect();
        if let Some(model) = (rows.len() >= 30).then(|| Logistic::fit(&rows, &right, 3.0)).flatten() {
            models.insert(pair, model);
        }
    }
    let lines: Vec<String> = models.iter().map(|(pair, model)| line(*pair, model)).collect();
    let head = "# Fitted by crates/models/examples/fit_verdicts.rs.";
    std::fs::write(out, format!("{head}\n{}\n", lines.join("\n"))).unwrap();
    report(&all, &models);
}

fn report(all: &[Measured], models: &BTreeMap<Pair, Logistic>) {
    let mut groups: BTreeMap<String, Vec<(f64, bool, &Measured)>> = BTreeMap::new();
    for it in all.iter().filter(|it| !it.tuned) {
        let Some(model) = models.get(&it.pair) else { continue };
        let p = model.probability(&it.signals);
        let mut add = |name: String| groups.entry(name).or_default().push((p, it.row.supported, it));
        add(format!("{}/{}", it.row.set, it.row.lang));
        add(format!("{}/{} as {}/{}", it.row.set, it.row.lang, it.pair.kind, it.pair.languages));
        if it.row.claim.chars().any(|c| c.is_ascii_digit()) && it.row.question.is_empty() {
            add(format!("{}/{} with digits", it.row.set, it.row.lang));
        }
    }
    for (name, group) in &groups {
        let of =
            |right: bool| group.iter().filter(move |it| it.1 == right).map(|it| it.0).collect::<Vec<_>>();
        let (right, wrong) = (of(true), of(false));
        let share = |values: &[f64], above: bool| {
            values.iter().filter(|p| (**p >= 0.5) == above).count() as f64 / values.len().max(1) as f64
        };
        let balanced = (share(&right, true) + share(&wrong, false)) / 2.0;
        println!(
            "{name:50} n {:5}  AUROC {:.3}  balanced accuracy {balanced:.3}",
            group.len(),
            auroc(&right, &wrong)
        );
    }
    if std::env::var_os("ERRORS").is_some() {
        for (p, right, it) in
            groups.iter().filter(|(name, _)| !name.contains(" as ")).flat_map(|(_, group)| group)
        {
            if (*p >= 0.5) != *right {
                println!("ERROR {} {} {p:.2} {right} {}", it.row.set, it.row.id, it.row.claim);
            }
        }
    }
}
