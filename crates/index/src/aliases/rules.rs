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

    /// Reads the `text` of the file of that name, and tells of the lines that are neither a rule, a comment, nor blank, in
    /// their order: the others hold all the same. Names that a line joins with `=` mean the same; the two that `!=` parts
    /// never do, even if the notes say so. The signs may be full-width, as a Chinese keyboard writes them.
    #[must_use]
    pub fn parse(file: &str, text: &str) -> (Self, Vec<RuleError>) {
        let mut rules = Self { file: file.to_owned(), ..Self::default() };
        let mut wrong = Vec::new();
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        for (line, number) in
            lines.zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with(['#', '＃']))
        {
            if let Err(why) = rules.add(line, number) {
                wrong.push(RuleError { file: file.to_owned(), line: number, why });
            }
        }
        (rules, wrong)
    }

    /// Takes in one line, or says what is wrong with it.
    fn add(&mut self, line: &str, number: u32) -> Result<(), &'static str> {
        let line = line.replace('＝', "=").replace('！', "!").replace('≠', "!=");
        let apart = line.contains("!=");
        let names: Vec<&str> = line.split(if apart { "!=" } else { "=" }).map(str::trim).collect();
        let no_name = |name: &&str| units(name).is_empty();
        match names.as_slice() {
            [_] => return Err("there is no = in it"),
            names if names.iter().any(no_name) => return Err("a name is missing"),
            names if names.iter().any(|name| name.chars().count() > LONGEST) => {
                return Err("a name is longer than 120 characters");
            }
            names if apart && names.iter().any(|name| name.contains('=')) => {
                return Err("it has both = and !=");
            }
            [a, b] if apart => self.apart.push((units(a).join(" "), units(b).join(" "))),
            _ if apart => return Err("!= stands between two names"),
            names => self.same.push((names.iter().map(|&name| name.to_owned()).collect(), number)),
        }
        Ok(())
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
        let (rules, wrong) =
            AliasRules::parse("a.txt", "\u{feff}# names\r\n\r\nA1 = B1 = C1\nGQA != Gee Q A\n");
        assert_eq!(rules.same().collect::<Vec<_>>(), [("A1", "B1", 3), ("A1", "C1", 3), ("B1", "C1", 3)]);
        assert_eq!(rules.apart(), [("gqa".to_owned(), "gee q a".to_owned())]);
        assert_eq!(wrong, []);
        assert_eq!(AliasRules::parse("a.txt", "").0.same().count(), 0);
    }

    #[test]
    fn full_width_signs_are_signs() {
        let (rules, wrong) = AliasRules::parse("a.txt", "＃ 名词\nGQA＝分组查询注意力\nA1！＝B1\nC1≠D1\n");
        assert_eq!(rules.same().collect::<Vec<_>>(), [("GQA", "分组查询注意力", 2)]);
        assert_eq!(rules.apart().len(), 2);
        assert_eq!(wrong, []);
    }

    #[test]
    fn what_is_neither_names_its_line_and_leaves_the_others() {
        let check = |text: &str, line, why| {
            let (rules, wrong) = AliasRules::parse("n/a.txt", &format!("{text}\nX1 = Y1"));
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert_eq!((wrong[0].line, wrong[0].why), (line, why), "{text}");
            let error = wrong[0].to_string();
            assert!(error.starts_with(&format!("n/a.txt:{line}: {why}; ")), "{error}");
            assert_eq!(rules.same().map(|(a, b, _)| (a, b)).collect::<Vec<_>>(), [("X1", "Y1")]);
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
        fn any_text_is_rules_or_errors_in_order(text in any::<String>()) {
            let (_, wrong) = AliasRules::parse("f", &text);
            prop_assert!(wrong.windows(2).all(|two| two[0].line < two[1].line));
            prop_assert!(wrong.iter().all(|error| error.line as usize <= text.lines().count()));
        }
    }
}
