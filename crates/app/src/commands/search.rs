//! `footnote search`: the passages that matter, without an answer.

use std::io::{self, Write as _};
use std::sync::Arc;

use answer::{Evidence, resolve_follow_up};
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
    let explain = args.explain;
    let (found, evidence) = blocking(move || {
        let session = Session::open(&config, voice.as_ref())?;
        let embedder = session.embedder.as_ref();
        let found = session.index.search(embedder, &query).map_err(unsearched)?;
        let gather = || {
            Evidence::gather(&query.text, &found, embedder)
                .map(|it| it.raised(config.bars.of(found.language)))
        };
        let evidence = explain.then(gather).transpose().map_err(|error| unsearched(error.into()))?;
        Ok((found, evidence))
    })
    .await?;
    if let Some(error) = &found.explain.unranked {
        terminal.warning(&error.to_string());
    }
    let look = Look { color: terminal.color() };
    let mut out = io::stdout().lock();
    if args.json {
        let mut object = passages_json(&text, &searched, &found.passages);
        if let Some(evidence) = &evidence {
            explain_json(&mut object, &found, evidence);
        }
        writeln!(out, "{object}")?;
    } else if let Some(evidence) = &evidence {
        print_explained(&mut out, &text, &searched, &found, evidence, look)?;
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
