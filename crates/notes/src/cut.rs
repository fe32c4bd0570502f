//! Cuts a note into chunks.

use std::ops::Range;

use crate::lead::{Lead, Leads, introduces};
use crate::note::Note;
use crate::outline::{Block, Kind, Outline, trim};
use crate::section::{Group, groups, sections};
use crate::split::{Cut, Sizer, cuts};
use crate::{Chunk, ChunkLimits, Language, LineIndex, TokenCounter};

/// A part of the readable text that becomes a chunk.
struct Piece {
    above: String,
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
        let above = sizer.above(note.meta.title.as_deref(), &headings);
        let packer = Packer { outline: &outline, tokens: &tokens, sizer: &sizer, above };
        let mut leads = Leads::new(&outline, &sizer, group.blocks.clone());
        for piece in packer.pack(&group) {
            let span = outline.span(&piece.range);
            if span.is_empty() {
                // Nothing but the bullet of an HTML list, which has no source.
                continue;
            }
            let lead = leads.before(piece.range.start).map(|range| Lead {
                lines: lines.lines(&outline.span(&range)),
                text: outline.text[range].to_owned(),
            });
            let text = outline.text[piece.range].to_owned();
            chunks.push(Chunk {
                lines: lines.lines(&span),
                span,
                headings: headings.clone(),
                above: piece.above,
                lead,
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
    above: String,
}

/// Blocks, as indices, and their tokens together.
struct Open {
    blocks: Range<usize>,
    tokens: usize,
}

impl Packer<'_> {
    fn pack(&self, group: &Group) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.has(group, |kind| matches!(kind, Kind::Heading { .. })) {
            // Several small sections: chosen so that they fit.
            self.emit(group.blocks.clone(), &mut pieces);
            return pieces;
        }
        let mut open: Option<Open> = None;
        for at in group.blocks.clone() {
            match self.outline.blocks[at].kind {
                Kind::Rule => {}
                Kind::Hidden => {
                    if let Some(open) = open.take() {
                        self.emit(open.blocks, &mut pieces);
                    }
                }
                _ => open = Some(self.add(open.take(), at, &mut pieces)),
            }
        }
        if let Some(open) = open {
            let joins = open.tokens < self.small() && !self.has(group, |kind| *kind == Kind::Hidden);
            if !(joins && self.extend(&mut pieces, &open.blocks)) {
                self.emit(open.blocks, &mut pieces);
            }
        }
        pieces
    }

    fn has(&self, group: &Group, is_it: impl Fn(&Kind) -> bool) -> bool {
        self.outline.blocks[group.blocks.clone()].iter().any(|block| is_it(&block.kind))
    }

    /// Fewer tokens than this are a fragment.
    fn small(&self) -> usize {
        self.sizer.target() / 6
    }

    /// Adds block `at` to the open ones, or closes them and begins anew with it.
    fn add(&self, open: Option<Open>, at: usize, pieces: &mut Vec<Piece>) -> Open {
        let tokens = self.tokens[at];
        let Some(open) = open else { return Open { blocks: at..at + 1, tokens } };
        let above = self.sizer.count(&self.above);
        let max = self.sizer.max().saturating_sub(above);
        // A fragment before a large block is best with it, unless just that makes the block too large.
        let takes = |before: usize| before < self.small() && (before + tokens <= max || tokens > max);
        if above + open.tokens + tokens <= self.sizer.target() || takes(open.tokens) {
            return Open { blocks: open.blocks.start..at + 1, tokens: open.tokens + tokens };
        }
        let last = open.blocks.end - 1;
        let (cut, before) = if introduces(&self.outline.text, &self.outline.blocks[last])
            && last > open.blocks.start
            && takes(self.tokens[last])
        {
            (last, self.tokens[last])
        } else {
            (at, 0)
        };
        self.emit(open.blocks.start..cut, pieces);
        Open { blocks: cut..at + 1, tokens: before + tokens }
    }

    /// Lets the last piece go on to the end of `tail`, if it still fits.
    fn extend(&self, pieces: &mut [Piece], tail: &Range<usize>) -> bool {
        let Some(last) = pieces.last_mut() else { return false };
        let range = last.range.start..self.outline.blocks[tail.end - 1].range.end;
        // Something of its own above it means rows of a table, which end where the table ends.
        let fits = last.above == self.above && self.sizer.fits(&last.above, &range, self.sizer.max());
        if fits {
            last.range = range;
        }
        fits
    }

    /// Makes the blocks `range` one piece, or several when they turn out too large for one.
    fn emit(&self, range: Range<usize>, pieces: &mut Vec<Piece>) {
        let blocks = &self.outline.blocks[range];
        let content = |block: &&Block| is_content(&block.kind);
        let (Some(first), Some(last)) = (blocks.iter().find(content), blocks.iter().rfind(content)) else {
            return;
        };
        let whole = first.range.start..last.range.end;
        if self.sizer.fits(&self.above, &whole, self.sizer.max()) {
            pieces.push(Piece { above: self.above.clone(), range: whole });
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
                    Some((header.end..block.range.end, format!("{}{again}\n", self.above)))
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
            let above = inside.map_or(self.above.as_str(), |(_, above)| above);
            let (above, end) = self.sizer.take(above, &rest, &places);
            let range = trim(text, rest.start..end);
            pieces.push(Piece { above: above.to_owned(), range });
            rest.start = end;
        }
    }
}

#[cfg(test)]
mod tests;
