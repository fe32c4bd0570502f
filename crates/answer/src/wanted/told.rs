//! Whether a sentence has a thing of a kind.

use index::is_han;

use super::any;
use super::heard::{COUNTED, COUNTERS, Thing};
use crate::verify::facts::LONG_MONTHS;

const FIGURES: &str = "一二三四五六七八九十百千万亿两半";
const FIGURE_WORDS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "twenty", "thirty", "forty", "fifty", "hundred", "thousand", "million", "billion", "dozen", "half",
];
const SPANS: &[&str] =
    &["second", "minute", "hour", "day", "week", "month", "year", "century", "centuries", "decade"];
const SPANS_CHINESE: &[&str] = &["天", "小时", "分钟", "周", "月", "年", "秒", "世纪"];
impl Thing {
    /// Whether `sentence` has such a thing that is not in the `question` (lower case).
    pub(super) fn is_in(self, sentence: &str, question: &str) -> bool {
        let text = sentence.to_lowercase();
        let latin: Vec<&str> =
            text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
        let spelt = latin.iter().any(|word| FIGURE_WORDS.contains(word));
        let figure = || spelt || has_new(&text, question);
        match self {
            Self::Money => {
                let signs = [
                    "$", "€", "£", "¥", "￥", "dollar", "euro", "pound", "yuan", "cent", "元", "英镑", "块钱",
                ];
                any(&text, &signs) && figure()
            }
            Self::Percent => {
                any(&text, &["%", "％", "percent", "百分之", "half", "third", "quarter", "一半", "分之"])
            }
            Self::Duration => {
                let span = |word: &&str| SPANS.contains(word) || SPANS.contains(&word.trim_end_matches('s'));
                let any_figure = spelt || text.bytes().any(|b| b.is_ascii_digit());
                (any_figure && latin.iter().any(span)) || SPANS_CHINESE.iter().any(|span| lasts(&text, span))
            }
            Self::Date => {
                let year = |number: &str| number.len() == 4 && number.starts_with(['1', '2']);
                // `May` is also a verb.
                let month = |month: &&str| *month != "may" && text.contains(*month);
                let numbered = numbers(&text).next().is_some() && any(&text, &["月", "日", "bc", "ad "]);
                numbers(&text).any(year)
                    || any(&text, &["年", "世纪", "century"])
                    || LONG_MONTHS.iter().any(month)
                    || numbered
            }
            Self::Number => figure() || counts_in_han(&text),
            // Chinese names cannot be told from other words.
            Self::Name => sentence.chars().any(is_han) || has_new_name(sentence, question),
        }
    }
}

/// The numbers that a text has in digits, in its order.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty())
}

fn has_new(text: &str, question: &str) -> bool {
    numbers(text).any(|number| numbers(question).all(|asked| asked != number))
}

/// Whether a Chinese figure stands before a word for what is counted.
fn counts_in_han(text: &str) -> bool {
    let after =
        |next: char| COUNTED.contains(next) || COUNTERS.contains(next) || "年月日万亿千百十%".contains(next);
    text.chars().zip(text.chars().skip(1)).any(|(figure, next)| FIGURES.contains(figure) && after(next))
}

/// Whether a figure stands before `span` that makes it a length of time and not a date.
fn lasts(text: &str, span: &str) -> bool {
    text.match_indices(span).any(|(at, _)| {
        let before = text[..at].trim_end_matches([' ', '个', '多']);
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let dated = match span {
            "年" => digits == 4,
            "月" => digits == 4 || !text[..at].trim_end().ends_with('个'),
            _ => false,
        };
        (digits > 0 && !dated) || before.ends_with(|c| FIGURES.contains(c) || c == '几')
    })
}

fn has_new_name(sentence: &str, question: &str) -> bool {
    let words = sentence.split(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '\'' | '-')));
    let words = words.map(|word| word.trim_start_matches(['\'', '-'])).filter(|word| !word.is_empty());
    words.skip(1).any(|word| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && !question.contains(&word.to_lowercase())
    })
}
