//! How good a chunk is for a question: pure functions of what was measured.
//!
//! A cosine says little by itself: those of an English question are higher with English chunks than with Chinese ones,
//! whatever they say, and how far they spread differs from question to question. So a cosine is counted in standard
//! deviations above the mean of its language for this very question. To that comes what the words say, which is where a
//! small embedding model is weakest: how many of the question's words a chunk has (coverage), and its BM25 as a share of
//! the best in its language. A chunk in another language than the question's cannot have its words. That is no fault of
//! the chunk, so it gets the credit that a middling match has in the question's own language.

use notes::Language;

/// What each signal counts for. The defaults were chosen by the questions of XQuAD in both languages, where they lie on a
/// plateau; ARCHITECTURE.md has what each part is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// For each standard deviation of the cosine above the mean of its language.
    pub dense: f32,
    /// For having all of the question's words, by rarity.
    pub coverage: f32,
    /// For the best BM25 of its language.
    pub lexical: f32,
    /// Taken away for the words, by rarity, that a chunk has outside the sentence that has most of them.
    pub strewn: f32,
    /// What a chunk in another language than an English question gets instead of its words, unless it has more.
    pub foreign: f32,
    /// The same for a Chinese question, whose pairs of characters are found less often than words are.
    pub foreign_chinese: f32,
    /// How much of the mean vector is taken out of the question before it is compared. Some chunks are near to
    /// everything, and this holds against them.
    pub centering: f32,
    /// A language of this many chunks is judged half by their cosines and half by those of all.
    pub prior: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            dense: 0.85,
            coverage: 5.0,
            lexical: 2.5,
            strewn: 2.0,
            foreign: 4.0,
            foreign_chinese: 3.6,
            centering: 0.3,
            prior: 8.0,
        }
    }
}

/// The rarity of a term that `holders` of `chunks` chunks hold; above 0, without bound.
pub(crate) fn idf(holders: usize, chunks: usize) -> f32 {
    let (holders, chunks) = (holders.min(chunks) as f32, chunks as f32);
    (1.0 + (chunks - holders + 0.5) / (holders + 0.5)).ln()
}

/// What is known of a chunk before it is scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signals {
    /// The cosine in standard deviations above the mean of its language.
    pub(crate) dense: f32,
    /// 0 to 1.
    pub(crate) coverage: f32,
    /// BM25 as a share of the best in its language, 0 to 1.
    pub(crate) lexical: f32,
    /// When the chunk and its note are in another language than the question.
    pub(crate) foreign: Option<Foreign>,
}

/// What a chunk in another language could have of a question's words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Foreign {
    /// The language of the question.
    pub(crate) question: Language,
    /// The share of the question's words that the chunk's language writes, too, 0 to 1.
    pub(crate) shared: f32,
    /// The share of the question's words that are shared and in the chunk, 0 to `shared`.
    pub(crate) held: f32,
}

impl Weights {
    /// The score of a chunk; comparable within one question only.
    pub(crate) fn score(&self, signals: Signals) -> f32 {
        let mut words = self.coverage * signals.coverage + self.lexical * signals.lexical;
        if let Some(Foreign { question, shared, held }) = signals.foreign {
            let credit = match question {
                Language::English => self.foreign,
                Language::Chinese => self.foreign_chinese,
            };
            words = words.max(credit * (1.0 - shared) + (self.coverage + self.lexical) * held);
        }
        self.dense * signals.dense + words
    }
}

/// The mean of some cosines and how far they spread about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// How many there were.
    pub count: usize,
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation, above 0.
    pub deviation: f32,
}

impl Spread {
    /// `cosine` in standard deviations above the mean.
    #[must_use]
    pub fn standard(&self, cosine: f32) -> f32 {
        (cosine - self.mean) / self.deviation
    }
}

/// The spread of the cosines of each language that has any, English first. A language of few chunks leans on the mean
/// and spread of all, one of `prior` chunks by half: a single chunk has no spread of its own.
pub(crate) fn spreads(cosines: impl Iterator<Item = (Language, f32)>, prior: f32) -> Vec<(Language, Spread)> {
    let mut sums = [Sums::default(); 2];
    for (language, cosine) in cosines {
        sums[usize::from(language == Language::Chinese)].add(f64::from(cosine));
    }
    let all = sums[0].and(&sums[1]);
    let mut spreads = Vec::new();
    for (language, own) in [Language::English, Language::Chinese].into_iter().zip(&sums) {
        if own.count > 0.0 {
            // By the square, so that it fades soon: the languages do differ.
            let share = 1.0 / (1.0 + (f64::from(prior) / own.count).powi(2));
            let lean = |of_own: f64, of_all: f64| share * of_own + (1.0 - share) * of_all;
            let deviation = lean(own.variance(), all.variance()).sqrt().max(1e-6) as f32;
            let mean = lean(own.mean(), all.mean()) as f32;
            spreads.push((language, Spread { count: own.count as usize, mean, deviation }));
        }
    }
    spreads
}

/// Sums from which a mean and a variance are made. Cosines are small and near each other: in 64 bits nothing is lost.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, number: f64) {
        *self = self.and(&Self { count: 1.0, sum: number, squares: number * number });
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    fn variance(&self) -> f64 {
        (self.squares / self.count.max(1.0) - self.mean().powi(2)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rarer_is_more() {
        assert!(idf(0, 10) > idf(1, 10) && idf(1, 10) > idf(10, 10) && idf(10, 10) > 0.0);
        assert!(idf(1, 100) > idf(1, 10));
        assert!(idf(0, 0).is_finite() && idf(9, 3) > 0.0);
    }

    #[test]
    fn each_language_has_its_own_zero() {
        let (en, zh) = (Language::English, Language::Chinese);
        let spreads = spreads([(en, 0.9), (en, 0.8), (zh, 0.5), (zh, 0.3)].into_iter(), 0.0);
        let check = |at: usize, language, mean: f32, deviation: f32| {
            let (found, spread) = spreads[at];
            assert_eq!((found, spread.count), (language, 2));
            assert!(
                (spread.mean - mean).abs() < 1e-6 && (spread.deviation - deviation).abs() < 1e-6,
                "{spread:?}"
            );
        };
        check(0, en, 0.85, 0.05);
        check(1, zh, 0.4, 0.1);
        assert!((spreads[1].1.standard(0.6) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn a_lone_chunk_of_a_language_does_not_stand_out() {
        let english = (0..50).map(|i| (Language::English, 0.8 + 0.001 * i as f32));
        let spreads = spreads(english.chain([(Language::Chinese, 0.79)]), 8.0);
        let chinese = spreads[1].1;
        assert_eq!(chinese.count, 1);
        assert!(chinese.standard(0.79) < 0.0 && chinese.standard(0.79) > -3.0, "{chinese:?}");
    }

    #[test]
    fn another_language_is_no_fault() {
        let weights = Weights::default();
        let score =
            |coverage, foreign| weights.score(Signals { dense: 2.0, coverage, lexical: 0.0, foreign });
        for question in [Language::English, Language::Chinese] {
            let foreign = |shared, held| Some(Foreign { question, shared, held });
            assert!(score(0.0, foreign(0.0, 0.0)) > score(0.2, None));
            assert!(score(0.0, foreign(0.0, 0.0)) < score(1.0, None));
            assert_eq!(score(1.0, foreign(0.0, 0.0)), score(1.0, None));
            // A name that both languages write is looked for in both.
            assert!(score(0.5, foreign(0.5, 0.5)) > score(0.0, foreign(0.0, 0.0)));
            assert!(score(0.0, foreign(0.5, 0.0)) < score(0.0, foreign(0.0, 0.0)));
        }
    }

    proptest! {
        #[test]
        fn more_of_anything_is_never_worse(
            dense in -3.0f32..9.0, coverage in 0.0f32..1.0, lexical in 0.0f32..1.0, more in 0.0f32..1.0,
            foreign: bool, shared in 0.0f32..1.0, held in 0.0f32..1.0,
        ) {
            let held = held * shared;
            let foreign = foreign.then_some(Foreign { question: Language::Chinese, shared, held });
            let weights = Weights::default();
            let base = Signals { dense, coverage, lexical, foreign };
            let score = weights.score(base);
            let better = [
                Signals { dense: dense + more, ..base },
                Signals { coverage: coverage + more, ..base },
                Signals { lexical: lexical + more, ..base },
                Signals { foreign: foreign.map(|foreign| Foreign { held: held + more, ..foreign }), ..base },
            ];
            prop_assert!(better.iter().all(|&signals| weights.score(signals) >= score));
        }

        #[test]
        fn spreads_are_finite(cosines in prop::collection::vec((any::<bool>(), -1.0f32..1.0), 0..20), prior in 0.0f32..20.0) {
            let cosines: Vec<_> = cosines
                .into_iter()
                .map(|(english, cosine)| (if english { Language::English } else { Language::Chinese }, cosine))
                .collect();
            let spreads = spreads(cosines.iter().copied(), prior);
            prop_assert_eq!(spreads.iter().map(|(_, spread)| spread.count).sum::<usize>(), cosines.len());
            for (_, spread) in spreads {
                prop_assert!(spread.mean.is_finite() && spread.deviation > 0.0);
            }
        }
    }
}
