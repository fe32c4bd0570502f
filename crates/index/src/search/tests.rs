use super::*;
use crate::AliasRules;
use crate::testing::{Desk, HashingEmbedder};

const GQA: &str = "# Grouped queries\n\nGrouped-query attention shares key and value heads between query heads.\n\n\
                   ## Cost\n\nThe cache shrinks by the number of query heads in a group, and little quality is lost.\n";
const CAKE: &str = "---\ntitle: Cake\ntags: [kitchen]\ndate: 2024-03-01\n---\n\n\
                    Beat three eggs with sugar, fold in flour, and bake it for half an hour.\n";
const ZH: &str = "# 注意力\n\n分组查询注意力（GQA）让多个查询头共享同一组键和值。\n";

fn desk() -> Desk {
    let desk = Desk::new(&[("gqa.md", GQA), ("kitchen/cake.md", CAKE), ("zh/注意力.md", ZH)]);
    desk.build();
    desk
}

fn search(desk: &Desk, query: &Query) -> Result<Found, SearchError> {
    desk.open().unwrap().search(&desk.embedder, query)
}

fn paths(found: &Found) -> Vec<&str> {
    found.passages.iter().map(|passage| passage.path.as_str()).collect()
}

#[test]
fn the_passage_that_answers_comes_first() {
    let desk = desk();
    let check = |question: &str, path: &str, line: u32| {
        let found = search(&desk, &Query::new(question, 3)).unwrap();
        let first = &found.passages[0];
        assert_eq!((first.path.as_str(), first.lines.start), (path, line), "{question}: {found:#?}");
        assert!(found.passages.iter().map(|passage| passage.rank).eq(1..=found.passages.len() as u32));
        assert!(found.passages.is_sorted_by(|a, b| a.score >= b.score));
    };
    check("What is grouped-query attention?", "gqa.md", 3);
    check("How much does the cache shrink?", "gqa.md", 7);
    check("how long to bake a cake", "kitchen/cake.md", 7);
    check("什么是分组查询注意力？", "zh/注意力.md", 3);
    // A word both languages write the same.
    check("what is GQA", "zh/注意力.md", 3);
}

#[test]
fn what_is_found_behind_changes_nothing_before() {
    let desk = desk();
    for k in 1..5 {
        let alone = search(&desk, &Query::new("how large is the cache", k)).unwrap();
        let both = search(&desk, &Query { behind: 2, ..Query::new("how large is the cache", k) }).unwrap();
        assert_eq!((&alone.passages, alone.behind.len()), (&both.passages, 0));
        let ranks: Vec<u32> = both.passages.iter().chain(&both.behind).map(|passage| passage.rank).collect();
        assert!(
            ranks.iter().copied().eq(1..=ranks.len() as u32) && ranks.len() == (k + 2).min(4),
            "{k}: {ranks:?}"
        );
    }
}

#[test]
fn a_name_finds_what_is_said_under_another() {
    let notes = [
        (
            "names.md",
            "# 名词\n\n多查询注意力（MQA）是一种注意力。\n\n键值缓存（KV cache）存键和值。\n\n旋转位置编码（RoPE）转动键。\n",
        ),
        ("zh.md", "# 多查询注意力\n\n所有查询头共享同一组键和值，多查询注意力让显存占用变小。\n"),
        ("en.md", "# Decoding\n\nMQA keeps a single pair, which makes decoding fast.\n"),
        ("cake.md", CAKE),
        ("gqa.md", GQA),
    ];
    let desk = Desk::new(&notes);
    desk.build();
    let index = desk.open().unwrap();
    let check = |question: &str, wanted: &str, expected: &[&str]| {
        let found = index.search(&desk.embedder, &Query::new(question, 3)).unwrap();
        assert!(paths(&found).contains(&wanted), "{question}: {found:#?}");
        let widened: Vec<String> = found
            .explain
            .widened
            .iter()
            .map(|mention| format!("{}={}", mention.name, mention.same.join(",")))
            .collect();
        assert_eq!(widened, expected, "{question}");
        let passage = found.passages.iter().find(|passage| passage.path == wanted).unwrap();
        assert_eq!(found.terms.coverage(&passage.text), 1.0, "{question}");
    };
    check("what is MQA", "zh.md", &["MQA=多查询注意力"]);
    check("什么是多查询注意力", "en.md", &["多查询注意力=MQA"]);
    check("what is rotary position embedding", "names.md", &["rotary position embedding=RoPE,旋转位置编码"]);
    let index = index.with_alias_rules(AliasRules::off());
    let found = index.search(&desk.embedder, &Query::new("what is MQA", 3)).unwrap();
    assert!(found.explain.widened.is_empty());
}

#[test]
fn a_passage_says_why_it_was_found() {
    let desk = desk();
    let found = search(&desk, &Query::new("Which sugar and which flour?", 1)).unwrap();
    let passage = &found.passages[0];
    assert_eq!((passage.title.as_str(), passage.date.as_deref()), ("Cake", Some("2024-03-01")));
    assert_eq!(passage.coverage, 1.0);
    assert_eq!(passage.coverage, found.terms.coverage(&passage.text));
    assert_eq!(passage.lexical.unwrap().rank, 1);
    let cosine = HashingEmbedder::vector("Which sugar and which flour?")
        .iter()
        .zip(HashingEmbedder::vector(&format!("Cake\n\n{}", passage.text)))
        .map(|(a, b)| a * b)
        .sum::<f32>();
    assert!(passage.dense.unwrap().score > 0.0 && (passage.dense.unwrap().score - cosine).abs() < 0.2);
    assert_eq!(found.terms.iter().map(|(term, _)| term).collect::<Vec<_>>(), ["sugar", "flour"]);
    assert_eq!(
        (found.language, found.explain.considered, found.question_vector.len()),
        (Language::English, 4, 64)
    );
    assert_eq!(found.explain.spreads.iter().map(|(_, spread)| spread.count).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn a_filter_is_exact() {
    let desk = desk();
    let check = |filter: Filter, expected: &[&str]| {
        let found = search(&desk, &Query { filter, ..Query::new("attention heads", 9) }).unwrap();
        let mut found = paths(&found);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected);
    };
    check(Filter::default(), &["gqa.md", "kitchen/cake.md", "zh/注意力.md"]);
    check(Filter { paths: vec!["kitchen".into()], ..Filter::default() }, &["kitchen/cake.md"]);
    check(Filter { tags: vec!["kitchen".into()], ..Filter::default() }, &["kitchen/cake.md"]);
    check(Filter { until: Some("2024".into()), ..Filter::default() }, &["kitchen/cake.md"]);
    check(Filter { tags: vec!["garden".into()], ..Filter::default() }, &[]);
}

#[test]
fn questions_that_say_little_find_something() {
    let desk = desk();
    for question in ["what is it", "是什么", "???", "zzz"] {
        let found = search(&desk, &Query::new(question, 2)).unwrap();
        assert_eq!(found.passages.len(), 2, "{question}");
        assert!(found.passages.iter().all(|passage| passage.coverage == 0.0), "{question}");
        assert!(found.terms.iter().all(|(term, _)| term == "zzz"), "{question}");
    }
}

#[test]
fn what_cannot_be_asked_is_an_error() {
    let desk = desk();
    let check = |query: Query, expected: &str| {
        assert_eq!(search(&desk, &query).unwrap_err().to_string(), expected);
    };
    check(Query::new(" \n", 3), "the question is empty");
    let filter = Filter { since: Some("soon".into()), ..Filter::default() };
    check(
        Query { filter, ..Query::new("a", 3) },
        "cannot use the date \"soon\": write it as YYYY-MM-DD, YYYY-MM or YYYY",
    );
}

#[test]
fn an_index_of_nothing_finds_nothing() {
    let desk = Desk::new(&[]);
    desk.build();
    assert_eq!(paths(&search(&desk, &Query::new("anything", 3)).unwrap()), [""; 0]);
    let desk = self::desk();
    assert_eq!(paths(&search(&desk, &Query::new("attention", 0)).unwrap()), [""; 0]);
}

#[test]
fn the_same_question_finds_the_same() {
    let desk = desk();
    let index = desk.open().unwrap();
    let ask = |index: &Index| {
        let found = index.search(&desk.embedder, &Query::new("query heads 注意力", 9)).unwrap();
        (found.passages, found.explain, found.terms)
    };
    let first = ask(&index);
    assert_eq!(ask(&index), first);
    assert_eq!(ask(&desk.open().unwrap()), first);
}

#[test]
fn what_either_half_puts_forward_ranks_as_the_whole_does() {
    let desk = desk();
    let index = desk.open().unwrap();
    let filters =
        [Filter::default(), Filter { paths: vec!["gqa.md".into(), "kitchen".into()], ..Filter::default() }];
    for question in ["query heads in a group", "组内查询头", "flour", "zzz"] {
        for filter in &filters {
            let query = Query { filter: filter.clone(), ..Query::new(question, 9) };
            let ask = |whole| index.search_whole(&desk.embedder, &query, whole).unwrap().passages;
            assert_eq!(ask(0), ask(100), "{question}");
        }
    }
}

#[test]
fn only_a_note_in_another_language_is_excused() {
    let chinese = "# 注意力\n\n多个查询头共享同一组键和值，缓存因此缩小，质量几乎不变。\n\n\
                   ## 来源\n\n- Ainslie and others, Training generalised models from checkpoints, 2023\n";
    let desk = Desk::new(&[("gqa.md", GQA), ("zh.md", chinese)]);
    desk.build();
    let weights = Weights { dense: 0.0, ..Weights::default() };
    let query = Query { weights, ..Query::new("早餐吃哪种面包", 9) };
    for passage in search(&desk, &query).unwrap().passages {
        let expected = if passage.path == "gqa.md" { weights.foreign_chinese } else { 0.0 };
        assert_eq!(passage.score, expected, "{passage:?}");
    }
}

#[test]
fn words_in_one_sentence_count_for_more() {
    let together = "The red fox sleeps. Nothing else moves in the wood. Night comes early.\n";
    let strewn = "The red sun sets. No fox moves in the wood. Everything sleeps early.\n";
    let desk = Desk::new(&[("together.md", together), ("strewn.md", strewn)]);
    desk.build();
    let ask = |strewn| {
        let weights = Weights { dense: 0.0, lexical: 0.0, strewn, ..Weights::default() };
        let passages = search(&desk, &Query { weights, ..Query::new("red fox sleeps", 2) }).unwrap().passages;
        passages.into_iter().map(|passage| (passage.path, passage.score)).collect::<Vec<_>>()
    };
    let [(first, best), (_, other)] = &ask(2.0)[..] else { panic!("two notes") };
    assert!(first == "together.md" && best > other, "{best} {other}");
    assert!(ask(0.0).iter().all(|(_, score)| score == best));
}

#[test]
fn a_name_that_both_languages_write_is_looked_for_in_both() {
    let (adam, other) = ("优化器 Adam 收敛较快。\n", "优化器收敛较快，步长要调。\n");
    let desk = Desk::new(&[("en.md", "Adam converges soon.\n"), ("adam.md", adam), ("other.md", other)]);
    desk.build();
    let weights = Weights { dense: 0.0, ..Weights::default() };
    let found = search(&desk, &Query { weights, ..Query::new("Does Adam converge?", 9) }).unwrap();
    assert_eq!(paths(&found), ["en.md", "adam.md", "other.md"]);
    assert!(found.passages[2].score < weights.foreign, "{found:#?}");
}

/// Likes short passages best, or fails.
struct Shortest(Result<(), &'static str>);

impl crate::Reranker for Shortest {
    fn scores(&self, _: &str, passages: &[&str]) -> Result<Vec<f32>, crate::RerankError> {
        self.0.map_err(|why| crate::RerankError(why.into()))?;
        Ok(passages.iter().map(|passage| -(passage.len() as f32)).collect())
    }
}

#[test]
fn a_reranker_orders_the_best_passages() {
    let desk = desk();
    let query = Query::new("query heads in a group", 2);
    let ask = |reranker: Option<Shortest>| {
        let index = desk.open().unwrap();
        let index = match reranker {
            Some(reranker) => index.with_reranker(std::sync::Arc::new(reranker)),
            None => index,
        };
        index.search(&desk.embedder, &query).unwrap()
    };
    let plain = ask(None);
    let found = ask(Some(Shortest(Ok(()))));
    let all = desk.open().unwrap().search(&desk.embedder, &Query::new("query heads in a group", 20)).unwrap();
    let mut lens: Vec<usize> = all.passages.iter().map(|passage| passage.text.len()).collect();
    lens.sort_unstable();
    assert!(
        found.passages.iter().map(|passage| passage.text.len()).eq(lens.into_iter().take(2)),
        "{found:?}"
    );
    assert!(found.passages.iter().map(|passage| passage.rank).eq([1, 2]));
    assert_ne!(paths(&found), paths(&plain));
    assert_eq!(found.explain.unranked, None);

    let failed = ask(Some(Shortest(Err("no memory"))));
    assert_eq!(failed.passages, plain.passages);
    let why = failed.explain.unranked.unwrap().to_string();
    assert_eq!(why, "the reranker failed: no memory; the passages stay in the order of the search");
}
