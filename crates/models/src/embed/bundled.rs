//! The model that is part of the program. `assets/e5-small/README.md` tells what it is and how it was made.

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use index::EmbedError;

use super::ModelError;
use super::session::{CONFIG, Loaded, MAX_LENGTH, Prefixes, failed};
use crate::Runtime;

pub(crate) static WEIGHTS: &[u8] = include_bytes!("../../assets/e5-small/model.onnx");
pub(crate) static TOKENIZER: &[u8] = include_bytes!("../../assets/e5-small/tokenizer.json");
static SETTINGS: &[u8] = include_bytes!("../../assets/e5-small/config.json");
static SPECIAL_TOKENS: &[u8] = include_bytes!("../../assets/e5-small/special_tokens_map.json");
static TOKENIZER_SETTINGS: &[u8] = include_bytes!("../../assets/e5-small/tokenizer_config.json");

/// Everything that shapes a vector; the numbers are the first of the SHA-256 of the weights and of the tokenizer.
const ID: &str = "multilingual-e5-small-q4/0789932d5a90/1cbace1c6916 mean query:/passage: 512";

const DIMENSION: usize = 384;

const PREFIXES: Prefixes = Prefixes { question: "query: ", passage: "passage: " };

/// Loads one session.
pub(super) fn open(runtime: &Runtime) -> Result<Loaded, ModelError> {
    let runtime = runtime.clone();
    let session = move || session(&runtime);
    let first = session()
        .map_err(|error| ModelError::Load { name: super::BUNDLED.into(), why: error.to_string() })?;
    Ok(Loaded::new(ID.into(), DIMENSION, PREFIXES, first, session))
}

fn session(runtime: &Runtime) -> Result<TextEmbedding, EmbedError> {
    let files = TokenizerFiles {
        tokenizer_file: TOKENIZER.into(),
        config_file: SETTINGS.into(),
        special_tokens_map_file: SPECIAL_TOKENS.into(),
        tokenizer_config_file: TOKENIZER_SETTINGS.into(),
    };
    let model = UserDefinedEmbeddingModel::new(WEIGHTS.into(), files).with_pooling(Pooling::Mean);
    let mut options = InitOptionsUserDefined::new()
        .with_environment(runtime.environment())
        .with_max_length(MAX_LENGTH)
        .with_intra_threads(1);
    for (key, value) in CONFIG {
        options = options.with_session_config(key, value);
    }
    TextEmbedding::try_new_from_user_defined(model, options).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_id_names_the_files() {
        for bytes in [WEIGHTS, TOKENIZER] {
            let hash = crate::hex(&Sha256::digest(bytes));
            assert!(ID.contains(&hash[..12]), "{ID} does not name {hash}");
        }
    }
}
