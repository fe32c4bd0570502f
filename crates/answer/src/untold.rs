//! What a question wants and its answer does not seem to tell: lines that are near the subject can all be true and beside the
//! point. Asked of a finished answer, whoever wrote it, so that it can say so itself.

use index::{Language, Passage};
use serde::Serialize;

use crate::wanted::{Thing, Wanted, subject};
use crate::{Citation, Sentence, Verdict};

/// What an answer does not seem to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untold {
    /// `money`, `share`, `duration`, `date`, `number` or `name`.
    pub wanted: &'static str,
    /// The same in one line, in the language of the question.
    pub says: String,
}

/// What `question` wants and no sentence may tell that the notes support, in whole or in part; none where one may, or where
/// it is not known what is wanted. The sentences of `passages` beside a cited one do not count: they are not in the answer.
pub(crate) fn untold(
    question: &str,
    sentences: &[Sentence],
    citations: &[Citation],
    passages: &[Passage],
) -> Option<Untold> {
    let wanted = Wanted::of(question);
    let thing = wanted.thing()?;
    let backed = |sentence: &&Sentence| {
        matches!(sentence.verdict, Verdict::Supported | Verdict::Partly | Verdict::Contradicted)
    };
    let told = |sentence: &Sentence| {
        let cited = citations.iter().filter(|citation| sentence.citations.contains(&citation.n));
        let ranks: Vec<u32> = cited.map(|citation| citation.passage).collect();
        let around = passages.iter().filter(|passage| ranks.contains(&passage.rank));
        let around: Vec<String> = around.map(subject).collect();
        wanted.may_be_told(&sentence.text, &around.join(" "))
    };
    let mut backed = sentences.iter().filter(backed).peekable();
    (backed.peek().is_some() && !backed.any(told)).then(|| Untold {
        wanted: name(thing),
        says: match Language::of(question) {
            Language::English => format!("The notes that were found do not seem to say {}.", english(thing)),
            Language::Chinese => format!("找到的笔记似乎没有说{}。", chinese(thing)),
        },
    })
}

fn name(thing: Thing) -> &'static str {
    match thing {
        Thing::Money => "money",
        Thing::Percent => "share",
        Thing::Duration => "duration",
        Thing::Date => "date",
        Thing::Number => "number",
        Thing::Name => "name",
    }
}

fn english(thing: Thing) -> &'static str {
    match thing {
        Thing::Money => "how much money",
        Thing::Percent => "what share",
        Thing::Duration => "how long",
        Thing::Date => "when",
        Thing::Number => "how many or how much",
        Thing::Name => "who or where",
    }
}

fn chinese(thing: Thing) -> &'static str {
    match thing {
        Thing::Money => "多少钱",
        Thing::Percent => "占多大比例",
        Thing::Duration => "多长时间",
        Thing::Date => "是什么时候",
        Thing::Number => "具体的数目",
        Thing::Name => "是谁或在哪里",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_and_not_told_is_said() {
        let check = |question: &str, sentences: &[(&str, Verdict)], expected: Option<&str>| {
            let sentence = |&(text, verdict): &(&str, Verdict)| Sentence {
                text: text.into(),
                verdict,
                confidence: 1.0,
                citations: Vec::new(),
                corrected: false,
                checked_by: None,
                lead: String::new(),
            };
            let sentences: Vec<Sentence> = sentences.iter().map(sentence).collect();
            let found = untold(question, &sentences, &[], &[]);
            assert_eq!(found.map(|found| found.wanted), expected, "{question} {sentences:?}");
        };
        let supported = Verdict::Supported;
        check("When was it released?", &[("It is fast.", supported)], Some("date"));
        check("When was it released?", &[("It is fast.", supported), ("It came in 2023.", supported)], None);
        check("它训练了多少天？", &[("它很快。", supported)], Some("duration"));
        check("How much does it cost?", &[("It has 7 layers.", Verdict::Partly)], Some("money"));
        check("What is it?", &[("It is fast.", supported)], None);
        let made_up = ("In May 2023.", Verdict::Unsupported);
        check("When was it released?", &[made_up, ("It is fast.", supported)], Some("date"));
        check("When was it released?", &[made_up], None);
        check("When was it released?", &[], None);
    }
}
