//! The names that a question mentions.

use super::Aliases;
use notes::is_han;

use super::name::{Kind, singular, units};
use super::spell::spells;
use crate::coverage::is_empty_english;

/// No name that is spelled out has more words than this.
const LONGEST: usize = 7;
/// Small words inside a name: `mixture of experts`.
const JOIN: &[&str] = &["of", "from", "for", "and", "by", "to", "with", "in", "on"];

/// Characters beside which a Chinese word ends.
const BESIDE: &str =
    "的是和与及或在对用把被有为叫吗呢了做要会能怎什如何几多哪谁请问到从给让使需可不就都也还比跟";

/// A name in a question, and its other names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name: as the notes write it, or as the question does where the notes have only its initials.
    pub name: String,
    /// Its other names, those said most often first; never empty.
    pub same: Vec<String>,
}

impl Aliases {
    /// The names that `question` mentions, in its order. Where names overlap, the longest is meant.
    #[must_use]
    pub fn mentions(&self, question: &str) -> Vec<Mention> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let units = units(question);
        let mut mentions: Vec<Mention> = Vec::new();
        let mut at = 0;
        while at < units.len() {
            let most = self.longest.min(units.len() - at);
            let found =
                (1..=most).rev().find_map(|len| Some((len, self.named(&units[at..at + len], question)?)));
            let Some((len, name)) = found else {
                at += 1;
                continue;
            };
            at += len;
            let same: Vec<String> =
                self.others(name).into_iter().map(|(other, _)| self.names[other].text.clone()).collect();
            let name = self.names[name].text.clone();
            if !same.is_empty() && !mentions.iter().any(|mention| mention.name == name) {
                mentions.push(Mention { name, same });
            }
        }
        mentions
    }

    /// The name of these units, if `question` means it.
    fn named(&self, units: &[String], question: &str) -> Option<usize> {
        let known = self.by_key.get(&units.join(" ")).or_else(|| match units {
            // `RNNs`
            [one] if one.len() > 2 => self.by_key.get(one.strip_suffix('s')?),
            _ => None,
        });
        known.copied().filter(|&name| {
            let name = &self.names[name];
            // `IT` is not `it`: what may be a word is a name only in its capitals.
            let may_be_word = name.text.len() <= 2 || is_empty_english(&name.text.to_lowercase());
            let as_written = || {
                let words = question.split(|c: char| !c.is_ascii_alphanumeric());
                words.map(singular).any(|word| word == name.text)
            };
            match name.kind {
                Kind::Acronym => !may_be_word || as_written(),
                Kind::Han => name.units.len() > 2 || stands_alone(&name.text, question),
                Kind::Words => true,
            }
        })
    }

    /// Words of `question` whose initials are an acronym that the notes explain in Chinese alone: `rotary position
    /// embedding` where they have 旋转位置编码（RoPE）. Each with that acronym and its other names. Fewer than four letters
    /// are too often chance.
    #[must_use]
    pub fn spelled(&self, question: &str) -> Vec<Mention> {
        let acronyms: Vec<usize> =
            (0..self.names.len()).filter(|&name| self.is_only_explained_in_chinese(name)).collect();
        if acronyms.is_empty() {
            return Vec::new();
        }
        let marks = [',', '.', ';', ':', '?', '!', '，', '。', '；', '：', '？', '！', '（', '(', ')', '）'];
        question.split(marks).filter_map(|clause| self.spelled_in(clause, &acronyms)).collect()
    }

    fn spelled_in(&self, clause: &str, acronyms: &[usize]) -> Option<Mention> {
        let words: Vec<&str> =
            clause.split(|c: char| c.is_whitespace() || is_han(c)).filter(|word| !word.is_empty()).collect();
        let small = |word: &str| is_empty_english(&word.to_lowercase());
        let phrases = (2..=words.len().min(LONGEST)).rev().flat_map(|len| words.windows(len)).filter(|run| {
            let [first, inside @ .., last] = run else { return false };
            !small(first) && !small(last) && inside.iter().all(|word| !small(word) || JOIN.contains(word))
        });
        let begins = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
        for phrase in phrases {
            let name = phrase.join(" ");
            let pieces = name.split(|c: char| !c.is_alphanumeric()).filter(|piece| !small(piece)).count();
            let short = acronyms.iter().find(|&&short| {
                let short = &self.names[short].text;
                pieces >= 3
                    && 2 * pieces > short.len()
                    && begins(short) == begins(&name)
                    && spells(short, &name)
            });
            if let Some(&short) = short {
                let others = self.others(short).into_iter().map(|(other, _)| other);
                let same = [short].into_iter().chain(others).map(|name| self.names[name].text.clone());
                return Some(Mention { name, same: same.collect() });
            }
        }
        None
    }

    fn is_only_explained_in_chinese(&self, name: usize) -> bool {
        let name = &self.names[name];
        name.kind == Kind::Acronym
            && name.text.chars().filter(|c| c.is_alphabetic()).count() >= 4
            && !name.same.is_empty()
            && name.same.iter().all(|same| self.names[same.name].kind == Kind::Han)
    }
}

/// Whether `name`, a short word in Chinese, is not a part of a longer one in `question`: 量化 in `什么是量化`, not in `乘积量化`.
fn stands_alone(name: &str, question: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| !is_han(c) || BESIDE.contains(c));
    question.match_indices(name).any(|(at, _)| {
        ends(question[..at].chars().next_back()) && ends(question[at + name.len()..].chars().next())
    })
}
