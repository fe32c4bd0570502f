//! Makes a test set for the checker out of notes: their own sentences, which hold, and the same with one number, date,
//! unit, negation or name changed, which do not.
//!
//! Pure and deterministic: the same chunks and the same seed give the same lines, byte for byte. What to change is found by
//! a scan of its own and not by the checker's, or a figure that the checker cannot read would never be tested.

mod date;
mod dice;
mod digits;
mod name;
mod negation;
mod number;
mod unit;

use std::ops::Range;

use index::Language;
use serde::Serialize;

use self::dice::Dice;
use self::digits::Known;
use self::name::Pool;
use crate::draft::split_bullet;
use crate::kind::is_no_statement;

/// A piece of a note, with what tells where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The note, relative to the notes folder.
    pub path: &'a str,
    /// The line of the note that the text begins on, from 1.
    pub line: u32,
    /// The headings above it, outermost first.
    pub headings: &'a [String],
    /// The text, as it stands in the note.
    pub text: &'a str,
}

/// One line of the test set: does the context support the claim?
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// `KIND:PATH:LINE:N`: the N-th sentence (from 1) of the chunk, on that line. KIND is `same` (word for word) or
    /// `format` (a number written another way), which hold; `number`, `date`, `unit`, `negation` or `name`, which do not.
    pub id: String,
    /// Always `perturbed`.
    pub set: &'static str,
    /// The language of the claim: `zh` or `en`.
    pub lang: &'static str,
    /// The sentence, without markup.
    pub claim: String,
    /// The chunk it stands in, as it stands in the note.
    pub context: String,
    /// Whether the context says so.
    pub supported: bool,
}

/// The sentences of `sources` that have something to change, each followed by its changed forms, in the order of
/// `sources`. `seed` decides what is put where; it does not decide which sentences there are.
#[must_use]
pub fn perturb(sources: &[Source<'_>], seed: u64) -> Vec<Claim> {
    let pool =
        Pool::of(sources.iter().flat_map(|source| {
            sentences(source).into_iter().map(|(_, sentence)| sentence).collect::<Vec<_>>()
        }));
    sources.iter().flat_map(|source| of_source(source, &pool, seed)).collect()
}

fn of_source(source: &Source<'_>, pool: &Pool, seed: u64) -> Vec<Claim> {
    let known = Known::of(source.text);
    let mut claims = Vec::new();
    for ((span, sentence), n) in sentences(source).into_iter().zip(1..) {
        let line = source.line as usize + source.text[..span.start].matches('\n').count();
        let place = format!("{}:{line}:{n}", source.path);
        let claim = |kind: &str, claim: String, supported| Claim {
            id: format!("{kind}:{place}"),
            set: "perturbed",
            lang: Language::of(&sentence).code(),
            claim,
            context: source.text.to_owned(),
            supported,
        };
        let dice = |kind: &str| Dice::new(seed, &format!("{kind}:{place}"));
        let changed = [
            ("number", number::number(&sentence, &known, &mut dice("number"))),
            ("date", date::date(&sentence, &known, &mut dice("date"))),
            ("unit", unit::unit(&sentence, &known, &mut dice("unit"))),
            ("negation", negation::turn(&sentence)),
            ("name", pool.swap(&sentence, source.text, &mut dice("name"))),
        ];
        let mut changed: Vec<Claim> = changed
            .into_iter()
            .filter_map(|(kind, changed)| Some(claim(kind, changed?, false)))
            // What the context says in another place is no false claim.
            .filter(|changed| !source.text.contains(changed.claim.as_str()))
            .collect();
        if changed.is_empty() {
            continue;
        }
        claims.push(claim("same", sentence.clone(), true));
        let format = number::format(&sentence, &mut dice("format"));
        claims.extend(format.map(|text| claim("format", text, true)));
        claims.append(&mut changed);
    }
    claims
}

/// The sentences that state something on their own, without markup, and their bytes in the text. Titles, tables, code,
/// formulas, questions, sources, and what is named as a mistake are none.
fn sentences(source: &Source<'_>) -> Vec<(Range<usize>, String)> {
    let elsewhere = |heading: &String| is_no_statement(heading) || names_mistakes(heading);
    if source.headings.iter().any(elsewhere) {
        return Vec::new();
    }
    let spans = index::sentences(source.text).into_iter();
    let plain = spans.map(|span| {
        let plain = index::plain(&source.text[span.clone()]);
        let (_, text) = split_bullet(plain.trim());
        let text = index::sanitize_line(text).trim().to_owned();
        (span, text)
    });
    plain.filter(|(span, text)| states(&source.text[span.clone()], text)).collect()
}

/// Whether a sentence states something that can be changed into its contrary.
fn states(raw: &str, text: &str) -> bool {
    let markup = raw.trim_start().starts_with(['|', '#', '>', '`', '~']);
    let formula = text.contains(['$', '|', '\\', '=', '<']);
    let whole = text.ends_with(['.', '。', '！', '!']);
    let asks = text.contains(['?', '？']);
    // A quoted statement is somebody's, and often the one that the note refutes.
    let source = ["来源", "Source", "see "].iter().any(|word| text.starts_with(word));
    let quotes = text.starts_with(['"', '“', '「', '(', '（']);
    let length = text.chars().count();
    !markup
        && !source
        && !formula
        && whole
        && !asks
        && !quotes
        && !names_mistakes(text)
        && (12..=260).contains(&length)
}

/// Whether a text is about what is wrong: to change it may make it right.
fn names_mistakes(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "误区",
        "误解",
        "错误",
        "易错",
        "答错",
        "说成",
        "以为",
        "错。",
        "mistake",
        "misconception",
        "myth",
        "wrong",
        "trap",
        "not to be confused",
    ];
    words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, seed: u64) -> Vec<Claim> {
        perturb(&[Source { path: "a.md", line: 5, headings: &[], text }], seed)
    }

    fn kinds(text: &str) -> Vec<String> {
        of(text, 1).into_iter().map(|claim| claim.id).collect()
    }

    #[test]
    fn each_sentence_is_followed_by_its_changes() {
        let text = "# Title 3\n\nBERT was published in 2018 and has 8 layers.\nIt is fast.\n";
        assert_eq!(
            kinds(text),
            [
                "same:a.md:7:1",
                "format:a.md:7:1",
                "number:a.md:7:1",
                "date:a.md:7:1",
                "unit:a.md:7:1",
                "negation:a.md:7:1"
            ]
        );
        for claim in of(text, 1) {
            assert_eq!(
                claim.supported,
                claim.id.starts_with("same") || claim.id.starts_with("format"),
                "{claim:?}"
            );
            assert_eq!(claim.context, text);
        }
    }

    #[test]
    fn what_states_nothing_is_left_alone() {
        for text in [
            "",
            "# 12 layers\n",
            "| 12 | 13 |\n",
            "Does it have 12 layers?\n",
            "```\nx has 12 layers.\n```\n",
            "“GPT-3 是 post-norm。” 错。\n",
            "It is $x = 12$ and nothing else.\n",
        ] {
            assert_eq!(kinds(text), Vec::<String>::new(), "{text}");
        }
        let headings = ["Notes".to_owned(), "Common mistakes".to_owned()];
        let text = "The model has 12 layers and 13 heads.";
        assert_eq!(perturb(&[Source { path: "a.md", line: 1, headings: &headings, text }], 1), []);
    }

    #[test]
    fn the_seed_changes_the_values_and_not_the_sentences() {
        let text =
            "模型有 48 层，训练用了 300 个小时。\n\nThe model has 48 layers and was trained for 300 hours.";
        let lines = |seed| of(text, seed).into_iter().map(|claim| claim.id).collect::<Vec<_>>();
        assert_eq!(of(text, 7), of(text, 7));
        assert_eq!(lines(7), lines(8));
        assert!((0..20).any(|seed| of(text, seed) != of(text, 7)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_will_do(text in "[a-zA-Z0-9 ,.%，。是不有三十亿万 \n#*`-]{0,120}", seed: u64) {
            for claim in of(&text, seed) {
                proptest::prop_assert!(claim.supported || !text.contains(&claim.claim), "{claim:?}");
            }
        }
    }
}
