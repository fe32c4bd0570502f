//! Joins two ONNX files into one network.
//!
//! An ONNX file is a protobuf message, and two messages written one after the other are one message with the lists of
//! both. So the reader's file holds nothing but the nodes, weights and output that it has of its own, and names the layer
//! of the embedding model that it goes on from. The embedding model's output is taken out: ONNX Runtime then drops the
//! layers that only it needs.

use std::ops::Range;

/// The fields of `ModelProto` and of `GraphProto` that matter here.
const GRAPH: u64 = 7;
const OUTPUT: u64 = 12;

/// `base` without its outputs, then `addition`; `None` when `base` is no such message.
pub(super) fn join(base: &[u8], addition: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::with_capacity(base.len() + addition.len());
    for field in fields(base) {
        let field = field?;
        if field.number != GRAPH {
            joined.extend_from_slice(base.get(field.whole)?);
            continue;
        }
        let graph = base.get(field.content?)?;
        let mut kept = Vec::with_capacity(graph.len());
        for part in fields(graph) {
            let part = part?;
            if part.number != OUTPUT {
                kept.extend_from_slice(graph.get(part.whole)?);
            }
        }
        write_varint(&mut joined, GRAPH << 3 | 2);
        write_varint(&mut joined, kept.len() as u64);
        joined.append(&mut kept);
    }
    joined.extend_from_slice(addition);
    Some(joined)
}

/// A field of a message, as byte ranges of the message.
struct Field {
    number: u64,
    /// With its tag.
    whole: Range<usize>,
    /// What a field that has a length holds.
    content: Option<Range<usize>>,
}

/// The fields of a message; ends after the first that is broken.
fn fields(message: &[u8]) -> impl Iterator<Item = Option<Field>> + '_ {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at.filter(|start| *start < message.len())?;
        let field = field(message, start);
        at = field.as_ref().map(|field| field.whole.end);
        Some(field)
    })
}

fn field(message: &[u8], start: usize) -> Option<Field> {
    let (tag, after) = read_varint(message, start)?;
    let (end, content) = match tag & 7 {
        0 => (read_varint(message, after)?.1, None),
        1 => (after.checked_add(8)?, None),
        2 => {
            let (length, from) = read_varint(message, after)?;
            let end = from.checked_add(usize::try_from(length).ok()?)?;
            (end, Some(from..end))
        }
        5 => (after.checked_add(4)?, None),
        _ => return None,
    };
    (end <= message.len()).then_some(Field { number: tag >> 3, whole: start..end, content })
}

/// The number that begins at `start`, and where it ends.
fn read_varint(message: &[u8], start: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (n, byte) in message.get(start..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(n).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, start + n + 1));
        }
    }
    None
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A field that has a length.
    fn bytes(number: u64, content: &[u8]) -> Vec<u8> {
        let mut field = Vec::new();
        write_varint(&mut field, number << 3 | 2);
        write_varint(&mut field, content.len() as u64);
        [field.as_slice(), content].concat()
    }

    #[test]
    fn the_output_goes_and_all_else_stays() {
        let version = [0x08, 0x0a];
        let long = vec![7; 300];
        let (node, output) = (bytes(1, &long), bytes(OUTPUT, b"hidden"));
        let base =
            [&version[..], &bytes(GRAPH, &[node.as_slice(), &output].concat()), &bytes(8, b"set")].concat();
        let expected = [&version[..], &bytes(GRAPH, &node), &bytes(8, b"set"), b"more"].concat();
        assert_eq!(join(&base, b"more"), Some(expected));
    }

    #[test]
    fn broken_messages_are_refused() {
        let check = |base: &[u8]| assert_eq!(join(base, b""), None, "{base:?}");
        check(&[0x80]);
        check(&[0x3a, 5, 1]);
        check(&[0x3b]);
        check(&[0x08]);
        check(&[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        check(&bytes(GRAPH, &[0x0f]));
    }

    proptest! {
        #[test]
        fn anything_else_is_copied_or_refused(base in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(joined) = join(&base, &[]) {
                prop_assert_eq!(join(&joined, &[]), Some(joined));
            }
        }

        #[test]
        fn numbers_come_back(value: u64) {
            let mut out = Vec::new();
            write_varint(&mut out, value);
            prop_assert_eq!(read_varint(&out, 0), Some((value, out.len())));
        }
    }
}
