//! `albstats serve`: the reports and SQL over HTTP, from a process that stays up.

mod answers;
mod sources;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use tokio::sync::watch;

use super::STACK;
use super::common::interruption::asked_to_end;
use super::common::listening::address;
use super::common::source::runtime;
use super::common::{GlobalArgs, candidates, message};
use crate::base::config::Overrides;
use crate::base::outcome::Outcome;
use crate::base::probes;
use crate::serve::{Limits, Service, Settings, serve};
use answers::OverSources;
use sources::sources;

const EXAMPLES: &str = "\
Examples:
  albstats serve --from ./logs
  curl 'http://127.0.0.1:4480/api/v1/reports/latency?since=2h'";

/// Where it listens unless somebody says otherwise.
const PORT: u16 = 4480;

/// Serve the reports and SQL over HTTP, for browsers and programs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    /// Folder, s3://bucket/prefix or a source's name; may be repeated: each is a source of its own [default: all sources]
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    from: Vec<String>,
    /// Port on the loopback interface, or address and port [default: 4480]
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    listen: Option<SocketAddr>,
}

pub(super) fn run(args: &ServeArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let settings = Settings {
        listen: args.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))),
        hosts: Vec::new(),
        limits: Limits {
            slots: 4,
            queue: 32,
            timeout: Duration::from_mins(1),
            max_rows: 1_000_000,
            max_bytes: 256 << 20,
            cache: 64 << 20,
            stack: STACK,
        },
        grace: Duration::from_secs(10),
    };
    let sources = sources(&args.from, &config)?;
    // What answers does not share its threads with what listens.
    let answering = Arc::new(runtime(&config)?);
    let answers = OverSources::new(sources, config, Arc::clone(&answering), global.silent());
    let listening = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let service = Arc::new(Service::new(Arc::new(answers), settings));
    listening.block_on(async {
        let listener = probes::bind(service.settings().listen).await?;
        message(format_args!("listening on http://{}", listener.local_addr()?));
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(Arc::clone(&service), listener, stopped));
        asked_to_end().await;
        stop.send_replace(true);
        service.close().await;
        served.await?;
        anyhow::Ok(())
    })?;
    Ok(Outcome::Done)
}
