//! A question that is answered by yes or no: how it is asked in each dialect, and how likely the answer says yes. Pure.

use answer::{Delta, EntailmentError};
use serde_json::{Value, json};

use super::{Reader, Wire};

/// What a word alone says, where no likelihood stands beside it.
const WORD: f32 = 0.85;
/// From this part of the first word's likelihood on, yes and no together, it is read by its likelihoods.
const SPOKEN: f32 = 0.5;
/// How many of the likeliest first words are asked for.
const ALTERNATIVES: u32 = 10;

impl Wire {
    /// What is posted for a prompt, changed so that the answer comes whole; with `more`, so that the likeliest first words
    /// come along, and no thoughts do: not every server knows these words.
    pub(crate) fn at_once(self, mut body: Value, more: bool) -> Value {
        body["stream"] = json!(false);
        if let Some(fields) = body.as_object_mut() {
            fields.remove("stream_options");
        }
        if more && self != Self::Anthropic {
            body["logprobs"] = json!(true);
            body["top_logprobs"] = json!(ALTERNATIVES);
        }
        if more && self == Self::Ollama {
            body["think"] = json!(false);
        }
        body
    }

    /// How likely a whole response says yes, 0 to 1.
    ///
    /// # Errors
    /// When the server complains, or says neither yes nor no.
    pub(crate) fn likelihood_of_yes(self, response: &Value) -> Result<f32, EntailmentError> {
        if let Some(likelihood) = weighed(response) {
            return Ok(likelihood);
        }
        let mut reader = Reader::new(self, "application/json");
        let read = reader.feed(response.to_string().as_bytes()).and_then(|()| reader.finish());
        let said: String = reader
            .take()
            .into_iter()
            .filter_map(|delta| if let Delta::Text(text) = delta { Some(text) } else { None })
            .collect();
        match (says_yes(&said), read) {
            (Some(yes), _) => Ok(if yes { WORD } else { 1.0 - WORD }),
            (None, Err(super::Broken::Complaint(complaint))) => {
                Err(EntailmentError::Failed(complaint.message))
            }
            (None, Err(super::Broken::Empty { thought: true, .. })) => {
                Err(EntailmentError::Unclear("… (it thinks first, and has no room for it)".into()))
            }
            (None, _) => Err(EntailmentError::Unclear(crate::words(&said))),
        }
    }
}

/// The likelihood by the first word's likelihoods: `choices[0].logprobs.content[0].top_logprobs`, or Ollama's
/// `logprobs[0].top_logprobs`.
fn weighed(response: &Value) -> Option<f32> {
    let words = response
        .pointer("/choices/0/logprobs/content/0/top_logprobs")
        .or_else(|| response.pointer("/logprobs/0/top_logprobs"))?
        .as_array()?;
    let (mut yes, mut no) = (0.0, 0.0);
    for word in words {
        let likelihood = word.get("logprob")?.as_f64()?.exp();
        match word.get("token").and_then(Value::as_str).and_then(says_yes) {
            Some(true) => yes += likelihood,
            Some(false) => no += likelihood,
            None => {}
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "at most 1")]
    let (likelihood, spoken) = ((yes / (yes + no)) as f32, (yes + no) as f32);
    (spoken >= SPOKEN && likelihood.is_finite()).then_some(likelihood)
}

/// Whether a text begins with yes or with no; none when with neither.
fn says_yes(text: &str) -> Option<bool> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    match (word.as_str(), text.chars().next()) {
        ("yes", _) | (_, Some('是' | '对')) => Some(true),
        ("no", _) | (_, Some('否' | '不' | '没')) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_what_counts() {
        let check = |text: &str, expected: Option<bool>| assert_eq!(says_yes(text), expected, "{text}");
        check("yes", Some(true));
        check(" **Yes**, it does.", Some(true));
        check("NO.", Some(false));
        check("是的", Some(true));
        check("不是", Some(false));
        check("没有", Some(false));
        check("maybe", None);
        check("not sure", None);
        check("nothing says yes", None);
        check("", None);
    }

    #[test]
    fn a_response_is_read_in_each_dialect() {
        let check = |wire: Wire, response: Value, expected: Result<f32, &str>| match (
            wire.likelihood_of_yes(&response),
            expected,
        ) {
            (Ok(found), Ok(expected)) => assert!((found - expected).abs() < 1e-3, "{found}: {response}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}: {response}"),
            (found, _) => panic!("{found:?}: {response}"),
        };
        let openai =
            |text: &str| json!({ "choices": [{ "message": { "content": text }, "finish_reason": "stop" }] });
        check(Wire::OpenAi, openai("Yes."), Ok(WORD));
        check(Wire::OpenAi, openai("<think>no, wait</think>yes"), Ok(WORD));
        check(Wire::OpenAi, openai("no"), Ok(1.0 - WORD));
        check(Wire::OpenAi, openai("maybe"), Err("but `maybe`"));
        check(Wire::OpenAi, openai("<think>let me see"), Err("thinks first"));
        check(Wire::OpenAi, openai(""), Err("neither"));
        check(Wire::OpenAi, json!([]), Err("neither"));
        check(Wire::OpenAi, json!({ "error": { "message": "out of memory" } }), Err("out of memory"));
        check(Wire::Ollama, json!({ "message": { "content": "是" }, "done": true }), Ok(WORD));
        check(
            Wire::Anthropic,
            json!({ "type": "message", "content": [{ "type": "text", "text": "No" }], "stop_reason": "end_turn" }),
            Ok(1.0 - WORD),
        );
        let top = |words: &[(&str, f64)]| -> Value {
            words.iter().map(|(token, logprob)| json!({ "token": token, "logprob": logprob })).collect()
        };
        let mut response = openai("yes");
        let likely = top(&[("yes", (0.6_f64).ln()), (" No", (0.2_f64).ln()), ("I", (0.1_f64).ln())]);
        response["choices"][0]["logprobs"] = json!({ "content": [{ "top_logprobs": likely }] });
        check(Wire::OpenAi, response.clone(), Ok(0.75));
        // Where it begins with something else the word counts, and where likelihoods are none, too.
        for words in [top(&[("<think>", 0.0), ("yes", -20.0)]), top(&[]), json!([{ "token": "yes" }])] {
            response["choices"][0]["logprobs"]["content"][0]["top_logprobs"] = words;
            check(Wire::OpenAi, response.clone(), Ok(WORD));
        }
        let ollama =
            json!({ "message": { "content": "no" }, "done": true, "logprobs": [{ "top_logprobs": likely }] });
        check(Wire::Ollama, ollama, Ok(0.75));
    }

    #[test]
    fn it_is_asked_without_a_stream() {
        let prompt = answer::Prompt { user: "?".into(), max_tokens: 8, ..answer::Prompt::default() };
        for wire in Wire::ALL {
            let ask =
                super::super::Ask { model: "m", temperature: Some(0.0), window: None, new_limit_name: false };
            let body = wire.at_once(wire.body(&prompt, &ask), true);
            assert_eq!(body["stream"], false, "{body}");
            assert!(body.get("stream_options").is_none(), "{body}");
            assert_eq!(body.get("top_logprobs").is_some(), wire != Wire::Anthropic, "{body}");
            let plain = wire.at_once(wire.body(&prompt, &ask), false);
            assert!(plain.get("logprobs").is_none() && plain.get("think").is_none(), "{plain}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in r#"[\{\}\[\]a-z":,0-9 ]{0,60}"#) {
            if let Ok(response) = serde_json::from_str(&text) {
                let _ = Wire::OpenAi.likelihood_of_yes(&response);
            }
        }
    }
}
