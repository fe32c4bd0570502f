//! Which words an acronym stands for.
//!
//! After A. S. Schwartz and M. A. Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text",
//! Pacific Symposium on Biocomputing 8 (2003): the letters of the short form are looked for in the words before it, from
//! right to left, and the first must begin a word. They accept any letters inside words for the rest; here most capitals of
//! the short form must begin a word too, which costs chemical names and saves a reader from chance.

use notes::is_han;

use super::name::{initials, is_acronym};
use crate::coverage::is_empty_english;

/// The words at the end of `before` that `short` stands for.
pub(super) fn long_form<'a>(short: &str, before: &'a str) -> Option<&'a str> {
    let letters = letters(short, before);
    let most = (letters.len() + 5).min(letters.len() * 2);
    let start = word_starts(before).rev().take(most).last()?;
    let near: Vec<(usize, char)> = before[start..].char_indices().collect();
    let mut at = near.len();
    for &letter in letters.iter().skip(1).rev() {
        at = near[..at].iter().rposition(|(_, c)| is(*c, letter))?;
    }
    // The nearest word with the first letter may be none of it: `Allen Institute for AI (Ai2)`.
    let firsts =
        (0..at).rev().filter(|&at| is(near[at].1, letters[0]) && (at == 0 || is_border(near[at - 1].1)));
    let longs = firsts.map(|at| {
        let found = start + near[at].0;
        let blank = before[..found].rfind(|c: char| c.is_whitespace() || is_han(c));
        let begin = blank.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        before[begin.max(start)..].trim()
    });
    longs.take(2).find(|long| fits(short, long))
}

/// How far `words` reach that `short` stands for from their first on, in bytes: `GQA: grouped-query attention, which …`.
pub(super) fn leading(short: &str, words: &str) -> Option<usize> {
    let mut found = None;
    let ends =
        words.char_indices().filter(|(_, c)| !c.is_alphanumeric()).map(|(at, _)| at).chain([words.len()]);
    for end in ends.take(24) {
        let part = &words[..end];
        if part.contains([',', '.', ';', ':', '(', '|']) {
            break;
        }
        if spells(short, part) {
            found = Some(end);
        }
    }
    found
}

/// Whether each word of `words` gives its first letter to `short`, in order, and letters inside it give the rest; small
/// words like `of` may give none. `rotary position embedding` spells `RoPE`.
pub(super) fn spells(short: &str, words: &str) -> bool {
    let letters = letters(short, words);
    let pieces: Vec<Vec<char>> = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.to_lowercase().chars().collect())
        .collect();
    pieces.len() >= 2 && pieces.len() <= letters.len() + 3 && spelled(&letters, &pieces)
}

fn spelled(letters: &[char], pieces: &[Vec<char>]) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return letters.is_empty() };
    if is_empty_english(&piece.iter().collect::<String>()) && spelled(letters, rest) {
        return true;
    }
    if letters.first() != piece.first() {
        return false;
    }
    // The more letters a word gives, the fewer are left: try each count.
    let mut inside = piece.iter();
    let given = letters.iter().take_while(|letter| inside.any(|c| c == *letter)).count();
    (1..=given).rev().any(|count| spelled(&letters[count..], rest))
}

/// The letters of `short`, lower-case; digits only if `words` has them: those of `W3C` count letters.
fn letters(short: &str, words: &str) -> Vec<char> {
    let kept = |c: &char| c.is_alphabetic() || (c.is_ascii_digit() && words.contains(*c));
    short.chars().filter(kept).flat_map(char::to_lowercase).collect()
}

fn is_border(c: char) -> bool {
    !c.is_alphanumeric() || is_han(c)
}

fn is(c: char, letter: char) -> bool {
    c.to_lowercase().eq([letter])
}

fn word_starts(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    let mut blank = true;
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| {
            let start = blank && !c.is_whitespace();
            blank = c.is_whitespace();
            start
        })
        .map(|(at, _)| at)
        .collect();
    starts.into_iter()
}

/// Whether the capitals of `short` begin words of `long`, all of few and all but one of many.
fn fits(short: &str, long: &str) -> bool {
    let small = |word: Option<&str>| word.is_some_and(|word| is_empty_english(&word.to_lowercase()));
    let mut words = long.split(|c: char| !c.is_alphanumeric());
    let capitals: Vec<char> =
        short.chars().filter(|c| c.is_uppercase()).flat_map(char::to_lowercase).collect();
    let begun = common(&capitals, &initials(long));
    let missing = capitals.len() - begun;
    let several = long.contains(|c: char| !c.is_alphanumeric()) || initials(long).len() > 1;
    several
        && long.chars().count() > short.chars().count()
        && !is_acronym(long)
        && !small(words.next())
        && !small(words.next_back())
        && !long.split_whitespace().any(|word| word == short)
        && missing <= usize::from(capitals.len() >= 4)
}

/// The length of the longest common subsequence.
fn common(a: &[char], b: &[char]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_long_form_is_found_before_the_short() {
        let check =
            |short, before, expected| assert_eq!(long_form(short, before), expected, "{short} / {before}");
        check("GQA", "We use grouped-query attention", Some("grouped-query attention"));
        check(
            "RLHF",
            "reinforcement learning from human feedback",
            Some("reinforcement learning from human feedback"),
        );
        check("LoRA", "called Low-Rank Adaptation", Some("Low-Rank Adaptation"));
        check("ReLU", "the rectified linear unit", Some("rectified linear unit"));
        check("NF4", "the NormalFloat4", Some("NormalFloat4"));
        check("Ai2", "of the Allen Institute for AI", Some("Allen Institute for AI"));
        check("HTTP", "the Hypertext Transfer Protocol", Some("Hypertext Transfer Protocol"));
        check("HNSW", "Hierarchical Navigable Small World", Some("Hierarchical Navigable Small World"));
        check("NLR", "是National LambdaRail", Some("National LambdaRail"));
        check("UniLM", "Unified Language Model Pre-training", Some("Unified Language Model Pre-training"));
    }

    #[test]
    fn chance_is_no_long_form() {
        let check = |short, before| assert_eq!(long_form(short, before), None, "{short} / {before}");
        check("GPT-3", "Language Models are Few-Shot Learners");
        check("ABC", "");
        check("TV", "watching television");
        check("CTRL", "重复惩罚");
        check("AI", "around the article in");
        check("LLaMA", "Open and Efficient Foundation Language Models");
        check("GQA", "what GQA");
        check("TAO", "the age of");
    }

    #[test]
    fn words_spell_an_acronym_when_each_gives_its_first_letter() {
        let check = |short, words, expected| assert_eq!(spells(short, words), expected, "{short} / {words}");
        check("RoPE", "rotary position embedding", true);
        check("RMSNorm", "root mean square normalisation", true);
        check("DAPT", "domain-adaptive pretraining", true);
        check("MoE", "mixture of experts", true);
        check("RLHF", "reinforcement learning from human feedback", true);
        check("GQA", "grouped-query attention heads", false);
        check("GQA", "grouped-query", false);
        check("GQA", "good attention", false);
        check("GQA", "", false);
    }

    #[test]
    fn a_definition_ends_where_its_letters_end() {
        let check = |short, words: &str, expected: Option<&str>| {
            assert_eq!(leading(short, words).map(|end| &words[..end]), expected, "{short} / {words}");
        };
        check("GQA", "grouped-query attention, which shares heads", Some("grouped-query attention"));
        check("GQA", "grouped-query attention shares heads", Some("grouped-query attention"));
        check("GQA", "the heads share keys", None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_long_form_of_its_own_or_none(short in "[A-Za-z0-9-]{0,8}", before in any::<String>()) {
            if let Some(long) = long_form(&short, &before) {
                prop_assert!(before.trim_end().ends_with(long) && !long.is_empty());
            }
            leading(&short, &before);
        }

        #[test]
        fn initials_are_spelled(words in prop::collection::vec("[b-z]{2,8}", 2..5)) {
            let short: String = words.iter().map(|word| word[..1].to_uppercase()).collect();
            prop_assert!(spells(&short, &words.join(" ")));
        }
    }
}
