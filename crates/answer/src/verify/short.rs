//! A claim that is only a few words, the bare answer to a question: it says nothing by itself, so what counts is where it
//! stands and what the question asks for.

use super::facts::facts;
use super::signals::Claim;
use super::source::{Part, Source};

/// What a bare answer's place says of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Short {
    /// The sentence it most likely comes from.
    pub(crate) at: usize,
    /// The share of the answer's words in that sentence.
    pub(crate) covered: f32,
    /// The share of the question's words there.
    pub(crate) asked: f32,
    /// How much less of the question that is than the best sentence has.
    pub(crate) behind: f32,
    /// How near the question's words stand to the answer, 0 to 1.
    pub(crate) nearness: f32,
    /// 1 when the question asks for such a thing, -1 when for another, 0 when that is not known.
    pub(crate) kind: f32,
    /// The share of the answer's words that the question has already.
    pub(crate) repeats: f32,
}

impl Short {
    pub(crate) fn of(claim: &Claim, source: &Source, coverages: &[f32], asked: &[f32]) -> Self {
        if claim.question.is_empty() {
            return Self::default();
        }
        let most = asked.iter().copied().fold(0.0, f32::max);
        // Short answers stand in the sentence word for word: that beats any share of words.
        let text = claim.part.text.trim().trim_end_matches(['.', '。']);
        let verbatim = |part: &Part| f32::from(u8::from(part.text.contains(text)));
        let score = |at: usize| coverages[at] + verbatim(&source.parts[at]) + 0.5 * asked[at];
        let Some(at) = (0..source.parts.len()).max_by(|&a, &b| score(a).total_cmp(&score(b))) else {
            return Self::default();
        };
        let part = &source.parts[at];
        let question = Part::of(&claim.question, 0..0);
        Self {
            at,
            covered: coverages[at].max(verbatim(part)),
            asked: asked[at],
            behind: most - asked[at],
            nearness: nearness(&part.text, text, claim),
            kind: kind(&claim.question, text),
            repeats: question.covers(&claim.wanted),
        }
    }
}

/// The question's words in the sentence, each by its weight and less the further it stands from the answer.
fn nearness(sentence: &str, answer: &str, claim: &Claim) -> f32 {
    let terms = index::terms(sentence);
    let (start, len) = match sentence.find(answer).filter(|_| !answer.is_empty()) {
        Some(at) => (index::terms(&sentence[..at]).len(), index::terms(answer).len()),
        None => match terms.iter().position(|term| claim.part.terms.contains(term)) {
            Some(at) => (at, 1),
            None => return 0.0,
        },
    };
    let total: f32 = claim.asked.iter().map(|(_, weight)| weight).sum();
    let near = |wanted: &str| {
        let places = terms.iter().enumerate().filter(|(_, term)| *term == wanted);
        places
            .map(|(at, _)| match at {
                at if at < start => start - at,
                at => at.saturating_sub(start + len) + 1,
            })
            .min()
            .map_or(0.0, |away| 1.0 / (1.0 + away as f32 / 8.0))
    };
    let sum: f32 = claim.asked.iter().map(|(term, weight)| weight * near(term)).sum();
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Whether `answer` is of the kind that `question` asks for.
fn kind(question: &str, answer: &str) -> f32 {
    let question = question.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
    let found = facts(answer);
    let number = !found.is_empty() || answer.chars().any(|c| c.is_ascii_digit());
    let year = found.iter().any(|f| (1000.0..2100.0).contains(&f.value));
    let date = found.iter().any(|f| matches!(f.unit, "year" | "month" | "day"))
        || year
        || ["世纪", "年", "century", "day", "monday", "sunday", "summer", "spring", "winter"]
            .iter()
            .any(|word| answer.to_lowercase().contains(word));
    let name = answer.chars().next().is_some_and(char::is_uppercase) || answer.contains('·');
    let sign = |fits: bool| if fits { 1.0 } else { -1.0 };
    if has(&[
        "when ",
        "what year",
        "which year",
        "what date",
        "何时",
        "什么时候",
        "哪一年",
        "哪年",
        "几月",
        "日期",
        "in what year",
    ]) {
        return sign(date);
    }
    if has(&[
        "how many",
        "how much",
        "how long",
        "how old",
        "how far",
        "多少",
        "几个",
        "多大",
        "多长",
        "多久",
        "几次",
        "percentage",
        "百分之几",
    ]) {
        return sign(number);
    }
    if has(&["who ", "whose ", "whom ", "谁", "哪位", "who'"]) {
        return if number {
            -1.0
        } else if answer.is_ascii() {
            if name { 1.0 } else { -0.5 }
        } else {
            0.3
        };
    }
    if has(&[
        "where ",
        "哪里",
        "何处",
        "哪儿",
        "which city",
        "what city",
        "which country",
        "哪个国家",
        "哪个城市",
    ]) {
        return if number {
            -1.0
        } else if answer.is_ascii() {
            if name { 1.0 } else { -0.5 }
        } else {
            0.3
        };
    }
    if date && number { -0.5 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_asks_for_a_kind() {
        let check = |question: &str, answer: &str, expected: f32| {
            assert_eq!(kind(question, answer), expected, "{question} {answer}");
        };
        check("When was it built?", "1979", 1.0);
        check("When was it built?", "the castle", -1.0);
        check("How many heads?", "twelve", 1.0);
        check("有多少层？", "三十二", 1.0);
        check("谁发明了纸？", "1979年", -1.0);
        check("Who built it?", "Susan Foreman", 1.0);
        check("Why?", "it is cheap", 0.0);
    }
}
