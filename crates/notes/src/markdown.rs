//! The blocks of a Markdown note.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::outline::{Block, Kind, push};
use crate::plain;

/// Adds the top-level blocks of `text` from `body` on.
///
/// Only what changes the blocks is switched on. What the parser reports no block for, such as link definitions, is
/// added as prose: nothing of a note may get lost.
pub(crate) fn blocks(text: &str, body: usize, blocks: &mut Vec<Block>) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let mut depth = 0_usize;
    let mut done = body;
    let mut table: Option<Range<usize>> = None;
    let mut top: Option<(Range<usize>, Kind)> = None;
    for (event, range) in Parser::new_ext(&text[body..], options).into_offset_iter() {
        let range = body + range.start..body + range.end;
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    table = matches!(tag, Tag::Table(_)).then(|| range.start..range.start);
                    top = Some((range, kind(&tag)));
                } else if let (Some(header), Tag::TableRow) = (&mut table, &tag)
                    && header.start == header.end
                {
                    header.end = range.start;
                }
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some((range, mut kind)) = top.take()
                {
                    if let Kind::Table { header } = &mut kind {
                        *header = table.take().filter(|header| !header.is_empty());
                    }
                    add(blocks, text, &mut done, range, kind);
                }
            }
            Event::Rule if depth == 0 => add(blocks, text, &mut done, range, Kind::Rule),
            _ => {}
        }
    }
    push(blocks, text, done..text.len(), Kind::Prose);
}

fn add(blocks: &mut Vec<Block>, text: &str, done: &mut usize, range: Range<usize>, mut kind: Kind) {
    let start = text.floor_char_boundary(range.start.max(*done));
    let end = text.ceil_char_boundary(range.end.max(start));
    push(blocks, text, *done..start, Kind::Prose);
    if let Kind::Heading { title, .. } = &mut kind {
        *title = plain(without_attributes(&text[start..end]));
    }
    push(blocks, text, start..end, kind);
    *done = end;
}

fn kind(tag: &Tag<'_>) -> Kind {
    match tag {
        Tag::Heading { level, .. } => Kind::Heading { level: *level as u8, title: String::new() },
        Tag::List(_) => Kind::List,
        Tag::Table(_) => Kind::Table { header: None },
        Tag::CodeBlock(_) => Kind::Code,
        _ => Kind::Prose,
    }
}

/// A heading without the `{#id .class}` that some site generators want after it.
fn without_attributes(heading: &str) -> &str {
    let trimmed = heading.trim_end();
    match trimmed.strip_suffix('}').and_then(|before| before.rfind('{')) {
        Some(at) if matches!(trimmed.as_bytes().get(at + 1), Some(b'#' | b'.')) => &trimmed[..at],
        _ => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_belongs_to_a_block() {
        let text = "[ref]: http://a.b\n# One `two` {#id}\ntext\n- a\n  - b\n\n| h |\n|---|\n| 1 |\n\n> # quoted\n\n***\n```\n# code\n```\n\
                    [^1]: note\n\n<div>\nhtml\n</div>\n\n[last]: http://a.b\n";
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
        Prose "[ref]: http://a.b"
        1 One two
        Prose "text"
        List "- a\n  - b"
        table Some("| h |\n|---|\n")
        Prose "> # quoted"
        Rule "***"
        Code "```\n# code\n```"
        Prose "[^1]: note"
        Prose "<div>\nhtml\n</div>"
        Prose "[last]: http://a.b"
        "###);
    }
}
