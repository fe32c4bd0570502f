//! Server-sent events, decoded from bytes as they come.
//!
//! A pure state machine after the HTML standard, "Interpreting an event stream": lines end with LF, CR or CRLF, a
//! blank line ends an event, its `data` lines are joined with LF, a line that begins with `:` is a comment. Bytes are
//! decoded a whole line at a time, so a character that is split between two pieces arrives whole.

/// The longest line, and the longest event, in bytes.
const MOST: usize = 10_000_000;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its type; empty when the server gives none.
    pub(super) name: String,
    /// Its data. Never empty.
    pub(super) data: String,
}

/// A line or an event is longer than 10 MB: whatever this is, it is no stream of words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// Turns bytes into events, however they are cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last byte ended a line and was CR: an LF that follows belongs to it.
    after_cr: bool,
    /// The first line, which may begin with a byte order mark, is over.
    begun: bool,
    name: String,
    /// The data so far, each line with an LF after it.
    data: String,
}

impl Decoder {
    /// Takes the next bytes and adds the events that they complete to `events`.
    pub(super) fn feed(&mut self, mut bytes: &[u8], events: &mut Vec<Event>) -> Result<(), TooLong> {
        while let Some((&first, rest)) = bytes.split_first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            if self.line.len() + piece.len() > MOST {
                return Err(TooLong);
            }
            self.line.extend_from_slice(piece);
            bytes = rest;
            if let Some((&ending, rest)) = rest.split_first() {
                self.after_cr = ending == b'\r';
                bytes = rest;
                self.end_line(events)?;
            }
        }
        Ok(())
    }

    /// Ends the stream. The standard drops an event that no blank line ends; some servers leave the last blank line
    /// out, so it is given here.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), TooLong> {
        if !self.line.is_empty() {
            self.end_line(events)?;
        }
        self.dispatch(events);
        Ok(())
    }

    fn end_line(&mut self, events: &mut Vec<Event>) -> Result<(), TooLong> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = if std::mem::replace(&mut self.begun, true) {
            &line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(&line)
        };
        if line.is_empty() {
            self.dispatch(events);
            return Ok(());
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
        Ok(())
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop();
        if !data.is_empty() {
            events.push(Event { name, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.feed(piece, &mut events).unwrap();
        }
        decoder.finish(&mut events).unwrap();
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
    fn endless_lines_and_events_are_refused() {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        let megabyte = vec![b'x'; 1_000_000];
        decoder.feed(b"data: ", &mut events).unwrap();
        let fed = (0..20).take_while(|_| decoder.feed(&megabyte, &mut events).is_ok()).count();
        assert_eq!(fed, 9, "9 MB and a few bytes fit, 10 MB and a few do not");

        let mut decoder = Decoder::default();
        let line = [b"data: ", &megabyte[..], b"\n"].concat();
        let fed = (0..20).take_while(|_| decoder.feed(&line, &mut events).is_ok()).count();
        assert_eq!(fed, 9);
        assert_eq!(events, []);
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
