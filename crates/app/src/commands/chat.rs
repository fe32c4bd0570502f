//! `footnote`: the chat screen. It is up at once; the model is loaded and the index brought up to date behind it.

use std::sync::{Arc, Mutex, OnceLock};

use answer::{Asker, BoxStream, Failure, FailureKind, Generator as _, Question, Step, resolve_follow_ups};
use anyhow::Result;
use futures_util::stream;
use index::Progress;
use models::Endpoint;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tui::{Msg, Place, RunError, Status};

use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::Voice;
use crate::session::Session;
use crate::writer;

const EXAMPLES: [&str; 3] =
    ["What is GQA?", "全参数微调需要多少显存？", "Why does a model seem dumber after SFT?"];

pub(super) async fn run(config: Config, color: bool) -> Result<Code> {
    let (config, endpoint) = super::blocking(move || {
        let endpoint = writer::endpoint_with_leave(&config)?;
        Ok((config, endpoint))
    })
    .await?;
    let (sender, news) = channel(64);
    let backend = Arc::new(Backend { config, asker: OnceLock::new() });
    let generator = backend.config.generator.clone();
    let session = tui::Session {
        status: Status { generator, place: place(endpoint.as_ref()), ..Status::default() },
        examples: EXAMPLES.map(str::to_owned).to_vec(),
        ready: false,
        color,
    };
    let opening = Arc::clone(&backend);
    tokio::task::spawn_blocking(move || opening.open(endpoint, &News { sender, notices: Mutex::default() }));
    show(backend, session, news).await
}

async fn show(backend: Arc<Backend>, session: tui::Session, news: Receiver<Msg>) -> Result<Code> {
    match tui::run(backend, session, news).await {
        Ok(()) => Ok(Code::Done),
        Err(RunError::Signal(_)) => Ok(Code::Interrupted),
        Err(error) => Err(error.into()),
    }
}

/// What to show before the generator is there to ask.
fn place(endpoint: Option<&Endpoint>) -> Place {
    match endpoint {
        Some(endpoint) if endpoint.is_remote() => Place::Remote,
        Some(_) => Place::Local,
        None => Place::Offline,
    }
}

/// What stands behind the screen.
struct Backend {
    config: Config,
    /// Set once the model and the index are there.
    asker: OnceLock<Asker>,
}

impl Backend {
    /// Gets ready, telling the screen how far it is. Blocks.
    fn open(&self, endpoint: Option<Endpoint>, news: &News) {
        news.tell(Msg::Loading("loading the embedding model".into()));
        let opened =
            Session::open(&self.config, news).and_then(|session| session.asker(&self.config, endpoint));
        match opened {
            Ok((asker, place)) => {
                let generator = asker.generator.model().unwrap_or(asker.generator.name()).to_owned();
                let (notes, chunks) = (asker.index.note_count(), asker.index.chunk_count());
                writer::running(&self.config).iter().for_each(|running| news.remember(running));
                let notices = news.notices.lock().map(|notices| notices.clone()).unwrap_or_default();
                let _ = self.asker.set(asker);
                news.tell(Msg::Ready(Status { notes, chunks, generator, place, notices }));
            }
            Err(error) => {
                let Exit { message, hint, .. } = Exit::of(error);
                let message = message.unwrap_or_else(|| "interrupted".into());
                news.tell(Msg::Unavailable(Failure { kind: FailureKind::Search, message, hint }));
            }
        }
    }
}

impl tui::Backend for Backend {
    fn ask(&self, text: String, history: Vec<String>, alone: bool) -> BoxStream<Step> {
        // The screen keeps questions until it is told that all is ready.
        let Some(asker) = self.asker.get() else { return Box::pin(stream::empty()) };
        let before = resolve_follow_ups(history.iter().map(String::as_str));
        let question = Question { text, before, passages: self.config.passages, ..Question::default() };
        if alone { asker.ask_alone(question) } else { asker.ask(question) }
    }

    fn open_note(&self, path: &str) -> Result<String, String> {
        let bytes =
            std::fs::read(self.config.notes.join(path)).map_err(|error| format!("{path}: {error}"))?;
        notes::Note::read(path, &bytes).map(|note| note.text).map_err(|error| format!("{path}: {error}"))
    }
}

/// Tells the screen of what happens behind it.
struct News {
    sender: Sender<Msg>,
    /// Warnings and hints, for the status line.
    notices: Mutex<Vec<String>>,
}

impl News {
    fn tell(&self, msg: Msg) {
        // A screen that is gone needs no news.
        let _ = self.sender.blocking_send(msg);
    }

    fn remember(&self, message: &str) {
        if let Ok(mut notices) = self.notices.lock() {
            notices.push(message.to_owned());
        }
    }
}

impl Voice for News {
    fn note(&self, message: &str) {
        self.tell(Msg::Loading(message.to_owned()));
    }

    fn warning(&self, message: &str) {
        self.remember(message);
    }

    fn hint(&self, message: &str) {
        self.remember(message);
    }

    fn progress(&self, progress: Option<Progress>) {
        match progress {
            Some(Progress::Embedding { done, total }) => self.tell(Msg::Indexing { done, total }),
            Some(Progress::Reading { .. }) => {}
            Some(Progress::Waiting { seconds }) => {
                self.tell(Msg::Loading(format!("the embedding server wants a pause of {seconds} s")));
            }
            Some(Progress::Writing) => self.tell(Msg::Loading("writing the index".into())),
            None => {}
        }
    }
}
