//! End-to-end tests of the real binary, with the real embedding model and, where named, a real terminal and a real model
//! server.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails; what it measured is printed"
)]

mod aliases;
mod answers;
mod arrows;
mod ask;
mod chat;
mod citations;
mod embeddings;
mod endpoint;
mod eval;
mod fake;
mod faults;
mod harness;
mod hostile;
mod index;
mod obedient;
mod second_opinion;
mod verdicts;
