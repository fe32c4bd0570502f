//! The line at the bottom.

use ratatui::text::{Line, Span};

use crate::model::Model;
use crate::wrap::{clip, width};

/// The line at the bottom: where passages go, who writes, from how many notes, and what is wrong with the index.
pub(crate) fn line(model: &Model, columns: usize) -> Line<'static> {
    let theme = model.theme;
    let status = &model.status;
    let help = "F1 help";
    let word = status.place.word();
    let mut said = String::new();
    if !status.generator.is_empty() {
        said = format!(" {}", status.generator);
    }
    if model.ready {
        let notes = if status.notes == 1 { "note" } else { "notes" };
        let chunks = if status.chunks == 1 { "chunk" } else { "chunks" };
        said += &format!(" · {} {notes} · {} {chunks}", grouped(status.notes), grouped(status.chunks));
    }
    let offer = status.offer.iter().map(|offer| format!("Ctrl+G: {offer} writes"));
    let notices: Vec<String> = offer.chain(status.notices.iter().cloned()).collect();
    let mut notice = notices.first().map(|notice| format!(" · {notice}")).unwrap_or_default();
    if notices.len() > 1 {
        notice += &format!(" (+{})", notices.len() - 1);
    }
    if let (true, Some(progress)) = (model.ready, &model.progress) {
        notice = match progress.total {
            0 => format!(" · {}", progress.what),
            total => format!(" · {} {}/{}", progress.what, grouped(progress.done), grouped(total)),
        };
    }
    let room = columns.saturating_sub(2 + width(word));
    let said = clip(&said, room);
    let notice = clip(&notice, room.saturating_sub(width(&said)));
    let gap = room.saturating_sub(width(&said) + width(&notice));
    let mut spans = vec![
        Span::styled("● ", theme.place(status.place)),
        Span::styled(word, theme.place(status.place)),
        Span::styled(said, theme.dim()),
        Span::styled(notice, theme.notice()),
    ];
    if gap > width(help) + 1 {
        spans.push(Span::styled(format!("{help:>gap$}"), theme.dim()));
    }
    Line::from(spans)
}

/// `1,204`
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let check = |n, expected| assert_eq!(grouped(n), expected);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
    }
}
