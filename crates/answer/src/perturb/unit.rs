//! Another unit.

use super::dice::Dice;
use super::digits::{Known, SCALES, digits, replace};

/// Units that are taken for each other.
const UNITS: &[(&str, &[&str])] = &[
    ("TB", &["GB", "MB"]),
    ("GB", &["MB", "TB"]),
    ("MB", &["GB", "KB"]),
    ("KB", &["MB"]),
    ("GiB", &["MiB", "KiB"]),
    ("MiB", &["GiB", "KiB"]),
    ("KiB", &["MiB", "GiB"]),
    ("bytes", &["bits"]),
    ("bits", &["bytes"]),
    ("seconds", &["minutes", "hours"]),
    ("minutes", &["hours", "days"]),
    ("milliseconds", &["seconds", "minutes"]),
    ("hours", &["minutes", "days"]),
    ("days", &["weeks", "hours"]),
    ("weeks", &["months", "days"]),
    ("months", &["years", "days"]),
    ("years", &["months", "weeks"]),
    ("ms", &["s", "µs"]),
    ("layers", &["heads", "experts"]),
    ("heads", &["layers"]),
    ("million", &["billion", "thousand"]),
    ("billion", &["million", "trillion"]),
    ("trillion", &["billion", "million"]),
    ("parameters", &["tokens", "layers"]),
    ("tokens", &["characters", "layers"]),
    ("字节", &["比特", "兆字节"]),
    ("比特", &["字节"]),
    ("毫秒", &["分钟", "小时"]),
    ("秒", &["分钟", "小时"]),
    ("分钟", &["小时", "天"]),
    ("小时", &["分钟", "天"]),
    ("天", &["周", "小时"]),
    ("周", &["天", "个月"]),
    ("个月", &["年", "天"]),
    ("层", &["个头", "组"]),
    ("万亿", &["万", "亿"]),
    ("亿", &["万"]),
    ("万", &["亿"]),
    ("倍", &["%"]),
];

/// The sentence with another unit behind one of its numbers.
pub(super) fn unit(text: &str, known: &Known<'_>, dice: &mut Dice) -> Option<String> {
    let mut choices: Vec<String> = Vec::new();
    for digits in digits(text) {
        let after = &text[digits.end..];
        let blank = after.len() - after.trim_start_matches(' ').len();
        let rest = &after[blank..];
        let fits = |unit: &str| {
            let latin = unit.is_ascii();
            rest.starts_with(unit)
                && !(latin && rest[unit.len()..].starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        let Some((unit, others)) = UNITS.iter().find(|(unit, _)| fits(unit)) else { continue };
        let number = &text[digits.start..digits.end];
        let said = |other: &&&str| {
            let scaled =
                SCALES.iter().find(|(word, _)| word == *other).map(|(_, scale)| scale * digits.value);
            ["", " ", "-"].iter().any(|gap| known.text.contains(&format!("{number}{gap}{other}")))
                || scaled.is_some_and(|value| known.has(value))
        };
        let others: Vec<&str> = others.iter().filter(|other| !said(other)).copied().collect();
        let start = digits.end + blank;
        choices.extend(dice.pick(&others).map(|other| replace(text, start, start + unit.len(), other)));
    }
    dice.pick(&choices)
}
