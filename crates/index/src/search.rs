//! From a question to its best passages.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use notes::Language;

use crate::coverage::TermWeights;
use crate::filter::{Filter, FilterError};
use crate::lexical::LexicalError;
use crate::pick::pick;
use crate::rerank::{RERANKED, RerankError, reranked};
use crate::score::{Foreign, Signals, Spread, Weights};
use crate::signals::{Dense, Words};
use crate::widen::Widened;
use crate::{ChunkRecord, EmbedError, Embedder, Hit, Index, Mention, NoteRecord, Passage, Signal};

/// An index of no more vectors than this is scored whole; of a larger one the chunks that either half puts forward.
const WHOLE: usize = 20_000;
/// How many chunks of each language each half puts forward.
const CANDIDATES: usize = 100;
/// How many of the best chunks are read sentence by sentence.
const READ: usize = 30;
/// How many chunks are put in order for each passage that is wanted: some say the same, or come from one note.
const SPARE: usize = 8;

/// What to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The question, in either language.
    pub text: String,
    /// How many passages to find.
    pub k: usize,
    /// How many more to find behind these, without a change to these.
    pub behind: usize,
    /// The notes it is asked of.
    pub filter: Filter,
    /// What each signal counts for.
    pub weights: Weights,
}

impl Query {
    /// Asks `text` of all notes.
    #[must_use]
    pub fn new(text: impl Into<String>, k: usize) -> Self {
        Self { text: text.into(), k, behind: 0, filter: Filter::default(), weights: Weights::default() }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Best first, by score or as a reranker has them, at most as many as were asked for. At most three of one note, unless there are too few others, and
    /// none that says the same as a better one.
    pub passages: Vec<Passage>,
    /// The next best, at most as many as were asked for, ranked on.
    pub behind: Vec<Passage>,
    /// The vector of the question, of length 1; with the other names of what it names, unless it was embedded elsewhere.
    pub question_vector: Vec<f32>,
    /// The language of the question.
    pub language: Language,
    /// The question's words with their rarity.
    pub terms: TermWeights,
    /// What the scores were made from.
    pub explain: Explain,
    /// How long it took.
    pub timings: Timings,
}

/// What the scores of a search were made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    /// How many chunks were scored.
    pub considered: usize,
    /// The best cosine of the question with any of them, -1 to 1; 0 when there are none.
    pub nearest: f32,
    /// The largest share of the question's words that any of them contains, 0 to 1.
    pub covered: f32,
    /// The highest cosine of the centered question with any of them, in standard deviations above the mean of the chunk's
    /// language; 0 when there are none.
    pub standing: f32,
    /// How the cosines of each language are spread, over all its chunks or a fixed sample of them. These are cosines
    /// with the centered question, a little lower than those of [`Passage::dense`].
    pub spreads: Vec<(Language, Spread)>,
    /// What each signal counted for.
    pub weights: Weights,
    /// What the question names that has other names; these were searched for, too.
    pub widened: Vec<Mention>,
    /// Which part of the filter no note meets; none when one comes through, or there are none.
    pub unmatched: Option<String>,
    /// Why a reranker that was asked for did not put the passages in order.
    pub unranked: Option<RerankError>,
}

/// How long the parts of a search took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// Embedding the question.
    pub embed: Duration,
    /// All the rest.
    pub search: Duration,
}

/// Why a search found nothing to answer from.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is nothing but blanks.
    #[error("the question is empty")]
    Empty,
    /// The filter is wrong.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The embedding model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The lexical index failed.
    #[error("the lexical index cannot be searched: {0}; run `footnote index --rebuild` to build it anew")]
    Lexical(String),
}

impl From<LexicalError> for SearchError {
    fn from(error: LexicalError) -> Self {
        Self::Lexical(error.to_string())
    }
}

impl Index {
    /// The passages that answer `query` best. Blocks while the question is embedded; the rest takes milliseconds.
    ///
    /// The same question finds the same passages in the same order as long as the index is the same.
    ///
    /// # Errors
    /// When the question is blank, the filter is wrong, the embedding model fails or gives a vector that is not of this
    /// index, or the lexical index cannot be read. An index without chunks is no error: nothing is found.
    pub fn search(&self, embedder: &dyn Embedder, query: &Query) -> Result<Found, SearchError> {
        let Some(reranker) = self.reranker() else { return self.search_whole(embedder, query, WHOLE) };
        let wanted = query.k + query.behind;
        let more = Query { k: wanted.max(RERANKED), behind: 0, ..query.clone() };
        let found = self.search_whole(embedder, &more, WHOLE)?;
        let mut found = reranked(reranker, &query.text, found, wanted);
        found.behind = found.passages.split_off(query.k.min(found.passages.len()));
        Ok(found)
    }

    /// The same, scoring every chunk if there are no more than `whole` vectors.
    fn search_whole(
        &self,
        embedder: &dyn Embedder,
        query: &Query,
        whole: usize,
    ) -> Result<Found, SearchError> {
        let started = Instant::now();
        let text = query.text.trim();
        if text.is_empty() {
            return Err(SearchError::Empty);
        }
        let filter = query.filter.compile()?;
        let widened = Widened::new(self, text)?;
        let before = started.elapsed();
        // Other names come from the notes, which may be private: they do not leave the machine with the question.
        let asked = if embedder.is_remote() { text.to_owned() } else { widened.written_out(text) };
        let question_vector = self.embed(embedder, &asked)?;
        let embed = started.elapsed() - before;

        let language = Language::of(text);
        let words = Words::read(self, text, language, &widened)?;
        let allowed: Vec<bool> = self.notes().iter().map(|note| filter.allows(note)).collect();
        let allowed = |chunk: u32| {
            self.chunk(chunk)
                .is_some_and(|chunk| allowed.get(chunk.note as usize).is_some_and(|&allowed| allowed))
        };
        let allowed: Vec<u32> = (0..self.chunks().len() as u32).filter(|&chunk| allowed(chunk)).collect();
        let dense = Dense::new(self, &question_vector, &query.weights, whole);
        let considered = self.considered(&dense, &words, &allowed);
        let mut scored = self.score(&considered, &dense, &words, language, &query.weights);
        let nearest = scored.iter().map(|scored| scored.cosine).max_by(f32::total_cmp);
        let standing = scored.iter().map(|scored| scored.standing).max_by(f32::total_cmp);
        let covered = scored.iter().map(|scored| scored.coverage).fold(0.0, f32::max);

        // Of thousands few are wanted: only the first are put in order, unless they come of too few notes or say the same.
        let mut first = (READ + SPARE * query.k).min(scored.len());
        best_first(&mut scored, first);
        self.read(&mut scored[..first], &words, language, query.weights.strewn);
        let (picked, behind) = loop {
            let order: Vec<u32> = scored[..first].iter().map(|scored| scored.chunk).collect();
            let picked = pick(&order, query.k, self.chunks());
            if picked.settled || first == scored.len() {
                // Where they are all there are, what is behind them must not push in between.
                let more = if query.behind > 0 {
                    pick(&order, query.k + query.behind, self.chunks()).places
                } else {
                    Vec::new()
                };
                let new = more.into_iter().filter(|place| !picked.places.contains(place));
                let behind: Vec<usize> = new.take(query.behind).collect();
                break (picked.places, behind);
            }
            first = scored.len();
            best_first(&mut scored, first);
        };
        let ranked = |places: Vec<usize>, from: u32| -> Vec<Passage> {
            let ranked = places.into_iter().zip(from..);
            ranked.filter_map(|(place, rank)| self.passage(rank, place, &scored)).collect()
        };
        let passages = ranked(picked, 1);
        Ok(Found {
            behind: ranked(behind, passages.len() as u32 + 1),
            passages,
            language,
            terms: words.weights,
            explain: Explain {
                considered: considered.len(),
                nearest: nearest.unwrap_or_default(),
                covered,
                standing: standing.unwrap_or_default(),
                spreads: dense.spreads,
                weights: query.weights,
                widened: widened.into_mentions(),
                unmatched: if allowed.is_empty() { query.filter.why_none(self.notes())? } else { None },
                unranked: None,
            },
            timings: Timings { embed, search: started.elapsed() - embed },
            question_vector,
        })
    }

    fn embed(&self, embedder: &dyn Embedder, text: &str) -> Result<Vec<f32>, EmbedError> {
        let vector = embedder.embed_question(text)?;
        let expected = self.vector(0).len();
        if !self.store().is_empty() && vector.len() != expected {
            let len = vector.len();
            return Err(EmbedError::Failed(format!(
                "it gave a vector of {len} numbers, but those of the index have {expected}"
            )));
        }
        if vector.iter().all(|number| number.is_finite()) {
            Ok(vector)
        } else {
            Err(EmbedError::Failed("it gave a vector that is not made of numbers".into()))
        }
    }

    /// The chunks to score, ascending: those of `allowed`, or in a large index those of them that the vectors or the
    /// words put forward, from each language.
    fn considered(&self, dense: &Dense<'_>, words: &Words, allowed: &[u32]) -> Vec<u32> {
        if dense.cosines.is_some() {
            return allowed.to_vec();
        }
        let all = allowed.len() == self.chunks().len();
        let nearest_of_all =
            if all { self.store().nearest(&dense.aim, 2 * CANDIDATES, None) } else { Vec::new() };
        let mut considered = Vec::new();
        for language in [Language::English, Language::Chinese] {
            let is_of = |chunk: &u32| self.chunk(*chunk).is_some_and(|chunk| chunk.language == language);
            let chunks: Vec<u32> = allowed.iter().copied().filter(is_of).collect();
            let chunks_of = |hits: &[Hit]| -> Vec<u32> {
                let chunks_of_row = hits.iter().flat_map(|hit| self.rows_to_chunks(hit.row)).copied();
                chunks_of_row.filter(|chunk| chunks.binary_search(chunk).is_ok()).collect()
            };
            let mut nearest = chunks_of(&nearest_of_all);
            if nearest.len() < CANDIDATES.min(chunks.len()) {
                // The other language crowds this one out, or a filter asks for an exact search.
                let mut rows: Vec<u32> =
                    chunks.iter().filter_map(|&chunk| Some(self.chunk(chunk)?.row)).collect();
                rows.sort_unstable();
                rows.dedup();
                nearest = chunks_of(&self.store().nearest(&dense.aim, CANDIDATES, Some(&rows)));
            }
            considered.extend(nearest);

            let mut lexical: Vec<u32> =
                chunks.iter().copied().filter(|&chunk| words.bm25(chunk) > 0.0).collect();
            lexical.sort_unstable_by(|&a, &b| words.bm25(b).total_cmp(&words.bm25(a)).then(a.cmp(&b)));
            considered.extend(lexical.into_iter().take(CANDIDATES));
        }
        considered.sort_unstable();
        considered.dedup();
        considered
    }

    /// The considered chunks with their scores, in the same order.
    fn score(
        &self,
        considered: &[u32],
        dense: &Dense<'_>,
        words: &Words,
        language: Language,
        weights: &Weights,
    ) -> Vec<Scored> {
        let mut best = [0.0_f32; 2];
        for (chunk, &bm25) in self.chunks().iter().zip(&words.bm25) {
            let best = &mut best[usize::from(chunk.language == Language::Chinese)];
            *best = best.max(bm25);
        }
        let score = |&number: &u32| {
            let chunk = self.chunk(number)?;
            let note = self.note(chunk.note)?;
            let centered = dense.centered(chunk.row);
            let bm25 = words.bm25(number);
            let coverage = words.coverage(number);
            let best = best[usize::from(chunk.language == Language::Chinese)];
            let signals = Signals {
                dense: dense.standard(chunk.language, centered),
                coverage,
                lexical: if best > 0.0 { bm25 / best } else { 0.0 },
                foreign: is_foreign(chunk, note, language).then(|| Foreign {
                    question: language,
                    shared: words.common,
                    held: words.shared(number),
                }),
            };
            let (score, cosine) = (weights.score(signals), dense.cosine(chunk.row));
            Some(Scored { chunk: number, score, cosine, centered, standing: signals.dense, bm25, coverage })
        };
        considered.iter().filter_map(score).collect()
    }

    /// Takes from the first of `ranked` for words that stand in different sentences, and orders them anew. What is in
    /// another language is judged by its words as a whole: it shares too few of them with the question.
    fn read(&self, ranked: &mut [Scored], words: &Words, language: Language, strewn: f32) {
        for scored in ranked.iter_mut().take(READ) {
            let Some(chunk) = self.chunk(scored.chunk) else { continue };
            let Some(note) = self.note(chunk.note) else { continue };
            if !is_foreign(chunk, note, language) {
                let together = words.weights.coverage_in_sentence(&chunk.text);
                scored.score -= strewn * (scored.coverage - together).max(0.0);
            }
        }
        best_first(ranked, ranked.len());
    }

    /// The passage of the chunk at `place` of all that were scored.
    fn passage(&self, rank: u32, place: usize, all: &[Scored]) -> Option<Passage> {
        let scored = all.get(place)?;
        let chunk = self.chunk(scored.chunk)?;
        let note = self.note(chunk.note)?;
        let dense = Signal { rank: scored.rank(all, |scored| scored.centered), score: scored.cosine };
        let lexical = Signal { rank: scored.rank(all, |scored| scored.bm25), score: scored.bm25 };
        Some(Passage {
            rank,
            path: note.path.clone(),
            title: note.title.clone(),
            lines: chunk.lines,
            headings: chunk.headings.clone(),
            lead: chunk.lead.clone(),
            text: chunk.text.clone(),
            language: chunk.language,
            date: note.date.clone(),
            score: scored.score,
            dense: (dense.rank as usize <= CANDIDATES).then_some(dense),
            lexical: (scored.bm25 > 0.0).then_some(lexical),
            coverage: scored.coverage,
        })
    }
}

/// Whether a chunk of `note` cannot be expected to have the words of a question in `language`. The English sources under
/// a Chinese note can: their note could have said it in Chinese.
fn is_foreign(chunk: &ChunkRecord, note: &NoteRecord, language: Language) -> bool {
    chunk.language != language && note.language != language
}

/// A chunk with its score and what it is made of.
struct Scored {
    chunk: u32,
    score: f32,
    cosine: f32,
    /// Its cosine with the centered question.
    centered: f32,
    /// The same in standard deviations above the mean of its language.
    standing: f32,
    bm25: f32,
    coverage: f32,
}

impl Scored {
    /// Highest first, ties by chunk.
    fn compare(&self, other: &Self, by: impl Fn(&Self) -> f32) -> Ordering {
        by(other).total_cmp(&by(self)).then(self.chunk.cmp(&other.chunk))
    }

    /// Its rank among `all` by a number, from 1.
    fn rank(&self, all: &[Self], by: impl Fn(&Self) -> f32) -> u32 {
        1 + all.iter().filter(|other| other.compare(self, &by).is_lt()).count() as u32
    }
}

/// Puts the `first` best in order before the rest.
fn best_first(scored: &mut [Scored], first: usize) {
    let by_score = |a: &Scored, b: &Scored| a.compare(b, |scored| scored.score);
    if (1..scored.len()).contains(&first) {
        scored.select_nth_unstable_by(first - 1, by_score);
    }
    scored[..first].sort_unstable_by(by_score);
}

#[cfg(test)]
mod filters;
#[cfg(test)]
mod tests;
