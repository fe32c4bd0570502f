//! They name different things in the same place of the same sentence: `the default of X is A`, `the default of X is B`.

use super::super::statement::Statement;
use super::super::words::has;
use super::{Contradiction, Pair};

/// What is one of several: another may be so as well.
const ONE_OF_SEVERAL: &[&str] =
    &["a ", "an ", "one ", "another ", "example", "such as", "代表", "例", "之一", "包括", "常见", "主要"];
/// What may be so of several as well: `is used in`.
const OF_MANY: &[&str] = &["used", "found", "spoken", "known", "supported", "followed", "called"];
const BE: &[&str] = &["is", "are", "was", "were"];
const IRREGULAR: &[&str] = &["born", "built", "held", "made", "written", "led", "run", "won", "sold", "sung"];
/// Chinese words for what there is one of, and behind which its name follows.
const ONLY_ONE: &[&str] = &[
    "负责人",
    "总部",
    "首都",
    "主管",
    "经理",
    "校长",
    "院长",
    "导师",
    "主编",
    "所在地",
    "地点",
    "法人",
    "联系人",
    "供应商",
    "author",
    "founder",
];

pub(super) fn named(pair: Pair<'_>) -> Option<Contradiction> {
    is_named(pair).or_else(|| same_frame(pair)).or_else(|| only_one(pair))
}

fn one_of_several(side: &Statement) -> bool {
    ONE_OF_SEVERAL.iter().any(|word| match word.ends_with(' ') {
        true => side.text.starts_with(word),
        false => side.text.contains(word),
    })
}

/// `X is A` and `X is B`.
fn is_named(pair: Pair<'_>) -> Option<Contradiction> {
    let Pair { a, b } = pair;
    let (about, mine) = a.identity.as_ref()?;
    let (too, yours) = b.identity.as_ref()?;
    let another = |name: &String, side: &Statement| {
        !side.names.contains(name) && !index::terms(name).iter().all(|term| side.knows(term))
    };
    let held = |one: &[String], other: &[String]| {
        one.iter().filter(|term| other.contains(term)).count() as f32 / one.len().max(1) as f32
    };
    let (one, other) = (held(about, too), held(too, about));
    let same = about.len() >= 2 && one.min(other) >= 0.99 && !one_of_several(a) && !one_of_several(b);
    (same && another(mine, b) && another(yours, a))
        .then(|| Contradiction { plain: one + other, said: [a.written(mine), b.written(yours)] })
}

/// All words are the same but the name behind `is`, `was designed by`, `is in`.
fn same_frame(pair: Pair<'_>) -> Option<Contradiction> {
    let (mine, yours) = (place(pair)?, place(pair.turned())?);
    let same = mine.before == yours.before && !one_of_several(pair.a) && !one_of_several(pair.b);
    let rest = |side: &Statement, name: &str| -> Vec<String> {
        let name = index::terms(name);
        side.content.iter().filter(|term| !name.contains(term)).cloned().collect()
    };
    let (left, right) = (rest(pair.a, &mine.name), rest(pair.b, &yours.name));
    let whole = pair.share(&left).min(pair.turned().share(&right)) >= 0.99 && left.len() >= 2;
    (same && whole && !pair.across()).then_some(Contradiction {
        plain: 2.0,
        said: [pair.a.written(&mine.name), pair.b.written(&yours.name)],
    })
}

/// Where the names stand that the other side does not have, if that is one place behind a verb that says who, where or what.
struct Place {
    before: String,
    name: String,
}

fn place(Pair { a, b }: Pair<'_>) -> Option<Place> {
    let unknown = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        a.names.contains(word) && !b.names.contains(word) && !b.terms.contains(&word.to_lowercase())
    };
    let words: Vec<&str> = a.text.split_whitespace().collect();
    let start = words.iter().position(|word| unknown(word))?;
    let len = words[start..].iter().take_while(|word| unknown(word)).count();
    if words[start + len..].iter().any(|word| unknown(word)) || start < 2 {
        return None;
    }
    let (before, last) = (words[start - 2], words[start - 1]);
    let participle = (before.ends_with("ed") || IRREGULAR.contains(&before)) && !OF_MANY.contains(&before);
    let said =
        BE.contains(&last) || (matches!(last, "by" | "in" | "at") && (BE.contains(&before) || participle));
    said.then(|| Place {
        before: last.to_owned(),
        name: words[start..start + len].join(" ").trim_matches(|c: char| !c.is_alphanumeric()).to_owned(),
    })
}

/// `日志的负责人是甲` and `日志的负责人是乙`.
fn only_one(pair: Pair<'_>) -> Option<Contradiction> {
    let split = |side: &Statement| -> Option<(String, String)> {
        let (about, value) = side.text.trim_end_matches(['。', '.']).split_once('是')?;
        let about: String = about.split_whitespace().collect();
        let value: String = value.split_whitespace().collect();
        let short = (2..=6).contains(&value.chars().count()) && value.chars().all(index::is_han);
        (short && ONLY_ONE.iter().any(|noun| about.ends_with(noun))).then_some((about, value))
    };
    let ((about, mine), (too, yours)) = (split(pair.a)?, split(pair.b)?);
    let differ = about == too && !mine.contains(&yours) && !yours.contains(&mine);
    let denied = has(&pair.a.text, &["不"]) || has(&pair.b.text, &["不"]);
    (differ && !denied).then_some(Contradiction { plain: 2.0, said: [mine, yours] })
}
