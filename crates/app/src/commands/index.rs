//! `footnote index`: brings the index up to date, watches, checks.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use index::{BuildReport, Embedder, FileState};

use super::blocking;
use crate::cli::Index;
use crate::config::Config;
use crate::embedding;
use crate::exit::{Code, Exit};
use crate::output::{Terminal, Voice as _};
use crate::session::{build_index, left_out};

/// How often `--watch` looks at the folder.
const LOOK: Duration = Duration::from_secs(2);

pub(super) async fn run(args: Index, config: Config, terminal: Arc<Terminal>) -> Result<Code> {
    if args.check {
        return blocking(move || check(&config)).await;
    }
    let voice = Arc::clone(&terminal);
    let (config, embedder, report) = blocking(move || {
        let embedder = embedding::open(&config, voice.as_ref())?;
        let report = build_index(&config, embedder.as_ref(), args.rebuild, voice.as_ref())?;
        Ok((config, embedder, report))
    })
    .await?;
    tell(&report, &terminal);
    if args.watch {
        watch(Arc::new(config), &embedder, &terminal).await?;
    }
    Ok(Code::Done)
}

fn tell(report: &BuildReport, terminal: &Terminal) {
    let BuildReport { generation, notes, chunks, embedded, reused, .. } = report;
    let seconds = report.elapsed.as_secs_f64();
    if report.up_to_date {
        terminal.note(&format!("Up to date: {notes} notes, {chunks} chunks (generation {generation})"));
    } else {
        terminal.note(&format!(
            "Indexed {notes} notes, {chunks} chunks (generation {generation}): {embedded} embedded, {reused} kept, {seconds:.1} s"
        ));
    }
}

/// Builds again whenever something changed. Looks rather than listens: a look at some thousand files takes milliseconds,
/// works on every file system, and misses nothing. Runs until Ctrl-C.
async fn watch(config: Arc<Config>, embedder: &Arc<dyn Embedder>, terminal: &Arc<Terminal>) -> Result<()> {
    terminal.note(&format!("Watching {} (Ctrl-C ends)", config.notes.display()));
    loop {
        tokio::time::sleep(LOOK).await;
        let (config, embedder, voice) = (Arc::clone(&config), Arc::clone(embedder), Arc::clone(terminal));
        let built = blocking(move || {
            let same = match index::Index::open(&config.index, embedder.as_ref()) {
                Ok(index) => {
                    let left_out = left_out(&config, embedder.as_ref());
                    index::changes(&index, &config.notes, &left_out).is_ok_and(|changes| changes.is_empty())
                }
                Err(_) => false,
            };
            if same {
                Ok(None)
            } else {
                build_index(&config, embedder.as_ref(), false, voice.as_ref()).map(Some)
            }
        });
        match built.await {
            Ok(Some(report)) if !report.up_to_date => tell(&report, terminal),
            Ok(_) => {}
            // A folder that cannot be read just now may be readable at the next look.
            Err(error) => terminal.warning(&format!("{error:#}")),
        }
    }
}

fn check(config: &Config) -> Result<Code> {
    let check = index::check(&config.index).map_err(|error| {
        Exit::new(Code::Index, error.to_string())
            .hint("`footnote index --rebuild` makes it again from the notes")
    })?;
    let mut out = io::stdout().lock();
    writeln!(out, "generation {} in {}", check.generation, check.folder.display())?;
    for file in &check.files {
        let state = match &file.state {
            FileState::Ok => "ok".into(),
            FileState::Missing => "missing".into(),
            FileState::Damaged(why) => format!("damaged: {why}"),
        };
        writeln!(out, "{:28} {}", file.name, notes::sanitize_line(&state))?;
    }
    if check.is_ok() {
        return Ok(Code::Done);
    }
    Err(Exit::new(Code::Index, "the index is damaged")
        .hint("`footnote index --rebuild` makes it again from the notes; vectors that are whole are kept")
        .into())
}
