//! The notes that the lines of a file name: a name that is no note would count as a miss, and nobody would know why.

use std::collections::HashSet;

use anyhow::Result;

use super::lines::Lines;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::{Terminal, Voice as _};
use crate::session::Session;

/// So many are told one by one.
const TOLD: usize = 10;

/// Warns of each note that is named and is not among those indexed, once.
///
/// # Errors
/// When none of those named is.
pub(super) fn check(session: &Session, config: &Config, lines: &Lines, terminal: &Terminal) -> Result<()> {
    let indexed: HashSet<&str> = session.index.notes().iter().map(|note| note.path.as_str()).collect();
    let (missing, some) = missing(lines, &indexed);
    if let (false, Some((place, path))) = (some, missing.first()) {
        let message = format!("{place}: none of the notes that are named is in {}", config.notes.display());
        let hint =
            format!("there is no {path}; paths are relative to the folder of notes: name it with --notes");
        return Err(Exit::new(Code::Usage, message).hint(hint).into());
    }
    for (place, path) in missing.iter().take(TOLD) {
        terminal.warning(&format!("{place}: there is no note {path}: it counts as not found"));
    }
    if missing.len() > TOLD {
        terminal.warning(&format!("{} more notes that are named are not there", missing.len() - TOLD));
    }
    Ok(())
}

/// The notes that are named and not indexed, each with the first place that names it; and whether any other is named.
fn missing<'a>(lines: &'a Lines, indexed: &HashSet<&str>) -> (Vec<(&'a str, &'a str)>, bool) {
    let questions = lines.questions.iter().filter(|question| question.is_answerable());
    let of_questions = questions.map(|question| (&question.place, &question.paths));
    let of_follow_ups = lines.follow_ups.iter().map(|follow_up| (&follow_up.place, &follow_up.paths));
    let (mut seen, mut missing, mut some) = (HashSet::new(), Vec::new(), false);
    for (place, paths) in of_questions.chain(of_follow_ups) {
        for path in paths {
            if indexed.contains(path.as_str()) {
                some = true;
            } else if seen.insert(path) {
                missing.push((place.as_str(), path.as_str()));
            }
        }
    }
    (missing, some)
}
