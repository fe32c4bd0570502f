//! Wiring: from the configuration to an embedder, an index that is up to date, and a generator.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use answer::{Asker, Budget, Extractive, Generator};
use anyhow::Result;
use index::{BuildError, BuildReport, BuildRequest, Embedder, Index, OpenError, Progress};

use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::Terminal;

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
    pub(crate) fn open(config: &Config, terminal: Terminal) -> Result<Self> {
        let embedder = open_embedder(config, terminal)?;
        let index = open_index(config, embedder.as_ref(), terminal)?;
        for notice in index.notices() {
            terminal.warning(notice);
        }
        Ok(Self { index: Arc::new(index), embedder })
    }

    /// Ready to answer with the configured generator.
    ///
    /// # Errors
    /// When the generator's configuration is wrong.
    pub(crate) fn asker(&self, config: &Config) -> Result<Asker> {
        Ok(Asker {
            index: Arc::clone(&self.index),
            embedder: Arc::clone(&self.embedder),
            generator: open_generator(config, &self.embedder)?,
            budget: Budget { context: config.endpoint.context, answer: config.endpoint.max_tokens },
        })
    }
}

/// Loads the embedding model, fetching ONNX Runtime first where it is missing and the network may be used.
///
/// # Errors
/// When it cannot be had; the message says what is missing and the ways out.
pub(crate) fn open_embedder(config: &Config, terminal: Terminal) -> Result<Arc<dyn Embedder>> {
    let options = models::EmbedderOptions {
        model: config.embedding.model.clone(),
        cache_dir: config.cache.clone(),
        onnxruntime: config.embedding.onnxruntime.clone(),
        offline: config.offline,
    };
    let embedder = models::open_embedder(&options, &mut |message| terminal.note(message))
        .map_err(|error| Exit::new(Code::Usage, error.to_string()))?;
    Ok(Arc::from(embedder))
}

/// The generator that the configuration names.
///
/// # Errors
/// When its configuration is wrong.
pub(crate) fn open_generator(config: &Config, embedder: &Arc<dyn Embedder>) -> Result<Arc<dyn Generator>> {
    if config.generator == "extractive" {
        return Ok(Arc::new(Extractive::new(Arc::clone(embedder))));
    }
    anyhow::bail!("openai is on its way")
}

fn open_index(config: &Config, embedder: &dyn Embedder, terminal: Terminal) -> Result<Index> {
    match Index::open(&config.index, embedder) {
        Ok(index) => freshen(index, config, embedder, terminal),
        Err(error @ OpenError::Io { .. }) => Err(Exit::new(Code::Index, error.to_string()).into()),
        Err(error) => {
            match &error {
                OpenError::Missing { .. } => {
                    terminal.note(&format!("No index yet: reading {}", config.notes.display()))
                }
                _ => terminal.warning(&format!("{error}; making it again from the notes")),
            }
            build_index(config, embedder, false, terminal)?;
            Index::open(&config.index, embedder)
                .map_err(|error| Exit::new(Code::Index, error.to_string()).into())
        }
    }
}

/// Takes a few changed notes into the index, or tells of many. Nothing here keeps an old index from answering.
fn freshen(index: Index, config: &Config, embedder: &dyn Embedder, terminal: Terminal) -> Result<Index> {
    let changes = match index::changes(&index, &config.notes) {
        Ok(changes) => changes,
        Err(error) => {
            terminal.warning(&format!("{error}; answering from the index as it is"));
            return Ok(index);
        }
    };
    let count = changes.added.len() + changes.changed.len() + changes.removed.len();
    if count == 0 {
        return Ok(index);
    }
    if count > FRESHEN {
        terminal.hint(&format!("{count} notes changed since the index was made: run `footnote index`"));
        return Ok(index);
    }
    match build_index(config, embedder, false, terminal) {
        Ok(_) => Index::open(&config.index, embedder)
            .map_err(|error| Exit::new(Code::Index, error.to_string()).into()),
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => Err(Exit::silent(Code::Interrupted).into()),
        Err(error) => {
            terminal.warning(&format!("the index could not be brought up to date: {error:#}"));
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
    terminal: Terminal,
) -> Result<BuildReport> {
    let request = BuildRequest {
        notes_dir: config.notes.clone(),
        index_dir: config.index.clone(),
        limits: config.limits,
        rebuild,
    };
    let mut bar = None;
    let mut show = |progress: Progress| {
        let (doing, done, total) = match progress {
            Progress::Reading { done, total } => ("Reading", done, total),
            Progress::Embedding { done, total } => ("Embedding", done, total),
            Progress::Writing => ("Writing", 1, 1),
        };
        let (shown, current) = bar.get_or_insert_with(|| (terminal.bar(doing), doing));
        if *current != doing {
            if let Some(bar) = shown.take() {
                bar.finish_and_clear();
            }
            (*shown, *current) = (terminal.bar(doing), doing);
        }
        if let Some(bar) = shown {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
        if INTERRUPTED.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let built = index::build(&request, embedder, &mut show);
    if let Some((Some(bar), _)) = bar {
        bar.finish_and_clear();
    }
    let report = built.map_err(|error| match error {
        BuildError::Cancelled => Exit::silent(Code::Interrupted),
        other => Exit::new(Code::Index, other.to_string()),
    })?;
    for warning in &report.warnings {
        terminal.warning(warning);
    }
    Ok(report)
}
