//! `footnote eval`: how good Footnote is on the user's own questions.
//!
//! Each thing that is measured has a file of its own and gives a [`Part`] of the report.

mod follow_ups;
mod lines;
mod report;
mod retrieval;

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Result;

use self::lines::{Lines, SHAPES};
use self::report::Part;
use super::blocking;
use crate::cli::Eval;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::Terminal;
use crate::session::Session;

/// The version that the JSON object carries.
const SCHEMA: u32 = 1;

pub(super) async fn run(args: Eval, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let lines = Lines::read(&args.files)?;
    let parts = blocking(move || measure(&lines, &config, &terminal)).await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", report::object(&parts))?;
    } else {
        write!(out, "{}", report::tables(&parts))?;
    }
    Ok(Code::Done)
}

/// Measures all that the lines allow.
fn measure(lines: &Lines, config: &Config, terminal: &Terminal) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if !lines.questions.is_empty() || !lines.follow_ups.is_empty() {
        let session = Session::open(config, terminal)?;
        parts.extend(retrieval::measure(&session, &lines.questions)?);
        parts.extend(follow_ups::measure(&session, &lines.follow_ups)?);
    }
    if parts.is_empty() {
        let message = "nothing in these files can be measured: no question names the notes that answer it";
        return Err(Exit::new(Code::Usage, message).hint(SHAPES).into());
    }
    Ok(parts)
}
