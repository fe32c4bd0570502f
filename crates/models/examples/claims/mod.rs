//! Files of claims, and which half of each is for fitting.

use serde::Deserialize;

use crate::hash::hash;

/// A line of such a file.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) set: String,
    pub(crate) lang: String,
    pub(crate) claim: String,
    pub(crate) context: String,
    #[serde(default)]
    pub(crate) question: String,
    pub(crate) supported: bool,
    #[serde(default)]
    verdict: String,
    /// The note, in the hand-made set.
    #[serde(default)]
    path: String,
}

impl Row {
    /// The lines of the files, in order.
    pub(crate) fn read(files: &[String]) -> impl Iterator<Item = Self> {
        let text = |file: &String| std::fs::read_to_string(file).unwrap();
        let texts: Vec<String> = files.iter().map(text).collect();
        texts.into_iter().flat_map(|text| {
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Self>>()
        })
    }

    /// Whether the text says the contrary.
    #[allow(dead_code, reason = "not every example asks")]
    pub(crate) fn is_contradicted(&self) -> bool {
        self.verdict == "contradicted"
    }

    /// Whether it is in the half that is fitted on. Lines that share a context (in `lfqa`, a question; in the hand-made set, a
    /// note) are on the same side.
    pub(crate) fn is_tuned_on(&self) -> bool {
        match self.path.as_str() {
            "" if self.set == "lfqa" => hash(&self.question).count_ones().is_multiple_of(2),
            "" => hash(&self.context).count_ones().is_multiple_of(2),
            // The same as in tests/it/verdicts.rs.
            path => path.bytes().map(u32::from).sum::<u32>().is_multiple_of(2),
        }
    }
}
