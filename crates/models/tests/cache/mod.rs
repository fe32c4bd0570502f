//! Where the tests of real models find them.

use std::path::PathBuf;

/// `FOOTNOTE_CACHE`, or the folder that the program uses by default.
pub(crate) fn dir() -> PathBuf {
    if let Some(named) = std::env::var_os("FOOTNOTE_CACHE") {
        return named.into();
    }
    let home = PathBuf::from(std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).unwrap());
    let folder = if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") };
    std::env::var_os("XDG_CACHE_HOME").map_or(folder, PathBuf::from).join("footnote")
}
