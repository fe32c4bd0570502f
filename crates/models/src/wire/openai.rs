//! `chat/completions` of OpenAI, as the many servers speak it.

use answer::Prompt;
use serde_json::{Value, json};

use super::reader::tokens;
use super::told::Told;
use super::{Ask, Broken};

/// What is posted.
pub(super) fn body(prompt: &Prompt, ask: &Ask<'_>) -> Value {
    let limit = if ask.new_limit_name { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": ask.model,
        "messages": [
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": prompt.user },
        ],
        "stream": true,
        "stream_options": { "include_usage": true },
        limit: prompt.max_tokens,
    });
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    body
}

/// Reads one event.
pub(super) fn event(chunk: &Value, told: &mut Told) -> Result<(), Broken> {
    // Absent in the chunk that carries the count, whose list of choices is empty.
    let choices = chunk.get("choices").and_then(Value::as_array);
    let choice = choices.into_iter().flatten().find(|choice| choice.get("index").is_none_or(|n| *n == 0));
    if let Some(choice) = choice {
        // A server that does not stream sends one `message` instead.
        let delta = choice.get("delta").filter(|delta| delta.is_object()).or(choice.get("message"));
        if let Some(delta) = delta {
            self::delta(delta, told);
        }
        match choice.get("finish_reason").and_then(Value::as_str) {
            None | Some("") => {}
            Some("content_filter") => {
                told.stop(false);
                return Err(Broken::Filtered);
            }
            Some(reason) => told.stop(reason == "length"),
        }
    }
    if let Some(usage) = chunk.get("usage") {
        told.count(tokens(usage, "prompt_tokens"), tokens(usage, "completion_tokens"));
    }
    Ok(())
}

fn delta(delta: &Value, told: &mut Told) {
    told.think(thought(delta).unwrap_or_default());
    match delta.get("content") {
        Some(Value::String(text)) => told.text(text),
        // Content in parts: `[{"type": "text", "text": "…"}]`.
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).for_each(|text| told.text(text));
        }
        _ => {}
    }
}

/// Three names for one thing; a server that uses two of them says the same in both.
pub(super) fn thought(delta: &Value) -> Option<&str> {
    ["reasoning_content", "reasoning", "thinking"]
        .iter()
        .filter_map(|name| delta.get(name)?.as_str())
        .find(|text| !text.is_empty())
}
