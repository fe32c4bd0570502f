//! The index folder: its generations, its lock, and the one rename that makes a generation current.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::manifest::{FileEntry, LEXICAL, MANIFEST, Manifest};

const GENERATION: &str = "generation-";
const BUILDING: &str = "building-";
const LOCK: &str = "lock";

/// A generation's folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation {
    /// From 1, counting up.
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    /// Whether it has a manifest. A rename never makes one without: that is a copy that was broken off.
    pub(crate) complete: bool,
}

/// The generations in `dir`, oldest first. None when there is no such folder.
pub(crate) fn generations(dir: &Path) -> io::Result<Vec<Generation>> {
    let mut found = Vec::new();
    for (name, path) in entries(dir)? {
        if let Some(number) = number(&name, GENERATION).filter(|&number| name == generation_name(number)) {
            let complete = path.join(MANIFEST).is_file();
            found.push(Generation { number, path, complete });
        }
    }
    found.sort();
    Ok(found)
}

/// The newest complete generation, and whether there is a newer one that is not complete.
pub(crate) fn current(dir: &Path) -> io::Result<Option<(Generation, bool)>> {
    let generations = generations(dir)?;
    let newest = generations.last().map(|generation| generation.number);
    let current = generations.into_iter().rfind(|generation| generation.complete);
    Ok(current.map(|current| {
        let passed_over = newest > Some(current.number);
        (current, passed_over)
    }))
}

/// Removes what no reader and no build can want: builds that were broken off, and all but the newest two generations.
/// Only for the holder of the lock.
pub(crate) fn clean(dir: &Path) -> io::Result<()> {
    for (name, path) in entries(dir)? {
        if number(&name, BUILDING).is_some() {
            fs::remove_dir_all(path)?;
        }
    }
    let (complete, broken): (Vec<_>, Vec<_>) =
        generations(dir)?.into_iter().partition(|generation| generation.complete);
    let old = complete.len().saturating_sub(2);
    for generation in complete.iter().take(old).chain(&broken) {
        fs::remove_dir_all(&generation.path)?;
    }
    Ok(())
}

/// Holds the lock of an index folder until dropped. It falls with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code, reason = "held, not used")] File);

/// Takes the lock of `dir`, without waiting. `None` when another process has it.
pub(crate) fn lock(dir: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// A generation in the making. Dropped before [`publish`](Self::publish), it takes its folder with it.
#[derive(Debug)]
pub(crate) struct Building {
    dir: PathBuf,
    path: PathBuf,
    files: Vec<FileEntry>,
}

impl Building {
    /// Begins in `dir`, whose lock is held.
    pub(crate) fn new(dir: &Path) -> io::Result<Self> {
        let path = dir.join(format!("{BUILDING}{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self { dir: dir.to_owned(), path, files: Vec::new() })
    }

    /// Writes a file and syncs it.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        write_synced(&self.path.join(name), bytes)?;
        self.files.push(FileEntry::of(name, bytes));
        Ok(())
    }

    /// Makes the folder of the lexical index, for [`add_lexical`](Self::add_lexical) to take in.
    pub(crate) fn lexical_folder(&self) -> io::Result<PathBuf> {
        let folder = self.path.join(LEXICAL);
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Takes in the files that someone else wrote into the lexical folder, and syncs them.
    pub(crate) fn add_lexical(&mut self) -> io::Result<()> {
        let folder = self.path.join(LEXICAL);
        for (name, path) in entries(&folder)? {
            // The lock of a writer that is done is no part of the index.
            if name.ends_with(".lock") {
                fs::remove_file(path)?;
                continue;
            }
            let bytes = fs::read(&path)?;
            OpenOptions::new().write(true).open(&path)?.sync_all()?;
            self.files.push(FileEntry::of(&format!("{LEXICAL}/{name}"), &bytes));
        }
        sync_folder(&folder)
    }

    /// Writes the manifest, of which `files` is filled in here, and makes this the current generation: with one rename,
    /// after all of it has reached the disk. Returns its number.
    pub(crate) fn publish(mut self, mut manifest: Manifest) -> io::Result<u64> {
        manifest.files = std::mem::take(&mut self.files);
        write_synced(&self.path.join(MANIFEST), &manifest.encode())?;
        sync_folder(&self.path)?;
        let number = generations(&self.dir)?.last().map_or(1, |last| last.number + 1);
        fs::rename(&self.path, self.dir.join(generation_name(number)))?;
        sync_folder(&self.dir)?;
        Ok(number)
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        // After the rename there is nothing at this path. What cannot be removed now is removed by the next build.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// What follows `prefix` in `name`, if that is a number and nothing else. The folder may hold things of the user's, and
/// [`clean`] must not take them for ours.
fn number(name: &str, prefix: &str) -> Option<u64> {
    let digits = name.strip_prefix(prefix)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn generation_name(number: u64) -> String {
    format!("{GENERATION}{number:06}")
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes names in `folder` as durable as the files they name. Windows has no such thing.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What is in `dir`, by name. Nothing when there is no such folder; names that are not text are none of ours.
fn entries(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let listing = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing?,
    };
    let mut found = Vec::new();
    for entry in listing {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string() {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        dir
    }

    #[test]
    fn the_newest_complete_generation_is_current() {
        let check = |names: &[&str], expected: Option<u64>| {
            let dir = folder(names);
            assert_eq!(
                current(dir.path()).unwrap().map(|(current, _)| current.number),
                expected,
                "{names:?}"
            );
        };
        check(&[], None);
        check(&["README.md", "lock"], None);
        check(&["generation-000001/manifest.json", "generation-000002/manifest.json"], Some(2));
        check(&["generation-999999/manifest.json", "generation-1000000/manifest.json"], Some(1_000_000));
        check(&["generation-000001/manifest.json", "generation-000002/chunks.bin"], Some(1));
        check(&["generation-000001/manifest.json", "building-77/manifest.json"], Some(1));
        for other in
            ["generation-x", "generation-7", "generation-+00007", "generation-", "generation-0000007"]
        {
            check(&[&format!("{other}/manifest.json")], None);
        }
        assert_eq!(current(Path::new("no/such/folder")).unwrap(), None);
    }

    #[test]
    fn cleaning_leaves_the_newest_two_and_what_is_not_ours() {
        let dir = folder(&[
            "README.md",
            "building-plans/house.md",
            "generation-x/manifest.json",
            "building-1/chunks.bin",
            "generation-000001/manifest.json",
            "generation-000002/manifest.json",
            "generation-000003/manifest.json",
            "generation-000004/chunks.bin",
        ]);
        clean(dir.path()).unwrap();
        let names: Vec<_> = entries(dir.path()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["README.md", "building-plans", "generation-000002", "generation-000003", "generation-x"]
        );
    }

    #[test]
    fn a_lock_is_held_once() {
        let dir = folder(&[]);
        let held = lock(dir.path()).unwrap();
        assert!(held.is_some());
        assert!(lock(dir.path()).unwrap().is_none());
        drop(held);
        assert!(lock(dir.path()).unwrap().is_some());
    }

    #[test]
    fn a_dropped_build_leaves_nothing() {
        let dir = folder(&["generation-000001/manifest.json"]);
        let mut building = Building::new(dir.path()).unwrap();
        building.add("chunks.bin", b"abc").unwrap();
        drop(building);
        assert_eq!(entries(dir.path()).unwrap().len(), 1);
    }
}
