//! The same question without notes: what the model says by itself, each sentence of it checked against the notes. It is for
//! comparing, and the one place where a generator is called without passages.

use std::sync::Arc;
use std::time::Instant;

use index::{Embedder, Found, Passage, Query};

use super::doubts::Doubts;
use super::writing::Draft;
use super::{Asker, Outlet, Question, Steps, start};
use crate::step::{GeneratorInfo, Retrieval, Step, Timings};
use crate::verify::Checker;
use crate::{BoxStream, Failure, FailureKind, Prompt, Receipt, follow_up, secrets};

const SYSTEM: &str = "Answer from your own knowledge, in the language of the question, in two to six short sentences. \
                      No introduction, no closing remark, no list of sources.";

impl Asker {
    /// Answers a question without notes, from what the model knows by itself; its sentences are checked against the notes
    /// as those of [`ask`](Self::ask) are. The steps are the same, but nothing is ever declined. A generator that has
    /// nothing to say by itself ([`Generator::answers_alone`](crate::Generator::answers_alone)) fails.
    #[must_use]
    pub fn ask_alone(&self, question: Question) -> BoxStream<Step> {
        let asker = self.clone();
        start(|steps| async move { asker.run_alone(question, steps).await })
    }

    async fn run_alone(self, question: Question, steps: Steps) {
        let started = Instant::now();
        let searched = follow_up::resolve(&question.text, question.before.as_deref());
        let (index, embedder) = (Arc::clone(&self.index), Arc::clone(&self.embedder));
        let query = Query { filter: question.filter, ..Query::new(searched.clone(), question.passages) };
        let found = tokio::task::spawn_blocking(move || {
            index.search(embedder.as_ref(), &query).map_err(Failure::from)
        });
        let found = match found.await {
            Ok(Ok(found)) => found,
            Ok(Err(failure)) => return steps.fail(failure, None).await,
            Err(_) => return steps.fail(Failure::search("the search stopped unexpectedly"), None).await,
        };
        write(&searched, &found, Arc::clone(&self.embedder), self.outlet(), started, &steps).await;
    }
}

async fn write(
    asked: &str,
    found: &Found,
    embedder: Arc<dyn Embedder>,
    Outlet { generator, budget, private, second_opinion }: Outlet<'_>,
    started: Instant,
    steps: &Steps,
) {
    let elapsed = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let passages: Arc<[Passage]> = Arc::from(found.passages.as_slice());
    let mut timings = Timings { search: elapsed(), ..Timings::default() };
    let (searched, elapsed_ms) = (asked.to_owned(), timings.search);
    let retrieval = Retrieval { searched, passages: Arc::clone(&passages), elapsed_ms };
    steps.send(Step::Retrieved(retrieval)).await;
    if !generator.answers_alone() {
        let failure = Failure {
            kind: FailureKind::Endpoint,
            message: format!(
                "the {} generator only quotes the notes: without them it has nothing to say",
                generator.name()
            ),
            hint: Some(
                "have a model write: set answer.generator and [endpoint], or give --generator openai".into(),
            ),
        };
        return steps.fail(failure, None).await;
    }
    let question = index::sanitize(asked);
    let user = if generator.is_remote() { secrets::mask(&question).0 } else { question.into_owned() };
    let prompt = Prompt {
        question: asked.to_owned(),
        system: SYSTEM.to_owned(),
        user,
        max_tokens: budget.answer,
        ..Prompt::default()
    };
    steps.send(Step::Prompted { system: prompt.system.clone(), user: prompt.user.clone() }).await;
    let checker = Checker::new(asked, &passages);
    let doubts = Doubts::new(asked, second_opinion, private);
    let mut draft = Draft::new(passages, checker, embedder, doubts, false);
    let first = || timings.first_token = timings.first_token.or(Some(elapsed()));
    let ended = draft.read(generator, prompt, steps, first).await;
    timings.total = elapsed();
    let wrote = !draft.sentences.is_empty();
    let cut_short = draft.cut || draft.repeated || ended.is_err();
    let generator = GeneratorInfo {
        name: generator.name().to_owned(),
        model: generator.model().map(str::to_owned),
        endpoint: generator.endpoint().map(str::to_owned),
    };
    let mut answer = Box::new(draft.into_answer(generator, Receipt::default(), timings, cut_short));
    // A model that was shown no passages named none: its numbers mean nothing that could be corrected.
    answer.sentences.iter_mut().for_each(|sentence| sentence.corrected = false);
    match ended {
        Ok(()) if wrote => steps.send(Step::Answered(answer)).await,
        Ok(()) => {
            let (kind, message) = (FailureKind::Empty, "the model wrote nothing".to_owned());
            steps.fail(Failure { kind, message, hint: None }, None).await;
        }
        Err(failure) => steps.fail(failure, wrote.then_some(answer)).await,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::sync::mpsc;

    use super::*;
    use crate::testing::{self, Letters, passage};
    use crate::{Budget, Delta, Generator, Verdict};

    /// Says its line, or has nothing to say.
    struct Model(Option<&'static str>);

    impl Generator for Model {
        fn name(&self) -> &str {
            "model"
        }

        fn answers_alone(&self) -> bool {
            self.0.is_some()
        }

        fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
            assert!(
                prompt.passages.is_empty() && !prompt.user.contains("shares key heads"),
                "{}",
                prompt.user
            );
            let text = self.0.unwrap_or_default().to_owned();
            Box::pin(stream::iter([Ok(Delta::Text(text))]))
        }
    }

    async fn last(model: Model) -> Step {
        let passages = [passage(1, "gqa.md", "GQA shares key heads between query heads.")];
        let found = testing::found("what is GQA", &passages);
        let (sender, mut receiver) = mpsc::channel(100);
        let steps = Steps(sender);
        let outlet =
            Outlet { generator: &model, budget: Budget::default(), private: &[], second_opinion: None };
        write("what is GQA", &found, Arc::new(Letters), outlet, Instant::now(), &steps).await;
        drop(steps);
        let mut last = None;
        while let Some(step) = receiver.recv().await {
            last = Some(step);
        }
        last.unwrap()
    }

    #[tokio::test]
    async fn what_the_model_says_by_itself_is_checked_against_the_notes() {
        let said =
            "GQA shares key heads between query heads. [1] It was baked in Paris in 1876 for 12 dollars. ";
        let Step::Answered(answer) = last(Model(Some(said))).await else { panic!("no answer") };
        let verdicts: Vec<Verdict> = answer.sentences.iter().map(|sentence| sentence.verdict).collect();
        assert_eq!(verdicts[0], Verdict::Supported, "{answer:#?}");
        assert!(matches!(verdicts[1], Verdict::Unsupported | Verdict::Contradicted), "{answer:#?}");
        assert_eq!(answer.citations[0].path, "gqa.md");
        assert!(answer.sentences.iter().all(|sentence| !sentence.corrected));
    }

    #[tokio::test]
    async fn a_generator_with_nothing_of_its_own_says_what_to_set() {
        let Step::Failed { failure, partial: None } = last(Model(None)).await else { panic!("no failure") };
        assert!(failure.message.contains("only quotes the notes"), "{failure:?}");
        assert!(failure.hint.unwrap().contains("--generator"));
        let Step::Failed { failure, .. } = last(Model(Some(" "))).await else { panic!("no failure") };
        assert_eq!(failure.kind, FailureKind::Empty);
    }
}
