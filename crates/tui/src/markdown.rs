//! Styles the simple Markdown of answers. Nothing is lost but the stars around bold text, which become bold.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::theme::Theme;
use crate::wrap::{hang_of, wrap};

/// Text under construction, as lines that are not broken to a width yet.
#[derive(Debug, Default)]
pub(crate) struct Text {
    lines: Vec<Line<'static>>,
    /// Whether the line under way is inside a code fence.
    fenced: bool,
}

impl Text {
    /// Adds `text` as it is; a `\n` begins a new line.
    pub(crate) fn push(&mut self, text: &str, style: Style) {
        for (nth, part) in text.split('\n').enumerate() {
            if nth > 0 || self.lines.is_empty() {
                self.lines.push(Line::default());
            }
            if let (false, Some(line)) = (part.is_empty(), self.lines.last_mut()) {
                line.spans.push(Span::styled(part.to_owned(), style));
            }
        }
    }

    /// Adds Markdown; a code fence that is open stays open for what is added next.
    pub(crate) fn push_markdown(&mut self, text: &str, base: Style, theme: Theme) {
        for (nth, part) in text.split('\n').enumerate() {
            if nth > 0 {
                self.push("\n", base);
            }
            let fresh = self.lines.last().is_none_or(|line| line.width() == 0);
            let body = part.trim_start_matches(' ');
            let indent = &part[..part.len() - body.len()];
            if fresh && body.starts_with("```") {
                self.fenced = !self.fenced;
                self.push(part, theme.dim());
            } else if self.fenced {
                self.push(part, base.patch(theme.code()));
            } else if fresh && is_heading(body) {
                self.push(part, base.add_modifier(Modifier::BOLD));
            } else if let (true, Some(item)) = (fresh, bullet(body)) {
                self.push(indent, base);
                self.push("• ", base);
                self.push_inline(item, base, theme);
            } else {
                self.push_inline(part, base, theme);
            }
        }
    }

    fn push_inline(&mut self, mut text: &str, base: Style, theme: Theme) {
        while let Some(at) = text.find(['*', '`']) {
            let (before, rest) = text.split_at(at);
            self.push(before, base);
            text = if let Some((bold, after)) = between(rest, "**") {
                self.push(bold, base.add_modifier(Modifier::BOLD));
                after
            } else if let Some((code, after)) = between(rest, "`") {
                self.push(&format!("`{code}`"), base.patch(theme.code()));
                after
            } else {
                let stars = rest.len() - rest.trim_start_matches(['*', '`']).len();
                self.push(&rest[..stars], base);
                &rest[stars..]
            };
        }
        self.push(text, base);
    }

    /// The rows of the text at a width.
    pub(crate) fn rows(&self, width: usize) -> Vec<Line<'static>> {
        self.lines.iter().flat_map(|line| wrap(line, width, hang_of(line))).collect()
    }
}

fn is_heading(line: &str) -> bool {
    let level = line.len() - line.trim_start_matches('#').len();
    (1..=6).contains(&level) && line[level..].starts_with(' ')
}

fn bullet(line: &str) -> Option<&str> {
    ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark))
}

/// What stands between `mark` at the start of `text` and the next `mark`, and what comes after that.
fn between<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (inner, after) = text.strip_prefix(mark)?.split_once(mark)?;
    let tight = !inner.is_empty() && inner.trim() == inner && !inner.starts_with('*') && !inner.contains('`');
    tight.then_some((inner, after))
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    const THEME: Theme = Theme { color: true };

    /// Bold text between `<>`, code between `{}`.
    fn shown(text: &str) -> String {
        let mut built = Text::default();
        built.push_markdown(text, Style::new(), THEME);
        let show = |span: &Span<'_>| match span.style {
            style if style.add_modifier.contains(Modifier::BOLD) => format!("<{}>", span.content),
            style if style.fg == Some(Color::Magenta) => format!("{{{}}}", span.content),
            _ => span.content.to_string(),
        };
        let lines = built.lines.iter().map(|line| line.spans.iter().map(show).collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn markdown_is_styled_and_kept() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected, "{text:?}");
        check("", "");
        check("plain", "plain");
        check("a **bold** word", "a <bold> word");
        check("**a** and **b**", "<a> and <b>");
        check("2 ** 3 ** 4", "2 ** 3 ** 4");
        check("open **bold", "open **bold");
        check("***", "***");
        check("use `k=5` here", "use {`k=5`} here");
        check("a ` tick", "a ` tick");
        check("- one\n- two", "• one\n• two");
        check("  * deep **b**", "  • deep <b>");
        check("a - b", "a - b");
        check("## Title", "<## Title>");
        check("#tag", "#tag");
        check("```rust\nlet x = **p;\n```\nafter", "```rust\n{let x = **p;}\n```\nafter");
        check("分组**注意力**。", "分组<注意力>。");
    }

    #[test]
    fn a_fence_stays_open_from_one_sentence_to_the_next() {
        let mut text = Text::default();
        text.push_markdown("```\na", Style::new(), THEME);
        text.push_markdown("\n**b**\n```", Style::new(), THEME);
        let lines: Vec<String> = text.lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["```", "a", "**b**", "```"]);
    }
}
