//! `footnote eval --calibrate`: fits the bar of the gate to the user's own questions, and writes it where the configuration
//! finds it.
//!
//! A bar for each question language, and nothing else: scaling the log-odds as well (Platt's two parameters) would decide
//! the same, since they are compared with a bar and shown to nobody.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use index::eval::{Asked, Calibration, KEPT, Rates, calibrate};
use index::{Language, Query};
use serde_json::{Map, Value, json};

use super::abstention::evidence;
use super::lines::{Lines, Question};
use super::report::{put, show};
use crate::config::{Config, set_numbers};
use crate::exit::{Code, Exit};
use crate::output::{Terminal, Voice as _};
use crate::session::Session;

/// The languages, each with its name and the setting in `[gate]`.
const LANGUAGES: [(Language, &str, &str); 2] =
    [(Language::English, "English", "bar_en"), (Language::Chinese, "Chinese", "bar_zh")];

/// So many questions of a language that the notes answer are needed, and so many others: with fewer, one question in
/// twenty is a matter of luck.
const NEEDED: (usize, usize) = (40, 20);

/// Fits the bars to the questions of `lines`, prints what they do, and writes those that are better to `file`; where there
/// is none, nothing is written.
///
/// # Errors
/// When there are too few questions, the search fails, or `file` cannot be written.
pub(super) fn run(
    lines: &Lines,
    config: &Config,
    file: Option<&Path>,
    json: bool,
    terminal: &Terminal,
) -> Result<Code> {
    // Whether there can be enough is known before the model is loaded; which language each was asked in, after.
    let count = |kind| lines.questions.iter().filter(|question| question.is_answerable() == kind).count();
    if count(true) < NEEDED.0 || count(false) < NEEDED.1 {
        return Err(too_few(&[("all languages", (count(true), count(false)))]).into());
    }
    let session = Session::open(config, terminal)?;
    let by_language = ask(&session, config, &lines.questions)?;
    let mut fitted = Vec::new();
    let mut short = Vec::new();
    for (language, name, setting) in LANGUAGES {
        let asked = by_language.get(&language).map_or(&[][..], Vec::as_slice);
        let count = |kind| asked.iter().filter(|one| one.answerable == kind).count();
        if count(true) >= NEEDED.0 && count(false) >= NEEDED.1 {
            let calibration = calibrate(asked, f64::from(config.bars.of(language)));
            let n = (count(true), count(false));
            fitted.push(Fitted { language, name, setting, n, now: config.bars.of(language), calibration });
        } else if !asked.is_empty() {
            short.push((name, (count(true), count(false))));
        }
    }
    if fitted.is_empty() {
        return Err(too_few(&short).into());
    }
    if !short.is_empty() {
        terminal.warning(&format!("{}; left as it is", missing(&short)));
    }
    let numbers: Vec<(&str, f64)> = fitted.iter().filter_map(Fitted::number).collect();
    let written = file.filter(|_| !numbers.is_empty());
    if let Some(file) = written {
        write(file, &numbers)?;
    }
    let mut out = io::stdout().lock();
    if json {
        let groups: Map<String, Value> =
            fitted.iter().map(|it| (it.language.code().to_owned(), it.json())).collect();
        let written = written.map(|file| file.display().to_string());
        let object = json!({ "schema": super::SCHEMA, "calibration": groups, "written": written });
        writeln!(out, "{object}")?;
        return Ok(Code::Done);
    }
    write!(out, "{}", table(&fitted))?;
    match written {
        Some(file) => terminal.note(&format!("wrote {}", file.display())),
        None if numbers.is_empty() => terminal
            .note("no bar is better than the one in use by more than chance explains: nothing was changed"),
        None => terminal.note("nothing was written: leave out --dry-run"),
    }
    Ok(Code::Done)
}

/// Asks every question, and tells how far above the bar that the program comes with each lies. By the language that the
/// program takes it for, which is the one whose bar it meets.
fn ask(session: &Session, config: &Config, questions: &[Question]) -> Result<HashMap<Language, Vec<Asked>>> {
    let mut by_language: HashMap<Language, Vec<Asked>> = HashMap::new();
    let mut groups: HashMap<&str, usize> = HashMap::new();
    for question in questions {
        // Questions over one note belong together; one that no note answers stands alone.
        let key = question.paths.first().unwrap_or(&question.question);
        let next = groups.len();
        let group = *groups.entry(key).or_insert(next);
        let query = Query::new(question.question.clone(), config.passages);
        let (evidence, language) = evidence(&session.index, session, &query)?;
        let score = f64::from(evidence.above_bar());
        by_language.entry(language).or_default().push(Asked {
            score,
            answerable: question.is_answerable(),
            group,
        });
    }
    Ok(by_language)
}

fn too_few(of: &[(&str, (usize, usize))]) -> Exit {
    let (answered, others) = NEEDED;
    Exit::new(Code::Usage, missing(of)).hint(format!(
        "of a language, {answered} questions with \"paths\" that answer them and {others} with \"answerable\":false are needed"
    ))
}

/// What each language lacks, in words.
fn missing(of: &[(&str, (usize, usize))]) -> String {
    let lacks = |(name, (answered, others)): &(&str, (usize, usize))| {
        let (more, more_others) = (NEEDED.0.saturating_sub(*answered), NEEDED.1.saturating_sub(*others));
        let first = (more > 0).then(|| format!("{more} more that the notes answer"));
        let second = (more_others > 0).then(|| format!("{more_others} more that they do not"));
        let both: Vec<String> = first.into_iter().chain(second).collect();
        format!("{name}: {}", both.join(" and "))
    };
    let all: Vec<String> = of.iter().map(lacks).collect();
    format!("too few questions to calibrate on ({})", all.join("; "))
}

/// What was fitted for a language.
struct Fitted {
    language: Language,
    name: &'static str,
    setting: &'static str,
    /// Questions that the notes answer, and others.
    n: (usize, usize),
    /// What is added to the bar so far.
    now: f32,
    calibration: Calibration,
}

impl Fitted {
    /// The setting and its number, to two places; none where the one in use is as good.
    fn number(&self) -> Option<(&'static str, f64)> {
        self.calibration.better.then(|| (self.setting, self.rounded()))
    }

    fn rounded(&self) -> f64 {
        (self.calibration.bar.clamp(-20.0, 20.0) * 100.0).round() / 100.0
    }

    fn json(&self) -> Value {
        let rates = |of: &Rates| {
            let mut rates = Map::from_iter([("balanced_accuracy".to_owned(), json!(of.balanced_accuracy()))]);
            put(&mut rates, "answered", of.answered);
            put(&mut rates, "declined", of.declined);
            rates
        };
        let Calibration { now, then, better, .. } = &self.calibration;
        json!({
            "answerable": self.n.0, "unanswerable": self.n.1,
            "now": { "bar": (f64::from(self.now) * 100.0).round() / 100.0, "rates": rates(now) },
            "fitted": { "bar": self.rounded(), "rates": rates(then) },
            "better": better,
        })
    }
}

fn table(fitted: &[Fitted]) -> String {
    let mut table = format!(
        "calibration    n          bar   {:19}  {:19}  balanced accuracy\n",
        "answerable answered", "others declined"
    );
    for it in fitted {
        let mut row = |what: &str, n: &str, bar: f64, rates: &Rates| {
            let _ = writeln!(
                table,
                "{what:13}  {n:9} {bar:+5.2}   {:19}  {:19}  {:.3}",
                show(rates.answered),
                show(rates.declined),
                rates.balanced_accuracy()
            );
        };
        let Calibration { now, then, better, .. } = &it.calibration;
        row(it.name, &format!("{}+{}", it.n.0, it.n.1), f64::from(it.now), now);
        row(if *better { "  better" } else { "  no better" }, "", it.rounded(), then);
    }
    let _ = writeln!(
        table,
        "\nthe second row of a language is measured by cross-validation: each note's questions with the bar that the\n\
         others gave, which is the highest that answers {:.0} % of what the notes answer",
        KEPT * 100.0
    );
    table
}

/// Writes the numbers into `[gate]` of a config.toml, as a whole or not at all.
fn write(file: &Path, numbers: &[(&str, f64)]) -> Result<()> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
    };
    let edited = set_numbers(&text, "gate", numbers).ok_or_else(|| {
        let lines: Vec<String> =
            numbers.iter().map(|(name, number)| format!("{name} = {number:?}")).collect();
        let message = format!("cannot add to the table `gate` of {shown} as it is written there");
        Exit::new(Code::Usage, message).hint(format!("put into its [gate]: {}", lines.join(", ")))
    })?;
    // Through a link to the file itself, and as one step: it is written by hand, and precious.
    let target = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("cannot write {shown}");
    let mut fresh = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    fresh.write_all(edited.as_bytes()).with_context(failed)?;
    if let Ok(before) = std::fs::metadata(&target) {
        std::fs::set_permissions(fresh.path(), before.permissions()).with_context(failed)?;
    }
    fresh.persist(&target).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted() {
        let check = |of: &[(&str, (usize, usize))], expected: &str| assert!(missing(of).contains(expected));
        check(
            &[("English", (12, 3))],
            "(English: 28 more that the notes answer and 17 more that they do not)",
        );
        check(
            &[("English", (50, 3)), ("Chinese", (0, 20))],
            "(English: 17 more that they do not; Chinese: 40 more that the notes answer)",
        );
    }

    #[test]
    fn a_file_keeps_what_the_user_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        write(&file, &[("bar_en", 0.5)]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[gate]\nbar_en = 0.5\n");
        std::fs::write(&file, "gate = 7\n").unwrap();
        let error = Exit::of(write(&file, &[("bar_en", 0.5)]).unwrap_err());
        assert!(error.hint.is_some_and(|hint| hint.contains("bar_en = 0.5")));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "gate = 7\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
