//! `footnote search`: the passages that matter, without an answer.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Result;
use index::Query;

use super::{blocking, question};
use crate::cli::Search;
use crate::config::Config;
use crate::exit::{Code, Exit};
use crate::output::{Look, Terminal, Voice as _, passages_json, print_passages};
use crate::session::Session;

pub(super) async fn run(args: Search, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let text = question::read(&args.question)?;
    let k = args.k.map_or(config.passages, usize::from);
    let query = Query { filter: question::filter(&args.filters)?, ..Query::new(text.clone(), k) };
    let voice = Arc::clone(&terminal);
    let found = blocking(move || {
        let session = Session::open(&config, voice.as_ref())?;
        let found = session.index.search(session.embedder.as_ref(), &query);
        found.map_err(|error| Exit::new(Code::Index, error.to_string()).into())
    })
    .await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", passages_json(&text, &found.passages))?;
    } else {
        print_passages(&mut out, &found.passages, Look { color: terminal.color() })?;
    }
    if found.passages.is_empty() {
        terminal.note("no note matches");
        return Ok(Code::NotInNotes);
    }
    Ok(Code::Done)
}
