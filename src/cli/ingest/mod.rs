//! `albstats ingest`: takes logs in as they come, into a live store; `albstats ingest status`: how far behind it is.

mod screen;
mod status;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use tokio::sync::Notify;

use super::common::intake::{Intake, Keeping, told_of};
use super::common::interruption::asked_to_end;
use super::common::source::runtime;
use super::common::{GlobalArgs, candidates, message};
use crate::base::config::{self, Keep, Overrides, Pause, StoreSize, TimeSpan, address};
use crate::base::outcome::Outcome;
use crate::base::probes;
use crate::lake::export::{Redacted, Redaction};
use crate::lake::ingest::{Counts, End, Said, ingest};
use crate::output::human;

const EXAMPLES: &str = "\
What comes to lie in a bucket or folder is in the live store seconds later; any number of queries may
read it meanwhile. Losing the store costs reading the logs again. With --export, complete hours go there.

Examples:
  albstats ingest --from s3://acme-alb-logs --to ./live
  albstats ingest --from s3://acme-alb-logs --to ./live --export s3://acme-alb-lake/v1 --redact query-strings
  albstats ingest --from prod --queue https://sqs.eu-west-1.amazonaws.com/111122223333/alb-logs
  albstats ingest --from prod --hand-over --once
  albstats ingest status --from prod --max-lag 15m

Exit codes: 0 done, 2 could not do it, 3 done (--once) but something could not be read, or not to its end";

/// Memory for making batches, all together; bytes.
const MEMORY: usize = 96 << 20;

/// Take logs in as they come, into a live store
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct IngestArgs {
    #[command(subcommand)]
    command: Option<IngestCommand>,
    #[command(flatten)]
    store: StoreArgs,
    /// Look for new logs so often
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    poll: Pause,
    /// Keep what is not in the export for so long
    #[arg(long, value_name = "DURATION", default_value = "48h")]
    keep: Keep,
    /// Keep at most so many bytes: the oldest hours go first
    #[arg(long, value_name = "SIZE", default_value = "20GiB")]
    max_bytes: StoreSize,
    /// Hand an hour over to the export so long after its end, when its objects have come
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    settle: TimeSpan,
    /// Leave out: query-strings, client-ip (keeps /24 and /48), client-certificates. Fixed when the store is made
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    redact: Vec<Redacted>,
    /// Take in what is there, and end
    #[arg(long, conflicts_with_all = ["queue", "listen"])]
    once: bool,
    /// Answer /healthz, /readyz and /metrics there; a port alone is one of 127.0.0.1
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Batches made at the same time [default: one per core, at most 4]
    #[arg(long, value_name = "N", value_parser = config::threads)]
    threads: Option<NonZeroUsize>,
}

/// Which logs, and where they go.
#[derive(Debug, Args)]
struct StoreArgs {
    /// Folder, s3://bucket/prefix or a source's name; may be repeated. Fixed when the store is made
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    from: Vec<String>,
    /// Folder of the live store [default: `live` of the source]
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Hand complete hours over to this export: a folder or s3://bucket/prefix
    #[arg(long, value_name = "WHERE")]
    export: Option<String>,
    /// Hand complete hours over to the export of the source
    #[arg(long, conflicts_with = "export")]
    hand_over: bool,
    /// Queue that S3 tells of new objects: its URL
    #[arg(long, value_name = "URL")]
    queue: Option<String>,
    /// How many lists to spend on folders of a bucket that are not of AWS's layout [default: 5000]
    #[arg(long, value_name = "N")]
    max_lists: Option<usize>,
}

#[derive(Debug, Subcommand)]
enum IngestCommand {
    Status(status::StatusArgs),
}

pub(super) fn run(args: &IngestArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        Some(IngestCommand::Status(args)) => status::run(args, global),
        None => take_in(args, global),
    }
}

fn take_in(args: &IngestArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides { threads: args.threads, ..Overrides::default() })?;
    let runtime = runtime(&config)?;
    let redaction: Redaction = args.redact.iter().copied().collect();
    let opened = args.store.intake().open(&config, &runtime, &redaction, false)?;
    let keeping = Keeping {
        poll: args.poll.span(),
        keep: args.keep.span(),
        max_bytes: args.max_bytes.size(),
        settle: args.settle,
        memory: MEMORY,
        once: args.once,
    };
    let spec = opened.ingest(&keeping, &config);
    let counts = Arc::new(Counts::new(spec.poll));
    let (listen, quiet) = (args.listen, global.quiet);
    let end = runtime.block_on(async {
        if let Some(address) = listen {
            let listener = probes::bind(address).await?;
            if !quiet {
                message(format_args!("listening on http://{}", listener.local_addr()?));
            }
            let probed: Arc<dyn probes::Probed> = Arc::<Counts>::clone(&counts);
            tokio::spawn(probes::serve(listener, probed));
        }
        let stop = Arc::new(Notify::new());
        let interrupt = tokio::spawn({
            let stop = Arc::clone(&stop);
            async move {
                asked_to_end().await;
                stop.notify_one();
            }
        });
        let mut teller = Teller { quiet, keep: args.keep.span().to_string(), ..Teller::default() };
        let ended = ingest(&spec, &counts, &stop, &mut |said| teller.tell(said)).await;
        interrupt.abort();
        if let Ok(end) = ended {
            teller.sum_up(args.once, end);
        }
        ended
    })?;
    runtime.shutdown_background();
    Ok(match end {
        End::Done => Outcome::Done,
        End::Incomplete | End::Stopped => Outcome::Incomplete,
    })
}

/// Says what is new. What goes well is counted.
#[derive(Debug, Default)]
struct Teller {
    quiet: bool,
    /// `--keep`, as it is shown.
    keep: String,
    objects: u64,
    rows: u64,
    slots: usize,
    /// Objects that are in the store with fewer rows than they had.
    damaged: u64,
}

/// So many objects are named that are damaged; of more it is said how many.
const NAMED: u64 = 10;

impl Teller {
    fn tell(&mut self, said: Said) {
        match said {
            Said::Opened(mended) => {
                for line in told_of(&mended) {
                    message(line.after("notice: "));
                }
            }
            Said::TakenIn { objects, rows } => {
                self.objects += objects;
                self.rows += rows;
            }
            Said::Damaged(why) => {
                self.damaged += 1;
                if self.damaged <= NAMED {
                    message(why.after("warning: "));
                }
                if self.damaged == NAMED {
                    message("warning: objects that are damaged are not named any more; table log_objects names them");
                }
            }
            Said::HandedOver { slots } => self.slots += slots,
            Said::Wrong(why) => message(why.after("warning: ")),
            Said::Over(what) if !self.quiet => message(what),
            Said::Over(_) => {}
        }
    }

    fn sum_up(&self, once: bool, ended: End) {
        if self.quiet {
            return;
        }
        let end = if once && ended != End::Stopped { "" } else { "stopped: " };
        let (objects, rows) = (human::plural(self.objects, "object"), human::plural(self.rows, "row"));
        let slots = if self.slots > 0 {
            format!(", {} of the export written", human::plural(self.slots as u64, "slot"))
        } else {
            String::new()
        };
        // Whoever tries it on old logs would take nothing for all that there is.
        let nothing = if once && ended == End::Done && self.objects == 0 {
            format!(": nothing new within the last {}; older logs are not looked for (--keep)", self.keep)
        } else {
            String::new()
        };
        let damaged = if self.damaged > 0 {
            format!("; {} not read to their ends (log_objects)", human::plural(self.damaged, "object"))
        } else {
            String::new()
        };
        message(format_args!("{end}{objects}, {rows} taken in{slots}{damaged}{nothing}"));
    }
}

impl StoreArgs {
    fn intake(&self) -> Intake {
        Intake {
            from: self.from.clone(),
            to: self.to.clone(),
            export: self.export.clone(),
            hand_over: self.hand_over,
            queue: self.queue.clone(),
            max_lists: self.max_lists,
        }
    }
}
