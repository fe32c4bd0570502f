//! The embedding model: in this program, or at a server, with leave to send notes there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Result;
use index::{EmbedError, Embedder};
use models::{EndpointOptions, Secret, Served, ServedOptions, Wire};

use crate::config::{Config, EmbeddingServer};
use crate::exit::{Code, Exit};
use crate::leave::{Leave, Purpose};
use crate::output::Voice;
use crate::session::INTERRUPTED;
use crate::writer::{key, misconfigured, timeouts};

/// Loads the embedding model, fetching ONNX Runtime first where it is missing and the network may be used; or asks the
/// server that has it.
///
/// # Errors
/// When it cannot be had; the message says what is missing and the ways out.
pub(crate) fn open(config: &Config, voice: &dyn Voice) -> Result<Arc<dyn Embedder>> {
    if let Some(server) = &config.embedding.server {
        return open_served(config, server, voice);
    }
    let options = models::EmbedderOptions {
        model: config.embedding.model.clone(),
        cache_dir: config.cache.clone(),
        onnxruntime: config.embedding.onnxruntime.clone(),
        offline: config.offline,
    };
    let embedder = models::open_embedder(&options, &mut |message| voice.note(message))
        .map_err(|error| Exit::new(Code::Usage, error.to_string()).hint(error.hint()))?;
    Ok(Arc::from(embedder))
}

fn open_served(config: &Config, server: &EmbeddingServer, voice: &dyn Voice) -> Result<Arc<dyn Embedder>> {
    // Refused before the key is read.
    let bare = served(config, server, None)?;
    if bare.is_remote() {
        let leave = leave(&bare, server);
        if config.offline {
            let message = format!("--offline forbids the embedding server {}", leave.origin);
            return Err(Exit::new(Code::Endpoint, message).hint(leave.instead()).into());
        }
        if !leave.is_given() {
            return Err(leave.refusal().into());
        }
        if !config.private.is_empty() {
            voice.note("notes under `private` are not in the index: the embedding server must not read them");
        }
    }
    let opened = served(config, server, key(&server.key)?)?.open();
    Ok(Arc::from(opened.map_err(|error| unembedded(&error))?))
}

/// Asks, once for an embedding server on another machine, whether notes may go there. Where nobody can be asked it asks
/// nothing: [`open`] will refuse.
///
/// # Errors
/// When the user says no, or the server is misconfigured.
pub(crate) fn ask_leave(config: &Config) -> Result<()> {
    let Some(server) = &config.embedding.server else { return Ok(()) };
    let served = served(config, server, None)?;
    if served.is_remote() && !config.offline { leave(&served, server).ask() } else { Ok(()) }
}

/// Whether notes leave this machine to be embedded, as far as the settings tell.
pub(crate) fn is_remote(config: &Config) -> bool {
    let server = config.embedding.server.as_ref();
    server.is_some_and(|server| served(config, server, None).is_ok_and(|served| served.is_remote()))
}

fn leave<'a>(served: &Served, server: &'a EmbeddingServer) -> Leave<'a> {
    Leave {
        origin: served.origin(),
        purpose: Purpose::Vectors,
        allowed: server.allow_remote,
        key: &server.key,
    }
}

fn served(config: &Config, server: &EmbeddingServer, api_key: Option<Secret>) -> Result<Served> {
    let wire = Wire::named(&server.wire).unwrap_or(Wire::OpenAi);
    let options = ServedOptions {
        endpoint: EndpointOptions {
            wire,
            url: if server.url.is_empty() { wire.usual_url().to_owned() } else { server.url.clone() },
            model: config.embedding.model.clone(),
            api_key,
            temperature: None,
            window: None,
            allow_http: server.allow_http,
            timeouts: timeouts(config),
        },
        question_prefix: server.question_prefix.clone(),
        passage_prefix: server.passage_prefix.clone(),
        stopped: || INTERRUPTED.load(Ordering::Relaxed),
    };
    Ok(Served::new(options).map_err(misconfigured)?)
}

/// The exit that an embedding error means: a server that fails is an endpoint that fails.
pub(crate) fn unembedded(error: &EmbedError) -> Exit {
    match error {
        _ if INTERRUPTED.load(Ordering::Relaxed) => Exit::silent(Code::Interrupted),
        EmbedError::Server { message, hint, .. } => Exit::new(Code::Endpoint, message).hint(hint),
        EmbedError::Failed(_) => Exit::new(Code::Index, error.to_string()),
    }
}
