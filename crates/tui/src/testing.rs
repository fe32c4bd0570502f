//! Answers made up for tests, and keys by name.

use std::time::Duration;

use answer::{
    Answer, Citation, Failure, FailureKind, GeneratorInfo, Language, Lines, Passage, Receipt, Refusal,
    Retrieval, Sentence, Step, Timings, Verdict,
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{Effect, Model, Msg, Place, Session, Status, render, text, update};

pub(crate) fn session() -> Session {
    Session {
        status: Status {
            notes: 112,
            chunks: 1204,
            generator: "qwen3:8b".into(),
            place: Place::Local,
            notices: Vec::new(),
            offer: None,
        },
        examples: vec![
            "What is grouped-query attention?".into(),
            "Why did we move the meetup to May?".into(),
            "分组查询注意力有什么好处？".into(),
        ],
        ..Session::default()
    }
}

/// A screen under test: presses keys and takes in messages, and keeps what is to be done.
pub(crate) struct Driver {
    pub(crate) model: Model,
    pub(crate) effects: Vec<Effect>,
}

impl Driver {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self { model: Model::new(&session(), width, height), effects: Vec::new() }
    }

    pub(crate) fn send(&mut self, msg: Msg) -> &mut Self {
        self.effects.extend(update(&mut self.model, msg));
        self
    }

    /// Types text; `<Enter>`, `<A-1>`, `<C-c>`, `<S-Enter>` are keys.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse(keys) {
            self.send(Msg::Key(key));
        }
        self
    }

    pub(crate) fn ask(&mut self, question: &str) -> u64 {
        let id = self.model.next_id;
        self.press(question).press("<Enter>");
        id
    }

    pub(crate) fn steps(&mut self, id: u64, steps: Vec<Step>) -> &mut Self {
        for step in steps {
            self.send(Msg::Step { id, step });
        }
        self
    }

    pub(crate) fn tick(&mut self, seconds: f32) -> &mut Self {
        self.send(Msg::Tick(Duration::from_secs_f32(seconds)))
    }

    pub(crate) fn screen(&self) -> String {
        text(&render(&self.model))
    }

    /// The screen below its size: a line that is never indented or empty, which inline snapshots need as their first.
    pub(crate) fn picture(&self) -> String {
        let (width, height) = self.model.size;
        format!("{width}x{height}\n{}", self.screen())
    }

    pub(crate) fn taken(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}

pub(crate) fn parse(keys: &str) -> Vec<KeyEvent> {
    let mut parsed = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let Some((mut name, after)) = named else {
            parsed.push(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = after;
        let mut modifiers = KeyModifiers::NONE;
        for (prefix, modifier) in
            [("C-", KeyModifiers::CONTROL), ("A-", KeyModifiers::ALT), ("S-", KeyModifiers::SHIFT)]
        {
            if let Some(bare) = name.strip_prefix(prefix) {
                modifiers |= modifier;
                name = bare;
            }
        }
        let code = match name {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "Tab" => KeyCode::Tab,
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            "Left" => KeyCode::Left,
            "Right" => KeyCode::Right,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "BS" => KeyCode::Backspace,
            "Del" => KeyCode::Delete,
            "F1" => KeyCode::F(1),
            one => KeyCode::Char(one.chars().next().unwrap()),
        };
        parsed.push(KeyEvent::new(code, modifiers));
    }
    parsed
}

pub(crate) fn passage(rank: u32, path: &str, lines: (u32, u32), headings: &[&str], text: &str) -> Passage {
    Passage {
        rank,
        path: path.into(),
        title: path.into(),
        lines: Lines { start: lines.0, end: lines.1 },
        headings: headings.iter().map(|&heading| heading.into()).collect(),
        lead: None,
        text: text.into(),
        language: Language::English,
        date: None,
        score: 1.0,
        dense: None,
        lexical: None,
        coverage: 1.0,
    }
}

pub(crate) fn citation(n: u32, passage: &Passage, lines: (u32, u32), quote: &str) -> Citation {
    Citation {
        n,
        passage: passage.rank,
        path: passage.path.clone(),
        lines: Lines { start: lines.0, end: lines.1 },
        headings: passage.headings.clone(),
        quote: quote.into(),
    }
}

pub(crate) fn sentence(lead: &str, text: &str, verdict: Verdict, citations: &[u32]) -> Sentence {
    Sentence {
        text: text.into(),
        verdict,
        confidence: 0.9,
        citations: citations.into(),
        corrected: false,
        checked_by: None,
        lead: lead.into(),
    }
}

pub(crate) fn retrieved(searched: &str, passages: &[Passage]) -> Step {
    Step::Retrieved(Retrieval { searched: searched.into(), passages: passages.into(), elapsed_ms: 40 })
}

fn generator() -> GeneratorInfo {
    GeneratorInfo { name: "openai".into(), model: Some("qwen3:8b".into()), endpoint: None }
}

pub(crate) fn answered(sentences: Vec<Sentence>, citations: Vec<Citation>) -> Answer {
    Answer {
        text: String::new(),
        sentences,
        citations,
        conflicts: Vec::new(),
        untold: None,
        cut_short: false,
        generator: generator(),
        receipt: Receipt::default(),
        timings: Timings { search: 40, first_token: Some(600), total: 2140 },
    }
}

pub(crate) fn refusal(reason: &str, nearest: &[Passage]) -> Step {
    Step::Declined(Box::new(Refusal {
        reason: reason.into(),
        nearest: nearest.into(),
        generator: generator(),
        timings: Timings::default(),
    }))
}

pub(crate) fn failure(message: &str, hint: &str) -> Failure {
    Failure { kind: FailureKind::Endpoint, message: message.into(), hint: Some(hint.into()) }
}

/// Three passages about attention.
pub(crate) fn passages() -> Vec<Passage> {
    vec![
        passage(
            1,
            "ml/attention.md",
            (10, 14),
            &["Attention", "Variants"],
            "Grouped-query attention (GQA) lets several query heads share one key and value head.\nIt was proposed in 2023.\nThe cache shrinks by the size of a group.",
        ),
        passage(
            2,
            "ml/inference/kv-cache.md",
            (40, 41),
            &["Serving", "The key-value cache"],
            "With 8 groups the cache of a 70B model shrinks eightfold, at little cost in quality.",
        ),
        passage(3, "journal/2024-03.md", (7, 7), &["March"], "Read the GQA paper on the train."),
    ]
}

/// A whole answer about attention, step by step.
pub(crate) fn conversation() -> Vec<Step> {
    let found = passages();
    let first = citation(
        1,
        &found[0],
        (10, 10),
        "Grouped-query attention (GQA) lets several query heads share one key and value head.",
    );
    let second = citation(
        2,
        &found[1],
        (40, 40),
        "With 8 groups the cache of a 70B model shrinks eightfold, at little cost in quality.",
    );
    let sentences = vec![
        sentence(
            "",
            "Grouped-query attention lets several query heads share one key and value head.",
            Verdict::Supported,
            &[1],
        ),
        sentence(
            " ",
            "With eight groups the cache becomes **eight times smaller** and the quality stays the same.",
            Verdict::Partly,
            &[2],
        ),
        sentence("\n\n", "It is used by every recent model.", Verdict::Unsupported, &[]),
    ];
    vec![
        retrieved("What is GQA?", &found),
        Step::Delta("Grouped-query attention lets several query heads share one key".into()),
        Step::Delta(" and value head [1]. With eight groups the cache".into()),
        Step::Cited(first.clone()),
        Step::Sentence(sentences[0].clone()),
        Step::Delta(
            " becomes **eight times smaller** and the quality stays the same [2].\n\nIt is used by".into(),
        ),
        Step::Cited(second.clone()),
        Step::Sentence(sentences[1].clone()),
        Step::Delta(" every recent model.".into()),
        Step::Answered(Box::new(answered(sentences, vec![first, second]))),
    ]
}

/// The note that the first passage comes from.
pub(crate) fn note() -> String {
    let mut lines: Vec<String> = (1..=60).map(|n| format!("Line {n} of the note on attention.")).collect();
    lines[0] = "# Attention".into();
    lines[7] = "## Variants".into();
    lines[9] = "Grouped-query attention (GQA) lets several query heads share one key and value head.".into();
    lines[10] = "It was proposed in 2023.".into();
    lines[12] = "The cache shrinks by the size of a group.".into();
    lines.join("\n")
}
