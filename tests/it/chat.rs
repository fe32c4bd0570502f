//! The chat in a real terminal.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::sample;

/// A tmux server of its own, killed when dropped.
struct Tmux {
    socket: String,
}

impl Tmux {
    fn start(command: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("skipped: tmux is not installed");
            return None;
        }
        let tmux = Self { socket: format!("footnote-{}", std::process::id()) };
        tmux.run(&["new-session", "-d", "-x", "120", "-y", "36", command]);
        Some(tmux)
    }

    fn run(&self, args: &[&str]) -> String {
        // -u: the terminal takes UTF-8 whatever the locale.
        let output = Command::new("tmux").args(["-u", "-L", &self.socket]).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys", "-t", "0"], keys].concat());
    }

    fn text(&self, text: &str) {
        self.run(&["send-keys", "-t", "0", "-l", text]);
    }

    fn screen(&self) -> String {
        self.run(&["capture-pane", "-p", "-t", "0"])
    }

    /// Waits until the screen shows `text`.
    fn wait_for(&self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(Instant::now() < end, "{text:?} never came:\n{screen}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn a_conversation_in_a_real_terminal() {
    let place = sample();
    let command = format!(
        "cd '{}' && '{}' chat --notes '{}' --index '{}'; echo \"ended with $?\"; sleep 60",
        place.folder.path().display(),
        env!("CARGO_BIN_EXE_footnote"),
        place.notes.display(),
        place.index.display()
    );
    let Some(tmux) = Tmux::start(&command) else { return };
    tmux.wait_for("notes");
    tmux.text("what is GQA");
    tmux.keys(&["Enter"]);
    let screen = tmux.wait_for("[1]");
    assert!(screen.contains("grouped-query-attention"), "{screen}");
    tmux.text("什么是旋转位置编码");
    let typed = tmux.wait_for("什么是旋转位置编码");
    assert!(!typed.contains("什 么"), "wide characters are not spaced out:\n{typed}");
    tmux.keys(&["Enter"]);
    tmux.wait_for("rope-scaling");
    tmux.keys(&["C-d"]);
    let screen = tmux.wait_for("ended with 0");
    // The alternate screen is gone: the shell's own is back, with nothing of the chat on it.
    assert!(!screen.contains("rope-scaling"), "{screen}");
}
