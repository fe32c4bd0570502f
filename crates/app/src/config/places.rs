//! Where files are kept.

use std::path::{Path, PathBuf};

use super::{Origin, Settings};

/// The folder for what can be fetched or computed again: `$FOOTNOTE_CACHE`, else the system's cache folder.
pub(crate) fn cache_dir() -> PathBuf {
    set("FOOTNOTE_CACHE").unwrap_or_else(|| {
        let home = std::env::home_dir().unwrap_or_default();
        let base = if cfg!(target_os = "macos") {
            home.join("Library/Caches")
        } else if cfg!(windows) {
            set("LOCALAPPDATA").unwrap_or_else(|| home.join("AppData/Local"))
        } else {
            set("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"))
        };
        base.join("footnote")
    })
}

/// The user's own config.toml, whether or not it is there.
pub(crate) fn user_config() -> PathBuf {
    let home = std::env::home_dir().unwrap_or_default();
    let base = if cfg!(windows) {
        set("APPDATA").unwrap_or_else(|| home.join("AppData/Roaming"))
    } else {
        set("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"))
    };
    base.join("footnote").join("config.toml")
}

/// The folder that a variable of the environment names.
fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The index folder. One index belongs to one folder of notes: a folder given for this once (by flag or environment) must
/// not push the project's own index aside, so it gets one of its own in the cache.
pub(super) fn index_dir(settings: &Settings, notes: &Path) -> PathBuf {
    if let Some(path) = settings.optional_path("index.folder") {
        return path;
    }
    match settings.origin("notes.folder") {
        Origin::File(file, _) => file.parent().unwrap_or(Path::new(".")).join("index"),
        Origin::Default => notes.parent().unwrap_or(Path::new(".")).join("index"),
        Origin::Env(_) | Origin::Flag(_) => {
            let whole = std::path::absolute(notes).unwrap_or_else(|_| notes.to_owned());
            let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            cache_dir()
                .join("index")
                .join(format!("{name}-{:016x}", fnv1a(whole.as_os_str().as_encoded_bytes())))
        }
    }
}

/// The 64-bit FNV-1a hash: names a folder, guards nothing.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
