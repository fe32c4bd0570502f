//! A draft while it is being written: cut into sentences, each checked and cited as soon as it is whole.

use std::sync::Arc;

use futures_util::StreamExt as _;
use index::{Embedder, Passage};

use super::Steps;
use super::doubts::Doubts;
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
    doubts: Doubts,
    /// Sentences that are shown when the draft is over: the first of them is to be asked about then, and those behind it
    /// wait, since footnotes are numbered in the order in which an answer needs them.
    waiting: Vec<Looked>,
}

/// A sentence, looked at and not yet shown.
struct Looked {
    text: String,
    lead: String,
    /// The passages that the model named, from 1.
    named: Vec<u32>,
    /// None where it claims nothing, or could not be checked.
    checked: Option<Checked>,
}

impl Draft {
    pub(super) fn new(
        passages: Arc<[Passage]>,
        checker: Checker,
        embedder: Arc<dyn Embedder>,
        doubts: Doubts,
        strict: bool,
    ) -> Self {
        Self {
            checker,
            embedder,
            doubts,
            waiting: Vec::new(),
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
                Ok(Delta::Quote { passage, span, item }) => {
                    first();
                    self.quote(passage, span, item, steps).await;
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
                self.settle(steps).await;
                return Ok(());
            }
        }
        if outcome.is_err() {
            // Who broke off is not asked for more.
            self.doubts.stop();
        }
        if let Some(held) = self.held.take_if(|held| !held.trim_start().starts_with(NOT_IN_NOTES)) {
            self.splitter_push(&held, steps).await;
        }
        for raw in self.splitter.finish() {
            self.sentence(raw, steps).await;
        }
        self.settle(steps).await;
        outcome
    }

    /// Shows what waited for the end of the draft.
    async fn settle(&mut self, steps: &Steps) {
        for looked in std::mem::take(&mut self.waiting) {
            self.show(looked, steps).await;
        }
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

    /// A sentence of a model's draft.
    async fn sentence(&mut self, raw: Raw, steps: &Steps) {
        let marked = take_marks(&raw.text, self.passages.len());
        if marked.text.is_empty() || self.repeated {
            return;
        }
        if self.repeats.sentence(&marked.text) {
            self.repeated = true;
            return;
        }
        let checked = self.check(&marked.text, &raw.lead).await;
        let looked = Looked { text: marked.text, lead: raw.lead, named: marked.numbers, checked };
        let waits = looked.checked.as_ref().is_some_and(|checked| self.doubts.wait_for_the_draft(checked));
        if waits || !self.waiting.is_empty() {
            self.waiting.push(looked);
        } else {
            self.show(looked, steps).await;
        }
    }

    /// Shows a sentence. It is cited to the passage that supports it, whatever the model named.
    async fn show(&mut self, looked: Looked, steps: &Steps) {
        let Looked { text, lead, named, checked } = looked;
        let mut sentence = Sentence {
            text,
            verdict: Verdict::NotChecked,
            confidence: 0.0,
            citations: Vec::new(),
            corrected: false,
            checked_by: None,
            lead,
        };
        if let Some(checked) = checked {
            let (checked, by) = self.doubts.settle(&sentence.text, checked, &self.passages, steps).await;
            sentence.checked_by = by;
            (sentence.verdict, sentence.confidence) = (checked.verdict, checked.confidence);
            let shown = !self.strict || checked.verdict == Verdict::Supported;
            let place = checked.place.filter(|_| shown && checked.verdict != Verdict::Unsupported);
            let passages = Arc::clone(&self.passages);
            let cited = place.and_then(|(at, span)| passages.get(at).map(|passage| (at, passage, span)));
            if let Some((at, passage, span)) = cited {
                sentence.corrected = !named.is_empty() && !named.iter().any(|n| *n as usize == at + 1);
                let (n, new) = self.footnotes.cite(passage, span);
                sentence.citations.push(n);
                if let Some(citation) = new {
                    steps.send(Step::Cited(citation)).await;
                }
            } else {
                // A number that the program takes away is a correction, too.
                sentence.corrected = !named.is_empty();
            }
        }
        if !self.strict || sentence.verdict == Verdict::Supported {
            self.push(sentence, steps).await;
        }
    }

    /// What the passages say of a sentence; none when it claims nothing or the embedding model fails: then it is not
    /// checked.
    async fn check(&mut self, text: &str, lead: &str) -> Option<Checked> {
        if !is_claim(text, lead) {
            return None;
        }
        let (mut checker, embedder) = (std::mem::take(&mut self.checker), Arc::clone(&self.embedder));
        let text = text.to_owned();
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
    async fn quote(&mut self, number: u32, span: std::ops::Range<usize>, item: bool, steps: &Steps) {
        self.held = None;
        let passages = Arc::clone(&self.passages);
        let Some(passage) = (number as usize).checked_sub(1).and_then(|at| passages.get(at)) else { return };
        let Some(readable) = table::readable(passage, &index::sentences(&passage.text), &span) else {
            return;
        };
        let bullet = split_bullet(passage.text[span.clone()].trim()).0.to_owned();
        let (n, new) = self.footnotes.cite(passage, span);
        let (_, text) = split_bullet(&readable);
        let text = index::sanitize_line(text).into_owned();
        // The marks of the sentence before stand between the two: a blank parts them in Chinese too.
        let after_item = self.sentences.last().is_some_and(|before| before.lead.contains('\n'));
        let lead = match (item, self.sentences.is_empty()) {
            (true, true) => bullet,
            (true, false) => format!("\n{bullet}"),
            (false, true) => String::new(),
            (false, false) if after_item => "\n".into(),
            (false, false) => " ".into(),
        };
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
                checked_by: None,
                lead,
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
        let citations = self.footnotes.into_citations();
        Answer {
            text: render(&self.sentences),
            untold: None,
            sentences: self.sentences,
            citations,
            conflicts: Vec::new(),
            cut_short,
            generator,
            receipt: Receipt {
                usage: self.usage,
                repeated: self.repeated,
                asked_about: self.doubts.asked,
                ..receipt
            },
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
fn is_claim(text: &str, lead: &str) -> bool {
    let text = text.trim();
    let opens = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    !lead.trim_start().starts_with('#')
        && !text.ends_with([':', '：', '?', '？'])
        && !opens(&["```", "~~~", "|", "$$"])
        && index::TermWeights::even(text).iter().next().is_some()
}
