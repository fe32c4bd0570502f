use proptest::prelude::*;

use super::*;

fn check(line: &str, expected: &[(&str, &str)]) {
    let pairs = of_line(line);
    let found: Vec<(&str, &str)> = pairs.iter().map(|pair| (pair.a.as_str(), pair.b.as_str())).collect();
    assert_eq!(found, expected, "{line}");
}

#[test]
fn a_bracket_names_what_stands_before_it() {
    check("Grouped-query attention (GQA) shares heads.", &[("Grouped-query attention", "GQA")]);
    check("It is **Low-Rank Adaptation** (LoRA).", &[("Low-Rank Adaptation", "LoRA")]);
    check("recurrent neural networks (RNNs) and", &[("recurrent neural networks", "RNN")]);
    check("over UDP (User Datagram Protocol).", &[("UDP", "User Datagram Protocol")]);
    check("Department of State (also known as the Big House)", &[]);
    check("the Big House (also known as White Hall)", &[("Big House", "White Hall")]);
    check("National LambdaRail(NLR)", &[("National LambdaRail", "NLR")]);
}

#[test]
fn a_bracket_names_across_languages() {
    check("训练目标是掩码语言建模（MLM）。", &[("掩码语言建模", "MLM")]);
    check("- **QAT** (量化感知训练): 训练时", &[("QAT", "量化感知训练")]);
    check("（business as usual, BAU）", &[]);
    check(
        "一切如旧 (business as usual, BAU)",
        &[("一切如旧", "business as usual"), ("一切如旧", "BAU"), ("BAU", "business as usual")],
    );
    check("阿里的 Qwen（通义千问）、上海", &[("Qwen", "通义千问")]);
    check(
        "检索增强生成（英文：retrieval-augmented generation，简称 RAG）",
        &[
            ("检索增强生成", "retrieval-augmented generation"),
            ("检索增强生成", "RAG"),
            ("RAG", "retrieval-augmented generation"),
        ],
    );
    check(
        "量化（quantization）把数变小，校准（calibration）是",
        &[("量化", "quantization"), ("校准", "calibration")],
    );
    check("the Privy Council (Chinese: 樞密院)", &[("Privy Council", "樞密院")]);
    check("人工智能（简称智能）", &[("人工智能", "智能")]);
}

#[test]
fn remarks_dates_and_code_are_no_names() {
    for line in [
        "",
        "PaLM (2022)",
        "see [GQA](a.md) (below)",
        "`f(x)` and P(IK)",
        "编码器模型（比如 BERT）",
        "分组量化（group size 128）",
        "深度求索（杭州）",
        "一千米（0.6 英里）",
        "words (see below) and (optional)",
        "$\\mathrm{LN}(x)$ 的",
        "three letters (a, b, c)",
        "前缀（a、b、c、d）",
        "NBA（洛杉矶湖人队、洛杉矶快船队）",
        "又称 (现为：TFEU)",
    ] {
        check(line, &[]);
    }
}

#[test]
fn a_line_may_define_an_acronym() {
    check("- **GQA**: grouped-query attention, shares", &[("GQA", "grouped-query attention")]);
    check(
        "HNSW stands for Hierarchical Navigable Small World graphs",
        &[("HNSW", "Hierarchical Navigable Small World")],
    );
    check("GQA: the heads share keys", &[]);
    check("| GQA | grouped-query attention |", &[("GQA", "grouped-query attention")]);
}

#[test]
fn a_link_under_another_name_is_one_if_it_is_a_name() {
    check("see [[retrieval-augmented-generation|RAG]]", &[("retrieval augmented generation", "RAG")]);
    check("见 [[notes/kv-cache.md|键值缓存]]", &[("kv cache", "键值缓存")]);
    check("of [[full-finetuning-memory|full fine-tuning]] apply", &[]);
    check("[[a]] and [[", &[]);
}

#[test]
fn code_is_left_out() {
    let mut found = Vec::new();
    let text = "分组（GQA）\n```\n分块（MQA）\n```\n键值缓存（KV cache）";
    of_text(text, |line, pair| found.push((line, pair.b)));
    assert_eq!(found, [(0, "GQA".to_owned()), (4, "KV cache".to_owned())]);
}

proptest! {
    #[test]
    fn any_line_is_read(line in any::<String>(), more in "[A-Za-z（）()，, 是中文\\[\\]|*:-]{0,40}") {
        for pair in of_line(&line).into_iter().chain(of_line(&more)) {
            prop_assert!(!pair.a.is_empty() && !pair.b.is_empty());
        }
    }
}
