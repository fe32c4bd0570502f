//! Why a filter lets no note through.

use std::collections::BTreeSet;

use super::{Filter, FilterError, normal};
use crate::NoteRecord;

impl Filter {
    /// In a few words, which part of the filter no note of `notes` meets, with the tag that may have been meant; where each
    /// part is met by some note, that none meets all. `None` when a note comes through.
    ///
    /// # Errors
    /// Names the pattern or date that is wrong.
    pub(crate) fn why_none(&self, notes: &[NoteRecord]) -> Result<Option<String>, FilterError> {
        let passes =
            |filter: &Self| filter.compile().map(|compiled| notes.iter().any(|note| compiled.allows(note)));
        if notes.is_empty() || passes(self)? {
            return Ok(None);
        }
        for tag in &self.tags {
            if !passes(&Self { tags: vec![tag.clone()], ..Self::default() })? {
                let near = near_tag(tag, notes).map(|near| format!("; did you mean #{near}?"));
                let tag = tag.trim().trim_start_matches('#');
                return Ok(Some(format!("no note has the tag #{tag}{}", near.unwrap_or_default())));
            }
        }
        if !passes(&Self { paths: self.paths.clone(), ..Self::default() })? {
            return Ok(Some(format!("no note's path matches {}", self.paths.join(" or "))));
        }
        let days = Self { since: self.since.clone(), until: self.until.clone(), ..Self::default() };
        if !passes(&days)? {
            let since = self.since.iter().map(|day| format!(" from {day} on"));
            let until = self.until.iter().map(|day| format!(" up to {day}"));
            return Ok(Some(format!("no note is dated{}", since.chain(until).collect::<String>())));
        }
        Ok(Some("no note meets all of the filters together".into()))
    }
}

/// The tag of the notes that is most like `tag`, if one is: a typing mistake or two away.
fn near_tag(tag: &str, notes: &[NoteRecord]) -> Option<String> {
    let tag = normal(tag);
    let known: BTreeSet<String> = notes.iter().flat_map(|note| &note.tags).map(|own| normal(own)).collect();
    let far = |own: &String| strsim::damerau_levenshtein(own, &tag);
    known.into_iter().min_by_key(far).filter(|near| far(near) * 3 <= tag.chars().count().max(3))
}

#[cfg(test)]
mod tests {
    use super::super::tests::note;
    use super::*;

    #[test]
    fn the_part_that_nothing_meets_is_named() {
        let notes = [
            note("attention/gqa.md", &["attention", "ml"], Some("2024-05-01")),
            note("training/lora.md", &["training"], Some("2023-01-01")),
        ];
        let check = |tags: &[&str], paths: &[&str], since: Option<&str>, expected: Option<&str>| {
            let own = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
            let filter = Filter {
                paths: own(paths),
                tags: own(tags),
                since: since.map(Into::into),
                ..Filter::default()
            };
            assert_eq!(filter.why_none(&notes).unwrap().as_deref(), expected);
        };
        check(&["ml"], &["attention"], None, None);
        check(&[], &[], None, None);
        check(&["#atention"], &[], None, Some("no note has the tag #atention; did you mean #attention?"));
        check(&["cooking"], &[], None, Some("no note has the tag #cooking"));
        check(&["ml"], &["atention/*", "x"], None, Some("no note's path matches atention/* or x"));
        check(&["ml"], &[], Some("2025"), Some("no note is dated from 2025 on"));
        check(&["ml"], &["training"], None, Some("no note meets all of the filters together"));
    }

    #[test]
    fn without_notes_the_filter_is_not_to_blame() {
        let filter = Filter { tags: vec!["ml".into()], ..Filter::default() };
        assert_eq!(filter.why_none(&[]), Ok(None));
    }
}
