//! Everything the screen knows.

use std::time::Duration;

use answer::{sanitize, sanitize_line};
use ratatui::layout::Rect;

use crate::entry::Entry;
use crate::input::Input;
use crate::layout::{self, Areas};
use crate::overlay::Overlay;
use crate::scroll::Scroll;
use crate::source::Source;
use crate::theme::Theme;
use crate::transcript;
use crate::{Session, Status};

/// Everything the screen knows. Changed by [`update`](crate::update) alone.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) status: Status,
    pub(crate) examples: Vec<String>,
    pub(crate) ready: bool,
    pub(crate) theme: Theme,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) now: Duration,
    pub(crate) entries: Vec<Entry>,
    pub(crate) next_id: u64,
    pub(crate) input: Input,
    /// The question asked before that stands in the input, as an index into `asked`.
    pub(crate) recalled: Option<usize>,
    /// All questions, for recalling; longer than `entries` after `/clear`.
    pub(crate) asked: Vec<String>,
    pub(crate) scroll: Scroll,
    pub(crate) focus: Focus,
    /// The entry whose passages are shown; the last one with any when none.
    pub(crate) shown: Option<usize>,
    /// The passage that the keys go to, when they go to the passages.
    pub(crate) selected: usize,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) progress: Option<Progress>,
    /// Why no question can be answered: what happened, and what to do.
    pub(crate) unavailable: Option<(String, Option<String>)>,
    /// What the last key had no better answer to. Gone with the next key.
    pub(crate) hint: Option<String>,
    /// When Ctrl-C was pressed with nothing to cancel: once more and we leave.
    pub(crate) leaving: Option<Duration>,
    pub(crate) dirty: bool,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    Input,
    Passages,
}

/// What is being got ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) what: String,
    pub(crate) done: usize,
    /// 0 when not known.
    pub(crate) total: usize,
}

impl Model {
    /// A screen of `width` columns and `height` rows on which nothing has been asked.
    #[must_use]
    pub fn new(session: &Session, width: u16, height: u16) -> Self {
        let mut model = Self {
            status: Status::default(),
            examples: session.examples.iter().map(|text| sanitize_line(text).into_owned()).collect(),
            ready: session.ready,
            theme: Theme { color: session.color },
            size: (width, height),
            now: Duration::ZERO,
            entries: Vec::new(),
            next_id: 1,
            input: Input::default(),
            recalled: None,
            asked: Vec::new(),
            scroll: Scroll::Tail,
            focus: Focus::Input,
            shown: None,
            selected: 0,
            overlay: None,
            progress: None,
            unavailable: None,
            hint: None,
            leaving: None,
            dirty: true,
        };
        model.set_status(&session.status);
        model
    }

    /// Whether anything changed since this was last asked.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Whether something moves on its own, so that [`Msg::Tick`](crate::Msg::Tick) is wanted ten times a second.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running().is_some() || !self.ready && self.unavailable.is_none() || self.leaving.is_some()
    }

    pub(crate) fn set_status(&mut self, status: &Status) {
        self.status = Status {
            generator: sanitize_line(&status.generator).into_owned(),
            offer: status.offer.as_deref().map(|offer| sanitize_line(offer).into_owned()),
            notices: status.notices.iter().map(|notice| sanitize_line(notice).into_owned()).collect(),
            ..*status
        };
    }

    /// The question that is being answered, or kept.
    pub(crate) fn running(&self) -> Option<&Entry> {
        self.entries.last().filter(|entry| entry.is_running())
    }

    pub(crate) fn running_mut(&mut self) -> Option<&mut Entry> {
        self.entries.last_mut().filter(|entry| entry.is_running())
    }

    /// The entry whose passages are shown.
    pub(crate) fn shown_entry(&self) -> Option<usize> {
        let has_any = |&nth: &usize| self.entries.get(nth).is_some_and(|entry| !entry.passages.is_empty());
        self.shown.filter(has_any).or_else(|| (0..self.entries.len()).rev().find(has_any))
    }

    /// What the panel shows.
    pub(crate) fn sources(&self) -> Vec<Source> {
        self.shown_entry().map(|nth| self.entries[nth].sources()).unwrap_or_default()
    }

    pub(crate) fn areas(&self) -> Option<Areas> {
        let (width, height) = self.size;
        let input_rows = self.input.rows(layout::input_width(width)).len();
        layout::areas(width, height, input_rows, self.shown_entry().is_some())
    }

    /// The inside of an overlay's frame.
    pub(crate) fn overlay_inner(&self) -> Rect {
        let area = layout::overlay(self.size.0, self.size.1);
        Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
    }

    pub(crate) fn heights(&self) -> Vec<usize> {
        self.entries.iter().map(|entry| entry.rows.len()).collect()
    }

    /// Brings what is derived up to date: rows that are out of date are broken anew, nothing points past an end.
    pub(crate) fn settle(&mut self) {
        let Some(areas) = self.areas() else { return };
        let width = layout::text_width(areas.transcript);
        for (nth, entry) in self.entries.iter_mut().enumerate() {
            if entry.rows_width == Some(width) {
                continue;
            }
            let rows = transcript::rows(entry, width, self.theme);
            if entry.rows_width.is_some() {
                self.scroll = self.scroll.rewrapped(nth, entry.rows.len(), rows.len());
            }
            entry.rows = rows;
            entry.rows_width = Some(width);
        }
        let inner = self.overlay_inner();
        if let Some(Overlay::Note(note)) = &mut self.overlay {
            let text_width = usize::from(inner.width).saturating_sub(note.gutter() + 3);
            note.settle(text_width, inner.height.into());
        }
        let sources = self.sources().len();
        self.selected = self.selected.min(sources.saturating_sub(1));
        if sources == 0 || areas.panel.is_none() {
            self.focus = Focus::Input;
        }
    }
}

/// Text from outside, for the input: sanitised, without a line end at its end.
pub(crate) fn clean_paste(text: &str) -> String {
    sanitize(text).trim_end_matches('\n').to_owned()
}
