//! Words that both languages have, so that a Chinese and an English sentence can be compared word by word.
//!
//! A Chinese sentence is read with the words of the table in English: what is compared are the terms of both then, and of
//! what the table does not know nothing is concluded.

use std::collections::HashSet;
use std::sync::LazyLock;

/// English words, each with what it is in Chinese. Words that deny, and those at opposite ends, are none of them.
const WORDS: &[(&str, &[&str])] = &[
    // What things do.
    ("need", &["需要"]),
    ("must", &["必须"]),
    ("support", &["支持"]),
    ("use", &["使用", "采用", "用的是"]),
    ("merge", &["合并"]),
    ("store", &["存储", "存放", "存在", "保存"]),
    ("run", &["运行"]),
    ("work", &["生效"]),
    ("contain", &["包含", "含有"]),
    ("read", &["读取"]),
    ("write", &["写入"]),
    ("written", &["写成", "编写"]),
    ("edit", &["修改", "编辑"]),
    ("delete", &["删除"]),
    ("move", &["迁移", "搬迁"]),
    ("share", &["共享", "共用"]),
    ("replace", &["替换", "取代"]),
    ("remove", &["消除"]),
    ("train", &["训练"]),
    ("learn", &["学习"]),
    ("launch", &["上线"]),
    ("release", &["发布"]),
    ("found", &["成立", "创立", "创办"]),
    ("last", &["持续"]),
    ("allow", &["允许"]),
    ("activate", &["激活"]),
    // How much of what.
    ("memory", &["显存", "内存"]),
    ("parameter", &["参数"]),
    ("size", &["大小", "尺寸", "规模"]),
    ("length", &["长度"]),
    ("width", &["宽度"]),
    ("height", &["高度", "身高", "海拔"]),
    ("depth", &["深度"]),
    ("weight", &["重量", "体重", "权重"]),
    ("speed", &["速度"]),
    ("price", &["价格", "售价"]),
    ("cost", &["成本", "费用"]),
    ("budget", &["预算"]),
    ("limit", &["上限", "限制"]),
    ("latency", &["延迟"]),
    ("timeout", &["超时"]),
    ("accuracy", &["准确率", "正确率"]),
    ("temperature", &["温度"]),
    ("population", &["人口"]),
    ("area", &["面积"]),
    ("capacity", &["容量"]),
    ("warranty", &["保修期", "保修"]),
    ("per second", &["每秒"]),
    ("per minute", &["每分钟"]),
    ("per hour", &["每小时"]),
    ("per day", &["每天"]),
    // Programs and machines.
    ("api", &["接口"]),
    ("cache", &["缓存"]),
    ("log", &["日志"]),
    ("backup", &["备份"]),
    ("cluster", &["集群"]),
    ("node", &["节点"]),
    ("server", &["服务器"]),
    ("service", &["服务"]),
    ("client", &["客户端"]),
    ("database", &["数据库"]),
    ("data", &["数据"]),
    ("index", &["索引"]),
    ("search", &["搜索"]),
    ("engine", &["引擎"]),
    ("system", &["系统"]),
    ("request", &["请求"]),
    ("version", &["版本"]),
    ("production", &["生产"]),
    ("test", &["测试"]),
    ("script", &["脚本"]),
    ("file", &["文件"]),
    ("disk", &["磁盘", "硬盘"]),
    ("card", &["显卡"]),
    ("battery", &["电池"]),
    ("sensor", &["传感器"]),
    ("tracker", &["追踪器"]),
    ("device", &["设备"]),
    ("licence", &["许可证", "许可协议", "许可"]),
    // Models.
    ("model", &["模型"]),
    ("vocabulary", &["词表"]),
    ("dictionary", &["词典"]),
    ("attention", &["注意力"]),
    ("expert", &["专家"]),
    ("query", &["查询"]),
    ("head", &["注意力头"]),
    ("encoder", &["编码器"]),
    ("decoder", &["解码器"]),
    ("tokenizer", &["分词器"]),
    ("optimizer", &["优化器"]),
    ("activation", &["激活函数"]),
    ("position", &["位置"]),
    ("encoding", &["编码"]),
    ("norm", &["归一化"]),
    ("inference", &["推理"]),
    ("finetuning", &["微调"]),
    ("full", &["全参数", "全量"]),
    ("retrieval", &["检索"]),
    ("hallucination", &["幻觉"]),
    ("sequence", &["序列"]),
    ("input", &["输入"]),
    ("output", &["输出"]),
    ("context", &["上下文"]),
    ("window", &["窗口"]),
    ("loss", &["损失"]),
    ("gradient", &["梯度"]),
    ("batch", &["批次"]),
    // People and places.
    ("project", &["项目"]),
    ("team", &["团队"]),
    ("member", &["成员"]),
    ("company", &["公司"]),
    ("customer", &["客户", "顾客"]),
    ("user", &["用户"]),
    ("author", &["作者"]),
    ("founder", &["创始人"]),
    ("student", &["学生"]),
    ("teacher", &["教师", "老师"]),
    ("patient", &["患者", "病人"]),
    ("risk", &["风险"]),
    ("study", &["研究"]),
    ("meeting", &["会议"]),
    ("office", &["办公室"]),
    ("museum", &["博物馆"]),
    ("school", &["学校"]),
    ("university", &["大学"]),
    ("country", &["国家"]),
    ("city", &["城市"]),
    ("ferry", &["渡轮"]),
    ("default", &["默认"]),
    // Words of no weight.
    (
        "",
        &[
            "一共",
            "总共",
            "大约",
            "大概",
            "左右",
            "差不多",
            "设为",
            "定在",
            "是在",
            "这个",
            "这间",
            "的时候",
            "为",
        ],
    ),
    // Words that hold one of these.
    ("because", &["因为"]),
    ("become", &["成为"]),
    ("think", &["认为", "以为"]),
    ("call", &["称为"]),
    ("as", &["作为"]),
    ("for", &["为了"]),
];

/// Other forms of one word, as terms: what is 85 metres long has a length of 85 metres.
const FORMS: &[(&str, &str)] = &[
    ("long", "length"),
    ("wide", "width"),
    ("high", "height"),
    ("tall", "height"),
    ("deep", "depth"),
    ("weigh", "weight"),
    ("heavi", "weight"),
    ("licens", "licenc"),
    ("optimis", "optim"),
    ("normalis", "norm"),
    ("normal", "norm"),
    ("layernormalis", "layernorm"),
    ("posit", "position"),
    ("announc", "launch"),
    ("tune", "finetun"),
    ("wrote", "written"),
];

/// The Chinese words of the table, the longest first, each with its English one.
static CHINESE: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let mut words: Vec<_> = WORDS
        .iter()
        .flat_map(|(english, chinese)| chinese.iter().map(move |word| (*word, *english)))
        .collect();
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    words
});

/// The terms of the English words.
static TERMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    WORDS.iter().flat_map(|(english, _)| index::terms(english)).map(|term| form(&term).to_owned()).collect()
});

/// A text with the Chinese words of the table in English.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// Where each of its characters comes from, in bytes of the text that was folded; and where that ends.
    pub(super) places: Vec<usize>,
}

/// Puts the Chinese words of the table in English.
pub(super) fn fold(text: &str) -> Folded {
    let mut folded = Folded::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (len, put) = match word(&text[at..], c) {
            Some((word, english)) => (word.len(), format!(" {english} ")),
            None => (c.len_utf8(), c.to_string()),
        };
        folded.text.push_str(&put);
        folded.places.extend(put.chars().map(|_| at));
        at += len;
    }
    folded.places.push(text.len());
    folded
}

/// The Chinese word of the table that `rest` begins with, and its English one.
fn word(rest: &str, c: char) -> Option<(&'static str, &'static str)> {
    let known = index::is_han(c).then(|| CHINESE.iter().find(|(word, _)| rest.starts_with(word))).flatten();
    known.copied()
}

/// The one form of a term.
pub(super) fn form(term: &str) -> &str {
    FORMS.iter().find(|(other, _)| *other == term).map_or(term, |(_, form)| form)
}

/// Whether the table has an English term in its one form, so that a Chinese sentence may say the same.
pub(super) fn has(term: &str) -> bool {
    TERMS.contains(term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_words_are_read_in_english() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text).text, expected, "{text}");
        check("", "");
        check("Lumen 支持批量。", "Lumen  support 批量。");
        check("数据库和数据", " database 和 data ");
        check("一共 8 层", "   8 层");
    }

    #[test]
    fn each_character_knows_where_it_stood() {
        assert_eq!(fold("é缓存。").places, [0, 2, 2, 2, 2, 2, 2, 2, 8, 11]);
    }

    #[test]
    fn forms_are_known_by_one() {
        let check = |word: &str, expected: &str| {
            assert_eq!(
                index::terms(word).iter().map(|term| form(term)).collect::<Vec<_>>(),
                [expected],
                "{word}"
            );
            assert!(has(expected), "{word}");
        };
        check("licensed", "licenc");
        check("licence", "licenc");
        check("long", "length");
    }
}
