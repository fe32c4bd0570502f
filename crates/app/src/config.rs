//! What the program runs on. `keys` lists every setting, `layers` reads what the user wrote and keeps where each value
//! came from, and [`Config`] is the outcome.

mod keys;
mod layers;
mod places;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use keys::{KEYS, Key, Kind};
pub(crate) use layers::{Layers, Origin, Settings};
pub(crate) use places::{cache_dir, user_config};

/// The resolved settings. What the user wrote, and where, stays in [`Settings`].
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) notes: PathBuf,
    pub(crate) index: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) offline: bool,
    pub(crate) limits: notes::ChunkLimits,
    pub(crate) embedding: Embedding,
    pub(crate) passages: usize,
    pub(crate) generator: String,
    pub(crate) endpoint: Endpoint,
}

/// `[embedding]`
#[derive(Debug, Clone)]
pub(crate) struct Embedding {
    pub(crate) model: String,
    pub(crate) onnxruntime: Option<PathBuf>,
}

/// `[endpoint]`
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) model: String,
    pub(crate) key_env: String,
    pub(crate) allow_http: bool,
    pub(crate) context: u32,
    pub(crate) max_tokens: u32,
    pub(crate) temperature: f64,
    pub(crate) connect_seconds: u64,
    pub(crate) first_byte_seconds: u64,
    pub(crate) silence_seconds: u64,
}

impl Config {
    /// Turns settings into what the program runs on.
    ///
    /// # Errors
    /// When values contradict each other; each alone was checked when it was read.
    pub(crate) fn resolve(settings: &Settings) -> Result<Self> {
        let notes = settings.path("notes.folder");
        let index = places::index_dir(settings, &notes);
        let limits = notes::ChunkLimits {
            target: settings.int("chunks.target_tokens"),
            max: settings.int("chunks.max_tokens"),
        };
        anyhow::ensure!(
            limits.target <= limits.max,
            "chunks.target_tokens ({}) is larger than chunks.max_tokens ({}): lower the one or raise the other",
            limits.target,
            limits.max
        );
        Ok(Self {
            notes,
            index,
            cache: cache_dir(),
            offline: settings.bool("offline"),
            limits,
            embedding: Embedding {
                model: settings.text("embedding.model"),
                onnxruntime: settings.optional_path("embedding.onnxruntime"),
            },
            passages: settings.int("search.passages"),
            generator: settings.text("answer.generator"),
            endpoint: Endpoint {
                url: settings.text("endpoint.url"),
                model: settings.text("endpoint.model"),
                key_env: settings.text("endpoint.key_env"),
                allow_http: settings.bool("endpoint.allow_http"),
                context: settings.int("endpoint.context"),
                max_tokens: settings.int("endpoint.max_tokens"),
                temperature: settings.float("endpoint.temperature"),
                connect_seconds: settings.int("endpoint.connect_seconds"),
                first_byte_seconds: settings.int("endpoint.first_byte_seconds"),
                silence_seconds: settings.int("endpoint.silence_seconds"),
            },
        })
    }
}
