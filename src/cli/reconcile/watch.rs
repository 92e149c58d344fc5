//! `albstats reconcile watch`: plans and applies, again and again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;

use super::super::common::interruption::asked_to_end;
use super::super::common::kubernetes::{EventsArgs, LeaseArgs, Named, Watched};
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, message, warn};
use super::{KubernetesArgs, StateArgs, policy, told};
use crate::base::config::{LogPolicy, Stretch, address};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::fleet::kubernetes::Intent;
use crate::fleet::reconcile::{
    Decision, Done, Event, Health, Look, State, Stopper, Turn, Watch, counts, forgetting, watch,
};

/// Plan and apply in a loop, until SIGTERM or Ctrl-C
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    #[command(flatten)]
    lease: LeaseArgs,
    #[command(flatten)]
    events: EventsArgs,
    #[command(flatten)]
    state: StateArgs,
    /// From one look to the next, give or take a tenth [default: 10m, or reconcile.interval]
    #[arg(long, value_name = "DURATION")]
    interval: Option<Stretch>,
    /// Answer /healthz, /readyz and /metrics there; a port alone is one of 127.0.0.1
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    listen: Option<SocketAddr>,
}

pub(super) fn run(args: &WatchArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (config, policy) = policy(global)?;
    let mut policy = policy.value;
    policy.interval = args.interval.map_or(policy.interval, Stretch::span);
    let stopper = Arc::new(Stopper::default());
    let health = Arc::new(Health::default());
    let kept = Kept {
        policy: &policy,
        state: args.state.path()?,
        listen: args.listen,
        kubernetes: &args.kubernetes,
        lease: &args.lease,
        events: &args.events,
    };
    runtime(&config)?.block_on(async {
        let interrupt = tokio::spawn({
            let stopper = Arc::clone(&stopper);
            async move {
                asked_to_end().await;
                stopper.stop();
            }
        });
        let ended = go_on(kept, health, &stopper, global.quiet, &|_| (), &mut |_, _, _| ()).await;
        interrupt.abort();
        ended
    })?;
    if !global.quiet {
        message(format_args!("stopped"));
    }
    Ok(Outcome::Done)
}

/// What is kept as the policy says.
pub(in crate::cli) struct Kept<'a> {
    pub(in crate::cli) policy: &'a LogPolicy,
    /// Where the history is kept.
    pub(in crate::cli) state: PathBuf,
    /// Where to answer probes, if anywhere.
    pub(in crate::cli) listen: Option<SocketAddr>,
    pub(in crate::cli) kubernetes: &'a KubernetesArgs,
    pub(in crate::cli) lease: &'a LeaseArgs,
    pub(in crate::cli) events: &'a EventsArgs,
}

/// Called with each look at everything, what Kubernetes declares about it, and what was decided.
pub(in crate::cli) type Sees<'a> = dyn FnMut(&Look, &BTreeMap<String, Intent>, &[Decision]) + Send + 'a;

/// Looks, plans and applies until it is stopped; says what is new. `begins` is called once, with what tells how old the
/// pictures of clusters are.
pub(in crate::cli) async fn go_on(
    kept: Kept<'_>,
    health: Arc<Health>,
    stopper: &Stopper,
    quiet: bool,
    begins: &(dyn Fn(&Arc<Watched>) + Sync),
    sees: &mut Sees<'_>,
) -> Result<()> {
    let Kept { policy, state, listen, kubernetes, lease, events } = kept;
    if Named::has_stdin(&kubernetes.kubernetes) {
        bail!(
            Message::new("standard input is there once, and watch looks again and again")
                .hint("--kubernetes live, or FILE, made anew now and then")
        );
    }
    let lease = lease.lease(&kubernetes.kubernetes)?.map(Arc::new);
    let declared = Arc::new(Watched::begin(&kubernetes.kubernetes).await?);
    let events = events.writers(&declared)?.into();
    begins(&declared);
    if stopper.or(declared.settled()).await.is_none() {
        return Ok(());
    }
    let mut said = Said { history: StateArgs::words_of(&state), ..Said::default() };
    let asked = Arc::clone(&declared);
    let mut unread = Vec::new();
    let mut tell = move |event: Event| {
        if let Event::Planned(look, intents, decisions) = &event {
            sees(look, intents, decisions);
            tell_unread(&asked, &mut unread, quiet);
        }
        said.tell(&event, quiet);
    };
    let turn = lease.clone().map(|lease| -> Arc<dyn Turn> { lease });
    let keeping = lease.clone().map(|lease| {
        tokio::spawn(async move {
            let _ = lease.keep(|trouble| warn([trouble])).await;
        })
    });
    let watching = Watch { policy, state, listen, declared, tell: &mut tell, health, turn, events };
    let ended = Box::pin(watch(watching, stopper)).await;
    if let (Some(lease), Some(keeping)) = (lease, keeping) {
        // Nothing is under way any more: another may begin at once.
        keeping.abort();
        let _ = keeping.await;
        lease.give_up().await;
    }
    ended
}

/// Says what has come to stand in the way of reading clusters, and when nothing does any more.
fn tell_unread(declared: &Watched, known: &mut Vec<Message>, quiet: bool) {
    let now = declared.problems();
    warn(now.iter().filter(|problem| !known.contains(problem)));
    if now.is_empty() && !known.is_empty() && !quiet {
        message(format_args!("what Kubernetes declares can be read again"));
    }
    *known = now;
}

/// What was said last of what lasts: it is said once, however many cycles it lasts.
#[derive(Debug, Default)]
struct Said {
    counted: String,
    /// What has to be typed for the same history: `--state FILE`.
    history: Vec<String>,
    /// What stands in the way of logs.
    stuck: Vec<Message>,
    /// What could not be asked, and what could not be opened.
    unasked: Vec<Message>,
    unopened: Vec<Message>,
    /// Why the last cycles could not be ended.
    failed: Option<Message>,
}

impl Said {
    /// Says what is new: counts when they change, every request, and what came to stand in the way.
    fn tell(&mut self, event: &Event, quiet: bool) {
        match event {
            Event::Listening(address) if !quiet => message(format_args!("listening on http://{address}")),
            Event::Planned(look, _, decisions) => {
                let counted = counts(&look.observed, decisions).join(" · ");
                if counted != self.counted && !quiet {
                    message(format_args!("{counted}"));
                }
                self.counted = counted;
                let now: Vec<Message> =
                    decisions.iter().filter_map(|decision| standing(look, decision, &self.history)).collect();
                warn(&new(&mut self.stuck, now));
                let problems = new(&mut self.unasked, look.problems.iter().map(told).collect());
                problems.into_iter().for_each(message);
            }
            Event::Done(log, done) => message(format_args!("{} {}: {}", log.arn, log.kind, words(done))),
            Event::Failed(error) => {
                let told = Message::of(error.as_ref()).after("warning: ");
                if self.failed.as_ref() != Some(&told) {
                    message(told.clone().then("; tried again at the next look"));
                }
                self.failed = Some(told);
            }
            Event::Ended => {
                if self.failed.take().is_some() && !quiet {
                    message(format_args!("looks end well again"));
                }
            }
            Event::Problems(problems) => {
                let problems = new(&mut self.unopened, problems.iter().map(told).collect());
                problems.into_iter().for_each(message);
            }
            Event::Untold(why) => warn([*why]),
            Event::Turn(true) if !quiet => message(format_args!("this replica holds the Lease: it writes from now on")),
            Event::Turn(false) if !quiet => message(format_args!("this replica writes no more")),
            Event::Listening(_) | Event::Turn(_) => {}
        }
    }
}

/// What is so by now and was not before; from now on it was.
fn new(before: &mut Vec<Message>, now: Vec<Message>) -> Vec<Message> {
    let before = std::mem::replace(before, now.clone());
    now.into_iter().filter(|one| !before.contains(one)).collect()
}

fn words(done: &Done) -> String {
    match done {
        Done::Sent(outcome) => Shown(outcome.text()).to_string(),
        Done::Skipped(why) => format!("not written: {why}"),
    }
}

/// What stands in the way of a log, if anything does.
fn standing(look: &Look, decision: &Decision, history: &[String]) -> Option<Message> {
    let seen = look.observed.seen(&decision.log)?;
    let fix = match &decision.state {
        State::Blocked(block) => Some(format!("fix: {}", block.fix)),
        State::Contended(_) => Some(format!("fix: {}", forgetting(&seen.load_balancer.name, history))),
        State::Stale(_) => None,
        _ => return None,
    };
    let (name, kind, text) = (&seen.load_balancer.name, decision.log.kind, decision.state.text());
    Some(fix.into_iter().fold(format_args!("{name} {kind}: {text}").into(), Message::line))
}
