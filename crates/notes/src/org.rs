//! Org notes: keywords, headings, drawers and blocks, line by line.

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
    let lines: Vec<_> = lines(text, body).collect();
    let line = |at: usize| text[lines[at].clone()].trim_end();
    let mut at = 0;
    while at < lines.len() {
        let first = line(at);
        let (kind, count) = if first.trim().is_empty() {
            at += 1;
            continue;
        } else if let Some((level, title)) = heading(first) {
            (Kind::Heading { level, title }, 1)
        } else if let Some(count) = drawer(at, lines.len(), line) {
            (Kind::Hidden, count)
        } else if let Some(count) = fenced(at, lines.len(), line) {
            (Kind::Code, count)
        } else if rule(first) {
            (Kind::Rule, 1)
        } else if first.trim_start().starts_with('|') {
            let count = run(at, lines.len(), |at| line(at).trim_start().starts_with('|'));
            (Kind::Table { header: header(at, count, &lines, line) }, count)
        } else if is_item(first) {
            // An item goes on over lines that are indented, be there a blank line between or not.
            (Kind::List, list(at, lines.len(), line))
        } else {
            (Kind::Prose, 1 + run(at + 1, lines.len(), |at| !begins_block(at, lines.len(), line)))
        };
        let range = lines[at].start..lines[at + count - 1].end;
        push(blocks, text, range, kind);
        at += count;
    }
}

fn run(from: usize, end: usize, goes_on: impl Fn(usize) -> bool) -> usize {
    (from..end).take_while(|&at| goes_on(at)).count()
}

fn begins_block<'a>(at: usize, end: usize, line: impl Fn(usize) -> &'a str + Copy) -> bool {
    let text = line(at);
    text.trim().is_empty()
        || heading(text).is_some()
        || text.trim_start().starts_with('|')
        || rule(text)
        || is_item(text)
        || fenced(at, end, line).is_some()
        || drawer(at, end, line).is_some()
}

fn list<'a>(at: usize, end: usize, line: impl Fn(usize) -> &'a str + Copy) -> usize {
    let mut count = 1;
    let mut next = at + 1;
    while next < end {
        let text = line(next);
        if heading(text).is_some() {
            break;
        }
        let blank = text.trim().is_empty();
        let goes_on = is_item(text) || text.starts_with([' ', '\t']);
        if !blank && !goes_on {
            break;
        }
        next += 1;
        if !blank {
            count = next - at;
        }
    }
    count
}

/// `** TODO [#A] Title :tag:` as its level and plain title.
fn heading(line: &str) -> Option<(u8, String)> {
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
    Some((u8::try_from(stars).unwrap_or(u8::MAX), plain(title)))
}

fn rule(line: &str) -> bool {
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

/// The number of lines of the drawer that begins at line `at`. Drawers end before the next heading or not at all.
fn drawer<'a>(at: usize, end: usize, line: impl Fn(usize) -> &'a str) -> Option<usize> {
    let name = line(at).trim().strip_prefix(':')?.strip_suffix(':')?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
        return None;
    }
    (at + 1..end)
        .take_while(|&next| heading(line(next)).is_none())
        .find(|&next| line(next).trim().eq_ignore_ascii_case(":END:"))
        .map(|last| last + 1 - at)
}

/// The number of lines of the `#+begin_…` block that begins at line `at`; `None` if it is never closed.
fn fenced<'a>(at: usize, end: usize, line: impl Fn(usize) -> &'a str) -> Option<usize> {
    let name = |text: &'a str, prefix: &str| {
        let text = text.trim_start();
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix)
            .then(|| text[prefix.len()..].split_whitespace().next().unwrap_or_default())
    };
    let opened = name(line(at), "#+begin_")?;
    (at + 1..end)
        .find(|&next| name(line(next), "#+end_").is_some_and(|closed| closed.eq_ignore_ascii_case(opened)))
        .map(|last| last + 1 - at)
}

/// The rows above the first rule of a table, with that rule.
fn header<'a>(
    at: usize,
    count: usize,
    lines: &[Range<usize>],
    line: impl Fn(usize) -> &'a str,
) -> Option<Range<usize>> {
    let rule = (at..at + count).find(|&row| line(row).trim_start().starts_with("|-"))?;
    (rule > at && rule + 1 < at + count).then(|| lines[at].start..lines[rule].end)
}
