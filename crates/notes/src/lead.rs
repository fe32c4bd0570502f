//! What a chunk leans on: lines that stand before it in the note and that a reader of it needs.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::outline::{Block, Kind, Outline, trim};
use crate::split::Sizer;
use crate::{Lines, is_han, sentences};

/// Lines before a chunk that it is not understood without: never part of what is quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// The lines it stands on; not always those right before the chunk.
    pub lines: Lines,
    /// What stands there. It may begin in the middle of a sentence, but never in that of a character. Not empty.
    pub text: String,
}

/// Finds the leads of the chunks of one group, which are asked for in order.
pub(crate) struct Leads<'a> {
    outline: &'a Outline<'a>,
    sizer: &'a Sizer<'a>,
    /// The blocks that a lead may come from: those under the same headings.
    blocks: Range<usize>,
    /// The sentences of a block that were looked at last: a block that makes many chunks is read once.
    known: Option<(usize, Vec<Range<usize>>)>,
}

impl<'a> Leads<'a> {
    pub(crate) fn new(outline: &'a Outline<'a>, sizer: &'a Sizer<'a>, blocks: Range<usize>) -> Self {
        Self { outline, sizer, blocks, known: None }
    }

    /// The lead, as a range of the readable text, of the chunk that begins at `start`.
    pub(crate) fn before(&mut self, start: usize) -> Option<Range<usize>> {
        let blocks = &self.outline.blocks;
        let at = self.blocks.clone().find(|&at| blocks[at].range.end > start)?;
        let block = &blocks[at];
        let begins = block.range.start >= start;
        match &block.kind {
            Kind::Table { header: Some(header) } if start >= header.end => {
                let header = trim(&self.outline.text, header.clone());
                self.sizer.header(&self.outline.text[header.clone()]).map(|_| header)
            }
            Kind::Table { .. } | Kind::List if begins => self.introduction(at),
            Kind::List => self.introduction(at).or_else(|| self.rest_of_sentence(at, start)),
            Kind::Prose if begins => self.leaned_on(at.checked_sub(1)?, start),
            Kind::Prose => self.rest_of_sentence(at, start).or_else(|| self.leaned_on(at, start)),
            _ => None,
        }
    }

    /// The sentence that introduces block `at`: "It has three parts:".
    fn introduction(&mut self, at: usize) -> Option<Range<usize>> {
        let before = at.checked_sub(1).filter(|before| self.blocks.contains(before))?;
        let block = &self.outline.blocks[before];
        if !introduces(&self.outline.text, block) {
            return None;
        }
        let last = self.sentences(before).last()?.clone();
        self.tail(last)
    }

    /// The beginning of the sentence of block `at` that the chunk goes on with.
    fn rest_of_sentence(&mut self, at: usize, start: usize) -> Option<Range<usize>> {
        let sentence = self.sentences(at).iter().find(|sentence| sentence.end > start)?;
        let before = sentence.start..start;
        if before.is_empty() { None } else { self.tail(before) }
    }

    /// What the chunk's first words point back at, if they do: the sentence before them, and the one before that where it
    /// points back as well. `at` is the block that it stands in.
    fn leaned_on(&mut self, at: usize, start: usize) -> Option<Range<usize>> {
        let is_readable = |block: &Block| matches!(block.kind, Kind::Prose | Kind::List);
        if !self.blocks.contains(&at) || !is_readable(&self.outline.blocks[at]) {
            return None;
        }
        let text = &self.outline.text;
        if !leans(&text[start..]) {
            return None;
        }
        let before: Vec<Range<usize>> = self
            .sentences(at)
            .iter()
            .rev()
            .filter(|sentence| sentence.end <= start)
            .take(2)
            .cloned()
            .collect();
        let last = before.first()?;
        let two = before.get(1).map(|first| first.start..last.end);
        let both = two.filter(|both| leans(&text[last.clone()]) && self.sizer.fits("", both, self.limit()));
        both.or_else(|| self.tail(last.clone()))
    }

    fn sentences(&mut self, at: usize) -> &[Range<usize>] {
        if self.known.as_ref().is_none_or(|(known, _)| *known != at) {
            let range = self.outline.blocks[at].range.clone();
            let found = sentences(&self.outline.text[range.clone()]).into_iter();
            self.known = Some((at, found.map(|it| it.start + range.start..it.end + range.start).collect()));
        }
        self.known.as_ref().map_or(&[], |(_, found)| found)
    }

    /// The most tokens of a lead made of sentences.
    fn limit(&self) -> usize {
        self.sizer.max() / 6
    }

    /// The end of `range` that fits into a lead, from a word on; `None` when that is nothing.
    fn tail(&self, range: Range<usize>) -> Option<Range<usize>> {
        let text = &self.outline.text;
        let range = trim(text, range);
        // Tokens have about four bytes; what is counted stays short, however long a sentence is.
        let mut start = text.ceil_char_boundary(range.start.max(range.end.saturating_sub(self.limit() * 6)));
        while start < range.end && !self.sizer.fits("", &(start..range.end), self.limit()) {
            start = text.ceil_char_boundary(start + (range.end - start).div_ceil(4));
        }
        if start > range.start {
            let is_border = |(at, c): &(usize, char)| {
                let before = text[..start + at].chars().next_back();
                is_han(*c) || before.is_some_and(char::is_whitespace)
            };
            start += text[start..range.end].char_indices().find(is_border)?.0;
        }
        let range = trim(text, start..range.end);
        (!range.is_empty()).then_some(range)
    }
}

/// Whether a block belongs to what follows it: a paragraph such as "It has three parts:", or a short line without a full
/// stop, which is how plain text writes its headings.
pub(crate) fn introduces(text: &str, block: &Block) -> bool {
    let text = text[block.range.clone()].trim_end_matches(['*', '_']);
    let is_label = !text.contains('\n') && text.len() <= 80 && text.ends_with(char::is_alphanumeric);
    block.kind == Kind::Prose && (is_label || text.ends_with([':', '：']))
}

/// First words that point back, or go on from what was said.
const WORDS: &str = "it its this that these those they them their he him his she her such however but and or so thus \
    therefore hence moreover furthermore besides also then otherwise instead nevertheless nonetheless meanwhile \
    consequently similarly likewise conversely additionally accordingly yet both neither another";
/// The same of several words.
const PHRASES: &[&str] = &[
    "the former",
    "the latter",
    "the same",
    "as a result",
    "as such",
    "at the same time",
    "because of this",
    "by contrast",
    "for example",
    "for instance",
    "for this",
    "in addition",
    "in contrast",
    "in other words",
    "in this",
    "in turn",
    "on the contrary",
    "on the other hand",
    "after that",
    "after this",
    "with this",
    "to this end",
];
const CHINESE: &[&str] = &[
    "因此",
    "因而",
    "所以",
    "由此",
    "于是",
    "但",
    "然而",
    "不过",
    "可是",
    "反之",
    "相反",
    "否则",
    "它",
    "他",
    "她",
    "这",
    "那么",
    "那",
    "此",
    "其",
    "上述",
    "以上",
    "前者",
    "后者",
    "两者",
    "二者",
    "与此",
    "除此",
    "另外",
    "同时",
    "同样",
    "而",
    "并且",
    "也",
    "还有",
    "还要",
    "还可",
    "例如",
    "比如",
    "换句话说",
    "换言之",
    "也就是说",
    "总之",
    "接着",
    "随后",
    "之后",
    "甚至",
    "尤其",
    "特别是",
    "具体来说",
];

/// Whether the first words of `text` cannot be understood without what comes before them.
fn leans(text: &str) -> bool {
    let quotes = |c: char| c.is_whitespace() || "*_>\"'“‘「『(（".contains(c);
    let head: String = text.chars().take(32).flat_map(char::to_lowercase).collect();
    let head = head.trim_start_matches(quotes);
    let word = head.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
    let starts = |phrase: &&str| {
        head.strip_prefix(*phrase).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    (!word.is_empty() && WORDS.split_whitespace().any(|listed| listed == word))
        || PHRASES.iter().any(starts)
        || CHINESE.iter().any(|opener| head.starts_with(opener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_words_that_point_back() {
        let check = |text, expected| assert_eq!(leans(text), expected, "{text}");
        check("It shares heads.", true);
        check("It's cheap.", true);
        check("**This** is why.", true);
        check("However, the cache grows.", true);
        check("In contrast, MQA shares one.", true);
        check("The latter is slower.", true);
        check("这使得缓存缩小。", true);
        check("因此显存够用。", true);
        check("“其他方法更慢。”", true);
        check("Grouped-query attention shares heads.", false);
        check("Item two.", false);
        check("So-called experts are small networks.", false);
        check("Thesis: heads are redundant.", false);
        check("In thistles we trust.", false);
        check("分组查询注意力共享键头。", false);
        check("", false);
        check("42", false);
    }
}
