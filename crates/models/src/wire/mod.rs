//! The dialects that model servers speak, as pure state machines over bytes: no I/O, no clock.
//!
//! In reading order: [`Reader`] turns the bytes of a response into deltas; `lines` and `sse` cut them up, `openai`,
//! `ollama` and `anthropic` read what the pieces say, `told` keeps what has been said, `think` tells thoughts from
//! answers, `complaint` reads what a server says when it does not answer. `vectors` is for embeddings, `yes_no` for a
//! question of one word.

mod anthropic;
mod complaint;
mod lines;
mod ollama;
mod openai;
mod reader;
mod sse;
mod think;
mod told;
mod vectors;
mod yes_no;

use answer::Prompt;
use serde_json::Value;

pub(crate) use complaint::Complaint;
pub(crate) use reader::Reader;
pub(crate) use told::Broken;
pub(crate) use vectors::vectors;

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// `chat/completions` of OpenAI: llama.cpp, vLLM, LM Studio and most services.
    OpenAi,
    /// Ollama's own `/api/chat`: the only one of its dialects in which the context window can be set.
    Ollama,
    /// `messages` of Anthropic; llama.cpp speaks it too.
    Anthropic,
}

impl Wire {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Ollama, Self::Anthropic];

    /// Its name in settings: `openai`, `ollama`, `anthropic`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
            Self::Anthropic => "anthropic",
        }
    }

    /// The dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wire| wire.name() == name)
    }

    /// The address where it is mostly spoken.
    #[must_use]
    pub fn usual_url(self) -> &'static str {
        match self {
            Self::OpenAi => "http://127.0.0.1:8080/v1",
            Self::Ollama => "http://127.0.0.1:11434",
            Self::Anthropic => "https://api.anthropic.com",
        }
    }

    /// What is posted for a prompt.
    pub(crate) fn body(self, prompt: &Prompt, ask: &Ask<'_>) -> Value {
        match self {
            Self::OpenAi => openai::body(prompt, ask),
            Self::Ollama => ollama::body(prompt, ask),
            Self::Anthropic => anthropic::body(prompt, ask),
        }
    }
}

/// How to ask, beside the prompt.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) model: &'a str,
    /// None where the server's own default holds.
    pub(crate) temperature: Option<f64>,
    /// The context window to be set, for servers that let it be set.
    pub(crate) window: Option<u32>,
    /// The server takes the limit on an answer's tokens under its new name.
    pub(crate) new_limit_name: bool,
}

#[cfg(test)]
mod tests;
