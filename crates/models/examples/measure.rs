//! Measures the embedding model: `cargo run --release -p models --example measure`.
//!
//! Prints how long it takes to load, to answer a question and to embed passages side by side, and how much memory
//! the process holds (Linux only).
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/cache/mod.rs"]
mod cache;

use std::time::Instant;

use models::{EmbedderOptions, Runtime, RuntimeOptions, open_embedder};

fn main() {
    let cache_dir = cache::dir();
    let start = Instant::now();
    let _ = Runtime::locate(&RuntimeOptions { cache_dir: cache_dir.clone(), ..RuntimeOptions::default() });
    println!("locate      {:7.1} ms", ms(start));
    let options = EmbedderOptions { cache_dir, ..EmbedderOptions::default() };
    let start = Instant::now();
    let embedder = match open_embedder(&options, &mut |message| println!("{message}")) {
        Ok(embedder) => embedder,
        Err(error) => {
            return println!(
                "error: {error}
hint: {}",
                error.hint()
            );
        }
    };
    println!("open        {:7.1} ms   {}", ms(start), memory());

    for _ in 0..3 {
        let start = Instant::now();
        embedder.embed_question("什么是分组查询注意力？ How does GQA save memory?").unwrap();
        println!("question    {:7.1} ms   {}", ms(start), memory());
    }

    let text = "Grouped-query attention shares each key and value head among a group of query heads. 分组查询注意力让一组查询头共用一个键头和一个值头，显存随之减少。";
    let passages: Vec<String> = (0..96).map(|n| format!("{n} {}", text.repeat(5))).collect();
    let start = Instant::now();
    let tokens = embedder.count(&passages[0]);
    println!("first count {:7.1} ms   {}", ms(start), memory());
    let start = Instant::now();
    let sum: usize = passages.iter().map(|text| embedder.count(text)).sum();
    println!("count       {:7.3} ms each, {tokens} tokens, {sum} in all", ms(start) / 96.0);

    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
    for round in ["cold", "warm"] {
        let start = Instant::now();
        embedder.embed_passages(&texts).unwrap();
        let each = ms(start) / texts.len() as f64;
        println!("passages    {each:7.1} ms each, {:.1} a second, {round}   {}", 1000.0 / each, memory());
    }
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("  ")
}
