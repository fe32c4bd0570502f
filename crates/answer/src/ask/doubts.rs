//! What a stronger checker is asked about the sentences of one answer that the program itself is not sure of.

use std::sync::Arc;
use std::time::Duration;

use index::Passage;
use tokio::time::{Instant, timeout};

use super::Steps;
use crate::prompt::Way;
use crate::step::Step;
use crate::verify::Checked;
use crate::{Doubt, Entailment, EntailmentError, Receipt, SecondOpinion};

/// The doubts of one answer.
pub(super) struct Doubts {
    question: String,
    /// Who is asked; nobody any more once that has failed.
    opinion: Option<SecondOpinion>,
    /// What is left of its time.
    left: Duration,
    /// Globs of notes that do not leave this machine.
    private: Vec<String>,
    /// How many sentences it was asked about.
    pub(super) asked: u32,
}

impl Doubts {
    /// About an answer to `question`.
    pub(super) fn new(question: &str, opinion: Option<&SecondOpinion>, private: &[String]) -> Self {
        Self {
            question: question.to_owned(),
            left: opinion.map_or(Duration::ZERO, |opinion| opinion.patience),
            opinion: opinion.cloned(),
            private: private.to_vec(),
            asked: 0,
        }
    }

    /// Asks nobody any more.
    pub(super) fn stop(&mut self) {
        self.opinion = None;
    }

    /// Whether a sentence has to wait for the end of the draft.
    pub(super) fn wait_for_the_draft(&self, checked: &Checked) -> bool {
        let waits = |opinion: &SecondOpinion| opinion.entailment.waits_for_the_draft();
        checked.undecided && self.opinion.as_ref().is_some_and(waits)
    }

    /// What is made of a sentence once the stronger checker has been asked, and who that was. Where nobody is asked, or
    /// nothing comes of it, the verdict stands; a failure is told once.
    pub(super) async fn settle(
        &mut self,
        claim: &str,
        checked: Checked,
        passages: &[Passage],
        steps: &Steps,
    ) -> (Checked, Option<String>) {
        let Some((entailment, doubt)) = self.doubt(claim, &checked, passages) else { return (checked, None) };
        let name = index::sanitize_line(entailment.name()).into_owned();
        if self.asked == 0 && entailment.waits_for_the_draft() {
            steps.send(Step::Waiting(format!("asking {name} about what is not sure"))).await;
        }
        self.asked += 1;
        let started = Instant::now();
        let entailed = match timeout(self.left, entailment.entails(doubt)).await {
            Ok(entailed) => entailed,
            Err(_) => Err(EntailmentError::Late(self.opinion.as_ref().map_or(self.left, |it| it.patience))),
        };
        self.left = self.left.saturating_sub(started.elapsed());
        match entailed {
            Ok(entailed) => (checked.with(entailed), Some(name)),
            Err(error) => {
                self.stop();
                let text =
                    format!("the checker {name}: {error}; what is not sure stays as the program judged it");
                steps.send(Step::Warning(index::sanitize_line(&text).into_owned())).await;
                (checked, None)
            }
        }
    }

    /// Who is asked about an undecided sentence, and what. Nothing goes to another machine that must not.
    fn doubt(
        &self,
        claim: &str,
        checked: &Checked,
        passages: &[Passage],
    ) -> Option<(Arc<dyn Entailment>, Doubt)> {
        let entailment = &self.opinion.as_ref()?.entailment;
        let (at, span) = checked.place.as_ref().filter(|_| checked.undecided)?;
        let passage = passages.get(*at)?;
        let way = Way { remote: entailment.is_remote(), private: &self.private, fence: "" };
        if way.keeps(&passage.path) {
            return None;
        }
        let Doubt { claim, question, passage } = Doubt::of(&self.question, claim, passage, span);
        let masked = |text: &str| way.masked(text, &mut Receipt::default());
        let doubt = Doubt { claim: masked(&claim), question: masked(&question), passage: masked(&passage) };
        Some((Arc::clone(entailment), doubt))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::mpsc;

    use super::*;
    use crate::testing::passage;
    use crate::{BoxFuture, Verdict};

    /// Says what it is told to, and remembers what it was asked.
    struct Told {
        says: Result<f32, EntailmentError>,
        /// It never comes to say it.
        slow: bool,
        remote: bool,
        heard: Mutex<Vec<Doubt>>,
    }

    impl Told {
        fn new(says: Result<f32, EntailmentError>) -> Self {
            Self { says, slow: false, remote: false, heard: Mutex::default() }
        }
    }

    impl Entailment for Told {
        fn name(&self) -> &str {
            "told"
        }

        fn is_remote(&self) -> bool {
            self.remote
        }

        fn entails(&self, doubt: Doubt) -> BoxFuture<'_, Result<f32, EntailmentError>> {
            self.heard.lock().unwrap().push(doubt);
            Box::pin(async {
                if self.slow {
                    std::future::pending::<()>().await;
                }
                self.says.clone()
            })
        }
    }

    const PATIENCE: Duration = Duration::from_millis(300);

    /// What becomes of some sentences that are as likely as this, and what is warned of.
    async fn settled(
        told: &Arc<Told>,
        sentences: &[(f32, bool)],
    ) -> (Vec<(Checked, Option<String>)>, Vec<Step>) {
        let entailment: Arc<dyn Entailment> = Arc::<Told>::clone(told);
        let opinion = SecondOpinion { entailment, patience: PATIENCE };
        let mut doubts = Doubts::new("what is GQA", Some(&opinion), &["secret/**".to_owned()]);
        let passages = [passage(1, "a.md", "GQA shares heads. password: hunter2hunter2")];
        let (sender, mut receiver) = mpsc::channel(100);
        let steps = Steps(sender);
        let mut all = Vec::new();
        for &(support, undecided) in sentences {
            let checked = Checked::of_doubt(support, undecided);
            all.push(
                doubts
                    .settle("GQA shares key heads among many query heads.", checked, &passages, &steps)
                    .await,
            );
        }
        drop(steps);
        let mut told = Vec::new();
        while let Some(step) = receiver.recv().await {
            told.push(step);
        }
        (all, told)
    }

    #[tokio::test]
    async fn only_what_is_undecided_is_asked_about() {
        let told = Arc::new(Told::new(Ok(0.95)));
        let (all, steps) = settled(&told, &[(0.4, false), (0.4, true)]).await;
        assert_eq!((all[0].0.verdict, &all[0].1), (Verdict::Partly, &None));
        assert_eq!((all[1].0.verdict, all[1].1.as_deref()), (Verdict::Supported, Some("told")));
        assert!(steps.is_empty(), "{steps:?}");
        let heard = told.heard.lock().unwrap();
        assert_eq!(
            (heard.len(), heard[0].claim.as_str()),
            (1, "GQA shares key heads among many query heads.")
        );
        assert!(heard[0].passage.contains("GQA shares heads.") && heard[0].passage.contains("hunter2"));
    }

    #[tokio::test]
    async fn a_failure_is_told_once_and_nothing_is_asked_again() {
        for error in [EntailmentError::Failed("boom".into()), EntailmentError::Unclear("maybe".into())] {
            let said = error.to_string();
            let told = Arc::new(Told::new(Err(error)));
            let (all, steps) = settled(&told, &[(0.4, true), (0.6, true), (0.6, true)]).await;
            assert!(all.iter().all(|(checked, by)| by.is_none() && checked.verdict == Verdict::Partly));
            let [Step::Warning(text)] = steps.as_slice() else { panic!("{steps:?}") };
            assert!(text.contains("told") && text.contains(&said), "{text}");
            assert_eq!(told.heard.lock().unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn who_does_not_answer_is_not_waited_for() {
        let told = Arc::new(Told { slow: true, ..Told::new(Ok(0.95)) });
        let started = Instant::now();
        let (all, steps) = settled(&told, &[(0.4, true); 3]).await;
        assert!(all.iter().all(|(checked, by)| by.is_none() && checked.verdict == Verdict::Partly));
        assert!((PATIENCE..20 * PATIENCE).contains(&started.elapsed()), "all together have so much time");
        let [Step::Warning(text)] = steps.as_slice() else { panic!("{steps:?}") };
        assert!(text.contains("not answered within"), "{text}");
    }

    #[tokio::test]
    async fn what_must_not_leave_does_not() {
        let told = Arc::new(Told { remote: true, ..Told::new(Ok(0.95)) });
        settled(&told, &[(0.4, true)]).await;
        let heard = told.heard.lock().unwrap();
        assert!(!heard[0].passage.contains("hunter2") && heard[0].passage.contains("GQA shares heads."));
        for (remote, asked) in [(true, false), (false, true)] {
            let entailment: Arc<dyn Entailment> = Arc::new(Told { remote, ..Told::new(Ok(0.95)) });
            let opinion = SecondOpinion { entailment, patience: PATIENCE };
            let doubts = Doubts::new("", Some(&opinion), &["secret/**".to_owned()]);
            let passages = [passage(1, "secret/a.md", "GQA shares heads.")];
            let doubt = doubts.doubt("Heads.", &Checked::of_doubt(0.4, true), &passages);
            assert_eq!(doubt.is_some(), asked);
        }
    }
}
