//! What the words and the vectors say of each chunk, for one question.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use notes::Language;

use crate::Index;
use crate::coverage::{TermWeights, wanted};
use crate::lexical::{Holder, LexicalError, bm25};
use crate::score::{Spread, Weights, idf, spreads};
use crate::store::dot;
use crate::terms::terms;
use crate::widen::{Widened, or_compound};

/// How many chunks stand for all of them where all would take too long.
const SAMPLE: usize = 4_096;

/// What the words of a question say of each chunk.
pub(crate) struct Words {
    /// The words with their rarity.
    pub(crate) weights: TermWeights,
    /// By chunk.
    pub(crate) bm25: Vec<f32>,
    /// By chunk, 0 to 1.
    coverage: Vec<f32>,
    /// The same of the shared words alone.
    shared: Vec<f32>,
    /// The share of the question's words that the other language writes, too, 0 to 1: those that its chunks hold as often
    /// as chunks of the question's language do, and others by how near they come. Names, numbers, formulas.
    pub(crate) common: f32,
}

impl Words {
    /// Reads the postings of the question's words, once. A chunk that has another name of what the question names has
    /// the words of the name.
    pub(crate) fn read(
        index: &Index,
        question: &str,
        language: Language,
        widened: &Widened,
    ) -> Result<Self, LexicalError> {
        let lexical = index.lexical();
        let holders = |term: &str| {
            let mut holders = lexical.holders(term)?;
            widened.extend(term, &mut holders);
            Ok::<_, LexicalError>(holders)
        };
        let chunks = lexical.len() as usize;
        let (mut scores, mut shares) = (vec![0.0; chunks], vec![0.0; chunks]);
        // BM25 takes all words: it knows by itself how little the common ones say, and `who` may yet be the band.
        let mut known: HashMap<String, Vec<Holder>> = HashMap::new();
        for term in terms(question) {
            if let Entry::Vacant(entry) = known.entry(term) {
                let holders = holders(entry.key())?;
                let idf = idf(holders.len(), chunks);
                for holder in &holders {
                    add(&mut scores, holder, bm25(holder.frequency, idf));
                }
                entry.insert(holders);
            }
        }

        let (mut words, mut of_word) = (Vec::new(), Vec::new());
        let mut read = |term: &str| known.remove(term).map_or_else(|| holders(term), Ok);
        for word in wanted(question) {
            let mut holders = read(&word.term)?;
            or_compound(lexical, &word, &mut holders)?;
            let rarity = idf(holders.len(), chunks);
            words.push((word, rarity));
            of_word.push(holders);
        }
        let weights = TermWeights::new(words).or(widened.names());
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let is_own =
            |chunk: u32| index.chunks().get(chunk as usize).is_some_and(|chunk| chunk.language == language);
        let own = (0..chunks as u32).filter(|&chunk| is_own(chunk)).count();
        let (mut shared, mut common) = (vec![0.0; chunks], 0.0);
        for ((_, weight), holders) in weights.iter().zip(&of_word) {
            let share = weight / total;
            let of_own = holders.iter().filter(|holder| is_own(holder.chunk)).count();
            let alike = share * alike((of_own, own), (holders.len() - of_own, chunks - own));
            common += alike;
            for holder in holders {
                add(&mut shares, holder, share);
                add(&mut shared, holder, alike);
            }
        }
        shares.iter_mut().for_each(|share| *share = share.min(1.0));
        Ok(Self { weights, bm25: scores, coverage: shares, shared, common })
    }

    /// The share of the question's words that `chunk` has and both languages write, 0 to [`common`](Self::common).
    pub(crate) fn shared(&self, chunk: u32) -> f32 {
        self.shared.get(chunk as usize).copied().unwrap_or_default()
    }

    pub(crate) fn bm25(&self, chunk: u32) -> f32 {
        self.bm25.get(chunk as usize).copied().unwrap_or_default()
    }

    pub(crate) fn coverage(&self, chunk: u32) -> f32 {
        self.coverage.get(chunk as usize).copied().unwrap_or_default()
    }
}

/// How far a word is at home in the other language, 0 to 1, from (its holders, all chunks) of both languages: 1 when the
/// chunks of the other hold it at least as often as those of its own.
fn alike((own, of_own): (usize, usize), (other, of_other): (usize, usize)) -> f32 {
    let rate = |holders: usize, of: usize| holders as f32 / of.max(1) as f32;
    if other == 0 { 0.0 } else { (rate(other, of_other) / rate(own, of_own).max(f32::MIN_POSITIVE)).min(1.0) }
}

fn add(sums: &mut [f32], holder: &Holder, number: f32) {
    if let Some(sum) = sums.get_mut(holder.chunk as usize) {
        *sum += number;
    }
}

/// What the vectors say of each chunk.
pub(crate) struct Dense<'a> {
    index: &'a Index,
    question: &'a [f32],
    /// The question, centered, of length 1.
    pub(crate) aim: Vec<f32>,
    /// How much of the mean vector was taken out of the question, and how long it then was.
    share: f32,
    length: f32,
    /// The cosine of the question with each row, in an index that is scored whole.
    pub(crate) cosines: Option<Vec<f32>>,
    /// How the cosines of each language are spread.
    pub(crate) spreads: Vec<(Language, Spread)>,
}

impl<'a> Dense<'a> {
    /// Compares `question` with every row if there are no more than `whole`, else with a sample of them.
    pub(crate) fn new(index: &'a Index, question: &'a [f32], weights: &Weights, whole: usize) -> Self {
        let rows = index.store().len();
        let mut aim: Vec<f32> = question
            .iter()
            .zip(index.centre().mean())
            .map(|(number, mean)| number - weights.centering * mean)
            .collect();
        let (mut share, mut length) = (weights.centering, dot(&aim, &aim).sqrt());
        if aim.len() != question.len() || length < 1e-3 {
            // Nothing would be left of it.
            (aim, share, length) = (question.to_vec(), 0.0, 1.0);
        }
        aim.iter_mut().for_each(|number| *number /= length);
        let cosines = (rows <= whole)
            .then(|| (0..rows as u32).map(|row| dot(question, index.vector(row))).collect::<Vec<_>>());
        let mut dense = Self { index, question, aim, share, length, cosines, spreads: Vec::new() };
        let chunks = index.chunks();
        let step = if dense.cosines.is_some() { 1 } else { chunks.len().div_ceil(SAMPLE) };
        let sample = chunks.iter().step_by(step.max(1));
        dense.spreads =
            spreads(sample.map(|chunk| (chunk.language, dense.centered(chunk.row))), weights.prior);
        dense
    }

    /// The cosine of a row with the question, -1 to 1.
    pub(crate) fn cosine(&self, row: u32) -> f32 {
        let known = self.cosines.as_ref().and_then(|cosines| cosines.get(row as usize).copied());
        known.unwrap_or_else(|| dot(self.question, self.index.vector(row)))
    }

    /// The cosine of a row with the centered question.
    pub(crate) fn centered(&self, row: u32) -> f32 {
        (self.cosine(row) - self.share * self.index.centre().along(row)) / self.length
    }

    /// `centered` in standard deviations above the mean of `language`.
    pub(crate) fn standard(&self, language: Language, centered: f32) -> f32 {
        let spread = self.spreads.iter().find(|(other, _)| *other == language);
        spread.map_or(0.0, |(_, spread)| spread.standard(centered))
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn a_word_that_both_languages_hold_is_shared() {
        let check = |own, other, expected: f32| {
            let found = alike(own, other);
            assert!((found - expected).abs() < 1e-6, "{own:?} {other:?}: {found}");
        };
        check((5, 50), (10, 100), 1.0);
        check((0, 50), (1, 100), 1.0);
        check((10, 50), (10, 100), 0.5);
        check((10, 50), (0, 100), 0.0);
        check((0, 0), (0, 0), 0.0);
        check((0, 0), (3, 9), 1.0);
    }
}
