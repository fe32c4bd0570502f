//! How far the user's own questions moved the bar of the gate.

use index::Language;

/// What is added to the bar of each question language, in log-odds: above 0 more questions are declined, below 0 fewer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bars {
    /// For English questions.
    pub english: f32,
    /// For Chinese ones.
    pub chinese: f32,
}

impl Bars {
    /// What is added for questions of `language`.
    #[must_use]
    pub fn of(self, language: Language) -> f32 {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}
