//! What is measured of a claim against one source. Every signal is a plain number; what they weigh is in `coefficients`.

use index::{Language, dot};

use super::facts::missing;
use super::names::{names, unknown};
use super::runs::longest_run;
use super::source::{Part, Rarity, Source, share};

/// The names of the signals of `Evidence::signals`, in order.
pub const SIGNALS: &[&str] = &[
    "best sentence covers",
    "best window covers",
    "source covers",
    "pairs in the window",
    "pairs in the source",
    "figures missing",
    "figure missing at all",
    "figures missing in the window",
    "names missing",
    "names missing in the window",
    "worst clause",
    "rarest missing",
    "negated",
    "opposed",
    "cosine",
    "cosine of the worst clause's sentence",
    "cosine gained",
    "length",
    "answer covered",
    "answer's sentence and the question",
    "behind the best for the question",
    "nearness",
    "kind",
    "repeats the question",
    "cosine gained at the answer",
    "question's cosine at the answer",
    "question's cosine behind the best",
    "longest run",
    "two sentences cover",
    "new words in the best sentence",
    "new words in the window",
    "sentences",
    "own cosine",
    "own cosine of the second",
    "values missing",
    "cosine of question and claim",
    "own cosine of the best by words",
    "word for word",
];

/// Which of them tells how much nearer the claim brings its question to a sentence.
pub(crate) const GAINED: usize = 16;

/// A claim, taken apart once.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) part: Part,
    pub(crate) wanted: Vec<(String, f32)>,
    pub(crate) asked: Vec<(String, f32)>,
    pub(crate) question: String,
    pub(crate) names: Vec<String>,
    clauses: Vec<Vec<(String, f32)>>,
    pub(crate) language: Language,
}

impl Claim {
    pub(crate) fn new(text: &str, question: Option<&str>, rarity: &Rarity) -> Self {
        let question = question.unwrap_or_default();
        let clauses: Vec<Vec<(String, f32)>> = text
            .split([',', ';', '，', '；', '、', ':', '：'])
            .map(|clause| rarity.weigh(clause))
            .filter(|words| words.len() >= 3)
            .collect();
        Self {
            wanted: rarity.weigh(text),
            asked: rarity.weigh(question),
            names: names(text),
            clauses,
            language: Language::of(text),
            question: question.to_owned(),
            part: Part::of(text, 0..0),
        }
    }
}

/// Where in a source a claim most likely stands, by its words.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    /// Sentences worth a vector, most promising first.
    pub(crate) candidates: Vec<usize>,
    coverages: Vec<f32>,
    asked: Vec<f32>,
}

/// What a claim's meaning is compared by.
pub(crate) struct Vectors<'a> {
    /// The claim's.
    pub(crate) own: &'a [f32],
    /// The claim's behind its question; the claim's own when it has none.
    pub(crate) whole: &'a [f32],
    /// The question's.
    pub(crate) question: Option<&'a [f32]>,
    /// Those of the candidates.
    pub(crate) candidates: Vec<&'a [f32]>,
}

/// Sentences that get a vector for one claim and source.
const CANDIDATES: usize = 6;

impl Evidence {
    pub(crate) fn find(claim: &Claim, source: &Source) -> Self {
        let coverages: Vec<f32> = source.parts.iter().map(|part| part.covers(&claim.wanted)).collect();
        let asked: Vec<f32> = source.parts.iter().map(|part| part.covers(&claim.asked)).collect();
        // In another language only figures and names match: those first, then the order of the text.
        let figures = |part: &Part| {
            let (all, lacking) = missing(&claim.part.facts, &part.facts);
            if all > 0 { 1.0 - lacking.len() as f32 / all as f32 } else { 0.0 }
        };
        let score: Vec<f32> = source
            .parts
            .iter()
            .zip(coverages.iter().zip(&asked))
            .map(|(part, (coverage, asked))| coverage + 0.3 * asked + 0.2 * figures(part))
            .collect();
        let mut candidates: Vec<usize> = (0..source.parts.len()).collect();
        candidates.sort_by(|&a, &b| score[b].total_cmp(&score[a]));
        let most = if claim.language == source.language { CANDIDATES } else { 2 * CANDIDATES };
        candidates.truncate(most);
        Self { candidates, coverages, asked }
    }

    /// How much of the claim the source says, by its words: to choose the sources worth vectors.
    pub(crate) fn promise(&self) -> f32 {
        self.candidates.first().map_or(0.0, |&at| self.coverages[at] + 0.3 * self.asked[at])
    }

    /// The signals, in the order of [`SIGNALS`], and the sentence that says most of the claim.
    pub(crate) fn signals(&self, claim: &Claim, source: &Source, vectors: &Vectors<'_>) -> (Vec<f64>, usize) {
        let Vectors { own, whole, question, candidates: vectors } = vectors;
        let cosines: Vec<f32> = vectors.iter().map(|candidate| dot(whole, candidate)).collect();
        let own_cosines: Vec<f32> = vectors.iter().map(|candidate| dot(own, candidate)).collect();
        let asked: Vec<f32> = vectors
            .iter()
            .map(|candidate| question.map_or(0.0, |question| dot(question, candidate)))
            .collect();
        let same = claim.language == source.language;
        let rank = |at: usize| {
            let words = if same { self.coverages[self.candidates[at]] } else { 0.0 };
            let figures = missing(&claim.part.facts, &source.parts[self.candidates[at]].facts).1.len();
            words + 2.0 * cosines[at] - 0.1 * figures as f32
        };
        let best = (0..cosines.len()).max_by(|&a, &b| rank(a).total_cmp(&rank(b))).unwrap_or(0);
        let at = self.candidates.get(best).copied().unwrap_or(0);
        let Some(part) = source.parts.get(at) else { return (vec![0.0; SIGNALS.len()], 0) };
        let window = source.window(at);
        let in_window = |term: &str| window.iter().any(|part| part.terms.contains(term));
        let best_window = (0..source.parts.len())
            .map(|at| {
                let window = source.window(at);
                share(&claim.wanted, |term| window.iter().any(|part| part.terms.contains(term)))
            })
            .fold(0.0, f32::max);
        let pairs = |has: &dyn Fn(&(String, String)) -> bool| {
            let all = claim.part.pairs.len().max(1) as f32;
            claim.part.pairs.iter().filter(|pair| has(pair)).count() as f32 / all
        };
        let (figures, lacking) = missing(&claim.part.facts, &source.facts);
        let lacking_near = missing(&claim.part.facts, &source.facts_near(at)).1.len();
        let of_figures = |n: usize| n as f32 / figures.max(1) as f32;
        let of_names = |n: usize| n as f32 / claim.names.len().max(1) as f32;
        let clause = |words: &Vec<(String, f32)>| {
            source.parts.iter().map(|part| part.covers(words)).fold(0.0, f32::max)
        };
        let heaviest = claim.wanted.iter().map(|(_, weight)| *weight).fold(0.0, f32::max).max(1e-6);
        let rarest = claim.wanted.iter().filter(|(term, _)| !source.terms.contains(term)).map(|(_, w)| *w);
        let alike = part.covers(&claim.wanted) >= 0.5;
        let negated = alike && claim.part.polarity.negates(&part.polarity, &claim.part.terms, &part.terms);
        let opposed = alike && claim.part.polarity.opposes(&part.polarity);
        let gain = |at: usize| cosines[at] - asked[at];
        let most = |values: &mut dyn Iterator<Item = f32>| values.fold(f32::NEG_INFINITY, f32::max);
        let short = super::short::Short::of(claim, source, &self.coverages, &self.asked);
        let novel: Vec<(String, f32)> = claim
            .wanted
            .iter()
            .filter(|(term, _)| !claim.asked.iter().any(|(asked, _)| asked == term))
            .cloned()
            .collect();
        let covers_new = |has: &dyn Fn(&str) -> bool| if novel.is_empty() { 1.0 } else { share(&novel, has) };
        let letters = claim.part.letters.len();
        let searched: Vec<usize> = match letters {
            0..=24 => (0..source.parts.len()).collect(),
            _ => self.candidates.clone(),
        };
        let run = searched
            .iter()
            .map(|&at| longest_run(&claim.part.letters, &source.parts[at].letters))
            .max()
            .unwrap_or(0);
        let two = self
            .candidates
            .iter()
            .enumerate()
            .flat_map(|(n, &a)| self.candidates[n..].iter().map(move |&b| (a, b)))
            .map(|(a, b)| {
                share(&claim.wanted, |term| {
                    source.parts[a].terms.contains(term) || source.parts[b].terms.contains(term)
                })
            })
            .fold(0.0, f32::max);
        let values = claim.part.facts.iter().filter(|fact| fact.sure);
        let unknown_values =
            values.filter(|fact| !source.facts.iter().any(|other| other.value == fact.value)).count();
        let mut sorted = own_cosines.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let home = self.candidates.iter().position(|&at| at == short.at);
        let values = [
            most(&mut self.coverages.iter().copied()),
            best_window,
            share(&claim.wanted, |term| source.terms.contains(term)),
            pairs(&|pair| window.iter().any(|part| part.pairs.contains(pair))),
            pairs(&|pair| source.parts.iter().any(|part| part.pairs.contains(pair))),
            of_figures(lacking.len()),
            f32::from(u8::from(!lacking.is_empty())),
            of_figures(lacking_near),
            of_names(unknown(&claim.names, |term| source.terms.contains(term))),
            of_names(unknown(&claim.names, in_window)),
            claim.clauses.iter().map(clause).fold(1.0, f32::min),
            rarest.fold(0.0, f32::max) / heaviest,
            f32::from(u8::from(negated)),
            f32::from(u8::from(opposed)),
            most(&mut cosines.iter().copied()),
            cosines[best],
            most(&mut (0..cosines.len()).map(gain)),
            (1.0 + claim.wanted.len() as f32).ln(),
            short.covered,
            short.asked,
            short.behind,
            short.nearness,
            short.kind,
            short.repeats,
            home.map_or(0.0, gain),
            home.map_or(0.0, |at| asked[at]),
            home.map_or(0.0, |at| asked[at] - most(&mut asked.iter().copied())),
            run as f32 / letters.max(1) as f32,
            two,
            covers_new(&|term| part.terms.contains(term)),
            covers_new(&|term| in_window(term)),
            (1.0 + source.parts.len() as f32).ln(),
            sorted.first().copied().unwrap_or(0.0),
            sorted.get(1).copied().unwrap_or(0.0),
            of_figures(unknown_values),
            question.map_or(0.0, |question| dot(question, own)),
            own_cosines.first().copied().unwrap_or(0.0),
            f32::from(u8::from(letters > 0 && run == letters)),
        ];
        (values.iter().map(|value| if value.is_finite() { f64::from(*value) } else { 0.0 }).collect(), at)
    }
}
