//! Who may write in a chat: whoever the configuration names, and the models that were found running on this machine.

use std::sync::Arc;

use answer::Generator;

use crate::writer::Writer;

/// Everyone who may write, and who does.
pub(super) struct Writers {
    /// The configured one first; never empty.
    all: Vec<Writer>,
    now: usize,
    /// The one that quotes the notes, whoever writes otherwise.
    pub(super) quoting: Arc<dyn Generator>,
}

impl Writers {
    pub(super) fn new(configured: Writer, found: Vec<Writer>, quoting: Arc<dyn Generator>) -> Self {
        let all = std::iter::once(configured).chain(found).collect();
        Self { all, now: 0, quoting }
    }

    /// Who writes.
    pub(super) fn current(&self) -> &Writer {
        &self.all[self.now]
    }

    /// Lets the next one write, after the last the first again. Whether that is another one.
    pub(super) fn turn(&mut self) -> bool {
        self.now = (self.now + 1) % self.all.len();
        self.all.len() > 1
    }

    /// Who would write next; none when there is nobody else.
    pub(super) fn offer(&self) -> Option<String> {
        (self.all.len() > 1).then(|| name(&self.all[(self.now + 1) % self.all.len()]))
    }
}

/// A model by its own name and its server's kind: `qwen3:8b (ollama)`.
pub(super) fn name(writer: &Writer) -> String {
    let generator = &writer.generator;
    match generator.model() {
        Some(model) => format!("{model} ({})", generator.name()),
        None => generator.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use answer::{BoxStream, Delta, Failure, Prompt};
    use tui::Place;

    use super::*;

    struct Named(&'static str);

    impl Generator for Named {
        fn name(&self) -> &str {
            "ollama"
        }

        fn model(&self) -> Option<&str> {
            Some(self.0)
        }

        fn generate(&self, _: Prompt) -> BoxStream<Result<Delta, Failure>> {
            Box::pin(futures_util::stream::empty())
        }
    }

    fn writer(name: &'static str) -> Writer {
        Writer { generator: Arc::new(Named(name)), place: Place::Local, second_opinion: None }
    }

    #[test]
    fn they_take_turns() {
        let mut writers = Writers::new(writer("a"), vec![writer("b")], Arc::new(Named("q")));
        for (current, offer) in [("a", "b (ollama)"), ("b", "a (ollama)"), ("a", "b (ollama)")] {
            assert_eq!(writers.current().generator.model(), Some(current));
            assert_eq!(writers.offer().as_deref(), Some(offer));
            assert!(writers.turn());
        }
        let mut alone = Writers::new(writer("a"), Vec::new(), Arc::new(Named("q")));
        assert!(!alone.turn() && alone.offer().is_none());
        assert_eq!(alone.current().generator.model(), Some("a"));
    }
}
