//! The few styles of the screen. Everything reads without colour: colour only repeats what a mark or a word says.

use answer::Verdict;
use ratatui::style::{Color, Modifier, Style};

use crate::Place;

/// What things look like. Uses the terminal's own sixteen colours, so that it fits dark and light backgrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) color: bool,
}

impl Theme {
    fn fg(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// What the eye should find first: the question, the selection.
    pub(crate) fn accent(self) -> Style {
        self.fg(Color::Cyan)
    }

    /// Numbers of citations.
    pub(crate) fn citation(self) -> Style {
        self.fg(Color::Blue)
    }

    /// Whatever stands back: hints, headings, frames.
    pub(crate) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Text of the draft that nobody has checked yet.
    pub(crate) fn draft(self) -> Style {
        Style::new().add_modifier(Modifier::DIM | Modifier::ITALIC)
    }

    pub(crate) fn code(self) -> Style {
        self.fg(Color::Magenta)
    }

    pub(crate) fn error(self) -> Style {
        self.fg(Color::Red)
    }

    pub(crate) fn notice(self) -> Style {
        self.fg(Color::Yellow)
    }

    pub(crate) fn verdict(self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Supported => self.fg(Color::Green),
            Verdict::Partly => self.fg(Color::Yellow),
            Verdict::Unsupported => self.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Verdict::Contradicted => self.fg(Color::Red).add_modifier(Modifier::BOLD),
            Verdict::NotChecked => self.dim(),
        }
    }

    pub(crate) fn place(self, place: Place) -> Style {
        match place {
            Place::Offline | Place::Local => self.fg(Color::Green),
            Place::Remote => self.fg(Color::Yellow).add_modifier(Modifier::BOLD),
        }
    }
}

/// The mark of a verdict, one column wide.
pub(crate) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Supported => "✓",
        Verdict::Partly => "~",
        Verdict::Unsupported => "?",
        Verdict::Contradicted => "✗",
        Verdict::NotChecked => "·",
    }
}

/// The word for a verdict.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Supported => "supported",
        Verdict::Partly => "partly",
        Verdict::Unsupported => "unsupported",
        Verdict::Contradicted => "contradicted",
        Verdict::NotChecked => "not checked",
    }
}
