//! Whole answers, as `ask` gives them.

use answer::{Answer, Asker, Filter, Step};
use anyhow::Result;
use futures_util::StreamExt as _;

use super::super::ask;
use crate::config::Config;
use crate::output::Silent;
use crate::session::Session;
use crate::writer;

/// Who answers.
pub(super) struct Asking {
    asker: Asker,
    passages: usize,
}

impl Asking {
    /// With the generator of the configuration.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) fn of(session: Session, config: &Config) -> Result<Self> {
        let (asker, _) = session.asker(config, writer::endpoint(config)?, &Silent)?;
        Ok(Self { asker, passages: config.passages })
    }

    /// The answer to `question` from all notes but those at `without`; none when it was declined. Must be called on a
    /// blocking thread of a Tokio runtime.
    ///
    /// # Errors
    /// When the search or the generator fails.
    pub(super) fn ask(&self, question: &str, without: &[String]) -> Result<Option<Answer>> {
        let asked = answer::Question {
            text: question.to_owned(),
            passages: self.passages,
            filter: Filter { without: without.to_vec(), ..Filter::default() },
            ..answer::Question::default()
        };
        tokio::runtime::Handle::current().block_on(async {
            let mut steps = self.asker.ask(asked);
            while let Some(step) = steps.next().await {
                match step {
                    Step::Answered(answer) => return Ok(Some(*answer)),
                    Step::Failed { failure, .. } => return Err(ask::exit(failure, false).into()),
                    _ => {}
                }
            }
            Ok(None)
        })
    }
}
