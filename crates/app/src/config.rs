//! What the program runs on. `keys` lists every setting, `layers` reads what the user wrote and keeps where each value
//! came from, and [`Config`] is the outcome.

mod edit;
mod keys;
mod layers;
mod places;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use edit::set_numbers;
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
    pub(crate) aliases: AliasFile,
    /// A reranker's name or folder.
    pub(crate) reranker: Option<String>,
    /// Whether a question is widened by the other names of what it names.
    pub(crate) widen: bool,
    pub(crate) generator: String,
    pub(crate) checker: Checker,
    /// How long the checker may take for one answer.
    pub(crate) checker_seconds: u64,
    /// How far the user's own questions moved the bar of the gate.
    pub(crate) bars: answer::Bars,
    pub(crate) endpoint: Endpoint,
}

/// Who is asked about sentences that the program itself is not sure of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checker {
    None,
    /// The model that writes.
    Model,
    /// An ONNX cross-encoder.
    Folder(PathBuf),
}

impl Checker {
    fn of(name: String) -> Self {
        match name.as_str() {
            "none" => Self::None,
            "model" => Self::Model,
            _ => Self::Folder(name.into()),
        }
    }
}

/// The user's own file of names that mean the same.
#[derive(Debug, Clone)]
pub(crate) struct AliasFile {
    pub(crate) path: PathBuf,
    /// Someone said that it is there.
    pub(crate) named: bool,
}

/// `[embedding]`
#[derive(Debug, Clone)]
pub(crate) struct Embedding {
    pub(crate) model: String,
    pub(crate) onnxruntime: Option<PathBuf>,
    /// None where the model runs in this program.
    pub(crate) server: Option<EmbeddingServer>,
}

/// The server that has the embedding model.
#[derive(Debug, Clone)]
pub(crate) struct EmbeddingServer {
    /// The name of its dialect.
    pub(crate) wire: String,
    /// Empty where the dialect's usual address holds.
    pub(crate) url: String,
    pub(crate) question_prefix: String,
    pub(crate) passage_prefix: String,
    pub(crate) key: KeySource,
    pub(crate) allow_http: bool,
    /// As [`Endpoint::allow_remote`].
    pub(crate) allow_remote: bool,
}

impl EmbeddingServer {
    fn of(settings: &Settings) -> Result<Option<Self>> {
        let wire = settings.text("embedding.endpoint");
        if wire == "none" {
            return Ok(None);
        }
        anyhow::ensure!(
            settings.text("embedding.model") != models::BUNDLED,
            "embedding.endpoint is {wire}, but embedding.model is the one that is part of the program: name the model at the server"
        );
        Ok(Some(Self {
            wire,
            url: settings.text("embedding.url"),
            question_prefix: settings.text("embedding.question_prefix"),
            passage_prefix: settings.text("embedding.passage_prefix"),
            key: KeySource::of(settings, "embedding"),
            allow_http: settings.bool("embedding.allow_http"),
            allow_remote: allow_remote(settings, "embedding"),
        }))
    }
}

/// Whether notes may go to another machine unasked: a yes from the settings is for an address of the user's own.
fn allow_remote(settings: &Settings, table: &str) -> bool {
    let name = format!("{table}.allow_remote");
    settings.bool(&name)
        && (settings.found_in(&format!("{table}.url")).is_none()
            || matches!(settings.origin(&name), Origin::Flag(_)))
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
    /// A folder's own configuration may name an address; a key that was set elsewhere was not meant for it. `table` is
    /// `endpoint` or `embedding`.
    fn of(settings: &Settings, table: &str) -> Self {
        let name = |setting: &str| format!("{table}.{setting}");
        let address = settings.found_in(&name("url"));
        let env = Self::Env(settings.text(&name("key_env")));
        let command = settings.text(&name("key_command"));
        match (command, settings.optional_path(&name("key_file"))) {
            _ if address.is_some() && settings.found_in(&name("key_env")) != address => Self::Withheld,
            _ if address.is_some() => env,
            (command, _) if !command.is_empty() => Self::Command(command),
            (_, Some(file)) => Self::File(file),
            _ => env,
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
                server: EmbeddingServer::of(settings)?,
            },
            passages: settings.int("search.passages"),
            aliases: AliasFile {
                path: settings.path("search.aliases"),
                named: !matches!(settings.origin("search.aliases"), Origin::Default),
            },
            reranker: Some(settings.text("search.reranker")).filter(|name| name != "off"),
            widen: settings.bool("search.widen"),
            generator: settings.text("answer.generator"),
            checker: Checker::of(settings.text("answer.checker")),
            checker_seconds: settings.int("answer.checker_seconds"),
            bars: answer::Bars {
                english: settings.float("gate.bar_en") as f32,
                chinese: settings.float("gate.bar_zh") as f32,
            },
            endpoint: Endpoint {
                url: settings.text("endpoint.url"),
                model: settings.text("endpoint.model"),
                key: KeySource::of(settings, "endpoint"),
                allow_http: settings.bool("endpoint.allow_http"),
                allow_remote: allow_remote(settings, "endpoint"),
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
