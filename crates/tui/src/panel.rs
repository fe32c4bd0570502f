//! The panel of passages: what the answer rests on.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

use crate::model::{Focus, Model};
use crate::source::Source;
use crate::theme::Theme;
use crate::view::put;
use crate::wrap::{clip, hang_of, width, wrap};

/// Draws the panel, scrolled so that the selected passage is in sight.
pub(crate) fn draw(model: &Model, area: Rect, beside: bool, frame: &mut Frame<'_>) {
    let area = area.intersection(frame.area());
    let side = if beside { Borders::LEFT } else { Borders::TOP };
    let block = Block::new().borders(side).border_style(model.theme.dim());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 2, width: inner.width.saturating_sub(4), ..inner };

    let sources = model.sources();
    let selected = (model.focus == Focus::Passages).then_some(model.selected);
    let cited = sources.iter().any(|source| source.cited);
    // Beside the transcript both begin a row below the edge.
    let mut rows = if beside { vec![Line::default()] } else { Vec::new() };
    rows.push(title(model, &sources));
    let mut focus = 0..1;
    for (nth, source) in sources.iter().enumerate() {
        if beside {
            rows.push(Line::default());
        }
        let start = rows.len();
        rows.extend(card(source, selected == Some(nth), cited, beside, inner.width.into(), model.theme));
        if selected == Some(nth) {
            focus = start..rows.len();
        }
    }
    let height = usize::from(inner.height);
    let top = focus.end.saturating_sub(height).min(focus.start.saturating_sub(1));
    let more = rows.len() > top + height;
    let mut rows: Vec<_> = rows.into_iter().skip(top).take(height).collect();
    if let (true, Some(last)) = (more, rows.last_mut()) {
        *last = Line::styled("   ↓ more", model.theme.dim());
    }
    put(frame, inner, rows);
}

fn title(model: &Model, sources: &[Source]) -> Line<'static> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let cited = sources.iter().filter(|source| source.cited).count();
    let numbered = sources.iter().any(|source| source.number.is_some());
    let counted = match (cited, sources.len()) {
        (0, nearest) if numbered => format!("  {nearest} nearest"),
        (0, found) => format!("  {found} found"),
        (cited, found) if cited == found => format!("  {cited} cited"),
        (cited, found) => format!("  {cited} cited · {} more found", found - cited),
    };
    let name = match model.shown_entry() {
        Some(nth) if nth + 1 < model.entries.len() => format!("Passages of question {}", nth + 1),
        _ => "Passages".to_owned(),
    };
    Line::from(vec![Span::styled(name, bold), Span::styled(counted, model.theme.dim())])
}

/// One passage. `roomy` panels show more of it.
fn card(
    source: &Source,
    selected: bool,
    cited: bool,
    roomy: bool,
    columns: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let number = source.number.map_or("·".to_owned(), |n| n.to_string());
    let (number_style, place_style) = match (selected, source.number.is_some()) {
        (true, _) => (theme.accent().patch(bold), theme.accent().patch(bold)),
        (false, true) => (theme.citation(), Style::new()),
        (false, false) => (theme.dim(), theme.dim()),
    };
    let pointer = if selected { "❯" } else { " " };
    let place = clip_front(&source.place(), columns.saturating_sub(5));
    let mut rows = vec![Line::from(vec![
        Span::styled(format!("{pointer}{number:<2} "), number_style),
        Span::styled(place, place_style),
    ])];
    let inner = columns.saturating_sub(3);
    if roomy && !source.headings.is_empty() && (selected || source.cited || !cited) {
        rows.push(Line::styled(
            format!("    {}", clip(&source.headings, inner.saturating_sub(1))),
            theme.dim(),
        ));
    }
    if roomy && !source.lead.is_empty() && (selected || !cited) {
        let lead = format!("    … {}", source.lead);
        rows.push(Line::styled(clip(&lead, inner + 3), theme.dim()));
    }
    // What is not cited matters less, once something is.
    let (most, bar, style) = match (source.cited, selected) {
        (true, true) => (if roomy { 14 } else { 4 }, "▌", Style::new()),
        (true, false) => (if roomy { 5 } else { 2 }, "▌", Style::new()),
        (false, true) => (if roomy { 10 } else { 3 }, " ", Style::new()),
        (false, false) => (if cited || !roomy { 0 } else { 2 }, " ", theme.dim()),
    };
    let text = source.text.split('\n').filter(|line| !line.trim().is_empty());
    let broken: Vec<Line<'static>> = text
        .flat_map(|line| {
            let line = Line::styled(line, style);
            wrap(&line, inner.saturating_sub(1), hang_of(&line))
        })
        .take(most + 1)
        .collect();
    let cut = broken.len() > most;
    for (nth, line) in broken.into_iter().take(most).enumerate() {
        let mut spans = vec![Span::raw("  "), Span::styled(format!("{bar} "), theme.accent())];
        if cut && nth + 1 == most {
            let kept = clip(&line.to_string(), inner.saturating_sub(3));
            spans.push(Span::styled(format!("{} …", kept.trim_end_matches('…')), style));
        } else {
            spans.extend(line.spans);
        }
        rows.push(Line::from(spans));
    }
    rows
}

/// `text` cut to `columns` at its front: of a path the end tells most.
fn clip_front(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut rest = text;
    while width(rest) + 1 > columns && !rest.is_empty() {
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    format!("…{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_path_is_kept() {
        let check = |text, columns, expected| assert_eq!(clip_front(text, columns), expected);
        check("a/b.md:1", 8, "a/b.md:1");
        check("long/a/b.md:1", 8, "…/b.md:1");
        check("分组查询.md", 6, "…询.md");
        check("分组查询.md", 5, "….md");
        check("abc", 1, "…");
    }
}
