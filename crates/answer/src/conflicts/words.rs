//! Small questions about words.

/// Whether a term is of Chinese characters.
pub(super) fn is_han(term: &str) -> bool {
    term.starts_with(index::is_han)
}

/// How much a term says: a pair of Han characters, cut without a dictionary, is half a word.
pub(super) fn weight(term: &str) -> f32 {
    if is_han(term) { 0.5 } else { 1.0 }
}

/// Whether a lower-case text has one of the words, whole where they are Latin.
pub(super) fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| has_word(text, word))
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !word.is_ascii() {
        return text.contains(word);
    }
    text.match_indices(word)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
}
