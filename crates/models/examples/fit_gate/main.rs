//! Fits the coefficients of the gate before generation on half of some sets of questions, and reports the other half:
//! `cargo run -p models --example fit_gate -- CACHE SIGNALS OUT SET…`
//!
//! A SET is `NAME:KIND:QUESTIONS[:NOTES]`; `sets.rs` says what kinds there are. The signals of its questions go to the file
//! SIGNALS, and a set that is in it already is not asked again; vectors are kept in the file CACHE, and the coefficients go
//! to the file OUT. Questions that follow each other in a file, ten at a time, are on the same side.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../../tests/cache/mod.rs"]
mod cache;
mod fit;
#[path = "../hash/mod.rs"]
mod hash;
#[path = "../kept/mod.rs"]
mod kept;
mod measured;
mod report;
mod sets;

use models::{EmbedderOptions, open_embedder};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cache, signals, out, sets @ ..] = arguments.as_slice() else {
        return println!("CACHE SIGNALS OUT SET…");
    };
    let options = EmbedderOptions { cache_dir: cache::dir(), ..EmbedderOptions::default() };
    let embedder = open_embedder(&options, &mut |_| {}).unwrap();
    let kept = kept::keep(embedder.as_ref(), cache);
    for set in sets {
        measured::gather(set, signals, &kept);
        kept.flush();
    }
    let all = measured::read(signals);
    let gates = fit::gates(&all, true);
    let lines: Vec<String> = gates.iter().map(answer::Gate::line).collect();
    let head = "# Fitted by crates/models/examples/fit_gate.";
    std::fs::write(out, format!("{head}\n{}\n", lines.join("\n"))).unwrap();
    println!("fitted on one half, measured on the other");
    report::report(&all, &gates, false);
    println!("the other way round");
    report::report(&all, &fit::gates(&all, false), true);
}
