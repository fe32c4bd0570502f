//! Where an endpoint is, and whether prompts may be sent there.

use reqwest::Url;

use crate::wire::Wire;

/// An endpoint's address, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where prompts, or texts to embed, are posted to.
    pub(crate) url: Url,
    /// What all paths of the dialect begin with, without a slash at its end.
    base: Url,
    /// The address without query: what is shown.
    pub(crate) shown: String,
    /// Whether it is on this machine.
    pub(crate) is_local: bool,
}

/// Why an address will not do, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) why: String,
    pub(super) hint: &'static str,
}

impl Place {
    /// Reads a base address: `http://localhost:8080`, `https://host/v1`, or the whole path that prompts are posted to.
    /// Plain `http` to another machine needs `allow_http`.
    pub(super) fn parse(wire: Wire, base: &str, allow_http: bool) -> Result<Self, Misplaced> {
        let wrong = |why: &str, hint| Misplaced {
            why: format!("the endpoint address {} {why}", crate::words(&without_password(base))),
            hint,
        };
        const FORM: &str = "set `url` under [endpoint], as in `url = \"http://127.0.0.1:8080/v1\"`";
        let mut url = Url::parse(base.trim()).map_err(|error| wrong(&format!("is none: {error}"), FORM))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is neither http nor https", FORM));
        }
        if !url.username().is_empty() || url.password().is_some() {
            const HINT: &str =
                "put the key into the environment variable that `key_env` under [endpoint] names";
            return Err(wrong("has a name or password in it", HINT));
        }
        let is_local = is_local(&url);
        if url.scheme() == "http" && !is_local && !allow_http {
            const HINT: &str =
                "use https, or set `allow_http = true` under [endpoint] if you trust the network";
            return Err(wrong(
                "is on another machine, and plain http would send your notes there in the clear",
                HINT,
            ));
        }
        url.set_fragment(None);
        let (path, leaf) = split(wire, url.path());
        url.set_path(&path);
        let base = url.clone();
        url.set_path(&format!("{path}{leaf}"));
        let mut shown = url.clone();
        shown.set_query(None);
        Ok(Self { url, base, shown: crate::words(shown.as_str()), is_local })
    }

    /// Another address of the same dialect: `/models`.
    pub(crate) fn beside(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// The same server, posted to at another address of the dialect.
    pub(super) fn posting_to(self, path: &str) -> Self {
        let url = self.beside(path);
        let mut shown = url.clone();
        shown.set_query(None);
        Self { shown: crate::words(shown.as_str()), url, ..self }
    }

    /// Another address of the same server, above its dialect's: `/props`.
    pub(super) fn above(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{}{path}", base.strip_suffix("/v1").unwrap_or(base)));
        url
    }

    /// `https://host:port`: what a key and a consent are bound to.
    pub(crate) fn origin(&self) -> String {
        crate::words(&self.url.origin().ascii_serialization())
    }
}

/// The path that a dialect's paths begin with, and the one that prompts are posted to.
fn split(wire: Wire, path: &str) -> (String, &'static str) {
    let path = path.trim_end_matches('/');
    let strip = |ends: &[&str]| ends.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path).to_owned();
    match wire {
        Wire::OpenAi => {
            let base = strip(&["/chat/completions", "/embeddings"]);
            (if base.is_empty() { "/v1".into() } else { base }, "/chat/completions")
        }
        Wire::Ollama => {
            (strip(&["/api/chat", "/api/embed", "/api", "/v1/chat/completions", "/v1"]), "/api/chat")
        }
        Wire::Anthropic => (format!("{}/v1", strip(&["/v1/messages", "/v1"])), "/messages"),
    }
}

/// An address as written, fit to be shown even where it cannot be parsed.
fn without_password(base: &str) -> String {
    match (base.find("://"), base.rfind('@')) {
        (Some(from), Some(to)) if from + 3 < to => format!("{}…{}", &base[..from + 3], &base[to..]),
        _ => base.split('?').next().unwrap_or_default().to_owned(),
    }
}

/// Whether an address is on this machine, as far as its name tells.
fn is_local(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match host.parse::<std::net::IpAddr>() {
        // The unspecified address, as in OLLAMA_HOST=0.0.0.0, reaches this machine.
        Ok(ip) => ip.to_canonical().is_loopback() || ip.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_completed() {
        let check = |base, expected| {
            let place = Place::parse(Wire::OpenAi, base, false).map(|place| place.url.to_string());
            assert_eq!(place.as_deref(), Ok(expected), "{base}");
        };
        check("http://localhost:8080", "http://localhost:8080/v1/chat/completions");
        check("http://localhost:8080/", "http://localhost:8080/v1/chat/completions");
        check("http://localhost:8080/v1", "http://localhost:8080/v1/chat/completions");
        check(" http://localhost:8080/v1/ \n", "http://localhost:8080/v1/chat/completions");
        check("https://host/v1/chat/completions", "https://host/v1/chat/completions");
        check("https://host/api/v3/", "https://host/api/v3/chat/completions");
        check("https://host/x?api-version=1#top", "https://host/x/chat/completions?api-version=1");
    }

    #[test]
    fn each_dialect_has_its_paths() {
        let check = |wire, base: &str, expected: [&str; 3]| {
            let place = Place::parse(wire, base, false).unwrap();
            let found = [place.url.clone(), place.beside("/models"), place.above("/props")];
            assert_eq!(
                found.map(String::from),
                expected.map(|path| format!("http://localhost{path}")),
                "{base}"
            );
        };
        let openai = ["/v1/chat/completions", "/v1/models", "/props"];
        check(Wire::OpenAi, "http://localhost", openai);
        check(Wire::OpenAi, "http://localhost/v1/", openai);
        let below = ["/x/v1/chat/completions", "/x/v1/models", "/x/props"];
        check(Wire::OpenAi, "http://localhost/x/v1/chat/completions", below);
        let ollama = ["/api/chat", "/models", "/props"];
        for base in ["", "/", "/v1", "/api", "/api/chat", "/v1/chat/completions"] {
            check(Wire::Ollama, &format!("http://localhost{base}"), ollama);
        }
        check(Wire::OpenAi, "http://localhost/v1/embeddings", openai);
        check(Wire::Ollama, "http://localhost/api/embed", ollama);
        let anthropic = ["/v1/messages", "/v1/models", "/props"];
        for base in ["", "/v1", "/v1/messages/"] {
            check(Wire::Anthropic, &format!("http://localhost{base}"), anthropic);
        }
    }

    #[test]
    fn notes_do_not_travel_in_the_clear() {
        let check = |base, local: Option<bool>| {
            assert_eq!(
                Place::parse(Wire::OpenAi, base, false).ok().map(|place| place.is_local),
                local,
                "{base}"
            );
        };
        check("http://127.0.0.1:1", Some(true));
        check("http://127.8.9.1", Some(true));
        check("http://[::1]:80", Some(true));
        check("http://[::ffff:127.0.0.1]:80", Some(true));
        check("http://0.0.0.0:11434", Some(true));
        check("http://LOCALHOST", Some(true));
        check("http://box.localhost", Some(true));
        check("https://example.org", Some(false));
        check("http://example.org", None);
        check("http://192.168.1.5:11434", None);
        check("http://localhost.example.org", None);
        check("http://127.0.0.1.example.org", None);
        assert!(Place::parse(Wire::OpenAi, "http://192.168.1.5:11434", true).is_ok());
    }

    #[test]
    fn what_is_no_address_is_told_without_secrets() {
        let check = |base, part: &str| {
            let why = Place::parse(Wire::OpenAi, base, true).unwrap_err().why;
            assert!(why.contains(part), "{why}");
            assert!(!why.contains("hunter2"), "{why}");
        };
        check("localhost:8080", "neither http nor https");
        check("127.0.0.1:8080/v1", "is none");
        check("", "is none");
        check("file:///etc/passwd", "neither http nor https");
        check("http://", "is none");
        check("https://me:hunter2@host/v1", "has a name or password");
        check("https://me:hunter2@host:port/v1", "is none");
        check("https://host:port/v1?key=hunter2", "is none");
    }
}
