//! Reads the question and its filters from the command line.

use std::io::{IsTerminal as _, Read as _};

use answer::{Filter, resolve_follow_ups};
use anyhow::{Context as _, Result};

use crate::cli;
use crate::exit::{Code, Exit};

/// More than this is not a question but a file that was piped in by mistake.
const LONGEST: u64 = 32 * 1024;

/// The question: the words of the command line, or stdin for `-` or a pipe.
///
/// # Errors
/// When there is none.
pub(super) fn read(question: &cli::Question) -> Result<String> {
    let piped = || !std::io::stdin().is_terminal();
    let text = match question.words.as_slice() {
        [] if piped() => from_stdin()?,
        [dash] if dash == "-" => from_stdin()?,
        words => words.join(" "),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Exit::new(Code::Usage, "there is no question")
            .hint("footnote ask \"what is GQA\", or pipe one in")
            .into());
    }
    Ok(text.to_owned())
}

/// What was searched for the question that this one follows up on, if there is one.
pub(super) fn before(question: &cli::Question) -> Option<String> {
    resolve_follow_ups(question.after.iter().map(String::as_str))
}

fn from_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .context("cannot read the question from stdin")?;
    anyhow::ensure!(bytes.len() as u64 <= LONGEST, "the question on stdin is longer than {LONGEST} bytes");
    String::from_utf8(bytes).context("the question on stdin is not UTF-8")
}

/// The filters of the command line.
///
/// # Errors
/// When a glob or a date is malformed; the error names it.
pub(super) fn filter(filters: &cli::Filters) -> Result<Filter> {
    let filter = Filter {
        paths: filters.path.clone(),
        tags: filters.tag.clone(),
        since: filters.since.clone(),
        until: filters.until.clone(),
        ..Filter::default()
    };
    filter.check().map_err(|error| Exit::new(Code::Usage, error.to_string()))?;
    Ok(filter)
}
