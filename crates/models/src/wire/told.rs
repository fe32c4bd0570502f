//! What a server has said so far, whatever its dialect. Lenient about everything but the end: a draft counts as whole
//! only when the server says so.

use answer::{Delta, Usage};

use super::Complaint;
use super::think::{Piece, Splitter};

/// The most that is taken from one server for one draft, in bytes. `max_tokens` is far below it: a server that goes on
/// and on does not obey.
const MOST: usize = 4_000_000;

/// Why a stream is no whole draft.
#[derive(Debug, PartialEq)]
pub(crate) enum Broken {
    /// The server says so.
    Complaint(Complaint),
    /// What came is no piece of a draft; it begins like this.
    Foreign(String),
    /// More came than any answer is long.
    Endless,
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

/// What has been said.
#[derive(Debug, Default)]
pub(super) struct Told {
    splitter: Splitter,
    /// Understood and not yet taken.
    pub(super) deltas: Vec<Delta>,
    /// Some text of the draft has come.
    wrote: bool,
    /// The server told why it stopped writing: only the count of tokens may follow.
    pub(super) stopped: bool,
    /// Nothing more will come.
    pub(super) done: bool,
    /// The prompt's tokens, where they are told before the draft.
    pub(super) prompt_tokens: Option<u32>,
    thought: bool,
    cut: bool,
    counted: bool,
    bytes: usize,
}

impl Told {
    /// Text of the draft, thoughts in tags among it.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes += text.len();
        let mut pieces = Vec::new();
        self.splitter.feed(text, &mut pieces);
        self.add(pieces);
    }

    /// A thought.
    pub(super) fn think(&mut self, text: &str) {
        self.bytes += text.len();
        if !text.is_empty() {
            self.add(vec![Piece::Thought(text.to_owned())]);
        }
    }

    /// The server stopped writing; `cut`: because the limit on the answer's tokens was reached.
    pub(super) fn stop(&mut self, cut: bool) {
        self.stopped = true;
        self.flush();
        if cut && !std::mem::replace(&mut self.cut, true) {
            self.deltas.push(Delta::Cut);
        }
    }

    /// The server counted tokens. Some leave the draft's count out when nothing was written.
    pub(super) fn count(&mut self, prompt: Option<u32>, draft: Option<u32>) {
        if let Some(prompt_tokens) = prompt.or(self.prompt_tokens)
            && !std::mem::replace(&mut self.counted, true)
        {
            let completion_tokens = draft.unwrap_or_default();
            self.deltas.push(Delta::Usage(Usage { prompt_tokens, completion_tokens }));
        }
    }

    /// Whether there is still room for more.
    pub(super) fn within_bounds(&self) -> Result<(), Broken> {
        if self.bytes > MOST { Err(Broken::Endless) } else { Ok(()) }
    }

    /// Ends the stream, and says whether the draft is whole.
    pub(super) fn finish(&mut self) -> Result<(), Broken> {
        self.flush();
        match () {
            () if !self.stopped && !self.done => Err(Broken::Early),
            () if !self.wrote => Err(Broken::Empty { thought: self.thought, cut: self.cut }),
            () => Ok(()),
        }
    }

    fn flush(&mut self) {
        let mut pieces = Vec::new();
        std::mem::take(&mut self.splitter).finish(&mut pieces);
        self.add(pieces);
    }

    fn add(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            self.deltas.push(match piece {
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
