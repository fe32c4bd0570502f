//! Rerankers, cross-encoders that read a question and a passage: by name, or in a folder.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fastembed::{
    OnnxSource, RerankInitOptions, RerankInitOptionsUserDefined, RerankerModel, TextRerank, TokenizerFiles,
    UserDefinedRerankingModel,
};
use index::{RerankError, Reranker};

use super::{Folder, MAX_LENGTH};
use crate::embed::{CONFIG, hub_cache};
use crate::{ModelError, Runtime, RuntimeOptions};

/// Opens a reranker: one that fastembed knows, by its name on the model hub (`BAAI/bge-reranker-base`), or the ONNX
/// cross-encoder in the folder `name`, as exported for the `sequence classification` task, with the files of its
/// tokenizer. Fetches ONNX Runtime, and a model by name, when they are not there. Blocks.
///
/// # Errors
/// When ONNX Runtime or the model is not to be had, a file is missing, or the model does not load.
pub fn open_reranker(
    name: &str,
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<Box<dyn Reranker>, ModelError> {
    let model = match name.parse::<RerankerModel>() {
        Ok(model) => named(&model, options, on_message)?,
        Err(_) => in_folder(name, options, on_message)?,
    };
    Ok(Box::new(CrossEncoder(Mutex::new(model))))
}

/// The model of that name, from the cache or the hub.
fn named(
    model: &RerankerModel,
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<TextRerank, ModelError> {
    let name = model.to_string();
    let home = hub_cache(&options.cache_dir);
    let repository = home.join(format!("models--{}", name.replace('/', "--")));
    if !repository.join("refs").join("main").is_file() {
        if options.offline {
            let why = "it is not in the cache, and --offline forbids to fetch it".into();
            return Err(ModelError::Reranker { name, why });
        }
        on_message(&format!("fetching the reranker {name}, once …"));
    }
    let runtime = Runtime::load(&Runtime::ensure(options, on_message)?)?;
    let mut init = RerankInitOptions::new(model.clone())
        .with_cache_dir(home)
        .with_environment(runtime.environment())
        .with_max_length(MAX_LENGTH)
        .with_intra_threads(1)
        .with_show_download_progress(false);
    for (key, value) in CONFIG {
        init = init.with_session_config(key, value);
    }
    TextRerank::try_new(init)
        .map_err(|error| ModelError::Reranker { name, why: crate::words(&error.to_string()) })
}

/// The model in the folder `name`.
fn in_folder(
    name: &str,
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<TextRerank, ModelError> {
    let failed = |why: String| ModelError::Reranker { name: crate::words(name), why: crate::words(&why) };
    let folder = Folder(Path::new(name));
    let read = |file: &str| folder.read(file).map_err(failed);
    let files = TokenizerFiles {
        tokenizer_file: read("tokenizer.json")?,
        config_file: read("config.json")?,
        special_tokens_map_file: read("special_tokens_map.json")?,
        tokenizer_config_file: read("tokenizer_config.json")?,
    };
    let weights = folder.weights().map_err(failed)?;
    let runtime = Runtime::load(&Runtime::ensure(options, on_message)?)?;
    let mut init = RerankInitOptionsUserDefined::new()
        .with_environment(runtime.environment())
        .with_max_length(MAX_LENGTH)
        .with_intra_threads(1);
    for (key, value) in CONFIG {
        init = init.with_session_config(key, value);
    }
    let model = UserDefinedRerankingModel::new(OnnxSource::File(weights), files);
    TextRerank::try_new_from_user_defined(model, init).map_err(|error| failed(error.to_string()))
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
    fn a_model_by_name_is_not_fetched_when_offline() {
        let cache = tempfile::tempdir().unwrap();
        let options =
            RuntimeOptions { offline: true, cache_dir: cache.path().into(), ..RuntimeOptions::default() };
        let mut told = Vec::new();
        let opened =
            open_reranker("baai/BGE-reranker-base", &options, &mut |text| told.push(text.to_owned()));
        let error = opened.err().unwrap();
        assert_eq!(
            error.to_string(),
            "the reranker `BAAI/bge-reranker-base` does not load: \
             it is not in the cache, and --offline forbids to fetch it"
        );
        assert!(told.is_empty(), "{told:?}");
    }

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
