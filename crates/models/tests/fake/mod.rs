//! A tiny HTTP server that says what it is told to, on a thread of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// What the server does with a connection after it has read the request.
pub(crate) enum Act {
    /// Sends these bytes at once.
    Say(Vec<u8>),
    /// Sends these bytes again and again, until nobody reads them.
    Forever(Vec<u8>),
    /// Waits until the client closes the connection, then reports it.
    WaitForClose,
    /// Breaks the connection off without a goodbye: unread bytes make the system send a reset.
    Reset,
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: serde_json::Value,
}

/// What the server saw.
#[derive(Debug)]
pub(crate) enum Seen {
    Request(Request),
    /// The client closed the connection while the server waited for that.
    Closed,
}

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Receiver<Seen>,
}

impl Server {
    /// Serves one connection for each script, in order, then stops.
    pub(crate) fn new(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, seen) = channel();
        std::thread::spawn(move || {
            for script in scripts {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let resets = matches!(script.last(), Some(Act::Reset));
                let Some(request) = read(&mut stream, resets) else { continue };
                let _ = sender.send(Seen::Request(request));
                for act in script {
                    match act {
                        Act::Say(bytes) => {
                            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
                        }
                        Act::Forever(bytes) => while stream.write_all(&bytes).is_ok() {},
                        Act::WaitForClose => {
                            let mut byte = [0];
                            while stream.read(&mut byte).is_ok_and(|n| n > 0) {}
                            let _ = sender.send(Seen::Closed);
                        }
                        Act::Reset => {}
                    }
                }
            }
        });
        Self { url, seen }
    }

    /// The next thing the server saw; waits for it.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.recv().unwrap()
    }

    /// The next thing is a request.
    pub(crate) fn request(&self) -> Request {
        match self.seen() {
            Seen::Request(request) => request,
            Seen::Closed => panic!("closed instead of a request"),
        }
    }

    /// Whether nothing was seen so far.
    pub(crate) fn is_untouched(&self) -> bool {
        self.seen.try_recv().is_err()
    }
}

/// Reads a request; all but the last byte of it, if the connection is to be reset.
fn read(stream: &mut TcpStream, but_one: bool) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?.to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    let mut body = vec![0; length - usize::from(but_one)];
    stream.read_exact(&mut body).ok()?;
    if but_one {
        body.push(b'}');
        // The last byte may still be on its way; it must be there, unread, when the connection is dropped.
        stream.peek(&mut byte).ok()?;
    }
    Some(Request { head, body: serde_json::from_slice(&body).ok()? })
}

/// A response of this status, with more header lines and a body.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(
        format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .into(),
    )
}

/// The head of a stream of events that ends when the connection does.
pub(crate) fn stream_head() -> Act {
    Act::Say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".into())
}

/// One event of a stream.
pub(crate) fn event(data: &str) -> Act {
    Act::Say(format!("data: {data}\n\n").into())
}

/// An event that adds text to the draft.
pub(crate) fn text(content: &str) -> Act {
    event(&serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": content } }] }).to_string())
}

/// The event that ends the draft.
pub(crate) fn stop() -> Act {
    event(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
}
