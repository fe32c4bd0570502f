//! What a follow-up takes along for the model that writes: the question before it, and the passages that its answer cited.

use index::Passage;

use crate::Answer;

/// A question that was answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// As it was asked.
    pub question: String,
    /// The passages that its answer cites, best first.
    pub cited: Vec<Passage>,
}

impl Earlier {
    /// What is kept of an answer to `question` that was written from the passages `found`.
    #[must_use]
    pub fn of(question: &str, found: &[Passage], answer: &Answer) -> Self {
        let is_cited = |passage: &&Passage| answer.citations.iter().any(|it| it.passage == passage.rank);
        Self { question: question.to_owned(), cited: found.iter().filter(is_cited).cloned().collect() }
    }

    /// `found`, and behind it what was cited before and is not in it, ranked on.
    pub(crate) fn behind(&self, found: &[Passage]) -> Vec<Passage> {
        let mut all = found.to_vec();
        for passage in &self.cited {
            if all.iter().any(|known| known.path == passage.path && known.lines == passage.lines) {
                continue;
            }
            let rank = u32::try_from(all.len() + 1).unwrap_or(u32::MAX);
            all.push(Passage { rank, ..passage.clone() });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    #[test]
    fn what_was_cited_stands_behind_what_was_found() {
        let (a, b) = (passage(1, "a.md", "A."), passage(2, "b.md", "B."));
        let check = |found: &[Passage], cited: &[Passage], expected: &[&str]| {
            let earlier = Earlier { question: "q".into(), cited: cited.to_vec() };
            let all = earlier.behind(found);
            let places: Vec<String> = all.iter().map(|it| format!("{} {}", it.rank, it.path)).collect();
            assert_eq!(places, expected);
        };
        let found = [passage(1, "c.md", "C."), b.clone()];
        check(&found, &[a.clone(), b.clone()], &["1 c.md", "2 b.md", "3 a.md"]);
        check(&found, &[], &["1 c.md", "2 b.md"]);
        check(&[], &[a.clone(), a.clone()], &["1 a.md"]);
    }
}
