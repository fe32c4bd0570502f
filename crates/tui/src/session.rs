//! What the app tells the screen about itself.

/// What the screen needs to know before the first question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the bottom line shows.
    pub status: Status,
    /// Questions to try, shown while nothing has been asked; three fit well. Sanitised by the screen.
    pub examples: Vec<String>,
    /// Whether questions can be answered at once. If not, the screen says that it is getting ready, keeps a question
    /// until [`Msg::Ready`](crate::Msg::Ready), and shows [`Msg::Indexing`](crate::Msg::Indexing) as a gauge.
    pub ready: bool,
    /// Whether to use colours: false with `NO_COLOR` or `--color never`.
    pub color: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { status: Status::default(), examples: Vec::new(), ready: true, color: true }
    }
}

/// What the bottom line shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// The number of notes in the index.
    pub notes: usize,
    /// The number of chunks in the index.
    pub chunks: usize,
    /// Who writes the drafts: `extractive`, `qwen3:8b`. Sanitised by the screen.
    pub generator: String,
    /// Where passages go.
    pub place: Place,
    /// What the user should know about the index, a line each: `3 notes changed: run footnote index`. Sanitised by
    /// the screen.
    pub notices: Vec<String>,
    /// Who could write instead, for [`Effect::NextWriter`](crate::Effect::NextWriter): `qwen3:8b (ollama)`. None when
    /// there is nobody else. Sanitised by the screen.
    pub offer: Option<String>,
}

/// Where passages go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// They stay on this machine, and the network is forbidden.
    #[default]
    Offline,
    /// They stay on this machine.
    Local,
    /// To another machine.
    Remote,
}

impl Place {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Offline => "OFFLINE",
            Self::Local => "LOCAL",
            Self::Remote => "REMOTE",
        }
    }
}
