//! The way from one question to its answer: search, gate, prompt, draft, sentences, answer.

use std::sync::Arc;
use std::time::Instant;

use futures_util::stream;
use index::{Embedder, Filter, Found, Index, Passage, Query, SearchError};
use tokio::sync::mpsc;

use self::doubts::Doubts;
use self::writing::Draft;
use crate::conflicts::{COMPARED, conflicts};
use crate::prompt::{After, Asked, Way, fence, fewest_tokens, pack, tell};
use crate::step::{Answer, GeneratorInfo, Refusal, Retrieval, Step, Timings};
use crate::untold::untold;
use crate::verify::Checker;
use crate::{
    Bars, BoxStream, Budget, Earlier, Evidence, Failure, FailureKind, Generator, Prompt, Receipt,
    SecondOpinion, follow_up, gate, outcome,
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
    /// How far the bar of the gate was moved.
    pub bars: Bars,
    /// Who is asked about the sentences that the program itself is not sure of, if anybody.
    pub second_opinion: Option<SecondOpinion>,
}

/// One question.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// As asked.
    pub text: String,
    /// What was searched for the question before it in the same conversation, if any: a follow-up leans on it.
    pub before: Option<String>,
    /// The question before and what its answer rests on: a model that answers a follow-up is told of them.
    pub earlier: Option<Earlier>,
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
        let asker = self.clone();
        start(|steps| async move { asker.run(question, steps).await })
    }

    async fn run(self, question: Question, steps: Steps) {
        let started = Instant::now();
        let searched = follow_up::resolve(&question.text, question.before.as_deref());
        let (index, embedder, bars) = (Arc::clone(&self.index), Arc::clone(&self.embedder), self.bars);
        let query = Query {
            filter: question.filter.clone(),
            behind: COMPARED.saturating_sub(question.passages),
            ..Query::new(searched.clone(), question.passages)
        };
        // Embedding and the scan block for milliseconds: not on the runtime's own threads.
        let outcome = tokio::task::spawn_blocking(move || {
            let found = index.search(embedder.as_ref(), &query)?;
            let evidence =
                Evidence::gather(&query.text, &found, embedder.as_ref())?.raised(bars.of(found.language));
            Ok::<_, SearchError>((found, evidence))
        });
        let (found, evidence) = match outcome.await {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return steps.fail(error.into(), None).await,
            Err(_) => return steps.fail(Failure::search("the search stopped unexpectedly"), None).await,
        };
        if let Some(error) = &found.explain.unranked {
            steps.send(Step::Warning(error.to_string())).await;
        }
        let retrieved = Retrieved { found: &found, evidence, embedder: Arc::clone(&self.embedder) };
        conclude(&question, searched, retrieved, self.outlet(), started, &steps).await;
    }

    fn outlet(&self) -> Outlet<'_> {
        Outlet {
            generator: self.generator.as_ref(),
            budget: self.budget,
            private: &self.private,
            second_opinion: self.second_opinion.as_ref(),
        }
    }
}

/// Starts work that tells its steps, and stops it when the stream is dropped.
fn start<F: Future<Output = ()> + Send + 'static>(work: impl FnOnce(Steps) -> F) -> BoxStream<Step> {
    // A channel of one: the generator is read no faster than the steps are.
    let (steps, receiver) = mpsc::channel(1);
    let task = AbortOnDrop(tokio::spawn(work(Steps(steps))));
    Box::pin(stream::unfold((receiver, task), |(mut receiver, task)| async {
        receiver.recv().await.map(|step| (step, (receiver, task)))
    }))
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
    /// What sentences are compared with.
    embedder: Arc<dyn Embedder>,
}

/// Where the prompt goes, how much fits there, and what must not go there.
struct Outlet<'a> {
    generator: &'a dyn Generator,
    budget: Budget,
    private: &'a [String],
    second_opinion: Option<&'a SecondOpinion>,
}

/// Everything after the search.
async fn conclude(
    question: &Question,
    searched: String,
    Retrieved { found, evidence, embedder }: Retrieved<'_>,
    Outlet { generator, budget, private, second_opinion }: Outlet<'_>,
    started: Instant,
    steps: &Steps,
) {
    let elapsed = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let nearest: Arc<[Passage]> = Arc::from(found.passages.as_slice());
    // Only where it leans on the question before, and only where a model reads it: quotes are of what was found.
    let earlier = question.earlier.as_ref();
    let earlier = earlier.filter(|_| searched != question.text.trim() && generator.endpoint().is_some());
    let passages = earlier.map_or_else(|| Arc::clone(&nearest), |it| Arc::from(it.behind(&nearest)));
    let after = earlier.map(|earlier| After {
        in_own_words: question.text.trim(),
        earlier: &earlier.question,
        found: nearest.len(),
    });
    let mut timings = Timings { search: elapsed(), ..Timings::default() };
    let info = GeneratorInfo {
        name: generator.name().to_owned(),
        model: generator.model().map(str::to_owned),
        endpoint: generator.endpoint().map(str::to_owned),
    };
    let words = searched.clone();
    let asked = Asked { question: &words, after };
    let retrieval = Retrieval { searched, passages: Arc::clone(&passages), elapsed_ms: timings.search };
    steps.send(Step::Retrieved(retrieval)).await;

    let refusal = |reason: &str, timings: Timings| {
        let refusal = Refusal {
            reason: reason.into(),
            nearest: Arc::clone(&nearest),
            generator: info.clone(),
            timings,
        };
        Step::Declined(Box::new(refusal))
    };
    // The model is never called with nothing to go on: what it wrote then would be its own.
    if let Err(reason) = gate::enough(found, &evidence) {
        timings.total = elapsed();
        let reason = found.explain.unmatched.as_deref().unwrap_or(reason);
        return steps.send(refusal(reason, timings)).await;
    }

    let mut budget = generator.window().await.map_or(budget, |window| budget.within(window));
    let fence = fence();
    let way = Way { remote: generator.is_remote(), private, fence: &fence };
    let conflicts = conflicts(&passages, &found.behind, &found.terms, &evidence);
    let made = |budget| {
        let mut made = pack(asked, &passages, &found.terms, budget, &way);
        tell(&mut made, &conflicts, &way);
        made
    };
    let (mut prompt, mut receipt) = made(budget);
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
        let checker = Checker::new(&words, &prompt.passages).knowing(&prompt.evidence);
        let doubts = Doubts::new(&words, second_opinion, private);
        let passages = Arc::clone(&prompt.passages);
        let mut draft = Draft::new(passages, checker, Arc::clone(&embedder), doubts, question.strict);
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
        let (smaller, packed) = made(budget);
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
    if ended.is_ok()
        && let Err(reason) = outcome::holds(&draft.sentences)
    {
        return steps.send(refusal(reason, timings)).await;
    }
    let wrote = !draft.sentences.is_empty();
    let cut_short = draft.cut || draft.repeated || ended.is_err();
    let answer = draft.into_answer(info, receipt, timings, cut_short);
    let untold = untold(&words, &answer.sentences, &answer.citations, &prompt.passages);
    let answer = Box::new(Answer { conflicts, untold, ..answer });
    match ended {
        Ok(()) => steps.send(Step::Answered(answer)).await,
        Err(failure) => steps.fail(failure, wrote.then_some(answer)).await,
    }
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

mod alone;
mod doubts;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
mod writing;
