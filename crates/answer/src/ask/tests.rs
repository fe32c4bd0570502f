//! Everything after the search, with a generator that says what it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::testing::{self, passage};
use crate::{Delta, FailureKind, Prompt, Usage, Verdict};

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
pub(super) fn found() -> Found {
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
    let retrieved = Retrieved { found: &found, evidence, embedder: Arc::new(testing::Letters) };
    conclude(
        &question,
        question.text.clone(),
        retrieved,
        Outlet { generator: &generator, budget: Budget::default(), private: &[], second_opinion: None },
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
    let verdicts: Vec<_> = answer.sentences.iter().map(|sentence| sentence.verdict).collect();
    assert_eq!(verdicts, [Verdict::Supported, Verdict::Supported, Verdict::Unsupported]);
    let shown: Vec<_> = steps.iter().filter(|step| matches!(step, Step::Sentence(_))).collect();
    assert_eq!(shown.len(), answer.sentences.len(), "each sentence is told once");
}

#[tokio::test]
async fn a_quote_is_supported_by_its_very_lines() {
    let (steps, _) = steps(0.9, true, vec![Ok(Delta::Quote { passage: 1, span: 7..48, item: false })]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "GQA shares key heads between query heads. [1]");
    assert_eq!(answer.sentences[0].verdict, Verdict::Supported);
    assert_eq!(answer.citations[0].lines.to_string(), "11");
}

#[tokio::test]
async fn a_quote_of_nothing_is_no_sentence() {
    for (passage, span) in [(0, 0..3), (3, 0..3), (1, 40..900)] {
        let (steps, _) = steps(0.9, false, vec![Ok(Delta::Quote { passage, span, item: false })]).await;
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
    let (steps, _) = steps(0.9, false, vec![text("NOT"), text(" so fast. GQA shares key heads. [1]")]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "NOT so fast. GQA shares key heads. [1]");
}

#[tokio::test]
async fn a_draft_that_rests_on_nothing_is_no_answer() {
    let own = || text("Bread rises overnight in a warm oven. Salt comes last. [2]");
    for strict in [false, true] {
        let (steps, calls) = steps(0.9, strict, vec![own()]).await;
        assert_eq!(calls, 1);
        assert!(matches!(steps.last(), Some(Step::Declined(_))), "{steps:#?}");
    }
    // A connection that breaks is told of as such, whatever was written.
    let (steps, _) = steps(0.9, false, vec![own(), broken()]).await;
    assert!(matches!(steps.last(), Some(Step::Failed { .. })), "{steps:#?}");
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
    let draft = vec![text("GQA shares key heads [1]"), Ok(Delta::Cut), Ok(Delta::Usage(usage))];
    let (steps, _) = steps(0.9, false, draft).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert!(answer.cut_short);
    assert_eq!((answer.receipt.usage, answer.receipt.sent.as_slice()), (Some(usage), [1, 2].as_slice()));
}

#[tokio::test]
async fn the_program_sets_the_citations() {
    let check = async |draft: &str, path: Option<&str>, corrected: bool| {
        let (steps, _) = steps(0.9, false, vec![text(draft)]).await;
        let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
        let cited: Vec<&str> = answer.citations.iter().map(|citation| citation.path.as_str()).collect();
        assert_eq!(cited, path.into_iter().collect::<Vec<_>>(), "{draft}");
        let first = &answer.sentences[0];
        assert_eq!(first.corrected, corrected, "{draft}");
        assert_eq!(first.citations.is_empty(), first.text.contains("Pizza"), "{draft}");
    };
    check("GQA shares key heads between query heads [1].", Some("gqa.md"), false).await;
    check("GQA shares key heads between query heads [1][2].", Some("gqa.md"), false).await;
    check("GQA shares key heads between query heads [2].", Some("gqa.md"), true).await;
    // A model that names nothing has named nothing wrong.
    check("GQA shares key heads between query heads.", Some("gqa.md"), false).await;
    // What nothing supports has no lines; the sentence behind it has.
    let then = "GQA shares key heads between query heads.";
    check(&format!("Pizza comes from Naples [1]. {then}"), Some("gqa.md"), true).await;
    check(&format!("Pizza comes from Naples. {then}"), Some("gqa.md"), false).await;
}

#[tokio::test]
async fn a_figure_that_no_passage_has_is_not_supported() {
    let draft =
        "GQA shares 8 key heads between 32 query heads [1]. GQA shares key heads between query heads.";
    let (steps, _) = steps(0.9, false, vec![text(draft)]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_ne!(answer.sentences[0].verdict, Verdict::Supported, "{answer:#?}");
}

#[tokio::test]
async fn strict_shows_what_is_supported_and_no_more() {
    let draft = "Pizza comes from Naples [1]. GQA shares key heads between query heads [1].";
    let (shown, _) = steps(0.9, true, vec![text(draft)]).await;
    let Some(Step::Answered(answer)) = shown.last() else { panic!("{shown:#?}") };
    assert_eq!(answer.text, "GQA shares key heads between query heads. [1]");
    let drafts = shown.iter().filter(|step| matches!(step, Step::Delta(_))).count();
    assert_eq!(drafts, 0, "what was not checked yet is not shown");

    let (shown, _) = steps(0.9, true, vec![text("Pizza comes from Naples [1].")]).await;
    assert!(matches!(shown.last(), Some(Step::Declined(_))), "{shown:#?}");
}

#[tokio::test]
async fn what_claims_nothing_is_not_checked() {
    let draft = "# Heads\n\nIt comes down to this:\n\n- GQA shares key heads between query heads.\n";
    let (steps, _) = steps(0.9, false, vec![text(draft)]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    let verdicts: Vec<_> = answer.sentences.iter().map(|sentence| sentence.verdict).collect();
    assert_eq!(verdicts, [Verdict::NotChecked, Verdict::NotChecked, Verdict::Supported], "{answer:#?}");
}

#[tokio::test]
async fn a_model_that_runs_away_is_stopped() {
    let sentence = "GQA shares key heads between query heads [1]. ";
    let endless = (0..500).map(|_| text(sentence)).collect();
    let (steps, _) = steps(0.9, false, endless).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert!(answer.cut_short && answer.receipt.repeated);
    assert_eq!(answer.sentences.len(), 2, "{answer:#?}");
    assert!(warnings(&steps).iter().any(|text| text.contains("again and again")));
}

#[tokio::test]
async fn what_a_model_writes_is_sanitised() {
    let (steps, _) =
        steps(0.9, false, vec![text("GQA \u{1b}[31mshares\u{202e} key heads between query heads [1].")])
            .await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.text, "GQA shares key heads between query heads. [1]");
}

/// A server with a window: refuses prompts that are too long, counts as it likes, and remembers what it was sent.
struct Fussy {
    takes: u32,
    counts: Option<u32>,
    remote: bool,
    sent: std::sync::Mutex<Vec<String>>,
}

/// Whatever passages are sent, one of them says some of it.
const DRAFT: &str =
    "Query heads share key heads [1]. GQA shares key heads between query heads. MQA shares one key head.";

impl Fussy {
    fn new(takes: u32) -> Self {
        Self { takes, counts: None, remote: false, sent: Default::default() }
    }
}

impl Generator for Fussy {
    fn name(&self) -> &str {
        "fussy"
    }

    fn is_remote(&self) -> bool {
        self.remote
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        let tokens = u32::try_from((prompt.system + &prompt.user).len() / 4).unwrap();
        self.sent.lock().unwrap().push(prompt.user);
        let overflow = FailureKind::Overflow { prompt: Some(tokens), window: Some(self.takes) };
        let too_long = Failure { kind: overflow, message: "too long".into(), hint: None };
        if tokens + prompt.max_tokens > self.takes {
            return Box::pin(stream::iter([Err(too_long)]));
        }
        let usage = Usage { prompt_tokens: self.counts.unwrap_or(tokens), completion_tokens: 1 };
        Box::pin(stream::iter([text(DRAFT), Ok(Delta::Usage(usage))]))
    }
}

/// The steps of a question that is answered from these passages.
pub(super) async fn of(generator: &dyn Generator, found: &Found) -> Vec<Step> {
    ask_of(generator, found, &[], Budget::default()).await
}

async fn ask_of(generator: &dyn Generator, found: &Found, private: &[&str], budget: Budget) -> Vec<Step> {
    let (sender, mut receiver) = mpsc::channel(100);
    let private: Vec<String> = private.iter().map(ToString::to_string).collect();
    let question = Question { text: "what is GQA".into(), passages: 6, ..Question::default() };
    let steps = Steps(sender);
    let retrieved = Retrieved { found, evidence: Evidence::above(0.1), embedder: Arc::new(testing::Letters) };
    let outlet = Outlet { generator, budget, private: &private, second_opinion: None };
    conclude(&question, question.text.clone(), retrieved, outlet, Instant::now(), &steps).await;
    drop(steps);
    let mut all = Vec::new();
    while let Some(step) = receiver.recv().await {
        all.push(step);
    }
    all
}

fn warnings(steps: &[Step]) -> Vec<&str> {
    let mut all = Vec::new();
    for step in steps {
        if let Step::Warning(text) = step {
            all.push(text.as_str());
        }
    }
    all
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_packed_again_once() {
    let mut found = found();
    let long = "Query heads share key heads. ".repeat(60);
    found.passages = (1..=6).map(|rank| passage(rank, "gqa.md", &long)).collect();
    let generator = Fussy::new(1500);
    let steps = ask_of(&generator, &found, &[], Budget::default()).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert!(answer.receipt.repacked && !answer.receipt.dropped.is_empty(), "{:?}", answer.receipt);
    let sent = generator.sent.lock().unwrap().clone();
    assert!(sent.len() == 2 && sent[1].len() < sent[0].len());

    // Nothing fits: it is told, and no prompt is sent twice.
    let generator = Fussy::new(10);
    let steps = ask_of(&generator, &found, &[], Budget::default()).await;
    assert!(matches!(steps.last(), Some(Step::Failed { partial: None, .. })), "{steps:#?}");
    let sent = generator.sent.lock().unwrap().clone();
    assert!(sent.len() <= 2 && (sent.len() < 2 || sent[0] != sent[1]));
}

#[tokio::test]
async fn a_server_that_cuts_the_prompt_is_named() {
    for (counts, cut) in [(None, false), (Some(20), true)] {
        let generator = Fussy { counts, ..Fussy::new(9000) };
        let steps = ask_of(&generator, &found(), &[], Budget::default()).await;
        let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
        assert_eq!(answer.receipt.cut_by_server, cut);
        assert_eq!(warnings(&steps).iter().any(|text| text.contains("it has cut the prompt")), cut);
    }
}

#[tokio::test]
async fn private_notes_never_leave() {
    let generator = Fussy { remote: true, ..Fussy::new(9000) };
    let steps = ask_of(&generator, &found(), &["gqa.md"], Budget::default()).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!(answer.receipt.private, [1]);
    assert!(answer.citations.iter().all(|citation| citation.path == "mqa.md"), "{answer:#?}");
    assert!(!generator.sent.lock().unwrap()[0].contains("gqa.md"));

    let steps = ask_of(&generator, &found(), &["*.md"], Budget::default()).await;
    assert!(
        matches!(steps.last(), Some(Step::Declined(refusal)) if refusal.reason.contains("private")),
        "{steps:#?}"
    );
    assert_eq!(generator.sent.lock().unwrap().len(), 1, "with nothing that may leave, nobody is asked");
}

/// A model that keeps the prompt it was sent.
struct Model {
    heard: std::sync::Mutex<Option<Prompt>>,
    endpoint: Option<&'static str>,
}

impl Generator for Model {
    fn name(&self) -> &str {
        "model"
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<Result<Delta, Failure>> {
        *self.heard.lock().unwrap() = Some(prompt);
        Box::pin(stream::iter([text("GQA was made from MHA. MQA shares one key head.")]))
    }
}

#[tokio::test]
async fn a_follow_up_carries_the_last_question_and_what_it_cited() {
    let first = [passage(1, "old.md", "GQA was made from MHA."), passage(2, "b.md", "Cake.")];
    let check = async |text: &str, before: Option<&str>, endpoint, carried: bool| {
        let earlier = Earlier { question: "what is GQA?".into(), cited: first[..1].to_vec() };
        let question = Question {
            text: text.into(),
            before: before.map(str::to_owned),
            earlier: Some(earlier),
            ..Question::default()
        };
        let model = Model { heard: std::sync::Mutex::default(), endpoint };
        let (sender, mut receiver) = mpsc::channel(100);
        let (found, steps) = (found(), Steps(sender));
        let searched = follow_up::resolve(&question.text, question.before.as_deref());
        conclude(
            &question,
            searched,
            Retrieved { found: &found, evidence: Evidence::above(1.0), embedder: Arc::new(testing::Letters) },
            Outlet { generator: &model, budget: Budget::default(), private: &[], second_opinion: None },
            Instant::now(),
            &steps,
        )
        .await;
        drop(steps);
        let mut last = None;
        while let Some(step) = receiver.recv().await {
            last = Some(step);
        }
        let Some(Step::Answered(answer)) = last else { panic!("{last:#?}") };
        let user = model.heard.lock().unwrap().take().unwrap().user;
        assert_eq!(user.contains("[3] old.md"), carried, "{user}");
        assert_eq!(user.contains("The question before: what is GQA?"), carried, "{user}");
        let receipt = &answer.receipt;
        assert_eq!(receipt.carried, if carried { vec![3] } else { vec![] });
        assert_eq!(receipt.earlier.is_some(), carried);
        assert_eq!(receipt.sent.len(), if carried { 3 } else { 2 });
        let cites = |path: &str| answer.citations.iter().any(|citation| citation.path == path);
        assert!(cites("mqa.md") && cites("old.md") == carried, "{:#?}", answer.citations);
    };
    let asked = Some("what is GQA?");
    check("and why was it made?", asked, Some("http://127.0.0.1"), true).await;
    check("How do tokenizers work?", asked, Some("http://127.0.0.1"), false).await;
    check("and why was it made?", None, Some("http://127.0.0.1"), false).await;
    // What quotes the notes reads no conversation.
    check("and why was it made?", asked, None, false).await;
}

#[tokio::test]
async fn what_is_kept_of_an_answer_is_what_it_cites() {
    let (steps, _) = steps(0.9, false, vec![text("MQA shares one key head.")]).await;
    let Some(Step::Answered(answer)) = steps.last() else { panic!("{steps:#?}") };
    let earlier = Earlier::of("what is MQA", &found().passages, answer);
    assert_eq!((earlier.question.as_str(), earlier.cited.len()), ("what is MQA", 1));
    assert_eq!(earlier.cited[0].path, "mqa.md");
}
