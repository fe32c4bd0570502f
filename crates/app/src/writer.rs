//! Who writes answers: the generator that the configuration names, with its key, and with leave to send notes where
//! they go.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use answer::{Extractive, Generator};
use anyhow::{Context as _, Result};
use index::Embedder;
use models::{Endpoint, EndpointOptions, Secret, Timeouts, Wire};
use tui::Place;

use crate::config::{Config, KeySource, user_config};
use crate::exit::{Code, Exit};

/// Who writes, and where.
pub(crate) struct Writer {
    pub(crate) generator: Arc<dyn Generator>,
    pub(crate) place: Place,
}

impl Writer {
    /// The generator: at `endpoint`, or the one that needs none.
    ///
    /// # Errors
    /// When the endpoint is on another machine and nobody agreed to that.
    pub(crate) fn new(
        endpoint: Option<Endpoint>,
        config: &Config,
        embedder: &Arc<dyn Embedder>,
    ) -> Result<Self> {
        let Some(endpoint) = endpoint else {
            let generator = Arc::new(Extractive::new(Arc::clone(embedder)));
            return Ok(Self { generator, place: Place::Offline });
        };
        if !endpoint.is_remote() {
            return Ok(Self { generator: Arc::new(endpoint), place: Place::Local });
        }
        if !may_leave(config, &endpoint) {
            let origin = endpoint.origin();
            return Err(Exit::new(Code::Endpoint, format!("nobody agreed yet that passages go to {origin}"))
                .hint("run `footnote` in a terminal and say yes once, give --allow-remote, or use --generator extractive")
                .into());
        }
        Ok(Self { generator: Arc::new(endpoint), place: Place::Remote })
    }
}

/// The endpoint that the configuration names; none for the generator that needs none. Reads its key: a command that
/// gives it may ask for a password, so this is done once.
///
/// # Errors
/// When it is misconfigured, its key cannot be read, or it is on another machine and the network must not be used.
pub(crate) fn endpoint(config: &Config) -> Result<Option<Endpoint>> {
    let Some(wire) = Wire::named(&config.generator) else { return Ok(None) };
    let set = &config.endpoint;
    let seconds = Duration::from_secs;
    let endpoint = Endpoint::new(EndpointOptions {
        wire,
        url: if set.url.is_empty() { wire.usual_url().to_owned() } else { set.url.clone() },
        model: set.model.clone(),
        api_key: key(&set.key)?,
        temperature: Some(set.temperature),
        window: set.context,
        allow_http: set.allow_http,
        timeouts: Timeouts {
            connect: seconds(set.connect_seconds),
            first_byte: seconds(set.first_byte_seconds),
            silence: seconds(set.silence_seconds),
            loading: seconds(set.loading_seconds),
        },
    })
    .map_err(|failure| Exit {
        code: Code::Endpoint,
        message: Some(failure.message),
        hint: failure.hint,
    })?;
    if config.offline && endpoint.is_remote() {
        let origin = endpoint.origin();
        return Err(Exit::new(Code::Endpoint, format!("--offline forbids the endpoint {origin}"))
            .hint("use --generator extractive, or an endpoint on this machine")
            .into());
    }
    Ok(Some(endpoint))
}

/// How long to look for servers on this machine.
const LOOK: Duration = Duration::from_millis(150);

/// What could write answers and is running on this machine, a line each, where nothing is configured and looking is
/// allowed. Blocks for a moment; must be called where the runtime is.
pub(crate) fn running(config: &Config) -> Vec<String> {
    let set = &config.endpoint;
    if config.offline || !set.discover || config.generator != "extractive" || !set.url.is_empty() {
        return Vec::new();
    }
    let found = tokio::runtime::Handle::current().block_on(models::discover(LOOK));
    let line = |found: &models::Found| {
        let (wire, model) = (found.wire.name(), &found.models[0]);
        format!(
            "{wire} is running with {model}: set answer.generator = \"{wire}\" and endpoint.model to have it write"
        )
    };
    found.iter().map(line).collect()
}

/// Reads the key from where it is kept. It is never part of an error.
fn key(source: &KeySource) -> Result<Option<Secret>> {
    let text = match source {
        KeySource::Withheld => return Ok(None),
        KeySource::Env(name) => std::env::var(name).unwrap_or_default(),
        KeySource::File(path) => std::fs::read_to_string(path)
            .with_context(|| format!("endpoint.key_file: cannot read {}", path.display()))?,
        KeySource::Command(command) => {
            let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let output = Command::new(shell).args([flag, command]).stdin(Stdio::null()).output();
            let output = output.context("endpoint.key_command: cannot run it")?;
            anyhow::ensure!(
                output.status.success(),
                "endpoint.key_command failed ({}): run it by hand to see why",
                output.status
            );
            String::from_utf8(output.stdout).ok().context("endpoint.key_command printed what is not UTF-8")?
        }
    };
    Ok(Some(Secret::new(&text)).filter(|key| !key.is_empty()))
}

/// Whether the user agreed that passages go to this endpoint on another machine: now, in the settings, or once before.
pub(crate) fn may_leave(config: &Config, endpoint: &Endpoint) -> bool {
    config.endpoint.allow_remote
        || std::fs::read_to_string(consents())
            .is_ok_and(|text| text.lines().any(|line| line.trim() == endpoint.origin()))
}

/// Where it is remembered to whom passages may go: an origin a line.
fn consents() -> PathBuf {
    user_config().with_file_name("remote-endpoints.txt")
}

/// The endpoint that the configuration names, with leave to use it: asks, once for an endpoint on another machine,
/// whether passages may go there. Where nobody can be asked it asks nothing: [`Writer::new`] will refuse.
///
/// # Errors
/// When the user says no, or as [`endpoint`].
pub(crate) fn endpoint_with_leave(config: &Config) -> Result<Option<Endpoint>> {
    let endpoint = endpoint(config)?;
    endpoint.iter().try_for_each(|endpoint| ask_leave(config, endpoint))?;
    Ok(endpoint)
}

fn ask_leave(config: &Config, endpoint: &Endpoint) -> Result<()> {
    if !endpoint.is_remote() || may_leave(config, endpoint) {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let origin = endpoint.origin();
    let key = match &config.endpoint.key {
        KeySource::Env(name) if std::env::var_os(name).is_some() => format!(", and the key in {name}"),
        KeySource::File(_) | KeySource::Command(_) => ", and your key".to_owned(),
        KeySource::Env(_) | KeySource::Withheld => String::new(),
    };
    let mut out = io::stderr().lock();
    write!(
        out,
        "{origin} is on another machine. Each question sends there: the question, and the passages found for it{key}. \
         Keys and passwords in passages are masked, and notes under `private` stay here.\n\
         Send them to {origin}, from now on? [y/N] "
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Err(Exit::new(Code::Endpoint, format!("nothing was sent to {origin}"))
            .hint("use --generator extractive, or an endpoint on this machine")
            .into());
    }
    let file = consents();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(file, "{origin}").context("cannot remember the answer")?;
    Ok(())
}
