//! Where a name begins that ends before a bracket. Chinese has no spaces, so words that introduce a name mark its border;
//! where none does and the run is too long for its translation, the border is not known and there is no name.

use notes::is_han;

use super::name::is_acronym;
use crate::coverage::is_empty_english;

/// Words after which a name begins, wherever they stand.
const INTRODUCE: &str = "使用 意味着 采用 运用 称为 称作 称之为 叫做 叫作 名为 命名为 改名为 译为 简称为 担任 成为 属于 包括 包含 \
    例如 比如 诸如 以及 或者 还有 避免 通过 根据 按照 关于 对于 来自 位于 坐落于 坐落在 他们 我们 它们 \
    各自的 提出的 提出 之类的 所谓的 所谓 一种 一个 一些 一家 一位 一项 这个 那个 这种 那种 某个 每个 \
    任命 加入 建立 成立 创立 引入 借助 凭借 主要是 颁布的 中的 上的 里的 需要 可以用 是 叫 了";
/// Characters that introduce a name where they come first, and the words that begin with them all the same.
const LEADING: &str =
    "用与和及或由在从把被对以为即让将按而且并则也都就又还其该此这那于像如到给向经靠凭各每某种个名条位项年";
const WORDS: &str = "用户 用例 用途 用电 和平 和谐 和弦 由来 在线 在职 在场 从众 从业 被动 被子 对抗 对齐 对比 对数 对话 \
    对称 对偶 对象 对流 对立 对等 以太 以色列 即时 即席 将军 按揭 按键 而立 并行 并发 并查 并联 并列 \
    则天 也门 都市 都柏林 就业 还原 其他 像素 如来 到达 到期 给定 给水 向量 向日 向心 经济 经验 经典 \
    经营 经络 各向 每日 种子 种群 种族 个体 个人 个性 名词 名义 条件 位置 位移 位图 项目 年龄 年度 年金 \
    与会 及格 且末 让步 此岸 该隐 这里 那曲 于阗 靠背 某些";

/// The name at the end of `before`, which stands in front of `gloss` and ends in Han: as much of it as may be its
/// translation.
pub(super) fn han_name<'a>(before: &'a str, gloss: &str) -> Option<&'a str> {
    let before = before.trim_end();
    if let Some(quoted) = quoted(before) {
        return Some(quoted);
    }
    let run = before.trim_end_matches(|c| is_han(c) || matches!(c, '·' | '–')).len();
    // `转/分钟` is cut in the middle.
    if before[..run].ends_with(['/', '-']) {
        return None;
    }
    let mut name = &before[run..];
    let introduced = INTRODUCE
        .split(' ')
        .filter_map(|word| name.rfind(word).map(|at| at + word.len()))
        .chain(used(name))
        .filter(|&end| end < name.len() && !name[end..].starts_with('否'))
        .max();
    name = introduced.map_or(name, |end| &name[end..]);
    while let Some(rest) =
        after_leading(name, run > 0 && before[..run].trim_end().ends_with(|c: char| c.is_ascii_digit()))
    {
        name = rest;
    }
    // `KV 缓存`: the word before belongs to it, unless something stands between.
    let whole = name.len() == before.len() - run;
    let word = before[..run].trim_end();
    if whole && word.ends_with(|c: char| c.is_ascii_alphabetic()) {
        let start = word.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '/').len();
        name = &before[start..];
    }
    let name = name.trim_matches(['·', '–']);
    (name.chars().filter(|&c| is_han(c)).count() <= room(gloss)).then_some(name)
}

/// Where the last 用 ends that is a word by itself: `概率用期望最大化`.
fn used(name: &str) -> Option<usize> {
    let alone = |at: &usize| {
        let (before, after) = (name[..*at].chars().next_back(), name[at + '用'.len_utf8()..].chars().next());
        !before.is_some_and(|c| "使应利采作通费信专商实有适引运耗雇享录效功军民".contains(c))
            && !after.is_some_and(|c| "户途法于例电来作处量水品具".contains(c))
    };
    name.match_indices('用').map(|(at, _)| at).rfind(alone).map(|at| at + '用'.len_utf8())
}

/// What stands in quotes or a book's brackets at the end of `before`.
fn quoted(before: &str) -> Option<&str> {
    let close = before.chars().next_back()?;
    let open = match close {
        '》' => '《',
        '”' => '“',
        '」' => '「',
        '』' => '『',
        '】' => '【',
        _ => return None,
    };
    let inside = before.strip_suffix(close)?;
    let start = inside.rfind(open)?;
    Some(&inside[start + open.len_utf8()..])
}

/// `name` without the character that introduces it. `counted`: a number stands before it.
fn after_leading(name: &str, counted: bool) -> Option<&str> {
    let first = name.chars().next()?;
    let rest = &name[first.len_utf8()..];
    let counter = matches!(first, '名' | '个' | '种' | '条' | '位' | '项' | '年' | '万' | '亿' | '次' | '家');
    let leads = if counter { counted } else { LEADING.contains(first) };
    let word = !counted && WORDS.split(' ').any(|word| name.starts_with(word));
    let leads = leads && !word && !rest.starts_with('·');
    leads.then_some(rest)
}

/// The most Han characters that `gloss` may be a translation of: a letter of an acronym is a word, and words need about
/// a character for two letters.
fn room(gloss: &str) -> usize {
    let letters = gloss.chars().filter(|c| c.is_alphabetic()).count();
    if is_acronym(gloss) || gloss.chars().any(is_han) { 4 * letters + 2 } else { letters / 2 + 2 }
}

/// The name in a script with spaces at the end of `before`: all of it back to a mark or to Han characters if these are few
/// words, else the words with capitals.
pub(super) fn spaced_name(before: &str) -> Option<&str> {
    let before = before.trim_end();
    if let Some(quoted) = quoted(before) {
        return Some(quoted);
    }
    let inside = |c: char| !is_han(c) && (c.is_alphanumeric() || " -'’.&/+".contains(c));
    let start = before.trim_end_matches(inside).len();
    let words: Vec<&str> = before[start..].split(' ').filter(|word| !word.is_empty()).collect();
    let capital = |word: &&&str| word.starts_with(char::is_uppercase) || is_acronym(word);
    let few = if start > 0 { 4 } else { 3 };
    let whole = words.len() <= few && !is_empty_english(&words.first()?.to_lowercase());
    let count = if whole { words.len() } else { words.iter().rev().take_while(capital).count() };
    let first = words.get(words.len() - count)?;
    let at = first.as_ptr() as usize - before.as_ptr() as usize;
    Some(before[at..].trim_end_matches(['.', '-', '\'', '/']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_begins_after_what_introduces_it() {
        let check = |before, gloss, expected| assert_eq!(han_name(before, gloss), Some(expected), "{before}");
        check("分组查询注意力", "GQA", "分组查询注意力");
        check("HNSW 之类的近似最近邻", "ANN", "近似最近邻");
        check("概率用期望最大化", "EM", "期望最大化");
        check("通用药物管理委员会", "GPhC", "通用药物管理委员会");
        check("编码器–解码器", "encoder-decoder", "编码器–解码器");
        check("他们在美式足球联合会", "AFC", "美式足球联合会");
        check("用近端策略优化", "PPO", "近端策略优化");
        check("最朴素的更新是随机梯度下降", "SGD", "随机梯度下降");
        check("又避免未登录词", "OOV", "未登录词");
        check("基于人类反馈的强化学习", "RLHF", "基于人类反馈的强化学习");
        check("在 2021 年提出的自回归填空", "autoregressive blank infilling", "自回归填空");
        check("国有140万名小学教师", "elementary school teachers", "小学教师");
        check("参见《惧怕她》", "Fear Her", "惧怕她");
        check("KV 缓存", "KV cache", "KV 缓存");
        check("对抗网络", "GAN", "对抗网络");
        check("和对抗网络", "GAN", "对抗网络");
        check("让·德贝当古", "Jean de Bethencourt", "让·德贝当古");
    }

    #[test]
    fn where_the_border_is_not_known_there_is_no_name() {
        assert_eq!(han_name("手中接过南部第一批诺曼人据点阿韦尔萨", "Aversa"), None);
        assert_eq!(han_name("每分3600转/分钟", "RPM"), None);
        assert_eq!(han_name("因为整个序列一次前向就并行算完", "teacher forcing"), None);
    }

    #[test]
    fn a_name_with_spaces_goes_back_to_a_mark_or_its_capitals() {
        let check = |before, expected| assert_eq!(spaced_name(before), expected, "{before}");
        check("Hugging Face 和 ModelScope", Some("ModelScope"));
        check("阿里的 Qwen", Some("Qwen"));
        check("QAT", Some("QAT"));
        check("position interpolation", Some("position interpolation"));
        check("home of the Chinese Trần Kinh", Some("Chinese Trần Kinh"));
        check("a long sentence about nothing", None);
        check("", None);
    }

    proptest! {
        #[test]
        fn a_name_ends_what_stands_before_it(before in "[a-zA-Z是的用名个1 《》·-]{0,20}", gloss in "[A-Z]{2,4}") {
            for name in han_name(&before, &gloss).into_iter().chain(spaced_name(&before)) {
                prop_assert!(before.contains(name));
            }
        }
    }
}
