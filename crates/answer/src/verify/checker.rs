//! Checks the sentences of one answer, one after the other.

use std::collections::HashMap;
use std::ops::Range;

use index::{EmbedError, Embedder, Language, Passage};

use super::coefficients::{Pair, model};
use super::facts::missing;
use super::signals::{Claim, Evidence, Vectors};
use super::source::{Rarity, Source};
use crate::Verdict;

/// What was found out about one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The verdict.
    pub verdict: Verdict,
    /// How sure the verdict is, 0 to 1.
    pub confidence: f32,
    /// How likely it is that the passages say it, 0 to 1.
    pub support: f32,
    /// Where most of it stands: number of the passage, from 0, and bytes of its text. None when there are no sentences.
    pub place: Option<(usize, Range<usize>)>,
}

/// From this likelihood on a sentence is supported.
const SUPPORTED: f32 = 0.5;
/// From this one on it is partly supported.
const PARTLY: f32 = 0.35;
/// What is left of a likelihood when a figure is missing or the sentence says the contrary.
const VETO: f32 = 0.3;

/// The passages of one answer, taken apart once, and the vectors made so far.
#[derive(Debug, Default)]
pub struct Checker {
    question: String,
    sources: Vec<Source>,
    rarity: Rarity,
    vectors: HashMap<String, Vec<f32>>,
}

/// The signals of a claim against the source that says most of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// In the order of [`SIGNALS`](super::SIGNALS).
    pub signals: Vec<f64>,
    /// Which coefficients weigh them.
    pub pair: Pair,
    source: usize,
    part: usize,
    support: f32,
}

impl Checker {
    /// Prepares for sentences that answer `question` (empty when there is none) from `passages`.
    #[must_use]
    pub fn new(question: &str, passages: &[Passage]) -> Self {
        let above = |passage: &Passage| format!("{}\n{}", passage.title, passage.headings.join("\n"));
        Self::of(
            question,
            passages.iter().map(|passage| Source::new(&passage.text, &above(passage))).collect(),
        )
    }

    /// The same for a text that is no passage.
    #[must_use]
    pub fn of_text(question: &str, text: &str) -> Self {
        Self::of(question, vec![Source::new(text, "")])
    }

    fn of(question: &str, sources: Vec<Source>) -> Self {
        let rarity = Rarity::of(&sources);
        Self { question: question.to_owned(), sources, rarity, vectors: HashMap::new() }
    }

    /// Checks one sentence. Blocks for its vector and those of the note sentences that may say it and have none yet.
    ///
    /// # Errors
    /// When the embedding model fails.
    pub fn check(&mut self, sentence: &str, embedder: &dyn Embedder) -> Result<Checked, EmbedError> {
        let Some(measured) = self.measure(sentence, embedder)? else {
            return Ok(Checked { verdict: Verdict::Unsupported, confidence: 1.0, support: 0.0, place: None });
        };
        Ok(self.judge(sentence, &measured))
    }

    /// The signals of `sentence` against the source that supports it best; none when there is nothing to compare.
    ///
    /// # Errors
    /// When the embedding model fails.
    pub fn measure(
        &mut self,
        sentence: &str,
        embedder: &dyn Embedder,
    ) -> Result<Option<Measured>, EmbedError> {
        let bare = bare(sentence, &self.question);
        let claim = Claim::new(bare.unwrap_or(sentence), Some(&self.question), &self.rarity);
        if claim.part.terms.is_empty() {
            return Ok(None);
        }
        let found: Vec<Evidence> = self.sources.iter().map(|source| Evidence::find(&claim, source)).collect();
        // Not all passages are worth vectors: those that say most, by their words, are.
        let mut order: Vec<usize> = (0..self.sources.len()).collect();
        order.sort_by(|&a, &b| found[b].promise().total_cmp(&found[a].promise()));
        order.truncate(SOURCES);
        let whole = format!("{} {}", claim.question, claim.part.text);
        let mut wanted: Vec<&str> = vec![whole.trim(), &claim.part.text];
        if !claim.question.is_empty() {
            wanted.push(&claim.question);
        }
        for &at in &order {
            let parts = &self.sources[at].parts;
            wanted.extend(found[at].candidates.iter().map(|&part| parts[part].text.as_str()));
        }
        embed(&mut self.vectors, &wanted, embedder)?;
        let vector = |text: &str| self.vectors.get(text).map_or(&[][..], Vec::as_slice);
        let question = (!claim.question.is_empty()).then(|| vector(&claim.question));
        let mut best: Option<Measured> = None;
        for at in order {
            let source = &self.sources[at];
            if source.parts.is_empty() {
                continue;
            }
            let vectors = Vectors {
                own: vector(&claim.part.text),
                whole: vector(whole.trim()),
                question,
                candidates: found[at]
                    .candidates
                    .iter()
                    .map(|&part| vector(&source.parts[part].text))
                    .collect(),
            };
            let (signals, part) = found[at].signals(&claim, source, &vectors);
            let pair = Pair::of(&claim, source, bare.is_some());
            let support = model(pair).map_or(0.0, |model| model.probability(&signals)) as f32;
            // A figure found is worth more than words found.
            let lacks = !missing(&claim.part.facts, &source.facts).1.is_empty();
            let support = if lacks { support * VETO } else { support };
            if best.as_ref().is_none_or(|best| support > best.support) {
                best = Some(Measured { signals, pair, source: at, part, support });
            }
        }
        Ok(best)
    }

    fn judge(&self, sentence: &str, measured: &Measured) -> Checked {
        let source = &self.sources[measured.source];
        let part = &source.parts[measured.part];
        let claim = Claim::new(bare(sentence, &self.question).unwrap_or(sentence), None, &self.rarity);
        let lacks = missing(&claim.part.facts, &source.facts).1;
        let alike = part.covers(&claim.wanted) >= ALIKE
            || claim.language != source.language && measured.support > 0.15;
        // The same said with another figure of the same unit, or turned round.
        let another = lacks.iter().any(|fact| {
            part.facts.iter().any(|other| other.sure && (other.unit == fact.unit || fact.unit.is_empty()))
        });
        let turned = alike
            && (claim.part.polarity.negates(&part.polarity, &claim.part.terms, &part.terms)
                || claim.part.polarity.opposes(&part.polarity));
        let support = if turned { measured.support * VETO } else { measured.support };
        let verdict = match () {
            () if turned || (another && alike) => Verdict::Contradicted,
            () if support >= SUPPORTED && lacks.is_empty() && !part.ordered => Verdict::Supported,
            () if support >= PARTLY => Verdict::Partly,
            () => Verdict::Unsupported,
        };
        let confidence = match verdict {
            Verdict::Supported => support,
            Verdict::Partly => 0.5,
            _ => 1.0 - support,
        };
        Checked { verdict, confidence, support, place: Some((measured.source, part.span.clone())) }
    }
}

/// Passages whose sentences get vectors for one sentence of an answer.
const SOURCES: usize = 3;
/// From this share of its words on a sentence speaks of the same as another.
const ALIKE: f32 = 0.5;
/// A sentence of no more words than this says nothing without its question.
const BARE: usize = 3;

/// The bare answer, where `sentence` is one: few words, or the question repeated before the answer.
fn bare<'a>(sentence: &'a str, question: &str) -> Option<&'a str> {
    if question.is_empty() {
        return None;
    }
    let rest = sentence.strip_prefix(question).map(str::trim).filter(|rest| !rest.is_empty());
    rest.or_else(|| (index::TermWeights::even(sentence).iter().count() <= BARE).then_some(sentence))
}

/// Makes the vectors that are missing.
fn embed(
    vectors: &mut HashMap<String, Vec<f32>>,
    texts: &[&str],
    embedder: &dyn Embedder,
) -> Result<(), EmbedError> {
    let mut new: Vec<&str> = texts.iter().copied().filter(|text| !vectors.contains_key(*text)).collect();
    new.sort_unstable();
    new.dedup();
    let made = embedder.embed_passages(&new)?;
    vectors.extend(new.iter().map(|text| (*text).to_owned()).zip(made));
    Ok(())
}

impl Pair {
    fn of(claim: &Claim, source: &Source, bare: bool) -> Self {
        let words = claim.wanted.len();
        let key = claim.question.is_empty() && words <= 6 && !claim.part.text.ends_with(['.', '。']);
        Self {
            kind: if bare {
                "answer"
            } else if key {
                "phrase"
            } else {
                "sentence"
            },
            languages: match (claim.language == source.language, claim.language) {
                (true, Language::English) => "en",
                (true, Language::Chinese) => "zh",
                _ if bare || key => source.language.code(),
                _ => "cross",
            },
        }
    }
}
