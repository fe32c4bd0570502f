//! Ollama's `/api/chat`: a JSON text a line.

use answer::Prompt;
use serde_json::{Value, json};

use super::openai::thought;
use super::reader::tokens;
use super::told::Told;
use super::{Ask, Broken};

/// What is posted. `truncate` and `shift`: a prompt that does not fit is to be refused, not cut in silence; servers
/// too old to know them pass them over.
pub(super) fn body(prompt: &Prompt, ask: &Ask<'_>) -> Value {
    let mut options = json!({ "num_predict": prompt.max_tokens });
    if let Some(window) = ask.window {
        options["num_ctx"] = json!(window);
    }
    if let Some(temperature) = ask.temperature {
        options["temperature"] = json!(temperature);
    }
    json!({
        "model": ask.model,
        "messages": [
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": prompt.user },
        ],
        "stream": true,
        "truncate": false,
        "shift": false,
        "options": options,
    })
}

/// Reads one line.
pub(super) fn event(line: &Value, told: &mut Told) -> Result<(), Broken> {
    if let Some(message) = line.get("message") {
        told.think(thought(message).unwrap_or_default());
        told.text(message.get("content").and_then(Value::as_str).unwrap_or_default());
    }
    if line.get("done").and_then(Value::as_bool).unwrap_or(false) {
        told.stop(line.get("done_reason").is_some_and(|reason| *reason == "length"));
        told.count(tokens(line, "prompt_eval_count"), tokens(line, "eval_count"));
        told.done = true;
    }
    Ok(())
}
