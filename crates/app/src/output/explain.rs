//! `search --explain`: what was searched, and where each passage came from.

use std::io::{self, Write};

use answer::{Evidence, Passage, Signal, sanitize_line};
use index::{Found, Mention};
use serde_json::{Value, json};

use super::Look;
use super::answer::print_passage;

/// Prints the passages, each with what made it rank where it does, then what was searched, and what the gate thinks of it.
/// `searched` is the question, or what a follow-up was understood to mean.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn print_explained(
    out: &mut dyn Write,
    question: &str,
    searched: &str,
    found: &Found,
    evidence: &Evidence,
    look: Look,
) -> io::Result<()> {
    for passage in &found.passages {
        print_passage(out, passage, look)?;
        for line in reasons(passage, &Terms::of(passage, found)) {
            writeln!(out, "   {}", look.paint("2", &format!("· {line}")))?;
        }
        writeln!(out)?;
    }
    for line in search(question, searched, found).into_iter().chain(gate(evidence)) {
        writeln!(out, "{}", look.paint("2", &line))?;
    }
    Ok(())
}

/// Adds the same to the object of `search --json`: `explain` of its own, and of each passage.
pub(crate) fn explain_json(object: &mut Value, found: &Found, evidence: &Evidence) {
    let explain = &found.explain;
    let languages = explain.spreads.iter().map(|(language, spread)| {
        json!({ "language": language, "chunks": spread.count, "mean": spread.mean, "deviation": spread.deviation })
    });
    let terms = found.terms.iter().map(|(term, weight)| json!({ "term": term, "weight": weight }));
    object["explain"] = json!({
        "language": found.language,
        "considered": explain.considered,
        "nearest": explain.nearest,
        "covered": explain.covered,
        "terms": terms.collect::<Vec<_>>(),
        "widened": explain.widened.iter().map(|Mention { name, same }| json!({ "name": name, "same": same })).collect::<Vec<_>>(),
        "languages": languages.collect::<Vec<_>>(),
        "gate": {
            "above_bar": evidence.above_bar(),
            "signals": evidence.weighed().iter().map(|it| json!({ "name": it.name, "value": it.value, "share": it.share })).collect::<Vec<_>>(),
        },
        "timings_ms": {
            "embed": found.timings.embed.as_secs_f64() * 1000.0,
            "search": found.timings.search.as_secs_f64() * 1000.0,
        },
    });
    let Some(passages) = object["passages"].as_array_mut() else { return };
    for (passage, explained) in found.passages.iter().zip(passages) {
        let Terms { has, lacks } = Terms::of(passage, found);
        explained["explain"] = json!({ "has": names(&has), "lacks": names(&lacks) });
    }
}

/// The question's terms with what they weigh, rarest first: those that a passage has, and the others.
struct Terms<'a> {
    has: Vec<(&'a str, f32)>,
    lacks: Vec<(&'a str, f32)>,
}

impl<'a> Terms<'a> {
    fn of(passage: &Passage, found: &'a Found) -> Self {
        let held = passage.held(&found.terms);
        let mut terms: Vec<_> = found.terms.iter().zip(held).collect();
        terms.sort_by(|((_, a), _), ((_, b), _)| b.total_cmp(a));
        let of = |wanted| terms.iter().filter(|(_, held)| *held == wanted).map(|(term, _)| *term).collect();
        Self { has: of(true), lacks: of(false) }
    }
}

fn names(terms: &[(&str, f32)]) -> Vec<String> {
    terms.iter().map(|(term, _)| (*term).to_owned()).collect()
}

/// Why a passage ranks where it does, one line for each half of the search.
fn reasons(passage: &Passage, terms: &Terms<'_>) -> [String; 2] {
    let place = |signal: Option<Signal>, name: &str, none: &str| match signal {
        Some(Signal { rank, score }) => format!("no. {rank} ({name} {score:.3})"),
        None => none.to_owned(),
    };
    let lacks = match weighed(&terms.lacks) {
        lacks if lacks.is_empty() => String::new(),
        lacks => format!(", lacks {lacks}"),
    };
    let has = match weighed(&terms.has) {
        has if has.is_empty() => String::new(),
        has => format!(": has {has}"),
    };
    [
        format!("by vectors {}; {}", place(passage.dense, "cosine", "far behind"), passage.language.code()),
        format!(
            "by words {}; {:.0} % of the question{has}{lacks}",
            place(passage.lexical, "BM25", "nowhere"),
            passage.coverage * 100.0
        ),
    ]
}

/// `gqa 6.1, cache 2.0`
fn weighed(terms: &[(&str, f32)]) -> String {
    let one = |(term, weight): &(&str, f32)| format!("{} {weight:.1}", sanitize_line(term));
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What was searched, and among what.
fn search(question: &str, searched: &str, found: &Found) -> Vec<String> {
    let explain = &found.explain;
    let mut lines = vec![format!("searched for: {}", sanitize_line(searched))];
    if searched != question {
        lines.push(format!("since it follows up, not for: {}", sanitize_line(question)));
    }
    let terms: Vec<_> = found.terms.iter().collect();
    lines.push(match weighed(&terms) {
        terms if terms.is_empty() => "terms: none that says what it is about".to_owned(),
        terms => format!("terms and their rarity: {terms}"),
    });
    for Mention { name, same } in &explain.widened {
        let same = same.iter().map(|name| sanitize_line(name)).collect::<Vec<_>>();
        lines.push(format!("{} is searched as {}, too", sanitize_line(name), same.join(", ")));
    }
    lines.push(format!(
        "question in {}; {} chunks considered, the nearest at cosine {:.3}, the most covering with {:.0} % of the question",
        found.language.code(),
        explain.considered,
        explain.nearest,
        explain.covered * 100.0
    ));
    for (language, spread) in &explain.spreads {
        lines.push(format!(
            "{}: {} chunks, cosines {:.3} ± {:.3}",
            language.code(),
            spread.count,
            spread.mean,
            spread.deviation
        ));
    }
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    lines.push(format!(
        "{:.1} ms for embedding the question, {:.1} ms for the rest",
        ms(found.timings.embed),
        ms(found.timings.search)
    ));
    lines
}

/// What the gate thinks, and why: the signals that count, those that decide first. Nothing when there was nothing to weigh.
fn gate(evidence: &Evidence) -> Vec<String> {
    if evidence.weighed().is_empty() {
        return Vec::new();
    }
    let mut weighed: Vec<_> = evidence.weighed().iter().filter(|it| it.share.abs() >= 0.05).collect();
    weighed.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    let above = evidence.above_bar();
    let says = if above >= 0.0 { "enough to answer" } else { "too little to answer" };
    let mut lines =
        vec![format!("gate: {says}, log-odds {above:+.2} from the bar; beside the mean of many questions")];
    lines.extend(weighed.iter().map(|it| format!("   {:+.2}  {} {:.3}", it.share, it.name, it.value)));
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use index::{Explain, Language, Lines, Spread, TermWeights, Timings, Weights};

    use super::*;

    /// What a search for `question` found in a note that says `text`.
    fn found(question: &str, text: &str) -> Found {
        let passage = Passage {
            rank: 1,
            path: "a.md".into(),
            title: "Cache".into(),
            lines: Lines { start: 3, end: 4 },
            headings: vec!["GQA".into()],
            lead: None,
            text: text.into(),
            language: Language::of(text),
            date: None,
            score: 7.5,
            dense: Some(Signal { rank: 2, score: 0.875 }),
            lexical: None,
            coverage: 0.5,
        };
        let spread = Spread { count: 40, mean: 0.75, deviation: 0.02 };
        Found {
            passages: vec![passage],
            behind: Vec::new(),
            question_vector: Vec::new(),
            language: Language::of(question),
            terms: TermWeights::even(question),
            explain: Explain {
                considered: 40,
                nearest: 0.875,
                covered: 0.5,
                standing: 3.0,
                spreads: vec![(Language::English, spread)],
                weights: Weights::default(),
                unmatched: None,
                unranked: None,
                widened: Vec::new(),
            },
            timings: Timings { embed: Duration::from_millis(9), search: Duration::from_micros(500) },
        }
    }

    fn explained(question: &str, searched: &str, text: &str) -> String {
        let mut out = Vec::new();
        let evidence = Evidence::default();
        print_explained(
            &mut out,
            question,
            searched,
            &found(searched, text),
            &evidence,
            Look { color: false },
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_passage_says_where_it_came_from() {
        let check = |question: &str, searched: &str, text: &str, expected: &[&str]| {
            let shown = explained(question, searched, text);
            assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
        };
        let last = [
            "en: 40 chunks, cosines 0.750 ± 0.020",
            "9.0 ms for embedding the question, 0.5 ms for the rest",
        ];
        let considered = "question in en; 40 chunks considered, the nearest at cosine 0.875, the most covering with 50 % of the question";
        check(
            "why cheaper?",
            "GQA why cheaper?",
            "Heads share.\nKeys, too.\n",
            &[
                "1. a.md:3-4  GQA  7.50",
                "   Heads share.",
                "   Keys, too.",
                "   · by vectors no. 2 (cosine 0.875); en",
                "   · by words nowhere; 50 % of the question: has gqa 1.0, lacks cheaper 1.0",
                "",
                "searched for: GQA why cheaper?",
                "since it follows up, not for: why cheaper?",
                "terms and their rarity: gqa 1.0, cheaper 1.0",
                considered,
                last[0],
                last[1],
            ],
        );
        check(
            "what is it",
            "what is it",
            "Heads.",
            &[
                "1. a.md:3-4  GQA  7.50",
                "   Heads.",
                "   · by vectors no. 2 (cosine 0.875); en",
                "   · by words nowhere; 50 % of the question",
                "",
                "searched for: what is it",
                "terms: none that says what it is about",
                considered,
                last[0],
                last[1],
            ],
        );
    }

    #[test]
    fn terms_are_told_rarest_first() {
        let found = found("quantized KV cache", "the quantized heads");
        let Terms { has, lacks } = Terms::of(&found.passages[0], &found);
        assert_eq!((names(&has), names(&lacks)), (vec!["quantiz".into(), "cach".into()], vec!["kv".into()]));
    }

    #[test]
    fn what_a_note_says_cannot_steer_the_terminal() {
        let text = explained("q\u{1b}[2J", "q\u{1b}[2J", "Heads \u{1b}]0;x\u{7} share.");
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    }

    #[test]
    fn scripts_get_the_same() {
        let found = found("GQA heads cost", "Heads share.");
        let mut object = super::super::passages_json("heads", "GQA heads cost", &found.passages);
        explain_json(&mut object, &found, &Evidence::default());
        assert_eq!(object["searched"], "GQA heads cost");
        assert_eq!(object["explain"]["considered"], 40);
        assert_eq!(object["explain"]["languages"][0]["chunks"], 40);
        assert_eq!(object["explain"]["terms"][0], json!({ "term": "gqa", "weight": 1.0 }));
        assert_eq!(object["passages"][0]["explain"], json!({ "has": ["gqa", "head"], "lacks": ["cost"] }));
        assert_eq!(object["passages"][0]["dense"]["rank"], 2);
    }
}
