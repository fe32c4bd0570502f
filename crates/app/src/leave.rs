//! Leave to send notes to another machine: asked for once, and remembered for one origin and one purpose.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::config::{KeySource, user_config};
use crate::exit::{Code, Exit};

/// What is sent, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The question and its passages, for an answer.
    Answers,
    /// Every note and every question, for vectors.
    Vectors,
}

/// Something that is to leave for another machine.
pub(crate) struct Leave<'a> {
    /// `https://host:port`.
    pub(crate) origin: String,
    pub(crate) purpose: Purpose,
    /// The settings say that nobody need be asked.
    pub(crate) allowed: bool,
    pub(crate) key: &'a KeySource,
}

impl Leave<'_> {
    /// Whether the user agreed: now, in the settings, or once before.
    pub(crate) fn is_given(&self) -> bool {
        self.allowed
            || std::fs::read_to_string(consents())
                .is_ok_and(|text| text.lines().any(|line| line.trim() == self.line()))
    }

    /// Asks whether it may go. Asks nothing where it may already, or where nobody can be asked: then [`refusal`] is due.
    ///
    /// [`refusal`]: Self::refusal
    ///
    /// # Errors
    /// When the user says no, or the answer cannot be remembered.
    pub(crate) fn ask(&self) -> Result<()> {
        if self.is_given() || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(());
        }
        let origin = &self.origin;
        let mut out = io::stderr().lock();
        write!(
            out,
            "{origin} is on another machine. {}{}. Keys and passwords in them are masked, and notes under `private` stay \
             here.\nSend them to {origin}, from now on? [y/N] ",
            self.what(),
            self.key()
        )?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Err(Exit::new(Code::Endpoint, format!("nothing was sent to {origin}"))
                .hint(self.instead())
                .into());
        }
        self.remember()
    }

    /// Nobody agreed.
    pub(crate) fn refusal(&self) -> Exit {
        let what = match self.purpose {
            Purpose::Answers => "passages go",
            Purpose::Vectors => "notes go",
        };
        Exit::new(Code::Endpoint, format!("nobody agreed yet that {what} to {}", self.origin)).hint(format!(
            "run `footnote` in a terminal and say yes once, give --allow-remote, or {}",
            self.instead()
        ))
    }

    /// What to do without it.
    pub(crate) fn instead(&self) -> &'static str {
        match self.purpose {
            Purpose::Answers => "use --generator extractive",
            Purpose::Vectors => "set `endpoint = \"none\"` under [embedding]",
        }
    }

    fn what(&self) -> &'static str {
        match self.purpose {
            Purpose::Answers => "Each question sends there: the question, and the passages found for it",
            Purpose::Vectors => {
                "To have them embedded, all notes are sent there, and each question with the sentences found for it"
            }
        }
    }

    fn key(&self) -> String {
        match self.key {
            KeySource::Env(name) if std::env::var_os(name).is_some() => format!(", and the key in {name}"),
            KeySource::File(_) | KeySource::Command(_) => ", and your key".to_owned(),
            KeySource::Env(_) | KeySource::Withheld => String::new(),
        }
    }

    fn line(&self) -> String {
        match self.purpose {
            Purpose::Answers => self.origin.clone(),
            Purpose::Vectors => format!("{} embeddings", self.origin),
        }
    }

    fn remember(&self) -> Result<()> {
        let file = consents();
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .with_context(|| format!("cannot write {}", file.display()))?;
        writeln!(file, "{}", self.line()).context("cannot remember the answer")
    }
}

/// Where it is remembered to whom notes may go: a line each, the origin and, for vectors, `embeddings`.
fn consents() -> PathBuf {
    user_config().with_file_name("remote-endpoints.txt")
}
