//! `footnote aliases`: the names in the notes that mean the same, and where they say so.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Result;
use index::{Alias, AliasPlace, SameName, sanitize_line};
use serde_json::{Value, json};

use super::blocking;
use crate::cli::Aliases;
use crate::config::Config;
use crate::exit::Code;
use crate::output::{Look, Terminal, Voice as _};
use crate::session::Session;

/// The version that the JSON object carries.
const SCHEMA: u32 = 1;

pub(super) async fn run(args: Aliases, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    let look = Look { color: terminal.color() };
    let voice = Arc::clone(&terminal);
    let name = args.name.join(" ");
    let named = name.clone();
    let found = blocking(move || {
        let session = Session::open(&config, voice.as_ref())?;
        let aliases = session.index.aliases();
        Ok(if named.trim().is_empty() { aliases.list() } else { aliases.of(&named).into_iter().collect() })
    })
    .await?;
    let mut out = io::stdout().lock();
    if args.json {
        let names: Vec<Value> = found.iter().map(object).collect();
        writeln!(out, "{}", json!({ "schema": SCHEMA, "aliases": names }))?;
    } else {
        for alias in &found {
            writeln!(out, "{}", look.paint("1", &sanitize_line(&alias.name)))?;
            for same in &alias.same {
                writeln!(out, "  {}  {}", sanitize_line(&same.name), look.paint("2", &places(same)))?;
            }
        }
    }
    if found.is_empty() {
        terminal.note(&match name.trim() {
            "" => "no note says that two names mean the same".to_owned(),
            name => format!("no note says that anything means the same as {}", sanitize_line(name)),
        });
        return Ok(Code::NotInNotes);
    }
    Ok(Code::Done)
}

fn object(Alias { name, same }: &Alias) -> Value {
    let place = |AliasPlace { path, line, source }: &AliasPlace| json!({ "path": path, "line": line, "source": source.code() });
    let same = same.iter().map(|SameName { name, places }| {
        json!({ "name": name, "places": places.iter().map(place).collect::<Vec<_>>() })
    });
    json!({ "name": name, "same": same.collect::<Vec<_>>() })
}

/// The first places that say so, for people.
fn places(same: &SameName) -> String {
    let shown =
        same.places.iter().take(3).map(|place| format!("{}:{}", sanitize_line(&place.path), place.line));
    match shown.collect::<Vec<_>>().as_slice() {
        [] => "follows from the others".into(),
        shown => shown.join(", "),
    }
}
