//! `footnote`: the chat screen. It is up at once; the model is loaded and the index brought up to date behind it.

mod writers;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use answer::{
    Asker, BoxStream, Earlier, Failure, FailureKind, Generator, Question, Step, resolve_follow_ups,
};
use anyhow::Result;
use futures_util::{StreamExt as _, stream};
use index::Progress;
use models::Endpoint;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tui::{Manner, Msg, Place, RunError, Status};

use self::writers::Writers;
use crate::checker;
use crate::config::Config;
use crate::embedding;
use crate::exit::{Code, Exit};
use crate::output::Voice;
use crate::session::Session;
use crate::writer::{self, Writer};

const EXAMPLES: [&str; 3] =
    ["What is GQA?", "全参数微调需要多少显存？", "Why does a model seem dumber after SFT?"];

pub(super) async fn run(config: Config, color: bool) -> Result<Code> {
    let (config, endpoint) = super::blocking(move || {
        let endpoint = writer::endpoint_with_leave(&config)?;
        Ok((config, endpoint))
    })
    .await?;
    let (sender, news) = channel(64);
    let backend = Arc::new(Backend {
        config,
        ready: OnceLock::new(),
        earlier: Arc::default(),
        runtime: Handle::current(),
    });
    let generator = backend.config.generator.clone();
    let session = tui::Session {
        status: Status { generator, place: place(&backend.config, endpoint.as_ref()), ..Status::default() },
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
fn place(config: &Config, endpoint: Option<&Endpoint>) -> Place {
    let is_remote = endpoint.is_some_and(Generator::is_remote) || embedding::is_remote(config);
    writer::place(config, is_remote)
}

/// What stands behind the screen.
struct Backend {
    config: Config,
    /// Set once the model and the index are there.
    ready: OnceLock<Ready>,
    /// The last question that was answered.
    earlier: Arc<Mutex<Option<Earlier>>>,
    runtime: Handle,
}

/// All that answering takes.
struct Ready {
    asker: Asker,
    writers: Mutex<Writers>,
    notices: Vec<String>,
}

impl Ready {
    /// What the bottom line shows.
    fn status(&self, writers: &Writers) -> Status {
        let Writer { generator, place, .. } = writers.current();
        Status {
            notes: self.asker.index.note_count(),
            chunks: self.asker.index.chunk_count(),
            generator: generator.model().unwrap_or(generator.name()).to_owned(),
            place: *place,
            notices: self.notices.clone(),
            offer: writers.offer(),
        }
    }
}

impl Backend {
    /// Gets ready, telling the screen how far it is. Blocks.
    fn open(&self, endpoint: Option<Endpoint>, news: &News) {
        news.tell(Msg::Loading("loading the embedding model".into()));
        let opened =
            Session::open(&self.config, news).and_then(|session| session.asker(&self.config, endpoint, news));
        match opened {
            Ok((mut asker, place)) => {
                let found = self.runtime.block_on(writer::found(&self.config, &asker.embedder));
                if !found.is_empty() && asker.second_opinion.is_none() {
                    asker.second_opinion = checker::in_folder(&self.config, news);
                }
                let (generator, second_opinion) =
                    (Arc::clone(&asker.generator), asker.second_opinion.clone());
                let configured = Writer { generator, place, second_opinion };
                let writers = Writers::new(configured, found, writer::quoting(&asker.embedder));
                let notices = news.notices.lock().map(|notices| notices.clone()).unwrap_or_default();
                let ready = self.ready.get_or_init(|| Ready { asker, writers: Mutex::new(writers), notices });
                news.tell(Msg::Ready(locked(&ready.writers, |writers| ready.status(writers))));
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
    fn ask(&self, text: String, history: Vec<String>, manner: Manner) -> BoxStream<Step> {
        // The screen keeps questions until it is told that all is ready.
        let Some(ready) = self.ready.get() else { return Box::pin(stream::empty()) };
        let (generator, own) = locked(&ready.writers, |writers| match manner {
            Manner::Quoted => (Arc::clone(&writers.quoting), None),
            Manner::Usual | Manner::Alone => {
                let Writer { generator, second_opinion, .. } = writers.current();
                (Arc::clone(generator), second_opinion.clone())
            }
        });
        let asker = ready.asker.clone();
        let asker = Asker { generator, second_opinion: own.or(asker.second_opinion), ..asker };
        let before = resolve_follow_ups(history.iter().map(String::as_str));
        // An answer to another question, or from before `/clear`, is not what this one follows up on.
        let earlier = locked(&self.earlier, |earlier| earlier.clone())
            .filter(|earlier| history.last() == Some(&earlier.question));
        let (asked, passages) = (text.clone(), self.config.passages);
        let question = Question { text, before, earlier, passages, ..Question::default() };
        if manner == Manner::Alone {
            return asker.ask_alone(question);
        }
        let (kept, mut found) = (Arc::clone(&self.earlier), Arc::from([]));
        Box::pin(asker.ask(question).inspect(move |step| match step {
            Step::Retrieved(retrieval) => found = Arc::clone(&retrieval.passages),
            Step::Answered(answer) => {
                let answered = Earlier::of(&asked, &found, answer);
                locked(&kept, |kept| *kept = Some(answered));
            }
            _ => {}
        }))
    }

    fn next_writer(&self) -> Option<Status> {
        let ready = self.ready.get()?;
        locked(&ready.writers, |writers| writers.turn().then(|| ready.status(writers)))
    }

    fn open_note(&self, path: &str) -> Result<String, String> {
        let bytes =
            std::fs::read(self.config.notes.join(path)).map_err(|error| format!("{path}: {error}"))?;
        notes::Note::read(path, &bytes).map(|note| note.text).map_err(|error| format!("{path}: {error}"))
    }
}

/// Does something with what is locked; a panic while it was locked before does not matter, since every change is whole.
fn locked<T, R>(mutex: &Mutex<T>, work: impl FnOnce(&mut T) -> R) -> R {
    work(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner))
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
