//! Numbers in digits, as the makers of changed sentences find and write them.

use crate::verify::facts::facts;

/// The values and the words of a context: what a change must not hit by chance.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) text: &'a str,
    values: Vec<f64>,
}

impl<'a> Known<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let digits = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
        let digits = digits.filter_map(|run| run.trim_matches(['.', ',']).replace(',', "").parse().ok());
        Self { text, values: facts(text).iter().map(|fact| fact.value).chain(digits).collect() }
    }

    /// Whether the context states this value, in whatever scale.
    pub(super) fn has(&self, value: f64) -> bool {
        self.values.iter().any(|known| (known - value).abs() <= 1e-9 * value.abs())
    }
}

/// A number in digits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Digits {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) value: f64,
    pub(super) decimals: usize,
    pub(super) commas: bool,
}

impl Digits {
    pub(super) fn is_year(&self) -> bool {
        !self.commas && self.decimals == 0 && (1900.0..2100.0).contains(&self.value)
    }

    pub(super) fn write(&self, value: f64) -> String {
        let text = format!("{value:.*}", self.decimals);
        if self.commas { with_commas(&text) } else { text }
    }
}

/// The numbers of `text` that count or measure something. Those that belong to a name (`GPT-3`, `7B`, `Llama 2`) do not.
pub(super) fn digits(text: &str) -> Vec<Digits> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_digit() || inside(bytes, at)) {
            at += 1;
        }
        let run = &text[start..at];
        let commas = run.contains(',');
        let decimals = run.split_once('.').map_or(0, |(_, part)| part.len());
        let Ok(value) = run.replace(',', "").parse() else { continue };
        let digits = Digits { start, end: at, value, decimals, commas };
        if run.len() <= 12 && !belongs_to_name(text, &digits) {
            found.push(digits);
        }
    }
    found
}

/// Whether the byte is a point or a comma within a number.
fn inside(bytes: &[u8], at: usize) -> bool {
    let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
    match bytes[at] {
        b',' => digits == 3,
        b'.' => digits > 0,
        _ => false,
    }
}

fn belongs_to_name(text: &str, digits: &Digits) -> bool {
    let (before, after) = (&text[..digits.start], &text[digits.end..]);
    let glued = before.ends_with(|c: char| c.is_ascii_alphanumeric() || "-_./:#%×*–".contains(c))
        || after.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_/×–:^".contains(c));
    let word =
        before.trim_end().rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or("");
    let small = digits.value < 1000.0 && !digits.commas;
    let named = before.ends_with(' ') && word.starts_with(|c: char| c.is_ascii_uppercase()) && small;
    let part = ["stage", "section", "part", "chapter", "step", "top", "level"]
        .contains(&word.to_lowercase().as_str());
    glued || named || part || text[..digits.start].ends_with(['第', '^'])
}

pub(super) fn with_commas(text: &str) -> String {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    part.into_iter().for_each(|part| {
        out.push('.');
        out.push_str(part);
    });
    out
}

pub(super) fn replace(text: &str, start: usize, end: usize, new: &str) -> String {
    format!("{}{new}{}", &text[..start], &text[end..])
}

/// Multipliers in words, each with its zeros.
pub(super) const SCALES: &[(&str, f64)] = &[
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
    ("万亿", 1e12),
    ("千亿", 1e11),
    ("百亿", 1e10),
    ("十亿", 1e9),
    ("千万", 1e7),
    ("百万", 1e6),
    ("万", 1e4),
    ("亿", 1e8),
];

/// What a number is multiplied by where it stands.
pub(super) fn scale(after: &str) -> f64 {
    let after = after.trim_start_matches([' ', '-', '多', '余']);
    SCALES.iter().find(|(word, _)| after.starts_with(word)).map_or(1.0, |(_, scale)| *scale)
}
