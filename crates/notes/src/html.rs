//! HTML pages as readable text that remembers where it came from.

mod writer;

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

use self::writer::Writer;
use crate::outline::{Block, Run};
use crate::{Meta, date, front};

/// The readable text of a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    /// In order, without overlap, in the text and in the source.
    pub(crate) runs: Vec<Run>,
}

/// What the head of a page says about it.
pub(crate) fn meta(source: &str) -> Meta {
    let mut meta = Meta::default();
    let mut title: Option<String> = None;
    let mut in_title = false;
    for token in tokens(source) {
        match token {
            Token::StartTag(tag) => match name(&tag.name) {
                "title" if title.is_none() => {
                    in_title = true;
                    title = Some(String::new());
                }
                "meta" => read_meta(&mut meta, &tag),
                "body" => break,
                _ => {}
            },
            Token::EndTag(tag) if name(&tag.name) == "title" => in_title = false,
            Token::String(text) if in_title => {
                title.get_or_insert_default().push_str(&String::from_utf8_lossy(&text));
            }
            _ => {}
        }
    }
    let title = title.unwrap_or_default();
    meta.title =
        Some(title.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty());
    meta
}

fn read_meta(meta: &mut Meta, tag: &StartTag<usize>) {
    let key = attribute(tag, "name").or_else(|| attribute(tag, "property")).unwrap_or_default();
    let Some(content) = attribute(tag, "content") else { return };
    match key.to_ascii_lowercase().as_str() {
        "keywords" | "tags" => meta.tags.extend(front::tags(&content)),
        "date" | "created" | "dc.date" | "dcterms.created" | "article:published_time" => {
            meta.date = meta.date.or_else(|| date::parse(&content));
        }
        _ => {}
    }
}

/// Renders a page: tags gone, entities decoded, white space folded, one block for each heading, paragraph, list, table
/// and `<pre>`.
pub(crate) fn render(source: &str) -> Page {
    let mut writer = Writer::new(source);
    for token in tokens(source) {
        match token {
            Token::StartTag(tag) => writer.start(&tag),
            Token::EndTag(tag) => writer.end(name(&tag.name)),
            Token::String(text) => writer.characters(text.span),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    writer.finish()
}

fn tokens(source: &str) -> impl Iterator<Item = Token<usize>> + '_ {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // Otherwise the body of a script would be read as tags.
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(source, emitter).flatten()
}

fn name(name: &HtmlString) -> &str {
    std::str::from_utf8(name).unwrap_or_default()
}

fn attribute(tag: &StartTag<usize>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let page = render(source);
        assert_eq!(page.text, expected, "{source}");
        for run in &page.runs {
            if run.text.len() == run.source.len() && !source[run.source.clone()].starts_with('&') {
                assert_eq!(page.text[run.text.clone()], source[run.source.clone()]);
            }
        }
    }

    #[test]
    fn pages_become_readable_text() {
        check("<p>a\n  b<p>c", "a b\n\nc");
        check("a<br>b<div>c</div>", "a\nb\n\nc");
        check("x &lt;b&gt; &#20013; &copy &bogus; & y", "x <b> 中 © &bogus; & y");
        check("<ul><li>a<ul><li>b</ul><li><p>c</p></ul>d", "- a\n  - b\n- c\n\nd");
        check("<ol start=3><li>a<li>b</ol>", "3. a\n4. b");
        check(
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 <b>x</b></td></tr></table>",
            "a | b\n1 | 2 x",
        );
        check("<pre>\nlet a;\n  b\n</pre>c", "let a;\n  b\n\nc");
        check("a<script>b<p>c</script><style>d</style><!-- e --><noscript>f</noscript>g", "ag");
        check("<img alt='a &amp; b' src=x>c", "a & bc");
        check("<img src=x alt=word>c<img alt>d<img alt=''>e", "wordcde");
        check("<title>t</title><svg><text>x</text></svg>", "");
        check("", "");
        check("</ul></table></h1></pre><p>a", "a");
        check("<script>never closed", "");
    }

    #[test]
    fn headings_stand_alone_wherever_they_are() {
        let kinds = |source: &str| -> Vec<String> {
            render(source).blocks.into_iter().map(|block| format!("{:?}", block.kind)).collect()
        };
        assert_eq!(
            kinds("<table><tr><td><h2>A\n B</h2>text</table>"),
            [r#"Heading { level: 2, title: "A B" }"#, "Prose"]
        );
        assert_eq!(kinds("<ul><li>a</ul><pre>b</pre><p>c"), ["List", "Code", "Prose"]);
        assert_eq!(kinds("<table><tr><th>a<tr><td>b</table>"), ["Table { header: Some(0..1) }"]);
    }
}
