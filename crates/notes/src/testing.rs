//! Nasty notes and simple counters for the tests of this crate.

use proptest::prelude::*;

use crate::{TokenCounter, is_han};

/// Counts a Han character, and every four bytes of anything else that is not white space, as a token.
pub(crate) struct Rough;

impl TokenCounter for Rough {
    fn count(&self, text: &str) -> usize {
        let han = text.chars().filter(|&c| is_han(c)).count();
        let words = text.split(|c: char| c.is_whitespace() || is_han(c)).map(|word| word.len().div_ceil(4));
        han + words.sum::<usize>()
    }
}

/// Counts characters: the strictest of counters.
pub(crate) struct Characters;

impl TokenCounter for Characters {
    fn count(&self, text: &str) -> usize {
        text.chars().count()
    }
}

/// Text made of what breaks parsers: marks of every kind, in any order, closed or not.
pub(crate) fn markdown() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => prop::sample::select(vec![
            "# Heading", "## 标题 A", "### Deep {#id}", "####### seven", "#", "Setext", "=====", "---", "***", "- item", "- [ ] task",
            "  - nested item", "    * deeper", "1. first", "12) twelfth", "> quote", "> > nested", "> # quoted heading", "```", "```rust",
            "~~~", "````", "    indented code", "| a | b |", "|---|:-:|", "| 1 | 2 |", "a | b", "--- | ---", "<div>", "</div>", "<!--",
            "-->", "<script>", "[^1]: note", "[ref]: http://a.b \"title\"", "$$", "$$x^2$$", "+++", "\t- tab item", "\u{feff}",
            "* * *", "+", "term", ": definition", "* Org heading :tag:", "** TODO 二级", ":PROPERTIES:", ":END:", "#+begin_src", "#+end_src",
            "#+title: x", "-----",
        ]).prop_map(str::to_owned),
        4 => "[a-zA-Z ,.;!?*_`$\\[\\](){}<>#|&~=:/\"'0-9-]{0,40}",
        3 => "[中文字符注意力机制。！？；，：“”（）……、a-z 0-9]{0,40}",
        1 => "[a-z]{0,3} (word ){0,60}",
        1 => any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "", "\r", "  \n", "\n \n"]);
    prop::collection::vec((line, end), 0..40)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}
