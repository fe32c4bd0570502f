use std::collections::HashSet;

use super::{all_conflicts as conflicts, *};
use crate::testing::passage;

/// The conflicts of two notes of one passage each.
fn between(a: &str, b: &str) -> Vec<Conflict> {
    let (mut a, mut b) = (passage(1, "a.md", a), passage(2, "b.md", b));
    for side in [&mut a, &mut b] {
        side.headings.clear();
        side.title.clear();
    }
    conflicts(&[a, b])
}

fn check(a: &str, b: &str, expected: bool) {
    assert_eq!(!between(a, b).is_empty(), expected, "{a} / {b}");
    assert_eq!(!between(b, a).is_empty(), expected, "{b} / {a}");
}

#[test]
fn what_one_denies_and_the_other_states() {
    check("HNSW search is exact.", "HNSW search is approximate, not exact.", true);
    check("The cache survives a restart.", "The cache does not survive a restart.", true);
    check("SFT can never make a model worse.", "SFT can make a model worse at some things.", true);
    check("键值缓存的大小随序列长度平方增长。", "键值缓存的大小随序列长度线性增长，不是平方增长。", true);
    check("这个接口支持批量写入。", "这个接口不支持批量写入。", true);
    check("HNSW search is approximate.", "HNSW search is approximate, not exact.", false);
    check("The cache does not survive a restart.", "The cache will not survive a restart.", false);
    check("Query heads share one key head between them.", "The queries are never shared.", false);
    check("All heads share one query between them.", "The queries are never shared.", true);
    check("The log survives a restart.", "The cache does not survive a restart.", false);
    check("It is not only fast but small.", "It is fast and small.", false);
    check("DPO 不训练奖励模型。", "PPO 训练奖励模型。", false);
    check("模型不仅快，而且省内存。", "模型快，而且省内存。", false);
}

#[test]
fn opposite_ends() {
    check("ChatGLM3 的词表是动态构建的。", "ChatGLM3 的词表是固定的。", true);
    check("GPT-3 uses post-norm blocks.", "GPT-3 uses pre-norm blocks.", true);
    let many = "GPT-3 用的是 pre-norm 位置的 LayerNorm，GLM-130B 用的是 post-norm 一系的 DeepNorm。";
    check("Forum posts say that GPT-3 uses post-norm.", many, true);
    let exact =
        "FlashAttention is an exact attention algorithm that works block by block in fast on-chip memory.";
    check("Forum posts say that FlashAttention is an approximate, sparse attention method.", exact, true);
    check("A flat scan is exact.", "HNSW search is approximate.", false);
    check("GPT-3 uses pre-norm, and BERT uses post-norm.", "BERT uses post-norm.", false);
}

#[test]
fn different_figures_for_the_same() {
    check("全参数微调每个参数只要 2 字节显存。", "全参数微调每个参数大约需要 16 字节显存。", true);
    check("Full fine-tuning takes about 14 GB.", "Full fine-tuning needs 112 GB of memory.", true);
    check(
        "The staging server has 3 layers of cache.",
        "The staging server has three layers of cache.",
        false,
    );
    check(
        "Full fine-tuning of a 7B model takes 112 GB.",
        "Full fine-tuning of a 70B model takes 1120 GB.",
        false,
    );
    check("Revenue in 2019 was 5 million dollars.", "Revenue in 2023 was 7 million dollars.", false);
    check("Plan Basic takes 3 days to ship.", "Plan Express takes 1 day to ship.", false);
    check("The upload limit is 10 MB.", "The upload limit lasts 10 seconds.", false);
    check("The launch is on 2024-05-03.", "The launch is on 2024-05-09.", true);
}

#[test]
fn different_names_for_the_same() {
    check(
        "LLaMA 的激活函数是 GELU。",
        "LLaMA 的激活函数是 SwiGLU，为了保持参数量不变，中间维度取 8/3。",
        true,
    );
    check("The default branch of Alpha is Main.", "The default branch of Alpha is Trunk.", true);
    check("The default branch of Alpha is Main.", "The default branch of Beta is Trunk.", false);
    check("A variant of BERT is RoBERTa.", "A variant of BERT is ALBERT.", false);
    check("BERT is RoBERTa-like.", "BERT is Google's.", false);
    check("编码器的代表是 BERT。", "编码器的代表是 RoBERTa。", false);
}

#[test]
fn what_others_are_said_to_think_is_no_conflict() {
    check("Some say that HNSW search is exact.", "HNSW search is approximate, not exact.", false);
    check("A common mistake is that HNSW search is exact.", "HNSW search is not exact.", false);
    check("有人认为这个接口支持批量写入。", "这个接口不支持批量写入。", false);
    check("Is HNSW search exact?", "HNSW search is not exact.", false);
    let found = between("Forum posts say that HNSW search is exact.", "HNSW search is not exact.");
    assert_eq!((found[0].a.reported, found[0].b.reported), (true, false));
}

#[test]
fn only_what_was_asked_about_is_told() {
    let passages =
        [passage(1, "a.md", "HNSW search is exact."), passage(2, "b.md", "HNSW search is not exact.")];
    let told = |question: &str| {
        super::conflicts(&passages, &[], &TermWeights::even(question), &Evidence::default()).len()
    };
    assert_eq!((told("is HNSW exact"), told("how do I bake bread")), (1, 0));
}

#[test]
fn the_other_side_may_stand_behind_the_answer() {
    let ahead = [passage(1, "a.md", "HNSW search is exact."), passage(2, "c.md", "Bread needs flour.")];
    // As it was found, before a passage was carried to its place.
    let behind = [passage(2, "b.md", "HNSW search is not exact.")];
    let found = super::conflicts(&ahead, &behind, &TermWeights::even("is HNSW exact"), &Evidence::default());
    assert_eq!((found[0].a.passage, found[0].b.passage), (1, 3));
}

#[test]
fn one_note_does_not_contradict_itself() {
    let one = |rank, text| passage(rank, "a.md", text);
    assert_eq!(conflicts(&[one(1, "HNSW search is exact."), one(2, "HNSW search is not exact.")]), []);
    assert_eq!(conflicts(&[]), []);
}

#[test]
fn both_sides_are_shown_as_they_stand() {
    let a = passage(1, "a.md", "Some words.\n\n- HNSW search is **exact**.\n");
    let mut b = passage(2, "b.md", "HNSW search is not exact.");
    b.date = Some("2024-04-06".into());
    let found = conflicts(&[a, b]);
    let json = serde_json::to_string(&found).unwrap();
    let (a, b) = (
        r#"{"path":"a.md","line_start":12,"line_end":12,"quote":"- HNSW search is **exact**.","said":"exact","date":null,"reported":false,"passage":1}"#,
        r#"{"path":"b.md","line_start":10,"line_end":10,"quote":"HNSW search is not exact.","said":"not exact","date":"2024-04-06","reported":false,"passage":2}"#,
    );
    assert_eq!(json, format!(r#"[{{"a":{a},"b":{b}}}]"#));
}

proptest::proptest! {
    #[test]
    fn any_text_will_do(a in "[a-z不是没有三个GB0-9 ,.，。:()\\[\\]|“”-]{0,80}", b in proptest::prelude::any::<String>()) {
        let (a, b) = (passage(1, "a.md", &a), passage(2, "b.md", &b));
        let found = conflicts(&[a.clone(), b.clone()]);
        // Whoever comes first: the same is found.
        proptest::prop_assert_eq!(found.len(), conflicts(&[b, a]).len());
        for side in found.iter().flat_map(|conflict| [&conflict.a, &conflict.b]) {
            proptest::prop_assert!(!side.quote.is_empty());
        }
    }
}

/// A pair of the sets in `tests/`, labelled by hand.
#[derive(serde::Deserialize)]
struct Pair {
    id: String,
    a: Place,
    b: Place,
    conflict: bool,
    half: String,
    /// In which way, and in which languages; only in the set that was made.
    #[serde(default)]
    kind: String,
}

#[derive(serde::Deserialize)]
struct Place {
    path: String,
    line: u32,
    title: String,
    headings: Vec<String>,
    text: String,
}

impl Place {
    fn passage(self, rank: u32) -> Passage {
        let end = self.line + self.text.matches('\n').count() as u32;
        let lines = Lines { start: self.line, end };
        Passage { title: self.title, headings: self.headings, lines, ..passage(rank, &self.path, &self.text) }
    }
}

/// What was found of the pairs of one half: by their ids, and the subjects of the conflicts, all and found.
#[derive(Debug, Default)]
struct Seen {
    right: Vec<String>,
    wrong: Vec<String>,
    missed: Vec<String>,
    subjects: HashSet<u32>,
    found: HashSet<u32>,
}

impl Seen {
    fn of(file: &str, half: &str) -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let pairs = text.lines().map(|line| serde_json::from_str::<Pair>(line).unwrap());
        let mut seen = Self::default();
        for pair in pairs.filter(|pair| pair.half == half) {
            let (subject, id) = (pair.a.line, format!("{} {}", pair.id, pair.kind));
            let found = conflicts(&[pair.a.passage(1), pair.b.passage(2)]);
            let id = found.first().map_or(id.clone(), |it| format!("{id}: {}", it.in_short()));
            let found = !found.is_empty();
            if pair.conflict {
                seen.subjects.insert(subject);
                seen.found.extend(found.then_some(subject));
            }
            match (found, pair.conflict) {
                (true, true) => seen.right.push(id),
                (true, false) => seen.wrong.push(id),
                (false, true) => seen.missed.push(id),
                (false, false) => {}
            }
        }
        println!("{file} {half}: precision {:.3}, recall {:.3}", seen.precision(), seen.recall());
        // Nothing was chosen by looking at the other half.
        if half == "tune" {
            println!(
                "  subjects {:?} of {:?}\n  false {:?}\n  missed {:?}",
                seen.found, seen.subjects, seen.wrong, seen.missed
            );
        }
        seen
    }

    fn precision(&self) -> f32 {
        self.right.len() as f32 / (self.right.len() + self.wrong.len()).max(1) as f32
    }

    fn recall(&self) -> f32 {
        self.right.len() as f32 / (self.right.len() + self.missed.len()).max(1) as f32
    }
}

#[test]
fn the_sample_notes_are_compared_as_labelled_by_hand() {
    for half in ["tune", "report"] {
        let seen = Seen::of("conflicts.jsonl", half);
        let subjects = seen.found.len() as f32 / seen.subjects.len() as f32;
        assert!(seen.precision() >= 0.95, "{half}: false alarms {:?}", seen.wrong);
        assert!(subjects >= 0.6, "{half}: {subjects}");
    }
}

#[test]
fn other_subjects_are_compared_as_labelled_by_hand() {
    for half in ["tune", "report"] {
        let seen = Seen::of("conflicts-made.jsonl", half);
        assert!(seen.precision() >= 0.9, "{half}: {}", seen.precision());
        assert!(seen.recall() >= 0.5, "{half}: {}", seen.recall());
    }
}
