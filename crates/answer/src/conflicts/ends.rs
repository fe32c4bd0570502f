//! Words at opposite ends, and those that a text names.

use super::words::has;

/// Words that exclude each other of one thing, in both languages; some in more than two ways.
const ENDS: &[&[&[&str]]] = &[
    &[&["exact", "exactly", "精确"], &["approximate", "approximation", "近似"]],
    &[&["always", "总是"], &["never", "从不"]],
    &[&["dynamic", "dynamically", "动态"], &["fixed", "static", "statically", "固定", "静态"]],
    &[&["quadratic", "quadratically", "平方"], &["linear", "linearly", "线性"]],
    &[
        &["increases", "increased", "raises", "raised", "提高", "增加", "上升"],
        &["decreases", "decreased", "reduces", "reduced", "lowers", "lowered", "降低", "减少", "下降"],
    ],
    &[&["more"], &["less", "fewer"]],
    &[&["faster", "更快", "较快"], &["slower", "更慢", "较慢"]],
    &[&["larger", "bigger", "更大", "越大"], &["smaller", "更小", "越小"]],
    &[&["higher", "更高", "越高"], &["lower", "更低", "越低"]],
    &[&["longer", "更长", "越长"], &["shorter", "更短", "越短"]],
    &[&["cheaper", "更便宜"], &["dearer", "更贵"]],
    &[&["better", "更好"], &["worse", "更差", "更坏"]],
    &[
        &["required", "mandatory", "compulsory", "must", "必选", "必填"],
        &["optional", "可选", "选填", "选修"],
    ],
    &[&["enabled", "switched on", "开启", "启用"], &["disabled", "switched off", "关闭", "停用", "禁用"]],
    &[&["open", "开放", "开门"], &["closed", "不开放", "关门"]],
    &[&["synchronous", "同步"], &["asynchronous", "异步"]],
    &[&["allowed", "permitted", "允许"], &["forbidden", "prohibited", "禁止"]],
    &[&["free of charge", "for free", "免费"], &["charged", "收费"]],
    &[&["all", "全部", "所有"], &["few", "少数", "部分"]],
    &[&["sentence case"], &["title case"]],
    &[
        &["morning", "早上", "早晨", "上午"],
        &["afternoon", "下午"],
        &["evening", "傍晚", "晚上"],
        &["night", "夜里"],
    ],
    &[
        &["monday", "mondays", "周一", "星期一"],
        &["tuesday", "tuesdays", "周二", "星期二"],
        &["wednesday", "wednesdays", "周三", "星期三"],
        &["thursday", "thursdays", "周四", "星期四"],
        &["friday", "fridays", "周五", "星期五"],
        &["saturday", "saturdays", "周六", "星期六"],
        &["sunday", "sundays", "周日", "星期日", "星期天"],
    ],
];

/// Which ends of each row a text names: a bit for each.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends(Vec<u16>);

impl Ends {
    /// The ends that a lower-case text names.
    pub(super) fn of(text: &str) -> Self {
        let named = |row: &&[&[&str]]| {
            row.iter().enumerate().filter(|(_, words)| has(text, words)).fold(0, |all, (at, _)| all | 1 << at)
        };
        Self(ENDS.iter().map(named).collect())
    }

    /// Those that either of two parts of a text names.
    pub(super) fn with(&self, other: &Self) -> Self {
        if self.0.is_empty() {
            return other.clone();
        }
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one | other).collect())
    }

    /// Whether it names more than one end of a row.
    pub(super) fn weighs(&self, row: usize) -> bool {
        self.0.get(row).is_some_and(|ends| ends.count_ones() > 1)
    }

    /// The rows of which each names one end, not the same.
    pub(super) fn crossed(&self, other: &Self) -> Vec<usize> {
        let both = self.0.iter().zip(&other.0);
        let one = |ends: u16| ends.count_ones() == 1;
        both.enumerate().filter(|(_, (a, b))| a != b && one(**a) && one(**b)).map(|(row, _)| row).collect()
    }

    /// The word by which `text` names its one end of a row.
    pub(super) fn word(&self, row: usize, text: &str) -> Option<&'static str> {
        let end = self.0.get(row)?.trailing_zeros() as usize;
        ENDS.get(row)?.get(end)?.iter().find(|word| has(text, &[word])).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_cross() {
        let check = |a: &str, b: &str, expected: &[(&str, &str)]| {
            let (mine, yours) = (Ends::of(a), Ends::of(b));
            let crossed = mine.crossed(&yours).into_iter();
            let words: Vec<_> =
                crossed.map(|row| (mine.word(row, a).unwrap(), yours.word(row, b).unwrap())).collect();
            assert_eq!(words, expected, "{a} / {b}");
        };
        check("", "", &[]);
        check("it is faster", "it is slower", &[("faster", "slower")]);
        check("it is faster", "it is faster, not slower", &[]);
        check("它更快", "it is slower", &[("更快", "slower")]);
        check("on mondays", "on friday", &[("mondays", "friday")]);
        check("on mondays", "on monday", &[]);
        check("the preopened door", "a closed door", &[]);
    }
}
