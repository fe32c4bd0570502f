//! Writes the readable text of a page, tag by tag.

use std::ops::Range;

use html5gum::{Span, StartTag, Token};

use super::{Page, attribute, name, tokens};
use crate::outline::{Block, Kind, Run, trim};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    /// A list with the number of its next item, if it is numbered.
    List(Option<u32>),
    Table,
}

/// What stands between the last character written and the next.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Cell,
    Line,
}

#[derive(Default)]
pub(super) struct Writer<'a> {
    source: &'a str,
    page: Page,
    /// Where the block being written begins in the text.
    open: Option<usize>,
    gap: Gap,
    /// The mark of a list item that has no text yet.
    bullet: Option<String>,
    containers: Vec<Container>,
    heading: Option<u8>,
    pre: usize,
    /// The element whose content is not for readers, and how often it is open.
    skip: Option<(String, usize)>,
    row_has_cell: bool,
    /// Rows of the open table so far; whether the first has a header cell; where the second begins.
    rows: usize,
    has_header: bool,
    header_end: Option<usize>,
}

impl<'a> Writer<'a> {
    /// For the page that `source` is the markup of.
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, ..Self::default() }
    }

    /// The page, its last block closed.
    pub(super) fn finish(mut self) -> Page {
        self.flush();
        self.page
    }

    pub(super) fn start(&mut self, tag: &StartTag<usize>) {
        let name = name(&tag.name);
        if let Some((skipped, depth)) = &mut self.skip {
            *depth += usize::from(skipped == name && !tag.self_closing);
            return;
        }
        match name {
            "script" | "style" | "noscript" | "template" | "svg" | "title" | "iframe"
                if !tag.self_closing =>
            {
                self.skip = Some((name.to_owned(), 1));
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = name[1..].parse().ok();
            }
            "ul" | "menu" => self.enter(Container::List(None)),
            "ol" => {
                let first = attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.enter(Container::List(Some(first)));
            }
            "li" => self.item(),
            "table" => self.enter(Container::Table),
            "tr" => self.row(),
            "td" | "th" => self.cell(name == "th"),
            "pre" => {
                self.part();
                self.pre += 1;
            }
            "br" => self.gap = self.gap.max(Gap::Line),
            "img" => {
                if let Some(alt) = tag.attributes.get("alt".as_bytes()) {
                    self.attribute_value(alt.span);
                }
            }
            _ if is_block(name) => self.part(),
            _ => {}
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if let Some((skipped, depth)) = &mut self.skip {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skip = None;
                }
            }
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.flush(),
            "ul" | "menu" | "ol" => self.leave(|container| matches!(container, Container::List(_))),
            "table" => self.leave(|container| container == Container::Table),
            "pre" => {
                if self.containers.is_empty() {
                    self.flush();
                } else {
                    self.part();
                }
                self.pre = self.pre.saturating_sub(1);
            }
            _ if is_block(name) => self.part(),
            _ => {}
        }
    }

    /// A block-level tag: ends the block, or the line when inside a list or a table.
    fn part(&mut self) {
        match self.containers.last() {
            None => self.flush(),
            Some(Container::List(_)) => self.gap = self.gap.max(Gap::Line),
            Some(Container::Table) => self.gap = self.gap.max(Gap::Space),
        }
    }

    fn enter(&mut self, container: Container) {
        if self.containers.is_empty() {
            self.flush();
        } else {
            self.gap = Gap::Line;
        }
        self.containers.push(container);
    }

    fn leave(&mut self, is_it: impl Fn(Container) -> bool) {
        if let Some(at) = self.containers.iter().rposition(|&container| is_it(container)) {
            self.containers.truncate(at);
        }
        self.bullet = None;
        if self.containers.is_empty() {
            self.flush();
        } else {
            self.gap = Gap::Line;
        }
    }

    fn item(&mut self) {
        self.gap = Gap::Line;
        let indent = "  ".repeat(self.containers.len().clamp(1, 20) - 1);
        self.bullet = Some(match self.containers.last_mut() {
            Some(Container::List(Some(number))) => {
                let bullet = format!("{indent}{number}. ");
                *number = number.saturating_add(1);
                bullet
            }
            _ => format!("{indent}- "),
        });
    }

    fn row(&mut self) {
        if self.rows == 1 && self.has_header && self.header_end.is_none() && self.open.is_some() {
            self.header_end = Some(self.page.text.len());
        }
        self.rows += 1;
        self.row_has_cell = false;
        self.gap = Gap::Line;
    }

    fn cell(&mut self, header: bool) {
        self.has_header |= header && self.rows <= 1;
        self.gap = if self.row_has_cell { Gap::Cell } else { self.gap.max(Gap::Space) };
        self.row_has_cell = true;
    }

    /// The value in `name="value"`, which is what the source holds at `span`.
    fn attribute_value(&mut self, span: Span<usize>) {
        let raw = self.source.get(span.start..span.end).unwrap_or_default();
        let Some(equals) = raw.find('=') else { return };
        let Range { start, .. } = trim(raw, equals + 1..raw.len());
        let quote = raw[start..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let start = start + quote.map_or(0, char::len_utf8);
        let value = &raw[start..];
        // The span may take in what ends the value.
        let len = match quote {
            Some(quote) => value.find(quote),
            None => value.find(|c: char| c.is_whitespace() || c == '>'),
        };
        let end = start + len.unwrap_or(value.len());
        self.characters(Span { start: span.start + start, end: span.start + end });
    }

    /// The characters of the source at `span`, entities and all.
    pub(super) fn characters(&mut self, span: Span<usize>) {
        let Some(raw) = self.source.get(span.start..span.end) else { return };
        if self.skip.is_some() {
            return;
        }
        let mut at = 0;
        while let Some(found) = raw[at..].find('&') {
            let amp = at + found;
            let after = raw[amp + 1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
            let mut end = after.map_or(raw.len(), |after| amp + 1 + after);
            if raw[end..].starts_with(';') {
                end += 1;
            }
            self.verbatim(&raw[at..amp], span.start + at);
            let entity = &raw[amp..end];
            let decoded: String = tokens(entity)
                .filter_map(|token| match token {
                    Token::String(text) => Some(String::from_utf8_lossy(&text).into_owned()),
                    _ => None,
                })
                .collect();
            if decoded == entity {
                self.verbatim(entity, span.start + amp);
            } else {
                self.words(&decoded, span.start + amp..span.start + end);
            }
            at = end;
        }
        self.verbatim(&raw[at..], span.start + at);
    }

    /// Text that stands in the source at `from` byte for byte.
    fn verbatim(&mut self, text: &str, from: usize) {
        for (at, c) in text.char_indices() {
            self.put(c, from + at..from + at + c.len_utf8());
        }
    }

    /// Text that stands for `source` as a whole.
    fn words(&mut self, text: &str, source: Range<usize>) {
        for c in text.chars() {
            self.put(c, source.clone());
        }
    }

    fn put(&mut self, c: char, source: Range<usize>) {
        if self.pre > 0 && self.open.is_some() && c == '\n' {
            self.page.text.push('\n');
            return;
        }
        // That includes the no-break space: to a search it is a space.
        if c.is_whitespace() && (self.pre == 0 || c == '\n' || c == '\r') {
            self.gap = self.gap.max(Gap::Space);
            return;
        }
        self.separate();
        let text = self.page.text.len();
        self.page.text.push(c);
        let text = text..self.page.text.len();
        match self.page.runs.last_mut() {
            Some(last) if last.source == source => last.text.end = text.end,
            Some(last)
                if last.source.end == source.start
                    && last.text.end == text.start
                    && last.source.len() == last.text.len()
                    && source.len() == text.len() =>
            {
                last.source.end = source.end;
                last.text.end = text.end;
            }
            _ => self.page.runs.push(Run { text, source }),
        }
    }

    /// Writes what stands between the last character and the next, and opens a block if none is open.
    fn separate(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        let text = &mut self.page.text;
        if self.open.is_none() {
            if !text.is_empty() {
                text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
            }
            self.open = Some(text.len());
        } else {
            match gap {
                Gap::None => {}
                Gap::Space => text.push(' '),
                Gap::Cell => text.push_str(" | "),
                Gap::Line => text.push('\n'),
            }
        }
        if let Some(bullet) = self.bullet.take() {
            text.push_str(&bullet);
        }
    }

    /// Ends the open block.
    fn flush(&mut self) {
        self.gap = Gap::None;
        let heading = self.heading.take();
        let rows = std::mem::take(&mut self.rows);
        let header_end = self.header_end.take();
        let has_header = std::mem::take(&mut self.has_header);
        let Some(start) = self.open.take() else { return };
        let text = &self.page.text;
        let Range { start, end } = trim(text, start..text.len());
        let kind = match (heading, self.pre, self.containers.first()) {
            (Some(level), ..) => Kind::Heading {
                level,
                title: text[start..end].split_whitespace().collect::<Vec<_>>().join(" "),
            },
            _ if rows > 0 => {
                Kind::Table { header: header_end.filter(|_| has_header).map(|header_end| start..header_end) }
            }
            (_, 1.., _) => Kind::Code,
            // The list has just been left when its block is flushed: its first line tells.
            _ if is_list(&text[start..end]) => Kind::List,
            _ => Kind::Prose,
        };
        if end > start {
            self.page.blocks.push(Block { range: start..end, kind });
        }
    }
}

fn is_list(text: &str) -> bool {
    text.starts_with("- ")
        || text.split_once(". ").is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "figure"
            | "figcaption"
            | "form"
            | "fieldset"
            | "address"
            | "details"
            | "summary"
            | "dl"
            | "dt"
            | "dd"
            | "blockquote"
            | "hr"
            | "body"
            | "html"
            | "head"
            | "caption"
            | "tbody"
            | "thead"
            | "option"
            | "select"
            | "textarea"
            | "center"
    )
}
