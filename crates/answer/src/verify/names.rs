//! Names of a claim that its source should know: Latin words in a Chinese text, capitalised words and identifiers in an
//! English one.

/// The names of `text`, in order. An English sentence's first word is no name for being capitalised.
pub(crate) fn names(text: &str) -> Vec<String> {
    let chinese = text.chars().any(index::is_han);
    let mut names = Vec::new();
    let mut first = true;
    for word in text.split(|c: char| !(is_latin(c) || matches!(c, '-' | '_' | '.' | '\''))) {
        let word = word.trim_matches(|c: char| !is_latin(c));
        let word = word.strip_suffix("'s").unwrap_or(word);
        if word.is_empty() {
            continue;
        }
        let letters = word.chars().any(char::is_alphabetic);
        let digits = word.bytes().any(|b| b.is_ascii_digit());
        let upper = word.chars().filter(|c| c.is_uppercase()).count();
        let starts_upper = word.starts_with(char::is_uppercase);
        let named = (letters && digits && !word.as_bytes()[0].is_ascii_digit())
            || upper >= 2
            || (starts_upper && word.len() > 1 && !first)
            || (chinese && letters && word.len() > 1);
        if named {
            names.push(word.to_owned());
        }
        first = false;
    }
    names
}

/// Digits and Latin letters, with their accents.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{c0}'..='\u{24f}').contains(&c)
}

/// How many of `names` have a word that `knows` does not.
pub(crate) fn unknown(names: &[String], knows: impl Fn(&str) -> bool) -> usize {
    let known = |name: &&String| {
        let terms = index::terms(name);
        // A compound gives its whole first: either that or all of its pieces will do.
        match terms.split_first() {
            Some((whole, pieces)) => {
                knows(whole) || (!pieces.is_empty() && pieces.iter().all(|piece| knows(piece)))
            }
            None => true,
        }
    };
    names.iter().filter(|name| !known(name)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let check = |text: &str, expected: &[&str]| assert_eq!(names(text), expected, "{text}");
        check("", &[]);
        check("The model is BERT.", &["BERT"]);
        check("It runs on Ampere's GPT-3 and LoRA.", &["Ampere", "GPT-3", "LoRA"]);
        check("在 vllm 里用 GQA。", &["vllm", "GQA"]);
        check("it has 7B weights", &[]);
        check("A brand is Lancôme, one is Éclair.", &["Lancôme", "Éclair"]);
    }

    #[test]
    fn a_compound_is_known_by_its_pieces() {
        let check = |name: &str, text: &str, expected| {
            let terms = index::terms(text);
            assert_eq!(
                unknown(&[name.to_owned()], |term| terms.iter().any(|t| t == term)),
                expected,
                "{name}"
            );
        };
        check("GPT-3", "gpt3 is large", 0);
        check("GPT-3", "GPT and 3", 0);
        check("GPT-3", "GPT-4", 1);
        check("BERT", "ERNIE", 1);
    }
}
