//! A network small enough to be written by hand: it looks at the second of two texts, and at the last of the words `no`,
//! `maybe` and `yes` that stands there, in the order of its vocabulary.

/// The labels of the network with three numbers.
pub(crate) const LABELS: &str = r#"{"id2label":{"0":"contradiction","1":"neutral","2":"entailment"}}"#;

/// Words at blanks, in pairs as cross-encoders read them.
pub(crate) const TOKENIZER: &[u8] = br#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "decoder": null,
  "pre_tokenizer": { "type": "Whitespace" },
  "post_processor": {
    "type": "TemplateProcessing",
    "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
    "pair": [
      { "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
      { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } },
      { "SpecialToken": { "id": "[SEP]", "type_id": 1 } }
    ],
    "special_tokens": {
      "[CLS]": { "id": "[CLS]", "ids": [1], "tokens": ["[CLS]"] },
      "[SEP]": { "id": "[SEP]", "ids": [2], "tokens": ["[SEP]"] }
    }
  },
  "model": {
    "type": "WordLevel", "unk_token": "[UNK]",
    "vocab": { "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "no": 4, "maybe": 5, "yes": 6 }
  }
}"#;

/// The network, with one number (log-odds) or three (`LABELS`). An ONNX file is a protobuf message; the numbers of its fields are
/// those of `onnx.proto`.
pub(crate) fn network(numbers: usize) -> Vec<u8> {
    // Number k is weights[k] * (highest word - maybe).
    let weights: &[f32] = if numbers == 1 { &[10.0] } else { &[-10.0, 0.0, 10.0] };
    let biases: Vec<f32> = weights.iter().map(|weight| -5.0 * weight).collect();
    let cast = |from: &str, to: &str| node("Cast", &[from], to, &integer("to", 1));
    let axes = [text(1, "axes"), number(8, 1), number(20, 7)].concat();
    let nodes = [
        cast("input_ids", "words"),
        cast("token_type_ids", "second"),
        node("Mul", &["words", "second"], "claim", &[]),
        node("ReduceMax", &["claim"], "highest", &[field(5, &axes), integer("keepdims", 1)].concat()),
        node("MatMul", &["highest", "weights"], "weighed", &[]),
        node("Add", &["weighed", "biases"], "logits", &[]),
    ];
    let graph = [
        nodes.concat(),
        text(2, "tiny"),
        field(5, &tensor("weights", &[1, weights.len()], weights)),
        field(5, &tensor("biases", &[1, weights.len()], &biases)),
        field(11, &value("input_ids", 7)),
        field(11, &value("attention_mask", 7)),
        field(11, &value("token_type_ids", 7)),
        field(12, &value("logits", 1)),
    ];
    [number(1, 8), field(7, &graph.concat()), field(8, &number(2, 13))].concat()
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[u8]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
    field(1, &[&inputs[..], &text(2, output), &text(4, kind), attributes].concat())
}

/// An attribute, as a field of its node.
fn integer(name: &str, to: u64) -> Vec<u8> {
    field(5, &[text(1, name), number(3, to), number(20, 2)].concat())
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|size| number(1, *size as u64)).collect();
    let values: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [shape, number(2, 1), text(8, name), field(9, &values)].concat()
}

/// An input or output: its name and what it is made of; of any size in both directions.
fn value(name: &str, of: u64) -> Vec<u8> {
    let size = |name: &str| field(1, &text(2, name));
    let shape = field(2, &[size("texts"), size("tokens")].concat());
    [text(1, name), field(2, &field(1, &[number(1, of), shape].concat()))].concat()
}

fn text(number: u64, text: &str) -> Vec<u8> {
    field(number, text.as_bytes())
}

/// A field that has a length.
fn field(number: u64, content: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field that is a number.
fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}
