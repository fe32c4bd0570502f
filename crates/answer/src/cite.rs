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
    /// The footnote for bytes `span` of a passage: its number, and the footnote itself when it is new.
    pub(crate) fn cite(&mut self, passage: &Passage, span: Range<usize>) -> (u32, Option<Citation>) {
        let lines = lines_of(passage, &span);
        let quote = passage.text.get(span).unwrap_or(&passage.text).trim();
        let same = |note: &&Citation| note.path == passage.path && note.lines == lines && note.quote == quote;
        if let Some(note) = self.notes.iter().find(same) {
            return (note.n, None);
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
    fn html_is_cited_by_its_whole_passage() {
        let mut passage = passage(1, "a.html", "One.\nTwo.");
        passage.lines.end += 7;
        let (_, new) = Footnotes::default().cite(&passage, 5..9);
        assert_eq!(new.unwrap().lines, passage.lines);
    }
}
