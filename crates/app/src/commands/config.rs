//! `footnote config`: show, path, check, init.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{config_files, settings};
use crate::cli::{ConfigCommand, Global};
use crate::config::{Config, KEYS};
use crate::exit::Code;

pub(super) fn run(command: &ConfigCommand, global: &Global) -> Result<Code> {
    let mut out = io::stdout().lock();
    match command {
        ConfigCommand::Show { origin } => {
            let settings = settings(global, None)?;
            for key in KEYS {
                match settings.get(key.name) {
                    Some((value, from)) if *origin => writeln!(out, "{} = {value}  # {from}", key.name)?,
                    Some((value, _)) => writeln!(out, "{} = {value}", key.name)?,
                    None => writeln!(out, "# {} is not set", key.name)?,
                }
            }
        }
        ConfigCommand::Path => {
            for file in config_files(global) {
                let there = if file.is_file() { "" } else { "  (not there)" };
                writeln!(out, "{}{there}", file.display())?;
            }
        }
        ConfigCommand::Check => {
            let config = Config::resolve(&settings(global, None)?)?;
            anyhow::ensure!(
                config.notes.is_dir(),
                "notes.folder: there is no folder {}; make it, or name another",
                config.notes.display()
            );
            crate::checker::check(&config)?;
            let (_, wrong) = crate::session::alias_rules(&config)?;
            let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
            writeln!(out, "the configuration is sound")?;
        }
        ConfigCommand::Init => {
            let path = Path::new("config.toml");
            let mut file = std::fs::File::create_new(path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            file.write_all(template().as_bytes()).context("cannot write config.toml")?;
            writeln!(out, "wrote {}", path.display())?;
        }
    }
    Ok(Code::Done)
}

/// A config.toml with every setting at its default, commented out.
fn template() -> String {
    let mut text = String::from("# Footnote reads this file in its folder and the folders below.\n");
    let mut table = "";
    for key in KEYS {
        let (group, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if group != table {
            text.push_str(&format!("\n[{group}]\n"));
            table = group;
        }
        let quoted = match key.kind {
            crate::config::Kind::Text | crate::config::Kind::Path | crate::config::Kind::Choice(_) => {
                format!("{:?}", key.default)
            }
            crate::config::Kind::List => "[]".to_owned(),
            _ if key.default.is_empty() => "4096".to_owned(),
            _ => key.default.to_owned(),
        };
        text.push_str(&format!("# {}\n# {name} = {quoted}\n", key.doc));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn the_template_is_a_sound_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let check = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Layers::default().file(&file, crate::config::Whose::Own)
        };
        check(&template()).unwrap();
        // With every setting taken out of its comment it is sound too, but for the ones that are not set.
        let set: String = template()
            .lines()
            .filter(|line| !line.ends_with("= \"\""))
            .map(|line| {
                line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line).to_owned() + "\n"
            })
            .collect();
        check(&set).unwrap();
    }
}
