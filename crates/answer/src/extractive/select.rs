//! Which of the sentences make the answer, and in what order. A sentence off the question is worse than one fewer.

use super::aim::Aim;
use super::candidate::{Candidate, Form};
use super::quote::{Quote, quotes};
use super::score::bar;
use crate::Prompt;
use crate::kind::Kind;

/// Sentences of an answer, without those that another one leans on.
const MOST: usize = 3;
/// How far below the best sentence's log-odds another of its passage may lie: it goes on from it.
const NEAR: f32 = 1.0;
/// How far a sentence of another passage may.
const FAR: f32 = 0.4;
/// How far the best sentence about the other side of a comparison may.
const SIDE: f32 = 3.0;
/// What a sentence in the language of the question is read more easily for, in log-odds.
const LANGUAGE: f32 = 0.25;
/// What a sentence gains that says what the thing is, where that is asked for.
const DEFINES: f32 = 1.0;
/// What a sentence that names both sides of a comparison gains, and one that names neither loses.
const BOTH: f32 = 1.0;
/// What a list gains where a question asks for all of several things.
const LISTED: f32 = 1.0;
/// The part of what the best sentence and what stands above it have of the question that another has as well.
const SAME_SUBJECT: f32 = 0.75;

/// The best sentence first, then those nearly as good that add something: the passage of the best before others, within a
/// passage in the note's own order. A list stands alone. Empty when even the best is not likely to answer.
pub(super) fn select(mut candidates: Vec<Candidate>, prompt: &Prompt, aim: &Aim) -> Vec<Quote> {
    if candidates.iter().all(|candidate| candidate.odds < bar(aim.language)) {
        return Vec::new();
    }
    for candidate in &mut candidates {
        candidate.odds += preferred(candidate, prompt, aim);
    }
    candidates.sort_by(|a, b| {
        b.odds.total_cmp(&a.odds).then((a.passage, a.span.start).cmp(&(b.passage, b.span.start)))
    });
    if aim.kind == Kind::List {
        prefer_list(&mut candidates);
    }
    let Some((best, others)) = candidates.split_first() else { return Vec::new() };
    let mut chosen = vec![best];
    if best.form != Form::List {
        chosen.extend(other_side(best, others, prompt, aim));
        for candidate in others {
            let known = || chosen.iter().any(|other| alike(&other.text, &candidate.text));
            if chosen.len() < MOST && goes_with(candidate, best, prompt, aim) && !known() {
                chosen.push(candidate);
            }
        }
    }
    in_order(&chosen, prompt)
}

/// Where the best is an item of a list, and all of several things are asked for, the list comes before it.
fn prefer_list(candidates: &mut [Candidate]) {
    let Some(best) = candidates.first() else { return };
    let holds = |list: &Candidate| {
        let (outer, inner) = (&list.span, &best.span);
        list.form == Form::List
            && list.passage == best.passage
            && outer.start <= inner.start
            && inner.end <= outer.end
    };
    if let Some(list) = candidates.iter().position(holds) {
        candidates[..=list].rotate_right(1);
    }
}

/// The quotes of what was chosen, each once.
fn in_order(chosen: &[&Candidate], prompt: &Prompt) -> Vec<Quote> {
    let mut passages: Vec<usize> = Vec::new();
    for candidate in chosen {
        if !passages.contains(&candidate.passage) {
            passages.push(candidate.passage);
        }
    }
    let place = |of: usize| passages.iter().position(|&passage| passage == of);
    let mut order: Vec<(usize, &&Candidate)> = chosen.iter().enumerate().collect();
    order.sort_by_key(|(nth, candidate)| (*nth > 0, place(candidate.passage), candidate.span.start));
    let mut all: Vec<Quote> = Vec::new();
    for (_, candidate) in order {
        let Some(passage) = prompt.passages.get(candidate.passage) else { continue };
        for quote in quotes(candidate, passage, &prompt.terms) {
            let known = |other: &Quote| {
                other.passage == quote.passage
                    && other.span.start < quote.span.end
                    && quote.span.start < other.span.end
            };
            if !all.iter().any(known) {
                all.push(quote);
            }
        }
    }
    all
}

/// What a candidate gains by being what the question asks for, beside how likely it answers.
fn preferred(candidate: &Candidate, prompt: &Prompt, aim: &Aim) -> f32 {
    let mut gain = if index::Language::of(&candidate.text) == aim.language { LANGUAGE } else { 0.0 };
    if candidate.form == Form::List && aim.kind == Kind::List {
        gain += LISTED;
    }
    if matches!(aim.kind, Kind::Definition(_)) && aim.kind.fits(&prompt.question, &candidate.text) {
        gain += DEFINES;
    }
    if aim.compares() {
        let sides = aim.sides_of(&candidate.held, &prompt.terms);
        let named = f32::from(u8::from(sides[0])) + f32::from(u8::from(sides[1]));
        // A row with both tells who uses the one and who the other, and does not compare them.
        gain += BOTH * if candidate.form == Form::Row && named > 1.0 { -1.0 } else { named - 1.0 };
    }
    gain
}

/// Of two things that are compared, the best sentence about the one that `best` does not speak of.
fn other_side<'a>(
    best: &Candidate,
    others: &'a [Candidate],
    prompt: &Prompt,
    aim: &Aim,
) -> Option<&'a Candidate> {
    let sides = |candidate: &Candidate| aim.sides_of(&candidate.held, &prompt.terms);
    let missing = sides(best).iter().position(|side| !side)?;
    let fits = |other: &&Candidate| {
        other.form != Form::List && other.odds >= best.odds - SIDE && sides(other)[missing]
    };
    others.iter().find(fits)
}

/// Whether a candidate belongs beside the best sentence: nearly as likely, about the same, and as easily read.
fn goes_with(candidate: &Candidate, best: &Candidate, prompt: &Prompt, aim: &Aim) -> bool {
    let far = if candidate.passage == best.passage { NEAR } else { FAR };
    let language = |of: &Candidate| index::Language::of(&of.text);
    let named = |of: &Candidate| aim.named(&of.held_above);
    let names = || named(best).into_iter().zip(named(candidate)).all(|(best, other)| other || !best);
    let sides = || !aim.compares() || aim.sides_of(&candidate.held, &prompt.terms).contains(&true);
    candidate.form != Form::List
        && candidate.odds >= best.odds - far
        && candidate.about >= SAME_SUBJECT * best.about
        && language(candidate) == language(best)
        && (best.tells != Some(true) || candidate.tells == Some(true))
        && names()
        && sides()
        && is_asked_for(candidate, prompt)
}

/// Whether a sentence is more than the neighbour of a row that answers: all rows of a table share the words of its header,
/// and what a row is about stands in its first cell.
fn is_asked_for(candidate: &Candidate, prompt: &Prompt) -> bool {
    let first = candidate.text.split([';', '；']).next().unwrap_or_default();
    let cell = first.split_once(": ").or(first.split_once('：')).map_or(first, |(_, cell)| cell);
    candidate.form != Form::Row || prompt.terms.coverage(cell) > 0.0
}

/// Whether two sentences share most of their words.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (index::terms(a), index::terms(b));
    let shared = a.iter().filter(|term| b.contains(term)).count();
    shared * 10 >= a.len().min(b.len()) * 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passage;
    use crate::testing::passage;

    /// What is chosen of sentences with these log-odds, each given by its first words: (passage from 0, text, log-odds).
    fn check(texts: &[&str], scored: &[(usize, &str, f32)], expected: &[&str]) {
        check_for("what is grouped-query attention", texts, scored, expected);
    }

    fn check_for(question: &str, texts: &[&str], scored: &[(usize, &str, f32)], expected: &[&str]) {
        let passages: Vec<Passage> =
            (1..).zip(texts).map(|(rank, text)| passage(rank, &format!("{rank}.md"), text)).collect();
        let terms = index::TermWeights::even(question);
        let prompt = crate::prompt(question, &passages, &terms, crate::Budget::default()).0;
        let aim = Aim::of(&prompt);
        let candidate = |&(passage, begins, odds): &(usize, &str, f32)| {
            let text = &passages[passage].text;
            let sentences = index::sentences(text);
            let lists = super::super::list::lists(text, &sentences);
            let list = lists.iter().map(super::super::list::List::span).find(|_| begins.ends_with(':'));
            let span = list.clone().unwrap_or_else(|| {
                sentences.iter().find(|span| text[(*span).clone()].starts_with(begins)).unwrap().clone()
            });
            let readable = crate::table::readable(&passages[passage], &sentences, &span).unwrap();
            Candidate {
                passage,
                embedded: readable.clone(),
                held: terms.held(&readable),
                held_above: terms.held(&readable),
                text: readable,
                span,
                form: match begins {
                    _ if list.is_some() => Form::List,
                    _ if begins.starts_with('|') => Form::Row,
                    _ => Form::Prose,
                },
                coverage: 0.0,
                near: 0.0,
                about: 0.0,
                opens: false,
                tells: None,
                // As if the bar lay at -3.
                odds: bar(aim.language) + 3.0 + odds,
            }
        };
        let chosen = select(scored.iter().map(candidate).collect(), &prompt, &aim);
        let quoted: Vec<&str> =
            chosen.iter().map(|quote| &passages[quote.passage].text[quote.span.clone()]).collect();
        assert_eq!(quoted, expected, "{question}");
    }

    #[test]
    fn the_best_come_first_in_the_order_of_the_note() {
        let texts = [
            "Intro words about nothing much. Unlike remark that nearly matches too.",
            "First sentence defining the subject clearly. Later sentence with good content here.",
            "First sentence defining the subject clearly.",
        ];
        let scored =
            [(0, "Intro", -1.5), (0, "Unlike", 0.7), (1, "Later", 0.2), (1, "First", 1.0), (2, "First", 0.9)];
        check(
            &texts,
            &scored,
            &[
                "First sentence defining the subject clearly.",
                "Later sentence with good content here.",
                "Unlike remark that nearly matches too.",
            ],
        );
    }

    #[test]
    fn where_the_best_is_unlikely_there_is_no_answer() {
        check(&["A sentence that is off the point."], &[(0, "A sentence", -9.0)], &[]);
        check(&[], &[], &[]);
    }

    #[test]
    fn what_leans_on_the_sentence_before_brings_it_along() {
        let texts = ["MQA has one key head. It saves the most memory of all."];
        check(
            &texts,
            &[(0, "It saves", 1.0)],
            &["MQA has one key head.", "It saves the most memory of all."],
        );
        // Once, where that was chosen too.
        let both = [(0, "It saves", 1.0), (0, "MQA", 0.9)];
        check(&texts, &both, &["MQA has one key head.", "It saves the most memory of all."]);
        // What stands in another paragraph is no antecedent.
        check(
            &["MQA has one key head.\n\nIt saves the most memory."],
            &[(0, "It", 1.0)],
            &["It saves the most memory."],
        );
    }

    #[test]
    fn of_a_table_the_rows_that_are_asked_for_are_taken() {
        let texts = ["| Kind | Heads |\n|---|---|\n| grouped | 8 |\n| other | 1 |\n| query | 32 |"];
        let scored = [(0, "| grouped", 1.0), (0, "| other", 0.9), (0, "| query", 0.8)];
        check(&texts, &scored, &["| grouped | 8 |", "| query | 32 |"]);
    }

    #[test]
    fn halves_are_joined() {
        let texts = ["前一句。多查询注意力只有一个键头；分组查询注意力有几个。后一句。"];
        check(&texts, &[(0, "多查询", 1.0)], &["多查询注意力只有一个键头；分组查询注意力有几个。"]);
        check(&texts, &[(0, "分组", 1.0)], &["多查询注意力只有一个键头；分组查询注意力有几个。"]);
        check(
            &texts,
            &[(0, "分组", 1.0), (0, "多查询", 0.9)],
            &["多查询注意力只有一个键头；分组查询注意力有几个。"],
        );
    }

    #[test]
    fn a_comparison_takes_a_sentence_of_each_side() {
        let texts = ["MQA has one key head. It is fast.", "Heads of MHA are many. MHA is slow."];
        let scored = [(0, "MQA has", 1.0), (1, "MHA is", -0.5), (1, "Heads", -1.5), (0, "It is", 0.9)];
        let expected = ["MQA has one key head.", "MHA is slow."];
        check_for("How does MQA differ from MHA?", &texts, &scored, &expected);
        check_for("What is MQA?", &texts, &scored[..2], &expected[..1]);
    }

    #[test]
    fn a_list_comes_with_its_introduction_and_alone() {
        let texts = ["There are two ways: \n\n- Share heads.\n- Use fewer bits.\n\nOther words follow."];
        let scored = [(0, "There are two ways:", 0.5), (0, "Other", 1.0)];
        let expected = ["There are two ways:", "- Share heads.", "- Use fewer bits."];
        check_for("Which ways are there?", &texts, &scored, &expected);
        check_for("Why are there ways?", &texts, &scored, &["Other words follow."]);
    }

    #[test]
    fn the_language_of_the_question_is_read_more_easily() {
        let texts = ["GQA shares key heads between heads.", "分组查询注意力共用键头。"];
        let scored = [(0, "GQA", 1.0), (1, "分组", 0.8)];
        check_for("什么是共用？", &texts, &scored, &texts[1..]);
        check_for("what is sharing", &texts, &scored, &texts[..1]);
    }
}
