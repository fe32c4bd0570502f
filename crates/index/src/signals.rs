//! What the words and the vectors say of each chunk, for one question.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use notes::Language;

use crate::Index;
use crate::coverage::{TermWeights, wanted};
use crate::lexical::{Holder, Lexical, LexicalError, bm25};
use crate::score::{Spread, Weights, idf, spreads};
use crate::store::dot;
use crate::terms::terms;

/// How many vectors stand for all of them where all would take too long.
const SAMPLE: usize = 4_096;

/// What the words of a question say of each chunk.
pub(crate) struct Words {
    /// The words with their rarity.
    pub(crate) weights: TermWeights,
    /// By chunk.
    pub(crate) bm25: Vec<f32>,
    /// By chunk, 0 to 1.
    coverage: Vec<f32>,
}

impl Words {
    /// Reads the postings of the question's words, once.
    pub(crate) fn read(lexical: &Lexical, question: &str) -> Result<Self, LexicalError> {
        let chunks = lexical.len() as usize;
        let (mut scores, mut shares) = (vec![0.0; chunks], vec![0.0; chunks]);
        // BM25 takes all words: it knows by itself how little the common ones say, and `who` may yet be the band.
        let mut known: HashMap<String, Vec<Holder>> = HashMap::new();
        for term in terms(question) {
            if let Entry::Vacant(entry) = known.entry(term) {
                let holders = lexical.holders(entry.key())?;
                let idf = idf(holders.len(), chunks);
                for holder in &holders {
                    add(&mut scores, holder, bm25(holder.frequency, idf));
                }
                entry.insert(holders);
            }
        }

        let (mut words, mut of_word) = (Vec::new(), Vec::new());
        let mut read = |term: &str| known.remove(term).map_or_else(|| lexical.holders(term), Ok);
        for word in wanted(question) {
            let mut holders = read(&word.term)?;
            if let Some(compound) = &word.compound {
                // A text that writes the compound as one word has the piece, too.
                holders.extend(lexical.holders(compound)?);
                holders.sort_by_key(|holder| holder.chunk);
                holders.dedup_by_key(|holder| holder.chunk);
            }
            let rarity = idf(holders.len(), chunks);
            words.push((word, rarity));
            of_word.push(holders);
        }
        let weights = TermWeights::new(words);
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        for ((_, weight), holders) in weights.iter().zip(&of_word) {
            holders.iter().for_each(|holder| add(&mut shares, holder, weight / total));
        }
        shares.iter_mut().for_each(|share| *share = share.min(1.0));
        Ok(Self { weights, bm25: scores, coverage: shares })
    }

    pub(crate) fn bm25(&self, chunk: u32) -> f32 {
        self.bm25.get(chunk as usize).copied().unwrap_or_default()
    }

    pub(crate) fn coverage(&self, chunk: u32) -> f32 {
        self.coverage.get(chunk as usize).copied().unwrap_or_default()
    }
}

fn add(sums: &mut [f32], holder: &Holder, number: f32) {
    if let Some(sum) = sums.get_mut(holder.chunk as usize) {
        *sum += number;
    }
}

/// What the vectors say of each chunk.
pub(crate) struct Dense {
    /// The question, centered, of length 1.
    pub(crate) aim: Vec<f32>,
    /// Its cosine with each row, in an index that is scored whole.
    pub(crate) cosines: Option<Vec<f32>>,
    /// How the cosines of each language are spread.
    pub(crate) spreads: Vec<(Language, Spread)>,
}

impl Dense {
    /// Compares `question` with every row if there are no more than `whole`, else with a sample of them.
    pub(crate) fn new(index: &Index, question: &[f32], weights: &Weights, whole: usize) -> Self {
        let rows = index.store().len();
        let aim = centered(index, question, weights.centering);
        let cosines: Option<Vec<f32>> =
            (rows <= whole).then(|| (0..rows as u32).map(|row| dot(&aim, index.vector(row))).collect());
        let mut dense = Self { aim, cosines, spreads: Vec::new() };
        let chunks = index.chunks();
        let step = if dense.cosines.is_some() { 1 } else { chunks.len().div_ceil(SAMPLE) };
        let sample: Vec<(Language, f32)> = chunks
            .iter()
            .step_by(step.max(1))
            .map(|chunk| (chunk.language, dense.cosine(index, chunk.row)))
            .collect();
        dense.spreads = spreads(&sample, weights.prior);
        dense
    }

    /// The cosine of a row with the centered question.
    pub(crate) fn cosine(&self, index: &Index, row: u32) -> f32 {
        let known = self.cosines.as_ref().and_then(|cosines| cosines.get(row as usize).copied());
        known.unwrap_or_else(|| dot(&self.aim, index.vector(row)))
    }

    /// `cosine` in standard deviations above the mean of `language`.
    pub(crate) fn standard(&self, language: Language, cosine: f32) -> f32 {
        let spread = self.spreads.iter().find(|(other, _)| *other == language);
        spread.map_or(0.0, |(_, spread)| spread.standard(cosine))
    }
}

/// The question without `share` of the mean vector (of all rows, or of a fixed sample), of length 1.
fn centered(index: &Index, question: &[f32], share: f32) -> Vec<f32> {
    let rows = index.store().len();
    let sample = (0..rows as u32).step_by(rows.div_ceil(SAMPLE).max(1));
    let scale = share / sample.len().max(1) as f32;
    let mut aim = question.to_vec();
    for row in sample {
        aim.iter_mut().zip(index.vector(row)).for_each(|(aim, number)| *aim -= scale * number);
    }
    let length = dot(&aim, &aim).sqrt();
    if length > 1e-3 { aim.iter().map(|number| number / length).collect() } else { question.to_vec() }
}
