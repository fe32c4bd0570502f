//! What a question wants to be told, and whether a sentence may tell it: a question after a price is not answered by a
//! sentence without one, however near its subject is. Rules, made to err towards yes; both languages.

use index::is_han;

use crate::verify::facts::LONG_MONTHS;
use crate::verify::names::names;

/// The kind of thing that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Money,
    Percent,
    Duration,
    Date,
    Number,
    /// Somebody or a place.
    Name,
}

/// What a question wants.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    thing: Option<Thing>,
    /// What is counted, or whose name is asked for, in other words too: one of them should be near.
    nouns: Vec<String>,
    /// What it is about.
    names: Vec<String>,
    question: String,
}

const MONEY: &[&str] = &[
    "how many dollars",
    "how much money",
    " price",
    "salary",
    "多少钱",
    "收费",
    "价格",
    "月薪",
    "工资",
    "赔偿金",
    "费用",
    "多少元",
    "多少美元",
    "售价",
];
const PERCENT: &[&str] = &["percent", "what share", "what proportion", "百分之", "百分比", "比例", "占比"];
const DURATION: &[&str] = &[
    "how long did",
    "how long does",
    "how long do ",
    "how long will",
    "how long has",
    "how many seconds",
    "how many minutes",
    "how many hours",
    "how many days",
    "how many weeks",
    "how many months",
    "how many years",
    "多久",
    "多长时间",
    "多少时间",
    "多少天",
    "几天",
    "多少小时",
    "几小时",
    "几个小时",
    "多少个小时",
    "多少个月",
    "几个月",
];
const DATE: &[&str] = &[
    "when did",
    "when was",
    "when were",
    "when is",
    "when will",
    "what year",
    "which year",
    "what date",
    "which day",
    "哪一年",
    "哪年",
    "何时",
    "哪一天",
    "哪天",
];
/// A time for doing something is no date.
const OCCASION: &[&str] = &["什么时候用", "什么时候该", "什么时候需", "什么时候应", "什么时候可"];
const NUMBER: &[&str] = &[
    "how many",
    "how much",
    "how large",
    "how big",
    "how tall",
    "how high",
    "how far",
    "how old",
    "how deep",
    "how fast",
    "how wide",
    "多少",
    "多大",
    "多高",
    "多远",
    "多深",
    "多宽",
    "多快",
    "多重",
    "得分",
    "默认值",
];
const NAME: &[&str] = &[
    "which university",
    "which company",
    "which city",
    "which country",
    "which school",
    " who ",
    " whose ",
    "谁",
    "哪位",
    "哪里",
    "哪所",
    "哪家",
    "哪个国家",
    "哪个城市",
    "哪国",
];
/// Chinese words for one of what is counted, and short nouns.
const COUNTED: &str = "层倍天项维位元块人分头步轮种次岁页场名题对";
const COUNTERS: &str = "个条张道篇份所家";
const FIGURES: &str = "一二三四五六七八九十百千万亿两半";
const FIGURE_WORDS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "twenty", "thirty", "forty", "fifty", "hundred", "thousand", "million", "billion", "dozen", "half",
];
const SPANS: &[&str] =
    &["second", "minute", "hour", "day", "week", "month", "year", "century", "centuries", "decade"];
const SPANS_CHINESE: &[&str] = &["天", "小时", "分钟", "周", "月", "年", "秒", "世纪"];
/// Where what is counted ends in an English question.
const ENDS: &[&str] = &[
    "does", "do", "did", "is", "are", "was", "were", "has", "have", "had", "can", "could", "will", "would",
    "should", "of", "in", "to", "per", "for", "on", "from", "at", "there", "that", "which", "who", "with",
];
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
];

fn any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

impl Wanted {
    /// What `question` wants.
    pub(crate) fn of(question: &str) -> Self {
        let lower = question.to_lowercase();
        let thing = thing(&lower);
        let nouns =
            if matches!(thing, Some(Thing::Number | Thing::Name)) { nouns(&lower) } else { Vec::new() };
        let words = names(question).into_iter().map(|name| words(&name));
        let names = words.filter(|name| !name.is_empty() && !name.starts_with("token")).collect();
        Self { thing, nouns, names, question: lower }
    }

    /// Whether it is known what is wanted.
    pub(crate) fn known(&self) -> bool {
        self.thing.is_some()
    }

    /// Which of the names of the question are in `text`, in their order.
    pub(crate) fn named(&self, text: &str) -> Vec<bool> {
        let text = words(text);
        self.names.iter().map(|name| holds(&text, name)).collect()
    }

    /// Whether `sentence` may tell what is wanted; `around` is what its passage says of all its sentences: title, headings,
    /// rows of tables.
    pub(crate) fn may_be_told(&self, sentence: &str, around: &str) -> bool {
        let Some(thing) = self.thing else { return true };
        thing.is_in(sentence, &self.question) && self.counts(sentence, around)
    }

    /// Whether the noun is near. A sentence in the other language need not have it where its word there is not known.
    fn counts(&self, sentence: &str, around: &str) -> bool {
        let chinese = sentence.chars().any(is_han);
        let elsewhere = chinese != self.question.chars().any(is_han)
            && !self.nouns.iter().any(|noun| noun.chars().any(is_han) == chinese);
        let text = format!("{sentence} {around}").to_lowercase();
        elsewhere || self.nouns.is_empty() || self.nouns.iter().any(|noun| text.contains(noun.as_str()))
    }
}

fn thing(question: &str) -> Option<Thing> {
    let pays = question.contains("how much") && any(question, &[" cost", " charge", " pay"]);
    let occasion = any(question, OCCASION);
    let several = question.match_indices('几').any(|(at, few)| {
        let next = question[at + few.len()..].chars().next();
        !question[..at].ends_with('哪')
            && next.is_some_and(|next| COUNTED.contains(next) || COUNTERS.contains(next))
    });
    let starts = ["who ", "whose ", "where "].iter().any(|start| question.starts_with(start));
    if any(question, MONEY) || pays {
        Some(Thing::Money)
    } else if any(question, PERCENT) {
        Some(Thing::Percent)
    } else if any(question, DURATION) {
        Some(Thing::Duration)
    } else if any(question, DATE) || (question.contains("什么时候") && !occasion) {
        Some(Thing::Date)
    } else if any(question, NUMBER) || several {
        Some(Thing::Number)
    } else if any(question, NAME) || starts {
        Some(Thing::Name)
    } else {
        None
    }
}

/// The nouns of which one should be near what `question` (lower case) wants.
fn nouns(question: &str) -> Vec<String> {
    let mut nouns = match question.split_once("how many ") {
        Some((_, counted)) => english(counted),
        None => chinese(question),
    };
    let same = SAME.iter().filter(|same| nouns.iter().any(|noun| same.contains(&noun.as_str())));
    let same: Vec<String> = same.flat_map(|same| same.iter().map(|&noun| noun.to_owned())).collect();
    nouns.extend(same);
    nouns
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

impl Thing {
    /// Whether `sentence` has such a thing that is not in the `question` (lower case).
    fn is_in(self, sentence: &str, question: &str) -> bool {
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

fn numbers(text: &str) -> impl Iterator<Item = &str> {
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

/// `text` in lower case with single spaces for everything but letters, digits and dots.
fn words(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '.' || is_han(c) { c } else { ' ' };
    let text: String = text.to_lowercase().chars().map(kept).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether `text` has `name` as a whole: Llama 4 is not Llama 4.1, and GLM-4 not GLM-45.
fn holds(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let mut after = text[at + name.len()..].chars();
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(|c| c.is_ascii_digit()),
            next => next.is_some_and(|c| c.is_ascii_alphanumeric()),
        };
        !text[..at].ends_with(part) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_thing_is_heard() {
        let check =
            |question: &str, expected| assert_eq!(thing(&question.to_lowercase()), expected, "{question}");
        check("How much does a licence cost?", Some(Thing::Money));
        check("训练一次要多少钱？", Some(Thing::Money));
        check("What share of the weights is in the MLP?", Some(Thing::Percent));
        check("占百分之几？", Some(Thing::Percent));
        check("How many days did it take?", Some(Thing::Duration));
        check("训练了多久？", Some(Thing::Duration));
        check("When was it published?", Some(Thing::Date));
        check("什么时候发布的？", Some(Thing::Date));
        check("什么时候用 BERT？", None);
        check("When should I use BERT?", None);
        check("How many layers has it?", Some(Thing::Number));
        check("有几层？", Some(Thing::Number));
        check("分成哪几类？", None);
        check("Who wrote it?", Some(Thing::Name));
        check("作者是谁？", Some(Thing::Name));
        check("Why is it slow?", None);
    }

    #[test]
    fn a_sentence_tells_what_is_wanted_or_not() {
        let check = |question: &str, sentence: &str, expected: bool| {
            assert_eq!(Wanted::of(question).may_be_told(sentence, ""), expected, "{question} {sentence}");
        };
        check("How many layers does GLM have?", "GLM-130B has 70 layers.", true);
        check("How many layers does GLM have?", "GLM-130B 有 70 层。", true);
        check("How many layers does GLM have?", "GLM saw 400 billion tokens.", false);
        check("GLM 有多少层？", "GLM has 70 layers.", true);
        check("How many judges were there?", "法官有 3 名。", true);
        check("How much does it cost?", "It has 7 layers.", false);
        check("How much does it cost?", "It costs $7.", true);
        check("训练了多少天？", "2023 年 3 月发布。", false);
        check("训练了多少天？", "训练了三天。", true);
        check("How many days did it take?", "It took two weeks.", true);
        check("When was it released?", "It came in July 2023.", true);
        check("When was it released?", "It is fast.", false);
        check("What percent is it?", "It is 7 %.", true);
        check("Who wrote it?", "It was written by Shazeer.", true);
        check("Who wrote it?", "It was written long ago.", false);
        check("百川的创始人是谁？", "百川发布了新模型。", false);
        check("百川的创始人是谁？", "百川的创始人叫王某。", true);
        check("Why is it slow?", "It is.", true);
    }

    #[test]
    fn a_name_is_held_as_a_whole() {
        let check = |text: &str, name: &str, expected: bool| {
            assert_eq!(holds(&words(text), &words(name)), expected, "{text} {name}");
        };
        check("We run GPT-4 here.", "GPT 4", true);
        check("We run Llama 4.1", "Llama 4", false);
        check("Llama 4.", "llama 4", true);
        check("GLM-45 is new", "GLM-4", false);
        check("用 BERT 做分类", "BERT", true);
        check("用BERT做分类", "BERT", true);
        check("DistilBERT", "BERT", false);
    }
}
