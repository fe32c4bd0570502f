//! Everything after the search, with a generator that says what it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::testing::{self, passage};
use crate::{FailureKind, Usage};

/// Replays a draft and counts how often it is asked for one.
struct Replay {
    deltas: Vec<Result<Delta, Failure>>,
    calls: AtomicUsize,
}

impl Generator for Replay {
    fn name(&self) -> &str {
        "replay"
    }

    fn generate(&self, _: Prompt) -> BoxStream<Result<Delta, Failure>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(stream::iter(self.deltas.clone()))
    }
}

/// Two passages.
fn found() -> Found {
    let passages = [
        passage(1, "gqa.md", "Intro.\nGQA shares key heads between query heads."),
        passage(2, "mqa.md", "MQA shares one key head."),
    ];
    testing::found("what is GQA", &passages)
}

/// The steps of a question, and how often the generator was called.
async fn steps(nearest: f32, strict: bool, deltas: Vec<Result<Delta, Failure>>) -> (Vec<Step>, usize) {
    let generator = Replay { deltas, calls: AtomicUsize::new(0) };
    let (sender, mut receiver) = mpsc::channel(100);
    let question = Question { text: "what is GQA".into(), passages: 6, strict, ..Question::default() };
    let (found, steps) = (found(), Steps(sender));
    let evidence = Evidence::above(nearest - 0.8);
    let retrieved = Retrieved { found: &found, evidence };
    conclude(
        &question,
        question.text.clone(),
        retrieved,
        &generator,
        Budget::default(),
        Instant::now(),
        &steps,
    )
    .await;
    drop(steps);
    let mut all = Vec::new();
    while let Some(step) = receiver.recv().await {
        all.push(step);
    }
    (all, generator.calls.load(Ordering::Relaxed))
}

fn text(text: &str) -> Result<Delta, Failure> {
    Ok(Delta::Text(text.into()))
}

fn broken() -> Result<Delta, Failure> {
    Err(Failure { kind: FailureKind::CutShort, message: "the line broke".into(), hint: None })
}

#[tokio::test]
async fn marks_become_footnotes_in_the_order_they_are_needed() {
    let draft =
        vec![text("MQA shares one head [2]. GQA sha"), text("res key heads [1][9]. Nobody says this.")];
    let (steps, _) = steps(0.9, false, draft).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "MQA shares one head. [1] GQA shares key heads. [2] Nobody says this.");
    let places: Vec<_> = answer.citations.iter().map(|c| format!("{} {}:{}", c.n, c.path, c.lines)).collect();
    assert_eq!(places, ["1 mqa.md:10", "2 gqa.md:11"]);
    assert!(answer.sentences.iter().all(|sentence| sentence.verdict == Verdict::NotChecked));
    let shown: Vec<_> = steps.iter().filter(|step| matches!(step, Step::Sentence(_))).collect();
    assert_eq!(shown.len(), answer.sentences.len(), "each sentence is told once");
}

#[tokio::test]
async fn a_quote_is_supported_by_its_very_lines() {
    let (steps, _) = steps(0.9, true, vec![Ok(Delta::Quote { passage: 1, span: 7..48 })]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "GQA shares key heads between query heads. [1]");
    assert_eq!(answer.sentences[0].verdict, Verdict::Supported);
    assert_eq!(answer.citations[0].lines.to_string(), "11");
}

#[tokio::test]
async fn a_quote_of_nothing_is_no_sentence() {
    for (passage, span) in [(0, 0..3), (3, 0..3), (1, 40..900)] {
        let (steps, _) = steps(0.9, false, vec![Ok(Delta::Quote { passage, span })]).await;
        assert!(matches!(steps.last(), Some(Step::Declined(_))), "{steps:#?}");
    }
}

#[tokio::test]
async fn with_nothing_to_go_on_no_generator_is_called() {
    let (steps, calls) = steps(0.7, false, vec![text("I know this by heart.")]).await;
    assert_eq!(calls, 0);
    assert!(matches!(steps.as_slice(), [Step::Retrieved(_), Step::Declined(_)]), "{steps:#?}");
}

#[tokio::test]
async fn a_model_may_decline() {
    for draft in [vec![text("NOT_IN_NOTES")], vec![text(" NOT_"), text("IN_NO"), text("TES."), text("More.")]]
    {
        let (steps, _) = steps(0.9, false, draft).await;
        assert!(matches!(steps.last(), Some(Step::Declined(_))), "{steps:#?}");
        assert!(!steps.iter().any(|step| matches!(step, Step::Delta(_))), "{steps:#?}");
    }
    // What merely begins like it is an answer.
    let (steps, _) = steps(0.9, false, vec![text("NOT"), text(" so fast. [1]")]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "NOT so fast. [1]");
}

#[tokio::test]
async fn what_was_written_before_a_failure_is_kept() {
    let (steps, _) = steps(0.9, false, vec![text("GQA shares key heads [1]. And th"), broken()]).await;
    let Some(Step::Failed { failure, partial: Some(partial) }) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(failure.message, "the line broke");
    assert!(partial.cut_short);
    assert_eq!(partial.text, "GQA shares key heads. [1] And th");
}

#[tokio::test]
async fn a_failure_before_the_first_word_leaves_nothing() {
    let (steps, _) = steps(0.9, false, vec![broken()]).await;
    assert!(matches!(steps.last(), Some(Step::Failed { partial: None, .. })), "{steps:#?}");
}

#[tokio::test]
async fn a_limit_is_told_of_and_usage_is_on_the_receipt() {
    let usage = Usage { prompt_tokens: 300, completion_tokens: 9 };
    let draft = vec![text("GQA shares [1]"), Ok(Delta::Cut), Ok(Delta::Usage(usage))];
    let (steps, _) = steps(0.9, false, draft).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert!(answer.cut_short);
    assert_eq!((answer.receipt.usage, answer.receipt.sent.as_slice()), (Some(usage), [1, 2].as_slice()));
}

#[tokio::test]
async fn strict_shows_nothing_that_was_not_checked() {
    let (steps, _) = steps(0.9, true, vec![text("GQA shares key heads [1].")]).await;
    assert!(matches!(steps.last(), Some(Step::Declined(_))), "{steps:#?}");
}

#[tokio::test]
async fn what_a_model_writes_is_sanitised() {
    let (steps, _) = steps(0.9, false, vec![text("GQA \u{1b}[31mshares\u{202e} heads [1].")]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "GQA shares heads. [1]");
}
