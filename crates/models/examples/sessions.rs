//! Compares one session of several threads with several sessions of one thread:
//! `cargo run --release -p models --example sessions -- SESSIONS THREADS SPINNING [KEY=VALUE…]`, for example `2 1 0`.
//!
//! Prints passages a second, processor time a passage and memory. Linux only.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/cache/mod.rs"]
mod cache;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use models::{Runtime, RuntimeOptions};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    let (sessions, threads, spinning) = (number(0), number(1), number(2));
    let cache_dir = cache::dir();
    let located =
        Runtime::ensure(&RuntimeOptions { cache_dir, ..RuntimeOptions::default() }, &mut |message| {
            println!("{message}");
        });
    let environment = ort::init_from(located.unwrap().path).unwrap().build().unwrap();

    let assets = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/e5-small"));
    let read = |name: &str| std::fs::read(assets.join(name)).unwrap();
    let open = || {
        let files = TokenizerFiles {
            tokenizer_file: read("tokenizer.json"),
            config_file: read("config.json"),
            special_tokens_map_file: read("special_tokens_map.json"),
            tokenizer_config_file: read("tokenizer_config.json"),
        };
        let model = UserDefinedEmbeddingModel::new(read("model.onnx"), files).with_pooling(Pooling::Mean);
        let mut options = InitOptionsUserDefined::new()
            .with_environment(environment.clone())
            .with_max_length(512)
            .with_intra_threads(threads)
            .with_session_config("session.intra_op.allow_spinning", spinning.to_string());
        for pair in arguments.iter().skip(3) {
            let (key, value) = pair.split_once('=').unwrap();
            options = options.with_session_config(key, value);
        }
        TextEmbedding::try_new_from_user_defined(model, options).unwrap()
    };
    println!("before              {}", memory());
    let mut pool: Vec<TextEmbedding> = (0..sessions)
        .map(|n| {
            let start = Instant::now();
            let session = open();
            println!("session {n} {:6.0} ms   {}", start.elapsed().as_secs_f64() * 1e3, memory());
            session
        })
        .collect();

    let sentence = "Grouped-query attention shares each key and value head among a group of query heads. 分组查询注意力让一组查询头共用一个键头和一个值头，显存随之减少。";
    let texts: Vec<String> = (0..64).map(|n| format!("passage: {n} {}", sentence.repeat(5))).collect();
    for _ in 0..3 {
        let (start, busy, next) = (Instant::now(), cpu(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for session in &mut pool {
                scope.spawn(|| {
                    while let Some(text) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        session.embed([text], Some(1)).unwrap();
                    }
                });
            }
        });
        let n = texts.len() as f64;
        let seconds = start.elapsed().as_secs_f64();
        println!("{:5.1} a second, {:4.0} ms CPU each   {}", n / seconds, (cpu() - busy) / n, memory());
    }
}

/// Processor time of this process, in ms.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|n| n.parse().unwrap())
        .collect();
    (fields[0] + fields[1]) * 10.0
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let lines =
        status.lines().filter(|line| ["VmHWM", "VmRSS", "RssAnon"].iter().any(|name| line.starts_with(name)));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("  ")
}
