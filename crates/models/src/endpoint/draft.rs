//! A draft as it comes: a stream that asks, reads and understands only as far as it is polled. Dropping it drops the
//! connection, and with it the work at the server.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use answer::{Delta, Failure, Prompt};
use futures_util::Stream;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use tokio::time::{Instant, sleep, timeout_at};

use super::http::{Refused, Server};
use crate::wire::{Ask, Broken, Complaint, Reader};

/// How long to wait for the count of tokens and the end mark once the answer is over; a few servers send neither
/// and keep the connection open.
const AFTERWORD: Duration = Duration::from_secs(2);
/// The longest pause between two looks at a server that loads its model.
const PAUSE: Duration = Duration::from_secs(1);

/// The draft of one prompt.
pub(super) fn stream(server: Arc<Server>, prompt: Prompt) -> impl Stream<Item = Result<Delta, Failure>> {
    let phase = Phase::Ask(Asking::new(&server));
    let draft = Draft { server, prompt, phase, ready: VecDeque::new(), failure: None };
    futures_util::stream::unfold(draft, Draft::next)
}

struct Draft {
    server: Arc<Server>,
    prompt: Prompt,
    phase: Phase,
    /// Understood and not yet given out.
    ready: VecDeque<Delta>,
    /// Comes after all that is ready.
    failure: Option<Failure>,
}

enum Phase {
    Ask(Asking),
    Read(Box<Reading>),
    Over,
}

impl Draft {
    async fn next(mut self) -> Option<(Result<Delta, Failure>, Self)> {
        loop {
            if let Some(delta) = self.ready.pop_front() {
                return Some((Ok(delta), self));
            }
            let next = match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Ask(asking) => asking.ask(&self.server, &self.prompt, &mut self.ready).await,
                Phase::Read(mut reading) => {
                    let more = reading.more(&self.server).await;
                    self.ready.extend(reading.reader.take());
                    more.map(|is_over| if is_over { Phase::Over } else { Phase::Read(reading) })
                }
                Phase::Over => return self.failure.take().map(|failure| (Err(failure), self)),
            };
            match next {
                Ok(phase) => self.phase = phase,
                Err(failure) => self.failure = Some(failure),
            }
        }
    }
}

/// Settings that not every model takes.
pub(super) struct Terms {
    /// None where the server's own default holds.
    pub(super) temperature: Option<f64>,
    /// As in [`Ask`].
    pub(super) new_limit_name: bool,
}

impl Terms {
    /// Gives way to a server that refused one of them. Whether there is anything to give.
    pub(super) fn yield_to(&mut self, status: u16, complaint: &Complaint) -> bool {
        if status != 400 {
            return false;
        }
        if !self.new_limit_name && complaint.is_about("max_completion_tokens") {
            self.new_limit_name = true;
            return true;
        }
        complaint.is_about("temperature") && self.temperature.take().is_some()
    }

    /// What `server` is asked in these terms.
    pub(super) fn ask<'a>(&self, server: &'a Server) -> Ask<'a> {
        Ask {
            model: &server.target.model,
            temperature: self.temperature,
            window: server.window.get().copied().or(server.set_window),
            new_limit_name: self.new_limit_name,
        }
    }
}

/// A prompt that is being sent: again only while the server loads its model, or differently where it does not take a
/// setting.
struct Asking {
    terms: Terms,
    give_up: Instant,
    pause: Duration,
    wait: bool,
}

impl Asking {
    fn new(server: &Server) -> Self {
        Self {
            terms: Terms { temperature: server.temperature, new_limit_name: false },
            give_up: Instant::now() + server.timeouts.loading,
            pause: Duration::from_millis(250),
            wait: false,
        }
    }

    async fn ask(
        mut self,
        server: &Server,
        prompt: &Prompt,
        ready: &mut VecDeque<Delta>,
    ) -> Result<Phase, Failure> {
        if std::mem::take(&mut self.wait) {
            sleep(self.pause).await;
            self.pause = (self.pause * 2).min(PAUSE);
        }
        let ask = self.terms.ask(server);
        let Refused { status, complaint, next } =
            match server.post(server.target.place.url.clone(), &server.wire.body(prompt, &ask)).await? {
                Ok(response) => {
                    return Reading::new(response, server).map(|reading| Phase::Read(Box::new(reading)));
                }
                Err(refused) => refused,
            };
        let left = self.give_up.saturating_duration_since(Instant::now());
        if status == 503 && complaint.is_loading() && left > self.pause {
            ready.push_back(Delta::Waiting(format!(
                "the server is loading its model; waiting for {} s at most",
                left.as_secs().max(1)
            )));
            self.wait = true;
        } else if self.terms.yield_to(status, &complaint) {
            // Asked again in these terms.
        } else if status == 404 && complaint.lacks_model() {
            let there = server.models().await.unwrap_or_default();
            return Err(server.target.no_such_model(&complaint, &there));
        } else {
            return Err(server.target.refused(status, &complaint, next.as_deref()));
        }
        Ok(Phase::Ask(self))
    }
}

/// A response that is being read.
struct Reading {
    response: Response,
    reader: Reader,
    /// A first word, or a first thought, has come.
    begun: bool,
    /// When something understood last came.
    heard: Instant,
}

impl Reading {
    fn new(response: Response, server: &Server) -> Result<Self, Failure> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.contains("html") {
            return Err(server.target.no_stream(&Complaint::of(b"<html>")));
        }
        let reader = Reader::new(server.wire, &kind);
        Ok(Self { response, reader, begun: false, heard: Instant::now() })
    }

    /// Reads one piece. Whether the draft is over; what was understood is in the reader, also when it failed.
    async fn more(&mut self, server: &Server) -> Result<bool, Failure> {
        let patience = match () {
            () if self.reader.stopped() => AFTERWORD,
            () if self.begun => server.timeouts.silence,
            () => server.timeouts.first_byte,
        };
        let outcome = match timeout_at(self.heard + patience, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => match self.reader.feed(&bytes) {
                Ok(()) if self.reader.done() => self.reader.finish().map(|()| true),
                fed => fed.map(|()| false),
            },
            Ok(Ok(None)) => self.reader.finish().map(|()| true),
            // The answer is there: what may still have followed is not worth a failure.
            _ if self.reader.stopped() => self.reader.finish().map(|()| true),
            Ok(Err(error)) => return Err(server.lost(&error)),
            Err(_) => return Err(server.silent(patience, self.begun)),
        };
        if self.reader.told_more() {
            self.begun = true;
            self.heard = Instant::now();
        }
        outcome.map_err(|broken| match broken {
            Broken::Early | Broken::Foreign(_) if self.reader.is_whole() => {
                server.target.no_stream(&Complaint::default())
            }
            broken => server.target.broken(&broken),
        })
    }
}
