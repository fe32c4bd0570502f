//! A model that fastembed knows by name, fetched from the model hub into Footnote's cache.

use std::error::Error;
use std::path::{Path, PathBuf};

use fastembed::{ModelInfo, TextEmbedding, TextInitOptions};

use super::names::Named;
use super::session::{CONFIG, Loaded, MAX_LENGTH, failed};
use super::{EmbedderOptions, ModelError};
use crate::Runtime;

/// The files of a tokenizer, which fastembed wants whole.
const TOKENIZER_FILES: [&str; 4] =
    ["tokenizer.json", "config.json", "special_tokens_map.json", "tokenizer_config.json"];

/// Opens the model; fetches it when it is not in the cache.
pub(super) fn open(
    named: &Named,
    options: &EmbedderOptions,
    runtime: &Runtime,
    on_message: &mut dyn FnMut(&str),
) -> Result<Loaded, ModelError> {
    let name = || named.name.to_owned();
    let load = |why: String| ModelError::Load { name: name(), why };
    let info =
        TextEmbedding::get_model_info(&named.model).map_err(|error| load(failed(&error).to_string()))?;
    let home = hub_cache(&options.cache_dir);
    if snapshot(&home, info).is_none() {
        if options.offline {
            return Err(ModelError::NotCached { name: name() });
        }
        on_message(&format!("fetching the embedding model {} from {}, once …", named.name, hub()));
    }
    let mut settings = TextInitOptions::new(named.model.clone())
        .with_cache_dir(home.clone())
        .with_environment(runtime.environment())
        .with_max_length(MAX_LENGTH)
        .with_intra_threads(1)
        .with_show_download_progress(false);
    for (key, value) in CONFIG {
        settings = settings.with_session_config(key, value);
    }
    let session = move || TextEmbedding::try_new(settings.clone());
    let first = session().map_err(|error| match snapshot(&home, info) {
        Some(_) => load(reason(&error)),
        None => ModelError::Hub { name: name(), hub: crate::words(&hub()), why: reason(&error) },
    })?;
    let snapshot = snapshot(&home, info)
        .ok_or_else(|| load("its files are not where the hub's cache should hold them".into()))?;

    Ok(Loaded::new(id(named, info, &snapshot), info.dim, named.prefixes, first, move || {
        session().map_err(|error| failed(&error))
    }))
}

/// The folder of the model hub's cache. As fastembed has it, `HF_HOME` goes before the cache it is given. A relative folder
/// would make hf-hub panic.
pub(crate) fn hub_cache(cache_dir: &Path) -> PathBuf {
    let home = std::env::var_os("HF_HOME").map_or_else(|| cache_dir.join("models"), PathBuf::from);
    std::path::absolute(&home).unwrap_or(home)
}

/// Everything that shapes a vector: the weights by repository, file and commit.
fn id(named: &Named, info: &ModelInfo<fastembed::EmbeddingModel>, snapshot: &Path) -> String {
    let commit = snapshot.file_name().unwrap_or_default().to_string_lossy();
    let pooling = TextEmbedding::get_default_pooling_method(&named.model);
    format!(
        "{}/{}@{commit} {pooling:?} {}/{} {MAX_LENGTH}",
        info.model_code,
        info.model_file,
        named.prefixes.question.trim(),
        named.prefixes.passage.trim()
    )
}

/// The folder that holds the model's files, when all of them are there. The layout is that of the hub's own cache:
/// `models--MAKER--NAME/refs/main` names the commit, `snapshots/COMMIT/` holds its files.
fn snapshot(home: &Path, info: &ModelInfo<fastembed::EmbeddingModel>) -> Option<PathBuf> {
    let repository = home.join(format!("models--{}", info.model_code.replace('/', "--")));
    let commit = std::fs::read_to_string(repository.join("refs").join("main")).ok()?;
    let folder = repository.join("snapshots").join(commit.trim());
    let files = std::iter::once(info.model_file.as_str())
        .chain(info.additional_files.iter().map(String::as_str))
        .chain(TOKENIZER_FILES);
    files.map(|file| folder.join(file)).all(|file| file.is_file()).then_some(folder)
}

fn hub() -> String {
    std::env::var("HF_ENDPOINT").unwrap_or_else(|_| "https://huggingface.co".into())
}

/// An error and what caused it, which fastembed leaves out of its own words.
fn reason(error: &fastembed::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    crate::words(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_cached_when_all_its_files_are() {
        let home = tempfile::tempdir().unwrap();
        let info = TextEmbedding::get_model_info(&fastembed::EmbeddingModel::BGEM3).unwrap();
        let repository = home.path().join("models--BAAI--bge-m3");
        let folder = repository.join("snapshots").join("abc");
        std::fs::create_dir_all(folder.join("onnx")).unwrap();
        std::fs::create_dir_all(repository.join("refs")).unwrap();
        std::fs::write(repository.join("refs/main"), "abc").unwrap();
        let mut files: Vec<&str> = TOKENIZER_FILES.into();
        files.extend(["onnx/model.onnx", "onnx/model.onnx_data", "onnx/Constant_7_attr__value"]);
        for file in files {
            assert_eq!(snapshot(home.path(), info), None, "without {file}");
            std::fs::write(folder.join(file), "").unwrap();
        }
        assert_eq!(snapshot(home.path(), info), Some(folder));
    }
}
