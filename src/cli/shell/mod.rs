//! `albstats shell`: statement after statement over the same logs. On a terminal with an editor; otherwise as a script.
//!
//! `pieces` and `script` take apart what is typed, `command` reads commands, `complete`, `vocabulary` and `highlight` help to
//! type, `editor` is the only file that knows the line editor; `session` is what lasts from one statement to the next;
//! `interactive` and `batch` are the two loops around it.

mod batch;
mod carry_out;
mod command;
mod complete;
mod describe;
mod editor;
mod highlight;
mod interactive;
mod output;
mod pieces;
mod queries;
mod script;
mod session;
mod vocabulary;

use std::io::IsTerminal;
use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::common::source::{SourceArgs, runtime};
use super::common::target_groups::TargetGroupsArgs;
use super::common::{GlobalArgs, candidates};
use crate::base::config::{ByteSize, Environment, Overrides};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::printing::PrintingArgs;
use crate::output::Format;
use crate::read::scan::KeptTexts;
use output::Answers;
use queries::Queries;
use session::Session;
use vocabulary::Vocabulary;

const EXAMPLES: &str = "\
Statements end with a semicolon; \\? lists the commands, Tab completes. What is read is listed once (\\refresh lists \
anew), and texts that were inflated are kept, up to --text-memory: the next question about them reads memory.

Examples:
  albstats shell --from ./logs
  albstats shell --from prod --since 2h --elb 'k8s-shop-*'
  albstats shell --from ./logs --format csv < statements.sql > answers.csv
  echo '\\report latency --by elb' | albstats shell --from ./logs

Exit codes, of the worst: 0 done, 1 a condition of a report's --fail-if holds, 2 a statement could not be answered, 3 \
something could not be read; from a terminal always 0";

/// Ask one question after another
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShellArgs {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    target_groups: TargetGroupsArgs,
    #[command(flatten)]
    look: LookArgs,
    /// Memory for texts of objects that were read, so that they are not inflated again; 0 keeps none [default: 256MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    text_memory: Option<ByteSize>,
    /// Go on after a statement that fails, if they come from a file or a pipe
    #[arg(long)]
    keep_going: bool,
}

/// How answers look.
#[derive(Debug, Args)]
struct LookArgs {
    /// table, csv, json, ndjson, markdown or html [default: table]
    #[arg(long, value_name = "FORMAT", add = ArgValueCompleter::new(candidates::formats), help_heading = "Output")]
    format: Option<Format>,
    /// A value a line, for rows of many columns
    #[arg(long, help_heading = "Output")]
    expanded: bool,
    /// Rows shown of a table where there is no pager; 0 for all [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Output")]
    max_rows: Option<usize>,
}

/// Memory for texts unless somebody says otherwise.
const TEXT_MEMORY: ByteSize = ByteSize::mebibytes(256);

/// What a shell is started with, by whichever command.
pub(super) struct Start<'a> {
    pub(super) source: &'a SourceArgs,
    pub(super) target_groups: &'a TargetGroupsArgs,
    pub(super) format: Option<Format>,
    pub(super) expanded: bool,
    pub(super) max_rows: Option<usize>,
    pub(super) text_memory: ByteSize,
    pub(super) keep_going: bool,
}

pub(super) fn run(args: &ShellArgs, global: &GlobalArgs) -> Result<Outcome> {
    let ShellArgs { source, target_groups, look, text_memory, keep_going } = args;
    let start = Start {
        source,
        target_groups,
        format: look.format,
        expanded: look.expanded,
        max_rows: look.max_rows,
        text_memory: text_memory.unwrap_or(TEXT_MEMORY),
        keep_going: *keep_going,
    };
    begin(&start, global)
}

/// What `albstats query` becomes on a terminal without a statement.
pub(super) fn of_query(
    source: &SourceArgs,
    target_groups: &TargetGroupsArgs,
    printing: &PrintingArgs,
    expanded: bool,
    max_rows: Option<usize>,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let format = printing.format;
    begin(
        &Start { source, target_groups, format, expanded, max_rows, text_memory: TEXT_MEMORY, keep_going: false },
        global,
    )
}

fn begin(start: &Start, global: &GlobalArgs) -> Result<Outcome> {
    if start.source.reads_stdin() {
        bail!(
            Message::new("standard input is for statements, and cannot be the logs, too")
                .hint("save the logs to a file")
        );
    }
    let flags = Overrides {
        format: start.format.map(|format| format.to_string()),
        max_rows: start.max_rows,
        ..start.source.overrides()
    };
    let config = global.load_config(flags)?;
    let environment = Environment::of_process()?;
    let format = match &config.format {
        Some(setting) => setting.value.parse()?,
        None => Format::Table,
    };
    let runtime = Arc::new(runtime(&config)?);
    let most = usize::try_from(start.text_memory.0).unwrap_or(usize::MAX);
    let is_typed = std::io::stdin().is_terminal();
    let mut session = Session {
        known: start.target_groups.read(&config, global)?,
        selection: start.source.selection().resolve(&config, global.quiet)?,
        answers: Answers::new(format, start.expanded, start.source.selection().zone_name()?, is_typed),
        queries: Queries::new(environment.user_folder("XDG_CONFIG_HOME", ".config")),
        args: start.source.clone(),
        kept: (most > 0).then(|| Arc::new(KeptTexts::new(most))),
        source: None,
        timing: false,
        vocabulary: Arc::new(Mutex::new(Vocabulary::default())),
        is_typed,
        last: None,
        config: Arc::new(config),
        runtime: Arc::clone(&runtime),
        global,
    };
    let ended = if session.is_typed {
        interactive::run(&mut session, environment.user_folder("XDG_STATE_HOME", ".local/state").as_deref())
    } else {
        batch::run(&mut session, std::io::stdin().lock(), start.keep_going)
    };
    drop(session);
    match Arc::try_unwrap(runtime) {
        Ok(runtime) => runtime.shutdown_background(),
        // Whoever still lists something that nobody waits for ends with the program.
        Err(runtime) => std::mem::forget(runtime),
    }
    ended
}
