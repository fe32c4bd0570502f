//! Fakes for this crate's tests.

use index::{Language, Lines, Passage};

/// A passage that starts on line 10 of its note.
pub(crate) fn passage(rank: u32, path: &str, text: &str) -> Passage {
    let breaks = text.trim_end().matches('\n').count() as u32;
    Passage {
        rank,
        path: path.into(),
        title: "Title".into(),
        lines: Lines { start: 10, end: 10 + breaks },
        headings: vec!["Heading".into()],
        lead: None,
        text: text.into(),
        language: Language::of(text),
        date: None,
        score: 1.0 / rank as f32,
        dense: None,
        lexical: None,
        coverage: 0.5,
    }
}

/// What a search for `question` found.
pub(crate) fn found(question: &str, passages: &[Passage]) -> index::Found {
    let explain = index::Explain {
        considered: 100,
        nearest: 0.85,
        covered: 0.5,
        standing: 3.0,
        spreads: Vec::new(),
        weights: index::Weights::default(),
        unmatched: None,
        unranked: None,
        widened: Vec::new(),
    };
    index::Found {
        passages: passages.to_vec(),
        behind: Vec::new(),
        question_vector: Letters::vector(question),
        language: Language::of(question),
        terms: index::TermWeights::even(question),
        explain,
        timings: index::Timings { embed: std::time::Duration::ZERO, search: std::time::Duration::ZERO },
    }
}

/// Embeds a text as the counts of its letters.
pub(crate) struct Letters;

impl Letters {
    fn vector(text: &str) -> Vec<f32> {
        let mut vector = [0.01_f32; 32];
        for c in text.to_lowercase().chars().filter(|c| c.is_alphabetic()) {
            vector[c as usize % 32] += 1.0;
        }
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter().map(|x| x / length).collect()
    }
}

impl index::TokenCounter for Letters {
    fn count(&self, text: &str) -> usize {
        text.chars().count()
    }
}

impl index::Embedder for Letters {
    fn id(&self) -> &str {
        "letters"
    }

    fn dimension(&self) -> usize {
        32
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, index::EmbedError> {
        Ok(texts.iter().map(|text| Self::vector(text)).collect())
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, index::EmbedError> {
        Ok(Self::vector(question))
    }
}

/// The lines of the sample notes, without blank ones.
pub(crate) fn sample_lines() -> Vec<String> {
    let mut lines = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notes")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
            lines.extend(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
        }
    }
    lines
}
