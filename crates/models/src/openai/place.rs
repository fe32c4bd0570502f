//! Where an endpoint is, and whether prompts may be sent there.

use reqwest::Url;

/// An endpoint's address, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where prompts are posted to.
    pub(super) url: Url,
    /// The address without query: what is shown.
    pub(super) shown: String,
    /// Whether it is on this machine.
    pub(super) is_local: bool,
}

/// Why an address will not do, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) why: String,
    pub(super) hint: &'static str,
}

impl Place {
    /// Reads a base address: `http://localhost:8080`, `https://host/v1`, or the whole path of `chat/completions`.
    /// Plain `http` to another machine needs `allow_http`.
    pub(super) fn parse(base: &str, allow_http: bool) -> Result<Self, Misplaced> {
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
        let path = url.path().trim_end_matches('/');
        let path = match path {
            "" => "/v1/chat/completions".to_owned(),
            path if path.ends_with("/chat/completions") => path.to_owned(),
            path => format!("{path}/chat/completions"),
        };
        url.set_path(&path);
        let mut shown = url.clone();
        shown.set_query(None);
        Ok(Self { url, shown: crate::words(shown.as_str()), is_local })
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
            let place = Place::parse(base, false).map(|place| place.url.to_string());
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
    fn notes_do_not_travel_in_the_clear() {
        let check = |base, local: Option<bool>| {
            assert_eq!(Place::parse(base, false).ok().map(|place| place.is_local), local, "{base}");
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
        assert!(Place::parse("http://192.168.1.5:11434", true).is_ok());
    }

    #[test]
    fn what_is_no_address_is_told_without_secrets() {
        let check = |base, part: &str| {
            let why = Place::parse(base, true).unwrap_err().why;
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
