//! Draws the model. Reads it and changes nothing.

use ratatui::Frame;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::entry::State;
use crate::layout::{self, Areas, input_width, text_width};
use crate::model::{Focus, Model};
use crate::overlay::{NoteView, Overlay, Page, holds};
use crate::wrap::{clip, wrap};
use crate::{keys, panel, status, welcome};

/// How long a picture of the spinner stays, in milliseconds.
pub(crate) const SPINNER_MS: u128 = 100;
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Draws the screen. The frame should have the size that [`Msg::Resize`](crate::Msg::Resize) told last; what does not
/// fit is left out.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let Some(areas) = model.areas() else { return too_small(frame) };
    if model.entries.is_empty() {
        welcome::draw(model, areas.transcript, frame);
    } else {
        transcript(model, areas.transcript, frame);
    }
    if let Some(area) = areas.panel {
        panel::draw(model, area, areas.beside, frame);
    }
    put(frame, areas.activity, activity(model, areas.activity.width.into()));
    let caret = input(model, &areas, frame);
    put(frame, areas.status, status::line(model, areas.status.width.into()));
    match &model.overlay {
        Some(Overlay::Help(top)) => help(model, *top, frame),
        Some(Overlay::Note(note)) => note_view(model, note, frame),
        // The real caret, not a drawn one: input methods for Chinese put their window there.
        None if model.focus == Focus::Input => frame.set_cursor_position(caret),
        None => {}
    }
}

/// Draws a widget as far as it is inside the frame.
pub(crate) fn put(frame: &mut Frame<'_>, area: Rect, lines: impl Into<ratatui::text::Text<'static>>) {
    let area = area.intersection(frame.area());
    frame.render_widget(Paragraph::new(lines.into()), area);
}

/// The picture of the spinner at this moment.
pub(crate) fn spinner(model: &Model) -> &'static str {
    let nth = model.now.as_millis() / SPINNER_MS % SPINNER.len() as u128;
    SPINNER[usize::try_from(nth).unwrap_or(0)]
}

fn too_small(frame: &mut Frame<'_>) {
    let area = frame.area();
    let rows = wrap(&Line::raw("Too small: 20×6 at least, please."), area.width.into(), 0);
    put(frame, area, rows);
}

fn transcript(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let height = usize::from(area.height);
    let top = model.scroll.top(&model.heights(), height);
    let rows = model.entries.iter().flat_map(|entry| &entry.rows);
    let rows: Vec<Line<'static>> = rows.skip(top).take(height).cloned().collect();
    put(frame, Rect { width: u16::try_from(text_width(area)).unwrap_or(area.width), ..area }, rows);
}

/// What is going on, and what can be done about it.
fn activity(model: &Model, width: usize) -> Line<'static> {
    let theme = model.theme;
    if let Some(hint) = &model.hint {
        return Line::styled(clip(hint, width), theme.notice());
    }
    let height = model.areas().map_or(0, |areas| areas.transcript.height.into());
    let heights = model.heights();
    let below = heights.iter().sum::<usize>().saturating_sub(model.scroll.top(&heights, height) + height);
    if let Some(entry) = model.running() {
        let doing = match &entry.state {
            State::Waiting => "waiting for the index".to_owned(),
            State::Reading => match entry.passages.len() {
                1 => "reading 1 passage".to_owned(),
                n => format!("reading {n} passages"),
            },
            State::Thinking => {
                let last =
                    entry.thought.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
                format!("thinking: {}", tail(last.trim(), width.saturating_sub(40)))
            }
            State::Held(what) => what.clone(),
            State::Writing => "writing".to_owned(),
            _ => "searching".to_owned(),
        };
        let elapsed = model.now.saturating_sub(entry.asked_at).as_secs();
        return Line::from(vec![
            Span::styled(spinner(model), theme.accent()),
            Span::raw(clip(&format!(" {doing} · {elapsed} s"), width.saturating_sub(16))),
            Span::styled(" · Esc stops", theme.dim()),
        ]);
    }
    if model.focus == Focus::Passages {
        let said = "↑↓ choose · Enter opens · ←→ other questions · Esc back";
        return Line::styled(clip(said, width), theme.dim());
    }
    if below > 0 {
        return Line::styled(clip(&format!("↓ {below} more rows · End"), width), theme.dim());
    }
    Line::default()
}

/// The last words that fit.
fn tail(text: &str, columns: usize) -> String {
    let mut rest = text;
    while crate::wrap::width(rest) > columns {
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    rest.to_owned()
}

/// Draws the input and tells where the caret is.
fn input(model: &Model, areas: &Areas, frame: &mut Frame<'_>) -> Position {
    let theme = model.theme;
    let area = areas.input.intersection(frame.area());
    let inner = if areas.framed {
        let style = if model.focus == Focus::Input { theme.accent() } else { theme.dim() };
        let block = Block::bordered().border_type(BorderType::Rounded).border_style(style);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        inner
    } else {
        area
    };
    let width = input_width(model.size.0);
    let rows = model.input.rows(width);
    let (row, column) = model.input.position(width);
    let skip = (row + 1).saturating_sub(inner.height.into());
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (nth, text) in rows.iter().enumerate().skip(skip).take(inner.height.into()) {
        let mark = if nth == 0 { " › " } else { "   " };
        let said = if model.input.is_empty() {
            Span::styled(clip(placeholder(model), width), theme.dim())
        } else {
            Span::raw((*text).to_owned())
        };
        lines.push(Line::from(vec![Span::styled(mark, theme.accent()), said]));
    }
    put(frame, inner, lines);
    let x = usize::from(inner.x) + 3 + column;
    let y = usize::from(inner.y) + row - skip;
    let last = frame.area();
    Position::new(
        u16::try_from(x).unwrap_or(u16::MAX).min(last.right().saturating_sub(1)),
        u16::try_from(y).unwrap_or(u16::MAX).min(last.bottom().saturating_sub(1)),
    )
}

fn placeholder(model: &Model) -> &'static str {
    if model.entries.is_empty() { "Ask your notes a question" } else { "Ask again" }
}

/// Draws a frame over everything and returns its inside.
fn cover(model: &Model, title: Line<'static>, bottom: &str, frame: &mut Frame<'_>) -> Rect {
    let area = layout::overlay(model.size.0, model.size.1).intersection(frame.area());
    let bottom = Line::styled(
        format!(" {} ", clip(bottom, usize::from(area.width).saturating_sub(4))),
        model.theme.dim(),
    );
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(model.theme.dim())
        .title_top(title)
        .title_bottom(bottom.alignment(Alignment::Right));
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    model.overlay_inner()
}

fn help(model: &Model, top: usize, frame: &mut Frame<'_>) {
    let area = cover(model, Line::from(" Keys and marks "), "↑↓ scroll · q closes", frame);
    let rows = keys::TABLE.iter().map(|(key, what)| {
        Line::from(vec![Span::styled(format!("{key:<22}"), model.theme.accent()), Span::raw(*what)])
    });
    let last = keys::TABLE.len().saturating_sub(area.height.into());
    put(frame, area, rows.skip(top.min(last)).collect::<Vec<_>>());
}

fn note_view(model: &Model, note: &NoteView, frame: &mut Frame<'_>) {
    let theme = model.theme;
    let room = usize::from(model.overlay_inner().width).saturating_sub(8);
    let number = note.source.number.map(|n| format!("[{n}] ")).unwrap_or_default();
    let title = Line::from(vec![
        Span::raw(" "),
        Span::styled(number, theme.citation()),
        Span::raw(clip(&note.source.place(), room)),
        Span::raw(" "),
    ]);
    let area = cover(model, title, "↑↓ scroll · ←→ passages · q closes", frame);
    match &note.page {
        Page::Loading => put(frame, area, Line::styled("opening…", theme.dim())),
        Page::Failed(reason) => {
            let line = Line::styled(format!("✗ cannot open the note: {reason}"), theme.error());
            put(frame, area, wrap(&line, area.width.into(), 2));
        }
        Page::Open { rows, .. } => {
            let gutter = note.gutter();
            let shown = rows.iter().skip(note.top).take(area.height.into()).map(|row| {
                let number = if row.numbered { row.line.to_string() } else { String::new() };
                let (bar, style) = if holds(note.source.lines, row.line) {
                    ("▌", Style::new())
                } else if holds(note.passage, row.line) {
                    ("│", Style::new())
                } else {
                    (" ", theme.dim())
                };
                let mut spans = vec![
                    Span::styled(format!("{number:>gutter$} "), theme.dim()),
                    Span::styled(format!("{bar} "), theme.accent()),
                ];
                spans.extend(row.text.spans.iter().cloned());
                Line::from(spans).style(style)
            });
            put(frame, area, shown.collect::<Vec<_>>());
        }
    }
}
