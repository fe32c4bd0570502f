//! The three dialects, read from recorded streams and from made ones.

use answer::{Delta, Usage};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The deltas of a response fed in these pieces, texts that follow each other put together, and how it ended.
fn read(wire: Wire, kind: &str, pieces: &[&[u8]]) -> (Vec<Delta>, Result<(), Broken>) {
    let mut reader = Reader::new(wire, kind);
    let mut end = Ok(());
    for piece in pieces {
        end = reader.feed(piece);
        if end.is_err() {
            break;
        }
    }
    let end = end.and_then(|()| reader.finish());
    (joined(reader.take()), end)
}

fn joined(deltas: Vec<Delta>) -> Vec<Delta> {
    let mut all: Vec<Delta> = Vec::new();
    for delta in deltas {
        match (all.last_mut(), delta) {
            (Some(Delta::Text(text)), Delta::Text(more))
            | (Some(Delta::Thinking(text)), Delta::Thinking(more)) => {
                text.push_str(&more);
            }
            (_, delta) => all.push(delta),
        }
    }
    all
}

fn t(text: &str) -> Delta {
    Delta::Text(text.into())
}

fn thinking(text: &str) -> Delta {
    Delta::Thinking(text.into())
}

const USAGE: Delta = Delta::Usage(Usage { prompt_tokens: 11, completion_tokens: 2 });

mod anthropic;
mod ollama;
mod openai;
mod recorded;
