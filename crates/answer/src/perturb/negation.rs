//! Negation: taken away where there is one, added where there is none.

/// The sentence turned into its contrary, where that can be done without a parser: the one negation it has is dropped, or
/// its first plain verb gets one.
pub(super) fn turn(text: &str) -> Option<String> {
    let turned = if text.chars().any(index::is_han) { chinese(text) } else { english(text) };
    turned.filter(|turned| turned != text)
}

/// Verbs that take `not` behind them. `may` is none: what may be also may not be.
const AUXILIARIES: &[&str] =
    &["is", "are", "was", "were", "can", "must", "should", "will", "does", "do", "did"];
/// Other verbs, each with its bare form: `uses` becomes `does not use`.
const VERBS: &[(&str, &str)] = &[
    ("uses", "use"),
    ("needs", "need"),
    ("takes", "take"),
    ("keeps", "keep"),
    ("makes", "make"),
    ("gives", "give"),
    ("lets", "let"),
    ("reads", "read"),
    ("holds", "hold"),
    ("reduces", "reduce"),
    ("requires", "require"),
    ("replaces", "replace"),
    ("adds", "add"),
    ("applies", "apply"),
    ("has", "have"),
    ("contains", "contain"),
    ("works", "work"),
    ("grows", "grow"),
    ("changes", "change"),
    ("processes", "process"),
    ("predicts", "predict"),
];
/// Behind one of these the verb may be that of another clause.
const CLAUSES: &[&str] = &[
    "if", "when", "while", "although", "because", "that", "which", "who", "where", "since", "unless",
    "whether", "as", "not", "no", "never", "nor", "neither", "without", "only", "once", "than", "before",
    "after", "how", "what", "why",
];

fn english(text: &str) -> Option<String> {
    for auxiliary in AUXILIARIES {
        for (start, found) in text.match_indices(&format!(" {auxiliary} not ")) {
            let rest = &text[start + found.len()..];
            let others = ["only", "just", "always", "necessarily", "the same"];
            if !others.iter().any(|word| rest.starts_with(word)) && negations(text) == 1 {
                return Some(format!("{} {auxiliary} {rest}", &text[..start]));
            }
        }
    }
    if let Some((before, rest)) = text.split_once(" cannot ").filter(|_| negations(text) == 1) {
        return Some(format!("{before} can {rest}"));
    }
    if negations(text) > 0 {
        return None;
    }
    let mut at = 0;
    for word in text.split(' ') {
        let bare = word.trim_end_matches([',', ';', ':']);
        if CLAUSES.contains(&bare.to_lowercase().as_str()) || bare != word {
            return None;
        }
        let (before, rest) = (&text[..at], text[at + word.len()..].trim_start());
        if AUXILIARIES.contains(&word) && at > 0 && !rest.is_empty() {
            let glue = if word == "can" { "cannot".to_owned() } else { format!("{word} not") };
            return Some(format!("{before}{glue} {rest}"));
        }
        if let Some((_, verb)) =
            VERBS.iter().find(|(verb, _)| *verb == word).filter(|_| at > 0 && !rest.is_empty())
        {
            return Some(format!("{before}does not {verb} {rest}"));
        }
        at += word.len() + 1;
    }
    None
}

fn negations(text: &str) -> usize {
    let lower = text.to_lowercase();
    let word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '\'');
        ["not", "no", "never", "nor", "neither", "without", "none", "cannot", "nothing", "hardly", "unless"]
            .contains(&word)
            || word.ends_with("n't")
    };
    lower.split(' ').filter(|text| word(text)).count()
}

/// Negated words and what they become without.
const DROPPED: &[(&str, &str)] = &[
    ("不需要", "需要"),
    ("不是", "是"),
    ("不能", "能"),
    ("不会", "会"),
    ("不必", "必须"),
    ("没有", "有"),
    ("不改变", "改变"),
    ("不支持", "支持"),
    ("不训练", "训练"),
    ("不依赖", "依赖"),
    ("不适合", "适合"),
];
/// Words that take 不, and the characters they must not follow: 于是 is no 是.
const ADDED: &[(&str, &str, &str)] = &[
    ("用的是", "用的不是", ""),
    ("需要", "不需要", "不所"),
    ("可以", "不可以", "不"),
    ("适合", "不适合", "不"),
    ("必须", "不必", ""),
    ("是", "不是", "于但还就可只不总正也都要若而或其别凡即算如便像自又既乃曾本无非似"),
];

fn chinese(text: &str) -> Option<String> {
    let count = text.chars().filter(|c| "不没无非未勿".contains(*c)).count();
    if count == 1 {
        for (negated, plain) in DROPPED {
            let Some(start) = text.find(negated) else { continue };
            let before = text[..start].chars().next_back();
            // 并不是: the stress goes with the negation.
            if let Some(head) = text[..start].strip_suffix('并') {
                return Some(format!("{head}{plain}{}", &text[start + negated.len()..]));
            }
            // 而不是, 是不是, 能不能
            if !before.is_some_and(|c| "而是能会要有".contains(c)) {
                return Some(format!("{}{plain}{}", &text[..start], &text[start + negated.len()..]));
            }
        }
        return None;
    }
    if count > 1 {
        return None;
    }
    // Behind a comma or a 如果 it may be another clause.
    let first = text.split(['，', '；', '：', '、']).next().unwrap_or(text);
    if ["如果", "只要", "只有", "当", "虽然", "即使", "为了"].iter().any(|word| first.contains(word))
    {
        return None;
    }
    for (plain, negated, glued) in ADDED {
        let place = first.match_indices(plain).find(|(start, _)| {
            let before = first[..*start].chars().next_back();
            let after = first[start + plain.len()..].chars().next();
            before.is_some_and(|c| !glued.contains(c)) && !after.is_some_and(|c| "否不".contains(c))
        });
        if let Some((start, _)) = place {
            return Some(format!("{}{negated}{}", &text[..start], &text[start + plain.len()..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_turned() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(turn(text).as_deref(), expected, "{text}");
        check("HNSW is exact.", Some("HNSW is not exact."));
        check("HNSW is not exact.", Some("HNSW is exact."));
        check("It cannot see the future.", Some("It can see the future."));
        check("It can see the future.", Some("It cannot see the future."));
        check("A layer uses SwiGLU.", Some("A layer does not use SwiGLU."));
        check("It does not change V.", Some("It does change V."));
        check("It may miss a neighbour.", None);
        check("It is not only fast.", None);
        check("If labels are scarce, it saves time.", None);
        check("A model that is large, is slow.", None);
        check("It is neither fast nor cheap.", None);
        check("", None);
        check("HNSW 是近似索引。", Some("HNSW 不是近似索引。"));
        check("HNSW 不是精确索引。", Some("HNSW 是精确索引。"));
        check("BERT 没有缓存。", Some("BERT 有缓存。"));
        check("LLaMA 用的是 RMSNorm。", Some("LLaMA 用的不是 RMSNorm。"));
        check("它需要微调。", Some("它不需要微调。"));
        check("并不是每个行业都要它。", Some("是每个行业都要它。"));
        check("共享的是键，而不是查询。", None);
        check("于是变快。", None);
        check("如果是这样，就用它。", None);
        check("它既不快，也不省。", None);
    }
}
