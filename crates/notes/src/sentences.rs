//! Where one sentence ends and the next begins: blocks and list items first, then the sentences of a paragraph.

mod ending;

use std::ops::Range;

use self::ending::split;
use crate::outline::{lines, trim};

/// The sentences of `text`, Chinese, English or mixed, as byte ranges: in order, without overlap, together covering
/// everything but white space.
///
/// Blank lines, list items, headings, table rows and quotes are boundaries; a line end inside a paragraph is none. A
/// code block or a formula block is one sentence, and so is a table row; the rule under a table's header belongs to the
/// header. Quotes, brackets and footnote marks that close a sentence belong to it. A sentence may have nothing to say,
/// such as a rule: its [`plain`](crate::plain) form is empty.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for unit in units(text) {
        let range = trim(text, unit.range);
        if range.is_empty() {
            continue;
        }
        if unit.whole { found.push(range) } else { split(text, range, &mut found) }
    }
    found
}

/// Lines that belong together.
struct Unit {
    range: Range<usize>,
    /// It is one sentence, whatever is in it.
    whole: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    /// Goes on with the paragraph above it, or begins one.
    Text,
    /// The same inside a quote.
    Quote,
    /// Begins a list item.
    Item,
    Heading,
    Row,
    /// The line under a table's header or a heading: belongs to the line above it.
    Under,
    Rule,
}

fn units(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut before = Line::Blank;
    let mut all = lines(text, 0).peekable();
    while let Some(range) = all.next() {
        let line = text[range.clone()].trim();
        if let Some(closes) = opens(line) {
            let mut end = range.end;
            for next in all.by_ref() {
                end = next.end;
                if closes.closed_by(text[next].trim()) {
                    break;
                }
            }
            units.push(Unit { range: range.start..end, whole: true });
            before = Line::Blank;
            continue;
        }
        let kind = classify(line, before);
        let goes_on = match kind {
            Line::Blank => true,
            Line::Text => matches!(before, Line::Text | Line::Item | Line::Quote),
            Line::Quote => before == Line::Quote,
            Line::Under => true,
            Line::Item | Line::Heading | Line::Row | Line::Rule => false,
        };
        match units.last_mut() {
            Some(unit) if goes_on => {
                if kind != Line::Blank {
                    unit.range.end = range.end;
                }
            }
            _ if kind == Line::Blank => {}
            _ => units.push(Unit { range, whole: matches!(kind, Line::Row | Line::Rule) }),
        }
        before = if kind == Line::Under && before != Line::Row { Line::Heading } else { kind };
    }
    units
}

fn classify(line: &str, before: Line) -> Line {
    let only = |c: char| !line.is_empty() && line.chars().all(|other| other == c || other == ' ');
    if line.is_empty() {
        Line::Blank
    } else if before == Line::Row && is_delimiter_row(line) {
        Line::Under
    } else if line.starts_with('|') || line.contains(" | ") || is_aligned(line) {
        Line::Row
    } else if before == Line::Text && (only('=') || only('-')) {
        Line::Under
    } else if line.len() >= 3 && ['-', '*', '_'].into_iter().any(only) {
        Line::Rule
    } else if line.starts_with('>') {
        Line::Quote
    } else if is_heading(line) {
        Line::Heading
    } else if item_mark(line).is_some() {
        Line::Item
    } else {
        Line::Text
    }
}

/// Columns made with spaces or tabs: a row of a table in all but name.
fn is_aligned(line: &str) -> bool {
    line.contains("   ") || line.contains('\t')
}

fn is_delimiter_row(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| "|-:+ ".contains(c))
}

fn is_heading(line: &str) -> bool {
    let marks = line.bytes().take_while(|&byte| byte == b'#').count();
    let stars = line.bytes().take_while(|&byte| byte == b'*').count();
    let after = |count: usize| line[count..].starts_with([' ', '\t']);
    (1..=6).contains(&marks) && after(marks) || stars >= 2 && after(stars)
}

/// The length of the list mark at the start of `line`, with the space after it.
fn item_mark(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+', '•'])?,
        1..=9 => text[digits..].strip_prefix(['.', ')'])?,
        _ => return None,
    };
    rest.starts_with([' ', '\t']).then(|| line.len() - rest.len() + 1)
}

/// What ends a block that is one sentence.
enum Closes<'a> {
    Fence(&'a str),
    Math,
    Org(&'a str),
}

impl Closes<'_> {
    fn closed_by(&self, line: &str) -> bool {
        match self {
            Self::Fence(fence) => {
                line.starts_with(fence) && line[fence.len()..].chars().all(|c| fence.contains(c))
            }
            Self::Math => line.ends_with("$$"),
            Self::Org(name) => {
                line.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("#+end_"))
                    && line[6..].eq_ignore_ascii_case(name)
            }
        }
    }
}

fn opens(line: &str) -> Option<Closes<'_>> {
    let mut line = line;
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start();
    }
    if let Some(mark) = item_mark(line) {
        line = line[mark..].trim_start();
    }
    for fence in ["```", "~~~"] {
        if line.starts_with(fence) {
            let len = line.len() - line.trim_start_matches(&fence[..1]).len();
            // Ticks after the fence make it a code span.
            return (fence == "~~~" || !line[len..].contains('`')).then_some(Closes::Fence(&line[..len]));
        }
    }
    if line == "$$" || (line.starts_with("$$") && line.matches("$$").count() == 1) {
        return Some(Closes::Math);
    }
    let head = line.get(..8)?;
    head.eq_ignore_ascii_case("#+begin_")
        .then(|| Closes::Org(line[8..].split_whitespace().next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    /// Each sentence ends at a `|`.
    #[track_caller]
    fn marked(text: &str) {
        let expected: Vec<&str> = text.split('|').map(str::trim).filter(|part| !part.is_empty()).collect();
        check(&text.replace('|', ""), &expected);
    }

    #[test]
    fn chinese() {
        marked("注意力是核心。|它有三个输入：查询、键、值。|为什么？|因为快！|");
        marked("他说：“好。”|然后走了。|");
        marked("效果好；|速度快。|");
        marked("真的吗？！|是的。|");
        marked("（见下文。）|下一句。|");
        marked("等等……|下一句。|");
        marked("所以…可能对。|");
        marked("完成。|**重要**：再做一次。|");
        marked("**完成。**|下一句。|");
        marked("提升了3.5%，见 v1.2。|用 GQA.|然后训练。|");
        marked("参数为 0.9，即 e.g. 默认值。|");
        marked("结论成立。[^1]|下一句。[2]|第三句。|");
        marked("第一行没有完\n第二行才完。|第三句。|");
    }

    #[test]
    fn english() {
        marked("It is fast. |It is small! |Is it right? |Yes.");
        marked("See e.g. Fig. 3, i.e. the U.S. map (cf. Eq. 2). |Next.");
        marked("Vaswani et al. propose it. |Ainslie et al. |They differ.");
        marked("It uses 3.5 GB in v1.2. |No. 5 is alive. |Is it? |No. |It is not.");
        marked("J. Smith wrote it. |Dr. Who did not.");
        marked("- I. Beltagy et al., 2020. |So do I. |Next.");
        marked("It works. |also without capitals.");
        marked("He said \"Go.\" |She went.");
        marked("(It is so.) |Next.");
        marked("**Bold end.** |Next *one.* |Last.");
        marked("It is so.[^1] |Next. [2] |Last.");
        marked("Wait... |What? |well... maybe.");
        marked("Use `a. B` and `x?y! Z` here. |Then $f(x. Y)$ it. |It costs $5. |That is $6.");
        marked("See [the docs](https://a.b/c?d=e). |Open foo.rs or a.b.c now.");
        marked("Apples, pears, etc. are fruit. |Apples, etc. |Next.");
        marked("It ended in 2023. |Then more.");
        marked("A soft\nbreak is none. |Here\nneither.");
        marked("Meet at 5 p.m. today. |Meet at 5 p.m. |Then go.");
    }

    #[test]
    fn blocks_are_boundaries() {
        check("# Title\nText", &["# Title", "Text"]);
        check("Title\n=====\nText", &["Title\n=====", "Text"]);
        check("a\n\nb", &["a", "b"]);
        check(
            "- one\n- two\n  more. Last\n1. three. Four",
            &["- one", "- two\n  more.", "Last", "1. three.", "Four"],
        );
        check("1. 第一。第二。\n2. 第三", &["1. 第一。", "第二。", "2. 第三"]);
        check("| a | b |\n|---|---|\n| 1. 2 | 3! 4 |", &["| a | b |\n|---|---|", "| 1. 2 | 3! 4 |"]);
        check("权重    2 字节\n梯度    2 字节\n合计", &["权重    2 字节", "梯度    2 字节", "合计"]);
        check("a | b\n--|--\n1 | 2", &["a | b\n--|--", "1 | 2"]);
        check(
            "Text.\n```rust\nlet a = 1. ;\n\nlet b!\n```\nMore.",
            &["Text.", "```rust\nlet a = 1. ;\n\nlet b!\n```", "More."],
        );
        check("```\nunclosed. Fence\n\nx", &["```\nunclosed. Fence\n\nx"]);
        check("```inline``` is. Not a fence.", &["```inline``` is.", "Not a fence."]);
        check("$$\na = b. C\n$$\nText", &["$$\na = b. C\n$$", "Text"]);
        check("$$a. B$$\nText", &["$$a. B$$\nText"]);
        check("> quoted\n> text. More\nafter", &["> quoted\n> text.", "More\nafter"]);
        check("text\n> quoted", &["text", "> quoted"]);
        check("a\n\n---\n\nb", &["a", "---", "b"]);
        check(
            "#+begin_src rust\nlet a. B\n#+end_src\nText",
            &["#+begin_src rust\nlet a. B\n#+end_src", "Text"],
        );
        check("a.\r\nb.\r\n\r\nc", &["a.", "b.", "c"]);
        check("", &[]);
        check(" \n\t\n", &[]);
    }

    proptest! {
        #[test]
        fn they_are_ordered_disjoint_and_complete(text in crate::testing::markdown()) {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(end <= range.start && range.start < range.end);
                prop_assert!(text[end..range.start].trim().is_empty());
                prop_assert_eq!(&text[range.clone()], text[range.clone()].trim());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
