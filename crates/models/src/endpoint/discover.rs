//! Looks for model servers on this machine. Never anywhere else.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::refusal::Purpose;
use super::{EndpointOptions, Timeouts, http};
use crate::wire::Wire;

/// A server that is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The dialect it speaks.
    pub wire: Wire,
    /// Its base address.
    pub url: String,
    /// The models it has; never empty.
    pub models: Vec<String>,
}

/// Asks at the usual addresses of Ollama and llama.cpp, on loopback, side by side, without a key. Takes no longer than
/// `patience`. Must be called within a Tokio runtime with I/O and time.
pub async fn discover(patience: Duration) -> Vec<Found> {
    look(&[(Wire::Ollama, Wire::Ollama.usual_url()), (Wire::OpenAi, Wire::OpenAi.usual_url())], patience)
        .await
}

async fn look(places: &[(Wire, &str)], patience: Duration) -> Vec<Found> {
    let looks = places.iter().map(|&(wire, url)| async move {
        let options = EndpointOptions {
            wire,
            url: url.to_owned(),
            model: String::new(),
            api_key: None,
            temperature: None,
            window: None,
            allow_http: false,
            timeouts: Timeouts { connect: patience, ..Timeouts::default() },
        };
        let server =
            http::Server::new(options, Purpose::Drafts).ok().filter(|server| server.target.place.is_local)?;
        let models = timeout(patience, server.models()).await.ok()?.ok()?;
        (!models.is_empty()).then(|| Found { wire, url: url.to_owned(), models })
    });
    join_all(looks).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    /// A server that answers once, or, without a body, never.
    fn serve(body: Option<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(!String::from_utf8_lossy(&request[..read]).to_lowercase().contains("authorization"));
            if let Some(body) = body {
                let length = body.len();
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
            }
            let _ = stream.read(&mut request);
        });
        url
    }

    #[tokio::test]
    async fn what_runs_is_found_and_what_is_silent_holds_nobody_up() {
        let ollama = serve(Some(r#"{"models":[{"name":"qwen3:8b"}]}"#));
        let (silent, empty) = (serve(None), serve(Some(r#"{"data":[]}"#)));
        let places = [
            (Wire::Ollama, ollama.as_str()),
            (Wire::OpenAi, silent.as_str()),
            (Wire::OpenAi, empty.as_str()),
            (Wire::OpenAi, "https://notes.example"),
        ];
        let started = Instant::now();
        let found = look(&places, Duration::from_millis(150)).await;
        assert!(started.elapsed() < Duration::from_secs(2), "a silent server is not waited for");
        assert_eq!(
            found,
            [Found { wire: Wire::Ollama, url: ollama.clone(), models: vec!["qwen3:8b".into()] }]
        );
    }
}
