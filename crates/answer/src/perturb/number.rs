//! Another number, or the same written another way.

use super::dice::Dice;
use super::digits::{Digits, Known, digits, replace, scale, with_commas};

/// The sentence with one number changed, so far that `about` does not cover it.
pub(super) fn number(text: &str, known: &Known<'_>, dice: &mut Dice) -> Option<String> {
    let counted: Vec<Digits> = digits(text).into_iter().filter(|digits| !digits.is_year()).collect();
    let mut choices: Vec<String> = Vec::new();
    for digits in counted {
        let times = scale(&text[digits.end..]);
        let of_hundred = text[digits.end..].trim_start().starts_with(['%', '％']);
        let v = digits.value;
        let others = if v <= 12.0 && digits.decimals == 0 {
            [v + 1.0, v + 2.0, v + 3.0, v * 2.0 + 1.0]
        } else {
            [v * 2.0, v * 3.0, v / 2.0, v * 1.4]
        };
        let others = others.map(|value| if digits.decimals == 0 { value.round() } else { value });
        let fits = |value: &f64| {
            let clear = (value - v).abs() >= 0.15 * v && *value > 0.0;
            let over = of_hundred && *value >= 100.0;
            clear && !over && !known.has(*value) && !known.has(value * times)
        };
        let others: Vec<f64> = others.into_iter().filter(fits).collect();
        choices.extend(
            dice.pick(&others).map(|value| replace(text, digits.start, digits.end, &digits.write(value))),
        );
    }
    choices.extend(words(text).into_iter().filter_map(|word| {
        let others: Vec<usize> = (2..=10)
            .filter(|&n| n != word.value && n.abs_diff(word.value) <= 4 && !known.has(n as f64))
            .collect();
        Some(replace(text, word.start, word.end, word.names[dice.pick(&others)?]))
    }));
    dice.pick(&choices)
}

/// A small number in words.
struct Word {
    start: usize,
    end: usize,
    value: usize,
    names: &'static [&'static str],
}

const ENGLISH: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];
const CHINESE: &[&str] = &["零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"];
/// What a Chinese number that counts is followed by.
const MEASURES: &str = "个种层步类组次倍块篇条阶代道章段份行列";

fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-' && c != '\'');
    for (value, name) in ENGLISH.iter().enumerate().skip(2) {
        for (start, _) in text.match_indices(name) {
            let end = start + name.len();
            let counts =
                text[end..].starts_with(' ') && text[end + 1..].starts_with(|c: char| c.is_ascii_lowercase());
            let part = ["of ", "thirds", "hundred", "million", "billion", "or ", "to ", "and "]
                .iter()
                .any(|w| text[end..].trim_start().starts_with(w));
            if edge(text[..start].chars().next_back()) && counts && !part {
                found.push(Word { start, end, value, names: ENGLISH });
            }
        }
    }
    for (value, name) in CHINESE.iter().enumerate().skip(2) {
        for (start, _) in text.match_indices(name) {
            let end = start + name.len();
            let before = text[..start].chars().next_back();
            let glued = before
                .is_some_and(|c| "第零一二两三四五六七八九十百千万亿几数每这那前后上下到至或".contains(c));
            if !glued && text[end..].starts_with(|c| MEASURES.contains(c)) {
                found.push(Word { start, end, value, names: CHINESE });
            }
        }
    }
    found.sort_by_key(|word| word.start);
    found
}

/// The sentence with a number written another way and of the same value.
pub(super) fn format(text: &str, dice: &mut Dice) -> Option<String> {
    let mut choices: Vec<String> = Vec::new();
    let chinese = text.chars().any(index::is_han);
    for digits in digits(text).into_iter().filter(|digits| !digits.is_year()) {
        let after = &text[digits.end..];
        let whole = digits.decimals == 0 && digits.value >= 2.0;
        let mut put = |end: usize, new: String| choices.push(replace(text, digits.start, end, &new));
        if whole && digits.value >= 1000.0 && scale(after) == 1.0 {
            let plain = format!("{:.0}", digits.value);
            put(digits.end, if digits.commas { plain } else { with_commas(&plain) });
        }
        let small = whole && digits.value <= 10.0;
        let value = digits.value as usize;
        if small
            && !chinese
            && after.starts_with(' ')
            && after[1..].starts_with(|c: char| c.is_ascii_lowercase())
        {
            put(digits.end, ENGLISH[value].to_owned());
        }
        let blank = after.len() - after.trim_start_matches(' ').len();
        if small && chinese && after[blank..].starts_with(|c| MEASURES.contains(c)) {
            put(digits.end + blank, CHINESE[value].to_owned());
        }
        if let Some(part) = after.trim_start_matches(' ').strip_prefix(['%', '％']) {
            let end = text.len() - part.len();
            let number = &text[digits.start..digits.end];
            put(end, if chinese { format!("百分之{number}") } else { format!("{number} percent") });
        }
        for (word, less) in [("billion", "million"), ("trillion", "billion")] {
            if after.trim_start_matches(' ').starts_with(word)
                && digits.value < 1000.0
                && digits.decimals <= 2
            {
                let thousand = format!("{:.0}", digits.value * 1000.0);
                put(digits.end + blank + word.len(), format!("{} {less}", with_commas(&thousand)));
            }
        }
        if whole && after[blank..].starts_with('亿') {
            put(digits.end + blank + '亿'.len_utf8(), format!("{:.0} 万", digits.value * 10_000.0));
        }
    }
    choices.extend(words(text).iter().map(|word| {
        let (mut lead, mut gap) = ("", "");
        if word.names == CHINESE {
            gap = " ";
            lead = if text[..word.start].ends_with(index::is_han) { " " } else { "" };
        }
        replace(text, word.start, word.end, &format!("{lead}{}{gap}", word.value))
    }));
    dice.pick(&choices)
}

#[cfg(test)]
mod tests {
    use super::super::{date::date, unit::unit};
    use super::*;
    use crate::verify::facts::facts;

    type Change = fn(&str, &Known<'_>, &mut Dice) -> Option<String>;

    /// All that the change may make of `text`, in the order of the seeds.
    fn all(change: Change, text: &str) -> Vec<String> {
        let known = Known::of(text);
        let mut all: Vec<String> =
            (0..60).filter_map(|seed| change(text, &known, &mut Dice::new(seed, ""))).collect();
        all.sort();
        all.dedup();
        all
    }

    fn check(change: Change, text: &str, expected: &[&str]) {
        assert_eq!(all(change, text), expected, "{text}");
    }

    #[test]
    fn numbers_change_and_names_do_not() {
        check(
            number,
            "It has 70 layers.",
            &["It has 140 layers.", "It has 210 layers.", "It has 35 layers.", "It has 98 layers."],
        );
        check(number, "GPT-3, Llama 2 and a 7B model, top 5.", &[]);
        check(number, "It came in 2019.", &[]);
        check(number, "约 1.3 万条", &["约 0.7 万条", "约 1.8 万条", "约 2.6 万条", "约 3.9 万条"]);
        assert!(all(number, "About 60%.").iter().all(|text| !text.contains("120")));
        assert!(all(number, "有三个阶段。").contains(&"有五个阶段。".to_owned()));
        assert!(all(number, "It has two stacks.").contains(&"It has five stacks.".to_owned()));
        check(number, "第三代，另一方面，two of them", &[]);
    }

    #[test]
    fn a_value_of_the_context_is_not_hit() {
        let known = Known::of("70 layers, 140 heads, thirty-five, 210 and 98");
        assert_eq!(
            (0..40).find_map(|seed| number("It has 70 layers.", &known, &mut Dice::new(seed, ""))),
            None
        );
        let known = Known::of("300 亿，600 万");
        let others: Vec<String> = (0..40)
            .filter_map(|seed| unit("训练用了 300 亿个词。", &known, &mut Dice::new(seed, "")))
            .collect();
        assert!(others.iter().all(|text| text.contains("300 万")) && !others.is_empty());
    }

    #[test]
    fn dates_change() {
        check(date, "Nothing.", &[]);
        assert!(all(date, "In May 2022.").contains(&"In March 2022.".to_owned()));
        assert!(all(date, "It may 2022.").iter().all(|text| text.starts_with("It may 20")));
        assert!(all(date, "2019 年提出。").contains(&"2021 年提出。".to_owned()));
    }

    #[test]
    fn units_change() {
        check(unit, "It takes 80 GB.", &["It takes 80 MB.", "It takes 80 TB."]);
        check(unit, "It takes 80 GBs and 7B.", &[]);
        check(unit, "70 亿参数", &["70 万参数"]);
        check(unit, "约 20 毫秒", &["约 20 分钟", "约 20 小时"]);
    }

    #[test]
    fn another_form_is_the_same_value() {
        let check = |text: &str, expected: &[&str]| {
            let mut all: Vec<String> =
                (0..40).filter_map(|seed| format(text, &mut Dice::new(seed, ""))).collect();
            all.sort();
            all.dedup();
            assert_eq!(all, expected, "{text}");
            for other in all {
                assert_eq!(
                    facts(&other).first().map(|fact| fact.value),
                    facts(text).first().map(|fact| fact.value),
                    "{other}"
                );
            }
        };
        check("8 heads", &["eight heads"]);
        check("eight heads", &["8 heads"]);
        check("32,768 tokens", &["32768 tokens"]);
        check("1.4 trillion tokens", &["1,400 billion tokens"]);
        check("提高 5%", &["提高 百分之5"]);
        check("三个阶段", &["3 个阶段"]);
        check("4 亿个图文对", &["40000 万个图文对"]);
        check("in 2019", &[]);
    }
}
