//! Wiring: from the configuration to an embedder, an index that is up to date, and a generator.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use answer::{Asker, Budget, Filter};
use anyhow::Result;
use index::{
    AliasRules, BuildError, BuildReport, BuildRequest, Embedder, Index, OpenError, RuleError, SearchError,
};
use models::Endpoint;

use crate::checker;
use crate::config::{AliasFile, Config};
use crate::embedding;
use crate::exit::{Code, Exit};
use crate::output::Voice;
use crate::writer::Writer;
use tui::Place;

/// Up to this many changed notes are taken into the index before a question is answered: a second or two of work. More
/// are only told of.
const FRESHEN: usize = 20;

/// Set by Ctrl-C; long work looks at it between steps.
pub(crate) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What every command that reads notes needs.
pub(crate) struct Session {
    pub(crate) index: Arc<Index>,
    pub(crate) embedder: Arc<dyn Embedder>,
}

impl Session {
    /// Opens the embedder and the index. A missing, stale or damaged index is built; a few changed notes are taken in.
    ///
    /// # Errors
    /// When the embedding model cannot be had, or there is no index and none can be built.
    pub(crate) fn open(config: &Config, voice: &dyn Voice) -> Result<Self> {
        let (rules, wrong) = alias_rules(config)?;
        for error in wrong {
            voice.warning(&format!("{error}; it is left out"));
        }
        let embedder = embedding::open(config, voice)?;
        let mut index = open_index(config, embedder.as_ref(), voice)?.with_alias_rules(rules);
        if let Some(name) = &config.reranker {
            match models::open_reranker(name, &runtime(config), &mut |message| voice.note(message)) {
                Ok(reranker) => index = index.with_reranker(Arc::from(reranker)),
                Err(error) => voice.warning(&format!("{error}; searching without it: {}", error.hint())),
            }
        }
        for notice in index.notices() {
            voice.warning(notice);
        }
        Ok(Self { index: Arc::new(index), embedder })
    }

    /// Ready to answer with the generator at `endpoint`, or the one that needs none; and where that writes.
    ///
    /// # Errors
    /// When the endpoint is on another machine and nobody agreed to that.
    pub(crate) fn asker(
        self,
        config: &Config,
        endpoint: Option<Endpoint>,
        voice: &dyn Voice,
    ) -> Result<(Asker, Place)> {
        // Quotes need no check.
        let writes = endpoint.is_some();
        let Writer { generator, place, second_opinion } = Writer::new(endpoint, config, &self.embedder)?;
        let in_folder = || writes.then(|| checker::in_folder(config, voice)).flatten();
        let second_opinion = second_opinion.or_else(in_folder);
        let context = config.endpoint.context.unwrap_or(Budget::default().context);
        let budget = Budget { context, answer: config.endpoint.max_tokens };
        let (private, bars) = (config.private.clone(), config.bars);
        let (index, embedder) = (self.index, self.embedder);
        Ok((Asker { index, embedder, generator, budget, private, bars, second_opinion }, place))
    }
}

/// Where ONNX Runtime is looked for.
pub(crate) fn runtime(config: &Config) -> models::RuntimeOptions {
    models::RuntimeOptions {
        given: config.embedding.onnxruntime.clone(),
        cache_dir: config.cache.clone(),
        offline: config.offline,
    }
}

/// What the user says of names, and the lines of it that are not understood. A file that nobody named need not be there.
///
/// # Errors
/// When the file is missing, or cannot be read.
pub(crate) fn alias_rules(config: &Config) -> Result<(AliasRules, Vec<RuleError>)> {
    if !config.widen {
        return Ok((AliasRules::off(), Vec::new()));
    }
    let AliasFile { path, named } = &config.aliases;
    let file = path.display().to_string();
    let unread = |why: &dyn std::fmt::Display, hint: &str| {
        Exit::new(Code::Usage, format!("{file}: {why}")).hint(hint.to_owned())
    };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => return Ok(Default::default()),
        Err(error) => {
            let hint = "write the file, or take `aliases` under [search] out of the configuration";
            return Err(unread(&error, hint).into());
        }
    };
    let text = notes::text(&bytes).map_err(|why| unread(&why, "save it as plain text, in UTF-8"))?;
    Ok(AliasRules::parse(&file, &text))
}

fn open_index(config: &Config, embedder: &dyn Embedder, voice: &dyn Voice) -> Result<Index> {
    match Index::open(&config.index, embedder) {
        Ok(index) if holds_what_must_stay(&index, config, embedder) => {
            drop(index);
            build_index(config, embedder, false, voice)?;
            Index::open(&config.index, embedder).map_err(unopened)
        }
        Ok(index) => freshen(index, config, embedder, voice),
        Err(error @ OpenError::Io { .. }) => Err(unopened(error)),
        Err(error) => {
            match &error {
                OpenError::Missing { .. } if !config.notes.is_dir() => {}
                OpenError::Missing { .. } => {
                    voice.note(&format!("No index yet: reading {}", config.notes.display()));
                }
                _ => voice.warning(&format!("{error}; making it again from the notes")),
            }
            build_index(config, embedder, false, voice)?;
            Index::open(&config.index, embedder).map_err(unopened)
        }
    }
}

/// The globs of notes that what embeds must not see.
pub(crate) fn left_out(config: &Config, embedder: &dyn Embedder) -> Vec<String> {
    if embedder.is_remote() { config.private.clone() } else { Vec::new() }
}

/// Whether an index made on this machine holds private notes, and sentences of its passages would leave it now.
fn holds_what_must_stay(index: &Index, config: &Config, embedder: &dyn Embedder) -> bool {
    let private = Filter { paths: left_out(config, embedder), ..Filter::default() };
    // A pattern that means nothing keeps everything; it was refused when the configuration was read.
    index.notes().iter().any(|note| private.matches_path(&note.path).unwrap_or(true))
}

/// The exit that a failed search means.
pub(crate) fn unsearched(error: SearchError) -> anyhow::Error {
    match error {
        SearchError::Embed(error) => embedding::unembedded(&error).into(),
        error => Exit::new(Code::Index, error.to_string()).into(),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(crate) fn unopened(error: OpenError) -> anyhow::Error {
    Exit::new(Code::Index, error.to_string()).into()
}

/// Takes a few changed notes into the index, or tells of many. Nothing here keeps an old index from answering.
fn freshen(index: Index, config: &Config, embedder: &dyn Embedder, voice: &dyn Voice) -> Result<Index> {
    let changes = match index::changes(&index, &config.notes, &left_out(config, embedder)) {
        Ok(changes) => changes,
        Err(error) => {
            voice.warning(&format!("{error}; answering from the index as it is"));
            return Ok(index);
        }
    };
    let count = changes.count();
    if count == 0 {
        return Ok(index);
    }
    if count > FRESHEN {
        voice.hint(&format!("{count} notes changed since the index was made: run `footnote index`"));
        return Ok(index);
    }
    match build_index(config, embedder, false, voice) {
        Ok(_) => Index::open(&config.index, embedder).map_err(unopened),
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => Err(Exit::silent(Code::Interrupted).into()),
        Err(error) => {
            voice.warning(&format!("the index could not be brought up to date: {error:#}"));
            Ok(index)
        }
    }
}

/// Brings the index up to date, showing how far it is.
///
/// # Errors
/// When the notes cannot be read, another process is at it, or the disk fails.
pub(crate) fn build_index(
    config: &Config,
    embedder: &dyn Embedder,
    rebuild: bool,
    voice: &dyn Voice,
) -> Result<BuildReport> {
    let request = BuildRequest {
        notes_dir: config.notes.clone(),
        index_dir: config.index.clone(),
        limits: config.limits,
        rebuild,
        leave_out: left_out(config, embedder),
    };
    build(&request, embedder, voice)
}

/// The same for any folder.
///
/// # Errors
/// As [`build_index`].
pub(crate) fn build(
    request: &BuildRequest,
    embedder: &dyn Embedder,
    voice: &dyn Voice,
) -> Result<BuildReport> {
    let built = index::build(request, embedder, &mut |progress| {
        voice.progress(Some(progress));
        if INTERRUPTED.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    voice.progress(None);
    let report = built.map_err(|error| match error {
        BuildError::Cancelled => Exit::silent(Code::Interrupted),
        BuildError::Notes(error) => Exit::new(Code::Usage, error.to_string()),
        BuildError::Embed(error) => {
            let Exit { code, message, hint } = embedding::unembedded(&error);
            let kept = "what was embedded so far is kept for the next time";
            Exit { code, message, hint: hint.map(|hint| format!("{hint}; {kept}")) }
        }
        other => Exit::new(Code::Index, other.to_string()),
    })?;
    report.notices.iter().chain(&report.warnings).for_each(|warning| voice.warning(warning));
    Ok(report)
}
