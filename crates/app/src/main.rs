//! The program `footnote`: reads the command line and the configuration, wires the crates together, prints.
//!
//! Domain logic lives in the other crates; nothing depends on this one.

mod checker;
mod cli;
mod commands;
mod config;
mod embedding;
mod exit;
mod leave;
mod output;
mod session;
mod writer;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use cli::Global;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let Global { color, quiet, verbose, .. } = cli.global;
    let terminal = Arc::new(output::Terminal::new(color, quiet, verbose));
    match commands::run(cli, &terminal) {
        Ok(code) => code.into(),
        Err(error) => {
            let exit = exit::Exit::of(error);
            if let Some(message) = &exit.message {
                terminal.error(message, exit.hint.as_deref());
            }
            exit.code.into()
        }
    }
}
