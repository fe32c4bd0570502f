//! The built-in generator: answers with the best sentences of the passages, word for word. It invents nothing, needs no
//! model server, and says the same thing every time.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use index::{Embedder, Language, dot};

use crate::evidence::{EMBEDDED, promise};
use crate::kind::{Kind, is_no_statement};
use crate::{BoxStream, Delta, Failure, Generator, Prompt};

/// Passages that sentences are taken from.
const PASSAGES: usize = 5;
/// Sentences of an answer.
const MOST: usize = 3;
/// How far below the best sentence another of its passage may score, in standard deviations: it goes on from it.
const NEAR: f32 = 2.0;
/// How far a sentence of another passage may.
const FAR: f32 = 0.7;
/// How much less than the best sentence's cosine another's may be. Where nothing but the best is to the point the others
/// stand in one crowd, and the deviations alone would let some of it through.
const CROWD: f32 = 0.03;

/// Chooses sentences by what they mean and by the question's words they contain.
#[derive(Clone)]
pub struct Extractive {
    embedder: Arc<dyn Embedder>,
}

impl Extractive {
    /// A generator that judges meaning with `embedder`.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder }
    }
}

impl Generator for Extractive {
    fn name(&self) -> &str {
        "extractive"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        let embedder = Arc::clone(&self.embedder);
        // Embedding blocks: it runs on a blocking thread, and its quotes come all at once.
        let work = tokio::task::spawn_blocking(move || choose(embedder.as_ref(), &prompt));
        Box::pin(stream::once(work).flat_map(|joined| {
            let deltas = match joined {
                Ok(Ok(quotes)) => quotes.into_iter().map(Ok).collect(),
                Ok(Err(failure)) => vec![Err(failure)],
                Err(_) => vec![Err(Failure::search("the extractive generator stopped unexpectedly"))],
            };
            stream::iter(deltas)
        }))
    }
}

/// A sentence that may become part of the answer.
struct Candidate {
    passage: usize,
    span: Range<usize>,
    text: String,
    coverage: f32,
    cosine: f32,
    score: f32,
}

fn choose(embedder: &dyn Embedder, prompt: &Prompt) -> Result<Vec<Delta>, Failure> {
    let embed_failed = |error: index::EmbedError| Failure::search(error.to_string());
    let mut candidates = candidates(prompt);
    let known = &prompt.evidence;
    let question = match known.question.as_slice() {
        [] => &embedder.embed_question(&prompt.question).map_err(embed_failed)?,
        question => question,
    };
    // What the gate has measured is not measured again.
    let is_new = |text: &&str| !known.cosines.contains_key(*text);
    let texts: Vec<&str> =
        candidates.iter().map(|candidate| candidate.text.as_str()).filter(is_new).collect();
    let vectors = embedder.embed_passages(&texts).map_err(embed_failed)?;
    let new: HashMap<&str, f32> =
        texts.into_iter().zip(vectors.iter().map(|vector| dot(question, vector))).collect();
    let cosine = |text: &String| known.cosines.get(text).or_else(|| new.get(text.as_str())).copied();
    let cosines: Vec<f32> = candidates.iter().map(|c| cosine(&c.text).unwrap_or_default()).collect();
    score(&mut candidates, &cosines, prompt);
    Ok(select(candidates)
        .into_iter()
        .map(|c| Delta::Quote { passage: number(c.passage), span: c.span })
        .collect())
}

fn number(passage: usize) -> u32 {
    u32::try_from(passage + 1).unwrap_or(u32::MAX)
}

/// The sentences worth embedding: whole sentences of prose first, those that contain the question's words before others.
fn candidates(prompt: &Prompt) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (passage, at) in prompt.passages.iter().take(PASSAGES).zip(0..) {
        let no_statements = passage.headings.iter().any(|heading| is_no_statement(heading));
        for span in index::sentences(&passage.text) {
            let raw = &passage.text[span.clone()];
            let text = index::plain(raw);
            if no_statements || !is_prose(raw, &text) {
                continue;
            }
            let coverage = prompt.terms.coverage(&text);
            found.push(Candidate { passage: at, span, text, coverage, cosine: 0.0, score: 0.0 });
        }
    }
    if found.is_empty() {
        // Nothing but tables, code or fragments: the first passage itself is the answer.
        let whole =
            prompt.passages.first().map(|passage| (0..passage.text.len(), index::plain(&passage.text)));
        found.extend(whole.map(|(span, text)| Candidate {
            passage: 0,
            span,
            text,
            coverage: 0.0,
            cosine: 0.0,
            score: 0.0,
        }));
    }
    let rank = |c: &Candidate| promise(c.coverage, c.passage);
    found.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    found.truncate(EMBEDDED);
    found
}

/// Whether a sentence can stand alone in an answer: not a heading, a table row, code, a bare formula or a fragment.
pub(crate) fn is_prose(raw: &str, text: &str) -> bool {
    let start = raw.trim_start();
    let markup = start.starts_with('|')
        || start.starts_with('#')
        || start.starts_with("```")
        || start.starts_with("~~~")
        || start.starts_with("$$")
        || raw.starts_with("    ");
    let words = index::terms(text).len();
    let text = text.trim();
    let question = text.ends_with(['?', '？']);
    let aside = text.starts_with(['(', '（']);
    let item = start.starts_with(['-', '*', '+']) || start.starts_with(|c: char| c.is_ascii_digit());
    let ends = text.ends_with(['.', '。', '!', '！', '”', '"', ')', '）', '；', ';']);
    // A list item may be a whole thought without a full stop; other text without one is a title or a label.
    let opens = text.ends_with([':', '：']);
    let whole = if opens {
        false
    } else if ends {
        words >= 4
    } else {
        item && words >= 8
    };
    !markup && !question && !aside && whole && text.chars().count() <= 500
}

/// Scores each candidate: its cosine to the question against that of the others, the question's words, its passage's rank,
/// and the question's own language, which is easier to read.
fn score(candidates: &mut [Candidate], cosines: &[f32], prompt: &Prompt) {
    let n = cosines.len().max(1) as f32;
    let mean = cosines.iter().sum::<f32>() / n;
    let deviation = (cosines.iter().map(|c| (c - mean).powi(2)).sum::<f32>() / n).sqrt().max(0.005);
    let asked_in = Language::of(&prompt.question);
    let kind = Kind::of(&prompt.question);
    for (candidate, cosine) in candidates.iter_mut().zip(cosines) {
        let native = f32::from(u8::from(Language::of(&candidate.text) == asked_in));
        candidate.cosine = *cosine;
        candidate.score = (cosine - mean) / deviation
            + 1.5 * candidate.coverage
            + 0.3 * native
            + kind.gain(&prompt.question, &candidate.text)
            - 0.25 * candidate.passage as f32;
    }
}

/// The best sentence and those nearly as good that add something, in the order of their passages.
fn select(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let Some((best, closest, home)) = candidates.first().map(|c| (c.score, c.cosine, c.passage)) else {
        return Vec::new();
    };
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let near = candidate.score >= best - if candidate.passage == home { NEAR } else { FAR }
            && candidate.cosine >= closest - CROWD;
        if chosen.len() < MOST && near && !chosen.iter().any(|other| alike(&other.text, &candidate.text)) {
            chosen.push(candidate);
        }
    }
    // The passage of the best sentence leads; within a passage the note's own order is kept.
    let order: Vec<usize> = chosen.iter().map(|c| c.passage).collect();
    let lead = |passage: usize| order.iter().position(|&p| p == passage);
    chosen.sort_by_key(|c| (lead(c.passage), c.span.start));
    chosen
}

/// Whether two sentences share most of their words.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (index::terms(a), index::terms(b));
    let shared = a.iter().filter(|term| b.contains(term)).count();
    shared * 10 >= a.len().min(b.len()) * 7
}

#[cfg(test)]
mod tests {
    use index::Passage;

    use super::*;
    use crate::testing::passage;

    fn prompt(question: &str, passages: &[Passage]) -> Prompt {
        crate::prompt(question, passages, &index::TermWeights::even(question), crate::Budget::default()).0
    }

    fn texts(question: &str, passages: &[Passage]) -> Vec<String> {
        candidates(&prompt(question, passages)).into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn only_whole_sentences_are_quoted() {
        let text = "# Grouped-query attention\n\nGQA shares key heads between query heads.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- short\n\n```\ncode here to run\n```\n";
        assert_eq!(
            texts("what is GQA", &[passage(1, "a.md", text)]),
            ["GQA shares key heads between query heads."]
        );
    }

    #[test]
    fn questions_titles_and_asides_are_no_answers() {
        let text = "What does grouped-query attention share?\n\nNotes on grouped-query attention and its many heads\n\n(See grouped-query attention in the other note.)\n\nGQA shares key heads between query heads.\n";
        assert_eq!(
            texts("what is GQA", &[passage(1, "a.md", text)]),
            ["GQA shares key heads between query heads."]
        );
    }

    #[test]
    fn a_note_of_nothing_but_fragments_is_quoted_whole() {
        assert_eq!(texts("GQA", &[passage(1, "a.md", "| GQA | 8 heads |")]).len(), 1);
    }

    #[test]
    fn sources_are_not_answers() {
        let mut sources = passage(
            1,
            "a.md",
            "GQA: Training Generalized Multi-Query Transformer Models, Ainslie et al., 2023.",
        );
        sources.headings = vec!["GQA".into(), "Sources".into()];
        let body = passage(2, "a.md", "GQA shares key heads between query heads.");
        assert_eq!(texts("what is GQA", &[sources, body]), ["GQA shares key heads between query heads."]);
    }

    #[test]
    fn the_best_come_first_in_the_order_of_the_note() {
        let candidate = |passage, start: usize, text: &str, score| Candidate {
            passage,
            span: start..start + text.len(),
            text: text.into(),
            coverage: 0.0,
            cosine: 0.85,
            score,
        };
        let chosen = select(vec![
            candidate(0, 0, "Intro words about nothing much.", 0.2),
            candidate(1, 50, "Later sentence with good content here.", 1.9),
            candidate(1, 0, "First sentence defining the subject clearly.", 2.0),
            candidate(0, 90, "Unlike remark that nearly matches too.", 1.5),
            candidate(2, 0, "First sentence defining the subject clearly.", 1.8),
        ]);
        let texts: Vec<_> = chosen.iter().map(|c| c.text.split(' ').next().unwrap()).collect();
        assert_eq!(texts, ["First", "Later", "Unlike"]);
    }
}
