//! What a follow-up question is about, without asking a model.
//!
//! "and how does it differ from MHA?" after "what is GQA" must search for GQA. A question leans on the one before it when
//! it says so ("and …", "那 …"), when it points back ("it", "它"), or when it names nothing itself ("why?", "有什么缺点").
//! Then the question before it, which names the subject, is searched along with it. A question that names its own subject
//! stands alone: carrying an old subject along would hide the change of subject.

use index::is_han;

/// The text to search for, given what was searched for the question before: the question alone where it stands alone, else
/// both.
#[must_use]
pub fn resolve(question: &str, before: Option<&str>) -> String {
    match before.map(str::trim).filter(|before| !before.is_empty()) {
        Some(before) if leans(question) => format!("{} {}", subject(before), question.trim()),
        _ => question.trim().to_owned(),
    }
}

/// What the last of `questions`, oldest first, is searched as: each leans on what the one before it was understood to
/// mean. `None` when there are none.
#[must_use]
pub fn resolve_all<'a>(questions: impl IntoIterator<Item = &'a str>) -> Option<String> {
    questions
        .into_iter()
        .fold(None, |before: Option<String>, question| Some(resolve(question, before.as_deref())))
}

/// Words that open a question which goes on from the one before.
const OPENERS: &str = "and|but|so|then|also|what about|how about|what else|why not|or";
/// Words that point back.
const POINTERS: &str = "it its it's they them their theirs this that these those former latter one ones there both \
    either same";
const OPENERS_ZH: &str = "那 那么 还有 以及 另外 所以 但是 而 又 再 换成 如果";
const POINTERS_ZH: &str = "它 他们 其中 其他 该方法 该模型 该技术 此 这个 这种 这些 这样 这两 那个 那种 那些 前者 后者 两者 \
    二者 上面 刚才 这一";
/// Words that a question may consist of without naming a subject.
const EMPTY: &str = "a an the is are was were be do does did can could should would will has have had what which who \
    whom whose when where why how much many more most less any some other others of to in on for \
    with by at from as not no yes if about into use used uses using work works mean means happen \
    happens help helps matter matters good bad better worse best worst main else exactly example \
    examples explain cost costs drawback drawbacks downside downsides advantage advantages \
    disadvantage disadvantages benefit benefits problem problems limit limits risk risks reason \
    reasons cause causes fix fixed avoid avoided solve solved difference differences differ compare \
    compared apply i you we me my your tell give show steps step way ways so then too also really \
    still notes note chinese english";
const EMPTY_ZH: &str = "为什么 怎么样 怎么 如何 什么 哪些 哪个 哪种 哪里 多少 多大 多久 是否 是不是 有没有 可以 能够 \
    应该 需要 会不会 能不能 会 能 要 有 是 的 了 吗 呢 吧 啊 么 不 没 很 更 最 还 也 都 就 才 请 说 \
    讲 举 例子 个 例 具体 主要 一下 一点 详细 解释 介绍 缺点 优点 优缺点 坏处 好处 优势 劣势 不足 \
    问题 原因 区别 差别 不同 办法 方法 解决 缓解 避免 出现 发生 产生 影响 作用 用处 意义 代价 风险 \
    局限 限制 步骤 效果 用 做 对 在 和 与 跟 比 被 把 时候 时 什 何 谁 几 样 种 些 这么 为 因为 到底 \
    究竟 真的 一般 通常 常见 典型 好 用来 干 看 呀 笔记 中文 英文 里";

/// Whether a question needs the one before it to be understood.
fn leans(question: &str) -> bool {
    let lower = question.trim().to_lowercase();
    let lower = lower.trim_end_matches(['?', '？', '.', '。', '!', '！', ' ']);
    opens(lower) || ends(lower) || points_back(lower) || !names(lower)
}

/// It goes on from what was said: "and …", "那 …", "能 …" without a subject.
fn opens(question: &str) -> bool {
    let words = words(question);
    let subjectless = ["能", "会", "可以", "是否"].iter().any(|verb| question.starts_with(verb));
    OPENERS.split('|').any(|opener| words.starts_with(&opener.split(' ').collect::<Vec<_>>()))
        || OPENERS_ZH.split(' ').any(|opener| question.starts_with(opener))
        || (subjectless && question.chars().count() <= 12)
}

/// It puts something else in the place of what was asked: "X 呢", "X too".
fn ends(question: &str) -> bool {
    question.ends_with('呢') || matches!(words(question).last(), Some(&"too" | &"instead"))
}

/// A word points back, and to nothing that the question itself names in an earlier clause: "is HNSW exact, or can it
/// miss?" speaks for itself.
fn points_back(question: &str) -> bool {
    let mut named = false;
    for clause in question.split([',', '，', ';', '；']) {
        let points = words(clause).iter().any(|word| listed(POINTERS, word))
            || POINTERS_ZH.split(' ').any(|pointer| clause.contains(pointer))
            || (clause.trim_start().starts_with('其') && !clause.trim_start().starts_with("其实"));
        if points && !named {
            return true;
        }
        named |= names(clause);
    }
    false
}

/// Whether the text names something: a word that is neither empty nor a pointer.
fn names(text: &str) -> bool {
    let latin = words(text)
        .into_iter()
        .filter(|word| !word.chars().any(is_han))
        .any(|word| !listed(EMPTY, word) && !listed(POINTERS, word));
    let rest =
        [POINTERS_ZH, OPENERS_ZH, EMPTY_ZH].iter().fold(text.to_owned(), |text, parts| without(&text, parts));
    latin || rest.chars().filter(|&c| is_han(c)).count() >= 2
}

/// Runs of letters and digits, apostrophes and hyphens in them kept; Latin and Han apart.
fn words(text: &str) -> Vec<&str> {
    let inside = |c: char| c.is_alphanumeric() || c == '\'' || c == '-';
    text.split(|c: char| !inside(c))
        .flat_map(|run| run.split(is_han))
        .filter(|word| !word.is_empty())
        .collect()
}

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// `text` without any of `parts`, the longest taken first.
fn without(text: &str, parts: &str) -> String {
    let mut sorted: Vec<&str> = parts.split(' ').collect();
    sorted.sort_by_key(|part| std::cmp::Reverse(part.len()));
    sorted.iter().fold(text.to_owned(), |text, part| text.replace(part, " "))
}

/// The question before, without what makes it a question: `what is GQA?` is about `GQA`.
fn subject(before: &str) -> String {
    let text = before.trim().trim_end_matches(['?', '？', '.', '。', '!', '！', ' ']);
    let kept: Vec<&str> =
        text.split_whitespace().skip_while(|word| listed(EMPTY, &word.to_lowercase())).collect();
    let text = kept.join(" ");
    let text = ["什么是", "请问", "介绍一下", "解释一下", "为什么"]
        .iter()
        .fold(text, |text, lead| text.strip_prefix(lead).map(str::to_owned).unwrap_or(text));
    let text = ["是什么意思", "是什么", "呢", "吗"]
        .iter()
        .fold(text, |text, tail| text.strip_suffix(tail).map(str::to_owned).unwrap_or(text));
    if text.trim().is_empty() { before.trim().to_owned() } else { text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, question: &str, expected: &str) {
        assert_eq!(resolve(question, Some(before)), expected);
    }

    #[test]
    fn a_question_that_leans_takes_the_subject_along() {
        check("what is GQA", "and how does it differ from MHA?", "GQA and how does it differ from MHA?");
        check("what is GQA", "why?", "GQA why?");
        check(
            "What is hallucination?",
            "What are the main causes?",
            "hallucination What are the main causes?",
        );
        check(
            "how much memory does full fine-tuning take?",
            "and for LoRA?",
            "memory does full fine-tuning take and for LoRA?",
        );
        check("什么是分组查询注意力", "它和 MHA 有什么区别？", "分组查询注意力 它和 MHA 有什么区别？");
        check("复读机问题是什么", "怎么缓解？", "复读机问题 怎么缓解？");
        check("什么是 RAG？", "有什么缺点", "RAG 有什么缺点");
        check("GPT-3 的层归一化放在哪里", "那 LLaMA 呢？", "GPT-3 的层归一化放在哪里 那 LLaMA 呢？");
    }

    #[test]
    fn a_question_that_names_its_subject_stands_alone() {
        check("what is GQA", "How do tokenizers work?", "How do tokenizers work?");
        check("what is GQA", "what is hallucination", "what is hallucination");
        check("什么是分组查询注意力", "ChatGLM3 的词表是怎么做的？", "ChatGLM3 的词表是怎么做的？");
        check("什么是分组查询注意力", "全参数微调需要多少显存？", "全参数微调需要多少显存？");
        assert_eq!(resolve("why?", None), "why?");
    }

    #[test]
    fn a_chain_of_questions_keeps_its_subject() {
        let check = |questions: &[&str], expected: Option<&str>| {
            assert_eq!(resolve_all(questions.iter().copied()).as_deref(), expected);
        };
        check(&[], None);
        check(&["what is GQA"], Some("what is GQA"));
        check(&["what is GQA", "why?"], Some("GQA why?"));
        check(&["what is GQA", "why?", "and in LLaMA?"], Some("GQA why and in LLaMA?"));
        check(&["what is GQA", "what is hallucination", "为什么？"], Some("hallucination 为什么？"));
    }
}
