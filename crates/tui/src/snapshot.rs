//! The screen without a terminal.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use crate::{Model, view};

/// What the model looks like at its own size.
#[must_use]
pub fn render(model: &Model) -> Buffer {
    let (width, height) = model.size;
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| view(model, frame));
    terminal.backend().buffer().clone()
}

/// The characters of a buffer, a line a row, without the space at the ends of rows.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            row.push_str(symbol);
            // The cells behind a wide character hold nothing of their own.
            x = x.saturating_add(u16::try_from(symbol.width().max(1)).unwrap_or(1));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
