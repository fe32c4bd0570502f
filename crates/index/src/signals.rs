//! What the words and the vectors say of each chunk, for one question.

use notes::Language;

use crate::Index;
use crate::coverage::{TermWeights, wanted};
use crate::lexical::{Lexical, LexicalError, bm25};
use crate::score::{Spread, Weights, idf, spreads};
use crate::store::dot;

/// An index of no more vectors than this is scored whole; of a larger one the chunks that either half puts forward.
const WHOLE: usize = 20_000;
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
        let mut words =
            Self { weights: TermWeights::default(), bm25: vec![0.0; chunks], coverage: vec![0.0; chunks] };
        let mut weights = Vec::new();
        for word in wanted(question) {
            let mut holders = lexical.holders(&word.term)?;
            if let Some(compound) = &word.compound {
                // A text that writes the compound as one word has the piece, too.
                holders.extend(lexical.holders(compound)?);
                holders.sort_by_key(|holder| holder.chunk);
                holders.dedup_by_key(|holder| holder.chunk);
            }
            let idf = idf(holders.len(), chunks);
            for holder in holders {
                // The lexical index has a document for each of its chunks, and no more.
                let chunk = holder.chunk as usize;
                words.bm25[chunk] += bm25(holder.frequency, idf);
                words.coverage[chunk] += idf;
            }
            weights.push((word, idf));
        }
        let total: f32 = weights.iter().map(|(_, idf)| idf).sum();
        words.coverage.iter_mut().for_each(|share| *share = (*share / total.max(f32::MIN_POSITIVE)).min(1.0));
        words.weights = TermWeights::new(weights);
        Ok(words)
    }

    pub(crate) fn bm25(&self, chunk: u32) -> f32 {
        self.bm25.get(chunk as usize).copied().unwrap_or_default()
    }

    pub(crate) fn coverage(&self, chunk: u32) -> f32 {
        self.coverage.get(chunk as usize).copied().unwrap_or_default()
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
    pub(crate) fn new(index: &Index, question: &[f32], weights: &Weights) -> Self {
        let rows = index.store().len();
        let aim = centered(index, question, weights.centering);
        let cosines: Option<Vec<f32>> =
            (rows <= WHOLE).then(|| (0..rows as u32).map(|row| dot(&aim, index.vector(row))).collect());
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
