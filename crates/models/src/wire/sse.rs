//! Server-sent events, decoded from bytes as they come.
//!
//! A pure state machine after the HTML standard, "Interpreting an event stream": lines end with LF, CR or CRLF, a
//! blank line ends an event, its `data` lines are joined with LF, a line that begins with `:` is a comment. Bytes are
//! decoded a whole line at a time, so a character that is split between two pieces arrives whole.

use super::lines::{Lines, MOST, TooLong};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its type; empty when the server gives none.
    pub(super) name: String,
    /// Its data. Never empty.
    pub(super) data: String,
}

/// Turns bytes into events, however they are cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Events {
    lines: Lines,
    name: String,
    /// The data so far, each line with an LF after it.
    data: String,
}

impl Events {
    /// Takes bytes off the front of `bytes` up to the end of the next event; the event, if there is one.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Event>, TooLong> {
        while let Some(line) = self.lines.next(bytes)? {
            if let Some(event) = self.line(&line)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Ends the stream. The standard drops an event that no blank line ends; some servers leave the last blank line
    /// out, so it is given here.
    pub(super) fn finish(&mut self) -> Result<Option<Event>, TooLong> {
        if let Some(line) = self.lines.finish() {
            self.line(&line)?;
        }
        Ok(self.dispatch())
    }

    fn line(&mut self, line: &str) -> Result<Option<Event>, TooLong> {
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" if self.data.len() + value.len() > MOST => return Err(TooLong),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "event" => value.clone_into(&mut self.name),
            // Comments, which keep a connection alive, have an empty field; `id` and `retry` are for reconnecting.
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop();
        (!data.is_empty()).then_some(Event { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
        let (mut decoder, mut events) = (Events::default(), Vec::new());
        for mut piece in pieces {
            while let Some(event) = decoder.next(&mut piece).unwrap() {
                events.push(event);
            }
        }
        events.extend(decoder.finish().unwrap());
        events.into_iter().map(|event| (event.name, event.data)).collect()
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let expected: Vec<_> = expected.iter().map(|(n, d)| (n.to_string(), d.to_string())).collect();
            assert_eq!(decode([text.as_bytes()]), expected, "{text:?}");
        };
        check("", &[]);
        check("data: a\n\n", &[("", "a")]);
        check("data: a\r\n\r\ndata: b\r\rdata: c\n\n", &[("", "a"), ("", "b"), ("", "c")]);
        check("data: a\r\ndata: b\r\n\r\n", &[("", "a\nb")]);
        check("data:a\ndata:  b\ndata\ndata: c\n\n", &[("", "a\n b\n\nc")]);
        check(": keep-alive\n\n:\n\ndata: a\n\n", &[("", "a")]);
        check("event: error\ndata: {}\n\ndata: b\n\n", &[("error", "{}"), ("", "b")]);
        check("event: ping\n\ndata: a\n\n", &[("", "a")]);
        check("id: 7\nretry: 10\nunknown: x\ndata: a\n\n", &[("", "a")]);
        check("\u{feff}data: a\n\n", &[("", "a")]);
        check("data: a:b\n\n", &[("", "a:b")]);
        check("data: 注意力\n\n", &[("", "注意力")]);
        check("\n\n\r\r\r\n\n", &[]);
        check("data:\n\n", &[]);
        check("data: a", &[("", "a")]);
        check("data: a\n", &[("", "a")]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(decode([&b"data: \xff\xe6\xb3\n\n"[..]]), [(String::new(), "\u{fffd}\u{fffd}".into())]);
    }

    #[test]
    fn endless_events_are_refused() {
        let mut decoder = Events::default();
        let line = [b"data: ", &vec![b'x'; MOST / 4][..], b"\n"].concat();
        let fed = (0..9).take_while(|_| decoder.next(&mut &line[..]).is_ok()).count();
        assert_eq!(fed, 3, "the line ends count");
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(
            bytes in prop::collection::vec(prop_oneof![
                Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), Just(0xe6_u8), Just(0xb3_u8), any::<u8>(),
            ], 0..200),
            fields in prop::collection::vec("(data|event|id)?:? ?[a-z注]{0,3}(\r\n|\n|\r){1,2}", 0..20),
            cut in 0..400_usize,
        ) {
            let bytes = [fields.concat().as_bytes(), &bytes].concat();
            let whole = decode([&bytes[..]]);
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(&decode([a, b]), &whole);
            prop_assert_eq!(&decode(bytes.chunks(1)), &whole);
        }
    }
}
