//! An embedding model behind a server: Ollama, llama.cpp, or any that speaks OpenAI's dialect.

mod lift;

use std::collections::VecDeque;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use answer::{Failure, FailureKind, mask_secrets};
use index::{EmbedError, Embedder, TokenCounter};
use serde_json::{Value, json};
use tokenizers::Tokenizer;
use tokio::time::{Instant, sleep};

use self::lift::{UNRELATED, lift};
use super::bundled::TOKENIZER;
use crate::EndpointOptions;
use crate::endpoint::{Purpose, Refused, Server};
use crate::wire::{Wire, vectors};

/// Which embedding model at which server, and what it wants to read.
#[derive(Debug, Clone)]
pub struct ServedOptions {
    /// Where it is. The temperature and the window mean nothing here.
    pub endpoint: EndpointOptions,
    /// Stands before each question.
    pub question_prefix: String,
    /// Stands before each passage.
    pub passage_prefix: String,
    /// Asked ten times a second while the server is waited for: whether to give up.
    pub stopped: fn() -> bool,
}

/// An embedding model at a server that has not been asked yet.
#[derive(Debug)]
pub struct Served {
    server: Server,
    options: ServedOptions,
    /// The most texts in one request; less once the server has said so.
    most: AtomicUsize,
}

/// The most texts in one request, to begin with.
const MOST: usize = 32;
/// The most that is read of a response, in bytes: the vectors of [`MOST`] texts, and room to spare.
const MOST_OF_A_RESPONSE: usize = 16 << 20;
/// A text is not cut below this many bytes: a server that does not take so little takes nothing.
const SHORTEST: usize = 64;
/// How often a question is tried that came too soon after others, and the longest it waits in between.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_secs(5);

impl Served {
    /// Checks the options. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address is none, would carry notes in the clear, or the dialect has no embeddings.
    pub fn new(options: ServedOptions) -> Result<Self, Failure> {
        let wire = options.endpoint.wire;
        if wire.vectors_path().is_none() {
            return Err(Failure {
                kind: FailureKind::Endpoint,
                message: format!("the dialect {} has no embeddings", wire.name()),
                hint: Some("set `endpoint` under [embedding] to openai or ollama".into()),
            });
        }
        let server = Server::new(options.endpoint.clone(), Purpose::Vectors)?;
        Ok(Self { server, options, most: AtomicUsize::new(MOST) })
    }

    /// `https://host:port`: what a key and a consent are bound to.
    #[must_use]
    pub fn origin(&self) -> String {
        self.server.target.place.origin()
    }

    /// Whether texts leave this machine.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !self.server.target.place.is_local
    }

    /// Asks the server for the first vectors, and gives the model. Waits while the server loads it. Blocks.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or does not have the model.
    pub fn open(self) -> Result<Box<dyn Embedder>, EmbedError> {
        let prefix = &self.options.passage_prefix;
        let (told, probe) = self.block(async {
            let give_up = Instant::now() + self.options.endpoint.timeouts.loading;
            let probe = loop {
                match self.embed(UNRELATED.map(|text| self.outgoing(prefix, text)).into()).await {
                    Err(EmbedError::Server { again: Some(again), .. })
                        if Instant::now() + again < give_up =>
                    {
                        sleep(again).await;
                    }
                    outcome => break outcome?,
                }
            };
            Ok((self.told().await?, probe))
        })?;
        let lift = lift(&probe);
        let dimension = probe.first().map_or(0, Vec::len) + 1;
        let ServedOptions { question_prefix, passage_prefix, .. } = &self.options;
        let (wire, model) = (self.server.wire.name(), &self.server.target.model);
        let prefixes = format!("{}/{}", question_prefix.trim(), passage_prefix.trim());
        let id = crate::words(&format!("{wire} {model}{told} {dimension} {prefixes} +{lift:.2}"));
        Ok(Box::new(Ready { served: self, id, dimension, lift }))
    }

    /// What tells this model from another of the same name: a server of one model takes any name for it. Services
    /// elsewhere tell nothing but the name.
    async fn told(&self) -> Result<String, EmbedError> {
        if self.is_remote() {
            return Ok(String::new());
        }
        let path = if self.server.wire == Wire::Ollama { "/api/tags" } else { "/models" };
        match self.server.facts(self.server.target.place.beside(path), None).await {
            Ok(facts) => Ok(identity(&facts, &self.server.target.model)),
            // A server without such a list.
            Err(Failure { kind: FailureKind::Endpoint, .. }) => Ok(String::new()),
            Err(failure) => Err(failed(failure)),
        }
    }

    /// The vectors of texts, in as many requests as the server needs.
    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut made = Vec::with_capacity(texts.len());
        let mut left = VecDeque::from(texts);
        let mut most = MOST;
        while !left.is_empty() {
            let count = left.len().min(most).min(self.most.load(Ordering::Relaxed));
            let batch = &left.make_contiguous()[..count];
            match self.request(batch).await? {
                Reply::Vectors(vectors) => {
                    made.extend(vectors);
                    left.drain(..count);
                    most = MOST;
                }
                Reply::TooMany => self.most.store(count / 2, Ordering::Relaxed),
                Reply::TooLong(_) if count > 1 => most = 1,
                Reply::TooLong(failure) => match left.front_mut() {
                    Some(text) if text.len() > SHORTEST => shorten(text),
                    _ => return Err(failure),
                },
            }
        }
        Ok(made)
    }

    async fn request(&self, texts: &[String]) -> Result<Reply, EmbedError> {
        let Server { wire, target, .. } = &self.server;
        let url = target.place.url.clone();
        let body = wire.vectors_body(&target.model, texts);
        let Refused { status, complaint, next } = match self.server.post(url, &body).await.map_err(failed)? {
            Ok(response) => {
                let response = self.server.whole(response, MOST_OF_A_RESPONSE).await.map_err(failed)?;
                return vectors(&response, texts.len()).map(Reply::Vectors).map_err(|why| {
                    EmbedError::Server {
                        message: format!("the response of {} is of no use: {why}", target.place.shown),
                        hint: "see that `model` under [embedding] names an embedding model".into(),
                        again: None,
                    }
                });
            }
            Err(refused) => refused,
        };
        let refusal = || failed(target.refused(status, &complaint, next.as_deref()));
        match status {
            // Before what is said of lengths: a limit on requests may be told in the same words.
            429 | 503 | 529 => {
                let seconds = next.as_deref().and_then(|next| next.trim().parse().ok());
                let again = Some(Duration::from_secs(seconds.unwrap_or(1)));
                match refusal() {
                    EmbedError::Server { message, hint, .. } => {
                        Err(EmbedError::Server { message, hint, again })
                    }
                    other => Err(other),
                }
            }
            400..=599 if texts.len() > 1 && complaint.is_about_count() => Ok(Reply::TooMany),
            400..=599 if complaint.is_about_length() => Ok(Reply::TooLong(refusal())),
            404 if complaint.lacks_model() => {
                let there = self.server.models().await.unwrap_or_default();
                Err(failed(target.no_such_model(&complaint, &there)))
            }
            501 => Err(EmbedError::Server {
                message: format!("{} gives no embeddings (501)", target.place.shown),
                hint: "start the server with an embedding model (llama.cpp: `--embeddings`)".into(),
                again: None,
            }),
            _ => Err(refusal()),
        }
    }

    /// Waits for `work` on a thread of its own, so that any thread may ask for vectors, those of a runtime too.
    fn block<T: Send>(
        &self,
        work: impl Future<Output = Result<T, EmbedError>> + Send,
    ) -> Result<T, EmbedError> {
        const LOOK: Duration = Duration::from_millis(100);
        let stopped = self.options.stopped;
        let until_stopped = async {
            tokio::pin!(work);
            loop {
                tokio::select! {
                    done = &mut work => return done,
                    () = sleep(LOOK) => if stopped() {
                        return Err(EmbedError::Failed("interrupted".into()));
                    },
                }
            }
        };
        let on_thread = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| EmbedError::Failed(error.to_string()))?;
            runtime.block_on(until_stopped)
        };
        let joined = std::thread::scope(|scope| scope.spawn(on_thread).join());
        joined.unwrap_or_else(|_| Err(EmbedError::Failed("a background task stopped unexpectedly".into())))
    }

    /// A text as it is sent, its secrets masked where it leaves the machine.
    fn outgoing(&self, prefix: &str, text: &str) -> String {
        let text = if self.is_remote() { mask_secrets(text).0 } else { text.to_owned() };
        format!("{prefix}{text}")
    }
}

/// What came of a request.
enum Reply {
    Vectors(Vec<Vec<f32>>),
    /// Fewer texts at a time would do.
    TooMany,
    /// A text is longer than the model takes.
    TooLong(EmbedError),
}

/// Takes a quarter off the end.
fn shorten(text: &mut String) {
    text.truncate(text.floor_char_boundary(text.len() / 4 * 3));
}

fn failed(failure: Failure) -> EmbedError {
    let Failure { message, hint, .. } = failure;
    EmbedError::Server { message, hint: hint.unwrap_or_default(), again: None }
}

/// The digest of the model in Ollama's list, or its size in llama.cpp's.
fn identity(facts: &Value, model: &str) -> String {
    let list = |name| facts.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_it = |entry: &&Value| {
        let name = ["id", "name"].iter().find_map(|key| entry.get(key)?.as_str()).unwrap_or_default();
        name == model || name.strip_suffix(":latest") == Some(model)
    };
    // Some servers list the same models under both names, and say more of them in one.
    let entries = || list("data").iter().chain(list("models"));
    let digest = entries().filter(is_it).find_map(|entry| entry.get("digest")?.as_str());
    let only = (list("data").len() == 1).then(|| &list("data")[0]);
    let meta = entries().find(is_it).or(only).and_then(|entry| entry.get("meta"));
    match (digest, meta) {
        (Some(digest), _) => format!("@{}", digest.chars().take(12).collect::<String>()),
        (None, Some(meta)) => {
            let number = |key| meta.get(key).unwrap_or(&json!(0)).to_string();
            format!("@{}/{}", number("n_params"), number("size"))
        }
        (None, None) => String::new(),
    }
}

/// A served model whose vectors are known in length.
struct Ready {
    served: Served,
    id: String,
    /// Of the vectors with their [`lift`].
    dimension: usize,
    lift: f32,
}

impl Ready {
    fn lifted(&self, vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, EmbedError> {
        if let Some(odd) = vectors.iter().find(|vector| vector.len() + 1 != self.dimension) {
            return Err(EmbedError::Failed(format!(
                "vectors of {} numbers came first, and now one of {}: the server has changed its model",
                self.dimension - 1,
                odd.len()
            )));
        }
        let (first, rest) = (self.lift.sqrt(), (1.0 - self.lift).sqrt());
        let lifted =
            |vector: Vec<f32>| std::iter::once(first).chain(vector.into_iter().map(|x| x * rest)).collect();
        Ok(vectors.into_iter().map(lifted).collect())
    }
}

impl TokenCounter for Ready {
    /// Tokens of the bundled model's tokenizer: what the server's own counts nobody tells.
    fn count(&self, text: &str) -> usize {
        static BUNDLED: LazyLock<Option<Tokenizer>> = LazyLock::new(|| Tokenizer::from_bytes(TOKENIZER).ok());
        let counted = BUNDLED.as_ref().and_then(|tokenizer| tokenizer.encode_fast(text, false).ok());
        // A token a byte is the safe estimate: chunks become small, never too large.
        counted.map_or(text.len(), |encoding| encoding.len())
    }
}

impl Embedder for Ready {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn is_remote(&self) -> bool {
        self.served.is_remote()
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let prefix = &self.served.options.passage_prefix;
        let texts = texts.iter().map(|text| self.served.outgoing(prefix, text)).collect();
        self.lifted(self.served.block(self.served.embed(texts))?)
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        let text = self.served.outgoing(&self.served.options.question_prefix, question);
        let vectors = self.served.block(async {
            for _ in 1..TRIES {
                match self.served.embed(vec![text.clone()]).await {
                    Err(EmbedError::Server { again: Some(again), .. }) if again <= PAUSE => {
                        sleep(again).await;
                    }
                    outcome => return outcome,
                }
            }
            self.served.embed(vec![text]).await
        });
        let vector = self.lifted(vectors?)?.pop();
        vector.ok_or_else(|| EmbedError::Failed("no vector".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, Timeouts};

    #[test]
    fn secrets_stay_where_texts_leave() {
        let secret = ["hunter", "2x9"].concat();
        let text = format!("Password: {secret}");
        let outgoing = |url: &str| {
            let endpoint = EndpointOptions {
                wire: Wire::OpenAi,
                url: url.into(),
                model: "m".into(),
                api_key: Some(Secret::new("k-77e0")),
                temperature: None,
                window: None,
                allow_http: false,
                timeouts: Timeouts::default(),
            };
            let (question_prefix, passage_prefix) = (String::new(), "p: ".to_owned());
            let served = ServedOptions { endpoint, question_prefix, passage_prefix, stopped: || false };
            let served = Served::new(served).unwrap();
            assert!(!format!("{served:?}").contains("k-77e0"));
            (served.is_remote(), served.outgoing("p: ", &text))
        };
        assert_eq!(outgoing("http://127.0.0.1:1"), (false, format!("p: {text}")));
        let (remote, sent) = outgoing("https://notes.example");
        assert!(remote && sent.starts_with("p: Password: ") && !sent.contains(&secret), "{sent}");
    }

    #[test]
    fn a_model_is_told_from_another_of_the_same_name() {
        let check = |facts: Value, model: &str, expected: &str| {
            assert_eq!(identity(&facts, model), expected, "{facts}");
        };
        let ollama =
            json!({"models":[{"name":"a:latest","digest":"0123456789abcdef"},{"name":"b","digest":"ff"}]});
        check(ollama.clone(), "a", "@0123456789ab");
        check(ollama.clone(), "b", "@ff");
        check(ollama, "c", "");
        let llama = json!({"data":[{"id":"/models/x.gguf","meta":{"n_params":134515008,"size":98273}}]});
        check(llama, "whatever", "@134515008/98273");
        check(json!({"data":[{"id":"a"},{"id":"b"}]}), "a", "");
        check(json!("<html>"), "a", "");
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        let mut text = "字".repeat(40);
        shorten(&mut text);
        assert_eq!(text, "字".repeat(30));
        let mut text = "ab字".to_owned();
        shorten(&mut text);
        assert_eq!(text, "ab");
    }
}
