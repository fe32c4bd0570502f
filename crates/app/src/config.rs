//! What the program runs on. `keys` lists every setting, `layers` reads what the user wrote and keeps where each value
//! came from, and [`Config`] is the outcome.

mod keys;
mod layers;
mod places;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use keys::{GENERATORS, KEYS, Key, Kind};
pub(crate) use layers::{Layers, Origin, Settings, Whose};
pub(crate) use places::{cache_dir, user_config};

/// The resolved settings. What the user wrote, and where, stays in [`Settings`].
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) notes: PathBuf,
    /// Globs of notes that never leave this machine.
    pub(crate) private: Vec<String>,
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
    /// Empty where the dialect's usual address holds.
    pub(crate) url: String,
    pub(crate) model: String,
    pub(crate) key: KeySource,
    pub(crate) allow_http: bool,
    /// Notes may go to another machine unasked: the user said so, of an address that is the user's own.
    pub(crate) allow_remote: bool,
    pub(crate) discover: bool,
    pub(crate) context: Option<u32>,
    pub(crate) max_tokens: u32,
    pub(crate) temperature: f64,
    pub(crate) connect_seconds: u64,
    pub(crate) first_byte_seconds: u64,
    pub(crate) silence_seconds: u64,
    pub(crate) loading_seconds: u64,
}

/// Where the key is kept. The key itself is read when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    Env(String),
    File(PathBuf),
    Command(String),
    /// There is one, but the address stands in a file that may be someone else's and does not name it.
    Withheld,
}

impl KeySource {
    /// A folder's own configuration may name an address; a key that was set elsewhere was not meant for it.
    fn of(settings: &Settings) -> Self {
        let address = settings.found_in("endpoint.url");
        let meant = |name: &str| address.is_none() || settings.found_in(name) == address;
        let command = settings.text("endpoint.key_command");
        let file = settings.optional_path("endpoint.key_file");
        match (command, file) {
            _ if address.is_some() && !meant("endpoint.key_env") => Self::Withheld,
            _ if address.is_some() => Self::Env(settings.text("endpoint.key_env")),
            (command, _) if !command.is_empty() => Self::Command(command),
            (_, Some(file)) => Self::File(file),
            _ => Self::Env(settings.text("endpoint.key_env")),
        }
    }
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
        let private = answer::Filter { paths: settings.list("notes.private"), ..answer::Filter::default() };
        private.check().map_err(|error| anyhow::anyhow!("notes.private: {error}"))?;
        Ok(Self {
            notes,
            private: private.paths,
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
                key: KeySource::of(settings),
                allow_http: settings.bool("endpoint.allow_http"),
                allow_remote: settings.bool("endpoint.allow_remote")
                    && (settings.found_in("endpoint.url").is_none()
                        || matches!(settings.origin("endpoint.allow_remote"), Origin::Flag(_))),
                discover: settings.bool("endpoint.discover"),
                context: settings.get("endpoint.context").map(|_| settings.int("endpoint.context")),
                max_tokens: settings.int("endpoint.max_tokens"),
                temperature: settings.float("endpoint.temperature"),
                connect_seconds: settings.int("endpoint.connect_seconds"),
                first_byte_seconds: settings.int("endpoint.first_byte_seconds"),
                silence_seconds: settings.int("endpoint.silence_seconds"),
                loading_seconds: settings.int("endpoint.loading_seconds"),
            },
        })
    }
}
