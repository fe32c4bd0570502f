//! Bytes to lines, however the bytes are cut into pieces. What every wire is read through.

/// The longest line in bytes. No word of an answer is as long.
pub(super) const MOST: usize = 2_000_000;

/// A line, or an event, is longer than [`MOST`]: whatever this is, it is no stream of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Splits at LF, CR and CRLF. A line is decoded whole, so a character that is split between two pieces arrives whole.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last byte ended a line and was CR: an LF that follows belongs to it.
    after_cr: bool,
    /// The first line, which may begin with a byte order mark, is over.
    begun: bool,
}

impl Lines {
    /// Takes bytes off the front of `bytes` up to the next line end; the line, if there is one. `bytes` is empty
    /// when there is none.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<String>, TooLong> {
        if let [b'\n', rest @ ..] = *bytes
            && std::mem::take(&mut self.after_cr)
        {
            *bytes = rest;
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        self.after_cr = false;
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        if self.line.len() + piece.len() > MOST {
            return Err(TooLong);
        }
        self.line.extend_from_slice(piece);
        let Some((&ending, rest)) = rest.split_first() else {
            *bytes = &[];
            return Ok(None);
        };
        self.after_cr = ending == b'\r';
        *bytes = rest;
        Ok(Some(self.take()))
    }

    /// Ends the stream: the line that nothing ended, if there is one.
    pub(super) fn finish(&mut self) -> Option<String> {
        (!self.line.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8(line)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        match line.strip_prefix('\u{feff}') {
            Some(rest) if !std::mem::replace(&mut self.begun, true) => rest.to_owned(),
            _ => {
                self.begun = true;
                line
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for mut piece in pieces {
            while let Some(line) = lines.next(&mut piece).unwrap() {
                all.push(line);
            }
        }
        all.extend(lines.finish());
        all
    }

    #[test]
    fn every_line_end_ends_a_line_once() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(split([text.as_bytes()]), expected, "{text:?}");
            assert_eq!(split(text.as_bytes().chunks(1)), expected, "{text:?}, byte by byte");
        };
        check("", &[]);
        check("a", &["a"]);
        check("a\nb\r\nc\rd", &["a", "b", "c", "d"]);
        check("\n\r\n\r\r\n", &["", "", "", ""]);
        check("\u{feff}注\n\u{feff}意", &["注", "\u{feff}意"]);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; MOST / 4];
        let fed = (0..9).take_while(|_| lines.next(&mut &piece[..]).is_ok()).count();
        assert_eq!(fed, 4);
    }
}
