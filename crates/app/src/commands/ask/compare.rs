//! `footnote ask --compare`: the same question with and without the notes.

use std::io::{self, Write as _};
use std::sync::Arc;

use answer::{Asker, BoxStream, Passage, Question, Step};
use anyhow::Result;
use futures_util::StreamExt as _;
use models::Wire;

use super::exit;
use crate::cli::Ask;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::{
    Look, Outcome, Terminal, Voice as _, alone_json, answer_json, failure_json, print_comparison,
    refusal_json,
};

/// Whether there is a model to compare with. Asked before anything is opened.
///
/// # Errors
/// When the generator only quotes the notes.
pub(super) fn needs_model(config: &Config) -> Result<()> {
    if Wire::named(&config.generator).is_some() {
        return Ok(());
    }
    let message = format!(
        "--compare asks a model with and without your notes, and the {} generator has no model",
        config.generator
    );
    let hint = "set answer.generator and [endpoint] in config.toml, or give --generator openai, ollama or anthropic; \
                `footnote doctor` names the model servers that run on this machine";
    Err(Exit::new(Code::Usage, message).hint(hint).into())
}

/// Asks twice, one after the other: a local server writes one answer at a time.
pub(super) async fn run(question: Question, args: &Ask, asker: Asker, terminal: &Terminal) -> Result<Code> {
    let text = question.text.clone();
    let (found, with) = last(asker.ask(question.clone()), args, terminal).await?;
    let (_, without) = last(asker.ask_alone(question), args, terminal).await?;
    if args.json {
        let generation = asker.index.generation();
        let mut object = match &with {
            Outcome::Answered(answer) | Outcome::Failed(_, Some(answer)) => {
                answer_json(&text, answer, &found, generation)
            }
            Outcome::Declined(refusal) => refusal_json(&text, refusal, generation),
            Outcome::Failed(failure, None) => {
                failure_json(&text, &failure.message, failure.hint.as_deref(), &found, generation)
            }
        };
        object["without_notes"] = alone_json(&without);
        writeln!(io::stdout().lock(), "{object}")?;
    } else {
        let (width, look) = (tui::terminal_width(), Look { color: terminal.color() });
        print_comparison(&mut io::stdout().lock(), &with, &without, width, look)?;
    }
    match (with, without) {
        (Outcome::Failed(failure, partial), _) => Err(exit(failure, partial.is_some()).into()),
        (_, Outcome::Failed(failure, partial)) => Err(exit(failure, partial.is_some()).into()),
        (Outcome::Declined(_), _) => Ok(Code::NotInNotes),
        (Outcome::Answered(answer), _) if answer.cut_short => Ok(Code::CutShort),
        (Outcome::Answered(_), _) => Ok(Code::Done),
    }
}

/// What a question came to, and the passages that were found for it.
async fn last(
    mut steps: BoxStream<Step>,
    args: &Ask,
    terminal: &Terminal,
) -> Result<(Arc<[Passage]>, Outcome)> {
    let mut found: Arc<[Passage]> = Arc::from([]);
    while let Some(step) = steps.next().await {
        match step {
            Step::Retrieved(retrieval) => found = retrieval.passages,
            Step::Prompted { system, user } if args.show_prompt => {
                terminal.note(&format!("{system}\n\n{user}"));
            }
            Step::Waiting(what) => terminal.note(&what),
            Step::Warning(text) => terminal.warning(&text),
            Step::Answered(answer) => return Ok((found, Outcome::Answered(answer))),
            Step::Declined(refusal) => return Ok((found, Outcome::Declined(refusal))),
            Step::Failed { failure, partial } => return Ok((found, Outcome::Failed(failure, partial))),
            _ => {}
        }
    }
    anyhow::bail!("the answer ended before it was whole")
}
