//! The kind of thing that a question wants, told by its words.

use super::any;
use super::nouns::measure;

/// The kind of thing that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Money,
    Percent,
    Duration,
    Date,
    Number,
    /// Somebody or a place.
    Name,
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
pub(super) const COUNTED: &str = "层倍天项维位元块人分头步轮种次岁页场名题对";
pub(super) const COUNTERS: &str = "个条张道篇份所家";
/// The kind that `question` (lower case) wants; `None` when it cannot be told, or is no such thing.
pub(super) fn thing(question: &str) -> Option<Thing> {
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
    } else if any(question, NUMBER) || several || measure(question).is_some() {
        Some(Thing::Number)
    } else if any(question, NAME) || starts {
        Some(Thing::Name)
    } else {
        None
    }
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
        check("What batch size did it use?", Some(Thing::Number));
        check("What is the population of Lima?", Some(Thing::Number));
        check("What is temperature?", None);
        check("What number system is that?", None);
        check("Who wrote it?", Some(Thing::Name));
        check("作者是谁？", Some(Thing::Name));
        check("Why is it slow?", None);
    }
}
