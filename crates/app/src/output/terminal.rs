//! stderr: errors, hints, warnings, progress. Readable without colour.

use std::io::{self, IsTerminal as _, Write as _};

use std::sync::Mutex;

use index::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Color;

/// Who hears of what happens on the way: the terminal, or the chat screen.
pub(crate) trait Voice: Sync {
    /// Something done.
    fn note(&self, message: &str);
    /// Something is not as it should be.
    fn warning(&self, message: &str);
    /// What to do next.
    fn hint(&self, message: &str);
    /// How far a build is; `None` when it ended.
    fn progress(&self, progress: Option<Progress>);
}

/// Tells nobody.
pub(crate) struct Silent;

impl Voice for Silent {
    fn note(&self, _: &str) {}
    fn warning(&self, _: &str) {}
    fn hint(&self, _: &str) {}
    fn progress(&self, _: Option<Progress>) {}
}

/// How the program talks on stderr.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// The bar that is shown, and what it counts.
    bar: Mutex<Option<(&'static str, ProgressBar)>>,
    color_out: bool,
    color_err: bool,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    pub(crate) fn new(color: Color, quiet: bool, verbose: bool) -> Self {
        // https://no-color.org: set and not empty means no colour, unless a flag asks for it.
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let decide = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !no_color,
        };
        Self {
            color_out: decide(io::stdout().is_terminal()),
            color_err: decide(io::stderr().is_terminal()),
            quiet,
            verbose,
            bar: Mutex::new(None),
        }
    }

    /// Whether answers on stdout are coloured.
    pub(crate) fn color(&self) -> bool {
        self.color_out
    }

    /// Whether only what must be said is.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn error(&self, message: &str, hint: Option<&str>) {
        self.line("error", "31", message);
        for hint in hint.into_iter().flat_map(str::lines) {
            self.line("hint", "36", hint);
        }
    }

    /// Something for those who want to know more.
    pub(crate) fn detail(&self, message: &str) {
        if self.verbose {
            self.raw(&notes::sanitize(message));
        }
    }

    /// A bar with counts and the time left; none where nobody watches.
    fn bar(&self, doing: &'static str) -> Option<ProgressBar> {
        if self.quiet || !io::stderr().is_terminal() {
            return None;
        }
        let style = ProgressStyle::with_template("{msg:>10} {bar:32} {human_pos}/{human_len}  {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━━─");
        Some(ProgressBar::new(0).with_style(style).with_message(doing))
    }

    fn line(&self, word: &str, color: &str, message: &str) {
        let message = notes::sanitize(message);
        if self.color_err {
            self.raw(&format!("\x1b[1;{color}m{word}\x1b[0m: {message}"));
        } else {
            self.raw(&format!("{word}: {message}"));
        }
    }

    fn raw(&self, line: &str) {
        // When stderr is gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Voice for Terminal {
    fn note(&self, message: &str) {
        if !self.quiet {
            self.raw(&notes::sanitize(message));
        }
    }

    fn warning(&self, message: &str) {
        if !self.quiet {
            self.line("warning", "33", message);
        }
    }

    fn hint(&self, message: &str) {
        if !self.quiet {
            self.line("hint", "36", message);
        }
    }

    fn progress(&self, progress: Option<Progress>) {
        let Ok(mut shown) = self.bar.lock() else { return };
        let (doing, done, total) = match progress {
            Some(Progress::Reading { done, total }) => ("Reading", done, total),
            Some(Progress::Embedding { done, total }) => ("Embedding", done, total),
            Some(Progress::Waiting { seconds }) => {
                ("Waiting", 0, usize::try_from(seconds).unwrap_or(usize::MAX))
            }
            Some(Progress::Writing) => ("Writing", 1, 1),
            None => ("", 0, 0),
        };
        if let Some((_, bar)) = shown.take_if(|(current, _)| *current != doing) {
            bar.finish_and_clear();
        }
        if progress.is_some() && shown.is_none() {
            *shown = self.bar(doing).map(|bar| (doing, bar));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }
}
