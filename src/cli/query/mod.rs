//! `albstats query`: one SQL statement over logs. Here it is decided who answers: this program (`local`) or `athena`.

mod athena;
mod follow;
mod local;

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::common::GlobalArgs;
use super::common::engine::EngineArgs;
use super::common::printing::{Printing, PrintingArgs};
use super::common::source::SourceArgs;
use super::common::target_groups::TargetGroupsArgs;
use crate::ask::query::Dialect;
use crate::base::config::{Overrides, Pause};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::cli::shell;
use crate::output::{Destination, Format, TableForm, TableLayout};

const EXAMPLES: &str = "\
Tables: requests, connections, health_checks, rejected_lines, log_objects (albstats schema lists their columns);
and as in Athena: alb_access_logs, alb_connection_logs, by any of the names AWS gives them

Examples:
  albstats query --from ./logs \"SELECT count(*) FROM requests\"
  albstats query --from ./logs --since 2026-11-20T14:00 --until 2026-11-20T15:00 \\
    \"SELECT target_group_arn, count(*) AS requests, count_if(elb_status_code >= 500) AS errors,
            approx_percentile(target_processing_time, 0.99) AS p99
     FROM requests GROUP BY 1 ORDER BY errors DESC\"
  albstats query --from 'logs/**/*.gz' -f slow.sql -o slow.parquet
  zcat *.gz | albstats query --from - \"SELECT client_ip, count(*) FROM requests GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"
  albstats query --from ./logs \"EXPLAIN SELECT * FROM requests WHERE time > '2026-11-20T14:00'\"
  albstats query --from ./logs \
    \"SELECT count(*) AS requestCount, elb_status_code FROM alb_logs WHERE day = '2026/11/20' GROUP BY elb_status_code\"
  albstats query --from prod --follow \"SELECT time, elb, request_url FROM requests WHERE elb_status_code >= 500\"
  albstats query --engine athena --since 7d --max-cost 0.50 -f slow.sql";

/// In which SQL a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DialectName {
    /// Athena's, if it names one of Athena's documented tables
    Auto,
    /// Athena's
    Athena,
}

impl DialectName {
    fn dialect(self) -> Dialect {
        match self {
            Self::Auto => Dialect::ByTables,
            Self::Athena => Dialect::Athena,
        }
    }
}

/// Answer a question in SQL
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct QueryArgs {
    /// The statement; `-`, or none with standard input not a terminal, reads it from there; none on a terminal is a shell
    sql: Option<String>,
    /// Read the statement from a file (`-` for standard input)
    #[arg(short, long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    target_groups: TargetGroupsArgs,
    #[command(flatten)]
    printing: PrintingArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// The statement's SQL: Athena's if it names one of Athena's documented tables (auto), or always
    #[arg(long, value_name = "DIALECT", value_enum, default_value = "auto")]
    dialect: DialectName,
    /// Rows shown of a table; 0 for all [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Output")]
    max_rows: Option<usize>,
    /// Go on: show rows as they come, as NDJSON or CSV, until Ctrl-C; from now on, or from --since on
    #[arg(long)]
    follow: bool,
    /// How often to look for what has come [default: 30s; 1s of a live store]
    #[arg(long, value_name = "DURATION", requires = "follow")]
    poll: Option<Pause>,
    /// A value a line, for rows of many columns
    #[arg(long, help_heading = "Output")]
    expanded: bool,
}

pub(super) fn run(args: &QueryArgs, global: &GlobalArgs) -> Result<Outcome> {
    if args.is_shell()? {
        let QueryArgs { source, target_groups, printing, expanded, max_rows, .. } = args;
        return shell::of_query(source, target_groups, printing, *expanded, *max_rows, global);
    }
    let flags = Overrides {
        format: args.printing.format.map(|format| format.to_string()),
        max_rows: args.max_rows,
        ..args.source.overrides()
    };
    let config = global.load_config(flags)?;
    let sql = statement(args)?;
    if args.follow {
        if args.engine.wants_athena()? {
            bail!("--follow is for --engine local only");
        }
        let printing = follow::printing(args, &config)?;
        let printing = Printing { zone: args.source.selection().zone_name()?, ..printing };
        return follow::run(&sql, args, &config, printing, global);
    }
    let format = args.printing.choose(&config)?;
    let destination = Destination::open(args.printing.output.as_deref(), format)?;
    if args.expanded && format != Format::Table {
        bail!("--expanded is a form of tables, not of {format}");
    }
    let printing = Printing::new(format, destination, &config);
    let layout = TableLayout { form: TableForm::expanded(args.expanded), ..printing.layout };
    let printing = Printing { layout, zone: args.source.selection().zone_name()?, ..printing };
    if !args.engine.wants_athena()? {
        return local::run(&sql, args, &config, printing, global);
    }
    if args.target_groups.given() {
        bail!("--target-groups is for --engine local only: Athena reads the tables of its database");
    }
    athena::run(&sql, args, &config, printing, global)
}

impl QueryArgs {
    /// Whether somebody sits there who gave no statement, and nothing that only one statement can have.
    fn is_shell(&self) -> Result<bool> {
        let has_none = self.sql.is_none() && self.file.is_none() && std::io::stdin().is_terminal();
        let is_for_one = self.follow
            || self.printing.output.is_some()
            || self.engine.wants_athena()?
            || !self.engine.values().is_empty();
        Ok(has_none && !is_for_one)
    }
}

/// The statement, from wherever it was given.
fn statement(args: &QueryArgs) -> Result<String> {
    let from_stdin = match (&args.sql, &args.file) {
        (Some(sql), _) if sql != "-" => return Ok(sql.clone()),
        (_, Some(file)) if file.as_os_str() != "-" => {
            return std::fs::read_to_string(file).with_context(|| format!("cannot read {}", Shown(file.display())));
        }
        (None, None) => !std::io::stdin().is_terminal(),
        _ => true,
    };
    if !from_stdin {
        bail!(
            Message::new("no statement")
                .hint("albstats query --from ./logs \"SELECT count(*) FROM requests\"; albstats shell asks for it")
        );
    }
    if args.source.reads_stdin() {
        bail!(
            Message::new("standard input cannot be both the statement and the logs")
                .hint("give the statement as an argument, or -f FILE")
        );
    }
    let mut sql = String::new();
    std::io::stdin().read_to_string(&mut sql).context("cannot read the statement from standard input")?;
    if sql.trim().is_empty() {
        bail!("the statement from standard input is empty");
    }
    Ok(sql)
}
