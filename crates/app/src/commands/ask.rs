//! `footnote ask`: one answer on stdout.

mod compare;

use std::io::{self, Write as _};
use std::sync::Arc;

use answer::{Answer, Earlier, Failure, FailureKind, Passage, Question, Step};
use anyhow::Result;
use futures_util::StreamExt as _;

use super::instead::instead;
use super::{blocking, question};
use crate::cli::Ask;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::{
    Look, Terminal, Voice as _, answer_json, failure_json, print_answer, print_refusal, refusal_json,
    step_json,
};
use crate::session::Session;
use crate::writer;

pub(super) async fn run(args: Ask, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let text = question::read(&args.question)?;
    let question = Question {
        text: text.clone(),
        before: question::before(&args.question),
        earlier: args
            .question
            .after
            .last()
            .map(|earlier| Earlier { question: earlier.clone(), cited: Vec::new() }),
        passages: args.k.map_or(config.passages, usize::from),
        filter: question::filter(&args.filters)?,
        strict: args.strict,
    };
    if args.compare {
        compare::needs_model(&config)?;
    }
    let voice = Arc::clone(&terminal);
    let opened = blocking(move || {
        let endpoint = writer::endpoint_with_leave(&config)?;
        Session::open(&config, voice.as_ref())?.asker(&config, endpoint, voice.as_ref())
    })
    .await;
    let mut face = Face { args, text, generation: 0, terminal, found: Arc::from([]) };
    let asker = match opened {
        Ok((asker, _)) => asker,
        Err(error) => return Err(face.unopened(error)?.into()),
    };
    if face.args.compare {
        return compare::run(question, &face.args, asker, &face.terminal).await;
    }
    face.generation = asker.index.generation();
    let mut steps = asker.ask(question);
    let mut code = Code::Done;
    while let Some(step) = steps.next().await {
        code = face.show(step)?;
    }
    Ok(code)
}

/// Shows steps the way the flags ask for.
struct Face {
    args: Ask,
    text: String,
    /// Of the index; 0 before it is open.
    generation: u64,
    terminal: Arc<Terminal>,
    found: Arc<[Passage]>,
}

impl Face {
    /// Shows one step and says what the program would end with if it were the last.
    fn show(&mut self, step: Step) -> Result<Code> {
        if self.args.json_stream
            && let Some(line) = step_json(&step)
        {
            let mut out = io::stdout().lock();
            writeln!(out, "{line}")?;
            out.flush()?;
        }
        match step {
            Step::Retrieved(retrieval) => {
                self.terminal.detail(&format!(
                    "{} passages in {} ms",
                    retrieval.passages.len(),
                    retrieval.elapsed_ms
                ));
                if retrieval.searched != self.text {
                    self.terminal.note(&format!("understood as: {}", retrieval.searched));
                }
                self.found = retrieval.passages;
            }
            Step::Prompted { system, user } if self.args.show_prompt => {
                self.terminal.note(&format!("{system}\n\n{user}"));
            }
            Step::Declined(refusal) => {
                if !self.object(refusal_json(&self.text, &refusal, self.generation))? {
                    let brief = self.terminal.is_quiet();
                    let nearby = if brief { Vec::new() } else { refusal.nearby(&self.text) };
                    print_refusal(&mut io::stderr().lock(), &refusal, &nearby, Look { color: false })?;
                }
                return Ok(Code::NotInNotes);
            }
            Step::Answered(answer) => {
                self.answer(&answer)?;
                return Ok(if answer.cut_short { Code::CutShort } else { Code::Done });
            }
            Step::Failed { failure, partial } => {
                match &partial {
                    Some(answer) => self.answer(answer)?,
                    None => self.failed(&failure.message, failure.hint.as_deref())?,
                }
                return Err(self.exit(failure, partial.is_some()).into());
            }
            Step::Waiting(what) => self.terminal.note(&what),
            Step::Warning(text) => self.terminal.warning(&text),
            Step::Prompted { .. }
            | Step::Delta(_)
            | Step::Thinking(_)
            | Step::Cited(_)
            | Step::Sentence(_) => {}
        }
        Ok(Code::Done)
    }

    /// Prints an answer, whole or partial, as JSON or for people.
    fn answer(&self, answer: &Answer) -> io::Result<()> {
        if !self.object(answer_json(&self.text, answer, &self.found, self.generation))? {
            print_answer(&mut io::stdout().lock(), answer, Look { color: self.terminal.color() })?;
        }
        Ok(())
    }

    /// The exit of a question that could not even be searched for.
    fn unopened(&self, error: anyhow::Error) -> io::Result<Exit> {
        let exit = Exit::of(error);
        if let Some(message) = &exit.message {
            self.failed(message, exit.hint.as_deref())?;
        }
        Ok(exit)
    }

    /// Tells scripts that nothing came of it. People are told on stderr, by whoever ends the program.
    fn failed(&self, why: &str, hint: Option<&str>) -> io::Result<()> {
        self.object(failure_json(&self.text, why, hint, &self.found, self.generation)).map(drop)
    }

    /// Prints the closing JSON object, if JSON was asked for.
    fn object(&self, mut object: serde_json::Value) -> io::Result<bool> {
        if self.args.json_stream {
            object["type"] = "answer".into();
        }
        let json = self.args.json || self.args.json_stream;
        if json {
            writeln!(io::stdout().lock(), "{object}")?;
        }
        Ok(json)
    }

    /// [`exit`]; where a model failed, it names the command that needs none.
    fn exit(&self, failure: Failure, partial: bool) -> Exit {
        let words = &self.args.question.words;
        let piped = words.is_empty() || *words == ["-"];
        let question = piped.then_some(self.text.as_str());
        let quoted = failure
            .kind
            .is_past_search()
            .then(|| format!("to have it quoted from the notes: {}", instead(std::env::args(), question)));
        let exit = exit(failure, partial);
        let hints: Vec<String> = exit.hint.into_iter().chain(quoted).collect();
        Exit { hint: (!hints.is_empty()).then(|| hints.join("\n")), ..exit }
    }
}

/// The exit that a failure means.
pub(super) fn exit(failure: Failure, partial: bool) -> Exit {
    let code = match failure.kind {
        _ if partial => Code::CutShort,
        FailureKind::CutShort => Code::CutShort,
        FailureKind::Search => Code::Index,
        _ => Code::Endpoint,
    };
    Exit { code, message: Some(failure.message), hint: failure.hint }
}
