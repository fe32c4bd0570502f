//! The rows of one question and its answer.

use answer::{Sentence, Verdict, sanitize};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::Manner;
use crate::entry::{Entry, State};
use crate::markdown::Text;
use crate::theme::{Theme, mark, word};
use crate::wrap::{clip, wrap};

/// The order in which verdicts are summed up.
const VERDICTS: [Verdict; 5] =
    [Verdict::Supported, Verdict::Partly, Verdict::Unsupported, Verdict::Contradicted, Verdict::NotChecked];

/// The rows of an entry at a width, with an empty row above it and between its parts.
pub(crate) fn rows(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut rows = vec![Line::default()];
    rows.extend(question(entry, width, theme));
    let inner = width.saturating_sub(2);
    let warnings = entry
        .warnings
        .iter()
        .flat_map(|warning| wrap(&Line::styled(format!("! {warning}"), theme.notice()), inner, 2));
    let parts = [
        thoughts(entry, inner, theme),
        answer(entry, inner, theme),
        untold(entry, inner, theme),
        disagreements(entry, inner, theme),
        ending(entry, inner, theme),
        warnings.collect(),
    ];
    for part in parts {
        if !part.is_empty() {
            rows.push(Line::default());
            rows.extend(part.into_iter().map(indented));
        }
    }
    rows.push(Line::default());
    rows
}

fn question(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut rows = Vec::new();
    for (nth, line) in entry.question.split('\n').enumerate() {
        let mark = if nth == 0 { Span::styled("› ", theme.accent().patch(bold)) } else { Span::raw("  ") };
        rows.extend(wrap(&Line::from(vec![mark, Span::styled(line, bold)]), width, 2));
    }
    if entry.manner == Manner::Alone {
        rows.push(indented(Line::styled(
            clip("without your notes", width.saturating_sub(2)),
            theme.notice(),
        )));
    }
    if let Some(searched) = &entry.searched {
        let line = Line::styled(format!("understood as: {searched}"), theme.dim());
        rows.extend(wrap(&line, width.saturating_sub(2), 0).into_iter().map(indented));
    }
    rows
}

/// What the model thought aloud: a row that says so, or all of it.
fn thoughts(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let words = entry.thought.split_whitespace().count();
    if words == 0 {
        return Vec::new();
    }
    if !entry.unfolded {
        return vec![Line::styled(clip("▸ thoughts · Ctrl+T unfolds", width), theme.dim())];
    }
    let text = entry
        .thought
        .trim()
        .lines()
        .map(|line| wrap(&Line::styled(format!("  {line}"), theme.dim()), width, 2));
    std::iter::once(Line::styled("▾ thoughts, not part of the answer", theme.dim()))
        .chain(text.flatten())
        .collect()
}

/// The checked sentences with their marks, and then the draft.
fn answer(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut text = Text::default();
    for (nth, sentence) in entry.sentences.iter().enumerate() {
        let lead = match (nth, sentence.lead.as_str()) {
            (0, lead) => lead.trim_start_matches(['\n', ' ']),
            (_, "") => " ",
            (_, lead) => lead,
        };
        text.push_markdown(&format!("{lead}{}", sentence.text.trim_end()), Style::new(), theme);
        push_marks(&mut text, sentence, theme);
    }
    let draft = sanitize(&entry.draft);
    let draft = if entry.sentences.is_empty() { draft.trim_start() } else { draft.as_ref() };
    if !draft.trim().is_empty() {
        text.push_markdown(draft.trim_end(), theme.draft(), theme);
    }
    text.rows(width)
}

/// The mark of the verdict and the numbers of the citations, tied to the last word.
fn push_marks(text: &mut Text, sentence: &Sentence, theme: Theme) {
    text.push("\u{a0}", Style::new());
    text.push(mark(sentence.verdict), theme.verdict(sentence.verdict));
    for n in &sentence.citations {
        text.push(&format!("[{n}]"), theme.citation());
    }
    if is_corrected(sentence) {
        text.push(CORRECTED, theme.dim());
    }
}

/// Behind citations that the model had named otherwise.
const CORRECTED: &str = "*";

fn is_corrected(sentence: &Sentence) -> bool {
    sentence.corrected && !sentence.citations.is_empty()
}

/// What the question wants and the answer does not seem to tell.
fn untold(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let line = |says: &String| wrap(&Line::styled(format!("! {says}"), theme.notice()), width, 2);
    entry.untold.as_ref().map_or_else(Vec::new, line)
}

/// Where the notes contradict each other, both sides with their lines and dates.
fn disagreements(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    for conflict in &entry.conflicts {
        let what = format!("≠ The notes disagree: {}", conflict.in_short());
        rows.extend(wrap(&Line::styled(what, theme.notice()), width, 2));
        for side in [&conflict.a, &conflict.b] {
            let date = side.date.as_deref().map(|date| format!(" · {date}")).unwrap_or_default();
            let reported = if side.reported { " · what others say" } else { "" };
            let place = format!("  {}:{}{date}{reported}", side.path, side.lines);
            rows.push(Line::styled(clip(&place, width), theme.dim()));
            let quote = side.quote.trim_start_matches(['-', '*', '+', ' ']);
            rows.extend(wrap(&Line::from(format!("  {quote}")), width, 2));
        }
    }
    rows
}

/// What there is to say after the answer.
fn ending(entry: &Entry, width: usize, theme: Theme) -> Vec<Line<'static>> {
    match &entry.state {
        State::Answered { by, total_ms, cut_short, dropped } => {
            let mut rows = summary(entry, by, *total_ms, width, theme);
            if *cut_short {
                rows.extend(wrap(
                    &Line::styled("! cut short: the answer broke off here", theme.notice()),
                    width,
                    2,
                ));
            }
            if *dropped > 0 {
                let said = format!("{dropped} of the passages did not fit into the prompt");
                rows.extend(wrap(&Line::styled(said, theme.dim()), width, 0));
            }
            rows
        }
        State::Declined(reason) => refusal(entry, reason, width, theme),
        State::Failed { message, hint, quotable } => {
            let mut rows = wrap(&Line::styled(format!("✗ {message}"), theme.error()), width, 2);
            if let Some(hint) = hint {
                rows.extend(wrap(&Line::from(format!("→ {hint}")), width, 2));
            }
            if *quotable {
                rows.extend(wrap(&Line::raw("→ Ctrl+Q answers it with quotes of your notes"), width, 2));
            }
            rows
        }
        State::Cancelled => {
            let unchecked = if entry.draft.trim().is_empty() { "" } else { "; the end was not checked" };
            wrap(&Line::styled(format!("■ stopped{unchecked}"), theme.dim()), width, 2)
        }
        _ => Vec::new(),
    }
}

fn summary(entry: &Entry, by: &str, total_ms: u64, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut spans = Vec::new();
    for verdict in VERDICTS {
        let count = entry.count(verdict);
        if count > 0 {
            spans.push(Span::styled(mark(verdict), theme.verdict(verdict)));
            spans.push(Span::styled(
                format!("\u{a0}{count}\u{a0}{}   ", word(verdict).replace(' ', "\u{a0}")),
                theme.dim(),
            ));
        }
    }
    let corrected = entry.sentences.iter().filter(|sentence| is_corrected(sentence)).count();
    if corrected > 0 {
        let said = format!("{CORRECTED}\u{a0}{corrected}\u{a0}citations\u{a0}corrected   ");
        spans.push(Span::styled(said, theme.dim()));
    }
    spans.push(Span::styled(format!("{by} · {}", seconds(total_ms)), theme.dim()));
    wrap(&Line::from(spans), width, 0)
}

fn refusal(entry: &Entry, reason: &str, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut rows =
        vec![Line::from(vec![Span::styled("∅ ", theme.notice()), Span::styled("Not in your notes", bold)])];
    rows.extend(wrap(&Line::from(format!("  {reason}")), width, 2));
    if !entry.passages.is_empty() {
        rows.extend([Line::default(), Line::styled("  Nearest", theme.dim())]);
    }
    for source in entry.sources().iter().take(3) {
        let number = source.number.unwrap_or(source.rank).to_string();
        let place = clip(&source.place(), width.saturating_sub(5));
        let left = width.saturating_sub(7 + crate::wrap::width(&place));
        rows.push(Line::from(vec![
            Span::styled(format!("  {number}  "), theme.citation()),
            Span::raw(place),
            Span::styled(format!("  {}", clip(&source.headings, left)), theme.dim()),
        ]));
    }
    rows
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

fn indented(mut line: Line<'static>) -> Line<'static> {
    if !line.spans.is_empty() {
        line.spans.insert(0, Span::raw("  "));
    }
    line
}
