//! Texts and the figures in them.

use super::*;

#[test]
fn numbers_have_one_form() {
    let check = |text: &str, expected: &[(f64, &str)]| {
        let found: Vec<(f64, &str)> =
            facts(text).iter().filter(|f| f.sure).map(|f| (f.value, f.unit)).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("", &[]);
    check("三十二层", &[(32.0, "layer")]);
    check("32 layers", &[(32.0, "layer")]);
    check("two hundred layers", &[(200.0, "layer")]);
    check("两百万", &[(2e6, "")]);
    check("2 million", &[(2e6, "")]);
    check("1.5万", &[(15_000.0, "")]);
    check("15,000", &[(15_000.0, "")]);
    check("3亿", &[(3e8, "")]);
    check("百分之三十", &[(30.0, "%")]);
    check("30% and 30 percent", &[(30.0, "%"), (30.0, "%")]);
    check("30％", &[(30.0, "%")]);
    check("2023年5月3日", &[(2023.0, "year"), (5.0, "month"), (3.0, "day")]);
    check("2023-05-03", &[(2023.0, "year"), (5.0, "month"), (3.0, "day")]);
    check("May 3, 2023", &[(5.0, "month"), (3.0, "day"), (2023.0, "")]);
    check("3 May 2023", &[(3.0, "day"), (5.0, "month"), (2023.0, "")]);
    check("It may 3", &[(5.0, "month"), (3.0, "day")]);
    check("80 GB or 80GiB", &[(80.0, "gb"), (80.0, "gb")]);
    check("20 ms，20毫秒", &[(20.0, "ms"), (20.0, "ms")]);
    check("7B 模型", &[(7e9, "")]);
    check("GPT-3 on an H100", &[]);
    check("一个模型，一种方法，统一", &[]);
    check("三个头", &[(3.0, "head")]);
    check("二〇二三年", &[(2023.0, "year")]);
    check("3-5 倍", &[(3.0, "x"), (5.0, "x")]);
    check("10–20 minutes, 5 to 6 layers", &[(10.0, "min"), (20.0, "min"), (5.0, ""), (6.0, "layer")]);
    check("1至2 GB，GPT-3 至 4 层", &[(1.0, "gb"), (2.0, "gb"), (4.0, "layer")]);
    check("2018–19, 2018-19", &[(2018.0, ""), (2019.0, ""), (2018.0, ""), (2019.0, "")]);
    check("2018-2019 and 2008-09", &[(2018.0, ""), (2019.0, ""), (2008.0, ""), (9.0, "")]);
    check("1999–05 and 2018–195", &[(1999.0, ""), (5.0, ""), (2018.0, ""), (195.0, "")]);
    check("one of them", &[]);
    check("twelve heads", &[(12.0, "head")]);
    check("$5 million", &[(5e6, "usd")]);
    check("十分重要，万一", &[]);
    check("按十步走，数十个，几十个，百个", &[(10.0, "")]);
    check("128K tokens", &[(128_000.0, "token")]);
    check("76.25\u{a0}million", &[(76.25e6, "")]);
    check("two of the best, two layers of four", &[(2.0, "layer"), (4.0, "")]);
    check("8192 characters，2 兆字节", &[(8192.0, "character"), (2.0, "mb")]);
}

#[test]
fn units_that_differ_are_not_the_same() {
    let check = |a: &str, b: &str, same: bool| {
        let (a, b) = (facts(a), facts(b));
        assert_eq!(missing(&a, &b).1.is_empty(), same, "{a:?} {b:?}");
    };
    check("80 GB", "80 GB of memory", true);
    check("80 GB", "80 MB", false);
    check("80", "80 MB", true);
    check("in 2023", "2023年5月", true);
    check("3 layers", "three layers", true);
    check("5月3日", "2023-05-04", false);
    check("70亿参数", "7B parameters", true);
    check("12 heads", "no figure", false);
    check("no figure", "", true);
    check("32 layers", "1/32 of the data, 32 heads", false);
    check("32 heads", "1/32 of the data, 32 heads", true);
    check("32 layers", "1/32 of the data", true);
    check("2018–19", "2018-2019", true);
    check("1 TB", "1-2 GB", false);
    check("3 倍", "3-5 倍", true);
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_read(text in proptest::prelude::any::<String>()) {
        let found = facts(&text);
        proptest::prop_assert!(missing(&found, &found).1.is_empty());
    }

    #[test]
    fn a_number_is_read_back(n in 0u32..2_000_000_000) {
        let found = facts(&format!("在这里有 {n} 个"));
        proptest::prop_assert!(found.iter().any(|fact| fact.value == f64::from(n)));
    }
}
