//! Names in the notes that mean the same: acronyms, translations and other names, read out of the notes themselves.
//!
//! "what is MQA" must find the note that speaks of 多查询注意力 alone, and the other way round. Neither words nor a small
//! embedding model know that these are one; the notes say it, in a bracket somewhere: 多查询注意力（MQA）.

mod border;
mod mention;
mod mine;
mod name;
mod rules;
mod spell;

use std::collections::HashMap;

use self::name::{Kind, alike, units};
use crate::{ChunkRecord, NoteRecord};

pub use mention::Mention;
pub use rules::{AliasRules, RuleError};

/// More other names of one than these are noise.
const MOST: usize = 6;
/// More places than these say no more.
const PLACES: usize = 8;

/// How the notes say that two names mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The user's own file says so.
    File,
    /// `Full name (ABC)`, `全称（ABC）` and the like.
    Bracket,
    /// `ABC: full name`.
    Definition,
    /// A title, and the acronym that its note uses for it.
    Initials,
    /// A title, and the aliases in its front matter.
    FrontMatter,
    /// A link to a note under another name.
    Link,
}

impl Source {
    /// Its name in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Bracket => "bracket",
            Self::Definition => "definition",
            Self::Initials => "initials",
            Self::FrontMatter => "front_matter",
            Self::Link => "link",
        }
    }
}

/// Where it is said that two names mean the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasPlace {
    /// The path of the note; that of the user's file for [`Source::File`].
    pub path: String,
    /// The line, from 1. That of the text below it for a heading.
    pub line: u32,
    /// How it is said.
    pub source: Source,
}

/// Another name for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameName {
    /// As it was first written.
    pub name: String,
    /// Where it is said, at most eight places; empty where it follows from two others.
    pub places: Vec<AliasPlace>,
}

/// A name with its other names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// As it was first written.
    pub name: String,
    /// Its other names, those said most often first; never empty.
    pub same: Vec<SameName>,
}

/// All names that have another.
#[derive(Debug, Default)]
pub struct Aliases {
    names: Vec<Name>,
    /// By the units of the name, a blank between.
    by_key: HashMap<String, usize>,
    /// The most units of any name.
    longest: usize,
    /// Pairs of keys that the user keeps apart.
    apart: Vec<(String, String)>,
}

/// A name.
#[derive(Debug)]
struct Name {
    text: String,
    units: Vec<String>,
    kind: Kind,
    same: Vec<Same>,
}

/// That it means the same as another.
#[derive(Debug)]
struct Same {
    name: usize,
    places: Vec<AliasPlace>,
    /// How often it is said.
    count: usize,
}

impl Same {
    fn is_of_front_matter(&self) -> bool {
        self.places.iter().all(|place| place.source == Source::FrontMatter)
    }
}

impl Aliases {
    /// Reads them out of `chunks` and `notes`, and takes the user's `rules` for it.
    pub(crate) fn mine(chunks: &[ChunkRecord], notes: &[NoteRecord], rules: &AliasRules) -> Self {
        if rules.is_off() {
            return Self::default();
        }
        let mut table = Table { notes, aliases: Self { apart: rules.apart(), ..Self::default() } };
        for (a, b, line) in rules.same() {
            let path = rules.file().to_owned();
            table.aliases.add(a, b, AliasPlace { path, line, source: Source::File });
        }
        mine::mine(chunks, notes, &mut table);
        let mut aliases = table.aliases;
        aliases.trim();
        aliases
    }

    /// All names with their other names, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Alias> {
        let mut list: Vec<Alias> = (0..self.names.len()).filter_map(|name| self.alias(name)).collect();
        list.sort_by_key(|alias| alias.name.to_lowercase());
        list
    }

    /// The name that is written like this, whatever its case and hyphens.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Alias> {
        self.alias(*self.by_key.get(&units(name).join(" "))?)
    }

    fn alias(&self, name: usize) -> Option<Alias> {
        let same = self.others(name).into_iter().map(|(other, places)| SameName {
            name: self.names[other].text.clone(),
            places: places.to_vec(),
        });
        let alias = Alias { name: self.names[name].text.clone(), same: same.collect() };
        (!alias.same.is_empty()).then_some(alias)
    }

    /// The other names of one, said most often first; then those that are another name of one of these, if that stands for
    /// one thing only.
    fn others(&self, name: usize) -> Vec<(usize, &[AliasPlace])> {
        let mut direct: Vec<&Same> =
            self.names[name].same.iter().filter(|same| self.may(name, same.name)).collect();
        let said = |same: &&Same| {
            (same.places.first().map(|place| place.source != Source::File), usize::MAX - same.count)
        };
        direct.sort_by_key(said);
        let mut others: Vec<(usize, &[AliasPlace])> =
            direct.iter().map(|same| (same.name, same.places.as_slice())).collect();
        for near in direct.iter().filter(|near| self.is_one_thing(near.name)) {
            for far in &self.names[near.name].same {
                let new = far.name != name && others.iter().all(|(other, _)| *other != far.name);
                // The aliases of a title are not always names of each other.
                let told = !(near.is_of_front_matter() && far.is_of_front_matter());
                if new && told && self.may(name, far.name) && self.may(near.name, far.name) {
                    others.push((far.name, &[]));
                }
            }
        }
        others.truncate(MOST);
        others
    }

    /// Whether the user lets two names mean the same.
    fn may(&self, a: usize, b: usize) -> bool {
        let key = |name: usize| self.names[name].units.join(" ");
        self.apart.is_empty()
            || !self
                .apart
                .iter()
                .any(|(x, y)| (*x == key(a) && *y == key(b)) || (*x == key(b) && *y == key(a)))
    }

    /// Whether a name stands for one thing: its other names of each kind are variants of one.
    fn is_one_thing(&self, name: usize) -> bool {
        let same = &self.names[name].same;
        let clash = |a: usize, b: usize| {
            let (a, b) = (&self.names[a], &self.names[b]);
            a.kind == b.kind && !alike(&a.units, &b.units)
        };
        same.iter().enumerate().all(|(at, a)| same[..at].iter().all(|b| !clash(a.name, b.name)))
    }

    fn add(&mut self, a: &str, b: &str, place: AliasPlace) {
        let (a, b) = (self.name(a), self.name(b));
        if let (Some(a), Some(b)) = (a, b)
            && a != b
        {
            self.link(a, b, place.clone());
            self.link(b, a, place);
        }
    }

    fn link(&mut self, a: usize, b: usize, place: AliasPlace) {
        let same = &mut self.names[a].same;
        let at = same.iter().position(|same| same.name == b).unwrap_or_else(|| {
            same.push(Same { name: b, places: Vec::new(), count: 0 });
            same.len() - 1
        });
        same[at].count += 1;
        if same[at].places.len() < PLACES && !same[at].places.contains(&place) {
            same[at].places.push(place);
        }
    }

    /// The number of a name, which is made if it is new.
    fn name(&mut self, text: &str) -> Option<usize> {
        let units = units(text);
        let key = units.join(" ");
        if units.is_empty() {
            return None;
        }
        if let Some(&known) = self.by_key.get(&key) {
            return Some(known);
        }
        self.longest = self.longest.max(units.len());
        self.names.push(Name { text: text.to_owned(), units, kind: Kind::of(text), same: Vec::new() });
        self.by_key.insert(key, self.names.len() - 1);
        Some(self.names.len() - 1)
    }

    /// Takes the words before a Chinese name off it where the notes show where it begins: of two other names of one, the
    /// longer ends in the shorter.
    fn trim(&mut self) {
        for name in 0..self.names.len() {
            let han: Vec<usize> = self.names[name]
                .same
                .iter()
                .filter(|same| same.places.iter().all(|place| place.source == Source::Bracket))
                .map(|same| same.name)
                .filter(|&other| self.names[other].kind == Kind::Han)
                .collect();
            let longer = |&long: &usize| {
                han.iter().any(|&short| {
                    let (long, short) = (&self.names[long].units, &self.names[short].units);
                    long.len() > short.len() && long.ends_with(short)
                })
            };
            for long in han.iter().copied().filter(longer).collect::<Vec<_>>() {
                self.names[name].same.retain(|same| same.name != long);
                self.names[long].same.retain(|same| same.name != name);
            }
        }
    }
}

/// The names while they are being read.
struct Table<'a> {
    notes: &'a [NoteRecord],
    aliases: Aliases,
}

impl Table<'_> {
    /// Takes in that `a` and `b` mean the same, said in that line of that note.
    fn add(&mut self, a: &str, b: &str, source: Source, note: Option<u32>, line: u32) {
        let path = note.and_then(|note| self.notes.get(note as usize)).map(|note| note.path.clone());
        self.aliases.add(a, b, AliasPlace { path: path.unwrap_or_default(), line, source });
    }
}

#[cfg(test)]
mod tests;
