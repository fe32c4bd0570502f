//! Checks the sentences of one answer, one after the other.

use std::collections::HashMap;
use std::ops::Range;

use index::{EmbedError, Embedder, Language, Passage};

use super::coefficients::{Pair, model};
use super::facts::{Fact, missing};
use super::names::unknown;
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
/// From this one on a sentence of an answer that rests on a passage in the other language: there only the vectors speak, and of
/// several passages one comes near by chance. Of what was fitted on, 88 % of the true sentences are above it, 2 % of those
/// about the same subject, and 9 % of those that are half true.
const SUPPORTED_ACROSS: f32 = 0.7;
/// From this one on it is partly supported.
const PARTLY: f32 = 0.35;
/// What is left of a likelihood when a figure or a name is missing or the sentence says the contrary: of such sentences of
/// the sets that are tuned on, one in ten is supported. Below [`SUPPORTED`] whatever the words say.
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
    /// The same before anything is taken off for figures.
    words: f32,
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
            let words = model(pair).map_or(0.0, |model| model.probability(&signals)) as f32;
            let support = if lacks(&claim, source, part) { words * VETO } else { words };
            if best.as_ref().is_none_or(|best| support > best.support) {
                best = Some(Measured { signals, pair, source: at, part, support, words });
            }
        }
        Ok(best)
    }

    fn judge(&self, sentence: &str, measured: &Measured) -> Checked {
        let source = &self.sources[measured.source];
        let part = &source.parts[measured.part];
        let claim = Claim::new(bare(sentence, &self.question).unwrap_or(sentence), None, &self.rarity);
        let covered = part.covers(&claim.wanted);
        // How much of it is said but for what negates: in Chinese a negator makes two new pairs of characters.
        let affirmed: Vec<(String, f32)> = claim
            .wanted
            .iter()
            .filter(|(term, _)| !term.contains(['不', '没', '无', '未']))
            .cloned()
            .collect();
        let said = part.covers(&affirmed).max(covered);
        let other_language = claim.language != source.language && measured.words > SUPPORTED;
        // The same said with another figure of the same unit, or turned round.
        let known = figures(&claim, source, measured.part);
        let wrong = missing(&claim.part.facts, &known).1;
        let another = wrong.iter().any(|fact| {
            part.facts.iter().any(|other| other.sure && (other.unit == fact.unit || fact.unit.is_empty()))
        });
        let another = another && (covered >= ALIKE || other_language);
        let turned = said >= NEARLY_SAME
            && (claim.part.polarity.negates(&part.polarity, &claim.part.terms, &part.terms)
                || claim.part.polarity.opposes(&part.polarity));
        let hearsay = part.hearsay && !claim.part.hearsay && measured.pair.kind == "sentence";
        let support = if turned { measured.support * VETO } else { measured.support };
        let across = (measured.pair.kind, measured.pair.languages) == ("sentence", "cross");
        let enough = if across { SUPPORTED_ACROSS } else { SUPPORTED };
        let verdict = match () {
            () if turned || another => Verdict::Contradicted,
            () if support >= enough && !part.ordered && !hearsay => Verdict::Supported,
            () if measured.words >= PARTLY => Verdict::Partly,
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
/// From this one on it says the same, but for what was changed.
const NEARLY_SAME: f32 = 0.75;
/// A sentence of no more words than this says nothing without its question.
const BARE: usize = 3;

/// The figures that a claim may have from `source`: any, where the claim is put together from several sentences. Where
/// sentence `at` says most of it, those near by, and of those further away the kinds that the sentence has nothing else of:
/// a date may stand in another sentence, but not instead of the date that stands here.
fn figures(claim: &Claim, source: &Source, at: usize) -> Vec<Fact> {
    let part = &source.parts[at];
    if part.covers(&claim.wanted) < ALIKE && claim.language == source.language {
        return source.facts.clone();
    }
    let mut known = source.facts_near(at);
    let left_out = |fact: &&Fact| fact.sure && !claim.part.facts.iter().any(|own| own.same(fact));
    let rivals: Vec<&Fact> = part.facts.iter().filter(left_out).collect();
    let far = source.facts.iter().filter(|fact| !rivals.iter().any(|rival| rival.unit == fact.unit));
    known.extend(far.cloned());
    known
}

/// Whether a claim has a figure that it cannot have from `source`, or a name that the source does not know. In another
/// language names are written differently, but for those with digits or capitals only.
fn lacks(claim: &Claim, source: &Source, at: usize) -> bool {
    let same = claim.language == source.language;
    let spelled = |name: &&String| {
        same || name.chars().any(|c| c.is_ascii_digit())
            || name.chars().filter(char::is_ascii_uppercase).count() >= 2
    };
    let names: Vec<String> = claim.names.iter().filter(spelled).cloned().collect();
    !missing(&claim.part.facts, &figures(claim, source, at)).1.is_empty()
        || unknown(&names, |term| source.terms.contains(term)) > 0
}

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
        let unasked = claim.question.is_empty();
        let key = unasked && words <= 6 && !claim.part.text.ends_with(['.', '。']);
        // Across languages words say next to nothing and cosines all: those with the question mean something else than those without.
        let across = claim.language != source.language;
        Self {
            kind: match (bare, key, claim.part.facts.is_empty()) {
                (true, ..) => "answer",
                (_, true, true) => "phrase",
                (_, true, false) => "figure",
                _ if across && unasked => "claim",
                _ => "sentence",
            },
            languages: match (across, claim.language) {
                (false, Language::English) => "en",
                (false, Language::Chinese) => "zh",
                _ if bare || key => source.language.code(),
                _ => "cross",
            },
        }
    }
}
