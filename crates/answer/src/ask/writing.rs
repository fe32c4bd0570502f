//! A draft while it is being written: cut into sentences, each checked and cited as soon as it is whole.

use std::sync::Arc;

use futures_util::StreamExt as _;
use index::{Embedder, Passage};

use super::Steps;
use crate::cite::Footnotes;
use crate::draft::{Raw, Splitter, split_bullet};
use crate::marks::take_marks;
use crate::prompt::NOT_IN_NOTES;
use crate::repeat::Repeats;
use crate::step::{Answer, GeneratorInfo, Sentence, Step, Timings, Verdict};
use crate::table;
use crate::verify::{Checked, Checker};
use crate::{Delta, Failure, Generator, Prompt, Receipt};

/// A draft as it is being written.
pub(super) struct Draft {
    passages: Arc<[Passage]>,
    strict: bool,
    splitter: Splitter,
    footnotes: Footnotes,
    pub(super) sentences: Vec<Sentence>,
    pub(super) usage: Option<crate::Usage>,
    /// The first words, as long as they may still turn out to be the sign for "not in the notes".
    held: Option<String>,
    pub(super) cut: bool,
    /// Whether the model ran away, saying the same again and again, and was stopped.
    pub(super) repeated: bool,
    repeats: Repeats,
    checker: Checker,
    embedder: Arc<dyn Embedder>,
}

impl Draft {
    pub(super) fn new(
        question: &str,
        passages: Arc<[Passage]>,
        embedder: Arc<dyn Embedder>,
        strict: bool,
    ) -> Self {
        Self {
            checker: Checker::new(question, &passages),
            embedder,
            repeated: false,
            repeats: Repeats::default(),
            passages,
            strict,
            splitter: Splitter::default(),
            footnotes: Footnotes::default(),
            sentences: Vec::new(),
            usage: None,
            held: Some(String::new()),
            cut: false,
        }
    }

    /// Whether the model wrote the sign for "not in the notes" and nothing before it.
    pub(super) fn declined(&self) -> bool {
        self.held.as_deref().is_some_and(|held| held.trim_start().starts_with(NOT_IN_NOTES))
    }

    pub(super) async fn read(
        &mut self,
        generator: &dyn Generator,
        prompt: Prompt,
        steps: &Steps,
        mut first: impl FnMut(),
    ) -> Result<(), Failure> {
        let mut deltas = generator.generate(prompt);
        let mut outcome = Ok(());
        while let Some(delta) = deltas.next().await {
            match delta {
                Ok(Delta::Text(text)) => {
                    first();
                    self.text(&text, steps).await;
                }
                Ok(Delta::Quote { passage, span }) => {
                    first();
                    self.quote(passage, span, steps).await;
                }
                Ok(Delta::Thinking(text)) => {
                    steps.send(Step::Thinking(index::sanitize(&text).into_owned())).await;
                }
                Ok(Delta::Waiting(what)) => {
                    steps.send(Step::Waiting(index::sanitize_line(&what).into_owned())).await;
                }
                Ok(Delta::Usage(usage)) => self.usage = Some(usage),
                Ok(Delta::Cut) => self.cut = true,
                Err(failure) => {
                    outcome = Err(failure);
                    break;
                }
            }
            if self.declined() {
                return Ok(());
            }
            if self.repeated {
                // Leaving drops the stream, and with it the connection.
                let text = "the model said the same again and again, and was stopped";
                steps.send(Step::Warning(text.into())).await;
                return Ok(());
            }
        }
        if let Some(held) = self.held.take_if(|held| !held.trim_start().starts_with(NOT_IN_NOTES)) {
            self.splitter_push(&held, steps).await;
        }
        for raw in self.splitter.finish() {
            self.sentence(raw, steps).await;
        }
        outcome
    }

    async fn text(&mut self, text: &str, steps: &Steps) {
        let text = index::sanitize(text);
        let Some(held) = &mut self.held else { return self.splitter_push(&text, steps).await };
        held.push_str(&text);
        let start = held.trim_start();
        if !NOT_IN_NOTES.starts_with(start) && !start.starts_with(NOT_IN_NOTES) {
            let held = self.held.take().unwrap_or_default();
            self.splitter_push(&held, steps).await;
        }
    }

    async fn splitter_push(&mut self, text: &str, steps: &Steps) {
        // Who wants only what is supported is not shown the draft.
        if !text.is_empty() && !self.strict {
            steps.send(Step::Delta(text.to_owned())).await;
        }
        self.repeated |= self.repeats.text(text);
        for raw in self.splitter.push(text) {
            self.sentence(raw, steps).await;
        }
    }

    /// A sentence of a model's draft. It is cited to the passage that supports it, whatever the model named.
    async fn sentence(&mut self, raw: Raw, steps: &Steps) {
        let marked = take_marks(&raw.text, self.passages.len());
        if marked.text.is_empty() || self.repeated {
            return;
        }
        if self.repeats.sentence(&marked.text) {
            self.repeated = true;
            return;
        }
        let mut sentence = Sentence {
            text: marked.text,
            verdict: Verdict::NotChecked,
            confidence: 0.0,
            citations: Vec::new(),
            corrected: false,
            lead: raw.lead,
        };
        if let Some(checked) = self.check(&sentence).await {
            (sentence.verdict, sentence.confidence) = (checked.verdict, checked.confidence);
            let shown = !self.strict || checked.verdict == Verdict::Supported;
            let place = checked.place.filter(|_| shown && checked.verdict != Verdict::Unsupported);
            let passages = Arc::clone(&self.passages);
            let cited = place.and_then(|(at, span)| passages.get(at).map(|passage| (at, passage, span)));
            if let Some((at, passage, span)) = cited {
                sentence.corrected =
                    !marked.numbers.is_empty() && !marked.numbers.iter().any(|n| *n as usize == at + 1);
                let (n, new) = self.footnotes.cite(passage, span);
                sentence.citations.push(n);
                if let Some(citation) = new {
                    steps.send(Step::Cited(citation)).await;
                }
            } else {
                // A number that the program takes away is a correction, too.
                sentence.corrected = !marked.numbers.is_empty();
            }
        }
        if !self.strict || sentence.verdict == Verdict::Supported {
            self.push(sentence, steps).await;
        }
    }

    /// What the passages say of a sentence; none when it claims nothing or the embedding model fails: then it is not
    /// checked.
    async fn check(&mut self, sentence: &Sentence) -> Option<Checked> {
        if !is_claim(sentence) {
            return None;
        }
        let (mut checker, embedder) = (std::mem::take(&mut self.checker), Arc::clone(&self.embedder));
        let text = sentence.text.clone();
        // One vector, some milliseconds: not on the runtime's own threads.
        let work = tokio::task::spawn_blocking(move || {
            let checked = checker.check(&text, embedder.as_ref());
            (checker, checked)
        });
        let (checker, checked) = work.await.ok()?;
        self.checker = checker;
        checked.ok()
    }

    /// A sentence that stands in a passage word for word, and is supported by that alone.
    async fn quote(&mut self, number: u32, span: std::ops::Range<usize>, steps: &Steps) {
        self.held = None;
        let passages = Arc::clone(&self.passages);
        let Some(passage) = (number as usize).checked_sub(1).and_then(|at| passages.get(at)) else { return };
        let Some(readable) = table::readable(passage, &index::sentences(&passage.text), &span) else {
            return;
        };
        let (n, new) = self.footnotes.cite(passage, span);
        let (_, text) = split_bullet(&readable);
        let text = index::sanitize_line(text).into_owned();
        // The marks of the sentence before stand between the two: a blank parts them in Chinese too.
        let lead = if self.sentences.is_empty() { "" } else { " " };
        if let Some(citation) = new {
            steps.send(Step::Cited(citation)).await;
        }
        steps.send(Step::Delta(format!("{lead}{text}"))).await;
        let verdict = Verdict::Supported;
        self.push(
            Sentence {
                text,
                verdict,
                confidence: 1.0,
                citations: vec![n],
                corrected: false,
                lead: lead.into(),
            },
            steps,
        )
        .await;
    }

    async fn push(&mut self, sentence: Sentence, steps: &Steps) {
        self.sentences.push(sentence.clone());
        steps.send(Step::Sentence(sentence)).await;
    }

    pub(super) fn into_answer(
        self,
        generator: GeneratorInfo,
        receipt: Receipt,
        timings: Timings,
        cut_short: bool,
    ) -> Answer {
        Answer {
            text: render(&self.sentences),
            sentences: self.sentences,
            citations: self.footnotes.into_citations(),
            conflicts: Vec::new(),
            cut_short,
            generator,
            receipt: Receipt { usage: self.usage, repeated: self.repeated, ..receipt },
            timings,
        }
    }
}

/// The answer as one text: each sentence behind its lead, its marks behind it.
fn render(sentences: &[Sentence]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        text.push_str(&sentence.lead);
        text.push_str(&sentence.text);
        if !sentence.citations.is_empty() {
            text.push(' ');
        }
        for n in &sentence.citations {
            text.push_str(&format!("[{n}]"));
        }
    }
    text.trim_start().to_owned()
}

/// Whether a sentence says anything that could be wrong: code, headings, questions and what only leads up to a list do not.
fn is_claim(sentence: &Sentence) -> bool {
    let text = sentence.text.trim();
    let opens = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    !sentence.lead.trim_start().starts_with('#')
        && !text.ends_with([':', '：', '?', '？'])
        && !opens(&["```", "~~~", "|", "$$"])
        && index::TermWeights::even(text).iter().next().is_some()
}
