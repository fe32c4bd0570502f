//! Keys, tokens and passwords in text that is about to leave the machine. Pure; errs on the side of masking.
//!
//! Three signs, each by itself: a beginning that only keys have (`ghp_…`), a name that says what follows (`password: …`,
//! `密码：…`), and a long word whose letters are too mixed for a word.

use std::ops::Range;

/// What stands in the place of a secret.
pub(crate) const MASK: &str = "[secret]";

/// Beginnings that only keys have, and how many characters follow at least.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("pk_live_", 10),
    ("rk_live_", 10),
    ("whsec_", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xapp-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("hf_", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("dop_v1_", 30),
    ("SG.", 30),
    ("eyJ", 30),
    ("shpat_", 20),
    ("AGE-SECRET-KEY-1", 30),
    ("gsk_", 20),
    ("r8_", 20),
    ("lin_api_", 20),
    ("figd_", 20),
    ("tvly-", 16),
    ("xai-", 20),
    ("pplx-", 20),
    ("dckr_pat_", 16),
];

/// Names after which a secret stands, in lower case.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "api key",
    "access_key",
    "access key",
    "private_key",
    "auth_key",
    "client_secret",
    "bearer",
    "basic",
    "credential",
    "密码",
    "口令",
    "密钥",
    "令牌",
];

/// `text` with its keys, tokens and passwords masked, and how many there were: for text that leaves the machine.
#[must_use]
pub fn mask(text: &str) -> (String, u32) {
    let (mut masked, mut count) = (String::with_capacity(text.len()), 0);
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
            in_key = true;
            count += 1;
            masked.push_str(MASK);
            masked.push('\n');
        }
        if in_key {
            in_key = !line.contains("-----END ");
            continue;
        }
        let mut at = 0;
        for span in secrets(line) {
            masked.push_str(&line[at..span.start]);
            masked.push_str(MASK);
            at = span.end;
            count += 1;
        }
        masked.push_str(&line[at..]);
    }
    (masked, count)
}

/// The secrets of a line, in order, none over another.
fn secrets(line: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = words(line, |c| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c))
        .filter(|span| has_prefix(&line[span.clone()]) || is_mixed(&line[span.clone()]))
        .collect();
    spans.extend(named(line));
    spans.extend(in_address(line));
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for span in spans {
        if apart.last().is_none_or(|last| last.end <= span.start) {
            apart.push(span);
        }
    }
    apart
}

fn words(line: &str, inside: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = Range<usize>> {
    let start = line.as_ptr() as usize;
    let all: Vec<_> = line.split(move |c| !inside(c)).filter(|word| !word.is_empty()).collect();
    all.into_iter().map(move |word| {
        let from = word.as_ptr() as usize - start;
        from..from + word.len()
    })
}

fn has_prefix(word: &str) -> bool {
    PREFIXES.iter().any(|(prefix, least)| {
        word.match_indices(prefix).any(|(at, _)| {
            let free = !word[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            let rest = &word[at + prefix.len()..];
            free && rest.len() >= *least && rest.bytes().any(|b| b.is_ascii_digit())
        })
    })
}

/// A long word of upper case, lower case and digits that change places often: no word, no path, no version.
fn is_mixed(word: &str) -> bool {
    if word.len() < 32 || word.matches('/').count() > 2 || word.matches(['-', '.', '_']).count() > 4 {
        return false;
    }
    let class = |b: u8| match b {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = word.bytes().map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (0..3).all(|kind| classes.contains(&kind)) && changes * 3 >= word.len()
}

/// What stands after a name such as `password:`.
fn named(line: &str) -> Vec<Range<usize>> {
    // Lowering keeps the length of ASCII, and nothing else is looked for by case.
    let lower = line.to_ascii_lowercase();
    let mut spans = Vec::new();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let after = &line[at + name.len()..];
            let mut rest = after.trim_start_matches(|c: char| {
                c.is_ascii_alphanumeric() || "_-\"'`*）)".contains(c) || c == ' '
            });
            let assigned = ["=>", ":=", "=", ":", "：", "是"].iter().find_map(|sign| rest.strip_prefix(sign));
            let gap = after.len() - rest.len();
            rest = match (assigned, *name) {
                (Some(rest), _) if gap <= 16 => rest,
                (None, "bearer" | "basic") => after,
                _ if after.starts_with(" is ") => &after[4..],
                _ => continue,
            };
            let value = rest.trim_start_matches([' ', '"', '\'', '`', '*']);
            let start = line.len() - value.len();
            let end = value
                .find(|c: char| c.is_whitespace() || "\"'`,，。；、）)".contains(c) || !c.is_ascii())
                .unwrap_or(value.len());
            if is_secret(&value[..end]) {
                spans.push(start..start + end);
            }
        }
    }
    spans
}

/// Whether a value could be a secret rather than a word or a number.
fn is_secret(value: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| value.as_bytes().iter().any(kind);
    let (letter, digit) = (has(u8::is_ascii_alphabetic), has(u8::is_ascii_digit));
    let sign = value.bytes().any(|b| b"!@#$%^&*?+~".contains(&b));
    value.len() >= 6 && letter && (digit || sign) && !value.starts_with(['$', '{', '<', '['])
}

/// `https://name:password@host`
fn in_address(line: &str) -> Vec<Range<usize>> {
    let spans = line.match_indices("://").filter_map(|(at, _)| {
        let rest = &line[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(rest.len());
        let (credentials, _) = rest[..end].rsplit_once('@')?;
        let (name, password) = credentials.split_once(':')?;
        let start = at + 3 + name.len() + 1;
        (!password.is_empty()).then(|| start..start + password.len())
    });
    spans.collect()
}

#[cfg(test)]
mod tests;
