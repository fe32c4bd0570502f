//! `footnote eval`: how good Footnote is on the user's own questions.
//!
//! Each thing that is measured has a file of its own and gives a [`Part`] of the report.

mod abstention;
mod answers;
mod asking;
mod calibrate;
mod compare;
mod conflicts;
mod counterfactual;
mod follow_ups;
mod lines;
mod named;
mod perturb;
mod report;
mod retrieval;
mod support;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use self::abstention::Gated;
use self::asking::Asking;
use self::compare::Earlier;
use self::lines::{Lines, Question, SHAPES};
use self::report::Part;
use super::blocking;
use crate::cli::{Eval, EvalCommand};
use crate::config::Config;
use crate::embedding;
use crate::exit::{Code, Exit};
use crate::output::Terminal;
use crate::session::Session;

/// The version that the JSON object carries.
const SCHEMA: u32 = 1;

/// `settings` is the configuration file that a calibration is written to.
pub(super) async fn run(
    args: Eval,
    config: Config,
    settings: PathBuf,
    terminal: Arc<Terminal>,
) -> Result<Code> {
    if let Some(EvalCommand::Perturb { out, seed }) = args.make {
        return perturb::run(out, seed, config, terminal).await;
    }
    let lines = Lines::read(&args.files)?;
    if args.calibrate {
        let keep = (!args.dry_run).then_some(settings);
        return blocking(move || calibrate::run(&lines, &config, keep.as_deref(), args.json, &terminal))
            .await;
    }
    // Before anything is measured: it may take minutes.
    let earlier = args.compare.as_deref().map(Earlier::read).transpose()?;
    let wanted = Wanted { curve: args.curve, counterfactual: args.counterfactual };
    let parts = blocking(move || measure(&lines, &config, &terminal, &wanted)).await?;
    let mut object = report::object(&parts);
    let comparison = earlier.map(|earlier| earlier.compare(&object)).transpose()?;
    let mut out = io::stdout().lock();
    if args.json {
        if let Some(comparison) = &comparison {
            object["compared"] = comparison.json();
        }
        writeln!(out, "{object}")?;
    } else {
        write!(out, "{}", report::tables(&parts))?;
        if let Some(comparison) = &comparison {
            write!(out, "{}", comparison.table())?;
        }
    }
    let dropped = comparison.is_some_and(|comparison| comparison.dropped());
    Ok(if dropped { Code::Worse } else { Code::Done })
}

/// What is measured only when it is asked for.
struct Wanted {
    /// Where the risk-coverage curve goes.
    curve: Option<PathBuf>,
    /// Whether questions are answered again without the notes that were cited.
    counterfactual: bool,
}

/// Measures all that the lines allow.
fn measure(lines: &Lines, config: &Config, terminal: &Terminal, wanted: &Wanted) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    parts.extend(conflicts::measure(&lines.pairs));
    if !lines.no_question() {
        let session = Session::open(config, terminal)?;
        named::check(&session, config, lines, terminal)?;
        parts.extend(retrieval::measure(&session, &lines.questions)?);
        parts.extend(follow_ups::measure(&session, &lines.follow_ups)?);
        let mut gated = Gated::default();
        gated.over_notes(&session, config, &lines.questions)?;
        gated.over_passages(&session, config, &lines.own_passages)?;
        parts.extend(gated.part());
        if let Some(file) = &wanted.curve {
            gated.write_curve(file)?;
        }
        parts.extend(answered(session, config, lines, wanted)?);
    }
    if !lines.claims.is_empty() {
        parts.push(support::measure(embedding::open(config, terminal)?.as_ref(), &lines.claims)?);
    }
    if parts.is_empty() {
        let message = "nothing in these files can be measured: no question names the notes that answer it";
        return Err(Exit::new(Code::Usage, message).hint(SHAPES).into());
    }
    Ok(parts)
}

/// Measures what takes whole answers. The endpoint is looked at only when there is something to ask.
fn answered(session: Session, config: &Config, lines: &Lines, wanted: &Wanted) -> Result<Vec<Part>> {
    // Only in files where some are not answered, or that say what an answer has: many answers take long.
    let told = |question: &Question| !question.words.is_empty() || !question.lines.is_empty();
    let all = wanted.counterfactual
        || abstention::tells_apart(&lines.questions)
        || lines.questions.iter().any(told);
    let questions: Vec<&Question> =
        lines.questions.iter().filter(|question| all && question.is_answerable()).collect();
    let disputed = lines.pairs.iter().any(|pair| pair.question.is_some());
    let mut parts = Vec::new();
    if !questions.is_empty() || disputed {
        let asking = Asking::of(session, config)?;
        let answers = answers::ask(&asking, &questions)?;
        parts.extend(answers::part(&questions, &answers));
        if wanted.counterfactual {
            parts.extend(counterfactual::measure(&asking, &questions, &answers)?);
        }
        parts.extend(conflicts::in_answers(&asking, &lines.pairs)?);
    }
    Ok(parts)
}
