//! `albstats query`: one SQL statement over logs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use futures::StreamExt;

use super::athena::asking::{self, AskingArgs, Printing};
use super::common::progress::Drawing;
use tokio::runtime::Runtime;

use super::common::printing::PrintingArgs;
use super::common::reading::{ReadingArgs, limits, runtime};
use super::common::target_groups::TargetGroupsArgs;
use super::common::{GlobalArgs, summary};
use crate::ask::query::Engine;
use crate::ask::sql::{self, Scalar};
use crate::base::config::{Config, Overrides};
use crate::base::outcome::Outcome;
use crate::output::{Destination, Format, TableLayout, writer};

const EXAMPLES: &str = "\
Tables: requests, connections, health_checks, rejected_lines, log_objects (albstats schema lists their columns)

Examples:
  albstats query --from ./logs \"SELECT count(*) FROM requests\"
  albstats query --from ./logs --since 2026-11-20T14:00 --until 2026-11-20T15:00 \\
    \"SELECT target_group_arn, count(*) AS requests, count_if(elb_status_code >= 500) AS errors,
            approx_percentile(target_processing_time, 0.99) AS p99
     FROM requests GROUP BY 1 ORDER BY errors DESC\"
  albstats query --from 'logs/**/*.gz' -f slow.sql -o slow.parquet
  zcat *.gz | albstats query --from - \"SELECT client_ip, count(*) FROM requests GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"
  albstats query --from ./logs \"EXPLAIN SELECT * FROM requests WHERE time > '2026-11-20T14:00'\"
  albstats query --engine athena --since 7d --max-cost 0.50 -f slow.sql";

/// Answer a question in SQL
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct QueryArgs {
    /// The statement; `-`, or none with standard input not a terminal, reads it from there
    sql: Option<String>,
    /// Read the statement from a file (`-` for standard input)
    #[arg(short, long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    target_groups: TargetGroupsArgs,
    #[command(flatten)]
    printing: PrintingArgs,
    #[command(flatten)]
    asking: AskingArgs,
    /// Rows shown of a table; 0 for all [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Output")]
    max_rows: Option<usize>,
}

pub(super) fn run(args: &QueryArgs, global: &GlobalArgs) -> Result<Outcome> {
    let flags = Overrides {
        format: args.printing.format.map(|format| format.to_string()),
        max_rows: args.max_rows,
        ..args.reading.overrides()
    };
    let config = global.load_config(flags)?;
    let sql = statement(args)?;
    let format = args.printing.choose(&config)?;
    let destination = Destination::open(args.printing.output.as_deref(), format)?;
    if args.asking.wants_athena()? {
        if args.target_groups.given() {
            bail!("--target-groups is for --engine local only: Athena reads the tables of its database");
        }
        let layout = table_layout(&destination, &config);
        let printing = Printing { format, destination, layout };
        return asking::run(&sql, &args.asking, args.reading.selecting(), &config, printing, global);
    }
    let known = args.target_groups.read(&config, global)?;
    let started = Instant::now();
    let runtime = runtime(&config)?;
    let source = args.reading.prepare(&config, &runtime, global.quiet)?;
    let engine = Engine::new(&source, &limits(&config))?;
    known.add_to(&engine)?;
    let statement = bound(&sql, &args.asking)?;
    let answered = answer(&statement, &engine, &config, &runtime, format, destination, global.quiet);
    // Threads that read may be waiting for standard input: they end with the program.
    runtime.shutdown_background();
    answered?;
    Ok(summary::finish(&source, started.elapsed(), global.quiet))
}

/// A statement with the values of its parameters.
pub(super) struct Bound {
    sql: String,
    values: BTreeMap<String, Scalar>,
}

impl Bound {
    /// A statement without parameters.
    pub(super) fn plain(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: BTreeMap::new() }
    }
}

/// Gives the statement's `:name` the values of `--set`.
fn bound(sql: &str, asking: &AskingArgs) -> Result<Bound> {
    let values = asking.values();
    if values.is_empty() {
        return Ok(Bound::plain(sql));
    }
    let sql::Bound { sql, names } = sql::bind(sql, |name| format!("${name}"))?;
    if let Some(missing) = names.iter().find(|name| !values.contains_key(*name)) {
        bail!("no value for :{missing}\nhint: --set {missing}=…");
    }
    if let Some(unused) = values.keys().find(|name| !names.contains(name)) {
        bail!("--set {unused}=… has no :{unused} in the statement");
    }
    Ok(Bound { sql, values: values.iter().map(|(name, value)| (name.clone(), Scalar::typed(value))).collect() })
}

/// Runs a statement and writes its answer.
pub(super) fn answer(
    statement: &Bound,
    engine: &Engine,
    config: &Config,
    runtime: &Runtime,
    format: Format,
    destination: Destination,
    quiet: bool,
) -> Result<()> {
    let layout = table_layout(&destination, config);
    // A bar and rows that come bit by bit do not share a terminal.
    let streams = matches!(format, Format::Csv | Format::Ndjson);
    let bar = !(quiet || destination.is_terminal() && streams);
    runtime.block_on(async {
        let drawing = Drawing::start(engine.source(), bar);
        let result = engine.query_with(&statement.sql, &statement.values).await?;
        let mut writer = writer(format, result.schema, destination, layout)?;
        let mut batches = result.batches;
        // One for the whole run: an interruption while rows are written must not be missed.
        let mut interruption = pin!(tokio::signal::ctrl_c());
        loop {
            let batch = tokio::select! {
                batch = batches.next() => batch,
                _ = &mut interruption => bail!("interrupted"),
            };
            match batch {
                Some(batch) => writer.write(&batch?)?,
                None => break,
            }
        }
        drop(drawing);
        writer.finish()?.commit()
    })
}

/// What a table written there may take up.
fn table_layout(destination: &Destination, config: &Config) -> TableLayout {
    let max_rows = if config.max_rows.value == 0 { usize::MAX } else { config.max_rows.value };
    TableLayout { max_rows, ..destination.table_layout() }
}

/// The statement, from wherever it was given.
fn statement(args: &QueryArgs) -> Result<String> {
    let from_stdin = match (&args.sql, &args.file) {
        (Some(sql), _) if sql != "-" => return Ok(sql.clone()),
        (_, Some(file)) if file.as_os_str() != "-" => {
            return std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
        }
        (None, None) => !std::io::stdin().is_terminal(),
        _ => true,
    };
    if !from_stdin {
        bail!("no statement\nhint: albstats query --from ./logs \"SELECT count(*) FROM requests\"");
    }
    if args.reading.reads_stdin() {
        bail!(
            "standard input cannot be both the statement and the logs\nhint: give the statement as an argument, or -f FILE"
        );
    }
    let mut sql = String::new();
    std::io::stdin().read_to_string(&mut sql).context("cannot read the statement from standard input")?;
    if sql.trim().is_empty() {
        bail!("the statement from standard input is empty");
    }
    Ok(sql)
}
