//! A text that a claim may rest on, taken apart once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use index::{Language, TermWeights};

use super::facts::{Fact, facts};
use super::polarity::Polarity;
use super::runs::letters;
use crate::hearsay::hearsay;
use crate::orders::ordered;

/// A sentence and all that is compared.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Where it stands in its text, in bytes; `0..0` for a claim.
    pub(crate) span: Range<usize>,
    /// Without markup.
    pub(crate) text: String,
    /// Every term.
    pub(crate) terms: HashSet<String>,
    /// Its terms, two by two.
    pub(crate) pairs: HashSet<(String, String)>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) polarity: Polarity,
    /// Its letters and digits.
    pub(crate) letters: Vec<char>,
    /// Whether it stands where the note gives a model orders: what is said there need not be so.
    pub(crate) ordered: bool,
    /// Whether it is what people say, which the note need not stand for.
    pub(crate) hearsay: bool,
}

impl Part {
    pub(crate) fn of(text: &str, span: Range<usize>) -> Self {
        let ordered = index::terms(text);
        Self {
            span,
            pairs: ordered.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
            terms: ordered.into_iter().collect(),
            facts: facts(text),
            polarity: Polarity::of(text),
            letters: letters(text),
            ordered: false,
            hearsay: hearsay(text),
            text: text.to_owned(),
        }
    }

    /// The share of `wanted`, by weight, 0 to 1; 0 when nothing is wanted.
    pub(crate) fn covers(&self, wanted: &[(String, f32)]) -> f32 {
        share(wanted, |term| self.terms.contains(term))
    }
}

/// The share of `wanted`, by weight, that `has` says yes to.
pub(crate) fn share(wanted: &[(String, f32)], has: impl Fn(&str) -> bool) -> f32 {
    let total: f32 = wanted.iter().map(|(_, weight)| weight).sum();
    let found: f32 = wanted.iter().filter(|(term, _)| has(term)).map(|(_, weight)| weight).sum();
    if total > 0.0 { found / total } else { 0.0 }
}

/// A text by its sentences.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) parts: Vec<Part>,
    /// Numbers of the whole text and of what stands above it.
    pub(crate) facts: Vec<Fact>,
    /// Numbers of what stands above it.
    above: Vec<Fact>,
    /// Terms of the whole text and of what stands above it.
    pub(crate) terms: HashSet<String>,
    pub(crate) language: Language,
}

impl Source {
    /// `above` is what is true of the whole text without standing in it: title and headings.
    pub(crate) fn new(text: &str, above: &str) -> Self {
        let ordered = ordered(text);
        let parts: Vec<Part> = index::sentences(text)
            .into_iter()
            .filter_map(|span| {
                let plain = index::plain(text.get(span.clone())?);
                let inside = |order: &Range<usize>| order.start < span.end && span.start < order.end;
                let ordered = ordered.iter().any(inside);
                (!plain.trim().is_empty()).then(|| Part { ordered, ..Part::of(plain.trim(), span) })
            })
            .collect();
        let head = Part::of(above, 0..0);
        let facts = parts.iter().chain([&head]).flat_map(|part| part.facts.iter().cloned()).collect();
        let terms = parts.iter().chain([&head]).flat_map(|part| part.terms.iter().cloned()).collect();
        Self { parts, facts, above: head.facts, terms, language: Language::of(text) }
    }

    /// The numbers of the three sentences around `at` and of what stands above the text.
    pub(crate) fn facts_near(&self, at: usize) -> Vec<Fact> {
        self.window(at).iter().flat_map(|part| &part.facts).chain(&self.above).cloned().collect()
    }

    /// Up to three neighbouring sentences, `at` in the middle.
    pub(crate) fn window(&self, at: usize) -> &[Part] {
        &self.parts[at.saturating_sub(1)..(at + 2).min(self.parts.len())]
    }
}

/// How rare each term is among the sentences of some sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarity {
    holders: HashMap<String, u32>,
    sentences: u32,
}

impl Rarity {
    pub(crate) fn of<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let mut rarity = Self::default();
        for part in sources.into_iter().flat_map(|source| &source.parts) {
            rarity.sentences += 1;
            for term in &part.terms {
                *rarity.holders.entry(term.clone()).or_default() += 1;
            }
        }
        rarity
    }

    /// The words of `text` that say something, each once, with their weights.
    pub(crate) fn weigh(&self, text: &str) -> Vec<(String, f32)> {
        let n = self.sentences as f32;
        let idf = |term: &str| {
            let holders = self.holders.get(term).copied().unwrap_or_default() as f32;
            (1.0 + (n + 1.0) / (holders + 0.5)).ln()
        };
        TermWeights::even(text).iter().map(|(term, weight)| (term.to_owned(), weight * idf(term))).collect()
    }
}
