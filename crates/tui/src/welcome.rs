//! The screen before the first question: a greeting, or how far getting ready has come.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::model::{Model, Progress};
use crate::status::grouped;
use crate::view::{put, spinner};
use crate::wrap::{clip, wrap};

const BAR: usize = 40;

/// Draws the greeting a third of the way down.
pub(crate) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let columns = usize::from(area.width);
    let mut rows = greeting(model, columns);
    if let Some((message, hint)) = &model.unavailable {
        rows.extend(wrap(&Line::styled(format!("✗ {message}"), model.theme.error()), columns, 2));
        if let Some(hint) = hint {
            rows.extend(wrap(&Line::raw(format!("→ {hint}")), columns, 2));
        }
    } else if !model.ready {
        rows.extend(preparing(model, columns));
    } else {
        rows.extend(examples(model, columns));
    }
    let spare = usize::from(area.height).saturating_sub(rows.len());
    let down = u16::try_from(spare / 3).unwrap_or(0);
    put(frame, Rect { y: area.y + down, height: area.height.saturating_sub(down), ..area }, rows);
}

fn greeting(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let name = Line::from(vec![
        Span::styled("Footnote", model.theme.accent().patch(bold)),
        Span::styled("¹", model.theme.citation()),
    ]);
    let line = "Ask your notes. Every sentence of an answer names the lines it rests on.";
    let mut rows = vec![name, Line::default()];
    rows.extend(wrap(&Line::raw(line), columns, 0));
    rows.push(Line::default());
    rows
}

fn examples(model: &Model, columns: usize) -> Vec<Line<'static>> {
    if model.examples.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Line::styled("For example", model.theme.dim())];
    for example in model.examples.iter().take(3) {
        let text = clip(example, columns.saturating_sub(2));
        rows.push(Line::from(vec![Span::styled("› ", model.theme.accent()), Span::raw(text)]));
    }
    rows.push(Line::default());
    rows.extend(wrap(&Line::styled("Tab takes one · F1 shows the keys", model.theme.dim()), columns, 0));
    rows
}

fn preparing(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let started = Progress { what: "Getting ready".to_owned(), done: 0, total: 0 };
    let progress = model.progress.as_ref().unwrap_or(&started);
    let mut head =
        vec![Span::styled(spinner(model), theme.accent()), Span::raw(format!(" {}", progress.what))];
    if progress.total > 0 {
        let counted = format!("  {} of {}", grouped(progress.done), grouped(progress.total));
        head.push(Span::styled(counted, theme.dim()));
    }
    let mut rows = wrap(&Line::from(head), columns, 2);
    if progress.total > 0 {
        rows.push(gauge(model, progress, BAR.min(columns)));
    }
    rows.push(Line::default());
    let line = "You can ask already: the question is kept until everything is there.";
    rows.extend(wrap(&Line::styled(line, theme.dim()), columns, 0));
    rows
}

/// A bar that reads without colour: what is done is thick, what is not is thin.
fn gauge(model: &Model, progress: &Progress, columns: usize) -> Line<'static> {
    let share = progress.done.min(progress.total) as u128 * columns as u128 / progress.total.max(1) as u128;
    let full = usize::try_from(share).unwrap_or(columns);
    Line::from(vec![
        Span::styled("━".repeat(full), model.theme.accent()),
        Span::styled("╌".repeat(columns - full), model.theme.dim()),
    ])
}
