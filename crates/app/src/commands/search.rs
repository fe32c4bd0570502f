//! `footnote search`: the passages that matter, without an answer.

use std::io::{self, Write as _};
use std::sync::Arc;

use answer::resolve_follow_up;
use anyhow::Result;
use index::Query;

use super::{blocking, question};
use crate::cli::Search;
use crate::config::Config;
use crate::exit::Code;
use crate::output::{
    Look, Terminal, Voice as _, explain_json, passages_json, print_explained, print_passages,
};
use crate::session::{Session, unsearched};

pub(super) async fn run(args: Search, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let text = question::read(&args.question)?;
    let searched = resolve_follow_up(&text, question::before(&args.question).as_deref());
    let k = args.k.map_or(config.passages, usize::from);
    let query = Query { filter: question::filter(&args.filters)?, ..Query::new(searched.clone(), k) };
    let voice = Arc::clone(&terminal);
    let found = blocking(move || {
        let session = Session::open(&config, voice.as_ref())?;
        let found = session.index.search(session.embedder.as_ref(), &query);
        found.map_err(unsearched)
    })
    .await?;
    if let Some(error) = &found.explain.unranked {
        terminal.warning(&error.to_string());
    }
    let look = Look { color: terminal.color() };
    let mut out = io::stdout().lock();
    if args.json {
        let mut object = passages_json(&text, &searched, &found.passages);
        if args.explain {
            explain_json(&mut object, &found);
        }
        writeln!(out, "{object}")?;
    } else if args.explain {
        print_explained(&mut out, &text, &searched, &found, look)?;
    } else {
        if searched != text {
            terminal.note(&format!("understood as: {searched}"));
        }
        print_passages(&mut out, &found.passages, look)?;
    }
    if found.passages.is_empty() {
        terminal.note(found.explain.unmatched.as_deref().unwrap_or("no note matches"));
        return Ok(Code::NotInNotes);
    }
    Ok(Code::Done)
}
