//! Runs the binary the way a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The sample notes, and an index of them that all tests share: embedding them takes a while.
pub(crate) fn sample() -> &'static Place {
    static SAMPLE: OnceLock<Place> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let place = Place { notes: root().join("notes"), ..Place::empty() };
        // Kept between runs: an index of unchanged notes is brought up to date in no time.
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-index");
        let place = Place { index: kept, ..place };
        place.run(&["index"]).ok();
        place
    })
}

/// A folder of notes and an index of its own.
pub(crate) struct Place {
    pub(crate) notes: PathBuf,
    pub(crate) index: PathBuf,
    /// Holds the folders as long as the place is used; also the working folder.
    pub(crate) folder: TempDir,
}

impl Place {
    /// An empty folder of notes.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("notes");
        std::fs::create_dir(&notes).unwrap();
        Self { notes, index: folder.path().join("index"), folder }
    }

    /// Some notes.
    pub(crate) fn of(notes: &[(&str, &str)]) -> Self {
        let place = Self::empty();
        for (path, text) in notes {
            place.write(path, text);
        }
        place
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.notes.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The binary, told of this place; its own environment is clean but for the cache that holds ONNX Runtime.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_footnote"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FOOTNOTE_")) {
            if name != "FOOTNOTE_CACHE" {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path())
            .args(args)
            .arg("--notes")
            .arg(&self.notes)
            .arg("--index")
            .arg(&self.index)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// The files of the current generation, relative to the index folder.
    pub(crate) fn index_files(&self) -> Vec<PathBuf> {
        let newest = std::fs::read_dir(&self.index)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("generation-"))
            .max()
            .expect("an index");
        let mut files = Vec::new();
        let mut folders = vec![newest];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8 output");
        let ran = Self { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) };
        assert!(!ran.err.contains("panicked at"), "a panic: {}", ran.err);
        assert!(!ran.out.contains('\u{1b}'), "an escape byte on a stdout that is no terminal: {:?}", ran.out);
        ran
    }

    /// Asserts the exit code.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Asserts exit code 0.
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// stdout as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}
