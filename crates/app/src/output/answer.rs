//! Answers and passages as text on stdout.

use std::io::{self, Write};

use answer::{
    Answer, Citation, Conflict, Nearby, Passage, Refusal, Sentence, Verdict, sanitize, sanitize_line,
};

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) color: bool,
}

impl Look {
    pub(crate) fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The word and the colour of a verdict; a supported sentence needs no word.
pub(super) fn verdict(sentence: &Sentence) -> Option<(&'static str, &'static str)> {
    match sentence.verdict {
        Verdict::Supported => None,
        Verdict::Partly => Some(("partly supported", "33")),
        Verdict::Unsupported => Some(("not in the notes", "31")),
        Verdict::Contradicted => Some(("the notes say otherwise", "31")),
        Verdict::NotChecked => Some(("not checked", "2")),
    }
}

/// Prints an answer: its sentences with marks, then its footnotes.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn print_answer(out: &mut dyn Write, answer: &Answer, look: Look) -> io::Result<()> {
    let mut text = String::new();
    // One word for all where all are alike; a word for each where they differ.
    let alike = answer.sentences.windows(2).all(|pair| pair[0].verdict == pair[1].verdict);
    for sentence in &answer.sentences {
        text.push_str(&sanitize(&sentence.lead));
        text.push_str(&sanitize(&sentence.text));
        let marks: String = sentence.citations.iter().map(|n| format!("[{n}]")).collect();
        if !marks.is_empty() {
            text.push(' ');
            text.push_str(&look.paint("36", &marks));
            if sentence.corrected {
                text.push_str(&look.paint("2", " (citation corrected)"));
            }
        }
        if let Some((word, color)) = verdict(sentence).filter(|_| !alike) {
            text.push(' ');
            text.push_str(&look.paint(color, &format!("({word})")));
        }
    }
    writeln!(out, "{}", text.trim())?;
    if answer.cut_short {
        writeln!(out, "{}", look.paint("33", "… (cut short)"))?;
    }
    if let Some((word, color)) = answer.sentences.first().and_then(verdict).filter(|_| alike) {
        writeln!(out, "\n{}", look.paint(color, &format!("({word})")))?;
    }
    if let Some(untold) = &answer.untold {
        writeln!(out, "\n{}", look.paint("33", &sanitize_line(&untold.says)))?;
    }
    if !answer.citations.is_empty() {
        writeln!(out)?;
    }
    answer.citations.iter().try_for_each(|citation| print_citation(out, citation, look))?;
    print_conflicts(out, &answer.conflicts, look)
}

/// Prints what the notes disagree about: what differs, and both sides with their lines and dates.
pub(super) fn print_conflicts(out: &mut dyn Write, conflicts: &[Conflict], look: Look) -> io::Result<()> {
    for conflict in conflicts {
        let what = sanitize_line(&conflict.in_short()).into_owned();
        writeln!(out, "\n{} {what}", look.paint("1;33", "The notes disagree:"))?;
        for side in [&conflict.a, &conflict.b] {
            let place = format!("{}:{}", sanitize_line(&side.path), side.lines);
            let date = side.date.as_deref().map(|date| format!("  {}", sanitize_line(date)));
            let reported = if side.reported { "  (what others say)" } else { "" };
            let rest = look.paint("2", &format!("{}{reported}", date.unwrap_or_default()));
            writeln!(out, "  {}{rest}", look.paint("1", &place))?;
            let quote = sanitize_line(&side.quote);
            writeln!(out, "    {}", quote.trim_start_matches(['-', '*', '+', ' ']))?;
        }
    }
    Ok(())
}

fn print_citation(out: &mut dyn Write, citation: &Citation, look: Look) -> io::Result<()> {
    let place = format!("{}:{}", sanitize_line(&citation.path), citation.lines);
    let headings = trail(&citation.headings);
    writeln!(
        out,
        "{} {}{}",
        look.paint("36", &format!("[{}]", citation.n)),
        look.paint("1", &place),
        look.paint("2", &if headings.is_empty() { String::new() } else { format!("  {headings}") })
    )
}

/// Headings as one line.
fn trail(headings: &[String]) -> String {
    headings.iter().map(|heading| sanitize_line(heading)).collect::<Vec<_>>().join(" › ")
}

/// Prints a refusal: why, and what the notes do have. For stderr: an answer there is not.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn print_refusal(
    out: &mut dyn Write,
    refusal: &Refusal,
    nearby: &[Nearby],
    look: Look,
) -> io::Result<()> {
    writeln!(out, "{}: {}.", look.paint("1;33", "not in your notes"), sanitize_line(&refusal.reason))?;
    if !nearby.is_empty() {
        writeln!(out, "The nearest notes:")?;
    }
    for note in nearby {
        writeln!(out, "  {}:{}  {}", note.path, note.lines, note.says)?;
    }
    let asks: Vec<&String> = nearby.iter().filter_map(|note| note.ask.as_ref()).collect();
    if !asks.is_empty() {
        writeln!(out, "They could be asked:")?;
    }
    asks.into_iter().try_for_each(|ask| writeln!(out, "  {ask}"))
}

/// Prints passages, best first, each with its place and its text.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn print_passages(out: &mut dyn Write, passages: &[Passage], look: Look) -> io::Result<()> {
    for (at, passage) in passages.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        print_passage(out, passage, look)?;
    }
    Ok(())
}

/// Prints one passage with its place and its text.
///
/// # Errors
/// When `out` cannot be written.
pub(super) fn print_passage(out: &mut dyn Write, passage: &Passage, look: Look) -> io::Result<()> {
    let place = format!("{}:{}", sanitize_line(&passage.path), passage.lines);
    let headings = trail(&passage.headings);
    writeln!(
        out,
        "{} {}  {}",
        look.paint("36", &format!("{}.", passage.rank)),
        look.paint("1", &place),
        look.paint("2", &format!("{headings}  {:.2}", passage.score))
    )?;
    if let Some(lead) = &passage.lead {
        for line in sanitize(lead.text.trim_end()).lines() {
            writeln!(out, "   {}", look.paint("2", &format!("… {line}")))?;
        }
    }
    sanitize(passage.text.trim_end()).lines().try_for_each(|line| writeln!(out, "   {line}"))
}
