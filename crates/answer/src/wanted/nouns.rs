//! What is counted, or whose name is asked for, in both languages.

use index::is_han;

use super::heard::COUNTED;

/// Where what is counted ends in an English question.
const ENDS: &[&str] = &[
    "does", "do", "did", "is", "are", "was", "were", "has", "have", "had", "can", "could", "will", "would",
    "should", "of", "in", "to", "per", "for", "on", "from", "at", "there", "that", "which", "who", "with",
];
/// What is told by a figure.
const MEASURES: &[&str] = &[
    "accuracy",
    "age",
    "altitude",
    "area",
    "base",
    "depth",
    "dimension",
    "distance",
    "factor",
    "height",
    "length",
    "number",
    "penalty",
    "population",
    "range",
    "rate",
    "ratio",
    "recall",
    "score",
    "size",
    "speed",
    "temperature",
    "value",
    "width",
];
/// Those that are named beside the figure, as a rule: it is not clear without.
const NAMED: &[&str] = &["accuracy", "base", "factor", "penalty", "rate", "recall", "score", "size", "width"];
/// Nouns that say the same, so that a note in the other language may have what is counted.
const SAME: &[&[&str]] = &[
    &["layer", "层"],
    &["head", "头"],
    &["parameter", "参数"],
    &["token", "词元"],
    &["gpu", "显卡"],
    &["expert", "专家"],
    &["question", "题", "问题"],
    &["step", "步"],
    &["epoch", "轮"],
    &["language", "语言"],
    &["author", "作者"],
    &["dimension", "维"],
    &["entries", "项", "词表", "vocabulary", "pieces"],
    &["people", "人"],
    &["image", "图"],
    &["model", "模型"],
    &["byte", "字节"],
    &["pair", "对"],
    &["domain", "领域"],
    &["prompt", "提示"],
    &["game", "场"],
    &["student", "学生"],
    &["member", "成员"],
    &["word", "词"],
    &["score", "得分"],
    &["founder", "创始人"],
    &["director", "主任"],
    &["president", "总统", "主席"],
    &["chief", "首席"],
    &["window", "窗口"],
    &["times", "倍"],
    &["recall", "召回"],
    &["rate", "率"],
    &["size", "大小", "尺寸"],
    &["width", "宽"],
];

/// The nouns of which one should be near what `question` (lower case) wants.
pub(super) fn nouns(question: &str) -> Vec<String> {
    let mut nouns = match (question.split_once("how many "), measure(question)) {
        (Some((_, counted)), _) => english(counted),
        (None, Some(measure)) if NAMED.contains(&measure) => vec![measure.to_owned()],
        (None, Some(_)) => Vec::new(),
        (None, None) => chinese(question),
    };
    let same = SAME.iter().filter(|same| nouns.iter().any(|noun| same.contains(&noun.as_str())));
    let same: Vec<String> = same.flat_map(|same| same.iter().map(|&noun| noun.to_owned())).collect();
    nouns.extend(same);
    nouns
}

/// What is measured, where `question` (lower case) asks "what batch size does …" or "what is the population of …": the answer is
/// a figure.
pub(super) fn measure(question: &str) -> Option<&'static str> {
    let (_, asked) =
        question.split_once("what ").filter(|(before, _)| !before.ends_with(char::is_alphanumeric))?;
    let of = |word: &&str| MEASURES.iter().copied().find(|measure| measure == word);
    let mut words =
        asked.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| !word.is_empty());
    let is = ["is", "was", "are", "were"];
    let first: Vec<&str> = words.clone().take(4).collect();
    if first.first().is_some_and(|word| is.contains(word)) {
        // "What is temperature" wants no figure.
        let before: Vec<&str> = words.take_while(|word| *word != "of").take(6).collect();
        return before.last().and_then(of).filter(|_| before.contains(&"the") && asked.contains(" of "));
    }
    let at = words.position(|word| MEASURES.contains(&word)).filter(|at| *at < 3)?;
    let ends = words.next().is_some_and(|word| ENDS.contains(&word));
    first.get(at).and_then(of).filter(|_| ends)
}

/// The words after "how many", without their plural.
fn english(counted: &str) -> Vec<String> {
    let words =
        counted.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| !word.is_empty());
    let words = words.take(3).take_while(|word| !ENDS.contains(word));
    words
        .map(|word| if word.len() > 3 { word.strip_suffix('s').unwrap_or(word) } else { word }.to_owned())
        .collect()
}

/// What stands after 多少 or 几, else before 是谁, 是多少, 有多 and 叫什么.
fn chinese(question: &str) -> Vec<String> {
    let after = |word: &str| {
        let (before, after) = question.split_once(word)?;
        (!before.ends_with('哪')).then_some((before.len(), after))
    };
    let counted = ["多少", "几"].iter().filter_map(|word| after(word)).min_by_key(|(at, _)| *at);
    let mut nouns = Vec::new();
    if let Some((_, counted)) = counted {
        let counted = counted.split(['，', ',', '。', '？', '?', '；']).next().unwrap_or_default().trim();
        if !counted.starts_with('的') {
            if counted.chars().take(3).any(|c| c.is_ascii_lowercase()) {
                let mut latin =
                    counted.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
                nouns.extend(latin.next().map(str::to_owned));
            }
            let han: Vec<char> = counted.chars().filter(|&c| is_han(c)).take(4).collect();
            nouns.extend(han.iter().take(2).filter(|&&c| COUNTED.contains(c)).map(char::to_string));
            nouns.extend(pairs(&han));
        }
    }
    if nouns.is_empty() {
        let asked = ["是谁", "是多少", "有多", "叫什么"].iter().find_map(|end| question.split_once(end));
        if let Some((before, _)) = asked.filter(|(before, _)| !before.is_empty()) {
            let last: Vec<char> =
                before.chars().rev().take_while(|&c| is_han(c) && c != '的').take(4).collect();
            nouns.extend(pairs(&last.into_iter().rev().collect::<Vec<_>>()));
        }
    }
    nouns
}

fn pairs(han: &[char]) -> impl Iterator<Item = String> + '_ {
    han.windows(2).map(|pair| pair.iter().collect())
}
