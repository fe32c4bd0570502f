//! Embedding models: the one that is part of the program, those that fastembed knows by name, and those at a server.

pub(crate) mod bundled;
mod error;
mod named;
mod names;
mod pool;
mod served;
mod session;

use std::path::PathBuf;

use index::Embedder;

use crate::{Runtime, RuntimeOptions};

pub use error::ModelError;
pub(crate) use named::hub_cache;
pub use names::known_models;
pub use served::{Served, ServedOptions};
pub(crate) use session::CONFIG;

/// The name of the model that is part of the program.
pub const BUNDLED: &str = "bundled";

/// Which embedding model to open, and from where.
#[derive(Debug, Clone)]
pub struct EmbedderOptions {
    /// [`BUNDLED`], or one of [`known_models`].
    pub model: String,
    /// Footnote's cache folder: holds what is fetched. Made when needed.
    pub cache_dir: PathBuf,
    /// The ONNX Runtime library, when the user names one.
    pub onnxruntime: Option<PathBuf>,
    /// Never fetch.
    pub offline: bool,
}

impl Default for EmbedderOptions {
    fn default() -> Self {
        Self { model: BUNDLED.into(), cache_dir: PathBuf::new(), onnxruntime: None, offline: false }
    }
}

/// Opens an embedding model; fetches what it needs on first use. `on_message` is told, in one line each, what takes
/// time. Blocks: 0.3 s when everything is there, the time of a download when it is not.
///
/// # Errors
/// When the name is unknown, when something must be fetched and cannot be, or when a file is not what it should be.
pub fn open_embedder(
    options: &EmbedderOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<Box<dyn Embedder>, ModelError> {
    // A wrong name is told before anything is fetched.
    let named = match options.model.as_str() {
        BUNDLED => None,
        name => Some(names::Named::find(name)?),
    };
    let runtime = RuntimeOptions {
        given: options.onnxruntime.clone(),
        cache_dir: options.cache_dir.clone(),
        offline: options.offline,
    };
    let runtime = Runtime::load(&Runtime::ensure(&runtime, on_message)?)?;
    Ok(match named {
        None => Box::new(bundled::open(&runtime)?),
        Some(named) => Box::new(named::open(&named, options, &runtime, on_message)?),
    })
}
