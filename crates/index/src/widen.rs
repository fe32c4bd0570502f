//! The chunks that say by another name what a question says.

use crate::Index;
use crate::aliases::Mention;
use crate::coverage::{Wanted, wanted};
use crate::lexical::{Holder, Lexical, LexicalError};
use crate::terms::terms;

/// The names in a question, and who speaks of the same by another name.
#[derive(Debug, Default)]
pub(crate) struct Widened(Vec<Reach>);

/// A name in a question.
#[derive(Debug)]
struct Reach {
    mention: Mention,
    /// The terms of the name.
    terms: Vec<String>,
    /// The words of each other name.
    names: Vec<Vec<Wanted>>,
    /// The chunks that hold all words of another name, ascending, as if each of them held each word of the name.
    holders: Vec<Holder>,
}

impl Widened {
    /// Looks for the names in `question`.
    pub(crate) fn new(index: &Index, question: &str) -> Result<Self, LexicalError> {
        let (aliases, lexical) = (index.aliases(), index.lexical());
        let mut mentions = aliases.mentions(question);
        for spelled in aliases.spelled(question) {
            // What the notes spell out themselves needs no guess.
            if holders_of_all(lexical, &wanted(&spelled.name))?.is_empty() {
                mentions.push(spelled);
            }
        }
        mentions.into_iter().map(|mention| Reach::new(lexical, mention)).collect::<Result<_, _>>().map(Self)
    }

    /// Adds to the holders of `term`, a term of the question, those of the other names it is a part of.
    pub(crate) fn extend(&self, term: &str, holders: &mut Vec<Holder>) {
        let of = |reach: &&Reach| reach.terms.iter().any(|own| own == term);
        let others: Vec<&Reach> = self.0.iter().filter(of).collect();
        if !others.is_empty() {
            holders.extend(others.iter().flat_map(|reach| &reach.holders));
            loudest(holders);
        }
    }

    /// For each name, its terms and the words of its other names.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&[String], &[Vec<Wanted>])> {
        self.0.iter().map(|reach| (reach.terms.as_slice(), reach.names.as_slice()))
    }

    /// `question` with one other name after each name in it, for the embedding model: `what is MQA (多查询注意力)`.
    pub(crate) fn written_out(&self, question: &str) -> String {
        let mut written = question.to_owned();
        for Mention { name, same } in self.0.iter().map(|reach| &reach.mention) {
            let Some(other) = same.iter().find(|other| !written.contains(other.as_str())) else { continue };
            match written.find(name.as_str()) {
                Some(at) => written.insert_str(at + name.len(), &format!(" ({other})")),
                None => written.push_str(&format!(" ({name} = {other})")),
            }
        }
        written
    }

    /// The names.
    pub(crate) fn into_mentions(self) -> Vec<Mention> {
        self.0.into_iter().map(|reach| reach.mention).collect()
    }
}

impl Reach {
    fn new(lexical: &Lexical, mention: Mention) -> Result<Self, LexicalError> {
        let mut own = terms(&mention.name);
        own.extend(wanted(&mention.name).into_iter().map(|word| word.term));
        let names: Vec<Vec<Wanted>> =
            mention.same.iter().map(|name| wanted(name)).filter(|words| !words.is_empty()).collect();
        let mut holders = Vec::new();
        for words in &names {
            holders.extend(holders_of_all(lexical, words)?);
        }
        loudest(&mut holders);
        Ok(Self { mention, terms: own, names, holders })
    }
}

/// The chunks that hold all of `words`, ascending, as often as the one they hold least.
fn holders_of_all(lexical: &Lexical, words: &[Wanted]) -> Result<Vec<Holder>, LexicalError> {
    let mut common: Option<Vec<Holder>> = None;
    for word in words {
        let mut holders = lexical.holders(&word.term)?;
        or_compound(lexical, word, &mut holders)?;
        let both = match common {
            None => holders,
            Some(common) => both(&common, &holders),
        };
        if both.is_empty() {
            return Ok(both);
        }
        common = Some(both);
    }
    Ok(common.unwrap_or_default())
}

/// Adds to the holders of `word` those of the compound it is a piece of: a text that writes that as one word has the piece,
/// too.
pub(crate) fn or_compound(
    lexical: &Lexical,
    word: &Wanted,
    holders: &mut Vec<Holder>,
) -> Result<(), LexicalError> {
    if let Some(compound) = &word.compound {
        holders.extend(lexical.holders(compound)?);
        loudest(holders);
    }
    Ok(())
}

/// The chunks of both, each as often as in the one that holds it less. Both ascend.
fn both(a: &[Holder], b: &[Holder]) -> Vec<Holder> {
    let in_b = |holder: &Holder| {
        let at = b.binary_search_by_key(&holder.chunk, |other| other.chunk).ok()?;
        Some(Holder { frequency: holder.frequency.min(b.get(at)?.frequency), ..*holder })
    };
    a.iter().filter_map(in_b).collect()
}

/// Sorts by chunk and leaves each once, as often as it is held most.
fn loudest(holders: &mut Vec<Holder>) {
    holders.sort_by(|a, b| a.chunk.cmp(&b.chunk).then(b.frequency.total_cmp(&a.frequency)));
    holders.dedup_by_key(|holder| holder.chunk);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holders(list: &[(u32, f32)]) -> Vec<Holder> {
        list.iter().map(|&(chunk, frequency)| Holder { chunk, frequency }).collect()
    }

    #[test]
    fn a_chunk_of_both_counts_by_the_rarer() {
        let (a, b) = (holders(&[(1, 2.0), (3, 1.0)]), holders(&[(0, 1.0), (1, 0.5), (2, 1.0)]));
        assert_eq!(both(&a, &b), holders(&[(1, 0.5)]));
        assert_eq!(both(&a, &[]), []);
    }

    #[test]
    fn a_question_is_written_out_with_one_other_name_for_each() {
        let check = |question: &str, mentions: &[(&str, &[&str])], expected: &str| {
            let reach = |(name, same): &(&str, &[&str])| Reach {
                mention: Mention {
                    name: (*name).into(),
                    same: same.iter().map(|&name| name.into()).collect(),
                },
                terms: Vec::new(),
                names: Vec::new(),
                holders: Vec::new(),
            };
            assert_eq!(Widened(mentions.iter().map(reach).collect()).written_out(question), expected);
        };
        check("what is MQA", &[], "what is MQA");
        check("what is MQA?", &[("MQA", &["多查询", "multi"])], "what is MQA (多查询)?");
        check("is mqa fast", &[("MQA", &["多查询"])], "is mqa fast (MQA = 多查询)");
        check("MQA (multi)", &[("MQA", &["multi"]), ("multi", &["MQA"])], "MQA (multi)");
    }

    proptest! {
        #[test]
        fn each_chunk_is_there_once_and_as_loud_as_it_gets(list in prop::collection::vec((0u32..6, 0.1f32..3.0), 0..12)) {
            let all = holders(&list);
            let mut one = all.clone();
            loudest(&mut one);
            prop_assert!(one.windows(2).all(|pair| pair[0].chunk < pair[1].chunk));
            let kept = |holder: &Holder| {
                one.iter().any(|kept| kept.chunk == holder.chunk && kept.frequency >= holder.frequency)
            };
            prop_assert!(all.iter().all(kept));
        }
    }
}
