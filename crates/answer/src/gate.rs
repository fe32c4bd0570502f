//! Is there enough to answer from? Asked before any model is called.

use index::Found;

/// Whether what was found may answer the question; if not, why in one line.
///
/// # Errors
/// The reason, when it does not.
pub(crate) fn enough(found: &Found) -> Result<(), &'static str> {
    if found.passages.is_empty() {
        return Err("no note matches");
    }
    Ok(())
}
