//! Whether a sentence tells what others say instead of saying it.

/// A sentence that says one of these tells what is commonly said or thought.
const BELIEVED: &[&str] = &[
    "some say",
    "some people",
    "some claim",
    "people say",
    "people think",
    "people often",
    "people believe",
    "many believe",
    "many people",
    "often said",
    "sometimes said",
    "commonly said",
    "is said to",
    "supposedly",
    "allegedly",
    "有人",
    "人们",
    "很多人",
    "不少人",
    "大家都",
    "常说",
    "据说",
    "传言",
    "网上说",
];
/// What stands between who says it and what is said.
const SAYS: &[&str] = &[
    " say that ",
    " says that ",
    " claim that ",
    " claims that ",
    " state that ",
    " states that ",
    " said that ",
];
const HAN_SAYS: &[&str] = &["说：", "称：", "写道：", "说，", "声称"];
/// The most that who says it may take, in bytes.
const SPEAKER: usize = 40;
/// Speakers whom nobody can ask.
const ANYBODY: &[&str] = &[
    "some", "people", "many", "others", "posts", "forum", "users", "critics", "blogs", "rumour", "rumor",
    "网友", "论坛", "帖子", "博客",
];

/// Whether a sentence (in lower case) tells what is commonly said or thought.
pub(crate) fn believed(lower: &str) -> bool {
    BELIEVED.iter().any(|words| lower.contains(words))
}

/// Whether `text` is what nobody in particular says: no source that the note names stands for it.
pub(crate) fn hearsay(text: &str) -> bool {
    let lower = text.to_lowercase();
    let anybody = |at| lower.get(..at).is_some_and(|who: &str| ANYBODY.iter().any(|word| who.contains(word)));
    believed(&lower) || speaker(&lower).is_some_and(|(at, _)| anybody(at))
}

/// Where that begins which somebody is said to say.
pub(crate) fn spoken(lower: &str) -> Option<usize> {
    speaker(lower).map(|(_, end)| end)
}

/// Where who says it ends, and where what is said begins.
fn speaker(lower: &str) -> Option<(usize, usize)> {
    let says =
        SAYS.iter().chain(HAN_SAYS).filter_map(|says| lower.find(says).map(|at| (at, at + says.len())));
    says.filter(|(at, _)| *at <= SPEAKER).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_told_apart() {
        let check = |text: &str, expected: bool| assert_eq!(hearsay(text), expected, "{text}");
        check("", false);
        check("Forum posts claim that LLaMA uses GELU.", true);
        check("Some people think it is slow.", true);
        check("有人说它更快。", true);
        check("据说它更快。", true);
        check("The paper states that LLaMA uses SwiGLU.", false);
        check("LLaMA uses SwiGLU.", false);
        check("作者写道：它更快。", false);
    }
}
