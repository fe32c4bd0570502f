//! What a question asks for, and whether a sentence has it: enough to lead with the definition, the number or the
//! mechanism.

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What something is; with its name in lower case.
    Definition(String),
    /// How many, how large, when.
    Number,
    /// How something works, or why it is so.
    Mechanism,
    /// Anything else.
    Other,
}

/// What a sentence gains for having what is asked for, in standard deviations of the cosine.
const GAIN: f32 = 0.8;
/// What one loses that speaks of the note itself, or that leans on the sentence before it.
const LOSS: f32 = 1.2;

impl Kind {
    /// The kind of `question`.
    pub(crate) fn of(question: &str) -> Self {
        let question = question.trim().trim_end_matches(['?', '？', '。', '.', ' ']).to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
        if let Some(name) = defined(&question) {
            return Self::Definition(name.to_owned());
        }
        if has(&["how many", "how much", "how large", "how big", "how long", "what year", "how often"])
            || question.starts_with("when ")
            || has(&["多少", "多大", "多长", "多久", "几个", "几层", "几种", "哪一年", "何时", "什么时候"])
        {
            return Self::Number;
        }
        if question.starts_with("how ")
            || question.starts_with("why ")
            || has(&["如何", "怎么", "怎样", "为什么", "为何"])
        {
            return Self::Mechanism;
        }
        Self::Other
    }

    /// What `sentence` (plain) gains or loses as an answer to `question`.
    pub(crate) fn gain(&self, question: &str, sentence: &str) -> f32 {
        let lower = sentence.to_lowercase();
        let fits = match self {
            Self::Definition(name) => defines(&lower, name),
            Self::Number => has_new_number(sentence, question),
            Self::Mechanism => [
                "because",
                "so that",
                "therefore",
                " by ",
                "means that",
                "因为",
                "由于",
                "通过",
                "因此",
                "所以",
                "从而",
                "避免",
                "手段",
                "做法",
                "方法",
            ]
            .iter()
            .any(|word| lower.contains(word)),
            Self::Other => false,
        };
        let gain = if fits { GAIN } else { 0.0 };
        gain - if is_about_the_note(&lower) || leans(&lower) { LOSS } else { 0.0 }
    }
}

/// The name that a question asks the definition of.
fn defined(question: &str) -> Option<&str> {
    let name = ["what is ", "what are ", "what does ", "define ", "什么是", "什么叫"]
        .iter()
        .find_map(|start| question.strip_prefix(start))
        .or_else(|| ["是什么", "是什么意思", "指什么"].iter().find_map(|end| question.strip_suffix(end)))?;
    let name = name.trim_end_matches(" mean").trim_end_matches(" stand for").trim();
    let name = ["a ", "an ", "the "].iter().find_map(|article| name.strip_prefix(article)).unwrap_or(name);
    let short = name.split_whitespace().count() <= 5 && name.chars().count() <= 40;
    (short && !name.is_empty() && !name.contains(['的', ','])).then_some(name)
}

/// Whether a sentence begins with `name` and says what it is.
fn defines(sentence: &str, name: &str) -> bool {
    let Some(at) = sentence.find(name) else { return false };
    let near = sentence[..at].chars().count() <= 40;
    let after = &sentence[at + name.len()..];
    let says = [" is ", " are ", " lets ", " means ", " stands for ", "是", "指", "让", "把", "："];
    near && says.iter().any(|word| after.find(word).is_some_and(|at| after[..at].chars().count() <= 24))
}

/// Whether a sentence has a number that the question has not.
fn has_new_number(sentence: &str, question: &str) -> bool {
    let numbers = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        parts.map(|part| part.trim_matches('.').to_owned()).filter(|part| !part.is_empty()).collect()
    };
    let asked = numbers(question);
    numbers(sentence).iter().any(|number| !asked.contains(number))
}

/// Whether a sentence speaks of the note that it stands in.
fn is_about_the_note(lower: &str) -> bool {
    [
        "this note",
        "these notes",
        "the other note",
        "这里记",
        "这篇笔记",
        "本笔记",
        "这篇记",
        "英文笔记",
        "中文笔记",
        "参见",
        "，见 ",
        "见笔记",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Whether a sentence cannot be understood without the one before it.
fn leans(lower: &str) -> bool {
    let english = ["it ", "this ", "they ", "these ", "those ", "both ", "but ", "and ", "so ", "however"];
    let chinese = ["它", "这", "其", "该", "两者", "但", "所以", "因此", "而"];
    english.iter().chain(&chinese).any(|word| lower.starts_with(word))
        || lower.ends_with(['；', ';', '：', ':'])
}

/// Whether what stands under `heading` is not put forward as a fact: sources, mistakes, what nobody has checked.
pub(crate) fn is_no_statement(heading: &str) -> bool {
    let heading = heading.trim().to_lowercase();
    ["source", "reference", "further reading", "see also"].iter().any(|word| heading.starts_with(word))
        || ["mistake", "misconception", "myth", "open question", "unverified"]
            .iter()
            .any(|word| heading.contains(word))
        || [
            "来源",
            "参考",
            "延伸阅读",
            "误区",
            "误解",
            "常见错误",
            "易错",
            "容易答错",
            "未核实",
            "追问",
            "待解决",
        ]
        .iter()
        .any(|word| heading.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_question_asks_for() {
        let check = |question, expected| assert_eq!(Kind::of(question), expected, "{question}");
        let named = |name: &str| Kind::Definition(name.into());
        check("What is GQA?", named("gqa"));
        check("what is the KV cache", named("kv cache"));
        check("什么是分组查询注意力？", named("分组查询注意力"));
        check("GQA 是什么？", named("gqa"));
        check("What is the difference between a prefix LM and a causal LM?", Kind::Other);
        check("How many heads does it have?", Kind::Number);
        check("这个模型有多少参数？", Kind::Number);
        check("如何缓解幻觉", Kind::Mechanism);
        check("Why does it repeat itself?", Kind::Mechanism);
        check("Which families matter?", Kind::Other);
        check("", Kind::Other);
    }

    #[test]
    fn a_sentence_that_has_it_gains() {
        let check = |question: &str, better: &str, worse: &str| {
            let kind = Kind::of(question);
            let (better, worse) = (kind.gain(question, better), kind.gain(question, worse));
            assert!(better > worse, "{question}: {better} {worse}");
        };
        check("What is GQA?", "GQA is a way to share heads.", "Many models use GQA.");
        check("GQA 是什么？", "GQA 是一种注意力。", "很多模型用了 GQA。");
        check("How many heads?", "There are 8 heads.", "There are many heads.");
        check("How large is Llama 3?", "There are 70 billion parameters.", "Llama 3 is large.");
        check("如何缓解幻觉", "业界的手段有：接入检索。", "幻觉很常见。");
        check("如何缓解幻觉", "幻觉很常见。", "英文笔记讲成因，这里记做法。");
        check("Which one?", "GQA wins.", "It wins.");
    }

    #[test]
    fn lists_of_mistakes_are_no_statements() {
        let check = |heading, expected| assert_eq!(is_no_statement(heading), expected, "{heading}");
        check("Common mistakes", true);
        check("常见误区", true);
        check("八股速查（论坛版，未核实）", true);
        check("Sources", true);
        check("来源 / Sources", true);
        check("How it works", false);
        check("复读机问题", false);
    }
}
