//! Finds where two notes contradict each other, in the sentences of the passages of one answer.
//!
//! Precision before recall: a false alarm costs trust. So only sentences of different notes are compared, only in words that
//! they share, and four things count as a contradiction: one says what the other denies, they name opposite ends, they give
//! different figures of one unit for the same, or different names. In reading order: `statement` takes a sentence apart, `against`
//! holds the four rules and the words that must agree for each.
//!
//! What a note only reports ("some say", a list of mistakes) is no statement of its own. Where it passes on what a named
//! source says ("forum posts say that …") the conflict is shown, and that side is marked as reported.

mod against;
mod statement;

use std::cmp::Reverse;

use index::{Lines, Passage, TermWeights};
use serde::Serialize;

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

/// The conflicts that have to do with the question, the plainest first: among the `passages` that the answer rests on, and
/// those that were found `behind` them.
pub(crate) fn conflicts(
    passages: &[Passage],
    behind: &[Passage],
    asked: &TermWeights,
    evidence: &Evidence,
) -> Vec<Conflict> {
    // Ranked anew: a follow-up may have carried passages of its own to where these stood.
    let ranked =
        (passages.len() as u32 + 1..).zip(behind).map(|(rank, passage)| Passage { rank, ..passage.clone() });
    let passages: Vec<Passage> = passages.iter().cloned().chain(ranked).collect();
    let nearest = evidence.cosines.values().copied().fold(f32::MIN, f32::max);
    let of_interest = |a: &Statement, b: &Statement| {
        let near = |side: &Statement| {
            let text = index::plain(&passages[side.passage].text[side.span.clone()]);
            evidence.cosines.get(&text).is_some_and(|cosine| *cosine >= nearest - NEAR)
        };
        asked.coverage(&format!("{} {}", a.text, b.text)) >= ASKED || near(a) || near(b)
    };
    contradictions(&passages, of_interest)
}

/// The conflicts among `passages`, whatever was asked: at most three, the plainest first. Passages of one note are not
/// compared, nor is any behind the tenth.
#[must_use]
pub fn all_conflicts(passages: &[Passage]) -> Vec<Conflict> {
    contradictions(passages, |_, _| true)
}

/// The conflicts among `passages` whose sides are of interest, the plainest first.
fn contradictions(
    passages: &[Passage],
    of_interest: impl Fn(&Statement, &Statement) -> bool,
) -> Vec<Conflict> {
    let passages = &passages[..passages.len().min(COMPARED)];
    let statements: Vec<Statement> =
        passages.iter().enumerate().flat_map(|(at, passage)| Statement::all(at, passage)).collect();
    let mut found = Vec::new();
    for (at, a) in statements.iter().enumerate() {
        for b in &statements[at + 1..] {
            if passages[a.passage].path != passages[b.passage].path
                && let Some(plain) = against::contradict(a, b)
                && of_interest(a, b)
            {
                found.push((plain, a, b));
            }
        }
    }
    // A stable order: of two that are as plain the one of better passages.
    found.sort_by_key(|(plain, ..)| Reverse((plain * 1000.0) as u32));
    let mut told: Vec<Conflict> = Vec::new();
    for (_, a, b) in found {
        let conflict = Conflict { a: side(a, passages), b: side(b, passages) };
        // One sentence may stand in two overlapping passages.
        if told.len() < MOST && !told.contains(&conflict) {
            told.push(conflict);
        }
    }
    told
}

fn side(statement: &Statement, passages: &[Passage]) -> Side {
    let passage = &passages[statement.passage];
    Side {
        path: passage.path.clone(),
        lines: lines_of(passage, &statement.span),
        quote: passage.text.get(statement.span.clone()).unwrap_or_default().trim().to_owned(),
        date: passage.date.clone(),
        reported: statement.reported,
        passage: passage.rank,
    }
}

#[cfg(test)]
mod tests;
