//! What can happen to the screen, and what it wants done.

use std::time::Duration;

use answer::{Failure, Lines, Step};
use ratatui::crossterm::event::KeyEvent;

use crate::Status;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key went down, or repeats.
    Key(KeyEvent),
    /// Text was pasted: one piece of a question, line ends and all.
    Paste(String),
    /// The mouse wheel moved: rows, down is positive.
    Scroll(i32),
    /// The screen has this many columns and rows.
    Resize(u16, u16),
    /// The time since the start. The screen knows no other clock.
    Tick(Duration),
    /// A step of the question with this id. Steps of any question but the running one fall away.
    Step {
        /// From [`Effect::Ask`].
        id: u64,
        /// What happened.
        step: Step,
    },
    /// The steps of this question ended; a mistake, unless the last one was a final step or it was cancelled.
    Ended {
        /// From [`Effect::Ask`].
        id: u64,
        /// Why, when it is known.
        reason: Option<String>,
    },
    /// The text of a note, for [`Effect::OpenNote`].
    NoteOpened {
        /// From the effect.
        path: String,
        /// The whole note, as the index counts its lines.
        text: String,
    },
    /// A note cannot be read.
    NoteFailed {
        /// From [`Effect::OpenNote`].
        path: String,
        /// Why, one line.
        reason: String,
    },
    /// The index is being brought up to date. `total` 0: not known yet. `done` reaching `total` ends it.
    Indexing {
        /// Notes (or whatever the app counts) done.
        done: usize,
        /// Out of these.
        total: usize,
    },
    /// Something else is being got ready, such as the embedding model: what, in two or three words.
    Loading(String),
    /// Questions can be answered now; a kept question is asked. Also sent whenever the status changes.
    Ready(Status),
    /// Questions cannot be answered.
    Unavailable(Failure),
}

/// How a question is to be answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// From the notes, by whoever writes.
    #[default]
    Usual,
    /// By quoting the notes, whoever writes otherwise.
    Quoted,
    /// Without notes: what the model says by itself, for comparing.
    Alone,
}

/// Something to do, by whoever runs the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask a question; its steps come back as [`Msg::Step`] with this id.
    Ask {
        /// Rises by one with each question.
        id: u64,
        /// As typed, sanitised, without space around it.
        question: String,
        /// The questions before it in this conversation, oldest first, at most eight.
        history: Vec<String>,
        /// How it is to be answered.
        manner: Manner,
    },
    /// Let the next of those who could write do so; answered by [`Msg::Ready`] when that is another one.
    NextWriter,
    /// Stop answering: drop the stream.
    Cancel {
        /// From [`Effect::Ask`].
        id: u64,
    },
    /// Read a note; answered by [`Msg::NoteOpened`] or [`Msg::NoteFailed`].
    OpenNote {
        /// As the passage names it.
        path: String,
        /// The lines that will be looked at.
        lines: Lines,
    },
    /// Put text on the clipboard.
    Copy {
        /// Plain text.
        text: String,
    },
    /// Give the terminal back and stop, until the user resumes.
    Suspend,
    /// Draw the whole screen anew, as something else wrote on it.
    Redraw,
    /// Leave.
    Quit,
}
