//! Finds the notes in a folder.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ignore::WalkBuilder;

use crate::Format;

/// Files larger than this are not notes, whatever they are called: 32 MiB.
const MAX_LEN: u64 = 32 * 1024 * 1024;

/// A file that is a note by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFile {
    /// Relative to the notes folder, `/`-separated. Bytes of a name that are not UTF-8 are written `%FF`.
    pub path: String,
    /// Where to read it: the notes folder as given, joined with the name as the file system spells it.
    pub absolute: PathBuf,
    /// Its length in bytes.
    pub len: u64,
    /// When it last changed, if the file system knows.
    pub modified: Option<SystemTime>,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// The notes, sorted by path.
    pub files: Vec<NoteFile>,
    /// What could not be read or was left out, one sentence each, naming the file or folder.
    pub warnings: Vec<String>,
}

/// Why a folder cannot be walked at all.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// There is nothing at this path.
    #[error("the notes folder {} does not exist; create it, or set another with --notes or in config.toml", .0.display())]
    Missing(PathBuf),
    /// There is something, but no folder.
    #[error("{} is not a folder; give the folder that holds your notes", .0.display())]
    NotAFolder(PathBuf),
    /// The folder is there but cannot be looked at.
    #[error("cannot read the notes folder {}: {source}; check its permissions", .path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Finds the notes below `root`, sorted by path.
///
/// `.gitignore` and `.ignore` files are obeyed, also outside a git checkout, but only those at or below `root`: what a
/// parent folder ignores may be the very folder the user named. Hidden files are left out, links are not followed.
///
/// # Errors
/// When `root` is missing, is no folder, or cannot be listed. Anything unreadable below it is only a warning.
pub fn walk(root: &Path) -> Result<Walked, WalkError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => WalkError::Missing(root.to_owned()),
        _ => WalkError::Unreadable { path: root.to_owned(), source },
    };
    if !std::fs::metadata(root).map_err(unreadable)?.is_dir() {
        return Err(WalkError::NotAFolder(root.to_owned()));
    }
    std::fs::read_dir(root).map_err(unreadable)?;

    let mut found = Walked::default();
    let walker = WalkBuilder::new(root)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .parents(false)
        .follow_links(false)
        .build();
    for entry in walker {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.warnings.push(format!("left out: {error}"));
                continue;
            }
        };
        if let Some(error) = entry.error() {
            found.warnings.push(format!("an ignore file is not understood: {error}"));
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || Format::of(entry.path()).is_none() {
            continue;
        }
        let path = relative(root, entry.path());
        match entry.metadata() {
            Err(error) => found.warnings.push(format!("left out {path}: {error}")),
            Ok(metadata) if metadata.len() > MAX_LEN => found.warnings.push(format!(
                "left out {path}: it has {} MiB, more than the {} MiB a note may have; split it to have it read",
                metadata.len() / (1024 * 1024),
                MAX_LEN / (1024 * 1024)
            )),
            Ok(metadata) => found.files.push(NoteFile {
                path,
                absolute: entry.path().to_owned(),
                len: metadata.len(),
                modified: metadata.modified().ok(),
            }),
        }
    }
    found.files.sort_by(|a, b| a.path.cmp(&b.path));
    found.warnings.sort();
    Ok(found)
}

/// `path` below `root` with `/` between its parts, whatever the system.
fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.iter().map(readable).collect::<Vec<_>>().join("/")
}

/// A name as text. Bytes that are no UTF-8 become `%FF`, so that two such names stay apart.
fn readable(name: &OsStr) -> String {
    let mut text = String::new();
    for part in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(part.valid());
        for byte in part.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn paths(root: &Path) -> Vec<String> {
        walk(root).unwrap().files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn notes_are_found_sorted_and_ignored_ones_left_out() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("b.md", "b"),
            ("a/z.TXT", "z"),
            ("a/注意力.org", "o"),
            ("page.html", "h"),
            ("image.png", "i"),
            (".hidden.md", "x"),
            (".obsidian/x.md", "x"),
            ("drafts/x.md", "x"),
            ("private.md", "x"),
            (".gitignore", "drafts/\n"),
            (".ignore", "private.md\n"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(paths(root.path()), ["a/z.TXT", "a/注意力.org", "b.md", "page.html"]);
        let walked = walk(root.path()).unwrap();
        assert_eq!(walked.warnings, Vec::<String>::new());
        assert_eq!(walked.files[2].len, 1);
        assert!(walked.files[2].modified.is_some());
        assert_eq!(fs::read_to_string(&walked.files[0].absolute).unwrap(), "z");
    }

    #[test]
    fn the_root_itself_may_be_hidden() {
        let root = tempfile::tempdir().unwrap();
        let hidden = root.path().join(".notes");
        fs::create_dir(&hidden).unwrap();
        fs::write(hidden.join("a.md"), "a").unwrap();
        assert_eq!(paths(&hidden), ["a.md"]);
    }

    #[test]
    fn a_bad_root_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a.md");
        fs::write(&file, "a").unwrap();
        let check = |path: &Path, expected: &str| {
            let message = walk(path).unwrap_err().to_string();
            assert!(message.contains(expected) && message.contains(path.to_str().unwrap()), "{message}");
        };
        check(&root.path().join("nowhere"), "does not exist; create it");
        check(&file, "is not a folder");
    }

    #[test]
    fn a_huge_file_is_a_warning() {
        let root = tempfile::tempdir().unwrap();
        let file = fs::File::create(root.path().join("huge.txt")).unwrap();
        file.set_len(MAX_LEN + 1).unwrap();
        let walked = walk(root.path()).unwrap();
        assert!(walked.files.is_empty());
        assert!(walked.warnings[0].contains("huge.txt"), "{:?}", walked.warnings);
    }

    #[cfg(unix)]
    #[test]
    fn odd_names_stay_apart_and_links_are_not_followed() {
        use std::os::unix::ffi::OsStrExt;
        let root = tempfile::tempdir().unwrap();
        for name in [&b"\xff.md"[..], &b"\xfe.md"[..]] {
            fs::write(root.path().join(OsStr::from_bytes(name)), "text").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        std::os::unix::fs::symlink(root.path().join("nowhere"), root.path().join("gone.md")).unwrap();
        let walked = walk(root.path()).unwrap();
        let found: Vec<_> = walked.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(found, ["%FE.md", "%FF.md"]);
        assert_eq!(fs::read_to_string(&walked.files[0].absolute).unwrap(), "text");
    }
}
