//! How much fits into a chunk, and where a block may be cut.

use std::cell::Cell;
use std::ops::Range;

use crate::outline::{Block, Kind, lines};
use crate::{ChunkLimits, TokenCounter, sentences};

/// A place where a block may be cut, and how good a place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The first byte after the cut.
    pub(crate) at: usize,
    pub(crate) strength: Strength,
}

/// From the last resort to the best place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Space,
    Clause,
    Sentence,
    /// A line of code, a nested item.
    Line,
    /// An item, a row, a paragraph inside a block.
    Part,
    Block,
    Heading,
}

/// The places where `block` may be cut, in order; the first is its start.
pub(crate) fn cuts(text: &str, block: &Block) -> Vec<Cut> {
    let range = &block.range;
    let inside = &text[range.clone()];
    let first = if matches!(block.kind, Kind::Heading { .. }) { Strength::Heading } else { Strength::Block };
    let mut cuts = vec![Cut { at: range.start, strength: first }];
    let mut add = |at: usize, strength| cuts.push(Cut { at, strength });

    let margin = lines(inside, 0).filter_map(|line| item_indent(&inside[line])).min();
    let mut blank = false;
    for line in lines(inside, 0) {
        let words = &inside[line.clone()];
        if words.trim().is_empty() {
            blank = true;
            continue;
        }
        let strength = match (&block.kind, item_indent(words)) {
            (Kind::Table { .. }, _) => Some(Strength::Part),
            (Kind::Code, _) if !blank => Some(Strength::Line),
            (Kind::List, Some(indent)) if Some(indent) == margin => Some(Strength::Part),
            (Kind::List, Some(_)) => Some(Strength::Line),
            _ if blank => Some(Strength::Part),
            _ => None,
        };
        if let Some(strength) = strength {
            add(range.start + line.start, strength);
        }
        blank = false;
    }
    if !matches!(block.kind, Kind::Code | Kind::Table { .. }) {
        sentences(inside).iter().for_each(|sentence| add(range.start + sentence.start, Strength::Sentence));
    }
    let mut before = ' ';
    for (at, c) in inside.char_indices() {
        let clause =
            matches!(before, '，' | '、' | '：' | '；') || (before.is_whitespace() && "(（[".contains(c));
        if clause {
            add(range.start + at, Strength::Clause);
        } else if before.is_whitespace() && !c.is_whitespace() {
            add(range.start + at, Strength::Space);
        }
        before = c;
    }
    cuts.sort_by_key(|cut| (cut.at, std::cmp::Reverse(cut.strength)));
    cuts.dedup_by_key(|cut| cut.at);
    cuts
}

/// How far a list item is indented; `None` for a line that begins no item.
fn item_indent(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let after = text.strip_prefix(['-', '*', '+']).or_else(|| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { None } else { text[digits..].strip_prefix(['.', ')']) }
    })?;
    after.starts_with(char::is_whitespace).then_some(line.len() - text.len())
}

/// Measures parts of a text in tokens.
pub(crate) struct Sizer<'a> {
    text: &'a str,
    counter: &'a dyn TokenCounter,
    limits: ChunkLimits,
    /// Bytes for each token, as last seen: where to look first.
    density: Cell<usize>,
}

impl<'a> Sizer<'a> {
    pub(crate) fn new(text: &'a str, counter: &'a dyn TokenCounter, limits: ChunkLimits) -> Self {
        Self { text, counter, limits, density: Cell::new(4) }
    }

    pub(crate) fn max(&self) -> usize {
        self.limits.max
    }

    pub(crate) fn target(&self) -> usize {
        self.limits.target.min(self.limits.max)
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        if text.is_empty() { 0 } else { self.counter.count(text) }
    }

    /// Too many bytes to be worth counting: no chunk will hold them.
    fn is_huge(&self, range: &Range<usize>) -> bool {
        range.len() > self.limits.max.saturating_mul(64).max(4096)
    }

    /// The tokens of `range`; only a guess when it is so large that it will be split anyway.
    pub(crate) fn estimate(&self, range: &Range<usize>) -> usize {
        if self.is_huge(range) {
            (range.len() / 4).max(self.limits.max + 1)
        } else {
            self.count(&self.text[range.clone()])
        }
    }

    pub(crate) fn fits(&self, above: &str, range: &Range<usize>, limit: usize) -> bool {
        !self.is_huge(range) && self.with_above(above, range) <= limit
    }

    fn with_above(&self, above: &str, range: &Range<usize>) -> usize {
        self.count(&format!("{above}{}", &self.text[range.clone()]))
    }

    /// What is embedded before the text: the title unless it is the first heading, and the headings. It may take a
    /// quarter of a chunk; when it takes more, the outer headings go first, then the end of the innermost.
    pub(crate) fn above(&self, title: Option<&str>, headings: &[String]) -> String {
        let limit = self.limits.max / 4;
        let title = title.filter(|title| headings.first().is_none_or(|first| first != title));
        let path: Vec<&str> = title.into_iter().chain(headings.iter().map(String::as_str)).collect();
        for from in 0..path.len() {
            let above = format!("{}\n", path[from..].join(" > "));
            if above.len() < 16_384 && self.count(&above) <= limit {
                return above;
            }
        }
        let Some(innermost) = path.last() else { return String::new() };
        let mut end = innermost.floor_char_boundary(limit.saturating_mul(8));
        while end > 0 {
            let above = format!("{}\n", innermost[..end].trim_end());
            if self.count(&above) <= limit {
                return above;
            }
            end = innermost.floor_char_boundary(end / 2);
        }
        String::new()
    }

    /// The header of a table as it is said again, if it does not take too much of a chunk.
    pub(crate) fn header<'b>(&self, header: &'b str) -> Option<&'b str> {
        let limit = self.limits.max / 4;
        (header.len() < limit.saturating_mul(64) && self.count(header) <= limit).then_some(header)
    }

    /// Takes a piece off the front of `rest`, which is not empty and begins with no white space: returns its end, and
    /// what it fits with above it.
    pub(crate) fn take<'b>(&self, above: &'b str, rest: &Range<usize>, cuts: &[Cut]) -> (&'b str, usize) {
        let target = self.target();
        // A little more than the target is better than a crumb left over.
        if rest.len() <= self.density.get().saturating_mul(target + target / 6)
            && self.fits(above, rest, self.max().min(target + target / 6))
        {
            return (above, rest.end);
        }
        let reach = self.reach(above, rest, target);
        if reach == rest.end {
            return (above, reach);
        }
        let mut end =
            best(cuts, rest.start, reach).unwrap_or_else(|| self.between_characters(rest.start, reach));
        // The search above takes a longer text to have more tokens. If that fails, give way.
        let first = self.after(rest.start);
        while !self.fits(above, &(rest.start..end), self.max()) {
            if end <= first {
                return ("", first);
            }
            end = self.text.floor_char_boundary(rest.start + (end - rest.start) * 3 / 4).max(first);
        }
        (above, end)
    }

    /// About the furthest end such that what is above and the text up to there are at most `budget` tokens: within a few
    /// counts, each of about the length of a chunk.
    fn reach(&self, above: &str, rest: &Range<usize>, budget: usize) -> usize {
        let (mut good, mut bad) = (rest.start, None::<usize>);
        let mut guess = rest.start + self.density.get() * budget.max(1);
        loop {
            let low = self.after(good);
            let high = bad.map_or(rest.end, |bad| self.before(bad));
            if low > high {
                break;
            }
            let end = self.text.floor_char_boundary(guess.clamp(low, high)).max(low);
            let tokens = self.with_above(above, &(rest.start..end));
            if tokens <= budget {
                good = end;
                self.density.set(((end - rest.start) / tokens.max(1)).clamp(1, 64));
                if end == rest.end || tokens >= budget - budget / 16 {
                    break;
                }
            } else {
                bad = Some(end);
            }
            guess = match bad {
                None => good + (good - rest.start).max(8),
                Some(bad) => {
                    if bad - good <= (good - rest.start) / 16 {
                        break;
                    }
                    good + (bad - good) / 2
                }
            };
        }
        good.max(self.after(rest.start))
    }

    /// The end of the character that begins at `at`.
    fn after(&self, at: usize) -> usize {
        self.text.ceil_char_boundary(at + 1)
    }

    /// The start of the character that ends at `at`.
    fn before(&self, at: usize) -> usize {
        self.text.floor_char_boundary(at.saturating_sub(1))
    }

    /// A place at or a little before `end` that parts no letter from its accents.
    fn between_characters(&self, start: usize, end: usize) -> usize {
        let first = self.after(start);
        let joins = |c: char| matches!(c, '\u{300}'..='\u{36F}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}');
        let mut at = end;
        for _ in 0..16 {
            let after = self.text[at..].chars().next().is_some_and(joins);
            let before = self.text[..at].ends_with('\u{200D}');
            if at <= first || !(after || before) {
                return at.max(first);
            }
            at = self.before(at);
        }
        end
    }
}

/// The best cut in the later part of `start..=reach`: among the strongest the last. Parts of a list or a table are
/// worth a shorter piece.
fn best(cuts: &[Cut], start: usize, reach: usize) -> Option<usize> {
    let inside =
        &cuts[cuts.partition_point(|cut| cut.at <= start)..cuts.partition_point(|cut| cut.at <= reach)];
    let late = &inside[inside.partition_point(|cut| cut.at < start + (reach - start) / 2)..];
    let strongest = |cuts: &[Cut], least| {
        cuts.iter().filter(|cut| cut.strength >= least).max_by_key(|cut| (cut.strength, cut.at)).copied()
    };
    strongest(late, Strength::Sentence)
        .or_else(|| strongest(inside, Strength::Line))
        .or_else(|| strongest(late, Strength::Space))
        .or_else(|| strongest(inside, Strength::Sentence))
        .or_else(|| strongest(inside, Strength::Space))
        .map(|cut| cut.at)
}
