//! The JSON that scripts read. Its shape is a contract: crates/app/schema holds it, and a test checks against it.

use answer::{Answer, GeneratorInfo, Passage, Refusal, Retrieval, Step, Timings};
use serde_json::{Value, json};

/// The version that every object carries.
const SCHEMA: u32 = 1;

/// `ask --json`, answered or cut short.
pub(crate) fn answer_json(question: &str, answer: &Answer, found: &[Passage], generation: u64) -> Value {
    json!({
        "schema": SCHEMA,
        "question": question,
        "status": if answer.cut_short { "cut_short" } else { "answered" },
        "answer": answer.text,
        "sentences": answer.sentences,
        "citations": answer.citations,
        "passages": passages(found),
        "conflicts": answer.conflicts,
        "untold": answer.untold,
        "generator": answer.generator,
        "receipt": answer.receipt,
        "timings_ms": answer.timings,
        "index": { "generation": generation },
    })
}

/// `ask --json` where the notes do not say.
pub(crate) fn refusal_json(question: &str, refusal: &Refusal, generation: u64) -> Value {
    let mut object = empty(
        question,
        "not_in_notes",
        &refusal.reason,
        &refusal.nearest,
        &refusal.generator,
        refusal.timings,
        generation,
    );
    object["nearest"] = json!(refusal.nearby(question));
    object
}

/// `ask --json` where nothing came of it.
pub(crate) fn failure_json(
    question: &str,
    why: &str,
    hint: Option<&str>,
    found: &[Passage],
    generation: u64,
) -> Value {
    let nobody = GeneratorInfo { name: String::new(), model: None, endpoint: None };
    let mut object = empty(question, "failed", why, found, &nobody, Timings::default(), generation);
    object["hint"] = json!(hint);
    object
}

fn empty(
    question: &str,
    status: &str,
    reason: &str,
    found: &[Passage],
    generator: &GeneratorInfo,
    timings: Timings,
    generation: u64,
) -> Value {
    json!({
        "schema": SCHEMA,
        "question": question,
        "status": status,
        "reason": reason,
        "answer": "",
        "sentences": [],
        "citations": [],
        "passages": passages(found),
        "conflicts": [],
        "generator": generator,
        "receipt": answer::Receipt::default(),
        "timings_ms": timings,
        "index": { "generation": generation },
    })
}

/// `search --json`. `searched` is the question, or what a follow-up was understood to mean.
pub(crate) fn passages_json(question: &str, searched: &str, found: &[Passage]) -> Value {
    let passages: Vec<Value> = found
        .iter()
        .map(|passage| {
            let mut object = passage_json(passage);
            object["dense"] = json!(passage.dense);
            object["lexical"] = json!(passage.lexical);
            object["coverage"] = json!(passage.coverage);
            object
        })
        .collect();
    json!({ "schema": SCHEMA, "question": question, "searched": searched, "passages": passages })
}

fn passages(found: &[Passage]) -> Vec<Value> {
    found.iter().map(passage_json).collect()
}

fn passage_json(passage: &Passage) -> Value {
    json!({
        "rank": passage.rank,
        "path": passage.path,
        "title": passage.title,
        "line_start": passage.lines.start,
        "line_end": passage.lines.end,
        "headings": passage.headings,
        "language": passage.language,
        "date": passage.date,
        "score": passage.score,
        "lead": passage.lead.as_ref().map(|lead| {
            json!({ "line_start": lead.lines.start, "line_end": lead.lines.end, "text": lead.text })
        }),
        "text": passage.text,
    })
}

/// One line of `ask --json-stream`: what happened, with a `type`. The last line is the object of `ask --json`, made by the
/// caller.
pub(crate) fn step_json(step: &Step) -> Option<Value> {
    let mut line = match step {
        Step::Retrieved(Retrieval { searched, passages: found, elapsed_ms }) => {
            json!({ "type": "retrieved", "searched": searched, "passages": passages(found), "elapsed_ms": elapsed_ms })
        }
        Step::Prompted { system, user } => json!({ "type": "prompt", "system": system, "user": user }),
        Step::Delta(text) => json!({ "type": "delta", "text": text }),
        Step::Thinking(text) => json!({ "type": "thinking", "text": text }),
        Step::Waiting(what) => json!({ "type": "waiting", "text": what }),
        Step::Warning(text) => json!({ "type": "warning", "text": text }),
        Step::Cited(citation) => json!({ "type": "citation", "citation": citation }),
        Step::Sentence(sentence) => json!({ "type": "sentence", "sentence": sentence }),
        Step::Declined(_) | Step::Answered(_) | Step::Failed { .. } => return None,
    };
    line["schema"] = json!(SCHEMA);
    Some(line)
}
