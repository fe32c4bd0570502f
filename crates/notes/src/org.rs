//! Org notes: keywords, headings, drawers and blocks, line by line.

use std::collections::HashMap;
use std::ops::Range;

use crate::outline::{Block, Kind, lines, push};
use crate::{Meta, date, front, plain};

/// Reads the keywords that an org note begins with, and tells where it begins after them.
pub(crate) fn front(text: &str) -> (Meta, usize) {
    let mut meta = Meta::default();
    let mut body = 0;
    let mut drawer = false;
    for range in lines(text, 0) {
        let line = text[range.clone()].trim();
        if drawer {
            drawer = !line.eq_ignore_ascii_case(":END:");
            body = range.end;
        } else if line.is_empty() || line == "#" || line.starts_with("# ") {
            body = range.end;
        } else if line.eq_ignore_ascii_case(":PROPERTIES:") {
            let closed = lines(text, range.end)
                .map(|range| text[range].trim())
                .take_while(|line| line.starts_with(':'))
                .any(|line| line.eq_ignore_ascii_case(":END:"));
            if !closed {
                break;
            }
            drawer = true;
        } else if let Some((key, value)) = keyword(line) {
            read(&mut meta, &key, value);
            body = range.end;
        } else {
            break;
        }
    }
    (meta, body)
}

/// A line `#+KEY: value`, the key in lower case; not `#+begin_…` and not a caption, which belongs to what follows it.
fn keyword(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.strip_prefix("#+")?.split_once(':')?;
    let key = key.to_ascii_lowercase();
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_key && !key.starts_with("begin") && key != "caption").then_some((key, value.trim()))
}

fn read(meta: &mut Meta, key: &str, value: &str) {
    match key {
        "title" if !value.is_empty() => meta.title = Some(plain(value)),
        "filetags" | "tags" | "keywords" => {
            let tags = if value.contains(':') { value.replace(':', " ") } else { value.to_owned() };
            meta.tags.extend(front::tags(&tags));
        }
        "aliases" | "alias" | "roam_aliases" => meta.aliases.extend(front::tags(value)),
        "date" | "created" => meta.date = meta.date.or_else(|| date::parse(value)),
        _ => {}
    }
}

/// Adds the blocks of `text` from `body` on.
pub(crate) fn blocks(text: &str, body: usize, blocks: &mut Vec<Block>) {
    let page = Page::new(text, body);
    let mut at = 0;
    while at < page.lines.len() {
        let line = page.line(at);
        let (kind, count) = if line.trim().is_empty() {
            at += 1;
            continue;
        } else if let Some((level, title)) = heading(line) {
            (Kind::Heading { level, title: plain(title) }, 1)
        } else if let Some(count) = page.drawer(at) {
            (Kind::Hidden, count)
        } else if let Some(count) = page.fenced(at) {
            (Kind::Code, count)
        } else if is_rule(line) {
            (Kind::Rule, 1)
        } else if is_row(line) {
            let count = page.run(at, |at| is_row(page.line(at)));
            (Kind::Table { header: page.header(at, count) }, count)
        } else if is_item(line) {
            (Kind::List, page.list(at))
        } else {
            (Kind::Prose, 1 + page.run(at + 1, |at| !page.begins_block(at)))
        };
        let range = page.lines[at].start..page.lines[at + count - 1].end;
        push(blocks, text, range, kind);
        at += count;
    }
}

/// The lines of a note. Where blocks may end is looked up once: searching from each beginning would take forever in a
/// note with many beginnings and no end.
struct Page<'a> {
    text: &'a str,
    lines: Vec<Range<usize>>,
    /// For each line the next `:END:` before the next heading, from that line on.
    drawer_end: Vec<Option<usize>>,
    /// The lines `#+end_NAME` by their lower-case name, in order.
    block_ends: HashMap<String, Vec<usize>>,
}

impl<'a> Page<'a> {
    fn new(text: &'a str, body: usize) -> Self {
        let lines: Vec<_> = lines(text, body).collect();
        let mut page = Self { text, drawer_end: vec![None; lines.len()], block_ends: HashMap::new(), lines };
        let mut drawer_end = None;
        for at in (0..page.lines.len()).rev() {
            let line = page.line(at);
            if heading(line).is_some() {
                drawer_end = None;
            } else if line.trim().eq_ignore_ascii_case(":END:") {
                drawer_end = Some(at);
            }
            page.drawer_end[at] = drawer_end;
        }
        for at in 0..page.lines.len() {
            if let Some(name) = block_name(page.line(at), "#+end_") {
                page.block_ends.entry(name).or_default().push(at);
            }
        }
        page
    }

    fn line(&self, at: usize) -> &'a str {
        self.text[self.lines[at].clone()].trim_end()
    }

    /// The number of lines from `from` on for which `goes_on` holds.
    fn run(&self, from: usize, goes_on: impl Fn(usize) -> bool) -> usize {
        (from..self.lines.len()).take_while(|&at| goes_on(at)).count()
    }

    fn begins_block(&self, at: usize) -> bool {
        let line = self.line(at);
        line.trim().is_empty()
            || heading(line).is_some()
            || is_row(line)
            || is_rule(line)
            || is_item(line)
            || self.fenced(at).is_some()
            || self.drawer(at).is_some()
    }

    /// The number of lines of the list that begins at line `at`: an item goes on over lines that are indented, be there
    /// a blank line between or not.
    fn list(&self, at: usize) -> usize {
        let mut count = 1;
        for next in at + 1..self.lines.len() {
            let line = self.line(next);
            if line.is_empty() {
                continue;
            }
            if heading(line).is_some() || !(is_item(line) || line.starts_with([' ', '\t'])) {
                break;
            }
            count = next + 1 - at;
        }
        count
    }

    /// The number of lines of the drawer that begins at line `at`. Drawers end before the next heading or not at all.
    fn drawer(&self, at: usize) -> Option<usize> {
        let name = self.line(at).trim().strip_prefix(':')?.strip_suffix(':')?;
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let end = (*self.drawer_end.get(at + 1)?)?;
        is_name.then_some(end + 1 - at)
    }

    /// The number of lines of the `#+begin_…` block that begins at line `at`; `None` if it is never closed.
    fn fenced(&self, at: usize) -> Option<usize> {
        let ends = self.block_ends.get(&block_name(self.line(at), "#+begin_")?)?;
        let end = ends.get(ends.partition_point(|&end| end <= at))?;
        Some(end + 1 - at)
    }

    /// The rows above the first rule of the table of `count` lines at `at`, with that rule.
    fn header(&self, at: usize, count: usize) -> Option<Range<usize>> {
        let rule = (at..at + count).find(|&row| self.line(row).trim_start().starts_with("|-"))?;
        (rule > at && rule + 1 < at + count).then(|| self.lines[at].start..self.lines[rule].end)
    }
}

/// The lower-case `name` in a line that begins with `prefix` and the name.
fn block_name(line: &str, prefix: &str) -> Option<String> {
    let line = line.trim_start();
    let head = line.get(..prefix.len())?;
    let name = line[prefix.len()..].split_whitespace().next()?;
    head.eq_ignore_ascii_case(prefix).then(|| name.to_ascii_lowercase())
}

fn is_row(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// `** TODO [#A] Title :tag:` as its level and title.
fn heading(line: &str) -> Option<(u8, &str)> {
    let stars = line.bytes().take_while(|&byte| byte == b'*').count();
    let mut title = line[stars..].strip_prefix([' ', '\t'])?.trim();
    if stars == 0 {
        return None;
    }
    for state in ["TODO ", "DONE ", "NEXT ", "WAITING "] {
        title = title.strip_prefix(state).unwrap_or(title).trim_start();
    }
    if let Some(rest) = title.strip_prefix("[#")
        && let Some((priority, rest)) = rest.split_once(']')
        && priority.chars().count() == 1
    {
        title = rest.trim_start();
    }
    if let Some((before, tags)) = title.rsplit_once(char::is_whitespace)
        && tags.len() > 2
        && tags.starts_with(':')
        && tags.ends_with(':')
    {
        title = before.trim_end();
    }
    Some((u8::try_from(stars).unwrap_or(u8::MAX), title))
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && line.bytes().all(|byte| byte == b'-')
}

fn is_item(line: &str) -> bool {
    let text = line.trim_start();
    let after = text.strip_prefix(['-', '+']).or_else(|| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { None } else { text[digits..].strip_prefix(['.', ')']) }
    });
    // A star is an item only when indented; at the margin it is a heading.
    let star = || if text.len() < line.len() { text.strip_prefix('*') } else { None };
    after.or_else(star).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_at_the_top_are_front_matter() {
        let check = |text: &str, expected: &str| {
            let (meta, body) = front(text);
            let found = format!(
                "{} | {} | {} | {:?}",
                meta.title.unwrap_or_default(),
                meta.tags.join(","),
                meta.date.map(|date| date.to_string()).unwrap_or_default(),
                &text[body..]
            );
            assert_eq!(found, expected, "{text}");
        };
        check(
            "#+title: GQA /notes/\n#+FILETAGS: :llm:attention:\n#+date: <2025-03-01 Sat>\n\n* A",
            "GQA /notes/ | llm,attention | 2025-03-01 | \"* A\"",
        );
        check(":PROPERTIES:\n:ID: 1\n:END:\n#+title: T\ntext", "T |  |  | \"text\"");
        check(":PROPERTIES:\n:ID: 1\ntext", " |  |  | \":PROPERTIES:\\n:ID: 1\\ntext\"");
        check("# comment\n#+options: toc:nil\n#+begin_src x: y\n", " |  |  | \"#+begin_src x: y\\n\"");
        check("text\n#+title: late", " |  |  | \"text\\n#+title: late\"");
    }

    #[test]
    fn lines_become_blocks() {
        let text = "Intro\nmore\n** TODO [#A] Deep title :a:b:\n:LOGBOOK:\nx\n:END:\n- item\n  more\n\n  - nested\nprose\n| a |\n|---|\n| 1 |\n\
                    #+BEGIN_SRC rust\n* not a heading\n#+END_SRC\n#+begin_quote\n-----\n:OPEN:\n";
        let mut found = Vec::new();
        blocks(text, 0, &mut found);
        let shown: Vec<_> = found
            .iter()
            .map(|block| match &block.kind {
                Kind::Heading { level, title } => format!("{level} {title}"),
                Kind::Table { header } => {
                    format!("table {:?}", header.as_ref().map(|header| &text[header.clone()]))
                }
                kind => format!("{kind:?} {:?}", &text[block.range.clone()]),
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r###"
        Prose "Intro\nmore"
        2 Deep title
        Hidden ":LOGBOOK:\nx\n:END:"
        List "- item\n  more\n\n  - nested"
        Prose "prose"
        table Some("| a |\n|---|\n")
        Code "#+BEGIN_SRC rust\n* not a heading\n#+END_SRC"
        Prose "#+begin_quote"
        Rule "-----"
        Prose ":OPEN:"
        "###);
    }
}
