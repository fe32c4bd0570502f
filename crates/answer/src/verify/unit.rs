//! Units of measure, each by one name in both languages.

/// The one name of a unit; empty for none.
pub(crate) type Unit = &'static str;

/// Measure words that count things without saying which.
pub(crate) const MEASURES: &str = "个种项条家只张本部篇句段座所辆件步块根支台";

/// The names of each unit. Chinese names stand as they are; Latin ones must end where the word ends.
const UNITS: &[(Unit, &[&str])] = &[
    ("%", &["%", "percentage points", "percent", "per cent", "个百分点", "百分点"]),
    ("tb", &["TB", "TiB"]),
    ("gb", &["GB", "GiB", "gigabytes", "gigabyte", "吉字节"]),
    ("mb", &["MB", "MiB", "megabytes", "megabyte", "兆字节"]),
    ("kb", &["KB", "KiB", "kB", "kilobytes", "kilobyte", "千字节"]),
    ("byte", &["bytes", "byte", "字节", "个字节"]),
    ("bit", &["bits", "bit", "比特", "位", "-bit"]),
    ("ms", &["ms", "milliseconds", "millisecond", "毫秒"]),
    ("us", &["µs", "μs", "us", "microseconds", "微秒"]),
    ("s", &["seconds", "second", "secs", "sec", "s", "秒钟", "秒"]),
    ("min", &["minutes", "minute", "mins", "min", "分钟"]),
    ("hour", &["hours", "hour", "hrs", "h", "个小时", "小时"]),
    ("day", &["days", "day", "天", "日", "号"]),
    ("week", &["weeks", "week", "个星期", "星期", "周"]),
    ("month", &["months", "month", "个月", "月份", "月"]),
    ("year", &["years", "year", "年", "岁", "周年", "周岁"]),
    ("x", &["times", "fold", "-fold", "x", "×", "倍", "次"]),
    ("layer", &["layers", "layer", "层"]),
    ("head", &["heads", "head", "个头", "头"]),
    ("token", &["tokens", "token", "个 token", "个token", "个词元", "词元"]),
    ("character", &["characters", "character", "个字符", "字符"]),
    ("expert", &["experts", "expert", "个专家", "专家"]),
    ("param", &["parameters", "parameter", "params", "个参数", "参数"]),
    ("person", &["people", "persons", "人", "名", "位"]),
    ("usd", &["dollars", "dollar", "USD", "美元"]),
    ("cny", &["yuan", "RMB", "元", "人民币"]),
    ("km", &["km", "kilometres", "kilometers", "公里", "千米"]),
    ("m", &["m", "metres", "meters", "metre", "meter", "米"]),
    ("cm", &["cm", "centimetres", "centimeters", "厘米"]),
    ("mm", &["mm", "millimetres", "millimeters", "毫米"]),
    ("mile", &["miles", "mile", "英里"]),
    ("foot", &["feet", "foot", "ft", "英尺"]),
    ("kg", &["kg", "kilograms", "kilogram", "公斤", "千克"]),
    ("g", &["g", "grams", "gram", "克"]),
    ("t", &["tonnes", "tons", "ton", "吨"]),
    ("degree", &["°C", "℃", "°", "degrees", "degree", "摄氏度", "度"]),
    ("ordinal", &["st", "nd", "rd", "th"]),
];

/// The unit that `text` begins with, and its length in characters.
pub(crate) fn at_start(text: &str) -> Option<(Unit, usize)> {
    let fits = |name: &str| {
        let latin = name.ends_with(|c: char| c.is_ascii_alphabetic());
        text.strip_prefix(name)
            .is_some_and(|rest| !latin || !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    let names = UNITS.iter().flat_map(|(unit, names)| names.iter().map(move |name| (*unit, *name)));
    let longest = names.filter(|(_, name)| fits(name)).max_by_key(|(_, name)| name.len());
    longest.map(|(unit, name)| (unit, name.chars().count()))
}

/// Whether numbers with these units may state the same.
pub(crate) fn agree(a: Unit, b: Unit) -> bool {
    // 位 counts bits and people.
    let loose = |unit| matches!(unit, "person" | "bit");
    a == b || a.is_empty() || b.is_empty() || (loose(a) && loose(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_wins() {
        let check =
            |text: &str, expected: Option<(Unit, usize)>| assert_eq!(at_start(text), expected, "{text}");
        check("ms later", Some(("ms", 2)));
        check("msx", None);
        check("个月", Some(("month", 2)));
        check("毫秒", Some(("ms", 2)));
        check("秒钟后", Some(("s", 2)));
        check("apples", None);
        check("", None);
        check("% of", Some(("%", 1)));
    }
}
