//! What a server says about its models: which there are, and how much the one in use takes.

use answer::Failure;
use serde_json::{Value, json};

use super::http::Server;
use crate::wire::Wire;

/// The context window that Ollama is asked for where nobody set one: room for the passages of a question and an
/// answer, at a bearable cost in memory. Its own default is smaller than some prompts.
const OLLAMA: u32 = 8192;

/// What Anthropic's own models take at least, where its service does not tell: far more than any question's passages.
const ANTHROPIC: u32 = 128_000;

impl Server {
    /// The context window in tokens: what the user set, and no more than the server says. Learned once.
    pub(super) async fn window(&self) -> Option<u32> {
        let learn = || async {
            let learned = self.learn().await;
            match (self.wire, self.set_window, learned) {
                (Wire::Ollama, None, learned) => Some(learned.unwrap_or(OLLAMA).min(OLLAMA)),
                (_, Some(set), Some(learned)) => Some(set.min(learned)),
                (Wire::Anthropic, None, None) if !self.target.place.is_local => Some(ANTHROPIC),
                (_, set, learned) => set.or(learned),
            }
            .ok_or(())
        };
        self.window.get_or_try_init(learn).await.ok().copied()
    }

    /// The names of the models there are.
    pub(crate) async fn models(&self) -> Result<Vec<String>, Failure> {
        let path = if self.wire == Wire::Ollama { "/api/tags" } else { "/models" };
        self.facts(self.target.place.beside(path), None).await.map(|facts| models(&facts))
    }

    async fn learn(&self) -> Option<u32> {
        let place = &self.target.place;
        if self.wire == Wire::Ollama {
            let body = json!({ "model": self.target.model });
            return self.facts(place.beside("/api/show"), Some(body)).await.ok().as_ref().and_then(shown);
        }
        // What llama.cpp says of itself; other servers, and services, tell with the list of their models.
        if place.is_local
            && let Ok(props) = self.facts(place.above("/props"), None).await
            && let Some(window) = size(props.get("default_generation_settings"), &["n_ctx"])
        {
            return Some(window);
        }
        let facts = self.facts(place.beside("/models"), None).await.ok()?;
        listed(&facts, &self.target.model)
    }
}

/// The names in a list of models, OpenAI's or Ollama's.
fn models(facts: &Value) -> Vec<String> {
    let list = facts.get("data").or(facts.get("models")).and_then(Value::as_array);
    let name =
        |model: &Value| ["id", "name"].iter().find_map(|key| model.get(key)?.as_str()).map(str::to_owned);
    list.into_iter().flatten().filter_map(name).collect()
}

/// The window of one model in a list of them.
fn listed(facts: &Value, model: &str) -> Option<u32> {
    let list = facts.get("data").and_then(Value::as_array)?;
    let model = list.iter().find(|listed| listed.get("id").is_some_and(|id| *id == model))?;
    size(
        Some(model),
        &[
            "max_model_len",
            "context_length",
            "loaded_context_length",
            "max_context_length",
            "max_input_tokens",
        ],
    )
}

/// The window in what Ollama shows of a model: `"llama.context_length"`.
fn shown(facts: &Value) -> Option<u32> {
    let info = facts.get("model_info")?.as_object()?;
    let (_, length) = info.iter().find(|(name, _)| name.ends_with(".context_length"))?;
    u32::try_from(length.as_u64()?).ok()
}

fn size(facts: Option<&Value>, names: &[&str]) -> Option<u32> {
    let facts = facts?;
    let found = names.iter().find_map(|name| facts.get(name)?.as_u64()).filter(|&size| size > 0)?;
    u32::try_from(found).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_it_in_their_own_ways() {
        let check = |facts: Value, window| assert_eq!(listed(&facts, "m"), window, "{facts}");
        check(json!({"data":[{"id":"other","max_model_len":1},{"id":"m","max_model_len":4096}]}), Some(4096));
        check(json!({"data":[{"id":"m","context_length":131072}]}), Some(131_072));
        check(json!({"data":[{"id":"m","max_input_tokens":200000}]}), Some(200_000));
        check(json!({"data":[{"id":"m"}]}), None);
        check(json!({"data":[{"id":"m","context_length":0}]}), None);
        check(json!({"data":[{"id":"m","context_length":-1}]}), None);
        check(json!({"data":"m"}), None);
        assert_eq!(shown(&json!({"model_info":{"qwen3.context_length":40960}})), Some(40960));
        assert_eq!(shown(&json!({"model_info":{}})), None);
    }

    #[tokio::test]
    async fn where_nobody_tells_the_dialect_does() {
        let check = async |wire, url: &str, set, expected| {
            let options = crate::EndpointOptions {
                wire,
                url: url.into(),
                model: "m".into(),
                api_key: None,
                temperature: None,
                window: set,
                allow_http: true,
                timeouts: crate::Timeouts::default(),
            };
            let server = Server::new(options, crate::endpoint::Purpose::Drafts).unwrap();
            assert_eq!(server.window().await, expected, "{wire:?} {url}");
        };
        // Nobody is at either address.
        let (here, away) = ("http://127.0.0.1:9", "http://nowhere.invalid:9");
        check(Wire::Anthropic, away, None, Some(ANTHROPIC)).await;
        check(Wire::Anthropic, away, Some(50_000), Some(50_000)).await;
        check(Wire::Anthropic, here, None, None).await;
        check(Wire::OpenAi, away, None, None).await;
        check(Wire::Ollama, here, None, Some(OLLAMA)).await;
        check(Wire::Ollama, here, Some(32_768), Some(32_768)).await;
    }

    #[test]
    fn models_are_named() {
        let check = |facts: Value, names: &[&str]| assert_eq!(models(&facts), names, "{facts}");
        check(json!({"data":[{"id":"a"},{"id":"b"}]}), &["a", "b"]);
        check(json!({"models":[{"name":"qwen3:8b","model":"qwen3:8b"}]}), &["qwen3:8b"]);
        check(json!({"models":7}), &[]);
        check(json!("<html>"), &[]);
    }
}
