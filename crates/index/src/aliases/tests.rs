use super::*;
use crate::testing::Desk;

fn mined(texts: &[(&str, &str)], rules: &AliasRules) -> Aliases {
    let desk = Desk::new(texts);
    desk.build();
    let index = desk.open().unwrap();
    Aliases::mine(index.chunks(), index.notes(), rules)
}

fn others(aliases: &Aliases, name: &str) -> Vec<String> {
    aliases.of(name).map(|alias| alias.same.into_iter().map(|same| same.name).collect()).unwrap_or_default()
}

const NOTES: &[(&str, &str)] = &[
    ("a.md", "# One\n\nGrouped-query attention (GQA) shares heads."),
    ("b.md", "# 二\n\n常用的是分组查询注意力（GQA）。"),
    ("c.md", "# Three\n\nAmerican Broadcasting Company (ABC).\n\nAustralian Birding Club (ABC)."),
];

#[test]
fn one_name_leads_to_another_and_on_to_a_third() {
    let aliases = mined(NOTES, &AliasRules::default());
    let check = |name, expected: &[&str]| assert_eq!(others(&aliases, name), expected, "{name}");
    check("gqa", &["Grouped-query attention", "分组查询注意力"]);
    check("分组查询注意力", &["GQA", "Grouped-query attention"]);
    check("grouped query attention", &["GQA", "分组查询注意力"]);
    check("bread", &[]);
    let alias = aliases.of("GQA").unwrap();
    let place = &alias.same[1].places[0];
    assert_eq!((place.path.as_str(), place.line, place.source), ("b.md", 3, Source::Bracket));
}

#[test]
fn an_acronym_of_two_things_does_not_join_them() {
    let aliases = mined(NOTES, &AliasRules::default());
    let check = |name, expected: &[&str]| assert_eq!(others(&aliases, name), expected, "{name}");
    check("ABC", &["American Broadcasting Company", "Australian Birding Club"]);
    check("American Broadcasting Company", &["ABC"]);
}

#[test]
fn the_user_has_the_last_word() {
    let rules = "ABC != Australian Birding Club\nGQA = sharing\nGQA != 分组查询注意力";
    let aliases = mined(NOTES, &AliasRules::parse("aliases.txt", rules).0);
    let check = |name, expected: &[&str]| assert_eq!(others(&aliases, name), expected, "{name}");
    check("ABC", &["American Broadcasting Company"]);
    check("Australian Birding Club", &[]);
    check("GQA", &["sharing", "Grouped-query attention"]);
    assert_eq!(aliases.of("sharing").unwrap().same[0].places[0].path, "aliases.txt");
    assert!(mined(NOTES, &AliasRules::off()).list().is_empty());
}

#[test]
fn the_notes_show_where_a_chinese_name_begins() {
    let notes = [("a.md", "概率用期望最大化（EM）估计。\n\n期望最大化（EM）是一种算法。")];
    assert_eq!(others(&mined(&notes, &AliasRules::default()), "EM"), ["期望最大化"]);
}

#[test]
fn titles_aliases_and_initials_are_names() {
    let notes = [
        (
            "m.md",
            "---\naliases: [稀疏专家, how to do this and that]\n---\n# Mixture of experts\n\nA MoE layer has many.",
        ),
        ("x.md", "---\naliases: [A1 name]\n---\n# This and that\n\nText."),
    ];
    let aliases = mined(&notes, &AliasRules::default());
    assert_eq!(others(&aliases, "mixture of experts"), ["稀疏专家", "MoE"]);
    assert_eq!(others(&aliases, "A1 name"), [""; 0]);
}

#[test]
fn a_question_mentions_the_longest_names_in_it() {
    let notes = [(
        "a.md",
        "注意力（attention）很重要。\n\n分组查询注意力（GQA）更省。\n\n信息技术（IT）。\n\n旋转位置编码（RoPE）。",
    )];
    let aliases = mined(&notes, &AliasRules::default());
    let check = |question, expected: &[&str]| {
        let found: Vec<String> = aliases.mentions(question).into_iter().map(|mention| mention.name).collect();
        assert_eq!(found, expected, "{question}");
    };
    check("", &[]);
    check("什么是分组查询注意力？", &["分组查询注意力"]);
    check("what is gqa and attention", &["GQA", "attention"]);
    check("are GQAs attention to attention", &["GQA", "attention"]);
    check("what is it", &[]);
    check("what is IT", &["IT"]);
    let quantized = mined(&[("a.md", "量化（quantization）省内存。")], &AliasRules::default());
    for (question, count) in
        [("什么是量化？", 1), ("乘积量化为什么能省内存", 0), ("quantization", 1), ("量化和蒸馏", 1)]
    {
        assert_eq!(quantized.mentions(question).len(), count, "{question}");
    }
    let check = |question, expected: Option<(&str, &[&str])>| {
        let found = aliases.spelled(question);
        let found = found.first().map(|mention| {
            (mention.name.as_str(), mention.same.iter().map(String::as_str).collect::<Vec<_>>())
        });
        assert_eq!(found, expected.map(|(name, same)| (name, same.to_vec())), "{question}");
    };
    check(
        "what is rotary position embedding?",
        Some(("rotary position embedding", &["RoPE", "旋转位置编码"])),
    );
    check("the west saw the end of it", None);
    check("rotary panels", None);
    check("what is rotary bread", None);
    check("information technology", None);
}
