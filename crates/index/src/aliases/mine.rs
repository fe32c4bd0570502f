//! Reads names that mean the same out of notes: from brackets, definitions, titles, front matter and links.

use std::borrow::Cow;

use notes::is_han;

use super::border::{han_name, spaced_name};
use super::name::{Kind, is_acronym, is_name, is_remark, singular};
use super::spell::{leading, long_form, spells};
use super::{Source, Table};
use crate::{ChunkRecord, NoteRecord};

/// No bracket with a name in it is longer than this, in bytes.
const BRACKET: usize = 160;
/// How far before a bracket a name may begin, in bytes.
const REACH: usize = 200;

/// Two names for one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) a: String,
    pub(super) b: String,
    pub(super) source: Source,
}

/// Reads all of the notes.
pub(super) fn mine(chunks: &[ChunkRecord], notes: &[NoteRecord], table: &mut Table<'_>) {
    for (number, note) in (0..).zip(notes) {
        let own = chunks.get(note.chunks.start as usize..note.chunks.end as usize).unwrap_or_default();
        let add = |table: &mut Table<'_>, pair: &Pair, line| {
            table.add(&pair.a, &pair.b, pair.source, Some(number), line);
        };
        of_title(note).iter().for_each(|pair| add(table, pair, 1));
        of_line(&note.title).iter().for_each(|pair| add(table, pair, 1));
        if let Some(pair) = of_initials(&note.title, own) {
            add(table, &pair, 1);
        }
        let mut heading = None;
        for chunk in own {
            if heading != chunk.headings.last() {
                heading = chunk.headings.last();
                for pair in heading.map(|heading| of_line(heading)).unwrap_or_default() {
                    add(table, &pair, chunk.lines.start);
                }
            }
            of_text(&chunk.text, |line, pair| add(table, &pair, chunk.lines.start + line));
        }
    }
}

/// The title of a note and the other names that its front matter gives.
fn of_title(note: &NoteRecord) -> Vec<Pair> {
    let single = |name: &str| {
        let joins = [" and ", " or ", " vs ", "与", "和", "及", " 、"];
        is_name(name) && !joins.iter().any(|join| name.contains(join))
    };
    let title = note.title.trim();
    if !single(title) {
        return Vec::new();
    }
    // `BM25` of a note on hybrid search is a part of its subject and no name of it.
    let names = |alias: &str| {
        let spaced = title.chars().any(|c| c.is_alphabetic() && !is_han(c));
        !is_acronym(alias) || !spaced || spells(alias, title)
    };
    let aliases = note.aliases.iter().filter(|alias| single(alias) && names(alias));
    aliases.map(|alias| pair(title, alias, Source::FrontMatter)).collect()
}

/// A title of several words, and the acronym that its note writes for it.
fn of_initials(title: &str, chunks: &[ChunkRecord]) -> Option<Pair> {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    if words < 2 || title.chars().any(is_han) || !is_name(title) {
        return None;
    }
    let first = title.bytes().find(u8::is_ascii_alphanumeric)?;
    let texts = chunks.iter().flat_map(|chunk| chunk.text.split(|c: char| !c.is_ascii_alphanumeric()));
    let may_be =
        |word: &&str| word.len() > 1 && word.len() < 12 && word.as_bytes()[0].eq_ignore_ascii_case(&first);
    let mut acronyms = texts.filter(may_be).map(singular).filter(|word| is_acronym(word));
    let short = acronyms.find(|short| spells(short, title))?;
    Some(pair(short, title, Source::Initials))
}

/// What the lines of a text say, each pair with the number of its line from 0. Code is left out.
fn of_text(text: &str, mut found: impl FnMut(u32, Pair)) {
    let mut fenced = false;
    for (number, line) in (0..).zip(text.lines()) {
        let mark = line.trim_start();
        if mark.starts_with("```") || mark.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            of_line(line).into_iter().for_each(|pair| found(number, pair));
        }
    }
}

/// What one line says.
fn of_line(line: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let bracketed = line.contains(['(', '（']);
    let linked = line.contains("[[");
    let start = line.trim_start_matches(|c: char| " \t-*+>#|_".contains(c));
    let defines = is_acronym(first_word(start));
    if linked {
        pairs.extend(of_links(line));
    }
    if bracketed || defines {
        let clean = without_marks(start);
        if defines {
            pairs.extend(of_definition(&clean));
        }
        if bracketed {
            brackets(&clean).for_each(|(before, inside)| of_bracket(before, inside, &mut pairs));
        }
    }
    pairs
}

/// Without the marks of emphasis and code, and the targets of links.
fn without_marks(line: &str) -> Cow<'_, str> {
    if !line.bytes().any(|byte| matches!(byte, b'*' | b'`' | b'[' | b']')) {
        return Cow::Borrowed(line);
    }
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['*', '`', ']', '[']) {
        clean.push_str(&rest[..at]);
        let target =
            rest[at..].strip_prefix("](").and_then(|target| target.find(')').map(|end| &target[end + 1..]));
        rest = target.unwrap_or(&rest[at + 1..]);
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// The brackets of a line: what stands before each in its sentence, and what is inside.
fn brackets(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let open = |c| matches!(c, '(' | '（');
    line.match_indices(open).filter_map(move |(at, mark)| {
        let rest = &line[at + mark.len()..];
        let near = &rest[..rest.floor_char_boundary(BRACKET)];
        let end = near.find([')', '）'])?;
        let inside = &near[..end];
        let before = &line[line.ceil_char_boundary(at.saturating_sub(REACH))..at];
        let breaks = |c| "。，；：！？、,;!?)）(（|\"=$\\".contains(c);
        let start = before.char_indices().rev().find(|&(place, c)| breaks(c) || is_stop(before, place, c));
        let before = start.map_or(before, |(place, c)| &before[place + c.len_utf8()..]);
        // `f(x)` is code or a formula, `Name(ABC)` is not.
        let touches = mark == "(" && before.ends_with(|c: char| !c.is_whitespace() && c.is_ascii());
        let known = !touches || is_acronym(singular(inside)) || inside.chars().any(is_han);
        (known && !inside.contains(open) && !before.trim().is_empty()).then_some((before, inside))
    })
}

/// Whether a sentence ends at `place`: `. ` or `: `, not `U.S. Army`.
fn is_stop(text: &str, place: usize, c: char) -> bool {
    let blank = text[place + c.len_utf8()..].starts_with(char::is_whitespace);
    let initial = text[..place].chars().rev().take_while(|c| c.is_alphanumeric()).count() < 2;
    (c == ':' && blank) || (c == '.' && blank && !initial)
}

/// The names that a bracket gives to what stands before it.
fn of_bracket(before: &str, inside: &str, pairs: &mut Vec<Pair>) {
    let mut others = Vec::new();
    let parts: Vec<&str> = inside.split([',', '，', ';', '；', '、']).collect();
    // A list of things is not a list of names: `NBA（洛杉矶湖人队、洛杉矶快船队）`.
    if parts.len() > 1 {
        let kinds =
            || parts.iter().filter_map(|part| without_label(part)).map(|(part, _)| Kind::of(singular(part)));
        let listed = kinds().enumerate().any(|(at, kind)| kinds().take(at).any(|other| other == kind));
        if parts.len() > 3 || listed {
            return;
        }
    }
    for part in parts {
        let Some((part, marked)) = without_label(part) else { break };
        let part = singular(part);
        if !is_name(part) || (!marked && is_remark(part)) {
            break;
        }
        if let Some(name) = named(before, part, marked).filter(|name| is_name(name)) {
            pairs.push(pair(name, part, Source::Bracket));
            others.push(part);
        } else {
            break;
        }
    }
    // `（business as usual, BAU）`
    if let [one, two] = others.as_slice() {
        let (short, long) = if is_acronym(one) { (one, two) } else { (two, one) };
        if is_acronym(short) && spells(short, long) {
            pairs.push(pair(short, long, Source::Bracket));
        }
    }
}

/// The name before a bracket that `other`, inside, is another name of. `marked`: the bracket says so.
fn named<'a>(before: &'a str, other: &str, marked: bool) -> Option<&'a str> {
    let before = before.trim_end().trim_end_matches(['"', '\'']);
    let han_before = before.ends_with(|c: char| is_han(c) || matches!(c, '》' | '”' | '」'));
    let han_inside = other.chars().any(is_han);
    match (han_before, han_inside) {
        (true, false) => han_name(before, other),
        (true, true) if marked => han_name(before, other),
        (true, true) => None,
        (false, true) => spaced_name(before).filter(|name| !name.chars().any(is_han)),
        (false, false) if is_acronym(other) => long_form(other, before),
        (false, false) => {
            let short = before.rsplit(|c: char| c.is_whitespace() || is_han(c)).next().map(singular)?;
            let spelled = is_acronym(short) && spells(short, other.trim_start_matches("the "));
            if spelled { Some(short) } else { spaced_name(before).filter(|_| marked) }
        }
    }
}

/// What a bracket says before the name: `简称 GQA`, `Chinese: 樞密院`. And whether it says that it is another name.
/// None where it says something else.
fn without_label(part: &str) -> Option<(&str, bool)> {
    const MARKS: &str = "简称为|简称|缩写为|缩写|全称为|全称是|全称|全名|又称为|又称|也称为|也称|亦称|又名|也叫做|也叫|\
        又叫|俗称|英文名|中文名|英文|中文|英语|also known as|also called|known as|short for|\
        abbreviated as|abbreviated|a.k.a.|aka|i.e.,|i.e.";
    let part = part.trim();
    let found = MARKS.split('|').find_map(|mark| {
        let head = part.get(..mark.len()).filter(|head| head.eq_ignore_ascii_case(mark))?;
        Some(&part[head.len()..])
    });
    let rest = found.map_or(part, |rest| rest.trim_start().trim_start_matches('为'));
    let rest = match rest.split_once([':', '：']) {
        Some((label, name)) if label.trim().is_empty() || is_language(label.trim()) => name,
        Some(_) => return None,
        None => rest,
    };
    let quotes = ['"', '“', '”', '《', '》', '\'', '「', '」'];
    Some((rest.trim().trim_matches(quotes).trim(), found.is_some()))
}

fn is_language(label: &str) -> bool {
    let english =
        label.starts_with(|c: char| c.is_ascii_uppercase()) && label.chars().all(|c| c.is_ascii_alphabetic());
    (english && label.len() >= 4) || label.ends_with(['语', '文'])
}

/// The letters, digits and hyphens at the beginning of `line`.
fn first_word(line: &str) -> &str {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(line.len());
    line[..end].trim_end_matches('-')
}

/// `GQA: grouped-query attention`, `GQA stands for …`, `GQA（…）` at the beginning of a line.
fn of_definition(line: &str) -> Option<Pair> {
    let short = first_word(line);
    let rest = line[short.len()..].trim_start();
    const SAYS: &str = ":|：|—|–|- |=|stands for|is short for|的全称是|全称是|是|即|指";
    let rest = SAYS
        .split('|')
        .chain(["|"])
        .find_map(|says| rest.strip_prefix(says))?
        .trim_start_matches([' ', '-', '—', ':']);
    let rest = rest.strip_prefix("the ").unwrap_or(rest);
    let long = &rest[..leading(short, rest)?];
    is_name(long).then(|| pair(short, long, Source::Definition))
}

/// Other names in links to notes: `[[long note name|LNN]]`.
fn of_links(line: &str) -> Vec<Pair> {
    let links = line.match_indices("[[").filter_map(|(at, _)| {
        let link = &line[at + 2..];
        let (target, alias) = link[..link.find("]]")?].split_once('|')?;
        let target = target.rsplit('/').next()?.split('#').next()?.trim();
        let alias = singular(alias.trim());
        let name = target.strip_suffix(".md").unwrap_or(target).replace(['-', '_'], " ");
        // `[[full-finetuning-memory|full fine-tuning]]` is a phrase of its sentence and no name.
        let short = alias.chars().count() < 3;
        let is_other = (is_acronym(alias) && spells(alias, &name))
            || !short && alias.chars().any(is_han) != name.chars().any(is_han);
        (is_other && is_name(alias) && is_name(&name)).then(|| pair(&name, alias, Source::Link))
    });
    links.collect()
}

fn pair(a: &str, b: &str, source: Source) -> Pair {
    Pair { a: a.trim().to_owned(), b: b.trim().to_owned(), source }
}

#[cfg(test)]
mod tests;
