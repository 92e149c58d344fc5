//! What was typed for a report, understood: values of its parameters, its window, and the rows it is about.

use std::collections::BTreeMap;

use alblog::time::{HOUR, Iso};
use anyhow::{Result, bail};
use jiff::tz::TimeZone;

use super::{Alarm, ReportArgs, RowArgs, TypedMark};
use crate::ask::selection::Selection;
use crate::ask::sql::Condition;
use crate::base::clock;
use crate::base::config::{Stretch, TimeSpan};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::cli::common::GlobalArgs;
use crate::cli::common::target_groups::Known;
use crate::cli::common::time::Clock;
use crate::output::document::Mark;
use crate::report::{Filter, ParameterKind, QueryFile, Question, Typed, library, mark_sign, time_of};

/// Rows shown unless somebody asks for another number.
const TOP: u32 = 20;
/// Rows of which there may be millions that are given when all are asked for.
const MOST: usize = 100_000;
/// Time before and after `--at`, minutes.
const AROUND: u32 = 30;

/// What was typed.
pub(super) struct ReportRequest {
    pub(super) file: QueryFile,
    pub(super) since: Option<i64>,
    pub(super) until: Option<i64>,
    /// What is read for it.
    pub(super) selection: Selection,
    pub(super) known: Known,
    pub(super) alarm: Alarm,
    pub(super) only_sql: bool,
    typed: Typed,
    margin: i64,
    bucket: Option<i64>,
    top: usize,
    filter: Filter,
    zone: Option<TimeZone>,
    source: String,
    /// Flags that choose the same logs and rows, but for the time.
    flags: Vec<String>,
    /// Those that have no value.
    switches: Vec<String>,
    marks: Vec<TypedMark>,
    clock: Clock,
}

impl ReportRequest {
    /// Understands what was typed; what asks for something that no logs can answer is told before anything is read.
    ///
    /// # Errors
    /// When it does.
    pub(super) fn new(
        args: &ReportArgs,
        file: QueryFile,
        selection: Selection,
        known: Known,
        global: &GlobalArgs,
    ) -> Result<Self> {
        let mut typed: Typed = args.engine.values().clone();
        let rows = selection.rows.clone();
        let mut request = Self {
            since: rows.window.since,
            until: rows.window.until,
            margin: rows.window.margin,
            bucket: args.shape.bucket.map(|bucket| micros(bucket.span())).transpose()?,
            // A condition is about all rows, shown or not.
            top: args.shape.top.unwrap_or(if args.fail_if.is_empty() { TOP } else { 0 }) as usize,
            zone: args.source.selection().zone()?,
            known,
            alarm: Alarm::of(args)?,
            flags: flags(args, &rows.elbs, global),
            switches: args.source.selection().switches(),
            filter: Filter { elbs: rows.elbs, ..Filter::default() },
            selection: Selection::default(),
            only_sql: args.shape.show_sql,
            source: String::new(),
            typed: Typed::new(),
            marks: args.shape.mark.clone(),
            clock: args.source.selection().clock(global.quiet)?,
            file,
        };
        request.parameters(args, &mut typed)?;
        request.compare(args, &mut typed, global.quiet)?;
        request.typed = typed;
        request.select(selection);
        if library::tells_of_pods(&request.file, request.typed.get("by").map(String::as_str))? {
            request.known.read_targets(request.since);
        }
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<()> {
        self.selection.rows.window.check()?;
        let (conditions, names) = (|table| self.conditions(table), |ids: &[&str]| self.names(ids));
        self.question(&conditions, &names, &|begin| self.marks(begin), clock::now()).check()
    }

    /// Takes over what is to be read, at the time that the report is about.
    fn select(&mut self, mut selection: Selection) {
        self.find_time(selection.is_remote());
        (selection.rows.window.since, selection.rows.window.until) = (self.since, self.until);
        self.source = selection.names.join(", ");
        self.selection = selection;
    }

    /// The time that a trace id holds, if it is to be found in a bucket and no time was typed: its last hour would be read
    /// otherwise. A folder is read whole, since an id may be older than its request.
    fn find_time(&mut self, in_bucket: bool) {
        let id = self.typed.get("id").filter(|_| self.file.name == "trace");
        if let (true, None, None, Some(time)) = (in_bucket, self.since, self.until, id.and_then(|id| time_of(id))) {
            (self.since, self.until) = (Some(time - HOUR / 2), Some(time + HOUR / 2));
        }
    }

    /// Flags and words that are values of parameters; what is left of them restricts rows.
    fn parameters(&mut self, args: &ReportArgs, typed: &mut Typed) -> Result<()> {
        let file = &self.file;
        refuse_flags_by_another_name(typed)?;
        if let Some(what) = &args.what {
            let takes = |kind: &ParameterKind| matches!(kind, ParameterKind::Text);
            match file.parameters.iter().find(|it| it.default.is_none() && takes(&it.kind)) {
                Some(parameter) => typed.insert(parameter.name.clone(), what.clone()),
                None => bail!("report {} takes nothing after its name: {what}", file.name, what = Shown(what)),
            };
        }
        if let Some(by) = &args.shape.by {
            let Some(ParameterKind::Choice(known)) = file.parameter("by").map(|by| &by.kind) else {
                bail!("report {} has no --by: what its rows are is settled", file.name);
            };
            let has = |name: &str| known.iter().any(|choice| choice == name);
            let is_short = by == "agent" && !has("agent") && has("user_agent");
            typed.insert("by".to_owned(), if is_short { "user_agent".to_owned() } else { by.clone() });
        }
        for name in ["top", "lines"].iter().filter(|name| file.parameter(name).is_some()) {
            // Of what there may be millions of, SQL keeps the first and counts the others.
            let top = if self.top == 0 { MOST } else { self.top };
            typed.insert((*name).to_owned(), top.to_string());
        }
        let RowArgs { account, region, target_group, service, target, host, path, method, client, status } = &args.rows;
        let explains_status = file.parameter("status").is_some_and(|it| it.kind == ParameterKind::Status);
        if explains_status {
            match &status[..] {
                [] => None,
                [one] if !one.contains(',') => typed.insert("status".to_owned(), one.clone()),
                _ => bail!("report {} takes one --status: 502, 5xx or 500-504", file.name),
            };
        }
        self.filter = Filter {
            elbs: std::mem::take(&mut self.filter.elbs),
            accounts: account.clone(),
            regions: region.clone(),
            target_groups: target_group.clone(),
            services: service.clone(),
            targets: target.iter().map(|text| text.parse()).collect::<Result<_>>()?,
            hosts: host.clone(),
            paths: path.clone(),
            methods: method.clone(),
            clients: client.iter().map(|text| text.parse()).collect::<Result<_>>()?,
            statuses: if explains_status {
                Vec::new()
            } else {
                status.iter().flat_map(|text| text.split(',')).map(str::parse).collect::<Result<_>>()?
            },
        };
        Ok(())
    }

    /// The two times of report `compare`: from then to then before, and after.
    fn compare(&mut self, args: &ReportArgs, typed: &mut Typed, quiet: bool) -> Result<()> {
        let compare = &args.compare;
        if self.file.parameter("before_from").is_none() {
            if compare.at.is_some() || compare.baseline.is_some() {
                bail!("--at and --baseline are for report compare");
            }
            return Ok(());
        }
        let of_moment = [("--window", compare.window.is_some()), ("--settle", compare.settle.is_some())];
        if let (None, Some((flag, _))) = (&compare.at, of_moment.iter().find(|(_, given)| *given)) {
            bail!(
                Message::new(format_args!("{flag} is for --at"))
                    .hint("with --baseline, --since and --until say how long")
            );
        }
        let (before, after) = match (&compare.at, compare.baseline) {
            (Some(at), _) => {
                let window = micros(compare.window.map_or(TimeSpan::minutes(AROUND), Stretch::span))?;
                let at = args.source.selection().clock(quiet)?.moment(at)?;
                let begin = at + compare.settle.map(micros).transpose()?.unwrap_or(0);
                (at - window..at, begin..begin + window)
            }
            (None, Some(baseline)) => {
                let (Some(since), until) = (self.since, self.until.unwrap_or_else(clock::now)) else {
                    bail!(
                        Message::new("--baseline compares a window with the same one earlier")
                            .hint("--since 1h --baseline 1w")
                    );
                };
                let earlier = micros(baseline.span())?;
                if until - since > earlier {
                    bail!("--baseline is shorter than the window: the two times would overlap");
                }
                if earlier > since {
                    bail!(
                        Message::new("--baseline leads to before 1970, when there were no logs").hint("--baseline 1w")
                    );
                }
                (since - earlier..until - earlier, since..until)
            }
            (None, None) => {
                bail!(
                    Message::new("report compare needs two times")
                        .hint("--at 2026-11-22T14:05, or --since 1h --baseline 1w")
                )
            }
        };
        for (name, time) in [
            ("before_from", before.start),
            ("before_to", before.end),
            ("after_from", after.start),
            ("after_to", after.end),
        ] {
            typed.insert(name.to_owned(), Iso(time).to_string());
        }
        (self.since, self.until) = (Some(before.start), Some(after.end));
        Ok(())
    }

    /// The question, as it is asked at this moment.
    pub(super) fn question<'a>(
        &'a self,
        conditions: &'a (dyn Fn(Table) -> Result<Vec<Condition>> + Sync),
        names: &'a (dyn Fn(&[&str]) -> BTreeMap<String, String> + Sync),
        marks: &'a (dyn Fn(i64) -> Result<Vec<Mark>> + Sync),
        now: i64,
    ) -> Question<'a> {
        let mut flags = self.flags.clone();
        for (flag, time) in [("--since", self.since), ("--until", self.until)] {
            // To the second is enough to find it again.
            let time = time.map(clock::typed);
            flags.extend(time.into_iter().flat_map(|time| [flag.to_owned(), time]));
        }
        flags.extend_from_slice(&self.switches);
        Question {
            file: self.file.clone(),
            typed: self.typed.clone(),
            since: self.since,
            until: self.until,
            margin: self.margin,
            bucket: self.bucket,
            top: self.top,
            conditions,
            names,
            holders: self.known.holders(),
            zone: self.zone.clone(),
            now,
            source: self.source.clone(),
            flags,
            only_sql: self.only_sql,
            marked: self.marks.iter().map(|mark| mark.whole.clone()).collect(),
            marks,
        }
    }

    /// What was marked, in a window that begins then.
    pub(super) fn marks(&self, begin: i64) -> Result<Vec<Mark>> {
        let mark = |(index, typed): (usize, &TypedMark)| {
            let from = self.clock.moment_within(&typed.time, begin)?;
            Ok(Mark { from, until: None, sign: mark_sign(index), text: typed.text.clone() })
        };
        self.marks.iter().enumerate().map(mark).collect()
    }

    /// What rows of a table must meet.
    pub(super) fn conditions(&self, table: Table) -> Result<Vec<Condition>> {
        self.filter.conditions(table, &self.known.groups)
    }

    /// What target groups, by ARN or name, and load balancers are called.
    pub(super) fn names(&self, ids: &[&str]) -> BTreeMap<String, String> {
        let (elbs, groups): (Vec<&str>, Vec<&str>) = ids.iter().partition(|id| id.starts_with("app/"));
        let mut names = self.known.groups.names(groups);
        let name = |elb: &&str| elb.split('/').nth(1).map(ToOwned::to_owned);
        for elb in &elbs {
            // One that was deleted and made again has the same name and another id.
            let is_only = elbs.iter().filter(|other| name(other) == name(elb)).count() == 1;
            if let (Some(name), true) = (name(elb), is_only) {
                names.insert((*elb).to_owned(), name);
            }
        }
        names
    }
}

/// Parameters that flags fill, and those flags: a value of `--set` would not count.
const FILLED: [(&str, &str); 7] = [
    ("bucket", "--bucket 5m"),
    ("top", "--top 20"),
    ("lines", "--top 20"),
    ("before_from", "--at, or --since with --baseline"),
    ("before_to", "--at, or --since with --baseline"),
    ("after_from", "--at, or --since with --baseline"),
    ("after_to", "--at, or --since with --baseline"),
];

/// # Errors
/// When `--set` gives a value that a flag gives.
fn refuse_flags_by_another_name(typed: &Typed) -> Result<()> {
    match FILLED.iter().find(|(name, _)| typed.contains_key(*name)) {
        Some((name, flag)) => bail!(Message::new(format_args!("--set {name}: a flag of its own says that")).hint(flag)),
        None => Ok(()),
    }
}

/// A length of time in microseconds.
fn micros(span: TimeSpan) -> Result<i64> {
    Ok(i64::try_from(span.get().as_micros())?)
}

/// As they have to be typed again, a word each: whatever decides what is read. Each flag has a value.
fn flags(args: &ReportArgs, elbs: &[String], global: &GlobalArgs) -> Vec<String> {
    let RowArgs { account, region, target_group, service, target, host, path, method, client, status: _ } = &args.rows;
    let all = [
        ("--from", &args.source.selection().from[..]),
        ("--account", account),
        ("--region", region),
        ("--elb", elbs),
        ("--target-group", target_group),
        ("--service", service),
        ("--target", target),
        ("--host", host),
        ("--path", path),
        ("--method", method),
        ("--client", client),
    ];
    let words = |(flag, values): (&str, &[String])| -> Vec<String> {
        values.iter().flat_map(|value| [flag.to_owned(), value.clone()]).collect()
    };
    let rows = all.into_iter().flat_map(words);
    let read = args.source.words().into_iter().chain(args.engine.words()).chain(args.target_groups.words());
    rows.chain(read).chain(global.words()).collect()
}
