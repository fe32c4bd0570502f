//! One question and what has become of it.

use std::time::Duration;

use answer::{Answer, Citation, Conflict, Failure, Sentence, Side, Step, Verdict, sanitize, sanitize_line};
use ratatui::text::Line;

use crate::Manner;
use crate::source::Source;

/// More of a model's thoughts is not kept, in bytes.
const MOST_OF_A_THOUGHT: usize = 100_000;

/// How far a question has come.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    /// Kept until the index is there.
    Waiting,
    /// Passages are being looked for.
    Searching,
    /// Passages are there, nothing is written yet.
    Reading,
    /// The model thinks aloud.
    Thinking,
    /// Nothing comes yet; why.
    Held(String),
    /// The draft is coming.
    Writing,
    /// Answered.
    Answered {
        /// Who wrote the draft: the model, or else the generator.
        by: String,
        /// How long it took.
        total_ms: u64,
        /// Whether the draft broke off.
        cut_short: bool,
        /// Passages that did not fit into the prompt.
        dropped: usize,
    },
    /// The notes do not say; why.
    Declined(String),
    /// It did not work.
    Failed {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
        /// Whether the notes can be quoted instead: not where the search itself failed.
        quotable: bool,
    },
    /// The user had enough.
    Cancelled,
}

/// One question and what has become of it. All text but the draft is sanitised; the draft is when it is shown, since
/// an escape sequence may be split between two pieces of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) question: String,
    pub(crate) manner: Manner,
    pub(crate) asked_at: Duration,
    pub(crate) state: State,
    /// What was searched for, when that is not the question.
    pub(crate) searched: Option<String>,
    pub(crate) passages: Vec<Source>,
    pub(crate) citations: Vec<Source>,
    pub(crate) sentences: Vec<Sentence>,
    /// Where the notes contradict each other.
    pub(crate) conflicts: Vec<Conflict>,
    /// What the question wants and the answer does not seem to tell, in one line.
    pub(crate) untold: Option<String>,
    /// What was written and not checked yet.
    pub(crate) draft: String,
    /// What the user should know about its way, a line each.
    pub(crate) warnings: Vec<String>,
    /// What the model thought aloud: never part of the answer.
    pub(crate) thought: String,
    /// Whether the thoughts are shown whole, or folded into a row.
    pub(crate) unfolded: bool,
    /// The rows on the screen, and the width that they were made for; none when they are out of date.
    pub(crate) rows: Vec<Line<'static>>,
    pub(crate) rows_width: Option<usize>,
}

impl Entry {
    pub(crate) fn new(id: u64, question: String, asked_at: Duration, state: State) -> Self {
        Self {
            id,
            question,
            manner: Manner::Usual,
            asked_at,
            state,
            searched: None,
            passages: Vec::new(),
            citations: Vec::new(),
            sentences: Vec::new(),
            conflicts: Vec::new(),
            untold: None,
            draft: String::new(),
            warnings: Vec::new(),
            thought: String::new(),
            unfolded: false,
            rows: Vec::new(),
            rows_width: None,
        }
    }

    /// Whether steps are still to come.
    pub(crate) fn is_running(&self) -> bool {
        matches!(
            self.state,
            State::Waiting
                | State::Searching
                | State::Reading
                | State::Thinking
                | State::Held(_)
                | State::Writing
        )
    }

    /// What the panel shows: the citations by number, then the passages that none of them comes from. Passages have
    /// numbers only where there are no citations to take them.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let declined = matches!(self.state, State::Declined(_));
        let cited = |passage: &&Source| !self.citations.iter().any(|citation| citation.rank == passage.rank);
        let others = self.passages.iter().filter(cited).cloned().map(|mut passage| {
            passage.number = (declined && self.citations.is_empty()).then_some(passage.rank);
            passage
        });
        self.citations.iter().cloned().chain(others).collect()
    }

    /// Takes in a step of a running question.
    pub(crate) fn step(&mut self, step: Step) {
        self.rows_width = None;
        match step {
            Step::Retrieved(retrieval) => {
                let searched = sanitize_line(&retrieval.searched);
                self.searched = (searched != self.question).then(|| searched.into_owned());
                self.passages = retrieval.passages.iter().map(Source::of_passage).collect();
                self.state = State::Reading;
            }
            Step::Thinking(piece) => {
                if self.thought.len() < MOST_OF_A_THOUGHT {
                    self.thought.push_str(&sanitize(&piece));
                }
                self.state = State::Thinking;
            }
            Step::Delta(piece) => {
                self.draft.push_str(&piece);
                self.state = State::Writing;
            }
            Step::Cited(citation) => self.cite(&citation),
            Step::Sentence(sentence) => {
                consume(&mut self.draft, &sentence.text);
                self.sentences.push(clean(sentence));
                self.state = State::Writing;
            }
            Step::Answered(answer) => {
                let model = answer.generator.model.as_ref().unwrap_or(&answer.generator.name);
                self.state = State::Answered {
                    by: sanitize_line(model).into_owned(),
                    total_ms: answer.timings.total,
                    cut_short: answer.cut_short,
                    dropped: answer.receipt.dropped.len(),
                };
                self.settle(*answer);
            }
            Step::Declined(refusal) => {
                self.passages = refusal.nearest.iter().map(Source::of_passage).collect();
                self.citations.clear();
                self.sentences.clear();
                self.draft.clear();
                self.state = State::Declined(sanitize_line(&refusal.reason).into_owned());
            }
            Step::Failed { failure, partial } => {
                if let Some(answer) = partial {
                    self.settle(*answer);
                }
                self.fail(&failure);
            }
            Step::Waiting(what) => self.state = State::Held(sanitize_line(&what).into_owned()),
            Step::Warning(text) => self.warnings.push(sanitize_line(&text).into_owned()),
            Step::Prompted { .. } => {}
        }
    }

    /// Ends it with a failure.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.rows_width = None;
        self.state = State::Failed {
            message: sanitize_line(&failure.message).into_owned(),
            hint: failure.hint.as_deref().map(|hint| sanitize_line(hint).into_owned()),
            quotable: failure.kind.is_past_search(),
        };
    }

    /// Moves on without a step.
    pub(crate) fn become_state(&mut self, state: State) {
        self.rows_width = None;
        self.state = state;
    }

    /// The answer as plain text with its footnotes, for the clipboard; none when nothing was written.
    pub(crate) fn plain(&self) -> Option<String> {
        let mut text = String::new();
        for sentence in &self.sentences {
            text.push_str(&sentence.lead);
            text.push_str(&sentence.text);
            sentence.citations.iter().for_each(|n| text.push_str(&format!(" [{n}]")));
        }
        if text.is_empty() {
            return None;
        }
        for (nth, source) in self.citations.iter().enumerate() {
            let gap = if nth == 0 { "\n" } else { "" };
            text.push_str(&format!("{gap}\n[{}] {}", source.number.unwrap_or_default(), source.place()));
        }
        if let Some(untold) = &self.untold {
            text.push_str(&format!("\n\n{untold}"));
        }
        for conflict in &self.conflicts {
            text.push_str(&format!("\n\nThe notes disagree: {}", conflict.in_short()));
            for side in [&conflict.a, &conflict.b] {
                text.push_str(&format!("\n{}:{}  {}", side.path, side.lines, side.quote));
            }
        }
        Some(text)
    }

    /// How many sentences have this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.sentences.iter().filter(|sentence| sentence.verdict == verdict).count()
    }

    /// Replaces what came sentence by sentence with the whole: it is the truth.
    fn settle(&mut self, answer: Answer) {
        self.citations.clear();
        answer.citations.iter().for_each(|citation| self.cite(citation));
        self.sentences = answer.sentences.into_iter().map(clean).collect();
        self.untold = answer.untold.map(|untold| sanitize_line(&untold.says).into_owned());
        self.conflicts = answer
            .conflicts
            .into_iter()
            .map(|it| Conflict { a: clean_side(it.a), b: clean_side(it.b) })
            .collect();
        self.draft.clear();
    }

    fn cite(&mut self, citation: &Citation) {
        let source = Source::of_citation(citation);
        // A footnote comes again where it says more than before.
        self.citations.retain(|known| known.number != source.number);
        self.citations.push(source);
        self.citations.sort_by_key(|source| source.number);
    }
}

fn clean_side(side: Side) -> Side {
    Side {
        path: sanitize_line(&side.path).into_owned(),
        quote: sanitize_line(&side.quote).into_owned(),
        said: sanitize_line(&side.said).into_owned(),
        date: side.date.map(|date| sanitize_line(&date).into_owned()),
        ..side
    }
}

fn clean(sentence: Sentence) -> Sentence {
    Sentence {
        text: sanitize(&sentence.text).into_owned(),
        lead: sanitize(&sentence.lead).into_owned(),
        ..sentence
    }
}

/// Takes from the front of `draft` what `sentence` says, with the space, marks and stars that the sentence was freed
/// of. Where they differ for good, as many characters as the sentence has are taken: the draft is provisional, and
/// what is left of it goes when the answer is there.
fn consume(draft: &mut String, sentence: &str) {
    let mut rest = draft.as_str();
    let mut matched = true;
    for wanted in sentence.chars().filter(|c| !c.is_whitespace()) {
        rest = skip_trimmings(rest, wanted);
        match rest.strip_prefix(wanted) {
            Some(after) => rest = after,
            None => {
                matched = false;
                break;
            }
        }
    }
    if !matched {
        let count = sentence.chars().count();
        rest = draft.char_indices().nth(count).map_or("", |(at, _)| &draft[at..]);
    }
    rest = skip_marks(rest);
    draft.replace_range(..draft.len() - rest.len(), "");
}

/// Skips space, marks and Markdown, as far as that goes, but not `wanted`.
fn skip_trimmings(mut rest: &str, wanted: char) -> &str {
    while let Some(next) = rest.chars().next().filter(|&next| next != wanted) {
        let bare = skip_marks(rest);
        if bare.len() < rest.len() {
            rest = bare;
        } else if next.is_whitespace() || "*_`#->•+".contains(next) {
            rest = &rest[next.len_utf8()..];
        } else {
            break;
        }
    }
    rest
}

/// Skips marks such as ` [1]` and `[2, 3]`.
fn skip_marks(text: &str) -> &str {
    let mut rest = text;
    while let Some(mark) = rest.trim_start_matches(' ').strip_prefix('[') {
        match mark.split_once(']') {
            Some((inside, after)) if inside.chars().all(|c| c.is_ascii_digit() || ", ".contains(c)) => {
                rest = after;
            }
            _ => break,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_takes_its_draft_away() {
        let check = |draft: &str, sentence: &str, left: &str| {
            let mut draft = draft.to_owned();
            consume(&mut draft, sentence);
            assert_eq!(draft, left, "{sentence:?}");
        };
        check("One. Two.", "One.", " Two.");
        check("One [1]. Two.", "One.", " Two.");
        check("One. [1][2] Two.", "One.", " Two.");
        check("One [1, 2]", "One", "");
        check(" \n- **One** is.\n- Two", "One is.", "\n- Two");
        check("- One-two.", "One-two.", "");
        check("分组查询。共享", "分组查询。", "共享");
        check("Quite other words here", "Rewritten", "er words here");
        check("", "One.", "");
        check("On", "One.", "");
        check("[see] this", "[see] this", "");
        check("a [b", "a", " [b");
    }
}
