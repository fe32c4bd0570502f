//! The commands.

mod aliases;
mod ask;
mod chat;
mod config;
mod doctor;
mod eval;
mod index;
mod instead;
mod question;
mod search;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Global};
use crate::config::{Config, Layers, Settings, Whose, user_config};
use crate::embedding;
use crate::exit::Code;
use crate::output::{Terminal, Voice as _};
use crate::session::INTERRUPTED;

/// Runs what the command line asks for.
///
/// # Errors
/// Whatever keeps it from being done, with its exit code.
pub(crate) fn run(cli: Cli, terminal: &Arc<Terminal>) -> Result<Code> {
    let command = cli.command.unwrap_or(Command::Chat);
    match &command {
        Command::Completions { shell } => return completions(*shell),
        Command::Man => return man(),
        Command::Config(which) => return config::run(which, &cli.global),
        _ => {}
    }
    let generator = match &command {
        Command::Ask(ask) => ask.generator.as_deref(),
        _ => None,
    };
    let config = Config::resolve(&settings(&cli.global, generator)?)?;
    let embeds =
        !matches!(command, Command::Doctor) && !matches!(&command, Command::Index(args) if args.check);
    if embeds {
        // Before the screen is taken, and before anything is opened.
        embedding::ask_leave(&config)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    match command {
        Command::Ask(args) => runtime.block_on(interruptible(ask::run(args, config, Arc::clone(terminal)))),
        Command::Search(args) => {
            runtime.block_on(interruptible(search::run(args, config, Arc::clone(terminal))))
        }
        Command::Aliases(args) => {
            runtime.block_on(interruptible(aliases::run(args, config, Arc::clone(terminal))))
        }
        Command::Index(args) => {
            runtime.block_on(interruptible(index::run(args, config, Arc::clone(terminal))))
        }
        Command::Eval(args) => {
            let file = file_to_write(&cli.global);
            runtime.block_on(interruptible(eval::run(args, config, file, Arc::clone(terminal))))
        }
        Command::Doctor => {
            let files = config_files(&cli.global).into_iter().filter(|file| file.is_file());
            let files = files.map(|file| file.display().to_string()).collect();
            runtime.block_on(interruptible(doctor::run(config, files, Arc::clone(terminal))))
        }
        Command::Setup => runtime.block_on(interruptible(setup(config, Arc::clone(terminal)))),
        Command::Chat => runtime.block_on(chat::run(config, terminal.color())),
        Command::Completions { .. } | Command::Man | Command::Config(_) => Ok(Code::Done),
    }
}

/// Runs a command until it is done or Ctrl-C comes. Async work is dropped, which cancels it; blocking work sees the flag at
/// its next step and is waited for, so that nothing is left half written.
async fn interruptible(work: impl Future<Output = Result<Code>>) -> Result<Code> {
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        _ = tokio::signal::ctrl_c() => INTERRUPTED.store(true, Ordering::Relaxed),
    }
    Ok(Code::Interrupted)
}

/// Runs blocking work off the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("a background task stopped unexpectedly")?
}

async fn setup(config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    blocking(move || {
        let embedder = embedding::open(&config, terminal.as_ref())?;
        terminal.note(&format!("Ready: {}", embedder.id()));
        Ok(Code::Done)
    })
    .await
}

#[allow(clippy::print_stdout, reason = "clap's generator writes to a writer; the script is the output")]
fn completions(shell: clap_complete::Shell) -> Result<Code> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "footnote", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(Code::Done)
}

fn man() -> Result<Code> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    std::io::Write::write_all(&mut std::io::stdout(), &page)?;
    Ok(Code::Done)
}

/// The configuration files that are read, weakest first: the user's, then the project's (or the one named by a flag).
fn config_files(global: &Global) -> Vec<PathBuf> {
    let mut files = vec![user_config()];
    match &global.config {
        Some(file) => files = vec![file.clone()],
        None => files.extend(project_config()),
    }
    files
}

/// The configuration file that a setting is written to: the strongest that is there, or else one in this folder.
fn file_to_write(global: &Global) -> PathBuf {
    let there = config_files(global).into_iter().rev().find(|file| file.is_file() || global.config.is_some());
    there.unwrap_or_else(|| "config.toml".into())
}

/// The nearest config.toml, in this folder or one above it.
fn project_config() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("config.toml")).find(|file| file.is_file())
}

/// All layers, the flags on top.
fn settings(global: &Global, generator: Option<&str>) -> Result<Settings> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let base =
        project_config().and_then(|file| file.parent().map(Path::to_owned)).unwrap_or_else(|| here.clone());
    let mut layers = Layers::defaults(&base)?;
    for file in config_files(global) {
        if file.is_file() || global.config.is_some() {
            let own = global.config.is_some() || file == user_config();
            layers.file(&file, if own { Whose::Own } else { Whose::Found })?;
        }
    }
    layers.env(&here, |name| std::env::var(name).ok())?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("the path is not UTF-8");
    if let Some(notes) = &global.notes {
        layers.flag("notes.folder", "--notes", &path(notes)?)?;
    }
    if let Some(index) = &global.index {
        layers.flag("index.folder", "--index", &path(index)?)?;
    }
    if global.offline {
        layers.flag("offline", "--offline", "true")?;
    }
    if global.allow_remote {
        layers.flag("endpoint.allow_remote", "--allow-remote", "true")?;
        layers.flag("embedding.allow_remote", "--allow-remote", "true")?;
    }
    if let Some(generator) = generator {
        layers.flag("answer.generator", "--generator", generator)?;
    }
    Ok(layers.settle())
}
