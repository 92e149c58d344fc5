//! `albstats serve`: the reports and SQL over HTTP, from a process that stays up.
//!
//! `sources` are what is served, `feed` takes one in, `position` notices what is new in one, `answers` asks them;
//! `alerts`, `fleet` and `demo` run beside, if they are wanted. `settings` is what the
//! server is started with, `reload` reads the configuration again.

mod alerts;
mod answers;
mod demo;
mod feed;
mod fleet;
mod position;
#[cfg(unix)]
mod reload;
mod settings;
mod sources;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::common::interruption::asked_to_end;
use super::common::kubernetes::{EventsArgs, LeaseArgs};
use super::common::source::runtime;
use super::common::{GlobalArgs, candidates, message, say_in_json};
use super::reconcile::KubernetesArgs;
use crate::base::config::{Config, Keep, Overrides, Pause, StoreSize, address};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::probes;
use crate::lake::export::Redacted;
use crate::serve::{Access, Beside, LogForm, Looks, OverService, Service, Tls, serve};
use answers::OverSources;
use fleet::Fleet;
use settings::{door, settings};
use sources::sources;

const EXAMPLES: &str = "\
A source with a live store (live = \"FOLDER\" in albstats.toml, or --live) is taken in as its logs come; others are read \
where they lie. What is wrong with one is said, and the others are served. docs/serve.md, docs/http.md.

Examples:
  albstats serve --demo
  albstats serve --from ./logs
  albstats serve --from s3://acme-alb-logs --live ./live
  albstats serve --listen 0.0.0.0:4480 --tokens tokens --host logs.example.com
  curl 'http://127.0.0.1:4480/api/v1/reports/latency?since=2h'";

const TAKING_IN: &str = "Taking in";
const RECONCILING: &str = "Reconciling";

/// Serve the reports and SQL over HTTP, for browsers and programs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct ServeArgs {
    #[command(subcommand)]
    command: Option<ServeCommand>,
    /// Folder, s3://bucket/prefix or a source's name; may be repeated: each is a source of its own [default: all sources]
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    from: Vec<String>,
    /// Serve logs that are made up and go on arriving, with an incident now and then; nothing else is needed
    #[arg(long, conflicts_with_all = ["from", "live"])]
    demo: bool,
    /// Port on the loopback interface, or address and port [default: 4480]
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Name by which browsers may call this server, beside those of this machine; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// File of tokens, of which whoever asks has to show one; needed to listen on another interface than the loopback
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Certificates of this server, PEM: it speaks TLS then
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Their key, PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// A line for each request on standard error: text, json (everything that is said, too), or off [default: text; off with -q]
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true)]
    log: Option<LogName>,
    /// Take the source's logs in as they come, into a live store in this folder
    #[arg(long, value_name = "FOLDER", help_heading = TAKING_IN)]
    live: Option<PathBuf>,
    /// Queue that S3 tells of new objects: its URL
    #[arg(long, value_name = "URL", requires = "live", help_heading = TAKING_IN)]
    queue: Option<String>,
    /// Look for new logs so often [default: 30s]
    #[arg(long, value_name = "DURATION", help_heading = TAKING_IN)]
    poll: Option<Pause>,
    /// Live stores keep what is not in the export for so long [default: 48h]
    #[arg(long, value_name = "DURATION", help_heading = TAKING_IN)]
    keep: Option<Keep>,
    /// Live stores keep at most so many bytes: the oldest hours go first [default: 20GiB]
    #[arg(long, value_name = "SIZE", help_heading = TAKING_IN)]
    max_store: Option<StoreSize>,
    /// Hand complete hours over to the export of their source
    #[arg(long, help_heading = TAKING_IN)]
    hand_over: bool,
    /// New live stores leave out: query-strings, client-ip (keeps /24 and /48), client-certificates
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = TAKING_IN)]
    redact: Vec<Redacted>,
    /// Switch the logs of load balancers on, too, as [reconcile] says: what `reconcile watch` does
    #[arg(long, help_heading = RECONCILING)]
    reconcile: bool,
    #[command(flatten, next_help_heading = RECONCILING)]
    kubernetes: KubernetesArgs,
    #[command(flatten, next_help_heading = RECONCILING)]
    lease: LeaseArgs,
    #[command(flatten, next_help_heading = RECONCILING)]
    events: EventsArgs,
}

/// How requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogName {
    Text,
    Json,
    Off,
}

impl LogName {
    fn form(self) -> Option<LogForm> {
        match self {
            Self::Text => Some(LogForm::Text),
            Self::Json => Some(LogForm::Json),
            Self::Off => None,
        }
    }
}

#[derive(Debug, Subcommand)]
enum ServeCommand {
    Token(token::TokenArgs),
}

pub(super) fn run(args: &ServeArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        Some(ServeCommand::Token(args)) => token::run(args, global),
        None => go_on(args, global),
    }
}

fn go_on(args: &ServeArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let log = args.log.unwrap_or(if global.quiet { LogName::Off } else { LogName::Text });
    if log == LogName::Json {
        say_in_json();
    }
    let settings = settings(args, &config, log);
    let door = door(args, &config, settings.listen)?;
    let demo = args.demo.then(|| demo::begin(global.quiet)).transpose()?;
    let sources = sources(args, demo.as_ref(), &config)?;
    let poll = args.poll.map_or(config.serve.poll.value, Pause::span).get();
    // What answers shares no thread with what listens, nor with what takes logs in.
    let (answering, ingesting) = (Arc::new(runtime(&config)?), Arc::new(few_threads()?));
    let listening = few_threads()?;
    let answers = Arc::new(OverSources::new(sources, config.clone(), answering, global.silent()));
    let service = Arc::new(Service::new(Arc::<OverSources>::clone(&answers), settings));
    let alerts = alerts::open(&config, demo.as_ref(), &service)?;
    if !args.reconcile && !args.kubernetes.kubernetes.is_empty() {
        bail!("--kubernetes is for --reconcile");
    }
    let fleet = args.reconcile.then(|| Fleet::open(&config, global)).transpose()?;
    let demo = demo.map(demo::Arriving::start).transpose()?;
    let mut feeds = Vec::new();
    let outcome = listening.block_on(async {
        let listener = probes::bind(service.settings().listen).await?;
        feeds = start(&answers, &config, &ingesting, poll)?;
        if !global.quiet {
            let scheme = if door.tls.is_some() { "https" } else { "http" };
            message(format_args!("listening on {scheme}://{}", listener.local_addr()?));
        }
        let (stop, stopped) = watch::channel(false);
        let (access, tls) = (Arc::clone(&door.access), door.tls.clone());
        let watched = tokio::spawn(watch_files(access, tls));
        let looks: Arc<dyn Looks> = Arc::new(OverService(Arc::clone(&service)));
        let looked = tokio::spawn({
            let stopped = stopped.clone();
            async move { alerts.watch(looks, stopped, &|said| message(said)).await }
        });
        #[cfg(unix)]
        let reloads = tokio::spawn(reload::when_asked(Arc::clone(&answers), global.clone()));
        let reconciled = fleet.as_ref().map(|fleet| {
            let shown: Arc<dyn Beside> = Arc::<Fleet>::clone(fleet);
            service.shows_fleet(shown);
            let declared = (args.kubernetes.clone(), args.lease.clone(), args.events.clone());
            fleet.start(ingesting.handle(), declared, global.quiet)
        });
        let served = tokio::spawn(serve(Arc::clone(&service), listener, door, stopped));
        asked_to_end().await;
        service.close().await;
        stop.send_replace(true);
        served.await?;
        watched.abort();
        looked.await?;
        if let Some(fleet) = &fleet {
            fleet.end();
        }
        if let Some(reconciled) = reconciled {
            reconciled.await?;
        }
        #[cfg(unix)]
        reloads.abort();
        anyhow::Ok(Outcome::Done)
    });
    // What is under way is committed.
    for source in &answers.sources {
        source.feed.iter().for_each(|feed| feed.end());
    }
    for feed in feeds {
        let _ = feed.join();
    }
    drop(demo);
    outcome
}

/// From one look at the files of tokens and certificates to the next.
const FILES: Duration = Duration::from_secs(2);

/// Takes over tokens and certificates that have changed.
async fn watch_files(access: Arc<Access>, tls: Option<Arc<Tls>>) {
    loop {
        tokio::time::sleep(FILES).await;
        let tokens = access.refresh().map(|changed| changed.then_some("tokens"));
        let certificates = tls.as_ref().map_or(Ok(false), |tls| tls.refresh());
        for read in [tokens, certificates.map(|changed| changed.then_some("certificates"))] {
            match read {
                Ok(Some(what)) => message(format_args!("{what} were read again")),
                Ok(None) => {}
                Err(error) => message(Message::from(error).after("warning: what was read before goes on to count: ")),
            }
        }
    }
}

/// Threads for what waits.
fn few_threads() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Begins to take in, and to look at what there is. The threads that take in.
fn start(
    answers: &Arc<OverSources>,
    config: &Config,
    ingesting: &Arc<Runtime>,
    poll: Duration,
) -> Result<Vec<JoinHandle<()>>> {
    let mut feeds = Vec::new();
    for (number, source) in answers.sources.iter().enumerate() {
        if let Some(feed) = &source.feed {
            feeds.push(feed.start(config, ingesting)?);
        }
        let watching = Arc::clone(answers);
        let thread = std::thread::Builder::new().name("watching".to_owned()).stack_size(super::STACK);
        thread
            .spawn(move || {
                let source = &watching.sources[number];
                if let Err(error) = watching.watch(source, poll) {
                    message(Message::from(error).after(format_args!("warning: {}: ", source.name)));
                }
            })
            .context("cannot start a thread")?;
    }
    Ok(feeds)
}
