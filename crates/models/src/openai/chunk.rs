//! Reads the events of a `chat/completions` stream: what is text, what is thought, how it ends.
//!
//! Pure, and lenient about everything but the end: a draft counts as whole only when the server says so.

use answer::{Delta, Usage};
use serde_json::Value;

use super::refusal::Complaint;
use super::think::{Piece, Splitter};

/// Why a stream is no whole draft.
#[derive(Debug, PartialEq)]
pub(super) enum Broken {
    /// The server says so.
    Complaint(Complaint),
    /// What came is no chunk; it begins like this.
    NotAChunk(String),
    /// The stream is over, but not the draft.
    Early,
    /// The draft is over and there is nothing in it.
    Empty {
        /// There were thoughts.
        thought: bool,
        /// `max_tokens` was reached.
        cut: bool,
    },
    /// The server's own filter ended it.
    Filtered,
}

/// Reads one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    splitter: Splitter,
    /// Some text of the draft has come.
    wrote: bool,
    thought: bool,
    cut: bool,
    /// The server told why it stopped writing.
    stopped: bool,
    /// `[DONE]` has come: nothing follows.
    done: bool,
    counted: bool,
}

impl Reader {
    /// Whether some of the draft has come.
    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    /// Whether the draft is over; only the count of tokens may follow.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Whether nothing more will come.
    pub(super) fn done(&self) -> bool {
        self.done
    }

    /// Takes the data of one event, of type `name`, and adds what it says to `deltas`.
    pub(super) fn event(&mut self, name: &str, data: &str, deltas: &mut Vec<Delta>) -> Result<(), Broken> {
        if self.done {
            return Ok(());
        }
        if data.trim() == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        let Ok(chunk) = serde_json::from_str::<Value>(data) else {
            return Err(if name == "error" {
                Broken::Complaint(Complaint::of(data.as_bytes()))
            } else {
                Broken::NotAChunk(crate::words(data))
            });
        };
        if name == "error" || is_complaint(&chunk) {
            return Err(Broken::Complaint(Complaint::of_json(&chunk)));
        }
        self.chunk(&chunk, deltas)
    }

    /// Ends the stream, and says whether the draft is whole.
    pub(super) fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<(), Broken> {
        let mut pieces = Vec::new();
        std::mem::take(&mut self.splitter).finish(&mut pieces);
        self.add(pieces, deltas);
        if !self.stopped && !self.done {
            return Err(Broken::Early);
        }
        if !self.wrote {
            return Err(Broken::Empty { thought: self.thought, cut: self.cut });
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: &Value, deltas: &mut Vec<Delta>) -> Result<(), Broken> {
        // Absent in the chunk that carries the count, whose list of choices is empty.
        let choices = chunk.get("choices").and_then(Value::as_array);
        let choice = choices.into_iter().flatten().find(|choice| choice.get("index").is_none_or(|n| *n == 0));
        if let Some(choice) = choice {
            // A server that does not stream sends one `message` instead.
            let delta = choice.get("delta").filter(|delta| delta.is_object()).or(choice.get("message"));
            if let Some(delta) = delta {
                self.delta(delta, deltas);
            }
            match choice.get("finish_reason").and_then(Value::as_str) {
                None | Some("") => {}
                Some(reason) => {
                    self.stopped = true;
                    let mut pieces = Vec::new();
                    std::mem::take(&mut self.splitter).finish(&mut pieces);
                    self.add(pieces, deltas);
                    match reason {
                        "length" if !self.cut => {
                            self.cut = true;
                            deltas.push(Delta::Cut);
                        }
                        "content_filter" => return Err(Broken::Filtered),
                        _ => {}
                    }
                }
            }
        }
        if let Some(usage) = chunk.get("usage").and_then(usage)
            && !std::mem::replace(&mut self.counted, true)
        {
            deltas.push(Delta::Usage(usage));
        }
        Ok(())
    }

    fn delta(&mut self, delta: &Value, deltas: &mut Vec<Delta>) {
        // Three names for one thing; a server that uses two of them says the same in both.
        let names = ["reasoning_content", "reasoning", "thinking"];
        let thought = names.iter().filter_map(|name| delta.get(name)?.as_str()).find(|text| !text.is_empty());
        if let Some(thought) = thought {
            self.add(vec![Piece::Thought(thought.to_owned())], deltas);
        }
        let mut pieces = Vec::new();
        match delta.get("content") {
            Some(Value::String(text)) => self.splitter.feed(text, &mut pieces),
            // Content in parts: `[{"type": "text", "text": "…"}]`.
            Some(Value::Array(parts)) => {
                for text in parts.iter().filter_map(|part| part.get("text")?.as_str()) {
                    self.splitter.feed(text, &mut pieces);
                }
            }
            _ => {}
        }
        self.add(pieces, deltas);
    }

    fn add(&mut self, pieces: Vec<Piece>, deltas: &mut Vec<Delta>) {
        for piece in pieces {
            deltas.push(match piece {
                Piece::Text(text) => {
                    self.wrote = true;
                    Delta::Text(text)
                }
                Piece::Thought(text) => {
                    self.thought = true;
                    Delta::Thinking(text)
                }
            });
        }
    }
}

/// Whether what came in place of a chunk is a complaint: `{"error": …}`, or `{"object": "error", …}` (vLLM).
fn is_complaint(chunk: &Value) -> bool {
    chunk.get("error").is_some_and(|error| !error.is_null())
        || chunk.get("object").is_some_and(|object| *object == "error")
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |name| u32::try_from(usage.get(name)?.as_u64()?).ok();
    Some(Usage {
        prompt_tokens: count("prompt_tokens")?,
        // Left out by some servers when nothing was written.
        completion_tokens: count("completion_tokens").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> String {
        format!(r#"{{"choices":[{{"index":0,"delta":{{"content":{}}}}}]}}"#, Value::from(content))
    }

    const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    const COUNT: &str =
        r#"{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13}}"#;

    fn read(events: &[&str]) -> (Vec<Delta>, Result<(), Broken>) {
        let (mut reader, mut deltas) = (Reader::default(), Vec::new());
        for data in events {
            if let Err(broken) = reader.event("", data, &mut deltas) {
                return (deltas, Err(broken));
            }
        }
        let end = reader.finish(&mut deltas);
        (deltas, end)
    }

    fn check(events: &[&str], deltas: &[Delta], end: Result<(), Broken>) {
        assert_eq!(read(events), (deltas.to_vec(), end), "{events:?}");
    }

    fn t(text: &str) -> Delta {
        Delta::Text(text.into())
    }

    fn thinking(text: &str) -> Delta {
        Delta::Thinking(text.into())
    }

    const USAGE: Delta = Delta::Usage(Usage { prompt_tokens: 11, completion_tokens: 2 });

    #[test]
    fn a_whole_draft() {
        let role =
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#;
        let (a, b) = (text("GQA 分"), text("组"));
        check(&[role, &a, &b, STOP, COUNT, "[DONE]"], &[t("GQA 分"), t("组"), USAGE], Ok(()));
        check(&[&a, STOP], &[t("GQA 分")], Ok(()));
        check(&[&a, "[DONE]"], &[t("GQA 分")], Ok(()));
        check(&[&a, STOP, "[DONE]", &b, "rubbish"], &[t("GQA 分")], Ok(()));
    }

    #[test]
    fn what_a_server_may_leave_out_or_add() {
        let one =
            r#"{"choices":[{"message":{"content":"All at once."},"finish_reason":"stop"}],"error":null}"#;
        check(&[one], &[t("All at once.")], Ok(()));
        let parts = r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"image"}]}}]}"#;
        check(&[parts, STOP], &[t("a")], Ok(()));
        let two =
            r#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"yes"}}]}"#;
        check(&[two, STOP], &[t("yes")], Ok(()));
        check(&[&text("a"), "{}", "[]", "7", r#"{"choices":null}"#, STOP], &[t("a")], Ok(()));
        check(&[&text("a"), STOP, COUNT, COUNT], &[t("a"), USAGE], Ok(()));
        check(&[&text("a"), STOP, r#"{"choices":[],"usage":{"prompt_tokens":-1}}"#], &[t("a")], Ok(()));
    }

    #[test]
    fn thoughts_come_under_many_names() {
        for name in ["reasoning_content", "reasoning", "thinking"] {
            let chunk = format!(r#"{{"choices":[{{"delta":{{"{name}":"hm","content":""}}}}]}}"#);
            check(&[&chunk, &text("a"), STOP], &[thinking("hm"), t("a")], Ok(()));
        }
        let both = r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#;
        check(&[both, &text("a"), STOP], &[thinking("hm"), t("a")], Ok(()));
        let cut = [&text("<thi"), &text("nk>h"), &text("m</thin"), &text("k>\n\na"), STOP];
        check(&cut.map(|s| s as &str), &[thinking("h"), thinking("m"), t("a")], Ok(()));
    }

    #[test]
    fn the_end_decides() {
        let a = text("a");
        check(&[&a], &[t("a")], Err(Broken::Early));
        check(&[], &[], Err(Broken::Early));
        check(&[STOP], &[], Err(Broken::Empty { thought: false, cut: false }));
        check(&["[DONE]"], &[], Err(Broken::Empty { thought: false, cut: false }));
        check(
            &[&text("<think>"), &text("hm"), STOP],
            &[thinking("hm")],
            Err(Broken::Empty { thought: true, cut: false }),
        );
        let long = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
        check(&[&a, long, COUNT], &[t("a"), Delta::Cut, USAGE], Ok(()));
        check(&[long], &[Delta::Cut], Err(Broken::Empty { thought: false, cut: true }));
        let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
        check(&[&a, filtered], &[t("a")], Err(Broken::Filtered));
        check(&[&a, "{\"choi"], &[t("a")], Err(Broken::NotAChunk("{\"choi".into())));
    }

    #[test]
    fn a_complaint_ends_it() {
        for data in [
            r#"{"error":{"message":"out of memory","code":500}}"#,
            r#"{"error":"out of memory"}"#,
            r#"{"object":"error","message":"out of memory"}"#,
        ] {
            let (deltas, end) = read(&[&text("a"), data]);
            assert_eq!(deltas, [t("a")]);
            assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "out of memory"), "{data}");
        }
        let mut reader = Reader::default();
        let end = reader.event("error", "overloaded", &mut Vec::new());
        assert!(matches!(end, Err(Broken::Complaint(c)) if c.message == "overloaded"));
    }

    /// As llama.cpp sent it, the ids shortened; with CRLF and a comment, as others send it.
    const RECORDED: [&str; 2] = [
        concat!(
            "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}],\"created\":1,\"id\":\"c\"}\n\n",
            "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\"👩 你\"}}],\"created\":1,\"id\":\"c\"}\n\n",
            "data: {\"choices\":[{\"finish_reason\":\"length\",\"index\":0,\"delta\":{}}],\"created\":1,\"id\":\"c\"}\n\n",
            "data: {\"choices\":[],\"created\":1,\"id\":\"c\",\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":11,\"total_tokens\":13},\"timings\":{\"prompt_ms\":373.805}}\n\n",
            "data: [DONE]\n\n",
        ),
        concat!(
            ": PROCESSING\r\n\r\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<think>嗯</think>👩 你\"}}],\"usage\":null}\r\n\r\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}],",
            "\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":11}}\r\n\r\n",
            "data: [DONE]\r\n\r\n",
        ),
    ];

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        use crate::openai::sse::Decoder;
        let read = |pieces: &[&[u8]]| {
            let (mut decoder, mut reader) = (Decoder::default(), Reader::default());
            let (mut events, mut deltas) = (Vec::new(), Vec::new());
            for piece in pieces {
                decoder.feed(piece, &mut events).unwrap();
                for event in events.drain(..) {
                    reader.event(&event.name, &event.data, &mut deltas).unwrap();
                }
            }
            reader.finish(&mut deltas).unwrap();
            deltas
        };
        for (stream, thought) in RECORDED.iter().zip([None, Some(thinking("嗯"))]) {
            let expected: Vec<Delta> = thought.into_iter().chain([t("👩 你"), Delta::Cut, USAGE]).collect();
            let bytes = stream.as_bytes();
            assert_eq!(read(&bytes.chunks(1).collect::<Vec<_>>()), expected);
            for at in 0..=bytes.len() {
                assert_eq!(read(&[&bytes[..at], &bytes[at..]]), expected, "cut at {at}");
            }
        }
    }
}
