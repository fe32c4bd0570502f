//! Models that read a question and a passage together: the bundled reader, or a cross-encoder in a folder.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use answer::Reader;
use fastembed::{
    OnnxSource, RerankInitOptionsUserDefined, TextRerank, TokenizerFiles, UserDefinedRerankingModel,
};
use index::{RerankError, Reranker};

use crate::embed::CONFIG;
use crate::{ModelError, Runtime, RuntimeOptions, open_reader};

/// The name of the reranker that is part of the program: the reader's word on whether a passage answers.
pub const READER: &str = "reader";

/// The files that a folder must hold.
const FILES: [&str; 5] =
    ["model.onnx", "tokenizer.json", "config.json", "special_tokens_map.json", "tokenizer_config.json"];
/// The longest question and passage together, in tokens; the rest is cut.
const MAX_LENGTH: usize = 512;

/// Opens a reranker: [`READER`], or the ONNX cross-encoder in the folder `name`, as exported for the `sequence
/// classification` task, with the files of its tokenizer. Fetches ONNX Runtime when it is not there. Blocks.
///
/// # Errors
/// When ONNX Runtime is not to be had, a file is missing, or the model does not load.
pub fn open_reranker(
    name: &str,
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<Box<dyn Reranker>, ModelError> {
    if name == READER {
        return Ok(Box::new(ByReader(open_reader(options, on_message)?)));
    }
    let failed = |why: String| ModelError::Reranker { name: crate::words(name), why: crate::words(&why) };
    let read = |file: &str| {
        let path = Path::new(name).join(file);
        std::fs::read(&path).map_err(|error| failed(format!("{}: {error}", path.display())))
    };
    let [_, tokenizer, config, special, settings] = FILES;
    let files = TokenizerFiles {
        tokenizer_file: read(tokenizer)?,
        config_file: read(config)?,
        special_tokens_map_file: read(special)?,
        tokenizer_config_file: read(settings)?,
    };
    let weights = Path::new(name).join(FILES[0]);
    if !weights.is_file() {
        return Err(failed(format!("{}: there is no such file", weights.display())));
    }
    let runtime = Runtime::load(&Runtime::ensure(options, on_message)?)?;
    let mut init = RerankInitOptionsUserDefined::new()
        .with_environment(runtime.environment())
        .with_max_length(MAX_LENGTH)
        .with_intra_threads(1);
    for (key, value) in CONFIG {
        init = init.with_session_config(key, value);
    }
    let model = UserDefinedRerankingModel::new(OnnxSource::File(weights), files);
    let model =
        TextRerank::try_new_from_user_defined(model, init).map_err(|error| failed(error.to_string()))?;
    Ok(Box::new(CrossEncoder(Mutex::new(model))))
}

struct ByReader(Box<dyn Reader>);

impl Reranker for ByReader {
    fn scores(&self, question: &str, passages: &[&str]) -> Result<Vec<f32>, RerankError> {
        let readings = self.0.read(question, passages).map_err(|error| RerankError(error.to_string()))?;
        Ok(readings.into_iter().map(|reading| reading.answerable).collect())
    }
}

struct CrossEncoder(Mutex<TextRerank>);

impl Reranker for CrossEncoder {
    fn scores(&self, question: &str, passages: &[&str]) -> Result<Vec<f32>, RerankError> {
        let mut model = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One at a time: what comes of a passage then depends on nothing but itself.
        let ranked = model.rerank(question, passages, false, Some(1));
        let ranked = ranked.map_err(|error| RerankError(crate::words(&error.to_string())))?;
        let mut scores = vec![f32::NAN; passages.len()];
        for one in ranked {
            if let Some(score) = scores.get_mut(one.index) {
                *score = one.score;
            }
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_before_anything_is_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let options = RuntimeOptions { offline: true, ..RuntimeOptions::default() };
        let open = || {
            let opened = open_reranker(folder.path().to_str().unwrap(), &options, &mut |_| {});
            opened.err().map(|error| error.to_string()).unwrap()
        };
        for file in [
            "tokenizer.json",
            "config.json",
            "special_tokens_map.json",
            "tokenizer_config.json",
            "model.onnx",
        ] {
            let why = open();
            assert!(why.contains(file) && why.contains("does not load"), "{why}");
            std::fs::write(folder.path().join(file), "{}").unwrap();
        }
    }
}
