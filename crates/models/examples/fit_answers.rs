//! Fits how the built-in generator weighs the sentences that it may quote, on half of some question files, and reports the
//! other half: `cargo run -p models --example fit_answers -- CACHE OUT INDEX=FILE.jsonl…`, each file with the folder of the
//! index of its notes.
//!
//! What is fitted is which candidate of a question comes first. One is right when it holds what an answer should contain, or stands on a line that is to the point. Nothing is
//! declined before: where the bar must lie is told from the best candidates of all questions. Vectors are kept in the file
//! CACHE. The coefficients go to the file OUT.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../tests/cache/mod.rs"]
mod cache;
mod hash;
mod kept;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use answer::extractive::{SIGNALS, Weighed, weighed};
use answer::verify::{Logistic, Pair, line};
use answer::{Asker, Bars, BoxStream, Budget, Delta, Failure, Generator, Language, Prompt, Question};
use futures_util::{StreamExt as _, stream};
use index::{Embedder, Index, eval::auroc};
use models::{EmbedderOptions, open_embedder};
use serde::Deserialize;

/// On standardised weights: the signals are few, and say much the same.
const PENALTY: f64 = 10.0;
/// What a set counts for, in questions.
const QUESTIONS: f64 = 100.0;
/// The share of the questions with a right candidate that the bar declines.
const DECLINED: f64 = 0.02;
/// Questions of a file without such names that are on one side together.
const BLOCK: usize = 100;
/// No bar is so high that the gate declines nothing.
const OPEN: f32 = -1e6;

#[derive(Deserialize)]
struct Row {
    id: String,
    question: String,
    #[serde(default)]
    answers: Vec<String>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    answerable: Option<bool>,
}

impl Row {
    /// The half that the `nth` question of a file is in: by the number in its name, or else in alternating blocks.
    fn tuned(&self, nth: usize) -> bool {
        // Blocks, so that the questions about a paragraph are on one side.
        if !self.id.contains('-') {
            return (nth / BLOCK).is_multiple_of(2);
        }
        let digits = self.id.split(|c: char| !c.is_ascii_digit()).rfind(|part| !part.is_empty());
        let number = digits.and_then(|digits| digits.parse::<u64>().ok());
        !number.unwrap_or_else(|| self.id.bytes().map(u64::from).sum()).is_multiple_of(2)
    }

    /// Whether a sentence of a passage answers it.
    fn is_answered_by(&self, it: &Weighed, prompt: &Prompt) -> bool {
        let passage = &prompt.passages[it.passage];
        let breaks = |text: &str| text.matches('\n').count() as u32;
        let first = passage.lines.start + breaks(&passage.text[..it.span.start]);
        let last = first + breaks(passage.text[it.span.clone()].trim_end());
        let on_line = (first..=last).any(|line| self.lines.contains(&format!("{}:{line}", passage.path)));
        let text = it.text.to_lowercase();
        let right_note = self.paths.is_empty() || self.paths.contains(&passage.path);
        let holds = || right_note && self.answers.iter().any(|answer| text.contains(&answer.to_lowercase()));
        self.answerable.unwrap_or(true) && if self.lines.is_empty() { holds() } else { on_line }
    }
}

/// Writes nothing, and remembers what it was asked to.
#[derive(Default)]
struct Recorder(Mutex<Option<Prompt>>);

impl Generator for Recorder {
    fn name(&self) -> &str {
        "recorder"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        *self.0.lock().unwrap() = Some(prompt);
        Box::pin(stream::iter([]))
    }
}

/// The candidates of one question.
struct Asked {
    set: String,
    id: String,
    language: Language,
    tuned: bool,
    answerable: bool,
    candidates: Vec<(Weighed, bool)>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cache, out, sets @ ..] = arguments.as_slice() else {
        return println!("CACHE OUT INDEX=FILE.jsonl…");
    };
    let options = EmbedderOptions { cache_dir: cache::dir(), ..EmbedderOptions::default() };
    // An asker shares its embedder, so it lives as long as the program.
    let inner: &'static dyn Embedder = Box::leak(open_embedder(&options, &mut |_| {}).unwrap());
    let kept = Arc::new(kept::keep(inner, cache));
    let embedder = Arc::clone(&kept) as Arc<dyn Embedder>;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut all = Vec::new();
    for (folder, file) in sets.iter().map(|set| set.split_once('=').unwrap()) {
        let recorder = Arc::new(Recorder::default());
        let asker = Asker {
            index: Arc::new(Index::open(Path::new(folder), embedder.as_ref()).unwrap()),
            embedder: Arc::clone(&embedder),
            generator: Arc::clone(&recorder) as Arc<dyn Generator>,
            budget: Budget::default(),
            private: Vec::new(),
            bars: Bars { english: OPEN, chinese: OPEN },
            second_opinion: None,
        };
        for (nth, text) in std::fs::read_to_string(file).unwrap().lines().enumerate() {
            let row: Row = serde_json::from_str(text).unwrap();
            let question = Question { text: row.question.clone(), passages: 6, ..Question::default() };
            runtime.block_on(async { asker.ask(question).for_each(|_| async {}).await });
            let Some(prompt) = recorder.0.lock().unwrap().take() else { continue };
            let candidates = weighed(embedder.as_ref(), &prompt).unwrap().into_iter();
            all.push(Asked {
                set: Path::new(file).file_stem().unwrap().to_string_lossy().into_owned(),
                id: row.id.clone(),
                language: Language::of(&row.question),
                tuned: row.tuned(nth),
                answerable: row.answerable.unwrap_or(true),
                candidates: candidates
                    .map(|it| (row.is_answered_by(&it, &prompt), it))
                    .map(|(a, b)| (b, a))
                    .collect(),
            });
            if all.len() % 100 == 0 {
                println!("{} asked", all.len());
            }
        }
    }
    kept.flush();
    if let Some(file) = std::env::var_os("FEATURES") {
        write_features(Path::new(&file), &all);
    }
    let mut lines = vec!["# Fitted by crates/models/examples/fit_answers.rs.".to_owned()];
    for (name, language) in [("en", Language::English), ("zh", Language::Chinese)] {
        let of = |tuned| all.iter().filter(move |asked| asked.language == language && asked.tuned == tuned);
        let Some(model) = fit(&of(true).collect::<Vec<_>>()) else { continue };
        println!("\n{name}, fitted on one half");
        SIGNALS.iter().zip(&model.weights).for_each(|(signal, weight)| println!("{weight:7.2}  {signal}"));
        lines.push(line(Pair { kind: "extract", languages: name }, &model));
        report(&of(true).collect::<Vec<_>>(), &model);
        println!("{name}, the other half");
        report(&of(false).collect::<Vec<_>>(), &model);
    }
    std::fs::write(out, lines.join("\n") + "\n").unwrap();
}

/// A line for each candidate: set, question, half, whether it is right, what it says, its log-odds and its signals.
fn write_features(file: &Path, all: &[Asked]) {
    let mut lines = String::new();
    for asked in all {
        for (it, right) in &asked.candidates {
            let signals: Vec<String> = it.signals.iter().map(|x| format!("{x:.3}")).collect();
            let (set, id, text) = (&asked.set, &asked.id, it.text.replace(['\t', '\n'], " "));
            let (tuned, signals) = (asked.tuned, signals.join("\t"));
            lines.push_str(&format!("{set}\t{id}\t{tuned}\t{right}\t{text}\t{:.2}\t{signals}\n", it.odds));
        }
    }
    std::fs::write(file, lines).unwrap();
}

/// Weights by which the right candidates of a question come before its wrong ones: a regression on the differences of each
/// two. Each set counts the same, and in it each question.
fn fit(asked: &[&Asked]) -> Option<Logistic> {
    let split = |asked: &Asked, right: bool| -> Vec<Vec<f64>> {
        let of = asked.candidates.iter().filter(|it| it.1 == right);
        of.map(|(it, _)| it.signals.clone()).collect()
    };
    let split: Vec<_> = asked.iter().map(|it| (it.set.as_str(), split(it, true), split(it, false))).collect();
    let (mut rows, mut right, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (set, good, bad) in &split {
        let told = |it: &&(&str, Vec<_>, Vec<_>)| it.0 == *set && !it.1.is_empty() && !it.2.is_empty();
        let share = QUESTIONS / split.iter().filter(told).count().max(1) as f64;
        let pairs = (2 * good.len() * bad.len()) as f64;
        for (good, bad) in good.iter().flat_map(|good| bad.iter().map(move |bad| (good, bad))) {
            // Both ways round, so that no weight goes to the intercept.
            for (sign, is_right) in [(1.0, true), (-1.0, false)] {
                rows.push(good.iter().zip(bad).map(|(good, bad)| sign * (good - bad)).collect());
                right.push(is_right);
                counts.push(share / pairs);
            }
        }
    }
    Logistic::fit(&rows, &right, &counts, PENALTY)
}

fn report(asked: &[&Asked], model: &Logistic) {
    let mut sets: BTreeMap<&str, Vec<&&Asked>> = BTreeMap::new();
    asked.iter().for_each(|asked| sets.entry(&asked.set).or_default().push(asked));
    let best = |asked: &Asked| {
        let odds = asked.candidates.iter().map(|(it, right)| (model.log_odds(&it.signals), *right));
        odds.fold((f64::MIN, false), |best, one| if one.0 > best.0 { one } else { best })
    };
    for (set, asked) in sets {
        let can = |asked: &&&&Asked| asked.candidates.iter().any(|(_, right)| *right);
        let answered: Vec<(f64, bool)> = asked.iter().filter(can).map(|asked| best(asked)).collect();
        let mut likely: Vec<f64> = answered.iter().map(|(odds, _)| *odds).collect();
        let none: Vec<f64> = asked.iter().filter(|it| !it.answerable).map(|it| best(it).0).collect();
        likely.sort_by(f64::total_cmp);
        let bar = likely.get((likely.len() as f64 * DECLINED) as usize).copied().unwrap_or_default();
        let first = answered.iter().filter(|(_, right)| *right).count() as f64 / answered.len().max(1) as f64;
        println!(
            "{set:20} n {:4}, {:4} with a right candidate: first {first:.3}; bar {bar:.2}; answerable or not: {:.3}",
            asked.len(),
            answered.len(),
            auroc(&likely, &none),
        );
    }
}
