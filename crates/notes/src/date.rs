//! Dates as people write them at the top of a note.

use jiff::civil::Date;

/// The date at the start of `text`: year, month, day in that order, between `-`, `/`, `.` or `年月日`, or as eight
/// digits. Brackets and quotes before it and anything but a digit after it are passed over.
pub(crate) fn parse(text: &str) -> Option<Date> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "<[\"'(".contains(c));
    let (year, rest) = number(text, 8)?;
    if text.len() - rest.len() == 8 {
        return date(year / 10_000, year / 100 % 100, year % 100);
    }
    if text.len() - rest.len() != 4 {
        return None;
    }
    let (month, rest) = number(separator(rest, '年')?, 2)?;
    let (day, rest) = number(separator(rest, '月')?, 2)?;
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    date(year, month, day)
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The run of at most `max` digits that `text` starts with, and what follows.
fn number(text: &str, max: usize) -> Option<(u32, &str)> {
    let len = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    Some((digits.parse().ok()?, rest))
}

fn separator(text: &str, han: char) -> Option<&str> {
    let rest = text.trim_start_matches(' ');
    let rest = rest.strip_prefix(|c| "-/.".contains(c) || c == han)?;
    Some(rest.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                parse(text).map_or_else(|| "none".into(), |date| date.to_string()),
                expected,
                "{text}"
            );
        };
        for text in [
            "2025-03-01",
            "2025/3/1",
            "2025.03.01",
            "2025-03-01T10:00",
            "2025-03-01 10:00:00 +08:00",
            "<2025-03-01 Sat>",
            "[2025-03-01 Sat 10:00]",
            "2025年3月1日",
            "2025 年 3 月 1 日",
            "20250301",
            "\"2025-03-01\"",
            " 2025-03-01",
        ] {
            check(text, "2025-03-01");
        }
        for text in [
            "",
            "soon",
            "2025",
            "2025-03",
            "2025-13-01",
            "2025-02-30",
            "25-03-01",
            "2025-03-011",
            "20250231",
            "1 March 2025",
        ] {
            check(text, "none");
        }
    }
}
