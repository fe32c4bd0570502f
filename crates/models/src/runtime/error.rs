//! Why there is no ONNX Runtime.

use std::path::PathBuf;

use super::VERSION;

/// Why ONNX Runtime could not be found, fetched or loaded. [`hint`](Self::hint) tells the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// No library anywhere, and none may be or was fetched.
    #[error("ONNX Runtime {VERSION} is missing: it is neither at {} nor on the system", .cached.display())]
    Missing {
        /// Where the cache would hold it.
        cached: PathBuf,
        /// Whether fetching was forbidden.
        offline: bool,
    },

    /// The library in the cache is not the one that was put there.
    #[error("the ONNX Runtime library at {} is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// Whether fetching it again was forbidden.
        offline: bool,
    },

    /// The library is there but cannot be used: not a library, another processor's, too old.
    #[error("the ONNX Runtime library at {} ({origin}) cannot be used: {why}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Who named it.
        origin: super::Origin,
        /// What is wrong with it.
        why: String,
    },

    /// There is no wheel for this platform.
    #[error("ONNX Runtime {VERSION} is not published as a Python package for {os} on {arch}")]
    NoRelease {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },

    /// Fetching failed.
    #[error("ONNX Runtime {VERSION} could not be fetched: {why}")]
    Fetch {
        /// What went wrong, one line.
        why: String,
    },

    /// A file of the cache could not be read or written.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What went wrong.
        error: std::io::Error,
    },
}

impl RuntimeError {
    /// What to do next, one line.
    #[must_use]
    pub fn hint(&self) -> String {
        const KEY: &str = "set `onnxruntime = \"/path/to/the/library\"` under [embedding] in config.toml";
        match self {
            Self::Missing { offline: true, .. } | Self::Damaged { offline: true, .. } => {
                format!("run `footnote setup` once while online, or {KEY}, or install ONNX Runtime {VERSION}")
            }
            Self::Missing { .. } | Self::Damaged { .. } => {
                format!("run `footnote setup` to fetch it, or {KEY}, or install ONNX Runtime {VERSION}")
            }
            Self::Unusable { origin: super::Origin::Environment, .. } => {
                format!("let ORT_DYLIB_PATH name the library of ONNX Runtime {VERSION}, or unset it")
            }
            Self::Unusable { origin: super::Origin::Given, .. } => format!(
                "let `onnxruntime` under [embedding] in config.toml name the library of ONNX Runtime {VERSION}, or remove the key"
            ),
            Self::Unusable { .. } => format!("{KEY} of another ONNX Runtime {VERSION}"),
            Self::NoRelease { .. } => format!("install ONNX Runtime {VERSION} by other means and {KEY}"),
            Self::Fetch { .. } => {
                format!("see that `python3 -m pip` works and is online, then run `footnote setup`; or {KEY}")
            }
            Self::Io { .. } => "see that the cache folder can be written and has room".into(),
        }
    }
}
