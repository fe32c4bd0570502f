//! Sections: the blocks under one heading, and which small ones stay together.

use std::ops::Range;

use crate::outline::{Block, Kind};

/// The blocks under one heading.
#[derive(Debug)]
pub(crate) struct Section {
    /// The headings above, outermost first, its own last, as indices of blocks.
    pub(crate) path: Vec<usize>,
    /// The content, as indices of blocks.
    pub(crate) blocks: Range<usize>,
    /// Tokens of the content, and of its heading.
    tokens: usize,
    heading_tokens: usize,
    /// Nothing but rules and drawers.
    empty: bool,
    /// It has a drawer, which must not get into a text that spans headings.
    hidden: bool,
}

/// A run of sections that are cut together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The headings that all of its sections share, as indices of blocks.
    pub(crate) path: Vec<usize>,
    /// Headings of its own and content, as indices of blocks. Never empty.
    pub(crate) blocks: Range<usize>,
}

/// Splits `blocks` at their headings. `tokens` holds the size of each block.
pub(crate) fn sections(blocks: &[Block], tokens: &[usize]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut path: Vec<(u8, usize)> = Vec::new();
    let mut close = |path: &[(u8, usize)], range: Range<usize>| {
        let content = &blocks[range.clone()];
        let heading_tokens = path.last().map_or(0, |&(_, heading)| tokens[heading]);
        sections.push(Section {
            path: path.iter().map(|&(_, heading)| heading).collect(),
            tokens: tokens[range.clone()].iter().sum(),
            blocks: range,
            heading_tokens,
            empty: content.iter().all(|block| matches!(block.kind, Kind::Rule | Kind::Hidden)),
            hidden: content.iter().any(|block| block.kind == Kind::Hidden),
        });
    };
    let mut start = 0;
    for (at, block) in blocks.iter().enumerate() {
        if let Kind::Heading { level, .. } = block.kind {
            if at > start || !path.is_empty() {
                close(&path, start..at);
            }
            path.truncate(path.partition_point(|&(above, _)| above < level));
            path.push((level, at));
            start = at + 1;
        }
    }
    if blocks.len() > start || !path.is_empty() {
        close(&path, start..blocks.len());
    }
    sections
}

/// Puts small sections together with their neighbours.
///
/// A section smaller than a sixth of `target` is a fragment: on its own it says too little to be found. It joins the
/// section after it, or at the end of its parent the one before, when both fit into `target` and every heading that
/// they do not share can stand inside the text. An empty section whose subsections follow is already said by their
/// heading path. A lone heading that finds no neighbour is dropped.
pub(crate) fn groups(sections: &[Section], target: usize) -> Vec<Group> {
    let small = target / 6;
    let wanted: Vec<&Section> = sections
        .iter()
        .enumerate()
        .filter(|(at, section)| {
            let next = sections.get(at + 1);
            !section.empty || !next.is_some_and(|next| next.path.starts_with(&section.path))
        })
        .map(|(_, section)| section)
        .collect();

    // Forward: a fragment takes in what follows it. Then back: what stayed a fragment joins what is before it.
    let forward = join(wanted.into_iter().map(Run::of), |last, _| last.tokens < small, target);
    let runs = join(forward.into_iter(), |_, next| next.tokens < small, target);
    runs.iter().filter_map(Run::group).collect()
}

fn join<'a>(
    runs: impl Iterator<Item = Run<'a>>,
    should: impl Fn(&Run<'a>, &Run<'a>) -> bool,
    target: usize,
) -> Vec<Run<'a>> {
    let mut joined: Vec<Run<'a>> = Vec::new();
    for run in runs {
        match joined.last().filter(|last| should(last, &run)).and_then(|last| last.join(&run, target)) {
            Some(both) => {
                joined.pop();
                joined.push(both);
            }
            None => joined.push(run),
        }
    }
    joined
}

/// Sections put together so far.
#[derive(Clone)]
struct Run<'a> {
    first: &'a Section,
    last: &'a Section,
    /// How many headings all of them share.
    shared: usize,
    tokens: usize,
    hidden: bool,
}

impl<'a> Run<'a> {
    fn of(section: &'a Section) -> Self {
        Self {
            first: section,
            last: section,
            shared: section.path.len(),
            tokens: section.tokens,
            hidden: section.hidden,
        }
    }

    fn join(&self, next: &Self, target: usize) -> Option<Self> {
        let both = self.first.path.iter().zip(&next.first.path).take_while(|(a, b)| a == b).count();
        let shared = both.min(self.shared).min(next.shared);
        // The heading of the first section moves from the path into the text; the one above it could not.
        let fits_path = self.first.path.len() <= shared + 1;
        let mut tokens = self.tokens + next.tokens;
        if self.shared > shared && self.shared == self.first.path.len() {
            tokens += self.first.heading_tokens;
        }
        if next.shared > shared && next.shared == next.first.path.len() {
            tokens += next.first.heading_tokens;
        }
        (fits_path && tokens <= target && !self.hidden && !next.hidden).then_some(Self {
            first: self.first,
            last: next.last,
            shared,
            tokens,
            hidden: false,
        })
    }

    fn group(&self) -> Option<Group> {
        let start = match self.first.path.last() {
            Some(&heading) if self.first.path.len() > self.shared => heading,
            _ => self.first.blocks.start,
        };
        let blocks = start..self.last.blocks.end;
        // The headings of empty sections: several make an outline, which is content; one alone is not.
        (!blocks.is_empty()).then(|| Group { path: self.first.path[..self.shared].to_vec(), blocks })
    }
}
