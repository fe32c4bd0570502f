//! Cuts a draft into sentences while it is still being written.

use crate::marks::{leading_marks, may_become_mark};

/// Collects the pieces of a draft and hands out each sentence once it is whole.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    /// What has not been handed out yet.
    pending: String,
}

/// One sentence of a draft, its marks still in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    /// What stands before it: blanks, line breaks, a list bullet.
    pub(crate) lead: String,
    /// The sentence and the marks that follow it.
    pub(crate) text: String,
}

impl Splitter {
    /// Adds a piece and returns the sentences that are now whole. A sentence is whole when the next one has begun, for
    /// its marks may follow its full stop.
    pub(crate) fn push(&mut self, piece: &str) -> Vec<Raw> {
        self.pending.push_str(piece);
        self.take(false)
    }

    /// The sentences that remain at the end.
    pub(crate) fn finish(&mut self) -> Vec<Raw> {
        self.take(true)
    }

    fn take(&mut self, all: bool) -> Vec<Raw> {
        let mut bounds = Vec::new();
        let mut begin = 0;
        for span in index::sentences(&self.pending) {
            let marks = leading_marks(&self.pending[begin..]);
            let marked = begin + marks;
            if let Some((_, end)) = bounds.last_mut().filter(|_| marks > 0) {
                // The marks at the front close the sentence before.
                *end = marked;
            }
            let start = span.start.max(marked);
            if start < span.end && !self.pending[start..span.end].trim().is_empty() {
                bounds.push((start, span.end));
            }
            begin = span.end;
        }
        if !all {
            // The last one may go on, and so may the one before it while a mark is being written.
            let last = bounds.pop();
            if last.is_some_and(|(start, end)| may_become_mark(self.pending[start..end].trim())) {
                bounds.pop();
            }
        }
        let mut taken = Vec::new();
        let mut begin = 0;
        for (start, end) in bounds {
            let start = begin + blank(&self.pending[begin..end]).max(start - begin);
            let (bullet, text) = split_bullet(&self.pending[start..end]);
            taken.push(Raw {
                lead: format!("{}{bullet}", &self.pending[begin..start]),
                text: text.to_owned(),
            });
            begin = end;
        }
        self.pending.drain(..begin);
        taken
    }
}

/// The bytes of white space that `text` begins with.
fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Splits a list bullet off: `- `, `* `, `1. `, `2) `, `# `.
pub(crate) fn split_bullet(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text.as_bytes().get(digits) {
        Some(b'.' | b')') if (1..=3).contains(&digits) => digits + 1,
        Some(b'-' | b'*' | b'+') if digits == 0 => 1,
        Some(b'#') if digits == 0 => text.bytes().take_while(|&b| b == b'#').count(),
        _ => return ("", text),
    };
    match text[mark..].starts_with(' ') {
        true => text.split_at(mark + 1),
        false => ("", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(draft: &str) -> Vec<(String, String)> {
        let mut splitter = Splitter::default();
        let mut out = splitter.push(draft);
        out.extend(splitter.finish());
        out.into_iter().map(|raw| (raw.lead, raw.text)).collect()
    }

    fn check(draft: &str, expected: &[(&str, &str)]) {
        let found = whole(draft);
        let found: Vec<_> = found.iter().map(|(lead, text)| (lead.as_str(), text.as_str())).collect();
        assert_eq!(found, expected, "{draft}");
    }

    #[test]
    fn marks_stay_with_their_sentence() {
        check("One. Two.", &[("", "One."), (" ", "Two.")]);
        check("One.[1] Two [2].", &[("", "One.[1]"), (" ", "Two [2].")]);
        check("一。【1】二。[2]", &[("", "一。【1】"), ("", "二。[2]")]);
        check(
            "- First point. [1]\n- Second point.",
            &[("- ", "First point. [1]"), ("\n- ", "Second point.")],
        );
        check("", &[]);
        check("[1]", &[]);
    }

    #[test]
    fn the_split_of_the_stream_does_not_matter() {
        let draft = "GQA shares heads. [1] It came in 2023 [2].\n\n- MQA 只用一个头。【3】\n- Others: v1.2 [1, 2]. 完";
        let expected = whole(draft);
        for at in draft.char_indices().map(|(at, _)| at) {
            let mut splitter = Splitter::default();
            let mut out = splitter.push(&draft[..at]);
            out.extend(splitter.push(&draft[at..]));
            out.extend(splitter.finish());
            let found: Vec<_> = out.into_iter().map(|raw| (raw.lead, raw.text)).collect();
            assert_eq!(found, expected, "cut at {at}");
        }
    }
}
