//! Markdown taken off a sentence.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::is_han;

/// What a reader would see of `text`: for showing a sentence on one line and for comparing it.
///
/// Emphasis, heading marks, bullets, quote marks, link targets, footnote marks, code ticks and known HTML tags go;
/// `[[a|b]]` becomes `b`. The numbers of numbered lists, formulas with their `$`, and everything inside code stay.
/// Lines of a paragraph are joined, with no space between Han characters; lines of code and rows stay apart. In a
/// table without bars at its sides, cells that a row has more than its header are left out, as Markdown viewers do.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = text.trim();
    if let Some(code) = org_block(text) {
        return code.trim().to_owned();
    }
    if text.starts_with('|') && text.lines().all(|line| line.trim_start().starts_with('|')) {
        return rows(text);
    }
    // An org heading.
    let stars = text.len() - text.trim_start_matches('*').len();
    let text = if stars > 1 && text[stars..].starts_with(' ') { text[stars..].trim_start() } else { text };
    parsed(&without_org_links(text))
}

fn parsed(text: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_OLD_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS;
    let mut writer = Writer { source: text, ..Writer::default() };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        writer.event(event, range);
    }
    writer.plain.trim().to_owned()
}

/// Rows with bars at their sides, whether or not they make a whole table: the bars and the rule below the header go.
fn rows(text: &str) -> String {
    let rows =
        text.lines().map(str::trim).filter(|row| !row.chars().all(|c| "|-:+ ".contains(c))).map(|row| {
            let row = row.strip_prefix('|').unwrap_or(row);
            let row = row.strip_suffix('|').unwrap_or(row);
            parsed(&row.split_whitespace().collect::<Vec<_>>().join(" "))
        });
    rows.collect::<Vec<_>>().join("\n")
}

/// What is inside `#+begin_…` and `#+end_…`.
fn org_block(text: &str) -> Option<&str> {
    let head = text.get(..8).filter(|head| head.eq_ignore_ascii_case("#+begin_"))?;
    let inside = &text[head.len()..];
    let inside = &inside[inside.find('\n')? + 1..];
    let last = inside.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let closed = inside[last..].get(..6).is_some_and(|end| end.eq_ignore_ascii_case("#+end_"));
    Some(if closed { &inside[..last] } else { inside })
}

/// `[[target][words]]` as its words.
fn without_org_links(text: &str) -> Cow<'_, str> {
    if !text.contains("][") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[[") {
        let link = &rest[at + 2..];
        // Far longer than any link, and short enough for a text that opens many and closes none.
        let near = &link[..link.floor_char_boundary(1_000)];
        let words = near.find("]]").and_then(|end| Some((near[..end].split_once("][")?.1, end)));
        match words {
            Some((words, end)) if !words.contains('[') => {
                plain.push_str(&rest[..at]);
                plain.push_str(words);
                rest = &link[end + 2..];
            }
            _ => {
                plain.push_str(&rest[..at + 2]);
                rest = link;
            }
        }
    }
    Cow::Owned(plain + rest)
}

#[derive(Default)]
struct Writer<'a> {
    source: &'a str,
    plain: String,
    /// A line end is due before the next character.
    line: bool,
    cells: usize,
    lists: Vec<Option<u64>>,
    /// The marks of emphasis that turned out to be none, such as in `2*3*4`: written again at its end.
    marks: Vec<&'a str>,
}

impl<'a> Writer<'a> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, &range),
            Event::End(tag) => self.end(tag),
            Event::Text(words) => self.write(&words),
            Event::Code(code) => self.write(&code),
            // As written, dollars and all.
            Event::InlineMath(_) | Event::DisplayMath(_) => self.write(&self.source[range]),
            Event::Html(html) | Event::InlineHtml(html) => {
                let words = without_tags(&html);
                self.write(words.trim_end_matches('\n'));
                self.line |= html.ends_with('\n');
            }
            Event::SoftBreak => self.soft_break(range.end),
            Event::HardBreak => self.line = true,
            Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::HtmlBlock | Tag::TableRow => {
                self.block();
            }
            Tag::CodeBlock(kind) => {
                self.block();
                if let CodeBlockKind::Fenced(_) = kind
                    && self.source[range.clone()].lines().count() == 1
                {
                    // A fence alone has no text; what was meant may be what follows it on the line.
                    self.write(self.source[range.clone()].trim_start_matches(['`', '~']).trim());
                }
            }
            Tag::List(first) => self.lists.push(*first),
            Tag::Item => {
                self.block();
                if let Some(Some(number)) = self.lists.last_mut() {
                    let mark = self.source[range.clone()]
                        .trim_start()
                        .trim_start_matches(|c: char| c.is_ascii_digit());
                    let mark = if mark.starts_with(')') { ')' } else { '.' };
                    let bullet = format!("{number}{mark} ");
                    *number += 1;
                    self.write(&bullet);
                }
            }
            Tag::TableHead => {
                self.block();
                self.cells = 0;
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.write(" | ");
                }
                self.cells += 1;
            }
            Tag::Emphasis | Tag::Strong => {
                let mark = self.literal_mark(range, if *tag == Tag::Strong { 2 } else { 1 });
                self.marks.push(mark);
                self.write(mark);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong => {
                if let Some(mark) = self.marks.pop() {
                    self.write(mark);
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::TableHead | TagEnd::TableRow => self.cells = 0,
            _ => {}
        }
    }

    /// The mark of an emphasis that stands between letters or digits on both sides, where people mean the character
    /// itself; empty for an emphasis that is one. Han characters have no spaces between words, so they do not tell.
    fn literal_mark(&self, range: &Range<usize>, len: usize) -> &'a str {
        let solid = |c: char| c.is_alphanumeric() && !is_han(c);
        let before = self.source[..range.start].chars().next_back().is_some_and(solid);
        let after = self.source[range.end..].chars().next().is_some_and(solid);
        if before && after { self.source.get(range.start..range.start + len).unwrap_or_default() } else { "" }
    }

    fn block(&mut self) {
        // The number of an item stands on the line of its paragraph.
        let item = self.plain.ends_with(". ") || self.plain.ends_with(") ");
        let on_its_line = item && !self.line && !self.lists.is_empty();
        self.line |= !self.plain.is_empty() && !on_its_line;
    }

    fn soft_break(&mut self, next: usize) {
        let han = |c: Option<char>| {
            c.is_some_and(|c| is_han(c) || matches!(c, '，' | '。' | '、' | '；' | '：' | '（' | '）'))
        };
        let next = self.source[next..].chars().find(|c| !c.is_whitespace() && *c != '>');
        if !(han(self.plain.chars().next_back()) && han(next)) {
            self.plain.push(' ');
        }
    }

    fn write(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        if std::mem::take(&mut self.line) {
            self.plain.truncate(self.plain.trim_end().len());
            if !self.plain.is_empty() {
                self.plain.push('\n');
            }
        }
        self.plain.push_str(words);
    }
}

/// `html` without comments and the tags that HTML knows. `Vec<String>` is no tag.
fn without_tags(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        match tag_len(rest) {
            Some((len, space)) => {
                if space {
                    words.push(' ');
                }
                rest = &rest[len..];
            }
            None => {
                words.push('<');
                rest = &rest[1..];
            }
        }
    }
    words + rest
}

/// The length of the tag or comment at the start of `text`, and whether it parts words.
fn tag_len(text: &str) -> Option<(usize, bool)> {
    if text.starts_with("<!--") {
        return Some((text.find("-->").map_or(text.len(), |end| end + 3), false));
    }
    let inside = text[1..].trim_start_matches('/');
    let name_len = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = inside[..name_len].to_ascii_lowercase();
    let end = text.find('>')? + 1;
    let parts = matches!(name.as_str(), "br" | "p" | "div" | "td" | "th" | "tr" | "li" | "hr" | "img");
    let known = parts
        || matches!(
            name.as_str(),
            "a" | "abbr"
                | "b"
                | "blockquote"
                | "body"
                | "center"
                | "cite"
                | "code"
                | "dd"
                | "del"
                | "details"
                | "dfn"
                | "dl"
                | "dt"
                | "em"
                | "figcaption"
                | "figure"
                | "font"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "i"
                | "iframe"
                | "ins"
                | "kbd"
                | "mark"
                | "ol"
                | "pre"
                | "q"
                | "rp"
                | "rt"
                | "ruby"
                | "s"
                | "samp"
                | "section"
                | "small"
                | "span"
                | "strike"
                | "strong"
                | "sub"
                | "summary"
                | "sup"
                | "table"
                | "tbody"
                | "tfoot"
                | "thead"
                | "tt"
                | "u"
                | "ul"
                | "var"
                | "video"
                | "wbr"
        );
    known.then_some((end, parts))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(plain(text), expected, "{text:?}");
    }

    #[test]
    fn marks_go_and_words_stay() {
        check("**Bold** and *it* and ~~gone~~ `code`.", "Bold and it and gone code.");
        check("See [the docs](https://a.b) and [[GQA]] or [[gqa|分组]].", "See the docs and GQA or 分组.");
        check("![alt](x.png) and <https://a.b>", "alt and https://a.b");
        check("## Title", "Title");
        check("Title\n===", "Title");
        check("- item", "item");
        check("* [x] done", "done");
        check("> quoted\n> more", "quoted more");
        check("It is so.[^1] Next[^note].", "It is so. Next.");
        check("[^1]: The note.", "The note.");
        check("H<sub>2</sub>O<br>and &amp; \\*", "H2O and & *");
        check("<p>Hello</p>", "Hello");
        check("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2");
        check("| a | **b** |", "a | b");
        check("| a    | b |\n|------+---|", "a | b");
        check("| 文 |\n|-|\n| 文 | 文 |", "文\n文 | 文");
        check("** Org heading", "Org heading");
        check("See [[https://a.b][the docs]] and [[GQA]].", "See the docs and GQA.");
        check("#+BEGIN_SRC python\nx = a*b*c\n  y\n#+END_SRC", "x = a*b*c\n  y");
        check("---", "");
        check("|---|---|", "");
        check("", "");
        check("分组**查询**注意力，见\n下文", "分组查询注意力，见下文");
        check("line one\nline two", "line one line two");
    }

    #[test]
    fn numbers_formulas_and_code_stay() {
        check("1. first\n2. second", "1. first\n2. second");
        check("3) third", "3) third");
        check("2*3*4 = 24 and a * b", "2*3*4 = 24 and a * b");
        check("snake_case_name and __init__.py", "snake_case_name and init.py");
        check("$x_1 * y_2$ costs $5", "$x_1 * y_2$ costs $5");
        check("$$\na = b_1\n$$", "$$\na = b_1\n$$");
        check("Vec<String> and a < b > c", "Vec<String> and a < b > c");
        check("`[^a-z]` and `a*b*c`", "[^a-z] and a*b*c");
        check("```rust\nlet a = 1;\nlet b = 2;\n```", "let a = 1;\nlet b = 2;");
        check("See [1] and [x][y].", "See [1] and [x][y].");
        check("-5 degrees, 3.5%, v1.2, #tag", "-5 degrees, 3.5%, v1.2, #tag");
    }

    proptest! {
        #[test]
        fn han_characters_are_never_lost(text in "[中文字*_`>#$ \n。-]{0,40}") {
            let han = |text: &str| text.chars().filter(|&c| is_han(c)).collect::<String>();
            // A word after an opening fence is the name of a language.
            prop_assume!(!text.contains("```"));
            prop_assert_eq!(han(&plain(&text)), han(&text));
        }

        #[test]
        fn it_is_trimmed_whatever_comes(text in crate::testing::markdown()) {
            let plain = plain(&text);
            prop_assert_eq!(plain.trim(), plain.as_str());
        }
    }
}
