//! A cross-encoder that tells whether a passage says a claim: one made for natural language inference, which tells
//! entailment from other labels, or one with a single number.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use answer::{BoxFuture, Doubt, Entailment, EntailmentError};
use ort::session::Session as Network;
use ort::value::Tensor;
use serde_json::Value;
use tokenizers::{Tokenizer, TruncationParams};

use super::{Folder, MAX_LENGTH};
use crate::{ModelError, Runtime, RuntimeOptions};

/// What labels are called that mean that the one text follows from the other.
const ENTAILED: [&str; 7] =
    ["entailment", "entailed", "entails", "supported", "supports", "consistent", "yes"];
/// The inputs that a network may want: the tokens, which of them are any, and which are of the second text.
const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];

/// Opens the ONNX cross-encoder in a folder, with the files `model.onnx`, `config.json` and `tokenizer.json`. Which of its
/// labels is entailment is read from `id2label` in its configuration; with one label, its number is the log-odds. Fetches
/// ONNX Runtime when it is not there. Blocks.
///
/// # Errors
/// When ONNX Runtime is not to be had, a file is missing, or the model does not load or is made for something else.
pub fn open_entailment(
    folder: &Path,
    options: &RuntimeOptions,
    on_message: &mut dyn FnMut(&str),
) -> Result<Arc<dyn Entailment>, ModelError> {
    let shown = crate::words(&folder.display().to_string());
    let failed = |why: String| ModelError::Checker { name: shown.clone(), why: crate::words(&why) };
    let files = Folder(folder);
    let weights = files.weights().map_err(failed)?;
    let tokenizer = files.read("tokenizer.json").map_err(failed)?;
    let reads = files.read("config.json").and_then(|config| Reads::of(&config)).map_err(failed)?;
    let runtime = Runtime::load(&Runtime::ensure(options, on_message)?)?;
    let mut session = Session::open(&runtime, &weights, &tokenizer, reads).map_err(failed)?;
    // A network that gives something else than its configuration says is found out now, and not in an answer.
    session.likelihood("a", "a").map_err(failed)?;
    let name = folder.file_name().map_or(shown.clone(), |name| crate::words(&name.to_string_lossy()));
    Ok(Arc::new(InFolder { name, session: Arc::new(Mutex::new(session)) }))
}

struct InFolder {
    name: String,
    session: Arc<Mutex<Session>>,
}

impl Entailment for InFolder {
    fn name(&self) -> &str {
        &self.name
    }

    fn entails(&self, doubt: Doubt) -> BoxFuture<'_, Result<f32, EntailmentError>> {
        let session = Arc::clone(&self.session);
        Box::pin(async move {
            let read = move || {
                let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
                session.likelihood(&doubt.passage, &doubt.claim)
            };
            // Tens of milliseconds: not on the runtime's own threads.
            match tokio::task::spawn_blocking(read).await {
                Ok(read) => read.map_err(|why| EntailmentError::Failed(crate::words(&why))),
                Err(_) => Err(EntailmentError::Failed("it stopped unexpectedly".into())),
            }
        })
    }
}

/// How what a network gives is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// One number: log-odds.
    LogOdds,
    /// A number for each of so many labels, of which one is entailment.
    Label { entailed: usize, of: usize },
}

impl Reads {
    /// From the model's configuration.
    fn of(config: &[u8]) -> Result<Self, String> {
        let config: Value =
            serde_json::from_slice(config).map_err(|error| format!("config.json is no JSON: {error}"))?;
        let Some(labels) = config.get("id2label").and_then(Value::as_object).filter(|it| it.len() > 1) else {
            return Ok(Self::LogOdds);
        };
        let is_entailed =
            |label: &Value| label.as_str().is_some_and(|it| ENTAILED.contains(&it.to_lowercase().as_str()));
        let id = |(id, _): (&String, &Value)| id.parse::<usize>().ok().filter(|id| *id < labels.len());
        match labels.iter().find(|(_, label)| is_entailed(label)).and_then(id) {
            Some(entailed) => Ok(Self::Label { entailed, of: labels.len() }),
            None => {
                let names: Vec<&str> = labels.values().filter_map(Value::as_str).collect();
                Err(format!("none of its labels is `entailment`: {}", names.join(", ")))
            }
        }
    }

    /// The likelihood, 0 to 1.
    fn likelihood(self, given: &[f32]) -> Result<f32, String> {
        if given.iter().any(|x| !x.is_finite()) {
            return Err("it says nonsense".into());
        }
        match self {
            Self::LogOdds if given.len() == 1 => Ok(1.0 / (1.0 + (-given[0]).exp())),
            Self::Label { entailed, of } if given.len() == of => {
                let most = given.iter().copied().fold(f32::MIN, f32::max);
                let sum: f32 = given.iter().map(|x| (x - most).exp()).sum();
                Ok((given[entailed] - most).exp() / sum)
            }
            Self::LogOdds => {
                Err(format!("it gives {} numbers, and config.json names no labels", given.len()))
            }
            Self::Label { of, .. } => {
                Err(format!("it gives {} numbers for the {of} labels in config.json", given.len()))
            }
        }
    }
}

struct Session {
    network: Network,
    tokenizer: Tokenizer,
    reads: Reads,
}

impl Session {
    fn open(runtime: &Runtime, weights: &Path, tokenizer: &[u8], reads: Reads) -> Result<Self, String> {
        let network = runtime.session()?.commit_from_file(weights).map_err(|error| error.to_string())?;
        if let Some(other) = network.inputs().iter().find(|input| !INPUTS.contains(&input.name())) {
            return Err(format!("it wants an input `{}`", other.name()));
        }
        let mut tokenizer =
            Tokenizer::from_bytes(tokenizer).map_err(|error| format!("tokenizer.json: {error}"))?;
        let cut = TruncationParams { max_length: MAX_LENGTH, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|error| error.to_string())?;
        tokenizer.with_padding(None);
        Ok(Self { network, tokenizer, reads })
    }

    fn likelihood(&mut self, passage: &str, claim: &str) -> Result<f32, String> {
        let read = self.tokenizer.encode((passage, claim), true).map_err(|error| error.to_string())?;
        let tokens = [read.get_ids(), read.get_attention_mask(), read.get_type_ids()];
        let length = read.get_ids().len();
        let mut inputs = Vec::new();
        for (name, tokens) in INPUTS.into_iter().zip(tokens) {
            if self.network.inputs().iter().any(|input| input.name() == name) {
                let tokens: Vec<i64> = tokens.iter().copied().map(i64::from).collect();
                let tensor = Tensor::from_array(([1, length], tokens)).map_err(|error| error.to_string())?;
                inputs.push((name, tensor));
            }
        }
        let outputs = self.network.run(inputs).map_err(|error| error.to_string())?;
        let (_, output) = outputs.iter().next().ok_or("it says nothing")?;
        let (_, given) = output.try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
        self.reads.likelihood(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_from_the_configuration() {
        let check =
            |config: &str, expected: Result<Reads, &str>| match (Reads::of(config.as_bytes()), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{config}"),
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}: {config}"),
                (found, _) => panic!("{found:?}: {config}"),
            };
        let label = |entailed, of| Ok(Reads::Label { entailed, of });
        check(r#"{"id2label":{"0":"contradiction","1":"neutral","2":"entailment"}}"#, label(2, 3));
        check(r#"{"id2label":{"0":"ENTAILMENT","1":"NOT_ENTAILMENT"}}"#, label(0, 2));
        check(r#"{"id2label":{"0":"hallucinated","1":"consistent"}}"#, label(1, 2));
        check(r#"{"id2label":{"0":"LABEL_0"}}"#, Ok(Reads::LogOdds));
        check("{}", Ok(Reads::LogOdds));
        check(r#"{"id2label":{"0":"LABEL_0","1":"LABEL_1"}}"#, Err("LABEL_0, LABEL_1"));
        check(r#"{"id2label":{"0":"not_entailment","7":"entailment"}}"#, Err("none of its labels"));
        check("", Err("no JSON"));
    }

    #[test]
    fn numbers_become_a_likelihood() {
        let check = |reads: Reads, given: &[f32], expected: Option<f32>| {
            let found = reads.likelihood(given).ok();
            let alike = |(a, b): (f32, f32)| (a - b).abs() < 1e-3;
            assert!(found == expected || found.zip(expected).is_some_and(alike), "{found:?} {given:?}");
        };
        let label = Reads::Label { entailed: 1, of: 3 };
        check(Reads::LogOdds, &[0.0], Some(0.5));
        check(Reads::LogOdds, &[-100.0], Some(0.0));
        check(label, &[0.0, 0.0, 0.0], Some(0.3333));
        check(label, &[-3e30, 3e30, 0.0], Some(1.0));
        check(label, &[1.0, 2.0], None);
        check(label, &[1.0, f32::NAN, 2.0], None);
        check(Reads::LogOdds, &[1.0, 2.0, 3.0], None);
        check(Reads::LogOdds, &[], None);
    }
}
