//! ONNX Runtime, the library that runs embedding models: finds it, fetches it, loads it.
//!
//! It is looked for where the configuration says, where `ORT_DYLIB_PATH` says, in Footnote's cache and on the
//! system, in this order; then it is fetched into the cache.

mod binary;
mod error;
mod fetch;
mod find;
mod release;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::SessionBuilder;

use crate::embed::CONFIG;

pub use error::RuntimeError;
pub use release::VERSION;

/// Where to look for ONNX Runtime.
#[derive(Debug, Clone, Default)]
pub struct RuntimeOptions {
    /// The library, when the user names one; nothing else is looked at then.
    pub given: Option<PathBuf>,
    /// Footnote's cache folder, made when needed.
    pub cache_dir: PathBuf,
    /// Never fetch.
    pub offline: bool,
}

/// Who said where the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The configuration.
    Given,
    /// The environment variable `ORT_DYLIB_PATH`.
    Environment,
    /// Footnote's cache, where its length and SHA-256 were checked.
    Cache,
    /// The system's own libraries.
    System,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "named in the configuration",
            Self::Environment => "named by ORT_DYLIB_PATH",
            Self::Cache => "fetched",
            Self::System => "found on the system",
        })
    }
}

/// A library that was found. It is not loaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The library, as an absolute path.
    pub path: PathBuf,
    /// Who named it.
    pub origin: Origin,
}

/// ONNX Runtime, loaded. A process loads it once; every handle is a handle to the first.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
}

impl Runtime {
    /// Finds the library. Fetches nothing and loads nothing.
    ///
    /// # Errors
    /// When it is nowhere, or when the file that was named cannot be it.
    pub fn locate(options: &RuntimeOptions) -> Result<Located, RuntimeError> {
        find::locate(options, std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from))
    }

    /// Finds the library, and fetches it into the cache (with `python3 -m pip download`) when it is missing or
    /// damaged there. `on_message` is told, in one line each, what takes time.
    ///
    /// # Errors
    /// As [`locate`](Self::locate), and when fetching fails or `offline` forbids it.
    pub fn ensure(
        options: &RuntimeOptions,
        on_message: &mut dyn FnMut(&str),
    ) -> Result<Located, RuntimeError> {
        match Self::locate(options) {
            Err(RuntimeError::Missing { .. } | RuntimeError::Damaged { .. }) if !options.offline => {
                let path = fetch::fetch(&options.cache_dir, on_message)?;
                Ok(Located { path, origin: Origin::Cache })
            }
            found => found,
        }
    }

    /// Loads the library. A second call gives the library that was loaded first, whatever it names.
    ///
    /// # Errors
    /// When the file is not ONNX Runtime, is for another processor, or is too old.
    pub fn load(located: &Located) -> Result<Self, RuntimeError> {
        /// Kept to the end of the process: ONNX Runtime allows one environment, and does not allow a second one
        /// after the first is gone.
        static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let unusable = |why: String| RuntimeError::Unusable {
            path: located.path.clone(),
            origin: located.origin,
            why: crate::words(&why),
        };
        // `init_from` is the one way in that does not panic when the library is bad.
        let builder = ort::init_from(&located.path).map_err(|error| unusable(why(&error)))?;
        let environment = builder
            .with_name("footnote")
            .with_telemetry(false)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(loaded.insert(Self { environment }).clone())
    }

    /// The beginning of a session of our own: one thread, which sleeps while it waits.
    pub(crate) fn session(&self) -> Result<SessionBuilder, String> {
        let builder = Session::builder(&self.environment).map_err(|error| error.to_string())?;
        let builder = builder.with_intra_threads(1).map_err(|error| error.to_string())?;
        CONFIG.into_iter().try_fold(builder, |builder, (key, value)| {
            builder.with_config_entry(key, value).map_err(|error| error.to_string())
        })
    }

    /// What sessions are made in.
    pub(crate) fn environment(&self) -> Environment {
        self.environment.clone()
    }
}

/// What the loader found wrong, without the path: the error that carries it names that.
fn why(error: &ort::LoadDynamicError) -> String {
    use ort::LoadDynamicError as E;
    match error {
        E::Dlopen { error, .. } => error.to_string(),
        E::MissingApi { .. } => "it is a library, but not ONNX Runtime".into(),
        E::InvalidVersionString => "it does not tell its version".into(),
        E::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, and 1.{} or later is needed", ort::MINOR_VERSION)
        }
    }
}

/// The folder of the cache that holds the library.
fn folder(cache_dir: &Path) -> PathBuf {
    cache_dir.join(format!("onnxruntime-{VERSION}"))
}
