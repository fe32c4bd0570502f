//! Looks for the library where it may be.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::release::{Release, minor_of};
use super::{Located, Origin, RuntimeError, RuntimeOptions, VERSION, binary, folder};

/// As [`Runtime::locate`](super::Runtime::locate); `named` is what `ORT_DYLIB_PATH` says.
pub(super) fn locate(options: &RuntimeOptions, named: Option<PathBuf>) -> Result<Located, RuntimeError> {
    let named = named.filter(|path| !path.as_os_str().is_empty());
    let given = options.given.clone().map(|path| (path, Origin::Given));
    if let Some((path, origin)) = given.or_else(|| named.map(|path| (path, Origin::Environment))) {
        // ort would look for a relative path beside the executable.
        let path = std::path::absolute(&path).unwrap_or(path);
        return match fault(&path) {
            None => Ok(Located { path, origin }),
            Some(why) => Err(RuntimeError::Unusable { path, origin, why }),
        };
    }

    let folder = folder(&options.cache_dir);
    let cached = match Release::here() {
        Some(release) => match cached(release, &folder) {
            Ok(Some(path)) => return Ok(Located { path, origin: Origin::Cache }),
            Ok(None) => Ok(folder.join(release.file)),
            Err((path, why)) => Err((path, why)),
        },
        None => Ok(folder),
    };
    if let Some(path) = on_system() {
        return Ok(Located { path, origin: Origin::System });
    }
    let offline = options.offline;
    Err(match cached {
        Ok(cached) => RuntimeError::Missing { cached, offline },
        Err((path, why)) => RuntimeError::Damaged { path, why, offline },
    })
}

/// The library in `folder`, if it is there; its path and what is wrong with it, if it is not the released one.
pub(super) fn cached(release: &Release, folder: &Path) -> Result<Option<PathBuf>, (PathBuf, String)> {
    let path = folder.join(release.file);
    let path = std::path::absolute(&path).unwrap_or(path);
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err((path, error.to_string())),
        Ok(file) if !file.is_file() => return Err((path, "it is not a file".into())),
        Ok(file) if file.len() != release.len => {
            return Err((path, format!("it has {} bytes, not {}", file.len(), release.len)));
        }
        Ok(_) => {}
    }
    match sha256(&path) {
        Ok(hash) if hash == release.sha256 => Ok(Some(path)),
        Ok(_) => Err((path, "its SHA-256 is not that of the release".into())),
        Err(error) => Err((path, error.to_string())),
    }
}

/// The SHA-256 of a file, in lower-case hexadecimal.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hash.update(buffer.get(..n).unwrap_or_default()),
        }
    }
    Ok(crate::hex(&hash.finalize()))
}

/// What keeps a file from being a library, as far as can be told without loading it.
fn fault(path: &Path) -> Option<String> {
    let read = || -> io::Result<Option<String>> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(Some("it is not a file".into()));
        }
        let mut head = Vec::new();
        file.take(binary::HEAD as u64).read_to_end(&mut head)?;
        Ok(binary::fault(&head, meta.len(), std::env::consts::OS, std::env::consts::ARCH))
    };
    // Opening a named pipe would wait for a writer, so what is not a file is not opened.
    match path.metadata() {
        Ok(meta) if !meta.is_file() => Some("it is not a file".into()),
        Ok(_) => read().unwrap_or_else(|error| Some(error.to_string())),
        Err(error) => Some(error.to_string()),
    }
}

/// The newest library of the system that is no older than the version this program is tested with. Its version is
/// read off its file name, so Windows, which ships an old one under a name without version, is left out.
fn on_system() -> Option<PathBuf> {
    let needed = minor_of(&format!("libonnxruntime.so.{VERSION}"))?;
    let candidates: Vec<PathBuf> = match std::env::consts::OS {
        "windows" => Vec::new(),
        "macos" => in_folders("DYLD_LIBRARY_PATH", &["/opt/homebrew/lib", "/usr/local/lib"]),
        _ => {
            let mut found = in_folders("LD_LIBRARY_PATH", &["/usr/local/lib", "/usr/lib", "/usr/lib64"]);
            found.extend(ldconfig());
            found
        }
    };
    newest(candidates, needed).filter(|path| fault(path).is_none())
}

/// The files named like the library in the folders of an environment variable and in `others`.
fn in_folders(variable: &str, others: &[&str]) -> Vec<PathBuf> {
    let named = std::env::var_os(variable).unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&named)
        .filter(|folder| folder.is_absolute())
        .chain(others.iter().map(PathBuf::from))
        .collect();
    let files = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    files.map(|file| file.path()).filter(|path| is_named_like_it(path)).collect()
}

fn is_named_like_it(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime."))
}

/// What the system's loader has in its own list.
fn ldconfig() -> Vec<PathBuf> {
    // It lives in a folder that is not on every user's PATH.
    let run = |program| Command::new(program).arg("-p").stdin(Stdio::null()).output();
    let Ok(output) = run("ldconfig").or_else(|_| run("/sbin/ldconfig")) else { return Vec::new() };
    listed(&String::from_utf8_lossy(&output.stdout))
}

/// The paths in what `ldconfig -p` prints: `libonnxruntime.so.1 (libc6,x86-64) => /usr/lib/libonnxruntime.so.1`.
fn listed(output: &str) -> Vec<PathBuf> {
    let paths = output.lines().filter_map(|line| line.split_once(" => "));
    paths.map(|(_, path)| PathBuf::from(path.trim())).filter(|path| is_named_like_it(path)).collect()
}

/// The newest of the libraries by file name (links followed), if it is of minor version `needed` or later.
fn newest(candidates: Vec<PathBuf>, needed: u32) -> Option<PathBuf> {
    let mut dated: Vec<(u32, PathBuf)> = candidates
        .into_iter()
        .filter_map(|path| {
            let real = path.canonicalize().ok()?;
            Some((minor_of(real.file_name()?.to_str()?)?, real))
        })
        .filter(|(minor, _)| *minor >= needed)
        .collect();
    dated.sort();
    dated.pop().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(cache_dir: &Path) -> RuntimeOptions {
        RuntimeOptions { cache_dir: cache_dir.into(), offline: true, ..RuntimeOptions::default() }
    }

    #[test]
    fn a_named_file_must_be_a_library() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("notes.txt");
        std::fs::write(&text, "not a library").unwrap();
        let check = |given: Option<&Path>, named: Option<&Path>, expected: Origin, part: &str| {
            let options = RuntimeOptions { given: given.map(PathBuf::from), ..options(dir.path()) };
            match locate(&options, named.map(PathBuf::from)) {
                Err(RuntimeError::Unusable { origin, why, .. }) => {
                    assert_eq!(origin, expected);
                    assert!(why.contains(part), "{why}");
                }
                other => panic!("{other:?}"),
            }
        };
        check(Some(&text), None, Origin::Given, "it is not a");
        check(Some(&text), Some(dir.path()), Origin::Given, "it is not a");
        check(None, Some(&text), Origin::Environment, "it is not a");
        check(Some(dir.path()), None, Origin::Given, "it is not a file");
        check(Some(&dir.path().join("none.so")), None, Origin::Given, "No such file");
    }

    #[test]
    fn this_program_is_a_library_as_far_as_one_can_see() {
        let here = std::env::current_exe().unwrap();
        assert_eq!(fault(&here), None);
        let dir = tempfile::tempdir().unwrap();
        let cut = dir.path().join("cut.so");
        let bytes = std::fs::read(&here).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        if cfg!(target_os = "linux") {
            assert!(fault(&cut).is_some_and(|why| why.contains("cut off")));
        }
    }

    #[test]
    fn the_cache_is_trusted_by_its_hash_alone() {
        let dir = tempfile::tempdir().unwrap();
        let Some(release) = Release::here() else { return };
        let folder = folder(dir.path());
        assert!(matches!(cached(release, &folder), Ok(None)));

        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(release.file);
        std::fs::write(&file, "short").unwrap();
        assert!(cached(release, &folder).is_err_and(|(_, why)| why.contains("5 bytes")));

        File::create(&file).unwrap().set_len(release.len).unwrap();
        assert!(cached(release, &folder).is_err_and(|(_, why)| why.contains("SHA-256")));
    }

    #[test]
    fn the_newest_that_is_new_enough_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap();
        let at = |name: &str| real.join(name);
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.32.1", "libonnxruntime.so.1.33.0"] {
            std::fs::write(at(name), "").unwrap();
        }
        let all =
            || ["1.9.0", "1.33.0", "1.32.1", "1.40.0"].map(|v| at(&format!("libonnxruntime.so.{v}"))).into();
        assert_eq!(newest(all(), 32), Some(at("libonnxruntime.so.1.33.0")));
        assert_eq!(newest(all(), 34), None, "1.40.0 is not there");
        assert_eq!(newest(Vec::new(), 32), None);
    }

    #[test]
    fn the_loader_s_list_is_read() {
        let output = "3 libs found in cache `/etc/ld.so.cache'\n\
            \tlibonnxruntime.so.1 (libc6,x86-64) => /usr/lib/libonnxruntime.so.1\n\
            \tlibonnxruntime_providers_shared.so (libc6,x86-64) => /usr/lib/libonnxruntime_providers_shared.so\n\
            \tlibc.so.6 (libc6,x86-64) => /lib/libc.so.6\n";
        assert_eq!(listed(output), [PathBuf::from("/usr/lib/libonnxruntime.so.1")]);
        assert_eq!(listed(""), Vec::<PathBuf>::new());
    }
}
