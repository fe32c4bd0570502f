//! What a question asks for, and whether a sentence has it: enough to lead with the definition, the number or the
//! mechanism.

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What something is; with its name in lower case.
    Definition(String),
    /// How many, how large, when.
    Number,
    /// How two things differ; with their names in lower case.
    Comparison([String; 2]),
    /// Which or what several things: an enumeration.
    List,
    /// How something works, or why it is so.
    Mechanism,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind of `question`.
    pub(crate) fn of(question: &str) -> Self {
        let question = question.trim().trim_end_matches(['?', '？', '。', '.', ' ']).to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
        if let Some(sides) = compared(&question) {
            return Self::Comparison(sides);
        }
        if lists(&question) {
            return Self::List;
        }
        if let Some(name) = defined(&question) {
            return Self::Definition(name.to_owned());
        }
        if has(&["how many", "how much", "how large", "how big", "how long", "what year", "how often"])
            || question.starts_with("when ")
            || has(&[
                "what value",
                "usual value",
                "typical value",
                "usually chosen",
                "一般取",
                "通常取",
                "取值",
            ])
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

    /// Whether `sentence` (plain) has what `question` asks for.
    pub(crate) fn fits(&self, question: &str, sentence: &str) -> bool {
        let lower = sentence.to_lowercase();
        match self {
            Self::Definition(name) => defines(&lower, name),
            Self::Number => has_new_number(sentence, question),
            Self::Comparison(sides) => sides.iter().all(|side| lower.contains(side.as_str())),
            Self::List => enumerates(sentence),
            Self::Mechanism => MECHANISM.iter().any(|word| lower.contains(word)),
            Self::Other => false,
        }
    }
}

/// What there are several of, in a question after all of them.
const SEVERAL: &[&str] = &[
    "advantages",
    "benefits",
    "causes",
    "components",
    "defences",
    "drawbacks",
    "examples",
    "families",
    "kinds",
    "limits",
    "methods",
    "models",
    "options",
    "parts",
    "patterns",
    "phases",
    "points",
    "problems",
    "reasons",
    "stages",
    "steps",
    "strengths",
    "techniques",
    "types",
    "ways",
    "weaknesses",
];

/// Words of a sentence that says how or why.
const MECHANISM: &[&str] = &[
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
];

/// Whether a sentence speaks of the note itself, or leans on the sentence before it: a weak answer.
pub(crate) fn is_weak(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    is_about_the_note(&lower) || leans(&lower)
}

/// Whether a question (in small letters) asks for all of several things.
fn lists(question: &str) -> bool {
    let asks = ["what are the ", "which ", "list ", "name "].iter().any(|start| question.starts_with(start));
    let words = question.split(|c: char| !c.is_ascii_alphabetic());
    (asks && words.into_iter().any(|word| SEVERAL.contains(&word)))
        || ["哪些", "哪几", "几步", "步骤", "顺序是"].iter().any(|word| question.contains(word))
}

/// Whether a sentence names at least three things in a row.
fn enumerates(sentence: &str) -> bool {
    sentence.matches(['、', ',', '，', '；', ';']).count() >= 2
}

/// The two things that a question compares.
fn compared(question: &str) -> Option<[String; 2]> {
    let pair = |text: &str, between: &str| {
        let (a, b) = text.split_once(between)?;
        let [a, b] = [a, b].map(|name| {
            let name = name.trim();
            let bare = ["a ", "an ", "the "].iter().find_map(|article| name.strip_prefix(article));
            bare.unwrap_or(name).to_owned()
        });
        // 甲和乙这两种…, 甲与乙之间, 甲和乙各….
        let bare = |name: String| {
            let end = ["这两", "两者", "两种", "之间", "各", "相比"]
                .iter()
                .filter_map(|word| name.find(word))
                .min();
            name[..end.unwrap_or(name.len())].trim().to_owned()
        };
        let [a, b] = [a, bare(b)];
        let is_name = |name: &str| !name.is_empty() && name.chars().count() <= 40;
        (is_name(&a) && is_name(&b)).then_some([a, b])
    };
    if let Some((_, sides)) =
        question.split_once("difference between ").or(question.split_once("differences between "))
    {
        return pair(sides, " and ");
    }
    if let Some(sides) = question.strip_prefix("compare ") {
        return pair(sides, " and ").or_else(|| pair(sides, " with ")).or_else(|| pair(sides, " to "));
    }
    let how = question.strip_prefix("how does ").or(question.strip_prefix("how do "));
    if let Some(sides) = how.and_then(|sides| pair(sides, " differ from ")) {
        return Some(sides);
    }
    if let Some(sides) = how.and_then(|sides| sides.strip_suffix(" differ")) {
        return pair(sides, " and ");
    }
    if let Some((sides, _)) = question.split_once(':').filter(|(_, rest)| rest.contains("difference")) {
        return pair(sides, " or ").or_else(|| pair(sides, " and "));
    }
    let asks = [
        "有什么区别",
        "有何区别",
        "的区别",
        "有什么不同",
        "有何不同",
        "的不同",
        "区别是什么",
        "差别",
        "相比",
        "各适合",
        "各有什么",
    ];
    if let Some(end) = asks.iter().filter_map(|ask| question.find(ask)).min() {
        let sides = question[..end].trim_end_matches('的');
        return ["和", "与", "跟", "同"].iter().find_map(|and| pair(sides, and));
    }
    [" vs ", " vs. ", " versus "].iter().find_map(|versus| pair(question, versus))
}

/// The name that a question asks the definition of.
fn defined(question: &str) -> Option<&str> {
    let name = ["what is ", "what are ", "what does ", "define ", "什么是", "什么叫"]
        .iter()
        .find_map(|start| question.strip_prefix(start))
        .or_else(|| {
            ["的全称是什么", "是什么意思", "是什么", "指什么"]
                .iter()
                .find_map(|end| question.strip_suffix(end))
        })?;
    let name = name.trim_end_matches(" mean").trim_end_matches(" stand for").trim();
    let name = ["a ", "an ", "the "].iter().find_map(|article| name.strip_prefix(article)).unwrap_or(name);
    let short = name.split_whitespace().count() <= 5 && name.chars().count() <= 40;
    (short && !name.is_empty() && !name.contains(['的', ','])).then_some(name)
}

/// Whether a sentence begins with `name` and says what it is, or spells it out: `Full Name (FN) …`.
fn defines(sentence: &str, name: &str) -> bool {
    let Some(at) = sentence.find(name) else { return false };
    let near = sentence[..at].chars().count() <= 40;
    if near && sentence[..at].ends_with(['(', '（']) {
        return true;
    }
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

/// Whether a sentence, in small letters, cannot be understood without the one before it.
pub(crate) fn leans(lower: &str) -> bool {
    let english = ["it ", "this ", "they ", "these ", "those ", "both ", "but ", "and ", "so ", "however"];
    let chinese = ["它", "这", "其", "该", "两者", "但", "所以", "因此", "而"];
    english.iter().chain(&chinese).any(|word| lower.starts_with(word))
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
        check("SFT 是什么意思？", named("sft"));
        check("MoE 的全称是什么？", named("moe"));
        check("How many heads does it have?", Kind::Number);
        check("这个模型有多少参数？", Kind::Number);
        check("如何缓解幻觉", Kind::Mechanism);
        check("Why does it repeat itself?", Kind::Mechanism);
        check("Does it matter?", Kind::Other);
        check("Which families matter?", Kind::List);
        check("What are the causes of it?", Kind::List);
        check("有哪些办法？", Kind::List);
        check("What are embeddings?", named("embeddings"));
        check("", Kind::Other);
    }

    #[test]
    fn a_comparison_names_both_sides() {
        let check = |question, a: &str, b: &str| {
            assert_eq!(Kind::of(question), Kind::Comparison([a.into(), b.into()]), "{question}");
        };
        check("What is the difference between a prefix LM and a causal LM?", "prefix lm", "causal lm");
        check("How does GQA differ from MHA?", "gqa", "mha");
        check("GQA vs MQA", "gqa", "mqa");
        check("Compare BM25 with dense search.", "bm25", "dense search");
        check("prefix LM 和 causal LM 有什么区别？", "prefix lm", "causal lm");
        check("多查询注意力与分组查询注意力的区别", "多查询注意力", "分组查询注意力");
        check("Bi-encoder or cross-encoder: what is the difference?", "bi-encoder", "cross-encoder");
        check("How do prefill and decode differ?", "prefill", "decode");
        check("检索和微调各适合什么情况？", "检索", "微调");
        check("甲办法和乙办法这两种有什么不同？", "甲办法", "乙办法");
    }

    #[test]
    fn a_sentence_has_it_or_not() {
        let check = |question: &str, has: &str, has_not: &str| {
            let kind = Kind::of(question);
            assert!(kind.fits(question, has), "{question}: {has}");
            assert!(!kind.fits(question, has_not), "{question}: {has_not}");
        };
        check("What is GQA?", "GQA is a way to share heads.", "Many models use GQA.");
        check("GQA 是什么？", "GQA 是一种注意力。", "很多模型用了 GQA。");
        check("How many heads?", "There are 8 heads.", "There are many heads.");
        check("How large is Llama 3?", "There are 70 billion parameters.", "Llama 3 is large.");
        check("如何缓解幻觉", "业界的手段有：接入检索。", "幻觉很常见。");
        check("GQA vs MQA", "MQA has one head, GQA a few.", "GQA has a few heads.");
        check("Which models use RoPE?", "Llama, Qwen and Mistral do, and others.", "RoPE turns vectors.");
    }

    #[test]
    fn sentences_that_lean_are_weak() {
        let check = |sentence, expected| assert_eq!(is_weak(sentence), expected, "{sentence}");
        check("It wins.", true);
        check("这让缓存变小。", true);
        check("英文笔记讲成因，这里记做法。", true);
        check("GQA wins.", false);
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
