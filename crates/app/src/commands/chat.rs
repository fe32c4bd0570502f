//! `footnote`: the chat screen.

use anyhow::Result;

use crate::config::Config;
use crate::exit::Code;
use crate::output::Terminal;

pub(super) async fn run(_config: Config, _terminal: Terminal) -> Result<Code> {
    anyhow::bail!("the chat is on its way")
}
