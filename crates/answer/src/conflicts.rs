//! Finds where two notes contradict each other, in the sentences of the passages of one answer.
//!
//! Precision before recall: a false alarm costs trust. So only sentences of different notes are compared, and first whether
//! they speak of the same. In reading order: `statement` takes a sentence apart, `figure` reads what it measures, `denial` what
//! it denies, `ends`, `sequence` and `slots` what else can be told in two ways; `lexicon` brings Chinese words and English ones
//! together; `against` holds the ways to contradict and the words
//! that must agree for each.
//!
//! What a note only reports ("some say", a list of mistakes) is no statement of its own. Where it passes on what a named
//! source says ("forum posts say that …") the conflict is shown, and that side is marked as reported.

mod against;
mod denial;
mod ends;
mod figure;
mod lexicon;
mod sequence;
mod slots;
mod statement;
mod words;

use std::cmp::Reverse;

use index::{Lines, Passage, TermWeights};
use serde::Serialize;

use self::against::Contradiction;
use self::statement::Statement;
use crate::Evidence;
use crate::cite::lines_of;
use crate::step::flat_lines;

/// Two places of different notes that contradict each other. Neither is held to be the right one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The side in the passage that ranks higher.
    pub a: Side,
    /// The other.
    pub b: Side,
}

impl Conflict {
    /// What differs, in a few words: `14 GB against 112 GB`.
    #[must_use]
    pub fn in_short(&self) -> String {
        format!("{} against {}", self.a.said, self.b.said)
    }

    /// Whether another says the same of the same place.
    fn repeats(&self, other: &Self) -> bool {
        let said = |it: &Self| [it.a.said.clone(), it.b.said.clone()];
        let place = |side: &Side| (side.path.clone(), side.lines);
        said(self) == said(other) && (place(&self.a) == place(&other.a) || place(&self.b) == place(&other.b))
    }
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The note.
    pub path: String,
    /// The lines of the quote.
    #[serde(flatten, with = "flat_lines")]
    pub lines: Lines,
    /// The words of the note, as they stand there.
    pub quote: String,
    /// What it says of the matter where the other side says something else, in a few words: `14 GB`, `not exact`.
    pub said: String,
    /// The note's date, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Whether the note reports this as what somebody else says.
    pub reported: bool,
    /// The rank of the passage it stands in; behind the last that the answer rests on where it is none of those.
    pub passage: u32,
}

/// Passages that are compared. An answer mostly rests on fewer: what contradicts it often stands a little behind.
pub(crate) const COMPARED: usize = 10;
/// Conflicts that are told of one question.
const MOST: usize = 3;

/// The share of the question's words, by rarity, that the two sides of a conflict must have to be of interest.
const ASKED: f32 = 0.25;
/// Or how much less than the nearest sentence's cosine that of one of them may be: for questions in another language.
const NEAR: f32 = 0.03;

/// A passage, and the rank that it has here: a follow-up may have carried passages of its own to where these stood.
type Ranked<'a> = (u32, &'a Passage);

/// The conflicts that have to do with the question, the plainest first: among the `passages` that the answer rests on, and
/// those that were found `behind` them.
pub(crate) fn conflicts(
    passages: &[Passage],
    behind: &[Passage],
    asked: &TermWeights,
    evidence: &Evidence,
) -> Vec<Conflict> {
    let ahead = passages.iter().map(|passage| (passage.rank, passage));
    let ranked: Vec<Ranked<'_>> = ahead.chain((passages.len() as u32 + 1..).zip(behind)).collect();
    let nearest = evidence.cosines.values().copied().fold(f32::MIN, f32::max);
    let text = |side: &Statement| &ranked[side.passage].1.text[side.span.clone()];
    let of_interest = |a: &Statement, b: &Statement| {
        let near = |side: &Statement| {
            let cosine = evidence.cosines.get(&index::plain(text(side)));
            cosine.is_some_and(|cosine| *cosine >= nearest - NEAR)
        };
        asked.coverage(&format!("{} {}", text(a), text(b))) >= ASKED || near(a) || near(b)
    };
    contradictions(&ranked, of_interest)
}

/// The conflicts among `passages`, whatever was asked: at most three, the plainest first. Passages of one note are not
/// compared, nor is any behind the tenth.
#[must_use]
pub fn all_conflicts(passages: &[Passage]) -> Vec<Conflict> {
    let ranked: Vec<Ranked<'_>> = passages.iter().map(|passage| (passage.rank, passage)).collect();
    contradictions(&ranked, |_, _| true)
}

/// The conflicts among `passages` whose sides are of interest, the plainest first.
fn contradictions(
    passages: &[Ranked<'_>],
    of_interest: impl Fn(&Statement, &Statement) -> bool,
) -> Vec<Conflict> {
    let passages = &passages[..passages.len().min(COMPARED)];
    let statements: Vec<Statement> =
        passages.iter().enumerate().flat_map(|(at, (_, passage))| Statement::all(at, passage)).collect();
    let mut found = Vec::new();
    for (at, a) in statements.iter().enumerate() {
        for b in &statements[at + 1..] {
            if passages[a.passage].1.path != passages[b.passage].1.path
                && let Some(contradiction) = against::contradict(a, b)
                && of_interest(a, b)
            {
                found.push((contradiction, a, b));
            }
        }
    }
    // A stable order: of two that are as plain the one of better passages.
    found.sort_by_key(|(contradiction, ..)| Reverse((contradiction.plain * 1000.0) as u32));
    let mut told: Vec<Conflict> = Vec::new();
    for (Contradiction { said: [mine, yours], .. }, a, b) in found {
        let conflict = Conflict { a: side(a, mine, passages), b: side(b, yours, passages) };
        // One sentence may stand in two overlapping passages, and several notes may say one thing against it.
        if told.len() < MOST && !told.iter().any(|known| conflict.repeats(known)) {
            told.push(conflict);
        }
    }
    told
}

fn side(statement: &Statement, said: String, passages: &[Ranked<'_>]) -> Side {
    let (rank, passage) = passages[statement.passage];
    Side {
        path: passage.path.clone(),
        lines: lines_of(passage, &statement.span),
        quote: passage.text.get(statement.span.clone()).unwrap_or_default().trim().to_owned(),
        said,
        date: passage.date.clone(),
        reported: statement.reported,
        passage: rank,
    }
}

#[cfg(test)]
mod tests;
