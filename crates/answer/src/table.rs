//! Rows of tables, read together with their header: a row alone is a line of bare values.

use std::ops::Range;

use index::{Language, Passage};

/// What the sentence at bytes `span` of a passage says to a reader, on one line and without markup: a row of a table with
/// the header's words before its cells, `Model: BERT; Layers: 12`; anything else as it is. `None` for the header itself and
/// for what has nothing to say. `sentences` are all of the passage's.
pub(crate) fn readable(passage: &Passage, sentences: &[Range<usize>], span: &Range<usize>) -> Option<String> {
    let raw = passage.text.get(span.clone())?.trim();
    if !is_row(raw) {
        return Some(index::plain(raw)).filter(|text| !text.trim().is_empty());
    }
    if is_header(raw) {
        return None;
    }
    let values = cells(raw);
    let names = header(passage, sentences, span.start).unwrap_or_default();
    let named = |(at, value): (usize, &String)| match names.get(at).map(String::as_str) {
        None | Some("") => value.clone(),
        Some(name) if Language::of(name) == Language::Chinese => format!("{name}：{value}"),
        Some(name) => format!("{name}: {value}"),
    };
    let says = |value: &str| !matches!(value, "" | "-" | "–" | "—");
    let parts: Vec<String> = values.iter().enumerate().filter(|(_, value)| says(value)).map(named).collect();
    let stop = if Language::of(&parts.join(" ")) == Language::Chinese { "；" } else { "; " };
    (!parts.is_empty()).then(|| parts.join(stop))
}

/// Whether a sentence is a row of a table with bars at its side, or its header.
pub(crate) fn is_row(raw: &str) -> bool {
    raw.trim_start().starts_with('|')
}

/// Whether a row has the rule below it that makes it a header.
fn is_header(raw: &str) -> bool {
    raw.lines().skip(1).any(is_rule)
}

fn is_rule(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| "|-:+ ".contains(c))
}

/// The header's words for the row that starts at `start`: that of the nearest header above it, in the passage or in its lead.
fn header(passage: &Passage, sentences: &[Range<usize>], start: usize) -> Option<Vec<String>> {
    let rows =
        sentences.iter().rev().filter(|span| span.end <= start).map(|span| &passage.text[span.clone()]);
    // Only an unbroken run of rows is one table.
    let mut table = rows.take_while(|raw| is_row(raw)).peekable();
    let own = table.by_ref().find(|raw| is_header(raw));
    let whole = own.is_none();
    let lead = passage.lead.as_ref().map(|lead| lead.text.as_str());
    // Every sentence above is a row: the table began before the passage.
    let began_before = || {
        sentences.iter().take_while(|span| span.end <= start).all(|span| is_row(&passage.text[span.clone()]))
    };
    let header = own.or_else(|| lead.filter(|lead| whole && is_header(lead) && began_before()))?;
    header.lines().find(|line| is_row(line)).map(cells)
}

/// The cells of a row, without markup.
fn cells(row: &str) -> Vec<String> {
    let row = row.lines().next().unwrap_or_default().trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').filter(|cut| !cut.ends_with('\\')).unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in row.chars() {
        match c {
            '|' if !escaped => cells.push(String::new()),
            c => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
        escaped = c == '\\' && !escaped;
    }
    let plain = |cell: &String| index::plain(&cell.replace("\\|", "|")).replace('\n', " ").trim().to_owned();
    cells.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use index::{Lead, Lines};

    use super::*;
    use crate::testing::passage;

    fn all(passage: &Passage) -> Vec<String> {
        let sentences = index::sentences(&passage.text);
        sentences.iter().filter_map(|span| readable(passage, &sentences, span)).collect()
    }

    #[test]
    fn a_row_is_read_with_its_header() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(all(&passage(1, "a.md", text)), expected, "{text}");
        let table =
            "| Model | Layers | Notes |\n|---|--:|---|\n| **BERT** | 12 | a \\| b |\n| GPT | 96 | – |\n";
        check(table, &["Model: BERT; Layers: 12; Notes: a | b", "Model: GPT; Layers: 96"]);
        check("| 模型 | 层数 |\n|:--|--|\n| 甲 | 12 |", &["模型：甲；层数：12"]);
        check("| | BM25 |\n|---|---|\n| en | .93 |", &["en; BM25: .93"]);
        check("| a | b |\n|---|---|\n| 1 | 2 | 3 |", &["a: 1; b: 2; 3"]);
        check("| 1 | 2 |", &["1; 2"]);
        check("| org |\n|-----+---|\n| x |", &["org: x"]);
        check(
            "Words.\n\n| a |\n|---|\n| 1 |\n\nMore words.\n\n| 2 |\n",
            &["Words.", "a: 1", "More words.", "2"],
        );
        check("| |\n|---|\n| |", &[]);
        check("", &[]);
    }

    #[test]
    fn a_header_that_stands_before_the_passage_counts() {
        let lead = |text: &str| Some(Lead { lines: Lines { start: 3, end: 4 }, text: text.into() });
        let mut rest = passage(1, "a.md", "| BERT | 12 |\n| GPT | 96 |\n\nWords.\n\n| X | 1 |");
        rest.lead = lead("| Model | Layers |\n|---|---|");
        assert_eq!(all(&rest), ["Model: BERT; Layers: 12", "Model: GPT; Layers: 96", "Words.", "X; 1"]);
        rest.lead = lead("It has two parts:");
        assert_eq!(all(&rest)[0], "BERT; 12");
    }
}
