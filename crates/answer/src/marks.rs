//! Citation marks as models write them: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `【1】`.

/// A sentence of a draft with its marks taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The sentence without marks, trimmed at the end.
    pub(crate) text: String,
    /// The numbers that name a passage, ascending, each once.
    pub(crate) numbers: Vec<u32>,
}

/// Takes the marks out of a sentence. Numbers that name none of the `passages` dangle: they are dropped, mark and all.
/// Brackets in code spans, and brackets that hold anything but numbers, are text.
pub(crate) fn take_marks(sentence: &str, passages: usize) -> Marked {
    let mut text = String::with_capacity(sentence.len());
    let mut numbers = Vec::new();
    let mut rest = sentence;
    let mut in_code = false;
    while let Some(c) = rest.chars().next() {
        if !in_code && let Some((found, after)) = mark_at(rest) {
            numbers.extend(found.into_iter().filter(|&n| n >= 1 && n as usize <= passages));
            rest = after;
            // A mark before the full stop leaves a space behind: `heads [1].`
            if rest.chars().next().is_none_or(|next| ".,;:!?。，；：！？".contains(next)) {
                text.truncate(text.trim_end().len());
            }
            continue;
        }
        in_code ^= c == '`';
        text.push(c);
        rest = &rest[c.len_utf8()..];
    }
    text.truncate(text.trim_end().len());
    numbers.sort_unstable();
    numbers.dedup();
    Marked { text, numbers }
}

/// Whether `text`, seen while it is still being written, may begin with a mark that is not whole yet.
pub(crate) fn may_become_mark(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('[' | '【')) && chars.all(|c| c.is_ascii_digit() || " ,，、-–^".contains(c))
}

/// How many bytes of marks (and blanks between them) `text` begins with.
pub(crate) fn leading_marks(text: &str) -> usize {
    let mut rest = text;
    let mut end = 0;
    while let Some((_, after)) = mark_at(rest.trim_start_matches([' ', '\t'])) {
        rest = after;
        end = text.len() - rest.len();
    }
    end
}

/// The mark that `text` begins with: its numbers and what follows it.
fn mark_at(text: &str) -> Option<(Vec<u32>, &str)> {
    let (open, close) = if text.starts_with('[') {
        ("[", ']')
    } else if text.starts_with('【') {
        ("【", '】')
    } else {
        return None;
    };
    let body = &text[open.len()..];
    let end = body.find(close).filter(|&end| end <= 40)?;
    let after = &body[end + close.len_utf8()..];
    // `[1](url)` and `[1]: url` are links, `[[1]]` a wikilink.
    if after.starts_with(['(', ':', ']']) && close == ']' {
        return None;
    }
    let mut numbers = Vec::new();
    for part in
        body[..end].trim_start_matches('^').split([',', '，', '、', ' ']).filter(|part| !part.is_empty())
    {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (first, last): (u32, u32) = (number(first)?, number(last)?);
        numbers.extend((first..=last).take(20));
    }
    (!numbers.is_empty()).then_some((numbers, after))
}

/// A citation number: one to three digits. Longer ones are years or data, `0` an index.
fn number(text: &str) -> Option<u32> {
    let short = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    short.then(|| text.parse().ok()).flatten().filter(|&n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_out_and_checked() {
        let check = |sentence: &str, text: &str, numbers: &[u32]| {
            assert_eq!(
                take_marks(sentence, 5),
                Marked { text: text.into(), numbers: numbers.into() },
                "{sentence}"
            );
        };
        check("GQA shares heads [1].", "GQA shares heads.", &[1]);
        check("GQA shares heads. [2][1]", "GQA shares heads.", &[1, 2]);
        check("分组共享【3】。", "分组共享。", &[3]);
        check("Both [1, 2] and [4-5] say so.", "Both  and  say so.", &[1, 2, 4, 5]);
        check("A footnote[^2].", "A footnote.", &[2]);
        check("Nothing says so [9].", "Nothing says so.", &[]);
        check("Take `heads[1]` first [2].", "Take `heads[1]` first.", &[2]);
        check("See [1](http://x) and [[1]].", "See [1](http://x) and [[1]].", &[]);
        check("In [2017] it began; a[0] too.", "In [2017] it began; a[0] too.", &[]);
        check("Open [1", "Open [1", &[]);
        check("[", "[", &[]);
    }

    #[test]
    fn marks_at_the_front_belong_to_the_sentence_before() {
        assert_eq!(leading_marks("[1] [2] Next."), 7);
        assert_eq!(leading_marks(" 【1】下一句"), 8);
        assert_eq!(leading_marks("Next [1]."), 0);
        assert!(may_become_mark("[") && may_become_mark("[1, 2") && may_become_mark("【1"));
        assert!(!may_become_mark("[a") && !may_become_mark("x[1"));
    }
}
