//! Numbers in words, Chinese and English.

/// The characters of a Chinese numeral.
pub(crate) const HAN_DIGITS: &str = "零〇一二两三四五六七八九十百千万亿";

/// The value of a Chinese numeral, `三点五` and `二〇二三` too; none for what is no numeral, like 万万.
pub(crate) fn han_number(run: &str) -> Option<f64> {
    if let Some((whole, part)) = run.split_once('点') {
        let mut value = if whole.is_empty() { return None } else { han_number(whole)? };
        let mut unit = 0.1;
        for c in part.chars() {
            value += f64::from(digit(c)?) * unit;
            unit /= 10.0;
        }
        // Binary fractions: 3.1 is meant, not 3.1000000000000001.
        return Some((value * 1e9).round() / 1e9);
    }
    if run.is_empty() {
        return None;
    }
    if run.chars().all(|c| digit(c).is_some()) {
        // 二〇二三; 三五 (three to five) is no one number.
        let digits: String = run.chars().filter_map(digit).map(|d| d.to_string()).collect();
        return (digits.len() == 1 || digits.len() >= 4).then(|| digits.parse().ok()).flatten();
    }
    let (mut total, mut section, mut current, mut unit) = (0.0, 0.0, None::<f64>, 1.0);
    for c in run.chars() {
        if let Some(d) = digit(c) {
            current = Some(f64::from(d));
            if d == 0 {
                unit = 10.0;
            }
            continue;
        }
        let scale = match c {
            '十' => 10.0,
            '百' => 100.0,
            '千' => 1e3,
            '万' => 1e4,
            _ => 1e8,
        };
        if scale < 1e4 {
            section += current.take().unwrap_or(1.0) * scale;
            unit = scale / 10.0;
        } else {
            section += current.take().unwrap_or(if section > 0.0 || total > 0.0 { 0.0 } else { 1.0 });
            // 三千万亿, 五亿三千万
            if scale > 1e4 && total > 0.0 {
                total = (total + section) * scale;
            } else {
                total += section * scale;
            }
            section = 0.0;
            unit = scale / 10.0;
        }
    }
    if let Some(last) = current {
        // 三百五 is 350; 三十五 is 35.
        section += last * if unit >= 10.0 && !run.contains(['零', '〇']) { unit } else { 1.0 };
    }
    Some(total + section)
}

fn digit(c: char) -> Option<u32> {
    let at = "零一二三四五六七八九".chars().position(|d| d == c);
    match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => at.and_then(|at| u32::try_from(at).ok()),
    }
}

const SMALL: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The English number that `chars` begin with: its value, whether it certainly is one, and its length in characters.
pub(crate) fn word_number(chars: &[char]) -> Option<(f64, bool, usize)> {
    let (mut total, mut section, mut words, mut end) = (0.0, 0.0, 0, 0);
    let mut only = String::new();
    let mut at = 0;
    loop {
        let len = chars[at..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let word: String = chars[at..at + len].iter().collect::<String>().to_lowercase();
        let glued = chars.get(at + len).is_some_and(char::is_ascii_digit);
        let small = SMALL.iter().position(|w| *w == word).map(|n| n as f64);
        let tens = TENS.iter().position(|w| *w == word).map(|n| (n + 2) as f64 * 10.0);
        match (small.or(tens), word.as_str()) {
            _ if glued => break,
            (Some(n), _) if words == 0 || section == 0.0 || section >= 20.0 => section += n,
            (_, "hundred") => section = if section == 0.0 { 100.0 } else { section * 100.0 },
            (_, "thousand" | "million" | "billion" | "trillion") => {
                let scale = match word.as_str() {
                    "thousand" => 1e3,
                    "million" => 1e6,
                    "billion" => 1e9,
                    _ => 1e12,
                };
                total += if section == 0.0 { 1.0 } else { section } * scale;
                section = 0.0;
            }
            _ => break,
        }
        words += 1;
        only = word;
        end = at + len;
        match chars.get(end) {
            Some(' ' | '-') => at = end + 1,
            _ => break,
        }
    }
    // `one` is mostly a pronoun, `a hundred` and `thousands` figures of speech.
    let sure = words > 1
        || !matches!(only.as_str(), "one" | "zero" | "hundred" | "thousand" | "million" | "billion");
    (words > 0).then_some((total + section, sure, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_numerals() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(han_number(text), expected, "{text}");
        check("", None);
        check("三", Some(3.0));
        check("十", Some(10.0));
        check("十二", Some(12.0));
        check("三十二", Some(32.0));
        check("一百零五", Some(105.0));
        check("三百五", Some(350.0));
        check("两百万", Some(2e6));
        check("一亿三千万", Some(1.3e8));
        check("三千亿", Some(3e11));
        check("二〇二三", Some(2023.0));
        check("三点五", Some(3.5));
        check("三五", None);
        check("一千零二十四", Some(1024.0));
    }

    #[test]
    fn english_numerals() {
        let check = |text: &str, expected: Option<(f64, bool)>| {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(word_number(&chars).map(|(value, sure, _)| (value, sure)), expected, "{text}");
        };
        check("three", Some((3.0, true)));
        check("twenty-five heads", Some((25.0, true)));
        check("two hundred", Some((200.0, true)));
        check("three million", Some((3e6, true)));
        check("one of", Some((1.0, false)));
        check("someone", None);
        check("tens", None);
    }
}
