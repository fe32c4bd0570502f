//! Plain text: paragraphs between blank lines.

use std::ops::Range;

use crate::outline::{Block, Kind, lines, push};

/// Adds the blocks of `text` from `body` on.
pub(crate) fn blocks(text: &str, body: usize, blocks: &mut Vec<Block>) {
    let mut open: Option<Range<usize>> = None;
    for line in lines(text, body) {
        if text[line.clone()].trim().is_empty() {
            if let Some(range) = open.take() {
                push(blocks, text, range, Kind::Prose);
            }
        } else {
            open = Some(open.map_or(line.start, |range| range.start)..line.end);
        }
    }
    if let Some(range) = open {
        push(blocks, text, range, Kind::Prose);
    }
}
