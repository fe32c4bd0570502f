//! Cuts a note into chunks.

use std::ops::Range;

use crate::note::Note;
use crate::outline::{Block, Kind, Outline, trim};
use crate::section::{Group, groups, sections};
use crate::split::{Cut, Sizer, cuts};
use crate::{Chunk, ChunkLimits, Language, LineIndex, TokenCounter};

/// A part of the readable text that becomes a chunk.
struct Piece {
    lead: String,
    range: Range<usize>,
}

/// See [`Note::chunks`].
pub(crate) fn chunks(note: &Note, counter: &dyn TokenCounter, limits: ChunkLimits) -> Vec<Chunk> {
    let outline = Outline::of(note);
    let sizer = Sizer::new(&outline.text, counter, limits);
    let tokens: Vec<usize> = outline.blocks.iter().map(|block| block_tokens(&sizer, block)).collect();
    let lines = LineIndex::new(&note.text);
    let mut chunks = Vec::new();
    for group in groups(&sections(&outline.blocks, &tokens), sizer.target()) {
        let headings = titles(&outline, &group.path);
        let lead = sizer.lead(note.meta.title.as_deref(), &headings);
        let packer = Packer { outline: &outline, tokens: &tokens, sizer: &sizer, lead };
        for piece in packer.pack(&group) {
            let span = outline.span(&piece.range);
            if span.is_empty() {
                // Nothing but the bullet of an HTML list, which has no source.
                continue;
            }
            let text = outline.text[piece.range].to_owned();
            chunks.push(Chunk {
                lines: lines.lines(&span),
                span,
                headings: headings.clone(),
                lead: piece.lead,
                language: Language::of(&text),
                text,
            });
        }
    }
    chunks
}

fn block_tokens(sizer: &Sizer<'_>, block: &Block) -> usize {
    if is_content(&block.kind) { sizer.estimate(&block.range) } else { 0 }
}

fn is_content(kind: &Kind) -> bool {
    !matches!(kind, Kind::Rule | Kind::Hidden)
}

fn titles(outline: &Outline<'_>, path: &[usize]) -> Vec<String> {
    path.iter()
        .filter_map(|&at| match &outline.blocks[at].kind {
            Kind::Heading { title, .. } if !title.is_empty() => Some(title.clone()),
            _ => None,
        })
        .collect()
}

/// Puts the blocks of one group into pieces.
struct Packer<'a> {
    outline: &'a Outline<'a>,
    tokens: &'a [usize],
    sizer: &'a Sizer<'a>,
    lead: String,
}

impl Packer<'_> {
    fn pack(&self, group: &Group) -> Vec<Piece> {
        let blocks = &self.outline.blocks;
        let lead = self.sizer.count(&self.lead);
        let target = self.sizer.target().saturating_sub(lead);
        let max = self.sizer.max().saturating_sub(lead);
        let mut pieces = Vec::new();
        if blocks[group.blocks.clone()].iter().any(|block| matches!(block.kind, Kind::Heading { .. })) {
            // Several small sections: chosen so that they fit.
            self.emit(group.blocks.clone(), &mut pieces);
            return pieces;
        }
        let mut open: Option<(Range<usize>, usize)> = None;
        for at in group.blocks.clone() {
            match blocks[at].kind {
                Kind::Rule => continue,
                Kind::Hidden => {
                    if let Some((range, _)) = open.take() {
                        self.emit(range, &mut pieces);
                    }
                    continue;
                }
                _ => {}
            }
            let size = self.tokens[at];
            // A line that introduces a large block is no chunk of its own.
            let room = if open.as_ref().is_some_and(|(_, sum)| *sum < target / 6) { max } else { target };
            open = Some(match open.take() {
                Some((range, sum)) if sum + size <= room || sum < target / 6 => {
                    (range.start..at + 1, sum + size)
                }
                Some((range, _)) => {
                    self.emit(range, &mut pieces);
                    (at..at + 1, size)
                }
                None => (at..at + 1, size),
            });
        }
        if let Some((range, sum)) = open {
            let hidden = blocks[group.blocks.clone()].iter().any(|block| block.kind == Kind::Hidden);
            let joins = sum < target / 6
                && !hidden
                && pieces.last().is_some_and(|last: &Piece| last.lead == self.lead);
            let last = if joins { pieces.pop() } else { None };
            match last {
                Some(last) if self.fits(&last, &range) => {
                    pieces.push(Piece {
                        lead: last.lead,
                        range: last.range.start..blocks[range.end - 1].range.end,
                    });
                }
                last => {
                    pieces.extend(last);
                    self.emit(range, &mut pieces);
                }
            }
        }
        pieces
    }

    fn fits(&self, last: &Piece, tail: &Range<usize>) -> bool {
        let range = last.range.start..self.outline.blocks[tail.end - 1].range.end;
        self.sizer.fits(&last.lead, &range, self.sizer.max())
    }

    /// Makes the blocks `range` one piece, or several when they turn out too large for one.
    fn emit(&self, range: Range<usize>, pieces: &mut Vec<Piece>) {
        let blocks = &self.outline.blocks[range];
        let content = |block: &&Block| is_content(&block.kind);
        let (Some(first), Some(last)) = (blocks.iter().find(content), blocks.iter().rfind(content)) else {
            return;
        };
        let whole = first.range.start..last.range.end;
        if self.sizer.fits(&self.lead, &whole, self.sizer.max()) {
            pieces.push(Piece { lead: self.lead.clone(), range: whole });
            return;
        }
        let text = &self.outline.text;
        let mut places: Vec<Cut> = Vec::new();
        let mut after_heading = false;
        for block in blocks {
            // Never between a heading and what it is about.
            places.extend(cuts(text, block).into_iter().skip(usize::from(after_heading)));
            after_heading = matches!(block.kind, Kind::Heading { .. });
        }
        let headers: Vec<(Range<usize>, String)> = blocks
            .iter()
            .filter_map(|block| match &block.kind {
                Kind::Table { header: Some(header) } => {
                    let again = self.sizer.header(&text[trim(text, header.clone())])?;
                    Some((header.end..block.range.end, format!("{}{again}\n", self.lead)))
                }
                _ => None,
            })
            .collect();
        let mut rest = whole;
        loop {
            rest = trim(text, rest);
            if rest.is_empty() {
                return;
            }
            let inside = headers.iter().find(|(rows, _)| rows.contains(&rest.start));
            let lead = inside.map_or(self.lead.as_str(), |(_, lead)| lead);
            let (lead, end) = self.sizer.take(lead, &rest, &places);
            let range = trim(text, rest.start..end);
            pieces.push(Piece { lead: lead.to_owned(), range });
            rest.start = end;
        }
    }
}

#[cfg(test)]
mod tests;
