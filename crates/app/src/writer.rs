//! Who writes answers: the generator that the configuration names, with its key, and with leave to send notes where
//! they go.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use answer::{Extractive, Failure, Generator, SecondOpinion};
use anyhow::{Context as _, Result};
use index::Embedder;
use models::{Endpoint, EndpointOptions, Found, Secret, Timeouts, Wire};
use tui::Place;

use crate::checker;
use crate::config::{Config, KeySource};
use crate::exit::{Code, Exit};
use crate::leave::{Leave, Purpose};

/// Who writes, and where passages go for it.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) generator: Arc<dyn Generator>,
    pub(crate) place: Place,
    /// The writing model's own, where the configuration wants it asked.
    pub(crate) second_opinion: Option<SecondOpinion>,
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
        let second_opinion = endpoint.as_ref().and_then(|endpoint| checker::writing(config, endpoint));
        let (generator, is_remote): (Arc<dyn Generator>, bool) = match endpoint {
            None => (quoting(embedder), false),
            Some(endpoint) => match leave(config, &endpoint) {
                Some(leave) if !leave.is_given() => return Err(leave.refusal().into()),
                leave => (Arc::new(endpoint), leave.is_some()),
            },
        };
        let place = place(config, is_remote || embedder.is_remote());
        Ok(Self { generator, place, second_opinion })
    }
}

/// The generator that quotes the notes.
pub(crate) fn quoting(embedder: &Arc<dyn Embedder>) -> Arc<dyn Generator> {
    Arc::new(Extractive::new(Arc::clone(embedder)))
}

/// What to show of where passages go.
pub(crate) fn place(config: &Config, is_remote: bool) -> Place {
    match is_remote {
        _ if config.offline => Place::Offline,
        true => Place::Remote,
        false => Place::Local,
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
    let endpoint = Endpoint::new(EndpointOptions {
        wire,
        url: if set.url.is_empty() { wire.usual_url().to_owned() } else { set.url.clone() },
        model: set.model.clone(),
        api_key: key(&set.key)?,
        temperature: Some(set.temperature),
        window: set.context,
        allow_http: set.allow_http,
        timeouts: timeouts(config),
    })
    .map_err(misconfigured)?;
    if config.offline && endpoint.is_remote() {
        let origin = endpoint.origin();
        return Err(Exit::new(Code::Endpoint, format!("--offline forbids the endpoint {origin}"))
            .hint("use --generator extractive, or an endpoint on this machine")
            .into());
    }
    Ok(Some(endpoint))
}

/// How long to wait for servers, whatever they are asked for.
pub(crate) fn timeouts(config: &Config) -> Timeouts {
    let (set, seconds) = (&config.endpoint, Duration::from_secs);
    Timeouts {
        connect: seconds(set.connect_seconds),
        first_byte: seconds(set.first_byte_seconds),
        silence: seconds(set.silence_seconds),
        loading: seconds(set.loading_seconds),
    }
}

/// The exit that a server's settings mean that will not do.
pub(crate) fn misconfigured(failure: Failure) -> Exit {
    Exit { code: Code::Endpoint, message: Some(failure.message), hint: failure.hint }
}

/// How long to look for servers on this machine.
const LOOK: Duration = Duration::from_millis(150);

/// The model servers that run on this machine, where nothing is configured and looking is allowed.
async fn discovered(config: &Config) -> Vec<Found> {
    let set = &config.endpoint;
    if config.offline || !set.discover || config.generator != "extractive" || !set.url.is_empty() {
        return Vec::new();
    }
    models::discover(LOOK).await
}

/// What could write answers and is running on this machine, a line each.
pub(crate) async fn running(config: &Config) -> Vec<String> {
    let line = |found: &Found| {
        let (wire, model) = (found.wire.name(), &found.models[0]);
        format!(
            "{wire} is running with {model}: Ctrl+G in the chat has it write; for good, set answer.generator = \"{wire}\" and endpoint.model"
        )
    };
    discovered(config).await.iter().map(line).collect()
}

/// The most models of one server that are offered.
const OFFERED: usize = 8;

/// Those who could write and are running on this machine, a few of each server. Must be called where the runtime is.
pub(crate) async fn found(config: &Config, embedder: &Arc<dyn Embedder>) -> Vec<Writer> {
    let mut writers = Vec::new();
    for Found { wire, url, models } in discovered(config).await {
        for model in models.into_iter().take(OFFERED) {
            let options = EndpointOptions {
                wire,
                url: url.clone(),
                model,
                api_key: None,
                temperature: Some(config.endpoint.temperature),
                window: config.endpoint.context,
                allow_http: false,
                timeouts: timeouts(config),
            };
            // It was found on loopback, so nobody need be asked.
            let endpoint = Endpoint::new(options).ok().filter(|endpoint| !endpoint.is_remote());
            writers.extend(endpoint.and_then(|it| Writer::new(Some(it), config, embedder).ok()));
        }
    }
    writers
}

/// Reads the key from where it is kept. It is never part of an error.
pub(crate) fn key(source: &KeySource) -> Result<Option<Secret>> {
    let text = match source {
        KeySource::Withheld => return Ok(None),
        KeySource::Env(name) => std::env::var(name).unwrap_or_default(),
        KeySource::File(path) => std::fs::read_to_string(path)
            .with_context(|| format!("key_file: cannot read {}", path.display()))?,
        KeySource::Command(command) => {
            let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let output = Command::new(shell).args([flag, command]).stdin(Stdio::null()).output();
            let output = output.context("key_command: cannot run it")?;
            anyhow::ensure!(
                output.status.success(),
                "key_command failed ({}): run it by hand to see why",
                output.status
            );
            String::from_utf8(output.stdout).ok().context("key_command printed what is not UTF-8")?
        }
    };
    Ok(Some(Secret::new(&text)).filter(|key| !key.is_empty()))
}

/// What leaves for an endpoint on another machine; none where nothing leaves this one.
pub(crate) fn leave<'a>(config: &'a Config, endpoint: &Endpoint) -> Option<Leave<'a>> {
    let Config { endpoint: set, .. } = config;
    endpoint.is_remote().then(|| Leave {
        origin: endpoint.origin(),
        purpose: Purpose::Answers,
        allowed: set.allow_remote,
        key: &set.key,
    })
}

/// The endpoint that the configuration names, with leave to use it: asks, once for an endpoint on another machine,
/// whether passages may go there. Where nobody can be asked it asks nothing: [`Writer::new`] will refuse.
///
/// # Errors
/// When the user says no, or as [`endpoint`].
pub(crate) fn endpoint_with_leave(config: &Config) -> Result<Option<Endpoint>> {
    let endpoint = endpoint(config)?;
    endpoint.iter().filter_map(|endpoint| leave(config, endpoint)).try_for_each(|leave| leave.ask())?;
    Ok(endpoint)
}
