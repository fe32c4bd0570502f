//! Adapters to real models: embedding models in ONNX Runtime, and language models behind HTTP endpoints.
//!
//! The only crate that knows either. It decides nothing: which model is used is said by its caller.
//!
//! In reading order: [`open_embedder`] gives an embedding model, [`Served`] one at a server, [`open_reader`] a model that reads passages,
//! [`open_reranker`] and [`open_entailment`] models that read two texts together;
//! [`Runtime`] is the library both run in; [`Endpoint`] is a language model behind an address, and [`Wire`] the dialect
//! that is spoken there.

mod embed;
mod encoder;
mod endpoint;
mod pool;
mod reader;
mod runtime;
mod wire;

pub use embed::{BUNDLED, EmbedderOptions, ModelError, Served, ServedOptions, known_models, open_embedder};
pub use encoder::{open_entailment, open_reranker};
pub use endpoint::{Endpoint, EndpointOptions, Found, Secret, Timeouts, discover};
pub use reader::open_reader;
pub use runtime::{Located, Origin, Runtime, RuntimeError, RuntimeOptions, VERSION as RUNTIME_VERSION};
pub use wire::Wire;

/// Foreign words, made fit for a message: one line of at most 300 characters, without anything that could steer a
/// terminal.
fn words(text: &str) -> String {
    const MOST: usize = 300;
    let line = index::sanitize_line(text);
    let line = line.trim();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Bytes in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_become_one_short_line() {
        let check = |text: &str, expected: &str| assert_eq!(words(text), expected);
        check("  model\nnot found \n", "model not found");
        check(&"字".repeat(300), &"字".repeat(300));
        check(&"字".repeat(301), &format!("{}…", "字".repeat(300)));
        assert!(!words("a\u{1b}[31mred\u{202e}").contains(['\u{1b}', '\u{202e}']));
    }
}
