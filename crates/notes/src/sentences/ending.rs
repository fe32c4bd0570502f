//! The ends of sentences within a paragraph: which full stops end one, and what closes it.

use std::ops::Range;

use super::item_mark;
use crate::is_han;

/// How far the end of a code span or a formula is looked for, in bytes.
const SPAN: usize = 1_000;

/// Splits a paragraph.
pub(super) fn split(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let unit = &text[range.clone()];
    let mut start = 0;
    let mut at = item_mark(unit).unwrap_or(0);
    // Open emphasis and quotes of the sentence: tells whether the same mark after its end closes or opens.
    let mut open = Open::default();
    while let Some(c) = unit[at..].chars().next() {
        if let Some(len) = skipped(unit, at, c) {
            at += len;
            continue;
        }
        let next = at + c.len_utf8();
        if ends(unit, at, c) {
            let end = closing(unit, next, &mut open);
            if boundary(unit, start, at, c, end) {
                found.push(range.start + start..range.start + end);
                start = end + (unit[end..].len() - unit[end..].trim_start().len());
                at = start;
                open = Open::default();
            } else {
                at = end;
            }
            continue;
        }
        open.see(c);
        at = next;
    }
    if start < unit.len() {
        found.push(range.start + start..range.end);
    }
}

#[derive(Default)]
struct Open {
    stars: bool,
    scores: bool,
    quote: bool,
    last: char,
}

impl Open {
    fn see(&mut self, c: char) {
        let first = self.last != c;
        match c {
            '*' if first => self.stars = !self.stars,
            '_' if first => self.scores = !self.scores,
            '"' => self.quote = !self.quote,
            _ => {}
        }
        self.last = c;
    }
}

/// The length of the code span, formula or link target at `at`, where no sentence ends.
fn skipped(unit: &str, at: usize, c: char) -> Option<usize> {
    let rest = &unit[at..];
    let near = &rest[..rest.floor_char_boundary(SPAN)];
    match c {
        '`' | '$' => {
            let ticks = near.len() - near.trim_start_matches(c).len();
            let fence = &near[..ticks];
            let body = &near[ticks..];
            // Never closed: passed over as a whole, or a long run of them would be searched again from each.
            let Some(end) = body.find(fence) else { return Some(ticks) };
            if c == '$' {
                let inside = &body[..end];
                let after = body[end + ticks..].chars().next();
                let formula = ticks > 1
                    || !(inside.is_empty()
                        || inside.starts_with(char::is_whitespace)
                        || inside.ends_with(char::is_whitespace)
                        || after.is_some_and(|c| c.is_ascii_digit()));
                if !formula {
                    return None;
                }
            }
            Some(ticks + end + ticks)
        }
        // A link target has no spaces, so whatever it holds ends no sentence but at its very end.
        ']' if rest.starts_with("](") => {
            let end = near.find([')', '\n'])?;
            (!near[..end].contains(char::is_whitespace)).then_some(end + 1)
        }
        _ => None,
    }
}

fn ends(unit: &str, at: usize, c: char) -> bool {
    match c {
        '。' | '！' | '？' | '；' | '｡' | '．' | '!' | '?' | '…' => true,
        '.' => !unit[at + 1..].starts_with(|c: char| c.is_alphanumeric() && !is_han(c)),
        _ => false,
    }
}

/// The end of the sentence whose first terminator ends at `at`: after more terminators, closing marks and footnotes.
fn closing(unit: &str, at: usize, open: &mut Open) -> usize {
    let mut end = at;
    while let Some(c) = unit[end..].chars().next() {
        let closes = match c {
            '。' | '！' | '？' | '；' | '…' | '!' | '?' | '.' => true,
            '」' | '』' | '”' | '’' | '）' | ')' | '】' | '》' | '〉' | '］' | ']' | '}' => true,
            '\'' => !unit[end + 1..].starts_with(char::is_alphanumeric),
            '*' => std::mem::take(&mut open.stars) || unit[..end].ends_with('*'),
            '_' => std::mem::take(&mut open.scores) || unit[..end].ends_with('_'),
            '"' => std::mem::take(&mut open.quote),
            _ => false,
        };
        if !closes {
            break;
        }
        end += c.len_utf8();
    }
    while let Some(len) = footnote(&unit[end..]) {
        end += len;
    }
    end
}

/// The length of a mark such as `[^1]`, `[2]` or ` [3]` at the start of `text`.
fn footnote(text: &str) -> Option<usize> {
    let inside = text.trim_start_matches(' ').strip_prefix('[')?;
    let near = &inside.as_bytes()[..inside.len().min(40)];
    let (label, after) = inside.split_at(near.iter().position(|&byte| byte == b']')?);
    let note = label.starts_with('^') && !label.contains(char::is_whitespace);
    let number = !label.is_empty() && label.len() <= 4 && label.bytes().all(|byte| byte.is_ascii_digit());
    ((note || number) && !after[1..].starts_with(['(', ':', '['])).then(|| text.len() - after.len() + 1)
}

/// Whether the terminator `c` at `at`, closed at `end`, ends a sentence that began at `start`.
fn boundary(unit: &str, start: usize, at: usize, c: char, end: usize) -> bool {
    let next = unit[end..].chars().next();
    let spaced = next.is_none_or(char::is_whitespace);
    let following = unit[end..].trim_start().chars().next();
    let Some(following) = following else { return true };
    match c {
        '。' | '！' | '？' | '；' | '｡' => true,
        // A full-width full stop between digits is a decimal point.
        '．' => !next.is_some_and(char::is_numeric),
        '!' | '?' => spaced || next.is_some_and(is_han),
        '…' => {
            (spaced && !following.is_lowercase())
                || (unit[at..].starts_with("……") && next.is_some_and(is_han))
        }
        _ if unit[at..].starts_with("..") => spaced && !following.is_lowercase(),
        _ => (spaced || next.is_some_and(is_han)) && !abbreviated(&unit[start..at], following),
    }
}

/// Whether the full stop after `before` belongs to an abbreviation, given the next character that is no space.
fn abbreviated(before: &str, following: char) -> bool {
    let word_start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '.') || is_han(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[word_start..];
    let lower = word.to_lowercase();
    match lower.as_str() {
        // Something always follows these.
        "e.g" | "i.e" | "eg" | "ie" | "cf" | "vs" | "mr" | "mrs" | "ms" | "dr" | "prof" | "fig" | "figs"
        | "eq" | "eqs" | "eqn" | "approx" | "resp" | "viz" | "w.r.t" | "st" | "sec" | "sect" | "ref"
        | "refs" | "incl" | "ca" | "def" | "thm" | "tab" | "ver" => true,
        // These may end a sentence: then a capital or a Han character follows.
        "al" | "etc" | "inc" | "ltd" | "co" | "corp" | "jr" | "sr" | "dept" | "est" | "a.m" | "p.m"
        | "ph.d" | "jan" | "feb" | "mar" | "apr" | "jun" | "jul" | "aug" | "sep" | "sept" | "oct" | "nov"
        | "dec" => !(following.is_uppercase() || is_han(following)),
        // Words of their own unless a number follows.
        "no" | "nos" | "p" | "pp" | "vol" | "ch" | "chap" | "art" | "ed" | "v" | "vers" => {
            following.is_numeric()
        }
        _ => {
            let mut letters = word.chars();
            // The pronoun is no initial, unless nothing stands before it.
            let pronoun = |c| c == 'I' && before[..word_start].contains(char::is_alphabetic);
            let initial = matches!((letters.next(), letters.next()), (Some(c), None) if c.is_uppercase() && !pronoun(c));
            // `U.S.`, and the `J.` of a name.
            let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
            dotted && word.starts_with(char::is_alphabetic) || initial && !is_han(following)
        }
    }
}
