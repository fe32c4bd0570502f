//! Why there is no embedding model.

use crate::RuntimeError;

/// Why an embedding model could not be opened. [`hint`](Self::hint) tells the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// ONNX Runtime is not to be had.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),

    /// No model has this name.
    #[error("there is no embedding model named `{name}`")]
    Unknown {
        /// What the configuration says, made fit for a message.
        name: String,
        /// The known name that is nearest to it, if one is near.
        near: Option<String>,
    },

    /// The model is not in the cache, and fetching is forbidden.
    #[error("the embedding model `{name}` is not in the cache, and --offline forbids to fetch it")]
    NotCached {
        /// The model.
        name: String,
    },

    /// The model hub could not be reached, or does not have the model's files.
    #[error("the model hub {hub} could not be reached for the embedding model `{name}`: {why}")]
    Hub {
        /// The model.
        name: String,
        /// Where it was looked for.
        hub: String,
        /// What went wrong.
        why: String,
    },

    /// ONNX Runtime does not take the reader.
    #[error("the reader does not load: {why}")]
    Reader {
        /// What went wrong.
        why: String,
    },

    /// A reranker does not load.
    #[error("the reranker `{name}` does not load: {why}")]
    Reranker {
        /// What the configuration says, made fit for a message.
        name: String,
        /// What went wrong.
        why: String,
    },

    /// A checker of sentences does not load.
    #[error("the checker `{name}` does not load: {why}")]
    Checker {
        /// What the configuration says, made fit for a message.
        name: String,
        /// What went wrong.
        why: String,
    },

    /// The model is there but does not load.
    #[error("the embedding model `{name}` does not load: {why}")]
    Load {
        /// The model.
        name: String,
        /// What went wrong.
        why: String,
    },
}

impl ModelError {
    /// What to do next, one line.
    #[must_use]
    pub fn hint(&self) -> String {
        const BUNDLED: &str =
            "set `model = \"bundled\"` under [embedding] to use the model that is part of the program";
        match self {
            Self::Runtime(error) => error.hint(),
            Self::Unknown { near: Some(near), .. } => format!("did you mean `{near}`? Or {BUNDLED}"),
            Self::Unknown { near: None, .. } => BUNDLED.into(),
            Self::NotCached { .. } => format!("run `footnote setup` once while online, or {BUNDLED}"),
            Self::Hub { .. } => format!("check the connection (HF_ENDPOINT names a mirror), or {BUNDLED}"),
            Self::Reader { .. } => {
                "run `footnote setup` to fetch the ONNX Runtime that the reader was made for".into()
            }
            Self::Reranker { .. } => {
                "give `reranker` under [search] a name such as BAAI/bge-reranker-base, a folder with model.onnx and its tokenizer, or `off`".into()
            }
            Self::Checker { .. } => {
                "give `checker` under [answer] a folder with model.onnx, config.json and tokenizer.json, `model`, or `none`".into()
            }
            Self::Load { .. } => {
                format!("remove its folder from the cache so that it is fetched again, or {BUNDLED}")
            }
        }
    }
}
