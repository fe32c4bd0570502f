//! Which notes a question is asked of.

mod none;

use std::collections::HashSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::civil::Date;
use notes::NoteFile;

use crate::NoteRecord;

/// Narrows a question to some notes. What is empty or `None` narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Globs over the note's path; a note must match one of them. `*` stops at `/`, `**` does not. A pattern without
    /// `/` matches at any depth, and one that matches a folder takes all that is in it.
    pub paths: Vec<String>,
    /// Paths of notes that do not count, as they are: no globs.
    pub without: Vec<String>,
    /// Tags, with or without `#`, in any case; a note must have all of them. `ml` takes `ml/attention` as well.
    pub tags: Vec<String>,
    /// The first day, `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` for the first day of that month or year.
    pub since: Option<String>,
    /// The last day, `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` for the last day of that month or year.
    pub until: Option<String>,
}

/// Why a filter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not a glob.
    #[error(
        "cannot use the path pattern \"{pattern}\": {why}; put a backslash before [ ] {{ }} * ? to take them as they are"
    )]
    Path {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A day that no calendar has.
    #[error("there is no such day as \"{0}\"")]
    Day(String),
    /// Not a date.
    #[error("cannot use the date \"{0}\": write it as YYYY-MM-DD, YYYY-MM or YYYY")]
    Date(String),
    /// No day is in the range.
    #[error("no note can be from {since} or later and from {until} or earlier: swap the two dates")]
    Range {
        /// The first day.
        since: String,
        /// The last day.
        until: String,
    },
}

impl Filter {
    /// Whether it lets every note through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a note's path matches one of [`Self::paths`]; it does not where there are none.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn matches_path(&self, path: &str) -> Result<bool, FilterError> {
        Ok(!self.paths.is_empty() && globs(&self.paths)?.is_match(path))
    }

    /// Whether it can be used at all, before anything is searched.
    ///
    /// # Errors
    /// Names the pattern or date that is wrong.
    pub fn check(&self) -> Result<(), FilterError> {
        self.compile().map(drop)
    }

    /// Makes the filter ready for use.
    ///
    /// # Errors
    /// Names the pattern or date that is wrong.
    pub(crate) fn compile(&self) -> Result<Compiled, FilterError> {
        let paths = (!self.paths.is_empty()).then(|| globs(&self.paths)).transpose()?;
        let tags = self.tags.iter().map(|tag| normal(tag)).collect();
        let since = self
            .since
            .as_deref()
            .map(|text| day(text, Date::first_of_month, Date::first_of_year))
            .transpose()?;
        let until = self
            .until
            .as_deref()
            .map(|text| day(text, Date::last_of_month, Date::last_of_year))
            .transpose()?;
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(FilterError::Range { since: since.to_string(), until: until.to_string() });
        }
        let without = self.without.iter().cloned().collect();
        Ok(Compiled { paths, without, tags, since, until })
    }
}

/// `files` without those that match a glob of `leave_out`, and how many those are. A glob that means nothing leaves out
/// everything: what must not be read is not read by mistake.
pub(crate) fn without(files: Vec<NoteFile>, leave_out: &[String]) -> (Vec<NoteFile>, usize) {
    if leave_out.is_empty() {
        return (files, 0);
    }
    let total = files.len();
    let kept: Vec<NoteFile> = match globs(leave_out) {
        Ok(globs) => files.into_iter().filter(|file| !globs.is_match(&file.path)).collect(),
        Err(_) => Vec::new(),
    };
    let left_out = total - kept.len();
    (kept, left_out)
}

/// A filter that is known to be right.
pub(crate) struct Compiled {
    paths: Option<GlobSet>,
    without: HashSet<String>,
    tags: Vec<String>,
    since: Option<Date>,
    until: Option<Date>,
}

impl Compiled {
    /// Whether `note` is among those the question is asked of.
    pub(crate) fn allows(&self, note: &NoteRecord) -> bool {
        let path = self.paths.as_ref().is_none_or(|paths| paths.is_match(&note.path))
            && !self.without.contains(&note.path);
        let has = |tag: &String| {
            note.tags.iter().map(|own| normal(own)).any(|own| {
                own.strip_prefix(tag.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        path && self.tags.iter().all(has) && self.in_range(note)
    }

    /// A note without a date is in no range.
    fn in_range(&self, note: &NoteRecord) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let date = note.date.as_deref().and_then(|date| date.parse::<Date>().ok());
        date.is_some_and(|date| {
            self.since.is_none_or(|since| date >= since) && self.until.is_none_or(|until| date <= until)
        })
    }
}

fn normal(tag: &str) -> String {
    tag.trim().trim_start_matches('#').trim_end_matches('/').to_lowercase()
}

fn globs(patterns: &[String]) -> Result<GlobSet, FilterError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong = |error: globset::Error| FilterError::Path {
            pattern: pattern.clone(),
            why: error.kind().to_string(),
        };
        let from_root = pattern.strip_prefix("./").unwrap_or(pattern);
        let rest = from_root.trim_start_matches('/').trim_end_matches('/');
        let anywhere = !rest.contains('/') && rest.len() == from_root.trim_end_matches('/').len();
        let glob = if anywhere { format!("**/{rest}") } else { rest.to_owned() };
        for glob in [glob.clone(), format!("{glob}/**")] {
            set.add(
                GlobBuilder::new(&glob)
                    .literal_separator(true)
                    .backslash_escape(true)
                    .build()
                    .map_err(wrong)?,
            );
        }
    }
    set.build().map_err(|error| FilterError::Path { pattern: patterns.join(" "), why: error.to_string() })
}

/// The day that `text` names; `month` and `year` choose one when it names only these.
fn day(text: &str, month: fn(Date) -> Date, year: fn(Date) -> Date) -> Result<Date, FilterError> {
    let text = text.trim();
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |lens: &[usize]| {
        parts.iter().map(|part| part.len()).eq(lens.iter().copied())
            && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let parse = |text: String| text.parse::<Date>().ok();
    let date = if digits(&[4, 2, 2]) {
        parse(text.to_owned())
    } else if digits(&[4, 2]) {
        parse(format!("{text}-01")).map(month)
    } else if digits(&[4]) {
        parse(format!("{text}-01-01")).map(year)
    } else {
        None
    };
    date.ok_or_else(|| {
        let wrong = if digits(&[4, 2, 2]) { FilterError::Day } else { FilterError::Date };
        wrong(text.to_owned())
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use notes::Language;

    use super::*;

    pub(super) fn note(path: &str, tags: &[&str], date: Option<&str>) -> NoteRecord {
        NoteRecord {
            path: path.into(),
            title: path.into(),
            tags: tags.iter().map(|&tag| tag.into()).collect(),
            aliases: Vec::new(),
            date: date.map(Into::into),
            date_from_file: false,
            language: Language::English,
            chunks: 0..0,
            file_len: 0,
            modified_ns: 0,
            sha256: [0; 32],
        }
    }

    fn allows(filter: &Filter, note: &NoteRecord) -> bool {
        filter.compile().unwrap().allows(note)
    }

    #[test]
    fn paths() {
        let check = |pattern: &str, path: &str, expected| {
            let filter = Filter { paths: vec![pattern.into()], ..Filter::default() };
            assert_eq!(allows(&filter, &note(path, &[], None)), expected, "{pattern} on {path}");
        };
        check("attention/gqa.md", "attention/gqa.md", true);
        check("attention/*.md", "attention/gqa.md", true);
        check("attention/*.md", "attention/old/gqa.md", false);
        check("attention/**", "attention/old/gqa.md", true);
        check("attention", "attention/old/gqa.md", true);
        check("attention/", "attention/gqa.md", true);
        check("./attention", "attention/gqa.md", true);
        check("attention", "notes/attention/gqa.md", true);
        check("/attention", "notes/attention/gqa.md", false);
        check("/attention", "attention/gqa.md", true);
        check("attention", "attentions.md", false);
        check("*.md", "a/b/c.md", true);
        check("*.md", "a/b/c.org", false);
        check("{a,b}/*.md", "b/c.md", true);
        check(r"\[1\].md", "[1].md", true);
        check("注意力/*", "注意力/多头.md", true);
    }

    #[test]
    fn any_path_will_do() {
        let filter = Filter { paths: vec!["a.md".into(), "b.md".into()], ..Filter::default() };
        assert!(allows(&filter, &note("b.md", &[], None)));
        assert!(!allows(&filter, &note("c.md", &[], None)));
    }

    #[test]
    fn all_tags_must_be_there() {
        let check = |wanted: &[&str], tags: &[&str], expected| {
            let filter = Filter { tags: wanted.iter().map(|&tag| tag.into()).collect(), ..Filter::default() };
            assert_eq!(allows(&filter, &note("a.md", tags, None)), expected, "{wanted:?} on {tags:?}");
        };
        check(&["ml"], &["ml"], true);
        check(&["#ML"], &["ml"], true);
        check(&["ml"], &["ml/attention"], true);
        check(&["ml"], &["mlops"], false);
        check(&["ml/attention"], &["ml"], false);
        check(&["ml", "draft"], &["ml"], false);
        check(&["ml", "draft"], &["draft", "x", "ml"], true);
        check(&["注意力"], &["注意力"], true);
        check(&["ml"], &[], false);
    }

    #[test]
    fn dates() {
        let check = |since: Option<&str>, until: Option<&str>, date: Option<&str>, expected| {
            let filter =
                Filter { since: since.map(Into::into), until: until.map(Into::into), ..Filter::default() };
            assert_eq!(
                allows(&filter, &note("a.md", &[], date)),
                expected,
                "{since:?} {until:?} on {date:?}"
            );
        };
        check(None, None, None, true);
        check(Some("2024-05-02"), None, Some("2024-05-02"), true);
        check(Some("2024-05-02"), None, Some("2024-05-01"), false);
        check(Some("2024-05"), None, Some("2024-05-01"), true);
        check(Some("2024"), None, Some("2023-12-31"), false);
        check(None, Some("2024-05-02"), Some("2024-05-02"), true);
        check(None, Some("2024-02"), Some("2024-02-29"), true);
        check(None, Some("2024-02"), Some("2024-03-01"), false);
        check(None, Some("2024"), Some("2024-12-31"), true);
        check(Some("2024"), Some("2024"), Some("2024-06-15"), true);
        check(Some("2024"), None, None, false);
        check(None, Some("2024"), Some("no date"), false);
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let check = |filter: Filter, expected: &str| {
            assert_eq!(filter.compile().err().map(|error| error.to_string()).unwrap(), expected);
        };
        let path = |pattern: &str| Filter { paths: vec![pattern.into()], ..Filter::default() };
        let since = |text: &str| Filter { since: Some(text.into()), ..Filter::default() };
        check(
            path("a[b.md"),
            "cannot use the path pattern \"a[b.md\": unclosed character class; missing ']'; put a backslash before [ ] { } * ? to take them as they are",
        );
        check(
            since("yesterday"),
            "cannot use the date \"yesterday\": write it as YYYY-MM-DD, YYYY-MM or YYYY",
        );
        check(since("2024-13"), "cannot use the date \"2024-13\": write it as YYYY-MM-DD, YYYY-MM or YYYY");
        check(since("2024-02-30"), "there is no such day as \"2024-02-30\"");
        check(since("2024-2-3"), "cannot use the date \"2024-2-3\": write it as YYYY-MM-DD, YYYY-MM or YYYY");
        check(
            since("-024-02-03"),
            "cannot use the date \"-024-02-03\": write it as YYYY-MM-DD, YYYY-MM or YYYY",
        );
        check(
            Filter { until: Some("2023".into()), ..since("2024") },
            "no note can be from 2024-01-01 or later and from 2023-12-31 or earlier: swap the two dates",
        );
    }

    #[test]
    fn an_empty_filter_says_so() {
        assert!(Filter::default().is_empty());
        assert!(!Filter { tags: vec!["a".into()], ..Filter::default() }.is_empty());
    }
}
