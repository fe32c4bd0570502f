//! Cross-encoders, models that read two texts together: a reranker reads a question and a passage (`rerank`), a checker a
//! passage and a claim (`entail`).

mod entail;
mod rerank;

use std::path::{Path, PathBuf};

pub use entail::open_entailment;
pub use rerank::open_reranker;

/// The longest two texts together, in tokens; the rest is cut.
const MAX_LENGTH: usize = 512;

/// A folder with an ONNX cross-encoder, as exported for the `sequence classification` task.
struct Folder<'a>(&'a Path);

impl Folder<'_> {
    /// A file of it.
    fn read(&self, file: &str) -> Result<Vec<u8>, String> {
        let path = self.0.join(file);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Where the network is.
    fn weights(&self) -> Result<PathBuf, String> {
        let path = self.0.join("model.onnx");
        if path.is_file() { Ok(path) } else { Err(format!("{}: there is no such file", path.display())) }
    }
}
