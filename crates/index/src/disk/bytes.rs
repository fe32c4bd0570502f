//! Little-endian bytes, written and read. Reading is total: any bytes give values or a [`Malformed`], and nothing is
//! allocated that the bytes at hand could not fill.

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} (at byte {at})")]
pub(crate) struct Malformed {
    /// The offset at which reading stopped.
    pub(crate) at: usize,
    /// What is wrong there.
    pub(crate) why: String,
}

/// Reads values from the front of a slice.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error at the current offset.
    pub(crate) fn malformed(&self, why: impl Into<String>) -> Malformed {
        Malformed { at: self.at, why: why.into() }
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let rest = &self.bytes[self.at..];
        let Some(taken) = rest.get(..len) else {
            return Err(self.malformed(format!("{len} bytes are needed, {} are left", rest.len())));
        };
        self.at += len;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_le_bytes)
    }

    /// The `count` numbers that follow.
    pub(crate) fn u32s(&mut self, count: usize) -> Result<Vec<u32>, Malformed> {
        let bytes = self.take(count.saturating_mul(4))?;
        Ok(bytes.as_chunks().0.iter().copied().map(u32::from_le_bytes).collect())
    }

    /// The `count` numbers that follow.
    pub(crate) fn f32s(&mut self, count: usize) -> Result<Vec<f32>, Malformed> {
        let bytes = self.take(count.saturating_mul(4))?;
        Ok(bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect())
    }

    /// A count of things that take at least `least` bytes each: no more than the bytes left can hold.
    pub(crate) fn count(&mut self, least: usize) -> Result<usize, Malformed> {
        let count = self.u32()? as usize;
        let room = (self.bytes.len() - self.at) / least.max(1);
        if count > room {
            return Err(self.malformed(format!("a count of {count} where there is room for {room}")));
        }
        Ok(count)
    }

    /// UTF-8 after its length in bytes.
    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        let len = self.count(1)?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.malformed("text that is not UTF-8"))
    }

    /// Texts after their count.
    pub(crate) fn texts(&mut self) -> Result<Vec<String>, Malformed> {
        (0..self.count(4)?).map(|_| self.text()).collect()
    }

    /// Checks that the next bytes are `magic` and then `version`, which begin each of our files.
    pub(crate) fn header(&mut self, magic: &[u8; 8], version: u32) -> Result<(), Malformed> {
        if self.array::<8>()? != *magic {
            return Err(self.malformed("the file does not begin as it should"));
        }
        match self.u32()? {
            found if found == version => Ok(()),
            found => Err(self.malformed(format!("version {found} where {version} is expected"))),
        }
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self) -> Result<(), Malformed> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            left => Err(self.malformed(format!("{left} bytes too many"))),
        }
    }
}

/// Appends values to bytes.
pub(crate) trait Put {
    fn put(&mut self, bytes: &[u8]);

    fn put_u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    fn put_u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    fn put_i64(&mut self, value: i64) {
        self.put(&value.to_le_bytes());
    }

    /// A length or count. Chunks are small and there are fewer than 2^32 of them, so that none comes near 4 GiB.
    fn put_len(&mut self, len: usize) {
        self.put_u32(u32::try_from(len).unwrap_or(u32::MAX));
    }

    fn put_f32s(&mut self, values: &[f32]) {
        values.iter().for_each(|value| self.put(&value.to_le_bytes()));
    }

    fn put_text(&mut self, text: &str) {
        self.put_len(text.len());
        self.put(text.as_bytes());
    }

    fn put_texts(&mut self, texts: &[String]) {
        self.put_len(texts.len());
        texts.iter().for_each(|text| self.put_text(text));
    }
}

impl Put for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read() {
        let mut bytes = Vec::new();
        bytes.put_u8(7);
        bytes.put_u16(700);
        bytes.put_u32(70_000);
        bytes.put_u64(1 << 40);
        bytes.put_i64(-3);
        bytes.put_text("注意力");
        bytes.put_texts(&["a".into(), String::new()]);
        bytes.put_f32s(&[0.5, -2.0]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(7));
        assert_eq!(reader.array(), Ok(700_u16.to_le_bytes()));
        assert_eq!(reader.u32(), Ok(70_000));
        assert_eq!(reader.u64(), Ok(1 << 40));
        assert_eq!(reader.i64(), Ok(-3));
        assert_eq!(reader.text().as_deref(), Ok("注意力"));
        assert_eq!(reader.texts(), Ok(vec!["a".into(), String::new()]));
        assert_eq!(reader.f32s(2), Ok(vec![0.5, -2.0]));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_count_beyond_the_bytes_is_refused_before_it_is_allocated() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(Reader::new(bytes).texts().unwrap_err().to_string(), expected);
        };
        check(&[1, 0], "4 bytes are needed, 2 are left (at byte 0)");
        check(&[255; 8], "a count of 4294967295 where there is room for 1 (at byte 4)");
        check(&[1, 0, 0, 0, 9, 0, 0, 0, 65], "a count of 9 where there is room for 1 (at byte 8)");
        check(&[1, 0, 0, 0, 1, 0, 0, 0, 255], "text that is not UTF-8 (at byte 9)");
        assert!(Reader::new(&[]).f32s(usize::MAX).is_err());
    }

    #[test]
    fn a_header_is_compared() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(Reader::new(bytes).header(b"FOOTTEST", 2).unwrap_err().why, expected);
        };
        check(b"FOOTTESX\x02\0\0\0", "the file does not begin as it should");
        check(b"FOOTTEST\x03\0\0\0", "version 3 where 2 is expected");
        assert!(Reader::new(b"FOOTTEST\x02\0\0\0").header(b"FOOTTEST", 2).is_ok());
    }
}
