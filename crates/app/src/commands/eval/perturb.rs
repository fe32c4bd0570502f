//! `footnote eval perturb`: a test set for the checker, made of the user's own notes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use answer::{Claim, Source, perturb};
use anyhow::{Context as _, Result};

use super::blocking;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::{Terminal, Voice as _};
use crate::session::Session;

pub(super) async fn run(
    out: Option<PathBuf>,
    seed: u64,
    config: Config,
    terminal: Arc<Terminal>,
) -> Result<Code> {
    blocking(move || {
        let session = Session::open(&config, terminal.as_ref())?;
        let claims = perturb(&sources(&session), seed);
        if claims.is_empty() {
            let message = "no sentence of the notes has a number, date, unit, negation or name to change";
            return Err(Exit::new(Code::Usage, message).into());
        }
        match &out {
            Some(file) => {
                let mut text = Vec::new();
                write(&mut text, &claims)?;
                std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
                let changed = claims.iter().filter(|claim| !claim.supported).count();
                let (all, file) = (claims.len(), file.display());
                terminal.note(&format!("{all} claims, {changed} of them changed, in {file}"));
            }
            None => write(&mut io::stdout().lock(), &claims)?,
        }
        Ok(Code::Done)
    })
    .await
}

/// The chunks of the index.
fn sources(session: &Session) -> Vec<Source<'_>> {
    let chunks = session.index.chunks().iter();
    let sources = chunks.filter_map(|chunk| {
        let note = session.index.note(chunk.note)?;
        Some(Source {
            path: &note.path,
            line: chunk.lines.start,
            headings: &chunk.headings,
            text: &chunk.text,
        })
    });
    sources.collect()
}

fn write(out: &mut dyn Write, claims: &[Claim]) -> Result<()> {
    for claim in claims {
        writeln!(out, "{}", serde_json::to_string(claim)?)?;
    }
    Ok(())
}
