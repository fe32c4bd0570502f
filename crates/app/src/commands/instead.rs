//! The command that quotes the notes, where a model could not answer.

/// The same command line with the generator that needs no endpoint. `args` are the program's arguments, its own name
/// first; `question` is given where it was read from stdin, which cannot be read again.
pub(super) fn instead(args: impl IntoIterator<Item = String>, question: Option<&str>) -> String {
    let mut words = vec!["footnote".to_owned()];
    let mut args = args.into_iter().skip(1);
    let mut asked = false;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "ask" if !asked => {
                asked = true;
                words.extend(["ask", "--generator", "extractive"].map(str::to_owned));
            }
            "--generator" => drop(args.next()),
            "-" if question.is_some() => {}
            _ if arg.starts_with("--generator=") => {}
            _ => words.push(quoted(&arg)),
        }
    }
    words.extend(question.map(quoted));
    words.join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_typed_as_it_is() {
        let check = |args: &[&str], question, expected: &str| {
            let args = ["/usr/bin/footnote"].iter().chain(args).map(ToString::to_string);
            assert_eq!(instead(args, question), expected);
        };
        check(&["ask", "what is GQA"], None, "footnote ask --generator extractive 'what is GQA'");
        check(
            &["--notes", "my notes", "ask", "-k", "3", "什么是GQA"],
            None,
            "footnote --notes 'my notes' ask --generator extractive -k 3 什么是GQA",
        );
        check(
            &["ask", "--generator", "openai", "what's", "ask"],
            None,
            r"footnote ask --generator extractive 'what'\''s' ask",
        );
        check(
            &["ask", "--generator=ollama", "--json", "a"],
            None,
            "footnote ask --generator extractive --json a",
        );
        check(&["ask", "-"], Some("$(rm -rf)"), "footnote ask --generator extractive '$(rm -rf)'");
        check(&["ask", "--", "-x"], None, "footnote ask --generator extractive -- -x");
        check(&["ask", ""], None, "footnote ask --generator extractive ''");
    }
}
