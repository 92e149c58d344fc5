//! Which sources are served, what they are called, and which of them are taken in.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use alblog::time::{Iso, SECOND};
use anyhow::{Result, bail};
use tokio::sync::watch;

use super::super::common::intake::{Intake, Keeping};
use super::super::common::message;
use super::ServeArgs;
use super::feed::Feed;
use crate::ask::query::Footers;
use crate::base::clock::now;
use crate::base::config::{Config, Keep, Pause, StoreSize};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::lake::export::{Redacted, Redaction};
use crate::serve::{Demo, Live, Position, Served};

/// Memory for making batches, all sources together; bytes.
const MEMORY: usize = 96 << 20;
/// And at least so much for each.
const LEAST: usize = 24 << 20;

/// A source.
pub(super) struct Source {
    pub(super) name: String,
    /// As it is typed behind `--from`.
    pub(super) from: String,
    pub(super) feed: Option<Arc<Feed>>,
    pub(super) position: watch::Sender<Position>,
    /// Of files of its live store and export.
    pub(super) footers: Footers,
    /// Why what lies there cannot be seen.
    pub(super) problem: Mutex<Option<Message>>,
}

impl Source {
    /// Notes why what lies there cannot be seen, if it cannot: said once when it begins, and once when it is over.
    pub(super) fn note(&self, problem: Option<Message>) {
        let mut known = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*known, &problem) {
            (None, Some(problem)) => message(problem.clone().after(format_args!("warning: {}: ", self.name))),
            (Some(_), None) => message(format_args!("{}: can be read again", self.name)),
            (None, None) | (Some(_), Some(_)) => {}
        }
        *known = problem;
    }

    /// As it is shown.
    pub(super) fn served(&self) -> Served {
        let stands = self.feed.as_ref().map(|feed| feed.counts.stands());
        let live = stands.as_ref().map(|stands| Live {
            objects: stands.objects,
            rows: stands.rows,
            rejected_lines: stands.rejected_lines,
            damaged_objects: stands.damaged_objects,
            waiting_objects: stands.waiting,
            lag_seconds: stands.oldest_waiting.map(|oldest| (now() - oldest).max(0) / SECOND),
            store_bytes: stands.store_bytes,
            last_listing: stands.last_listing.map(|last| Iso(last).to_string()),
            listed_everything: stands.listed_everything,
        });
        let in_the_way = || stands.as_ref()?.in_the_way.clone().map(Message::from);
        let unseen = || self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let problem = self.feed.as_ref().and_then(|feed| feed.problem()).or_else(in_the_way).or_else(unseen);
        // What cannot be taken in at all is read where it lies. Of several accounts one may be denied, and the store has what came
        // before.
        let can_answer = match &stands {
            Some(_) if self.feed.as_ref().is_some_and(|feed| feed.problem().is_some()) => true,
            Some(stands) if problem.is_some() => stands.sees_some || stands.store_bytes > 0,
            Some(stands) => stands.listed_everything,
            None => problem.is_none(),
        };
        Served { name: self.name.clone(), from: self.from.clone(), live, problem, can_answer }
    }
}

/// Those that were named, else those that are configured, the default one first.
pub(super) fn sources(args: &ServeArgs, demo: Option<&Demo>, config: &Config) -> Result<Vec<Source>> {
    let logs: Vec<String> = demo.map(|demo| demo.logs().to_string_lossy().into_owned()).into_iter().collect();
    let named = named(if demo.is_some() { &logs } else { &args.from }, config)?;
    let live = demo.map(Demo::live).or_else(|| args.live.clone());
    if let (Some(_), [_, second, ..]) = (&live, &named[..]) {
        bail!(
            Message::new(format_args!("--live is for one source, and {} is another", Shown(second)))
                .hint("live = \"FOLDER\" of [sources.NAME] in albstats.toml")
        );
    }
    let intakes: Vec<Option<(PathBuf, Intake)>> =
        named.iter().map(|from| intake(from, live.as_ref(), args, config)).collect();
    let feeds = intakes.iter().flatten().count();
    let (keeping, redaction) = (keeping(args, config, feeds), redaction(args, config)?);
    let mut sources: Vec<Source> = Vec::new();
    for (from, intake) in named.into_iter().zip(intakes) {
        let name = if config.sources.contains_key(&from) { from.clone() } else { called(&from) };
        if sources.iter().any(|known| known.name == name) {
            bail!(
                Message::new(format_args!("two sources would be called {}", Shown(&name)))
                    .hint("[sources.NAME] in albstats.toml gives each a name")
            );
        }
        let feed = intake.map(|(store, intake)| Feed::new(&name, store, intake, keeping, redaction.clone()));
        let (position, footers) = (watch::Sender::default(), Footers::default());
        sources.push(Source { name, from, feed, position, footers, problem: Mutex::default() });
    }
    Ok(sources)
}

/// As they are typed behind `--from`.
fn named(named: &[String], config: &Config) -> Result<Vec<String>> {
    if !named.is_empty() {
        if named.iter().any(|from| from == "-") {
            bail!(Message::new("standard input can be read only once").hint("--from FOLDER, or s3://bucket/prefix"));
        }
        config.resolve_from(named)?;
        return Ok(named.to_vec());
    }
    if let Some(chosen) = &config.serve.sources {
        return Ok(chosen.value.clone());
    }
    let default = config.default_source.as_ref().map(|source| &source.value);
    let others = config.sources.keys().filter(|name| Some(*name) != default);
    let all: Vec<String> = default.into_iter().chain(others).cloned().collect();
    if all.is_empty() {
        bail!(Message::new("nothing to serve: no --from and no source").hint("albstats serve --from ./logs"));
    }
    Ok(all)
}

/// How a source is taken in, and into which folder, if it is.
fn intake(from: &str, live: Option<&PathBuf>, args: &ServeArgs, config: &Config) -> Option<(PathBuf, Intake)> {
    let configured = config.sources.get(from);
    let of = |setting: Option<&crate::base::config::Setting<String>>| setting.map(|setting| setting.value.clone());
    let of_source = of(configured.and_then(|source| source.live.as_ref())).map(PathBuf::from);
    let hand_over = args.hand_over || config.serve.hand_over.value;
    let store = live.cloned().or(of_source)?;
    let intake = Intake {
        from: vec![from.to_owned()],
        to: None,
        export: None,
        hand_over: hand_over && configured.is_some_and(|source| source.export.is_some()),
        queue: args.queue.clone().or_else(|| of(configured.and_then(|source| source.queue.as_ref()))),
        max_lists: None,
    };
    Some((store, intake))
}

fn keeping(args: &ServeArgs, config: &Config, feeds: usize) -> Keeping {
    let serve = &config.serve;
    Keeping {
        poll: args.poll.map_or(serve.poll.value, Pause::span),
        keep: args.keep.map_or(serve.keep.value, Keep::span),
        max_bytes: args.max_store.map_or(serve.max_store.value, StoreSize::size),
        settle: serve.settle.value,
        memory: (MEMORY / feeds.max(1)).max(LEAST),
        once: false,
    }
}

/// What new live stores leave out.
fn redaction(args: &ServeArgs, config: &Config) -> Result<Redaction> {
    if !args.redact.is_empty() {
        return Ok(args.redact.iter().copied().collect());
    }
    let Some(redact) = &config.serve.redact else { return Ok(Redaction::default()) };
    let read = |name: &String| {
        name.parse::<Redacted>().map_err(|error| Message::new(error).after(format_args!("{}: ", redact.origin)).into())
    };
    redact.value.iter().map(read).collect()
}

/// What a place is called in addresses: the last part of its path that is a name.
fn called(place: &str) -> String {
    let path = place.split_once("://").map_or(place, |(_, path)| path);
    let is_plain = |char: &char| char.is_ascii_alphanumeric() || "-_.".contains(*char);
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy().chars().filter(is_plain).collect());
    name.filter(|name: &String| name.starts_with(|first: char| first.is_ascii_alphanumeric()))
        .unwrap_or_else(|| "logs".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_called_by_their_last_part() {
        for (place, name) in [
            ("./logs", "logs"),
            ("/srv/alb logs/", "alblogs"),
            (".", "logs"),
            ("..", "logs"),
            ("s3://acme-alb-logs", "acme-alb-logs"),
            ("s3://acme/eks/prod/", "prod"),
        ] {
            assert_eq!(called(place), name, "{place}");
        }
    }
}
