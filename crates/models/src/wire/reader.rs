//! Bytes of a response to deltas.

use answer::Delta;
use serde_json::Value;

use super::lines::{Lines, TooLong};
use super::sse::{Event, Events};
use super::told::Told;
use super::{Broken, Complaint, Wire, anthropic, ollama, openai};

/// The longest answer of a server that does not stream, in bytes.
const MOST_OF_A_WHOLE: usize = 4_000_000;

/// Reads one response, however its bytes are cut into pieces.
#[derive(Debug)]
pub(crate) struct Reader {
    wire: Wire,
    frames: Frames,
    told: Told,
}

/// How a response is cut up.
#[derive(Debug)]
enum Frames {
    Events(Events),
    /// A JSON text a line.
    Lines(Lines),
    /// One JSON text, from a server that does not stream.
    Whole(Vec<u8>),
}

impl Reader {
    /// For a response in this dialect, of this `content-type` (empty when there is none).
    pub(crate) fn new(wire: Wire, content_type: &str) -> Self {
        let kind = content_type.to_ascii_lowercase();
        let frames = match wire {
            _ if kind.contains("json") && !kind.contains("ndjson") && !kind.contains("jsonl") => {
                Frames::Whole(Vec::new())
            }
            Wire::Ollama => Frames::Lines(Lines::default()),
            Wire::OpenAi | Wire::Anthropic => Frames::Events(Events::default()),
        };
        Self { wire, frames, told: Told::default() }
    }

    /// Whether the server does not stream: nothing is known before its last byte.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.frames, Frames::Whole(_))
    }

    /// Whether the draft is over; only the count of tokens may follow.
    pub(crate) fn stopped(&self) -> bool {
        self.told.stopped
    }

    /// Whether nothing more will come.
    pub(crate) fn done(&self) -> bool {
        self.told.done
    }

    /// Whether something was understood since it was last taken.
    pub(crate) fn told_more(&self) -> bool {
        !self.told.deltas.is_empty()
    }

    /// What was understood since this was last called.
    pub(crate) fn take(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.told.deltas)
    }

    /// Takes the next bytes. What was understood before they broke off stays.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Broken> {
        while !bytes.is_empty() && !self.told.done {
            let event = match &mut self.frames {
                Frames::Events(events) => events.next(&mut bytes).map_err(too_long)?,
                Frames::Lines(lines) => lines.next(&mut bytes).map_err(too_long)?.map(record),
                Frames::Whole(body) if body.len() + bytes.len() > MOST_OF_A_WHOLE => {
                    return Err(Broken::Endless);
                }
                Frames::Whole(body) => {
                    body.extend_from_slice(bytes);
                    return Ok(());
                }
            };
            if let Some(event) = event {
                self.event(&event)?;
            }
        }
        Ok(())
    }

    /// Ends the response, and says whether the draft is whole.
    pub(crate) fn finish(&mut self) -> Result<(), Broken> {
        let last = match &mut self.frames {
            Frames::Events(events) => events.finish().map_err(too_long)?,
            Frames::Lines(lines) => lines.finish().map(record),
            Frames::Whole(body) => Some(record(String::from_utf8_lossy(body).into_owned())),
        };
        if let Some(event) = last {
            self.event(&event)?;
        }
        self.told.finish()
    }

    fn event(&mut self, Event { name, data }: &Event) -> Result<(), Broken> {
        let data = data.trim();
        if self.told.done || data.is_empty() {
            return Ok(());
        }
        if data == "[DONE]" {
            self.told.done = true;
            return Ok(());
        }
        let Ok(json) = serde_json::from_str::<Value>(data) else {
            return Err(if name == "error" {
                Broken::Complaint(Complaint::of(data.as_bytes()))
            } else {
                Broken::Foreign(crate::words(data))
            });
        };
        if name == "error" || is_complaint(&json) {
            return Err(Broken::Complaint(Complaint::of_json(&json)));
        }
        match self.wire {
            Wire::OpenAi => openai::event(&json, &mut self.told),
            Wire::Ollama => ollama::event(&json, &mut self.told),
            Wire::Anthropic => anthropic::event(&json, &mut self.told),
        }?;
        self.told.within_bounds()
    }
}

fn record(data: String) -> Event {
    Event { name: String::new(), data }
}

fn too_long(_: TooLong) -> Broken {
    Broken::Endless
}

/// Whether what came is a complaint: `{"error": …}`, `{"type": "error", …}`, or `{"object": "error", …}` (vLLM).
fn is_complaint(json: &Value) -> bool {
    json.get("error").is_some_and(|error| !error.is_null())
        || ["object", "type"].iter().any(|name| json.get(name).is_some_and(|kind| *kind == "error"))
}

/// A count of tokens.
pub(super) fn tokens(counts: &Value, name: &str) -> Option<u32> {
    u32::try_from(counts.get(name)?.as_u64()?).ok()
}
