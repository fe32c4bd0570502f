//! One network that reads, and its tokenizer.

use std::str::FromStr;

use answer::{ReadError, Reading, Scores, Token};
use ort::session::Session as Network;
use ort::value::Tensor;
use tokenizers::{Encoding, Tokenizer};

use super::graph::join;
use super::window::{Window, windows};
use crate::Runtime;
use crate::embed::bundled;

static WEIGHTS: &[u8] = include_bytes!("../../assets/reader/reader.onnx");

/// The most tokens that are read at once, and the most of them that are the question's; as in training.
const MOST_TOKENS: usize = 256;
const MOST_QUESTION_TOKENS: usize = 64;

/// What the tokenizer writes after a text. Two of them stand between question and passage.
const END: i64 = 2;

/// The logits of a token: that an answer starts here, that it ends here, and, for the first token, that there is one.
const LOGITS: usize = 3;

/// From the two things the model says to calibrated log-odds: its own word on whether there is an answer, and how much
/// better the best span is than none. A logistic regression on questions kept out of training.
const OWN_WORD: f32 = 0.051;
const BEST_SPAN: f32 = 0.238;
const CONSTANT: f32 = 1.094;

pub(super) struct Session {
    network: Network,
    tokenizer: Tokenizer,
}

impl Session {
    pub(super) fn open(runtime: &Runtime) -> Result<Self, ReadError> {
        let model = join(bundled::WEIGHTS, WEIGHTS).ok_or_else(|| failed(&"the model is damaged"))?;
        let mut builder = runtime.session().map_err(|error| failed(&error))?;
        let network = builder.commit_from_memory(&model).map_err(|error| failed(&error))?;
        let tokenizer = std::str::from_utf8(bundled::TOKENIZER).map_err(|error| failed(&error))?;
        let tokenizer = Tokenizer::from_str(tokenizer).map_err(|error| failed(&error))?;
        Ok(Self { network, tokenizer })
    }

    pub(super) fn read(&mut self, question: &str, passage: &str) -> Result<Reading, ReadError> {
        let mut question = ids(&self.encode(&format!("query: {question}"), true)?);
        question.pop();
        question.truncate(MOST_QUESTION_TOKENS);
        question.extend([END, END]);

        let encoding = self.encode(passage, false)?;
        let passage_ids = ids(&encoding);
        let mut tokens = Vec::with_capacity(passage_ids.len());
        let mut own_word = f32::NEG_INFINITY;
        for window in windows(passage_ids.len(), MOST_TOKENS - question.len() - 1) {
            let mut input = question.clone();
            input.extend_from_slice(&passage_ids[window.read.clone()]);
            input.push(END);
            let logits = self.run(input)?;
            own_word = own_word.max(logits[0][2]);
            tokens.extend(kept(passage, &encoding, &window, &logits, question.len()));
        }
        let scores = Scores::new(tokens);
        let answerable = scores
            .best()
            .map_or(own_word.min(0.0), |best| OWN_WORD * own_word + BEST_SPAN * best.score + CONSTANT);
        Ok(Reading::new(answerable, scores))
    }

    fn encode(&self, text: &str, special: bool) -> Result<Encoding, ReadError> {
        self.tokenizer.encode(text, special).map_err(|error| failed(&error))
    }

    /// The logits of every token.
    fn run(&mut self, input: Vec<i64>) -> Result<Vec<[f32; LOGITS]>, ReadError> {
        let length = input.len();
        let tensor = |values| Tensor::from_array(([1, length], values)).map_err(|error| failed(&error));
        let inputs =
            ort::inputs!["attention_mask" => tensor(vec![1i64; length])?, "input_ids" => tensor(input)?];
        let outputs = self.network.run(inputs).map_err(|error| failed(&error))?;
        let output = outputs.get("reading").ok_or_else(|| failed(&"the model says nothing"))?;
        let (_, logits) = output.try_extract_tensor::<f32>().map_err(|error| failed(&error))?;
        let (logits, rest) = logits.as_chunks::<LOGITS>();
        if logits.len() != length || !rest.is_empty() || !logits.as_flattened().iter().all(|x| x.is_finite())
        {
            return Err(failed(&"the model says nonsense"));
        }
        Ok(logits.to_vec())
    }
}

/// The tokens that a window keeps. `before` tokens of the input come before the passage's; the first of all stands for
/// "no answer", and what is said of it is taken off, so that windows can be compared.
fn kept(
    passage: &str,
    encoding: &Encoding,
    window: &Window,
    logits: &[[f32; LOGITS]],
    before: usize,
) -> Vec<Token> {
    let none = logits[0];
    let of = |at: usize| {
        let (start, end) = encoding.get_offsets()[at];
        let logits = logits[before + at - window.read.start];
        Token {
            span: passage.floor_char_boundary(start)..passage.ceil_char_boundary(end),
            start: logits[0] - none[0],
            end: logits[1] - none[1],
        }
    };
    window.kept.clone().map(of).collect()
}

fn ids(encoding: &Encoding) -> Vec<i64> {
    encoding.get_ids().iter().copied().map(i64::from).collect()
}

fn failed(error: &dyn std::fmt::Display) -> ReadError {
    ReadError(crate::words(&error.to_string()))
}
