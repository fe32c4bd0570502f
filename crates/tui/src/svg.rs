//! A buffer as a picture, for the README.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The size of a cell, in pixels. Sixteen-pixel type in a font whose characters are 0.6 wide.
const CELL: (f32, f32) = (9.6, 20.0);
const FONT: &str = "'JetBrains Mono','Cascadia Code','SF Mono',Menlo,Consolas,'Noto Sans Mono CJK SC','DejaVu Sans Mono',monospace";
const MARGIN: f32 = 16.0;
const BACK: &str = "#14171c";
const TEXT: &str = "#d8dce3";

/// Draws the buffer as an SVG document, dark, with one `<text>` for each word, so that another font shifts nothing
/// far. Wide characters take two cells, lines and blocks are drawn as shapes so that they meet.
#[must_use]
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) =
        (f32::from(area.width) * CELL.0 + 2.0 * MARGIN, f32::from(area.height) * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"{BACK}\"/>\n\
         <g font-family=\"{FONT}\" font-size=\"16\" xml:space=\"preserve\">\n"
    );
    for y in 0..area.height {
        let mut run = Run::default();
        let mut x = 0;
        while x < area.width {
            let Some(cell) = buffer.cell((area.x + x, area.y + y)) else { break };
            let columns = u16::try_from(cell.symbol().width()).unwrap_or(1).clamp(1, 2);
            let look = Look::of(cell);
            if let Some(back) = &look.back {
                let (left, top) = corner(x, y);
                let wide = f32::from(columns) * CELL.0;
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{back}\"/>",
                    CELL.1
                );
            }
            if let Some(shape) = shape(cell.symbol(), x, y, &look.fill) {
                run.flush(&mut svg);
                svg.push_str(&shape);
            } else if columns > 1 || !cell.symbol().is_ascii() {
                // On its own, so that another font's width moves nothing else.
                run.flush(&mut svg);
                run.add(cell.symbol(), x, y, columns, look);
                run.flush(&mut svg);
            } else if cell.symbol() == " " {
                run.flush(&mut svg);
            } else {
                if run.look.as_ref() != Some(&look) {
                    run.flush(&mut svg);
                }
                run.add(cell.symbol(), x, y, columns, look);
            }
            x += columns;
        }
        run.flush(&mut svg);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The attributes of a run of text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    fill: String,
    back: Option<String>,
    /// `font-weight` and the like.
    extra: String,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let mut fill = hex(cell.fg).unwrap_or_else(|| TEXT.to_owned());
        let mut back = hex(cell.bg);
        if has(Modifier::REVERSED) {
            let front = back.unwrap_or_else(|| BACK.to_owned());
            back = Some(std::mem::replace(&mut fill, front));
        }
        let mut extra = String::new();
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"700\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            (Modifier::DIM, " opacity=\"0.55\""),
        ] {
            if has(modifier) {
                extra.push_str(attribute);
            }
        }
        Self { fill, back, extra }
    }
}

/// Text of one look, not written yet.
#[derive(Debug, Default)]
struct Run {
    text: String,
    at: (u16, u16),
    columns: u16,
    look: Option<Look>,
}

impl Run {
    fn add(&mut self, symbol: &str, x: u16, y: u16, columns: u16, look: Look) {
        if self.text.is_empty() {
            self.at = (x, y);
            self.look = Some(look);
        }
        self.text.push_str(symbol);
        self.columns += columns;
    }

    fn flush(&mut self, svg: &mut String) {
        let run = std::mem::take(self);
        let Some(look) = run.look else { return };
        let (x, top) = corner(run.at.0, run.at.1);
        let length = f32::from(run.columns) * CELL.0;
        let y = top + 15.0;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{}>{}</text>",
            look.fill,
            look.extra,
            escape(&run.text)
        );
    }
}

/// Lines and blocks as shapes: characters of a font would leave gaps between rows.
fn shape(symbol: &str, x: u16, y: u16, fill: &str) -> Option<String> {
    let ((left, top), (width, height)) = (corner(x, y), CELL);
    let (middle, centre) = (left + width / 2.0, top + height / 2.0);
    let (right, bottom) = (left + width, top + height);
    let path = match symbol {
        "│" => format!("M{middle:.1} {top:.1}V{bottom:.1}"),
        "─" => format!("M{left:.1} {centre:.1}H{right:.1}"),
        "━" => {
            format!("M{left:.1} {:.1}H{right:.1}M{left:.1} {:.1}H{right:.1}", centre - 0.6, centre + 0.6)
        }
        "╭" => format!("M{middle:.1} {bottom:.1}Q{middle:.1} {centre:.1} {right:.1} {centre:.1}"),
        "╮" => format!("M{middle:.1} {bottom:.1}Q{middle:.1} {centre:.1} {left:.1} {centre:.1}"),
        "╰" => format!("M{middle:.1} {top:.1}Q{middle:.1} {centre:.1} {right:.1} {centre:.1}"),
        "╯" => format!("M{middle:.1} {top:.1}Q{middle:.1} {centre:.1} {left:.1} {centre:.1}"),
        "▌" => {
            return Some(format!(
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"3\" height=\"{height}\" fill=\"{fill}\"/>\n"
            ));
        }
        _ => return None,
    };
    let opacity = if symbol == "━" { "1" } else { "0.6" };
    Some(format!("<path d=\"{path}\" stroke=\"{fill}\" stroke-opacity=\"{opacity}\" fill=\"none\"/>\n"))
}

fn corner(x: u16, y: u16) -> (f32, f32) {
    (MARGIN + f32::from(x) * CELL.0, MARGIN + f32::from(y) * CELL.1)
}

/// The colour on a dark ground; none for the terminal's own.
fn hex(color: Color) -> Option<String> {
    let named = match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(_) => TEXT,
        Color::Black => "#1b1f26",
        Color::Red | Color::LightRed => "#f07a80",
        Color::Green | Color::LightGreen => "#8fce8b",
        Color::Yellow | Color::LightYellow => "#e5c07b",
        Color::Blue | Color::LightBlue => "#7fb2f0",
        Color::Magenta | Color::LightMagenta => "#c8a2ec",
        Color::Cyan | Color::LightCyan => "#72ccd0",
        Color::Gray => "#b4bac4",
        Color::DarkGray => "#6d7480",
        Color::White => "#ffffff",
    };
    Some(named.to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn body(draw: impl Fn(&mut Buffer)) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        draw(&mut buffer);
        let svg = svg(&buffer);
        svg.lines().skip(3).take_while(|line| *line != "</g>").map(str::to_owned).collect()
    }

    #[test]
    fn runs_have_the_length_of_their_cells() {
        let lines = body(|buffer| buffer.set_string(0, 0, "a <b> 分组", Style::new()));
        assert_eq!(
            lines,
            [
                "<text x=\"16.0\" y=\"31.0\" textLength=\"9.6\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8dce3\">a</text>",
                "<text x=\"35.2\" y=\"31.0\" textLength=\"28.8\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8dce3\">&lt;b&gt;</text>",
                "<text x=\"73.6\" y=\"31.0\" textLength=\"19.2\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8dce3\">分</text>",
                "<text x=\"92.8\" y=\"31.0\" textLength=\"19.2\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8dce3\">组</text>",
            ]
        );
    }

    #[test]
    fn styles_become_attributes_and_lines_become_shapes() {
        let style = Style::new().fg(Color::Green).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD);
        let lines = body(|buffer| buffer.set_string(0, 0, "x", style));
        assert!(lines[0].contains("fill=\"#010203\""), "{lines:?}");
        assert!(lines[1].contains("fill=\"#8fce8b\" font-weight=\"700\">x<"), "{lines:?}");
        let lines = body(|buffer| buffer.set_string(0, 0, "▌│x", Style::new()));
        assert!(
            lines[0].starts_with("<rect") && lines[1].starts_with("<path") && lines[2].starts_with("<text"),
            "{lines:?}"
        );
    }
}
