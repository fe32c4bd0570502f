//! Footnotes: which lines of a passage a sentence rests on, and the numbers the answer gives them.

use std::ops::Range;

use index::{Lines, Passage};

use crate::Citation;

/// Hands out footnote numbers in the order in which an answer first needs them.
#[derive(Debug, Default)]
pub(crate) struct Footnotes {
    notes: Vec<Citation>,
}

impl Footnotes {
    /// The footnote for bytes `span` of a passage: its number, and the footnote itself when it is new or says more than
    /// before. Sentences of the same lines share one, whose quote reaches from the first to the last of them.
    pub(crate) fn cite(&mut self, passage: &Passage, span: Range<usize>) -> (u32, Option<Citation>) {
        let lines = lines_of(passage, &span);
        let quote = passage.text.get(span).unwrap_or(&passage.text).trim();
        // A long line may be cut into passages: the same lines, but another text, have a footnote of their own.
        let known = self.notes.iter_mut().find_map(|note| {
            let same = note.path == passage.path && note.lines == lines;
            let wider = same.then(|| spanning(&passage.text, &note.quote, quote)).flatten()?;
            Some((note, wider))
        });
        if let Some((note, wider)) = known {
            let widened = wider != note.quote;
            note.quote = wider.to_owned();
            return (note.n, widened.then(|| note.clone()));
        }
        let citation = Citation {
            n: u32::try_from(self.notes.len() + 1).unwrap_or(u32::MAX),
            passage: passage.rank,
            path: passage.path.clone(),
            lines,
            headings: passage.headings.clone(),
            quote: quote.to_owned(),
        };
        self.notes.push(citation.clone());
        (citation.n, Some(citation))
    }

    /// All footnotes, by number.
    pub(crate) fn into_citations(self) -> Vec<Citation> {
        self.notes
    }
}

/// The part of `text` that reaches from the one of two quotes to the other; none when it does not have both.
fn spanning<'a>(text: &'a str, a: &str, b: &str) -> Option<&'a str> {
    let place = |quote: &str| text.find(quote).map(|at| at..at + quote.len());
    let (a, b) = (place(a)?, place(b)?);
    text.get(a.start.min(b.start)..a.end.max(b.end))
}

/// The note's lines that bytes `span` of a passage's text stand on. Where the text is not the note's own bytes (HTML), the
/// lines of the whole passage.
pub(crate) fn lines_of(passage: &Passage, span: &Range<usize>) -> Lines {
    let breaks =
        |text: Option<&str>| text.map_or(0, |text| u32::try_from(text.matches('\n').count()).unwrap_or(0));
    let whole = passage.lines.end - passage.lines.start;
    if breaks(Some(passage.text.trim_end())) != whole {
        return passage.lines;
    }
    let start = passage.lines.start + breaks(passage.text.get(..span.start));
    Lines { start, end: start + breaks(passage.text.get(span.clone()).map(str::trim_end)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    #[test]
    fn footnotes_point_at_the_lines_of_the_quote() {
        let passage = passage(2, "a.md", "First line.\nSecond line\nruns on. Third.\n");
        let mut notes = Footnotes::default();
        let (n, new) = notes.cite(&passage, 12..33);
        let citation = new.unwrap();
        assert_eq!(
            (n, citation.lines.to_string().as_str(), citation.quote.as_str()),
            (1, "11-12", "Second line\nruns on. "[..20].trim_end())
        );
        assert_eq!(notes.cite(&passage, 0..11).0, 2);
        assert_eq!(notes.cite(&passage, 12..33), (1, None));
        assert_eq!(notes.into_citations().len(), 2);
    }

    #[test]
    fn sentences_of_one_line_share_a_footnote() {
        let passage = passage(1, "a.md", "First here. Second here. Third here.\nNext line.\n");
        let mut notes = Footnotes::default();
        assert_eq!(notes.cite(&passage, 0..11).0, 1);
        let (n, wider) = notes.cite(&passage, 25..36);
        assert_eq!((n, wider.unwrap().quote.as_str()), (1, "First here. Second here. Third here."));
        assert_eq!(notes.cite(&passage, 12..24), (1, None));
        assert_eq!(notes.cite(&passage, 37..47).0, 2);
        let all = notes.into_citations();
        assert_eq!((all.len(), all[0].lines.to_string().as_str()), (2, "10"));
    }

    #[test]
    fn html_is_cited_by_its_whole_passage() {
        let mut passage = passage(1, "a.html", "One.\nTwo.");
        passage.lines.end += 7;
        let (_, new) = Footnotes::default().cite(&passage, 5..9);
        assert_eq!(new.unwrap().lines, passage.lines);
    }
}
