//! What a server says when it does not answer, in whatever form it says it.

use serde_json::Value;

/// What a server says is wrong, taken from any of the forms servers put it in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Complaint {
    /// One line, fit to be shown; empty when there are no words.
    pub(crate) message: String,
    /// Its `type` and its `code`, for comparing only.
    codes: [String; 2],
    /// What the prompt took and what the model takes, in tokens, when the server counts them.
    pub(crate) tokens: Option<(u32, u32)>,
    /// It is a page for a browser.
    pub(crate) is_page: bool,
}

impl Complaint {
    /// Reads the body of a response: JSON, a page, or plain words.
    pub(crate) fn of(body: &[u8]) -> Self {
        if let Ok(json) = serde_json::from_slice(body) {
            return Self::of_json(&json);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            return Self { is_page: true, ..Self::default() };
        }
        Self { message: crate::words(text), ..Self::default() }
    }

    /// Reads `{"error": {"message", "type", "code", …}}`, `{"error": "…"}`, `{"message"}` or `{"detail"}`.
    pub(crate) fn of_json(json: &Value) -> Self {
        let error = json.get("error").filter(|error| !error.is_null()).unwrap_or(json);
        let text = |name: &str| -> String {
            match error.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            }
        };
        let words = match error {
            Value::String(words) => words.clone(),
            // `status`: what llama.cpp said while it loaded, before it had errors.
            _ => ["message", "detail", "status"]
                .map(text)
                .into_iter()
                .find(|t| !t.is_empty())
                .unwrap_or_default(),
        };
        let number = |name: &str| u32::try_from(error.get(name)?.as_u64()?).ok();
        Self {
            message: crate::words(&words),
            codes: [text("type"), text("code")],
            tokens: number("n_prompt_tokens").zip(number("n_ctx")),
            is_page: false,
        }
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own == code)
    }

    /// The prompt is longer than the model takes: llama.cpp and OpenAI have a code for it, others only words.
    pub(crate) fn is_overflow(&self) -> bool {
        let message = self.message.to_lowercase();
        self.has_code("exceed_context_size_error")
            || self.has_code("context_length_exceeded")
            || [
                "maximum context length",
                "context size",
                "context window",
                "context length exceeded",
                "exceeds the context",
                "exceeds maximum context",
                "prompt is too long",
            ]
            .iter()
            .any(|words| message.contains(words))
    }

    /// A text is longer than the embedding model takes.
    pub(crate) fn is_about_length(&self) -> bool {
        let message = self.message.to_lowercase();
        self.is_overflow()
            || ["too large to process", "input length exceeds", "too long", "maximum input length"]
                .iter()
                .any(|words| message.contains(words))
    }

    /// More texts came at once than the server takes.
    pub(crate) fn is_about_count(&self) -> bool {
        let message = self.message.to_lowercase();
        ["batch size", "too many inputs", "array length", "too many texts"]
            .iter()
            .any(|words| message.contains(words))
    }

    /// The server is there and its model is not ready yet.
    pub(crate) fn is_loading(&self) -> bool {
        self.message.to_lowercase().contains("loading")
    }

    /// The server does not take the setting of this name with this model.
    pub(crate) fn is_about(&self, setting: &str) -> bool {
        self.message.contains(setting)
    }

    /// The server has no such model.
    pub(crate) fn lacks_model(&self) -> bool {
        let message = self.message.to_lowercase();
        self.has_code("model_not_found")
            || message.split(|c: char| !c.is_alphanumeric()).any(|word| word == "model" || word == "models")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_complaints_are_read_too() {
        let check = |body: &str, expected: &str| assert_eq!(Complaint::of(body.as_bytes()).message, expected);
        check("plain words", "plain words");
        check(r#"{"error":{"message":"a"}}"#, "a");
        check(r#"{"error":"a"}"#, "a");
        check(r#"{"detail":"a"}"#, "a");
        check(r#"{"message":"a","error":null}"#, "a");
        check(r#"{"error":{"message":{"deep":1}}}"#, "");
        check("[]", "");
        check("", "");
        check("<html>", "");
        assert_eq!(Complaint::of(b"\xff\xfe").message, "\u{fffd}\u{fffd}");
    }
}
