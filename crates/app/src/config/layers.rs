//! What the user wrote: defaults, the user's config.toml, the project's, the environment, flags; later beats earlier, and
//! every value remembers where it stood.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::OWN;
use super::{KEYS, Key, Kind};

/// A value that fits its key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Path(PathBuf),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<String>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Path(path) => write!(f, "{:?}", path.display().to_string()),
            Self::Int(n) => write!(f, "{n}"),
            Self::Float(x) => write!(f, "{x:?}"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::List(texts) => write!(f, "{texts:?}"),
        }
    }
}

/// Where a value stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// A file, and the line in it.
    File(PathBuf, usize),
    Env(&'static str),
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Whose a configuration file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The user's: in their own folder for settings, or named on the command line.
    Own,
    /// Found in a folder, which may be someone else's.
    Found,
}

/// Collects values, each layer over the one before.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, (Value, Origin)>,
    /// Files that may be someone else's.
    found: Vec<PathBuf>,
}

impl Layers {
    /// The defaults, with paths counted from `base`: the project's folder.
    pub(crate) fn defaults(base: &Path) -> Result<Self> {
        let mut layers = Self::default();
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            let value = parse(key, key.default).map_err(anyhow::Error::msg)?;
            layers.put(key, rebase(value, base), Origin::Default);
        }
        Ok(layers)
    }

    /// Adds a config.toml.
    ///
    /// # Errors
    /// When it cannot be read, is not TOML, or has a key or a value that means nothing, or that must not stand in a
    /// file that may be someone else's. The error names file and line.
    pub(crate) fn file(&mut self, path: &Path, whose: Whose) -> Result<()> {
        if whose == Whose::Found {
            self.found.push(path.to_owned());
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        self.text(path, &text)
    }

    fn text(&mut self, path: &Path, text: &str) -> Result<()> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            anyhow::anyhow!("{}:{}: {}", path.display(), line(at), error.message())
        })?;
        let base = path.parent().unwrap_or(Path::new("."));
        for (name, at, value) in flatten("", table.get_ref()) {
            let place = format!("{}:{}", path.display(), line(at));
            let Some(key) = Key::named(&name) else {
                match Key::like(&name) {
                    Some(like) => {
                        bail!("{place}: there is no setting {name:?}; did you mean {:?}?", like.name)
                    }
                    None => {
                        bail!("{place}: there is no setting {name:?}; `footnote config show` lists them all")
                    }
                }
            };
            if OWN.contains(&key.name) && self.found.iter().any(|found| found == path) {
                bail!(
                    "{place}: {} may only stand in your own configuration: put it into {}, or into the environment as {}",
                    key.name,
                    super::user_config().display(),
                    key.env
                )
            }
            let value = typed(key, value).map_err(|why| anyhow::anyhow!("{place}: {why}"))?;
            self.put(key, rebase(value, base), Origin::File(path.to_owned(), line(at)));
        }
        Ok(())
    }

    /// Adds what `get` finds in the environment.
    ///
    /// # Errors
    /// When a variable's value does not fit its key.
    pub(crate) fn env(&mut self, base: &Path, get: impl Fn(&str) -> Option<String>) -> Result<()> {
        for key in KEYS {
            if let Some(text) = get(key.env).filter(|text| !text.is_empty()) {
                let value =
                    parse(key, &text).map_err(|why| anyhow::anyhow!("environment {}: {why}", key.env))?;
                self.put(key, rebase(value, base), Origin::Env(key.env));
            }
        }
        Ok(())
    }

    /// Adds a flag's value. A path counts from the current folder.
    ///
    /// # Errors
    /// When the value does not fit its key.
    pub(crate) fn flag(&mut self, name: &'static str, flag: &'static str, text: &str) -> Result<()> {
        let Some(key) = Key::named(name) else { bail!("{flag}: there is no setting {name}") };
        let value = parse(key, text).map_err(|why| anyhow::anyhow!("{flag}: {why}"))?;
        self.put(key, value, Origin::Flag(flag));
        Ok(())
    }

    /// The outcome.
    pub(crate) fn settle(self) -> Settings {
        Settings { values: self.values, found: self.found }
    }

    fn put(&mut self, key: &'static Key, value: Value, origin: Origin) {
        self.values.insert(key.name, (value, origin));
    }
}

/// The values that hold, each with its origin.
#[derive(Debug)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, (Value, Origin)>,
    found: Vec<PathBuf>,
}

impl Settings {
    /// A key's value and where it came from; `None` when it is not set.
    pub(crate) fn get(&self, name: &str) -> Option<&(Value, Origin)> {
        self.values.get(name)
    }

    /// Where a key's value came from.
    pub(crate) fn origin(&self, name: &str) -> &Origin {
        self.get(name).map_or(&Origin::Default, |(_, origin)| origin)
    }

    /// Whether a key's value stands in a file that may be someone else's; that file.
    pub(crate) fn found_in(&self, name: &str) -> Option<&Path> {
        match self.origin(name) {
            Origin::File(file, _) => self.found.iter().find(|found| *found == file).map(PathBuf::as_path),
            _ => None,
        }
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some((Value::List(texts), _)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn text(&self, name: &str) -> String {
        match self.get(name) {
            Some((Value::Text(text), _)) => text.clone(),
            _ => String::new(),
        }
    }

    pub(crate) fn optional_path(&self, name: &str) -> Option<PathBuf> {
        match self.get(name) {
            Some((Value::Path(path), _)) => Some(path.clone()),
            _ => None,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.optional_path(name).unwrap_or_default()
    }

    pub(crate) fn bool(&self, name: &str) -> bool {
        matches!(self.get(name), Some((Value::Bool(true), _)))
    }

    /// A number, whose range its key has already seen to.
    pub(crate) fn int<T: TryFrom<i64> + Default>(&self, name: &str) -> T {
        match self.get(name) {
            Some((Value::Int(n), _)) => T::try_from(*n).unwrap_or_default(),
            _ => T::default(),
        }
    }

    pub(crate) fn float(&self, name: &str) -> f64 {
        match self.get(name) {
            Some((Value::Float(x), _)) => *x,
            _ => 0.0,
        }
    }
}

/// The leaves of a table: dotted name, offset, value.
fn flatten<'a>(prefix: &str, table: &'a DeTable<'a>) -> Vec<(String, usize, &'a Spanned<DeValue<'a>>)> {
    let mut leaves = Vec::new();
    for (name, value) in table {
        let at = name.span().start;
        let name = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        match value.get_ref() {
            DeValue::Table(inner) => leaves.extend(flatten(&name, inner)),
            _ => leaves.push((name, at, value)),
        }
    }
    leaves.sort_by_key(|(_, at, _)| *at);
    leaves
}

/// A TOML value as its key wants it.
fn typed(key: &Key, value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    match (value.get_ref(), key.kind) {
        (DeValue::String(text), Kind::Text | Kind::Path | Kind::Choice(_)) => parse(key, text),
        (DeValue::Boolean(b), Kind::Bool) => Ok(Value::Bool(*b)),
        (DeValue::Integer(n), Kind::Int(..) | Kind::Float(..)) => {
            match i64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => parse(key, &n.to_string()),
                Err(_) => Err(wants(key)),
            }
        }
        (DeValue::Array(array), Kind::List) => {
            let texts = array.iter().map(|text| text.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(Value::List).ok_or_else(|| wants(key))
        }
        (DeValue::Float(x), Kind::Float(..)) => parse(key, x.as_str()),
        _ => Err(wants(key)),
    }
}

/// Text (of a flag, a variable, a default) as its key wants it.
pub(super) fn parse(key: &Key, text: &str) -> Result<Value, String> {
    let value = match key.kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Path => (!text.is_empty()).then(|| Value::Path(PathBuf::from(text))),
        Kind::List => {
            let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
            Some(Value::List(texts.map(str::to_owned).collect()))
        }
        Kind::Choice(words) => words.contains(&text).then(|| Value::Text(text.to_owned())),
        Kind::Int(low, high) => text.parse().ok().filter(|n| (low..=high).contains(n)).map(Value::Int),
        Kind::Float(low, high) => text.parse().ok().filter(|x| (low..=high).contains(x)).map(Value::Float),
        Kind::Bool => match text {
            "true" | "1" | "yes" | "on" => Some(Value::Bool(true)),
            "false" | "0" | "no" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
    };
    value.ok_or_else(|| format!("{} (found {text:?})", wants(key)))
}

fn wants(key: &Key) -> String {
    match key.kind {
        Kind::Text => format!("{} wants a text in quotes", key.name),
        Kind::List => format!("{} wants a list of texts, as in [\"a\", \"b\"]", key.name),
        Kind::Path => format!("{} wants a path in quotes", key.name),
        Kind::Choice(words) => format!("{} wants one of {}", key.name, words.join(", ")),
        Kind::Int(low, high) => format!("{} wants a whole number from {low} to {high}", key.name),
        Kind::Float(low, high) => format!("{} wants a number from {low} to {high}", key.name),
        Kind::Bool => format!("{} wants true or false", key.name),
    }
}

/// Counts a relative path from `base`, and `~/` from the home folder.
fn rebase(value: Value, base: &Path) -> Value {
    match value {
        Value::Path(path) => match path.strip_prefix("~").ok().zip(std::env::home_dir()) {
            Some((rest, home)) => Value::Path(home.join(rest)),
            None => Value::Path(base.join(path)),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Layers::default().text(Path::new("/p/config.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_line_and_the_way_out() {
        let check = |text, expected| assert_eq!(error(text), expected);
        check(
            "\n[search]\nresults = 3",
            "/p/config.toml:3: there is no setting \"search.results\"; `footnote config show` lists them all",
        );
        check(
            "[search]\npasages = 3",
            "/p/config.toml:2: there is no setting \"search.pasages\"; did you mean \"search.passages\"?",
        );
        check(
            "[search]\npassages = 0",
            "/p/config.toml:2: search.passages wants a whole number from 1 to 50 (found \"0\")",
        );
        check(
            "[search]\npassages = \"six\"",
            "/p/config.toml:2: search.passages wants a whole number from 1 to 50",
        );
        check(
            "[answer]\ngenerator = \"gpt\"",
            "/p/config.toml:2: answer.generator wants one of extractive, openai, ollama, anthropic (found \"gpt\")",
        );
        assert!(error("[search\n").starts_with("/p/config.toml:1: "));
    }

    #[test]
    fn a_folder_of_notes_gives_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        for line in ["key_file = \"k\"", "key_command = \"c\"", "allow_remote = true"] {
            std::fs::write(&file, format!("[endpoint]\n{line}\n")).unwrap();
            let error = Layers::default().file(&file, Whose::Found).unwrap_err().to_string();
            assert!(error.contains(":2: ") && error.contains("your own configuration"), "{error}");
            Layers::default().file(&file, Whose::Own).unwrap();
        }
        std::fs::write(&file, "[notes]\nprivate = [\"journal/**\", \"a.md\"]").unwrap();
        let mut layers = Layers::default();
        layers.file(&file, Whose::Found).unwrap();
        let settings = layers.settle();
        assert_eq!(settings.list("notes.private"), ["journal/**", "a.md"]);
        assert_eq!(settings.found_in("notes.private"), Some(file.as_path()));
        assert_eq!(
            error("[notes]\nprivate = [1]"),
            "/p/config.toml:2: notes.private wants a list of texts, as in [\"a\", \"b\"]"
        );
    }

    #[test]
    fn later_layers_win_and_are_named() {
        let mut layers = Layers::defaults(Path::new("/p")).unwrap();
        layers
            .text(Path::new("/p/config.toml"), "[search]\npassages = 3\n[notes]\nfolder = \"vault\"")
            .unwrap();
        layers.env(Path::new("/cwd"), |name| (name == "FOOTNOTE_PASSAGES").then(|| "4".into())).unwrap();
        layers.flag("offline", "--offline", "true").unwrap();
        let settings = layers.settle();
        assert_eq!(settings.int::<usize>("search.passages"), 4);
        assert_eq!(settings.origin("search.passages").to_string(), "environment FOOTNOTE_PASSAGES");
        assert_eq!(settings.path("notes.folder"), Path::new("/p/vault"));
        assert_eq!(settings.origin("notes.folder").to_string(), "/p/config.toml:4");
        assert_eq!(settings.origin("offline").to_string(), "flag --offline");
        assert_eq!(settings.origin("chunks.max_tokens").to_string(), "default");
        assert_eq!(settings.optional_path("embedding.onnxruntime"), None);
    }
}
