//! The command line. Names, exit codes and output are a contract with scripts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Ask your notes a question and get an answer in which every sentence carries a footnote to the lines it rests on.
#[derive(Debug, Parser)]
#[command(name = "footnote", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Read this configuration instead of the config.toml of this folder and the folders above it
    #[arg(long, global = true, value_name = "FILE", env = "FOOTNOTE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of notes
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) notes: Option<PathBuf>,
    /// The folder of the index
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) index: Option<PathBuf>,
    /// Never use the network: say what is missing instead of fetching it
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Send passages to an endpoint on another machine without being asked
    #[arg(long, global = true)]
    pub(crate) allow_remote: bool,
    /// Colour on stdout
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The chat screen (what `footnote` alone opens)
    Chat,
    /// One answer on stdout
    Ask(Ask),
    /// The passages that matter, without an answer
    Search(Search),
    /// The names in the notes that mean the same, and where they say so
    Aliases(Aliases),
    /// Bring the index up to date
    Index(Index),
    /// Measure search, answers and verdicts on your own questions, compare with an earlier run, and calibrate
    Eval(Eval),
    /// Say what is wrong and how to mend it
    Doctor,
    /// Fetch what the embedding model needs, ahead of the first question
    Setup,
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script
    Completions {
        /// The shell it is for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which notes count.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Only notes whose path matches this glob; given several times, any of them will do
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Vec<String>,
    /// Only notes with this tag, or one below it (ml takes ml/attention); given several times, a note must have all
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Only notes of this date (YYYY-MM-DD) or later
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Only notes of this date (YYYY-MM-DD) or earlier
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
}

/// A question, as words or from stdin.
#[derive(Debug, Args)]
pub(crate) struct Question {
    /// The question; `-`, or nothing with a pipe, reads it from stdin
    #[arg(value_name = "QUESTION")]
    pub(crate) words: Vec<String>,
    /// The question that this one follows up on; given several times, the oldest first
    #[arg(long, value_name = "QUESTION")]
    pub(crate) after: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Print one JSON object
    #[arg(long, conflicts_with = "json_stream")]
    pub(crate) json: bool,
    /// Print one JSON object a line, as things happen
    #[arg(long)]
    pub(crate) json_stream: bool,
    /// How many passages the answer may rest on
    #[arg(short, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) k: Option<u8>,
    /// Who writes the answer
    #[arg(long, value_name = "NAME", value_parser = crate::config::GENERATORS)]
    pub(crate) generator: Option<String>,
    /// Drop sentences that the notes do not support
    #[arg(long)]
    pub(crate) strict: bool,
    /// Ask the model without your notes, too, and show both answers, every sentence checked against the notes
    #[arg(long, conflicts_with = "json_stream")]
    pub(crate) compare: bool,
    /// Print the prompt on stderr
    #[arg(long)]
    pub(crate) show_prompt: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Say where each passage came from, and what was searched
    #[arg(long)]
    pub(crate) explain: bool,
    /// How many passages
    #[arg(short, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) k: Option<u8>,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

#[derive(Debug, Args)]
pub(crate) struct Aliases {
    /// Only the names that mean the same as this one
    #[arg(value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Index {
    /// Cut and write everything anew; vectors that still fit are kept
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// Keep the index up to date until interrupted
    #[arg(long)]
    pub(crate) watch: bool,
    /// Read every file of the index and tell whether it is whole
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Eval {
    #[command(subcommand)]
    pub(crate) make: Option<EvalCommand>,
    /// Files of lines, each one JSON object that says what it is: a question over the notes
    /// {"question","lang","paths":["a.md"],"answers":["…"],"answerable":true}, one that they do not answer
    /// {"question","lang","answerable":false}, a follow-up {"first","question","full","lang","paths"}, a question over its
    /// own passages {"question","lang","passages":["…"],"answerable":false}, a claim
    /// {"set","lang","claim","context","question","supported":true}, or two places of notes
    /// {"a":{"path","line","text"},"b":{"path","line","text"},"question","conflict":true}
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Show what changed since an earlier run (what --json printed); exit with 6 when something is worse by more than
    /// chance explains
    #[arg(long, value_name = "OLD.json")]
    pub(crate) compare: Option<PathBuf>,
    /// Write the risk-coverage curve of abstention to a CSV file
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) curve: Option<PathBuf>,
    /// Answer each question again without the notes that its answer cites: what rested on them must go or change
    #[arg(long)]
    pub(crate) counterfactual: bool,
    /// Fit the bar below which a question is declined to these questions, and write it into config.toml, where that is
    /// better by more than chance explains
    #[arg(long, conflicts_with_all = ["compare", "curve", "counterfactual"])]
    pub(crate) calibrate: bool,
    /// With --calibrate: only say what would be written
    #[arg(long, requires = "calibrate")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Make a test set for the checker out of your own notes: their sentences, and the same with one number, date, unit,
    /// negation or name changed
    Perturb {
        /// Write it to this file instead of stdout
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Which values take the place of the true ones; the same seed makes the same file
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting
    Show {
        /// Tell where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Print which configuration files are read
    Path,
    /// Read the configuration and say whether it is sound
    Check,
    /// Write a config.toml with every setting, commented, into this folder
    Init,
}
