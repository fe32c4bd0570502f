//! stderr: errors, hints, warnings, progress. Readable without colour.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Color;

/// How the program talks. Cheap to share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
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
        }
    }

    /// Whether answers on stdout are coloured.
    pub(crate) fn color(self) -> bool {
        self.color_out
    }

    pub(crate) fn error(self, message: &str, hint: Option<&str>) {
        self.line("error", "31", message);
        if let Some(hint) = hint {
            self.line("hint", "36", hint);
        }
    }

    pub(crate) fn warning(self, message: &str) {
        if !self.quiet {
            self.line("warning", "33", message);
        }
    }

    pub(crate) fn hint(self, message: &str) {
        if !self.quiet {
            self.line("hint", "36", message);
        }
    }

    /// Something done.
    pub(crate) fn note(self, message: &str) {
        if !self.quiet {
            self.raw(&notes::sanitize(message));
        }
    }

    /// Something for those who want to know more.
    pub(crate) fn detail(self, message: &str) {
        if self.verbose {
            self.raw(&notes::sanitize(message));
        }
    }

    /// A progress bar with counts and the time left; none where nobody watches.
    pub(crate) fn bar(self, doing: &'static str) -> Option<ProgressBar> {
        if self.quiet || !io::stderr().is_terminal() {
            return None;
        }
        let style = ProgressStyle::with_template("{msg:>10} {bar:32} {human_pos}/{human_len}  {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━━─");
        let bar = ProgressBar::new(0).with_style(style).with_message(doing);
        Some(bar)
    }

    fn line(self, word: &str, color: &str, message: &str) {
        let message = notes::sanitize(message);
        if self.color_err {
            self.raw(&format!("\x1b[1;{color}m{word}\x1b[0m: {message}"));
        } else {
            self.raw(&format!("{word}: {message}"));
        }
    }

    fn raw(self, line: &str) {
        // When stderr is gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{line}");
    }
}
