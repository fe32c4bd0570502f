//! Model servers that say what they are told to, and remember what they heard.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// `POST /v1/chat/completions`
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What comes back: these bytes; then the connection is closed, or held open in silence.
pub(crate) struct Reply {
    bytes: Vec<u8>,
    stalls: bool,
}

impl Reply {
    /// A whole response.
    pub(crate) fn whole(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        Self { bytes: (head + body).into_bytes(), stalls: false }
    }

    /// A response without a length, as streams have it.
    pub(crate) fn stream(body: &str) -> Self {
        let head = "HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        Self { bytes: format!("{head}{body}").into_bytes(), stalls: false }
    }

    /// The same, and then nothing more.
    pub(crate) fn and_stalls(self) -> Self {
        Self { stalls: true, ..self }
    }
}

/// A server on loopback, or, where it is to look remote, on another address of this machine.
pub(crate) struct Fake {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Fake {
    /// Asks `reply` what to say to each request; its number counts from 0.
    pub(crate) fn new(reply: impl Fn(usize, &Heard) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (ears, reply) = (Arc::clone(&heard), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (ears, reply) = (Arc::clone(&ears), Arc::clone(&reply));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let request = read(&mut stream).unwrap_or_else(|| Heard {
                        line: "nothing".into(),
                        head: String::new(),
                        body: String::new(),
                    });
                    let number = {
                        let mut ears = ears.lock().unwrap();
                        ears.push(request.clone());
                        ears.len() - 1
                    };
                    let Reply { bytes, stalls } = reply(number, &request);
                    let _ = stream.write_all(&bytes);
                    if stalls {
                        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                        let _ = stream.read(&mut [0]);
                    }
                });
            }
        });
        Self { port, heard }
    }

    /// One that nobody should ask for anything.
    pub(crate) fn unasked() -> Self {
        Self::new(|_, _| Reply::whole(404, "", ""))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All connections so far, in order.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The requests that post something.
    pub(crate) fn posts(&self) -> Vec<Heard> {
        self.heard().into_iter().filter(|heard| heard.line.starts_with("POST")).collect()
    }
}

fn read(stream: &mut TcpStream) -> Option<Heard> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(Ok(0), str::parse).ok()?];
    stream.read_exact(&mut body).ok()?;
    let line = head.split(" HTTP/").next()?.to_owned();
    Some(Heard { line, head, body: String::from_utf8(body).ok()? })
}

/// An embedding server: texts that share words are near each other. Makes the binary quick to start, too.
pub(crate) fn embeddings() -> Fake {
    Fake::new(|_, heard| {
        if !heard.line.starts_with("POST") {
            return Reply::whole(404, "", "");
        }
        let texts: Vec<String> = serde_json::from_value(heard.json()["input"].clone()).unwrap_or_default();
        let entry = |(at, text): (usize, &String)| json!({ "index": at, "embedding": words(text) });
        let data: Vec<Value> = texts.iter().enumerate().map(entry).collect();
        Reply::whole(200, "content-type: application/json\r\n", &json!({ "data": data }).to_string())
    })
}

/// Words, and pairs of Han characters, counted in 256 buckets. Texts that share none have a cosine of 0.78, as with
/// the bundled model, on which the program is calibrated: so nothing is made of it.
fn words(text: &str) -> Vec<f32> {
    let mut counts = vec![0.0_f32; 256];
    let mut count = |word: &str| {
        let hash = word.bytes().fold(5381_usize, |hash, byte| hash.wrapping_mul(33) ^ usize::from(byte));
        counts[1 + hash % 255] += 1.0;
    };
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 1).for_each(&mut count);
    let chars: Vec<char> = lower.chars().collect();
    let pairs = chars.windows(2).filter(|pair| pair.iter().all(|c| !c.is_ascii()));
    pairs.for_each(|pair| count(&pair.iter().collect::<String>()));
    let length = counts.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
    counts[0] = (0.78_f32 / 0.22).sqrt() * length;
    counts
}

/// A dialect, as far as these tests speak it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect(pub(crate) &'static str);

impl Dialect {
    pub(crate) const ALL: [Self; 3] = [Self("openai"), Self("ollama"), Self("anthropic")];

    /// A piece of a draft.
    pub(crate) fn text(self, text: &str) -> String {
        let text = Value::from(text);
        match self.0 {
            "ollama" => format!("{{\"message\":{{\"content\":{text}}},\"done\":false}}\n"),
            "anthropic" => {
                format!("data: {{\"type\":\"content_block_delta\",\"delta\":{{\"text\":{text}}}}}\n\n")
            }
            _ => format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{text}}}}}]}}\n\n"),
        }
    }

    /// The end of a draft; `cut`: because of the limit on its length.
    pub(crate) fn end(self, cut: bool) -> String {
        match self.0 {
            "ollama" => {
                format!("{{\"done\":true,\"done_reason\":\"{}\"}}\n", if cut { "length" } else { "stop" })
            }
            "anthropic" => format!(
                "data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"{}\"}}}}\n\ndata: {{\"type\":\"message_stop\"}}\n\n",
                if cut { "max_tokens" } else { "end_turn" }
            ),
            _ => format!(
                "data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"{}\"}}]}}\n\ndata: [DONE]\n\n",
                if cut { "length" } else { "stop" }
            ),
        }
    }

    /// An error in mid-stream.
    pub(crate) fn error(self) -> String {
        match self.0 {
            "ollama" => "{\"error\":\"out of memory\"}\n".to_owned(),
            "anthropic" => {
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"out of memory\"}}\n\n"
                    .to_owned()
            }
            _ => "data: {\"error\":{\"message\":\"out of memory\"}}\n\n".to_owned(),
        }
    }
}
