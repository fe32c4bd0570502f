//! `footnote doctor`: what is wrong and how to mend it.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use answer::Generator as _;
use anyhow::Result;
use index::Index;

use super::blocking;
use crate::checker;
use crate::config::{Checker, Config};
use crate::embedding;
use crate::exit::{Code, Exit};
use crate::output::{Look, Silent, Terminal};
use crate::session::{alias_rules, left_out};
use crate::writer;

/// What was found out about one thing.
enum Finding {
    Good(String),
    /// Not wrong, but worth knowing.
    Note(String),
    /// What is wrong, how to mend it, and what a command that needs it would end with.
    Bad(String, Option<String>, Code),
}

use Finding::{Bad, Good, Note};

pub(super) async fn run(config: Config, files: Vec<String>, terminal: Arc<Terminal>) -> Result<Code> {
    let look = Look { color: terminal.color() };
    let mut worst = Code::Done;
    let mut show = |name: &str, finding: Finding| -> io::Result<()> {
        let mut out = io::stdout().lock();
        let name = format!("{name:<9}");
        match finding {
            Good(text) => writeln!(out, "{} {name} {}", look.paint("32", "ok     "), notes::sanitize(&text)),
            Note(text) => writeln!(out, "{} {name} {}", look.paint("33", "note   "), notes::sanitize(&text)),
            Bad(text, hint, code) => {
                if worst == Code::Done {
                    worst = code;
                }
                writeln!(out, "{} {name} {}", look.paint("31", "problem"), notes::sanitize(&text))?;
                hint.map_or(Ok(()), |hint| writeln!(out, "                  -> {}", notes::sanitize(&hint)))
            }
        }
    };
    show(
        "config",
        match files.as_slice() {
            [] => Note("no file: the defaults hold (`footnote config init` writes one)".into()),
            files => Good(files.join(", ")),
        },
    )?;
    show("notes", notes_folder(&config))?;
    if let Some(finding) = aliases(&config) {
        show("aliases", finding)?;
    }
    let whole = config.clone();
    // What is missing is told, not fetched.
    let (model, index) = blocking(move || Ok(model_and_index(&whole))).await?;
    show("model", model)?;
    show("index", index)?;
    for finding in endpoint(&config).await {
        show("endpoint", finding)?;
    }
    let whole = config.clone();
    if let Some(finding) = blocking(move || Ok(checker(&whole))).await? {
        show("checker", finding)?;
    }
    for line in writer::running(&config).await {
        show("endpoint", Note(line))?;
    }
    show("terminal", screen())?;
    Ok(worst)
}

fn notes_folder(config: &Config) -> Finding {
    let folder = config.notes.display();
    match std::fs::read_dir(&config.notes) {
        Ok(_) => Good(folder.to_string()),
        Err(error) => Bad(
            format!("{folder}: {error}"),
            Some("make the folder, or set `folder` under [notes] (or --notes) to the one you have".into()),
            Code::Usage,
        ),
    }
}

/// The user's own file of names; none when there is none.
fn aliases(config: &Config) -> Option<Finding> {
    let file = config.aliases.path.display();
    match alias_rules(config) {
        Ok((_, wrong)) if wrong.is_empty() => config.aliases.path.is_file().then(|| Good(file.to_string())),
        Ok((_, wrong)) => {
            let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            Some(Note(format!("{}; the other lines of it hold", lines.join("\n                   "))))
        }
        Err(error) => {
            let Exit { code, message, hint } = Exit::of(error);
            Some(Bad(message.unwrap_or_default(), hint, code))
        }
    }
}

/// Who is asked about sentences that are not sure; none when nobody is.
fn checker(config: &Config) -> Option<Finding> {
    let writes = config.generator != "extractive";
    Some(match &config.checker {
        Checker::None => return None,
        Checker::Model if writes => {
            Good(format!("the model that writes, for {} s an answer at most", config.checker_seconds))
        }
        Checker::Model => Note("the model that writes; quotes of the notes, as now, need no check".into()),
        Checker::Folder(folder) => {
            // What is missing is told, not fetched.
            let offline = Config { offline: true, ..config.clone() };
            match checker::open(&offline, folder, &Silent) {
                Ok(_) => Good(folder.display().to_string()),
                Err(error) => Bad(error.to_string(), Some(error.hint()), Code::Usage),
            }
        }
    })
}

fn model_and_index(config: &Config) -> (Finding, Finding) {
    let offline = config.offline || config.embedding.server.is_none();
    let embedder = match embedding::open(&Config { offline, ..config.clone() }, &Silent) {
        Ok(embedder) => embedder,
        Err(error) => {
            let Exit { code, message, hint } = Exit::of(error);
            let hint = hint.or_else(|| Some("run `footnote setup`".into()));
            let bad = Bad(message.unwrap_or_default(), hint, code);
            return (bad, Note("cannot be looked at without the model".into()));
        }
    };
    let place = match &config.embedding.server {
        None => "",
        Some(_) if embedder.is_remote() => "REMOTE ",
        Some(_) => "LOCAL ",
    };
    let model = Good(format!("{place}{}", embedder.id()));
    let index = match Index::open(&config.index, embedder.as_ref()) {
        Ok(index) => match index::changes(&index, &config.notes, &left_out(config, embedder.as_ref())) {
            Ok(changes) if !changes.is_empty() => {
                let count = changes.count();
                Note(format!("{count} notes changed since it was made: `footnote index` takes them in"))
            }
            _ => Good(format!("{} notes, {} chunks", index.note_count(), index.chunk_count())),
        },
        Err(index::OpenError::Missing { .. }) => Note("none yet: `footnote index` makes it".into()),
        Err(error) => {
            Bad(error.to_string(), Some("`footnote index --rebuild` makes it anew".into()), Code::Index)
        }
    };
    (model, index)
}

/// Whether the configured endpoint can be reached, has the model, and what that takes.
async fn endpoint(config: &Config) -> Vec<Finding> {
    let endpoint = match writer::endpoint(config) {
        Ok(Some(endpoint)) => endpoint,
        Ok(None) => return vec![Good("none needed: answers are quoted from the notes".into())],
        Err(error) => {
            let Exit { code, message, hint } = Exit::of(error);
            return vec![Bad(message.unwrap_or_default(), hint, code)];
        }
    };
    let origin = endpoint.origin();
    if writer::leave(config, &endpoint).is_some_and(|leave| !leave.is_given()) {
        let hint = "run `footnote` in a terminal and say yes, or give --allow-remote";
        let text = format!("{origin} is on another machine, and nobody agreed yet that passages go there");
        return vec![Bad(text, Some(hint.into()), Code::Endpoint)];
    }
    let place = if endpoint.is_remote() { "REMOTE" } else { "LOCAL" };
    let mut findings = match endpoint.models().await {
        Err(failure) => return vec![Bad(failure.message, failure.hint, Code::Endpoint)],
        Ok(models) => {
            let model = endpoint.model().unwrap_or_default();
            let there =
                models.iter().any(|name| name == model || name.strip_suffix(":latest") == Some(model));
            match models.as_slice() {
                // A server of one model takes any name for it.
                _ if there || models.len() <= 1 => vec![Good(format!("{place} {origin}, model {model}"))],
                models => {
                    let names: Vec<&str> = models.iter().take(8).map(String::as_str).collect();
                    let hint = format!("set `model` under [endpoint] to one it has: {}", names.join(", "));
                    vec![Bad(format!("{origin} has no model {model}"), Some(hint), Code::Endpoint)]
                }
            }
        }
    };
    findings.push(match endpoint.window().await {
        Some(window) => Good(format!("context window of {window} tokens")),
        None => Note(
            "it does not tell its context window: set `context` under [endpoint], or 4096 is taken".into(),
        ),
    });
    findings
}

fn screen() -> Finding {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Note("none here: `footnote ask` needs none, the chat does".into());
    }
    let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    match utf8 {
        Some(name) if name.to_lowercase().replace('-', "").contains("utf8") => Good(name),
        Some(name) => {
            Note(format!("the locale is {name}: Chinese may come out garbled; a UTF-8 locale shows it"))
        }
        None => Good("a terminal".into()),
    }
}
