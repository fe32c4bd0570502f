//! Draws the picture of the README: the real screen after a question about the sample notes.
//!
//! `cargo run -p tui --example picture > crates/tui/screen.svg`

use std::sync::Arc;
use std::time::Duration;

use answer::{
    Answer, Citation, GeneratorInfo, Language, Lines, Passage, Receipt, Retrieval, Sentence, Step, Timings,
    Verdict,
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui::{Effect, Model, Msg, Place, Session, Status, render, svg, update};

const GQA: &str = "attention/grouped-query-attention.md";
const MQA: &str = "attention/多查询注意力与分组查询注意力.md";
const CACHE: &str = "attention/kv-cache.md";

/// Each sentence of the answer: its text, its note, the lines, the headings, and the words of the note.
const SENTENCES: [(&str, &str, u32, &str, &str); 3] = [
    (
        "Grouped-query attention (GQA) lets a few query heads share one key/value head, so a layer has fewer key/value heads than query heads but more than one.",
        GQA,
        10,
        "Grouped-query attention",
        "Grouped-query attention (GQA) lets a few query heads share one key/value head, so a layer has fewer key/value heads than query heads but more than one.",
    ),
    (
        "Fewer key/value heads mean a smaller cache, fewer bytes read per step, and room for a larger batch.",
        GQA,
        14,
        "Why it exists",
        "Fewer key/value heads mean a smaller cache, fewer bytes read per step, and room for a larger batch.",
    ),
    (
        "分组查询注意力把查询头分成若干组，每组内的几个查询头共用一个 K/V 头，不同组之间不共用。",
        MQA,
        12,
        "一句话区别",
        "分组查询注意力把查询头分成若干组，每组内的几个查询头共用一个 K/V 头，不同组之间不共用。",
    ),
];

fn passage(rank: u32, path: &str, lines: (u32, u32), heading: &str, text: &str) -> Passage {
    Passage {
        rank,
        path: path.into(),
        title: heading.into(),
        lines: Lines { start: lines.0, end: lines.1 },
        headings: vec![heading.into()],
        lead: None,
        text: text.into(),
        language: Language::of(text),
        date: None,
        score: 1.0,
        dense: None,
        lexical: None,
        coverage: 1.0,
    }
}

fn steps() -> Vec<Step> {
    let passages = [
        passage(1, GQA, (8, 14), "Grouped-query attention", SENTENCES[0].4),
        passage(2, MQA, (10, 16), "一句话区别", SENTENCES[2].4),
        passage(3, CACHE, (49, 53), "How to make it smaller", "Share key/value heads between query heads."),
    ];
    let passages: Arc<[Passage]> = Arc::from(passages);
    let mut steps =
        vec![Step::Retrieved(Retrieval { searched: "What is GQA?".into(), passages, elapsed_ms: 14 })];
    let (mut citations, mut sentences) = (Vec::new(), Vec::new());
    for ((text, path, line, heading, quote), n) in SENTENCES.into_iter().zip(1..) {
        citations.push(Citation {
            n,
            passage: if path == GQA { 1 } else { 2 },
            path: path.into(),
            lines: Lines { start: line, end: line },
            headings: vec![heading.into()],
            quote: quote.into(),
        });
        let lead = if n == 1 { String::new() } else { " ".into() };
        sentences.push(Sentence {
            text: text.into(),
            verdict: Verdict::Supported,
            confidence: 1.0,
            citations: vec![n],
            corrected: false,
            checked_by: None,
            lead,
        });
    }
    steps.extend(citations.iter().cloned().map(Step::Cited));
    steps.extend(sentences.iter().cloned().map(Step::Sentence));
    steps.push(Step::Answered(Box::new(Answer {
        text: String::new(),
        sentences,
        citations,
        conflicts: Vec::new(),
        untold: None,
        cut_short: false,
        generator: GeneratorInfo { name: "extractive".into(), model: None, endpoint: None },
        receipt: Receipt::default(),
        timings: Timings { search: 14, first_token: Some(210), total: 230 },
    })));
    steps
}

fn main() {
    let status = Status {
        notes: 62,
        chunks: 467,
        generator: "extractive".into(),
        place: Place::Local,
        offer: None,
        notices: Vec::new(),
    };
    let session = Session { status, ..Session::default() };
    let mut model = Model::new(&session, 110, 28);
    update(&mut model, Msg::Tick(Duration::from_secs(1)));
    update(&mut model, Msg::Paste("What is GQA?".into()));
    let effects = update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
    for effect in effects {
        if let Effect::Ask { id, .. } = effect {
            for step in steps() {
                update(&mut model, Msg::Step { id, step });
            }
            update(&mut model, Msg::Ended { id, reason: None });
        }
    }
    // A pipe that closes early is no concern of a picture.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), svg(&render(&model)).as_bytes());
}
