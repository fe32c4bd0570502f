//! What the user says of names, in a file of a line each: `GQA = grouped-query attention`, `GQA != Google Quick Answers`.

use super::name::units;

/// No name in it is longer than this, in characters.
const LONGEST: usize = 120;

/// What the user says of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AliasRules {
    file: String,
    same: Vec<(Vec<String>, u32)>,
    apart: Vec<(String, String)>,
    off: bool,
}

/// Why a file of aliases is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file}:{line}: {why}; a line is `GQA = grouped-query attention = 分组查询注意力`, `GQA != other name` or a # comment"
)]
pub struct RuleError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub why: &'static str,
}

impl AliasRules {
    /// Takes no name for another, whatever the notes say.
    #[must_use]
    pub fn off() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Reads the `text` of the file of that name. Names that a line joins with `=` mean the same; the two that `!=` parts
    /// never do, even if the notes say so.
    ///
    /// # Errors
    /// At the first line that is neither, a comment, nor blank.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        let mut rules = Self { file: file.to_owned(), ..Self::default() };
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        for (line, number) in lines.zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
            let wrong = |why| RuleError { file: file.to_owned(), line: number, why };
            let apart = line.contains("!=") || line.contains('≠');
            let names: Vec<&str> = if apart {
                line.split("!=").flat_map(|part| part.split('≠')).map(str::trim).collect()
            } else {
                line.split('=').map(str::trim).collect()
            };
            let no_name = |name: &&str| units(name).is_empty();
            match names.as_slice() {
                [_] => return Err(wrong("there is no = in it")),
                names if names.iter().any(no_name) => return Err(wrong("a name is missing")),
                names if names.iter().any(|name| name.chars().count() > LONGEST) => {
                    return Err(wrong("a name is longer than 120 characters"));
                }
                names if apart && names.iter().any(|name| name.contains('=')) => {
                    return Err(wrong("it has both = and !="));
                }
                [a, b] if apart => rules.apart.push((units(a).join(" "), units(b).join(" "))),
                _ if apart => return Err(wrong("!= stands between two names")),
                names => rules.same.push((names.iter().map(|&name| name.to_owned()).collect(), number)),
            }
        }
        Ok(rules)
    }

    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Each two names that mean the same, and the line that says so.
    pub(super) fn same(&self) -> impl Iterator<Item = (&str, &str, u32)> {
        self.same.iter().flat_map(|(names, line)| {
            let pairs =
                names.iter().enumerate().flat_map(|(at, a)| names[at + 1..].iter().map(move |b| (a, b)));
            pairs.map(|(a, b)| (a.as_str(), b.as_str(), *line))
        })
    }

    /// Pairs of keys that never mean the same.
    pub(super) fn apart(&self) -> Vec<(String, String)> {
        self.apart.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_join_and_part() {
        let rules =
            AliasRules::parse("a.txt", "\u{feff}# names\r\n\r\nA1 = B1 = C1\nGQA != Gee Q A\n").unwrap();
        assert_eq!(rules.same().collect::<Vec<_>>(), [("A1", "B1", 3), ("A1", "C1", 3), ("B1", "C1", 3)]);
        assert_eq!(rules.apart(), [("gqa".to_owned(), "gee q a".to_owned())]);
        assert_eq!(AliasRules::parse("a.txt", "").unwrap().same().count(), 0);
    }

    #[test]
    fn what_is_neither_names_its_line() {
        let check = |text: &str, line, why| {
            let error = AliasRules::parse("n/a.txt", text).unwrap_err();
            assert_eq!((error.line, error.why), (line, why), "{text}");
            assert!(error.to_string().starts_with(&format!("n/a.txt:{line}: {why}; ")), "{error}");
        };
        check("GQA grouped", 1, "there is no = in it");
        check("# x\nGQA =", 2, "a name is missing");
        check("GQA == X", 1, "a name is missing");
        check("A1 != B1 != C1", 1, "!= stands between two names");
        check("A1 = B1 != C1", 1, "it has both = and !=");
        check(&format!("A1 = {}", "x".repeat(121)), 1, "a name is longer than 120 characters");
    }

    proptest! {
        #[test]
        fn any_text_is_rules_or_an_error(text in any::<String>()) {
            if let Err(error) = AliasRules::parse("f", &text) {
                prop_assert!(error.line as usize <= text.lines().count());
            }
        }
    }
}
