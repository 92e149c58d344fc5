//! `albstats query --follow`: rows of a statement as they come, until somebody ends it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use arrow::datatypes::SchemaRef;
use futures::StreamExt;

use super::{QueryArgs, local};
use crate::ask::query::Engine;
use crate::base::config::{Config, Pause};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::answer::Bound;
use crate::cli::common::engine::{check, engine};
use crate::cli::common::following::Following;
use crate::cli::common::interruption::interrupted;
use crate::cli::common::printing::Printing;
use crate::cli::common::source::runtime;
use crate::cli::common::summary::name_problems;
use crate::cli::common::{GlobalArgs, message};
use crate::output::{BatchWriter, Destination, Format, in_zone, writer};

/// How often a bucket or folder is listed.
const POLL: Duration = Duration::from_secs(30);
/// How often a live store is looked at, which costs reading one file.
const POLL_LIVE: Duration = Duration::from_secs(1);

/// How rows are written as they come.
pub(super) fn printing(args: &QueryArgs, config: &Config) -> Result<Printing> {
    if args.printing.output.is_some() {
        bail!(Message::new("-o FILE appears when an answer is complete, which --follow never is").hint("> FILE"));
    }
    let format = args.printing.format.unwrap_or(Format::Ndjson);
    if !matches!(format, Format::Ndjson | Format::Csv) {
        bail!(
            Message::new(format_args!("--follow writes rows as they come, and {format} needs all of them"))
                .hint("--format ndjson, or csv")
        );
    }
    Ok(Printing::new(format, Destination::open(None, format)?, config))
}

/// Looks again and again, and shows the rows of what has come.
pub(super) fn run(
    sql: &str,
    args: &QueryArgs,
    config: &Config,
    printing: Printing,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let known = args.target_groups.read(config, global)?;
    let statement = local::bound(sql, &args.engine)?;
    let runtime = runtime(config)?;
    runtime.block_on(check(&statement, args.dialect.dialect(), &known, config))?;
    let selection = args.source.selection().resolve(config, global.quiet)?;
    let mut following = Following::begin(selection, &runtime, global.quiet)?;
    let poll = args.poll.map_or(if following.is_live() { POLL_LIVE } else { POLL }, Pause::get);
    let mut shown = Shown { pending: Some(printing), writer: None, quiet: global.quiet };
    let mut troubled = None;
    loop {
        match following.next(&args.source, config, &runtime) {
            Ok(source) => {
                troubled = None;
                let engine = engine(&source, args.dialect.dialect(), &known, config)?;
                runtime.block_on(shown.add(&engine, &statement))?;
                if let Some(run) = &source.raw {
                    name_problems("incomplete", &run.report().incomplete, "");
                }
            }
            // It did work: what passes is waited for, and said once.
            Err(error) if shown.pending.is_none() => {
                let text = Message::from(error).after("warning: ");
                if troubled.replace(text.kind()) != Some(text.kind()) {
                    message(text);
                }
            }
            Err(error) => return Err(error),
        }
        runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(poll) => Ok(()),
                error = interrupted() => Err(error),
            }
        })?;
    }
}

/// Rows that are shown, as one answer.
struct Shown {
    /// How they will be written, until it is known what columns they have.
    pending: Option<Printing>,
    writer: Option<(Box<dyn BatchWriter<Destination> + Send>, SchemaRef)>,
    /// Whether notices are not told.
    quiet: bool,
}

impl Shown {
    /// Adds what the statement answers of what has come.
    async fn add(&mut self, engine: &Engine, statement: &Bound) -> Result<()> {
        let mut interruption = pin!(interrupted());
        if self.writer.is_none() {
            engine.refuse_unless_streamed(&statement.sql, &statement.values).await?;
        }
        let mut result = engine.query(&statement.sql, &statement.values).await?;
        if let Some(printing) = self.pending.take() {
            for notice in result.notices.iter().filter(|_| !self.quiet) {
                message(notice.clone().after("notice: "));
            }
            let schema = printing.schema(&result.schema);
            let Printing { format, destination, layout, .. } = printing;
            self.writer = Some((writer(format, Arc::clone(&schema), destination, layout)?, schema));
        }
        let Some((rows, schema)) = &mut self.writer else { return Ok(()) };
        loop {
            let batch = tokio::select! {
                batch = result.batches.next() => batch,
                error = &mut interruption => return Err(error),
            };
            match batch {
                Some(batch) => rows.write(&in_zone(&batch?, schema)?)?,
                None => return Ok(()),
            }
        }
    }
}
