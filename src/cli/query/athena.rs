//! `albstats query --engine athena`: the same question, answered by Athena over an export.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::QueryArgs;
use crate::ask::athena::Statement;
use crate::base::config::{Config, TimeSpan};
use crate::base::outcome::Outcome;
use crate::cli::common::athena::{check_cost, closing_line, connect, identity, runtime, say_lacking};
use crate::cli::common::interruption::interrupted;
use crate::cli::common::printing::Printing;
use crate::cli::common::{GlobalArgs, message};
use crate::output::{in_zone, writer};

/// Answers are kept for a week.
const LONGEST_REUSE: Duration = Duration::from_hours(7 * 24);

/// Asks Athena and writes its answer.
pub(super) fn run(
    sql: &str,
    args: &QueryArgs,
    config: &Config,
    printing: Printing,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let (engine, selection) = (&args.engine, args.source.selection());
    let rows = selection.rows(config, global.quiet)?;
    rows.window.check()?;
    let statement = Statement::prepare(sql, &engine.values(), engine.database.database(), &rows)?;
    let identity = identity(&selection.from, config)?;
    let reuse = engine.reuse.map(TimeSpan::get);
    if reuse.is_some_and(|age| age > LONGEST_REUSE || age.is_zero()) {
        bail!("--reuse takes up to 7d: answers are not kept longer");
    }
    runtime()?.block_on(async {
        say_lacking(&selection.from, config, &rows.window, global.quiet).await;
        let athena = connect(&identity, &engine.database, global.quiet).await?;
        if let Some(most) = engine.max_cost {
            check_cost(&athena, &statement, &rows.window, most, global.quiet).await?;
        }
        // Listens from now on: an interruption must not be missed while a request is on its way.
        let mut interrupted = tokio::spawn(async {
            interrupted().await;
        });
        let ended = async {
            let _ = (&mut interrupted).await;
        };
        let mut answer = athena.ask(&statement, reuse, ended).await?;
        let schema = printing.schema(&answer.schema);
        let mut writer = writer(printing.format, Arc::clone(&schema), printing.destination, printing.layout)?;
        loop {
            let batch = tokio::select! {
                batch = answer.next() => batch?,
                _ = &mut interrupted => bail!("interrupted"),
            };
            match batch {
                Some(batch) => writer.write(&in_zone(&batch, &schema)?)?,
                None => break,
            }
        }
        writer.finish()?.commit()?;
        if !global.quiet {
            message(format_args!("{}", closing_line(&answer.usage)));
        }
        Ok(Outcome::Done)
    })
}
