//! The way from one question to its answer: search, gate, prompt, draft, sentences, answer.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use index::{Embedder, Filter, Found, Index, Passage, Query, SearchError};
use tokio::sync::mpsc;

use crate::cite::{Footnotes, likeliest};
use crate::draft::{Raw, Splitter, split_bullet};
use crate::marks::take_marks;
use crate::prompt::{NOT_IN_NOTES, Way, fewest_tokens, pack};
use crate::step::{Answer, GeneratorInfo, Refusal, Retrieval, Sentence, Step, Timings, Verdict};
use crate::{
    BoxStream, Budget, Delta, Evidence, Failure, FailureKind, Generator, Prompt, Receipt, follow_up, gate,
};

/// Everything that answering takes. Cheap to clone.
#[derive(Clone)]
pub struct Asker {
    /// The notes.
    pub index: Arc<Index>,
    /// What they were embedded with.
    pub embedder: Arc<dyn Embedder>,
    /// Who writes.
    pub generator: Arc<dyn Generator>,
    /// The generator's space.
    pub budget: Budget,
    /// Globs over paths of notes that must not leave this machine.
    pub private: Vec<String>,
}

/// One question.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// As asked.
    pub text: String,
    /// What was searched for the question before it in the same conversation, if any: a follow-up leans on it.
    pub before: Option<String>,
    /// How many passages the answer may rest on, at least 1.
    pub passages: usize,
    /// Which notes count.
    pub filter: Filter,
    /// Whether sentences that the notes do not support are left out.
    pub strict: bool,
}

impl Asker {
    /// Answers one question, step by step; see [`Step`] for their order. Dropping the stream cancels the work, the
    /// generator's too. Must be called within a Tokio runtime.
    #[must_use]
    pub fn ask(&self, question: Question) -> BoxStream<Step> {
        // A channel of one: the generator is read no faster than the steps are.
        let (steps, receiver) = mpsc::channel(1);
        let asker = self.clone();
        let task = AbortOnDrop(tokio::spawn(async move { asker.run(question, Steps(steps)).await }));
        Box::pin(stream::unfold((receiver, task), |(mut receiver, task)| async {
            receiver.recv().await.map(|step| (step, (receiver, task)))
        }))
    }

    async fn run(self, question: Question, steps: Steps) {
        let started = Instant::now();
        let searched = follow_up::resolve(&question.text, question.before.as_deref());
        let (index, embedder) = (Arc::clone(&self.index), Arc::clone(&self.embedder));
        let query =
            Query { filter: question.filter.clone(), ..Query::new(searched.clone(), question.passages) };
        // Embedding and the scan block for milliseconds: not on the runtime's own threads.
        let outcome = tokio::task::spawn_blocking(move || {
            let found = index.search(embedder.as_ref(), &query)?;
            let evidence = Evidence::gather(&found, embedder.as_ref())?;
            Ok::<_, SearchError>((found, evidence))
        });
        let (found, evidence) = match outcome.await {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return steps.fail(error.into(), None).await,
            Err(_) => return steps.fail(Failure::search("the search stopped unexpectedly"), None).await,
        };
        let retrieved = Retrieved { found: &found, evidence };
        let outlet =
            Outlet { generator: self.generator.as_ref(), budget: self.budget, private: &self.private };
        conclude(&question, searched, retrieved, outlet, started, &steps).await;
    }
}

/// Aborts a task when the stream that shows it is dropped.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Where steps go. Nobody listening is no error: the task is about to be aborted.
struct Steps(mpsc::Sender<Step>);

impl Steps {
    async fn send(&self, step: Step) {
        let _ = self.0.send(step).await;
    }

    async fn fail(&self, failure: Failure, partial: Option<Box<Answer>>) {
        self.send(Step::Failed { failure, partial }).await;
    }
}

/// What the search found, and what speaks for an answer in it.
struct Retrieved<'a> {
    found: &'a Found,
    evidence: Evidence,
}

/// Where the prompt goes, how much fits there, and what must not go there.
struct Outlet<'a> {
    generator: &'a dyn Generator,
    budget: Budget,
    private: &'a [String],
}

/// Everything after the search.
async fn conclude(
    question: &Question,
    searched: String,
    Retrieved { found, evidence }: Retrieved<'_>,
    Outlet { generator, budget, private }: Outlet<'_>,
    started: Instant,
    steps: &Steps,
) {
    let elapsed = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let passages: Arc<[Passage]> = Arc::from(found.passages.as_slice());
    let mut timings = Timings { search: elapsed(), ..Timings::default() };
    let info = GeneratorInfo {
        name: generator.name().to_owned(),
        model: generator.model().map(str::to_owned),
        endpoint: generator.endpoint().map(str::to_owned),
    };
    let asked = searched.clone();
    let retrieval = Retrieval { searched, passages: Arc::clone(&passages), elapsed_ms: timings.search };
    steps.send(Step::Retrieved(retrieval)).await;

    let refusal = |reason: &str, timings: Timings| {
        let refusal = Refusal {
            reason: reason.into(),
            nearest: Arc::clone(&passages),
            generator: info.clone(),
            timings,
        };
        Step::Declined(Box::new(refusal))
    };
    // The model is never called with nothing to go on: what it wrote then would be its own.
    if let Err(reason) = gate::enough(&evidence, !passages.is_empty()) {
        timings.total = elapsed();
        return steps.send(refusal(reason, timings)).await;
    }

    let mut budget = generator.window().await.map_or(budget, |window| budget.within(window));
    let fence = fence();
    let way = Way { remote: generator.is_remote(), private, fence: &fence };
    let (mut prompt, mut receipt) = pack(&asked, &passages, &found.terms, budget, &way);
    if prompt.passages.is_empty() {
        timings.total = elapsed();
        let reason = "the notes that may answer are private and the endpoint is on another machine; use --generator extractive";
        return steps.send(refusal(reason, timings)).await;
    }
    prompt.evidence = Arc::new(evidence);
    warn(&receipt, &passages, steps).await;
    let (draft, ended) = loop {
        let fewest = fewest_tokens(&prompt.system) + fewest_tokens(&prompt.user);
        steps.send(Step::Prompted { system: prompt.system.clone(), user: prompt.user.clone() }).await;
        let mut draft = Draft::new(prompt.passages.clone(), question.strict);
        let first = || timings.first_token = timings.first_token.or(Some(elapsed()));
        let ended = draft.read(generator, prompt.clone(), steps, first).await;
        receipt.cut_by_server = draft.usage.is_some_and(|usage| usage.prompt_tokens < fewest);
        if receipt.cut_by_server {
            let counted = draft.usage.map_or(0, |usage| usage.prompt_tokens);
            steps.send(Step::Warning(format!(
                "the server counted {counted} tokens where at least {fewest} were sent: it has cut the prompt; set `context` under [endpoint] to what it takes"
            ))).await;
        }
        let Err(Failure { kind: FailureKind::Overflow { prompt: counted, window }, .. }) = &ended else {
            break (draft, ended);
        };
        budget = budget.after_overflow(receipt.estimated_tokens, *counted, *window);
        let (smaller, packed) = pack(&asked, &passages, &found.terms, budget, &way);
        // Packed again once, and never sent again unchanged.
        if receipt.repacked || !draft.sentences.is_empty() || smaller.user == prompt.user {
            break (draft, ended);
        }
        prompt = Prompt { evidence: prompt.evidence, ..smaller };
        receipt = Receipt { repacked: true, ..packed };
    };
    timings.total = elapsed();
    if draft.declined() || (draft.sentences.is_empty() && ended.is_ok()) {
        return steps.send(refusal("the passages that were found do not answer it", timings)).await;
    }
    let wrote = !draft.sentences.is_empty();
    let cut_short = draft.cut || ended.is_err();
    let answer = Box::new(draft.into_answer(info, receipt, timings, cut_short));
    match ended {
        Ok(()) => steps.send(Step::Answered(answer)).await,
        Err(failure) => steps.fail(failure, wrote.then_some(answer)).await,
    }
}

/// A word for the fence around passages that no note can know.
fn fence() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:016x}", RandomState::new().hash_one("fence"))
}

/// Tells what the user should know about what is sent.
async fn warn(receipt: &Receipt, passages: &[Passage], steps: &Steps) {
    let place = |rank: &u32| {
        let passage = passages.get(*rank as usize - 1);
        passage.map(|it| format!("{}:{}", index::sanitize_line(&it.path), it.lines)).unwrap_or_default()
    };
    for rank in &receipt.orders {
        let text =
            format!("{} gives the model orders; they are part of the note, and not followed", place(rank));
        steps.send(Step::Warning(text)).await;
    }
    if receipt.masked > 0 {
        steps
            .send(Step::Warning(format!("{} keys or passwords were masked in what is sent", receipt.masked)))
            .await;
    }
    if !receipt.private.is_empty() {
        let text = format!("{} passages of private notes stay on this machine", receipt.private.len());
        steps.send(Step::Warning(text)).await;
    }
}

/// A draft as it is being written.
struct Draft {
    passages: Arc<[Passage]>,
    strict: bool,
    splitter: Splitter,
    footnotes: Footnotes,
    sentences: Vec<Sentence>,
    usage: Option<crate::Usage>,
    /// The first words, as long as they may still turn out to be the sign for "not in the notes".
    held: Option<String>,
    cut: bool,
}

impl Draft {
    fn new(passages: Arc<[Passage]>, strict: bool) -> Self {
        Self {
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
    fn declined(&self) -> bool {
        self.held.as_deref().is_some_and(|held| held.trim_start().starts_with(NOT_IN_NOTES))
    }

    async fn read(
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
        if !text.is_empty() {
            steps.send(Step::Delta(text.to_owned())).await;
        }
        for raw in self.splitter.push(text) {
            self.sentence(raw, steps).await;
        }
    }

    /// A sentence of a model's draft. It keeps the passages the model named, pointed at their likeliest lines, and is
    /// shown as not checked.
    async fn sentence(&mut self, raw: Raw, steps: &Steps) {
        let marked = take_marks(&raw.text, self.passages.len());
        if marked.text.is_empty() || self.strict {
            return;
        }
        let mut citations = Vec::new();
        for number in marked.numbers {
            let Some(passage) = self.passages.get(number as usize - 1) else { continue };
            let (n, new) = self.footnotes.cite(passage, likeliest(passage, &marked.text));
            citations.push(n);
            if let Some(citation) = new {
                steps.send(Step::Cited(citation)).await;
            }
        }
        citations.dedup();
        let (verdict, confidence) = (Verdict::NotChecked, 0.0);
        self.push(Sentence { text: marked.text, verdict, confidence, citations, lead: raw.lead }, steps)
            .await;
    }

    /// A sentence that stands in a passage word for word, and is supported by that alone.
    async fn quote(&mut self, number: u32, span: std::ops::Range<usize>, steps: &Steps) {
        self.held = None;
        let passages = Arc::clone(&self.passages);
        let Some(passage) = (number as usize).checked_sub(1).and_then(|at| passages.get(at)) else { return };
        let Some(raw) = passage.text.get(span.clone()) else { return };
        let (n, new) = self.footnotes.cite(passage, span);
        let plain = index::plain(raw);
        let (_, text) = split_bullet(&plain);
        let text = index::sanitize_line(text).into_owned();
        // The marks of the sentence before stand between the two: a blank parts them in Chinese too.
        let lead = if self.sentences.is_empty() { "" } else { " " };
        if let Some(citation) = new {
            steps.send(Step::Cited(citation)).await;
        }
        steps.send(Step::Delta(format!("{lead}{text}"))).await;
        let verdict = Verdict::Supported;
        self.push(Sentence { text, verdict, confidence: 1.0, citations: vec![n], lead: lead.into() }, steps)
            .await;
    }

    async fn push(&mut self, sentence: Sentence, steps: &Steps) {
        self.sentences.push(sentence.clone());
        steps.send(Step::Sentence(sentence)).await;
    }

    fn into_answer(
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
            cut_short,
            generator,
            receipt: Receipt { usage: self.usage, ..receipt },
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

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
