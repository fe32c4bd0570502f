//! The lists of a passage: what introduces each, and its items. A list is quoted as one, or not at all.

use std::ops::Range;

use crate::draft::split_bullet;

/// A list of more items is a catalogue, and no answer.
const MOST: usize = 9;
/// Items of a longer list, in characters, are quoted by their first sentence.
const LONG: usize = 700;
/// A first sentence of fewer terms is the item's title, and takes the next along.
const TITLE: usize = 4;

/// A list of at least two items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List {
    /// The sentence before it that ends in a colon.
    pub(super) lead: Option<Range<usize>>,
    /// Its items, each from its bullet to its end, in order.
    pub(super) items: Vec<Range<usize>>,
}

/// The lists of `text`, whose sentences are `sentences`.
pub(super) fn lists(text: &str, sentences: &[Range<usize>]) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    // Whether the sentence before is part of the last list.
    let mut open = false;
    for (at, span) in sentences.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &sentences[at]);
        let blank = before.is_some_and(|before| parted(&text[before.end..span.start]));
        let list = lists.last_mut().filter(|_| open);
        let list = list
            .filter(|list| !is_item(text, span) || numbered(text, span) == numbered(text, &list.items[0]));
        match (is_item(text, span), list) {
            (true, Some(list)) => list.items.push(span.clone()),
            (true, None) => {
                let lead = before.filter(|before| text[(*before).clone()].trim_end().ends_with([':', '：']));
                let lead = lead.filter(|lead| !text[(*lead).clone()].starts_with(['#', '|'])).cloned();
                lists.push(List { lead, items: vec![span.clone()] });
                open = true;
            }
            // A sentence goes on with its item where no blank line parts them.
            (false, Some(list)) if !blank && !starts_anew(&text[span.clone()]) => {
                list.items.iter_mut().rev().take(1).for_each(|item| item.end = span.end);
            }
            (false, _) => open = false,
        }
    }
    lists.retain(|list| (2..=MOST).contains(&list.items.len()));
    lists
}

impl List {
    /// Where it stands, with its lead.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.lead.as_ref().or(self.items.first()).map_or(0, |part| part.start);
        start..self.items.last().map_or(start, |item| item.end)
    }

    /// Its lead and its items, as they are quoted: whole, or each by what it says first.
    pub(super) fn parts(&self, text: &str, sentences: &[Range<usize>]) -> Vec<Range<usize>> {
        let long = text[self.span()].chars().count() > LONG;
        let short = |item: &Range<usize>| {
            let mut own = sentences.iter().filter(|span| item.start <= span.start && span.end <= item.end);
            let first = own.find(|span| index::terms(&text[item.start..span.end]).len() >= TITLE);
            item.start..first.filter(|_| long).map_or(item.end, |span| span.end)
        };
        self.lead.iter().cloned().chain(self.items.iter().map(short)).collect()
    }
}

/// Whether a sentence begins an item: with a bullet at the beginning of its line.
pub(super) fn is_item(text: &str, span: &Range<usize>) -> bool {
    let (bullet, _) = split_bullet(&text[span.clone()]);
    let line = text[..span.start].rsplit('\n').next().unwrap_or_default();
    !bullet.is_empty() && !bullet.starts_with('#') && line.trim().is_empty()
}

fn numbered(text: &str, item: &Range<usize>) -> bool {
    text[item.clone()].starts_with(|c: char| c.is_ascii_digit())
}

fn parted(gap: &str) -> bool {
    gap.matches('\n').count() > 1
}

fn starts_anew(raw: &str) -> bool {
    raw.starts_with(['#', '|', '>']) || raw.starts_with("```")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Option<&str>, &[&str])]) {
        let sentences = index::sentences(text);
        let found = lists(text, &sentences);
        let found: Vec<_> = found
            .iter()
            .map(|list| {
                let items: Vec<&str> = list.items.iter().map(|item| &text[item.clone()]).collect();
                (list.lead.clone().map(|lead| &text[lead]), items)
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(lead, items)| (*lead, items.to_vec())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_list_is_its_items_and_what_introduces_them() {
        check(
            "Words. There are two kinds:\n\n- One. It is red.\n- Two.\n\nMore words.\n",
            &[(Some("There are two kinds:"), &["- One. It is red.", "- Two."])],
        );
        check("# Steps\n\n1. Load.\n2. Cut.\n", &[(None, &["1. Load.", "2. Cut."])]);
        check(
            "有两类：\n1. 甲。说明。\n2. 乙。\n\n- 一\n- 二",
            &[(Some("有两类："), &["1. 甲。说明。", "2. 乙。"]), (None, &["- 一", "- 二"])],
        );
        check(
            "- One\n- Two\n\nWords.\n\n- Three\n- Four",
            &[(None, &["- One", "- Two"]), (None, &["- Three", "- Four"])],
        );
        check("- Alone.\n\n3 GB are enough.\n\n**Bold** words. - A dash.", &[]);
        check("", &[]);
    }

    #[test]
    fn a_long_list_is_quoted_by_what_its_items_say_first() {
        let tail = "and much more about it ".repeat(20);
        let text = format!(
            "1. **Tiling.** The blocks are small. {tail}.\n2. Softmax is built up block by block. {tail}."
        );
        let sentences = index::sentences(&text);
        let list = &lists(&text, &sentences)[0];
        let parts: Vec<&str> = list.parts(&text, &sentences).into_iter().map(|part| &text[part]).collect();
        assert_eq!(parts, ["1. **Tiling.** The blocks are small.", "2. Softmax is built up block by block."]);
        let text = "- One. It is red.\n- Two.";
        let sentences = index::sentences(text);
        let parts = lists(text, &sentences)[0].parts(text, &sentences);
        assert_eq!(
            parts.into_iter().map(|part| &text[part]).collect::<Vec<_>>(),
            ["- One. It is red.", "- Two."]
        );
    }
}
