//! A draft as it comes: a stream that asks, reads and understands only as far as it is polled. Dropping it drops the
//! connection, and with it the work at the server.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use answer::{Delta, Failure, FailureKind, Prompt};
use futures_util::Stream;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;

use super::chunk::{Broken, Reader};
use super::http::Endpoint;
use super::refusal::Complaint;
use super::sse::{Decoder, TooLong};

/// How long to wait for the count of tokens and the end mark once the answer is over; a few servers send neither
/// and keep the connection open.
const AFTERWORD: Duration = Duration::from_secs(2);

/// The longest answer of a server that does not stream, in bytes.
const MOST_OF_A_WHOLE: usize = 10_000_000;

/// The draft of one prompt.
pub(super) fn stream(endpoint: Arc<Endpoint>, prompt: Prompt) -> impl Stream<Item = Result<Delta, Failure>> {
    let draft = Draft { endpoint, phase: Phase::Ask(prompt), ready: VecDeque::new(), failure: None };
    futures_util::stream::unfold(draft, Draft::next)
}

struct Draft {
    endpoint: Arc<Endpoint>,
    phase: Phase,
    /// Understood and not yet given out.
    ready: VecDeque<Delta>,
    /// Comes after all that is ready.
    failure: Option<Failure>,
}

enum Phase {
    Ask(Prompt),
    Read(Reading),
    Over,
}

impl Draft {
    async fn next(mut self) -> Option<(Result<Delta, Failure>, Self)> {
        loop {
            if let Some(delta) = self.ready.pop_front() {
                return Some((Ok(delta), self));
            }
            let next = match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Ask(prompt) => match self.endpoint.ask(&prompt).await {
                    Ok(response) => Reading::new(response, &self.endpoint).map(Phase::Read),
                    Err(failure) => Err(failure),
                },
                Phase::Read(mut reading) => match reading.more(&self.endpoint).await {
                    Ok(is_over) => {
                        self.ready.extend(reading.deltas.drain(..));
                        Ok(if is_over { Phase::Over } else { Phase::Read(reading) })
                    }
                    Err(failure) => {
                        self.ready.extend(reading.deltas.drain(..));
                        Err(failure)
                    }
                },
                Phase::Over => return self.failure.take().map(|failure| (Err(failure), self)),
            };
            match next {
                Ok(phase) => self.phase = phase,
                Err(failure) => self.failure = Some(failure),
            }
        }
    }
}

/// A response that is being read.
struct Reading {
    response: Response,
    form: Form,
    reader: Reader,
    /// A first word, or a first thought, has come.
    begun: bool,
    deltas: Vec<Delta>,
}

enum Form {
    /// A stream of events.
    Events(Decoder),
    /// One JSON text, from a server that does not stream.
    Whole(Vec<u8>),
}

impl Reading {
    fn new(response: Response, endpoint: &Endpoint) -> Result<Self, Failure> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.contains("html") {
            return Err(endpoint.target.no_stream(&Complaint::of(b"<html>")));
        }
        let is_whole = kind.contains("json");
        let form = if is_whole { Form::Whole(Vec::new()) } else { Form::Events(Decoder::default()) };
        Ok(Self { response, form, reader: Reader::default(), begun: false, deltas: Vec::new() })
    }

    /// Reads one piece. Whether the draft is over; what was understood is in `deltas`, also when it failed.
    async fn more(&mut self, endpoint: &Endpoint) -> Result<bool, Failure> {
        let is_whole = matches!(self.form, Form::Whole(_));
        let patience = match () {
            () if self.reader.stopped() => AFTERWORD,
            () if self.begun || is_whole => endpoint.timeouts.silence,
            () => endpoint.timeouts.first_byte,
        };
        let piece = timeout(patience, self.response.chunk()).await;
        let outcome = match piece {
            Ok(Ok(Some(bytes))) => self.feed(&bytes),
            Ok(Ok(None)) => self.end(),
            // The answer is there: what may still have followed is not worth a failure.
            _ if self.reader.stopped() => self.reader.finish(&mut self.deltas).map(|()| true),
            Ok(Err(error)) => return Err(endpoint.lost(&error, self.kind())),
            Err(_) => return Err(endpoint.silent(patience, self.kind())),
        };
        self.begun |= !self.deltas.is_empty();
        outcome.map_err(|broken| match broken {
            Broken::Early | Broken::NotAChunk(_) if is_whole => {
                endpoint.target.no_stream(&Complaint::default())
            }
            broken => endpoint.target.broken(&broken, self.reader.wrote()),
        })
    }

    fn kind(&self) -> FailureKind {
        if self.reader.wrote() { FailureKind::CutShort } else { FailureKind::Endpoint }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<bool, Broken> {
        let decoder = match &mut self.form {
            Form::Events(decoder) => decoder,
            Form::Whole(body) if body.len() + bytes.len() > MOST_OF_A_WHOLE => return Err(too_long(TooLong)),
            Form::Whole(body) => {
                body.extend_from_slice(bytes);
                return Ok(false);
            }
        };
        let mut events = Vec::new();
        let fed = decoder.feed(bytes, &mut events);
        for event in events {
            self.reader.event(&event.name, &event.data, &mut self.deltas)?;
        }
        fed.map_err(too_long)?;
        if self.reader.done() { self.reader.finish(&mut self.deltas).map(|()| true) } else { Ok(false) }
    }

    fn end(&mut self) -> Result<bool, Broken> {
        match &mut self.form {
            Form::Events(decoder) => {
                let mut events = Vec::new();
                decoder.finish(&mut events).map_err(too_long)?;
                for event in events {
                    self.reader.event(&event.name, &event.data, &mut self.deltas)?;
                }
            }
            Form::Whole(body) => {
                let body = String::from_utf8_lossy(body);
                self.reader.event("", &body, &mut self.deltas)?;
            }
        }
        self.reader.finish(&mut self.deltas).map(|()| true)
    }
}

fn too_long(_: TooLong) -> Broken {
    Broken::NotAChunk("more than 10 MB without a line end".into())
}
