//! Who is asked about sentences that the program itself is not sure of: the model that writes, or one in a folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use answer::{Entailment, SecondOpinion};
use anyhow::{Result, ensure};
use models::{Endpoint, ModelError};

use crate::config::{Checker, Config};
use crate::output::Voice;
use crate::session::runtime;

/// The model at the endpoint that writes, where the configuration wants it asked.
pub(crate) fn writing(config: &Config, endpoint: &Endpoint) -> Option<SecondOpinion> {
    (config.checker == Checker::Model).then(|| opinion(config, endpoint.checker()))
}

/// The model in the folder that the configuration names. Where it does not load, a warning says so.
pub(crate) fn in_folder(config: &Config, voice: &dyn Voice) -> Option<SecondOpinion> {
    let Checker::Folder(folder) = &config.checker else { return None };
    match open(config, folder, voice) {
        Ok(checker) => Some(opinion(config, checker)),
        Err(error) => {
            voice.warning(&format!("{error}; checking without it: {}", error.hint()));
            None
        }
    }
}

/// Opens the model in a folder. Blocks.
///
/// # Errors
/// When it does not load.
pub(crate) fn open(
    config: &Config,
    folder: &Path,
    voice: &dyn Voice,
) -> Result<Arc<dyn Entailment>, ModelError> {
    models::open_entailment(folder, &runtime(config), &mut |message| voice.note(message))
}

/// Looks at what can be seen without opening anything.
///
/// # Errors
/// When the folder is none.
pub(crate) fn check(config: &Config) -> Result<()> {
    if let Checker::Folder(folder) = &config.checker {
        ensure!(
            folder.is_dir(),
            "answer.checker: there is no folder {}; name one with an ONNX cross-encoder, or give \"model\" or \"none\"",
            folder.display()
        );
    }
    Ok(())
}

fn opinion(config: &Config, entailment: Arc<dyn Entailment>) -> SecondOpinion {
    SecondOpinion { entailment, patience: Duration::from_secs(config.checker_seconds) }
}
