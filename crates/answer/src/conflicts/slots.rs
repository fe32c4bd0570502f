//! What a thing has one of: a norm, an optimizer, a licence; and which a sentence gives to what.

use std::collections::HashSet;

use super::against::LIGHT;
use super::statement::{Clause, content};
use super::words::has;
use crate::negation::negations;

/// What a thing has one of.
struct Slot {
    /// Words that name the slot, as terms: they say nothing of whose it is.
    nouns: &'static [&'static str],
    /// Words of which a clause must have one, so that a value is one of this slot. Empty where the values speak for themselves.
    marks: &'static [&'static str],
    /// The values, each as it is shown, and how it is written in small letters.
    values: &'static [(&'static str, &'static [&'static str])],
}

const SLOTS: &[Slot] = &[
    Slot {
        nouns: &["norm", "layer", "layernorm", "pre", "post", "position"],
        marks: &[],
        values: &[
            ("LayerNorm", &["layernorm", "layer norm"]),
            ("RMSNorm", &["rmsnorm"]),
            ("BatchNorm", &["batchnorm", "batch norm"]),
            ("GroupNorm", &["groupnorm"]),
            ("DeepNorm", &["deepnorm"]),
        ],
    },
    Slot {
        nouns: &["norm", "layer", "position"],
        marks: &[],
        values: &[
            ("pre-norm", &["pre-norm", "prenorm", "前置"]),
            ("post-norm", &["post-norm", "postnorm", "后置"]),
        ],
    },
    Slot {
        nouns: &["activ", "activation", "function"],
        marks: &[],
        values: &[
            ("ReLU", &["relu"]),
            ("GELU", &["gelu"]),
            ("SwiGLU", &["swiglu"]),
            ("GeGLU", &["geglu"]),
            ("SiLU", &["silu", "swish"]),
            ("Mish", &["mish"]),
        ],
    },
    Slot {
        nouns: &["position", "encod"],
        marks: &[],
        values: &[
            ("RoPE", &["rope", "旋转 position"]),
            ("ALiBi", &["alibi"]),
            ("sinusoidal", &["sinusoidal", "正弦"]),
        ],
    },
    Slot {
        nouns: &["optim", "train"],
        marks: &["optimizer", "optimiser", "trained", "train"],
        values: &[
            ("Adam", &["adam"]),
            ("AdamW", &["adamw"]),
            ("SGD", &["sgd"]),
            ("Adafactor", &["adafactor"]),
            ("Lion", &["lion"]),
            ("RMSprop", &["rmsprop"]),
            ("Muon", &["muon"]),
        ],
    },
    Slot {
        nouns: &["licenc", "releas", "under"],
        marks: &["licence", "license", "licensed", "licenced", "under"],
        values: &[
            ("MIT", &["mit"]),
            ("Apache", &["apache"]),
            ("GPL", &["gpl", "gplv2", "gplv3"]),
            ("LGPL", &["lgpl"]),
            ("AGPL", &["agpl", "agplv3"]),
            ("BSD", &["bsd"]),
            ("MPL", &["mpl"]),
        ],
    },
    Slot {
        nouns: &["databas", "data", "store"],
        marks: &["database", "data", "stored", "store"],
        values: &[
            ("PostgreSQL", &["postgresql", "postgres"]),
            ("MySQL", &["mysql"]),
            ("MariaDB", &["mariadb"]),
            ("SQLite", &["sqlite"]),
            ("MongoDB", &["mongodb"]),
            ("Oracle", &["oracle"]),
        ],
    },
    Slot {
        nouns: &["written", "languag"],
        marks: &["written", "programming language"],
        values: &[
            ("Rust", &["in rust", "用 rust"]),
            ("Go", &["in go", "用 go"]),
            ("Python", &["in python", "用 python"]),
            ("C++", &["in c++", "用 c++"]),
            ("C", &["in c", "用 c"]),
            ("Java", &["in java", "用 java"]),
            ("Kotlin", &["in kotlin", "用 kotlin"]),
            ("TypeScript", &["in typescript", "用 typescript"]),
            ("JavaScript", &["in javascript", "用 javascript"]),
            ("Ruby", &["in ruby", "用 ruby"]),
        ],
    },
];

/// What may have several values, or only compares.
const NOT_THE_ONE: &[&str] = &[
    "support",
    "supports",
    "supported",
    "can",
    "could",
    "may",
    "or",
    "such as",
    "like",
    "example",
    "compatible",
    "unlike",
    "instead of",
    "than",
    "compared",
    "all but",
    "支持",
    "例如",
    "可以",
    "或",
    "比",
    "代表",
    "兼容",
];

/// A clause that gives a slot its values.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// The number of the slot.
    pub(super) slot: usize,
    /// Whose: words and names.
    pub(super) subject: HashSet<String>,
    /// The values, as they are shown.
    pub(super) values: Vec<&'static str>,
}

/// The values that the clauses of a sentence with these names give to slots.
pub(super) fn given(clauses: &[Clause], names: &HashSet<String>) -> Vec<Given> {
    (0..SLOTS.len()).flat_map(|slot| given_to(slot, clauses, names)).collect()
}

/// Whether a word of a subject is one of `names`.
pub(super) fn is_name(word: &str, names: &HashSet<String>) -> bool {
    names.iter().any(|name| name.replace('-', "") == word)
}

fn given_to(number: usize, clauses: &[Clause], names: &HashSet<String>) -> Vec<Given> {
    let slot = &SLOTS[number];
    if clauses.iter().all(|clause| values(slot, clause).is_empty()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut listed: HashSet<String> = HashSet::new();
    for clause in clauses {
        let values = values(slot, clause);
        if values.is_empty() {
            // `LLaMA, PaLM and Qwen use …`: names that wait for their verb.
            let subject = subject(slot, &clause.text);
            if subject.iter().all(|word| is_name(word, names)) {
                listed.extend(subject);
            } else {
                listed.clear();
            }
            continue;
        }
        let marked = slot.marks.is_empty() || has(&clause.text, slot.marks);
        let denied = !negations(&clause.text).is_empty();
        let mut whose = subject(slot, &clause.text);
        whose.extend(listed.drain());
        if marked && !denied && !has(&clause.text, NOT_THE_ONE) {
            found.push(Given { slot: number, subject: whose, values });
        }
    }
    found
}

fn values(slot: &Slot, clause: &Clause) -> Vec<&'static str> {
    slot.values.iter().filter(|(_, written)| has(&clause.text, written)).map(|(shown, _)| *shown).collect()
}

/// Whose value a clause gives: its words before the first value, names whole.
fn subject(slot: &Slot, clause: &str) -> HashSet<String> {
    let written = slot.values.iter().flat_map(|(_, written)| *written);
    let end = written.filter(|word| has(clause, &[word])).filter_map(|word| clause.find(word)).min();
    let before = &clause[..end.unwrap_or(clause.len())];
    let words = before.split(|c: char| !(c.is_alphanumeric() || "-.+".contains(c)));
    let tokens = words.flat_map(|word| {
        let letters = word.is_ascii() && word.bytes().any(|b| b.is_ascii_alphabetic());
        let name = letters && word.bytes().any(|b| b.is_ascii_digit());
        if name { vec![word.replace('-', "")] } else { content(word) }
    });
    tokens.filter(|token| !LIGHT.contains(&token.as_str()) && !slot.nouns.contains(&token.as_str())).collect()
}
