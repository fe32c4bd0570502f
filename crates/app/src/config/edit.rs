//! Sets numbers in a config.toml that somebody wrote by hand: everything else in it stays as it stands.

use toml::de::DeTable;

/// `text` with `[table]` holding these names and numbers. A number that is there already is replaced where it stands. None
/// when the text is no TOML, or the table is written in a way that cannot be added to (`table = { … }`).
pub(crate) fn set_numbers(text: &str, table: &str, numbers: &[(&str, f64)]) -> Option<String> {
    let mut edited = text.to_owned();
    let mut missing = Vec::new();
    for (name, number) in numbers {
        match value_span(&edited, table, name)? {
            Some(span) => edited.replace_range(span, &format!("{number:?}")),
            None => missing.push(format!("{name} = {number:?}")),
        }
    }
    if !missing.is_empty() {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: String = missing.iter().map(|line| format!("{line}{end}")).collect();
        let header = format!("[{table}]");
        match below_header(&edited, &header) {
            Some(at) => edited.insert_str(at, &lines),
            None => {
                let gap = match edited.as_str() {
                    "" => String::new(),
                    whole if whole.ends_with('\n') => end.to_owned(),
                    _ => end.repeat(2),
                };
                edited.push_str(&format!("{gap}{header}{end}{lines}"));
            }
        }
    }
    // A header that stands in a text, or a table written otherwise: better no edit than a broken file.
    let sound = numbers.iter().all(|(name, number)| {
        let span = value_span(&edited, table, name).flatten();
        span.and_then(|span| edited.get(span)).and_then(|text| text.parse().ok()) == Some(*number)
    });
    sound.then_some(edited)
}

/// Where the value of `table.name` stands; none inside when it does not, none outside when the text is no TOML.
#[allow(clippy::option_option, reason = "no TOML and no such value are two things")]
fn value_span(text: &str, table: &str, name: &str) -> Option<Option<std::ops::Range<usize>>> {
    let parsed = DeTable::parse(text).ok()?;
    let value = parsed.get_ref().get(table).and_then(|table| table.get_ref().as_table()?.get(name));
    Some(value.map(toml::Spanned::span))
}

/// Where the line below the table's header begins, when that line is there.
fn below_header(text: &str, header: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let is_header = line.trim_start().strip_prefix(header).is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty() || rest.starts_with('#')
        });
        if is_header && line.ends_with('\n') {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_else_stays() {
        let check = |text: &str, expected: Option<&str>| {
            let edited = set_numbers(text, "gate", &[("bar_en", -0.5), ("bar_zh", 2.0)]);
            assert_eq!(edited.as_deref(), expected, "{text}");
        };
        let both = "[gate]\nbar_en = -0.5\nbar_zh = 2.0\n";
        check("", Some(both));
        check("# mine\nx = 1\n", Some(&format!("# mine\nx = 1\n\n{both}")));
        check("x = 1", Some(&format!("x = 1\n\n{both}")));
        check("x = 1\r\n", Some("x = 1\r\n\r\n[gate]\r\nbar_en = -0.5\r\nbar_zh = 2.0\r\n"));
        check(
            "[gate] # mine\n# bar_en = 0.0\n\n[x]\ny = 1\n",
            Some("[gate] # mine\nbar_en = -0.5\nbar_zh = 2.0\n# bar_en = 0.0\n\n[x]\ny = 1\n"),
        );
        check(
            "[gate]\nbar_zh = 1 # was 3\n[x]\n",
            Some("[gate]\nbar_en = -0.5\nbar_zh = 2.0 # was 3\n[x]\n"),
        );
        check("gate.bar_en = 1\ngate.bar_zh = 1\n", Some("gate.bar_en = -0.5\ngate.bar_zh = 2.0\n"));
        check("gate = { bar_en = 1, bar_zh = 7 }\n", Some("gate = { bar_en = -0.5, bar_zh = 2.0 }\n"));
        check("gate = { bar_en = 1 }\n", None);
        check("gate.bar_en = 1\n", None);
        check("[gate", None);
        check("x = \"\"\"\n[gate]\n\"\"\"\n", None);
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let once = set_numbers("[a]\nb = 1\n", "gate", &[("bar_en", 0.25)]).unwrap();
        assert_eq!(set_numbers(&once, "gate", &[("bar_en", 0.25)]).as_deref(), Some(once.as_str()));
    }
}
