//! Front matter: what a note says about itself before it begins.

use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Meta, date};

/// The languages front matter is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Yaml,
    Toml,
}

/// Where the front matter of a note is: with its fences, and without them.
struct Fenced {
    whole: Range<usize>,
    inside: Range<usize>,
    syntax: Syntax,
}

/// Front matter that was read, or why it was not.
pub(crate) enum Front {
    /// There is none.
    Absent,
    /// What it says, and where the note begins after it.
    Read(Meta, usize),
    /// It is fenced like front matter but is not understood.
    Broken(String),
}

/// Reads the front matter of `text`, which begins with a line `---` (YAML) or `+++` (TOML).
pub(crate) fn read(text: &str) -> Front {
    let Some(Fenced { whole, inside, syntax }) = fenced(text) else { return Front::Absent };
    let inside = &text[inside];
    let fields: Result<Value, String> = match syntax {
        Syntax::Toml => toml::from_str(inside).map_err(|error| error.message().to_owned()),
        Syntax::Yaml => {
            let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins };
            serde_saphyr::from_str_with_options(inside, options)
                .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
        }
    };
    match fields {
        Ok(Value::Map(fields)) => Front::Read(meta(&fields), whole.end),
        Ok(Value::Other) if inside.trim().is_empty() => Front::Read(Meta::default(), whole.end),
        // Prose between two rules, not front matter at all.
        Ok(_) => Front::Absent,
        Err(reason) => Front::Broken(reason),
    }
}

/// The lines at the start of `text` that are fenced like front matter, whether or not they can be read.
pub(crate) fn fenced_lines(text: &str) -> Option<Range<usize>> {
    fenced(text).map(|fenced| fenced.whole)
}

fn fenced(text: &str) -> Option<Fenced> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    let (syntax, ends): (_, &[&str]) = match first.trim_end() {
        "---" => (Syntax::Yaml, &["---", "..."]),
        "+++" => (Syntax::Toml, &["+++"]),
        _ => return None,
    };
    let mut at = first.len();
    for line in lines {
        if ends.contains(&line.trim_end()) {
            return Some(Fenced { whole: 0..at + line.len(), inside: first.len()..at, syntax });
        }
        at += line.len();
    }
    None
}

fn meta(fields: &[(String, Value)]) -> Meta {
    let field = |names: &[&str]| {
        let named = |name: &&str| {
            fields.iter().rfind(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        names.iter().filter_map(named).find(|value| **value != Value::Other)
    };
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    };
    Meta {
        title: field(&["title"]).and_then(text),
        tags: field(&["tags", "tag", "keywords"]).map(|value| list(value, tags)).unwrap_or_default(),
        aliases: field(&["aliases", "alias"])
            .map(|value| list(value, |text| names(text, ',')))
            .unwrap_or_default(),
        date: ["date", "created", "updated", "modified"]
            .iter()
            .find_map(|name| field(&[name]).and_then(text).and_then(|text| date::parse(&text))),
    }
}

fn list(value: &Value, split: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let parts = match value {
        Value::Text(text) => split(text),
        Value::List(values) => values
            .iter()
            .filter_map(|value| if let Value::Text(text) = value { Some(clean_tag(text)) } else { None })
            .collect(),
        Value::Map(_) | Value::Other => Vec::new(),
    };
    for part in parts {
        if !part.is_empty() && !found.contains(&part) {
            found.push(part);
        }
    }
    found
}

/// Tags written as one string: parted by commas if it has any, else by spaces.
pub(crate) fn tags(text: &str) -> Vec<String> {
    let comma = |c| matches!(c, ',' | '，' | '、' | ';');
    if text.contains(comma) {
        text.split(comma).map(clean_tag).filter(|tag| !tag.is_empty()).collect()
    } else {
        text.split_whitespace().map(clean_tag).filter(|tag| !tag.is_empty()).collect()
    }
}

fn names(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(|name| name.trim().to_owned()).collect()
}

fn clean_tag(tag: &str) -> String {
    tag.trim().trim_start_matches('#').trim().to_owned()
}

/// Anything YAML or TOML may hold, as far as a note's fields care.
#[derive(Debug, PartialEq)]
enum Value {
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    /// Null, or something that is no key.
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }
    fn visit_bytes<E>(self, _: &[u8]) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<Value>()? {
            match key {
                // How the toml crate hands over a date.
                Value::Text(key) if key == "$__toml_private_datetime" => return map.next_value(),
                Value::Text(key) => fields.push((key, map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Map(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match read(text) {
            Front::Absent => "absent".into(),
            Front::Broken(_) => "broken".into(),
            Front::Read(meta, end) => format!(
                "{} | {} | {} | {} | {:?}",
                meta.title.unwrap_or_default(),
                meta.tags.join(","),
                meta.aliases.join(","),
                meta.date.map(|date| date.to_string()).unwrap_or_default(),
                &text[end..]
            ),
        }
    }

    #[test]
    fn fields_are_read_in_every_shape() {
        let check = |text: &str, expected: &str| assert_eq!(show(text), expected, "{text}");
        check(
            "---\ntitle: GQA\ntags: [llm, attention]\naliases:\n  - 分组查询注意力\ndate: 2025-03-01\n---\nbody",
            "GQA | llm,attention | 分组查询注意力 | 2025-03-01 | \"body\"",
        );
        check("---\r\ntitle: a\r\n---\r\nbody", "a |  |  |  | \"body\"");
        check("---\ntags: 'a, b c, #d'\n---\n", " | a,b c,d |  |  | \"\"");
        check("---\ntags: a b\n---\n", " | a,b |  |  | \"\"");
        check("---\ntag: llm\nalias: One name, another\n---\n", " | llm | One name,another |  | \"\"");
        check("---\nTitle: 2024\ntags: [2025, 2025, null]\n---\n", "2024 | 2025 |  |  | \"\"");
        check("---\ntitle: a\ntitle: b\n---\n", "b |  |  |  | \"\"");
        check("---\ntitle:\ntags:\ncreated: 2025/3/1\n...\nbody", " |  |  | 2025-03-01 | \"body\"");
        check(
            "---\ndate: someday\ncreated: 2025-03-01T10:00:00Z\n1: x\nother: {a: [b]}\n---\n",
            " |  |  | 2025-03-01 | \"\"",
        );
        check(
            "+++\ntitle = 'T'\ntags = ['a', 'b']\ndate = 2025-03-01T10:00:00Z\n[extra]\nx = 1\n+++\nbody",
            "T | a,b |  | 2025-03-01 | \"body\"",
        );
        check("+++\ndate = 2025-03-01\n+++\n", " |  |  | 2025-03-01 | \"\"");
        check("---\n---\nbody", " |  |  |  | \"body\"");
    }

    #[test]
    fn what_is_no_front_matter_stays_text() {
        let check = |text: &str, expected: &str| assert_eq!(show(text), expected, "{text}");
        check("", "absent");
        check("body\n---\ntitle: a\n---\n", "absent");
        check("---\ntitle: a\n", "absent");
        check("---\n\nJust prose.\n\n---\n", "absent");
        check("----\ntitle: a\n----\n", "absent");
        check("---\ntitle: [a\n---\n", "broken");
        check("---\ntitle: a: b: c\n---\n", "broken");
        check("+++\ntitle = \n+++\n", "broken");
    }
}
