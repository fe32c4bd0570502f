//! What the user sees: answers on stdout, all else on stderr.

mod answer;
mod compare;
mod explain;
mod json;
mod terminal;

pub(crate) use answer::{Look, print_answer, print_passages, print_refusal};
pub(crate) use compare::{Outcome, alone_json, print_comparison};
pub(crate) use explain::{explain_json, print_explained};
pub(crate) use json::{answer_json, failure_json, passages_json, refusal_json, step_json};
pub(crate) use terminal::{Silent, Terminal, Voice};
