//! Every setting there is, in one table: what it is called, what may stand in it, and what it is when nobody says.

use strsim::levenshtein;

/// What may stand in a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A path; a relative one counts from the folder of the file it stands in.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from the first to the second, both included.
    Int(i64, i64),
    /// A number from the first to the second, both included.
    Float(f64, f64),
    /// `true` or `false`.
    Bool,
    /// Several texts; in the environment, with commas between them.
    List,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// `table.name` as in config.toml.
    pub(crate) name: &'static str,
    /// The environment variable that sets it.
    pub(crate) env: &'static str,
    pub(crate) kind: Kind,
    /// What it is when nobody says; empty for "not set".
    pub(crate) default: &'static str,
    /// One line for `config show` and `config init`.
    pub(crate) doc: &'static str,
}

const fn key(
    name: &'static str,
    env: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, env, kind, default, doc }
}

/// All settings, in the order of the file that `config init` writes.
pub(crate) const KEYS: &[Key] = &[
    key("offline", "FOOTNOTE_OFFLINE", Kind::Bool, "false", "never use the network"),
    key("notes.folder", "FOOTNOTE_NOTES", Kind::Path, "notes", "the folder of notes"),
    key(
        "notes.private",
        "FOOTNOTE_PRIVATE",
        Kind::List,
        "",
        "globs of notes that never leave this machine, whatever the endpoint: [\"journal/**\"]",
    ),
    key(
        "index.folder",
        "FOOTNOTE_INDEX",
        Kind::Path,
        "",
        "where the search index is kept; not set: index/ beside this file, or the cache for a folder given by --notes",
    ),
    key(
        "chunks.target_tokens",
        "FOOTNOTE_CHUNK_TARGET",
        Kind::Int(32, 500),
        "256",
        "blocks of a note are put together up to this size",
    ),
    key("chunks.max_tokens", "FOOTNOTE_CHUNK_MAX", Kind::Int(32, 500), "384", "no chunk is larger than this"),
    key(
        "embedding.model",
        "FOOTNOTE_EMBEDDING_MODEL",
        Kind::Text,
        "bundled",
        "the embedding model: bundled, or a name that fastembed knows (downloaded by it)",
    ),
    key(
        "embedding.onnxruntime",
        "FOOTNOTE_ONNXRUNTIME",
        Kind::Path,
        "",
        "the ONNX Runtime library; not set: the cache, then the system, then fetched once with pip",
    ),
    key(
        "embedding.endpoint",
        "FOOTNOTE_EMBEDDING_ENDPOINT",
        Kind::Choice(&EMBEDDERS),
        "none",
        "who embeds: none (the model above, in this program), or a server in the dialect named, with the model above",
    ),
    key(
        "embedding.url",
        "FOOTNOTE_EMBEDDING_URL",
        Kind::Text,
        "",
        "the embedding server's base address; not set: llama.cpp's or Ollama's on this machine",
    ),
    key(
        "embedding.question_prefix",
        "FOOTNOTE_EMBEDDING_QUESTION_PREFIX",
        Kind::Text,
        "",
        "what the server's model wants to read before a question, as \"query: \"",
    ),
    key(
        "embedding.passage_prefix",
        "FOOTNOTE_EMBEDDING_PASSAGE_PREFIX",
        Kind::Text,
        "",
        "what it wants to read before a passage, as \"passage: \"",
    ),
    key(
        "embedding.key_env",
        "FOOTNOTE_EMBEDDING_KEY_ENV",
        Kind::Text,
        "FOOTNOTE_EMBEDDING_API_KEY",
        "the environment variable that holds the embedding server's key",
    ),
    key(
        "embedding.key_file",
        "FOOTNOTE_EMBEDDING_KEY_FILE",
        Kind::Path,
        "",
        "a file that holds it; only in your own configuration",
    ),
    key(
        "embedding.key_command",
        "FOOTNOTE_EMBEDDING_KEY_COMMAND",
        Kind::Text,
        "",
        "a command that prints it; only in your own configuration",
    ),
    key(
        "embedding.allow_remote",
        "FOOTNOTE_EMBEDDING_ALLOW_REMOTE",
        Kind::Bool,
        "false",
        "send all notes but the private ones to an embedding server on another machine without being asked; only in your own configuration",
    ),
    key(
        "embedding.allow_http",
        "FOOTNOTE_EMBEDDING_ALLOW_HTTP",
        Kind::Bool,
        "false",
        "allow plain http to an embedding server on another machine",
    ),
    key(
        "search.passages",
        "FOOTNOTE_PASSAGES",
        Kind::Int(1, 50),
        "6",
        "how many passages an answer may rest on",
    ),
    key(
        "search.reranker",
        "FOOTNOTE_RERANKER",
        Kind::Text,
        "off",
        "a model that reads the 20 best passages again: off, a name such as BAAI/bge-reranker-base, or a folder with an ONNX cross-encoder",
    ),
    key(
        "search.aliases",
        "FOOTNOTE_ALIASES",
        Kind::Path,
        "aliases.txt",
        "a file of names that mean the same (=) or do not (!=), a pair in each line, beside what the notes say",
    ),
    key(
        "search.widen",
        "FOOTNOTE_WIDEN",
        Kind::Bool,
        "true",
        "look for the other names of what a question names, too",
    ),
    key(
        "answer.generator",
        "FOOTNOTE_GENERATOR",
        Kind::Choice(&GENERATORS),
        "extractive",
        "who writes answers: extractive (quotes of the notes, no model), or the endpoint below in the dialect named",
    ),
    key(
        "answer.checker",
        "FOOTNOTE_CHECKER",
        Kind::Text,
        "none",
        "who is asked about a model's sentences that the program is not sure of: none, model (the one that writes, asked yes or no), or a folder with an ONNX cross-encoder",
    ),
    key(
        "answer.checker_seconds",
        "FOOTNOTE_CHECKER_SECONDS",
        Kind::Int(1, 600),
        "30",
        "how long the checker may take for one answer; what is not sure then stays as the program judged it",
    ),
    key(
        "gate.bar_en",
        "FOOTNOTE_GATE_BAR_EN",
        Kind::Float(-20.0, 20.0),
        "0.0",
        "added to the bar that an English question must clear to be answered, in log-odds: above 0 more is declined; `footnote eval --calibrate` fits it",
    ),
    key(
        "gate.bar_zh",
        "FOOTNOTE_GATE_BAR_ZH",
        Kind::Float(-20.0, 20.0),
        "0.0",
        "the same for a Chinese question",
    ),
    key(
        "endpoint.url",
        "FOOTNOTE_ENDPOINT_URL",
        Kind::Text,
        "",
        "the endpoint's base address; not set: llama.cpp's or Ollama's on this machine, or Anthropic's own",
    ),
    key(
        "endpoint.model",
        "FOOTNOTE_ENDPOINT_MODEL",
        Kind::Text,
        "default",
        "the model's name at the endpoint",
    ),
    key(
        "endpoint.key_env",
        "FOOTNOTE_ENDPOINT_KEY_ENV",
        Kind::Text,
        "FOOTNOTE_API_KEY",
        "the environment variable that holds the key; the key itself never stands in this file",
    ),
    key(
        "endpoint.key_file",
        "FOOTNOTE_ENDPOINT_KEY_FILE",
        Kind::Path,
        "",
        "a file that holds the key; only in your own configuration",
    ),
    key(
        "endpoint.key_command",
        "FOOTNOTE_ENDPOINT_KEY_COMMAND",
        Kind::Text,
        "",
        "a command that prints the key; only in your own configuration",
    ),
    key(
        "endpoint.allow_remote",
        "FOOTNOTE_ENDPOINT_ALLOW_REMOTE",
        Kind::Bool,
        "false",
        "send passages to an endpoint on another machine without being asked; only in your own configuration",
    ),
    key(
        "endpoint.discover",
        "FOOTNOTE_ENDPOINT_DISCOVER",
        Kind::Bool,
        "true",
        "look for Ollama and llama.cpp on this machine, and offer what is found",
    ),
    key(
        "endpoint.allow_http",
        "FOOTNOTE_ENDPOINT_ALLOW_HTTP",
        Kind::Bool,
        "false",
        "allow plain http to another machine",
    ),
    key(
        "endpoint.context",
        "FOOTNOTE_ENDPOINT_CONTEXT",
        Kind::Int(512, 2_000_000),
        "",
        "the model's context window, in tokens; not set: what the server says, or else 4096",
    ),
    key(
        "endpoint.max_tokens",
        "FOOTNOTE_ENDPOINT_MAX_TOKENS",
        Kind::Int(16, 100_000),
        "768",
        "the most tokens an answer may take",
    ),
    key(
        "endpoint.temperature",
        "FOOTNOTE_ENDPOINT_TEMPERATURE",
        Kind::Float(0.0, 2.0),
        "0.0",
        "how freely the model writes",
    ),
    key(
        "endpoint.connect_seconds",
        "FOOTNOTE_ENDPOINT_CONNECT_SECONDS",
        Kind::Int(1, 600),
        "5",
        "how long to wait for a connection",
    ),
    key(
        "endpoint.first_byte_seconds",
        "FOOTNOTE_ENDPOINT_FIRST_BYTE_SECONDS",
        Kind::Int(1, 3600),
        "120",
        "how long to wait for the first word",
    ),
    key(
        "endpoint.silence_seconds",
        "FOOTNOTE_ENDPOINT_SILENCE_SECONDS",
        Kind::Int(1, 3600),
        "60",
        "how long to wait between two words",
    ),
    key(
        "endpoint.loading_seconds",
        "FOOTNOTE_ENDPOINT_LOADING_SECONDS",
        Kind::Int(1, 3600),
        "120",
        "how long to wait for a server that loads its model",
    ),
];

/// Who may write answers: nobody, or an endpoint in one of the dialects.
pub(crate) const GENERATORS: [&str; 4] = ["extractive", "openai", "ollama", "anthropic"];

/// Who may embed: the program itself, or a server in one of the dialects.
pub(crate) const EMBEDDERS: [&str; 3] = ["none", "openai", "ollama"];

/// Settings that a configuration found in a folder may not make: the folder may be someone else's, and these run a
/// command, read a file, or give notes away.
pub(super) const OWN: [&str; 6] = [
    "endpoint.key_file",
    "endpoint.key_command",
    "endpoint.allow_remote",
    "embedding.key_file",
    "embedding.key_command",
    "embedding.allow_remote",
];

impl Key {
    /// The setting of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The setting whose name is most like `name`, if any is much like it.
    pub(crate) fn like(name: &str) -> Option<&'static Self> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        KEYS.iter()
            .map(|key| (levenshtein(name, key.name).min(levenshtein(&last(name), &last(key.name)) + 1), key))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, key)| *distance <= 3 && *distance < key.name.len() / 2)
            .map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_understood() {
        let check = |name, expected| assert_eq!(Key::like(name).map(|key| key.name), expected, "{name}");
        check("serach.passages", Some("search.passages"));
        check("notes.foldr", Some("notes.folder"));
        check("endpoint.modle", Some("endpoint.model"));
        check("passages", Some("search.passages"));
        check("weather.tomorrow", None);
    }

    #[test]
    fn every_default_may_stand_in_its_setting() {
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            crate::config::layers::parse(key, key.default).unwrap();
        }
    }
}
