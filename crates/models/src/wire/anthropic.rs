//! `messages` of Anthropic: events that open, fill and close blocks of content.

use answer::Prompt;
use serde_json::{Value, json};

use super::reader::tokens;
use super::told::Told;
use super::{Ask, Broken};

/// What is posted.
pub(super) fn body(prompt: &Prompt, ask: &Ask<'_>) -> Value {
    let mut body = json!({
        "model": ask.model,
        "system": prompt.system,
        "messages": [{ "role": "user", "content": prompt.user }],
        "stream": true,
        "max_tokens": prompt.max_tokens,
    });
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    body
}

/// Reads one event. Kinds that are not known, `ping` among them, say nothing.
pub(super) fn event(event: &Value, told: &mut Told) -> Result<(), Broken> {
    match event.get("type").and_then(Value::as_str).unwrap_or_default() {
        "message_start" => {
            told.prompt_tokens = event.get("message").and_then(|it| it.get("usage")).and_then(prompt_tokens);
        }
        "content_block_start" => block(event.get("content_block"), told),
        "content_block_delta" => block(event.get("delta"), told),
        "message_delta" => {
            let usage = event.get("usage").unwrap_or(&Value::Null);
            let ended = ended(event.get("delta").and_then(|delta| delta.get("stop_reason")), told);
            // A count of nothing is a server's way of not telling it again.
            let prompt = prompt_tokens(usage).filter(|&tokens| tokens > 0);
            told.count(prompt, tokens(usage, "output_tokens"));
            return ended;
        }
        "message_stop" => told.done = true,
        // A server that does not stream.
        "message" => {
            let blocks = event.get("content").and_then(Value::as_array);
            blocks.into_iter().flatten().for_each(|it| block(Some(it), told));
            let ended = ended(event.get("stop_reason"), told);
            let usage = event.get("usage").unwrap_or(&Value::Null);
            told.count(prompt_tokens(usage), tokens(usage, "output_tokens"));
            return ended;
        }
        _ => {}
    }
    Ok(())
}

/// A block of content, or a piece of one.
fn block(block: Option<&Value>, told: &mut Told) {
    let field = |name| block.and_then(|block| block.get(name)).and_then(Value::as_str).unwrap_or_default();
    told.think(field("thinking"));
    told.text(field("text"));
}

fn ended(reason: Option<&Value>, told: &mut Told) -> Result<(), Broken> {
    match reason.and_then(Value::as_str) {
        None | Some("") => Ok(()),
        Some("refusal") => {
            told.stop(false);
            Err(Broken::Filtered)
        }
        Some(reason) => {
            told.stop(matches!(reason, "max_tokens" | "model_context_window_exceeded"));
            Ok(())
        }
    }
}

/// What the prompt took, the part that was read from a cache included.
fn prompt_tokens(usage: &Value) -> Option<u32> {
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"];
    let cached: u32 = cached.iter().filter_map(|name| tokens(usage, name)).fold(0, u32::saturating_add);
    tokens(usage, "input_tokens").map(|fresh| fresh.saturating_add(cached))
}
