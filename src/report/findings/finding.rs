//! An incident as a finding: its sentence, how sure it is, what it rests on, the command that shows more, and the same as
//! data.

use std::collections::BTreeMap;

use alblog::time::{Iso, MINUTE};

use super::candidate::{Candidate, Log, Measure};
use super::data::{FindingData, interval};
use super::day_before::DayBefore;
use super::dimension::Dimension;
use super::event::Event;
use super::reference::{ACTIVE, was_there_before};
use super::seen::Class;
use super::words::{Words, rate, seconds, share, subnet};
use super::{Confidence, Finding, Shows};
use crate::base::clock::typed;
use crate::base::counts::tally;
use crate::fleet::inventory::target_groups::target_group_name;
use crate::output::document::Next;
use crate::output::human;
use crate::read::storage::elb_name;
use crate::report::next::without;

/// Time before and after an incident that its command shows too.
const AROUND: i64 = 5 * MINUTE;
/// Symptoms beside the leading one that are told.
const ALSO: usize = 3;
/// A score so many times what is needed leaves little to chance.
const SURE: f64 = 1.5;

/// A certificate that was not served before.
struct NewCertificate {
    /// From which bar on it was.
    start: usize,
    arn: String,
    host: Option<String>,
}

impl Words<'_> {
    /// An incident as a finding. `flags` choose the rows that were looked at.
    pub(super) fn finding(&self, event: &Event, bound: f64, flags: &[String]) -> Finding {
        let lead = &event.lead;
        // What the window begins with may be what is usual.
        let is_change = lead.change.bars.start() > 0 || lead.change.bars.each().len() > 1;
        let is_usual = event.before == DayBefore::Same;
        // What is new may be as slow as it is meant to be.
        let is_slow = matches!(lead.measure, Measure::Slow(_) | Measure::Time);
        let may_be_meant =
            is_slow && lead.new_in.is_some() && matches!(lead.dimension, Dimension::Host | Dimension::Route);
        let is_somebody = lead.dimension != Dimension::All && lead.log != Log::HealthChecks;
        let is_told = is_change && is_somebody && !is_usual && !may_be_meant;
        let is_sure = lead.change.score >= SURE * bound && is_told;
        let mut evidence: Vec<String> = event.also.iter().take(ALSO).map(|one| self.symptom(one, lead)).collect();
        evidence.extend(self.left_alone(lead));
        evidence.extend(self.deployment(lead));
        evidence.extend(self.checks(lead));
        evidence.extend(self.day_before(event));
        let certificate = self.new_certificate(lead);
        evidence.extend(certificate.as_ref().map(|new| self.certificate(new)));
        Finding {
            confidence: if is_sure { Confidence::Likely } else { Confidence::Possible },
            who: self.who(lead),
            sentence: self.sentence(event),
            evidence,
            time: self.frame.time(&lead.change.bars.whole()),
            shows: [lead].into_iter().chain(&event.also).map(|one| (shows(one), number(one.told().inside.0))).collect(),
            next: self.command(lead, flags),
            data: self.data(event, certificate),
        }
    }

    /// What it was like a day before at the same time.
    fn day_before(&self, event: &Event) -> Option<String> {
        let then = "the day before at this time";
        match event.before {
            DayBefore::Unknown => None,
            DayBefore::Same => Some(format!("{then} it was the same")),
            DayBefore::Usual { observed } => Some(match event.lead.measure {
                Measure::Share(_) | Measure::Slow(_) => format!("{then}: {}", share(observed)),
                Measure::Time => format!("{then}: {}", seconds(observed)),
                Measure::More | Measure::Less => format!("{then}: {} a second", rate(observed, self.frame)),
            }),
        }
    }

    /// What else it shows in; who and when only if they are others.
    fn symptom(&self, one: &Candidate, lead: &Candidate) -> String {
        let (who, when) = (self.who(one), self.when(one));
        let who = if who == self.who(lead) { "also ".to_owned() } else { format!("{who}: ") };
        let when = if when == self.when(lead) { String::new() } else { format!("; {when}") };
        format!("{who}{}{when}", self.what(one))
    }

    /// Targets of its group that came from shortly before it on, and others that went: a deployment.
    fn deployment(&self, one: &Candidate) -> Option<String> {
        let group = match one.dimension {
            Dimension::Target => one.key.0,
            Dimension::TargetGroup => one.key.1,
            _ => return None,
        };
        let (start, end) = (one.change.bars.start(), one.change.bars.end());
        if start < 3 {
            return None;
        }
        let targets = self.observed.of(Log::Requests).cube.of(Dimension::Target);
        let (mut new, mut gone, mut all, mut first) = (0_u64, 0_u64, 0_u64, usize::MAX);
        for (_, series) in targets.iter().filter(|(key, _)| key.0 == group) {
            let bars = || series.cells.iter().filter_map(|(bar, _)| self.frame.index(*bar));
            let (Some(from), Some(to)) = (bars().next(), bars().next_back()) else { continue };
            all += 1;
            if from + 6 >= start && from <= end && from >= 3 {
                new += 1;
                first = first.min(from);
            }
            if to + 6 >= start && to <= end + 6 && to + 3 < self.frame.len() {
                gone += 1;
            }
        }
        let replaced = new >= 2 && gone >= 2;
        replaced.then(|| {
            let (new, gone) = (human::plural(new, "new target"), human::count(gone));
            format!(
                "a deployment: {new} from {} on, {gone} gone, of {} that the group had",
                self.at(first),
                human::count(all)
            )
        })
    }

    /// How many of a group's targets get requests, if that is half of those that did shortly before at most.
    fn left_alone(&self, one: &Candidate) -> Option<String> {
        let cube = &self.observed.of(Log::Requests).cube;
        let group = match one.dimension {
            Dimension::Target => one.key.0,
            Dimension::TargetGroup => one.key.1,
            _ => return None,
        };
        let bars = &one.change.bars;
        let (mut inside, mut before, mut most) = (Vec::new(), 0_u64, 0.0_f64);
        for key in cube.of(Dimension::Target).keys().filter(|key| key.0 == group) {
            let then = cube.requests(Dimension::Target, *key, self.frame, bars);
            before += u64::from(was_there_before(*key, bars, cube, self.frame));
            most = most.max(then);
            inside.push(then);
        }
        let active = inside.iter().filter(|then| **then >= ACTIVE * most.max(1.0)).count() as u64;
        (active > 0 && active * 2 <= before).then(|| {
            let verb = if active == 1 { "gets" } else { "get" };
            format!("{} of the {before} targets that the group had before {verb} requests then", human::count(active))
        })
    }

    fn certificate(&self, NewCertificate { start, arn, host }: &NewCertificate) -> String {
        let host = host.as_ref().map(|host| format!(" for {host}")).unwrap_or_default();
        format!("from {} on another certificate is served{host}: {arn}", self.at(*start))
    }

    /// Another certificate that was served from its first minutes on, if it is about handshakes or traffic of a load
    /// balancer, with the host that most requests had that it was served for.
    fn new_certificate(&self, lead: &Candidate) -> Option<NewCertificate> {
        if lead.log != Log::Connections && lead.measure != Measure::Less {
            return None;
        }
        let (start, elb) = (lead.change.bars.start(), lead.elb()?);
        let requests = self.observed.of(Log::Requests);
        let served = requests.cube.of(Dimension::Certificate).iter().filter(|(key, _)| key.0 == elb);
        let new = served.filter(|(_, series)| {
            let first = series.cells.iter().find_map(|(bar, _)| self.frame.index(*bar));
            first.is_some_and(|first| first >= 3 && first.abs_diff(start) <= 3)
        });
        let (key, _) = new.max_by_key(|(key, series)| (series.requests, **key))?;
        let with_it = requests.samples.any.iter().filter(|row| row.has(Dimension::Certificate, *key));
        let hosts = tally(with_it.filter_map(|row| row.key(Dimension::Host)).map(|host| (host, 1)));
        let host = hosts.first().map(|(host, _)| self.text(host.1).to_owned());
        Some(NewCertificate { start, arn: self.text(key.1).to_owned(), host })
    }

    /// What its health checks say, if it is a target.
    fn checks(&self, one: &Candidate) -> Option<String> {
        if one.dimension != Dimension::Target || one.log != Log::Requests {
            return None;
        }
        let (mut checks, mut failed) = (0_u64, 0_u64);
        let of_targets = self.observed.health_checks.cube.of(Dimension::Target);
        for (_, series) in of_targets.iter().filter(|(key, _)| (key.1, key.2) == (one.key.1, one.key.2)) {
            for cell in one.change.bars.values(&self.frame.dense(series)) {
                checks += u64::from(cell.requests);
                failed += u64::from(cell.classes[Class::Failed as usize]);
            }
        }
        (checks > 0).then(|| match failed {
            0 => format!("its health checks pass all the while ({})", human::count(checks)),
            _ => format!("{} of its {} fail", human::count(failed), human::plural(checks, "health check")),
        })
    }

    /// The command that shows more.
    fn command(&self, one: &Candidate, flags: &[String]) -> Next {
        let (scope, value) = self.texts(one);
        let (scope, value) = (scope.to_owned(), value.to_owned());
        let group = |arn: &str| vec!["--target-group".to_owned(), target_group_name(arn).unwrap_or(arn).to_owned()];
        let elb = |id: &str| vec!["--elb".to_owned(), elb_name(id).to_owned()];
        let narrow = match one.dimension {
            Dimension::TargetGroup if value.starts_with("arn:") || one.log == Log::HealthChecks => group(&value),
            Dimension::Target => group(&scope),
            Dimension::Host => vec!["--host".to_owned(), value],
            Dimension::Route => vec!["--path".to_owned(), value.replace(":id", "*").replace('…', "*")],
            Dimension::Client | Dimension::Network => vec!["--client".to_owned(), value],
            Dimension::LoadBalancer
            | Dimension::TargetGroup
            | Dimension::Rule
            | Dimension::Listener
            | Dimension::Node => elb(&scope),
            Dimension::All | Dimension::Agent | Dimension::Certificate | Dimension::Subnet => Vec::new(),
        };
        let report: &[&str] = match (one.measure, one.dimension) {
            _ if one.log == Log::Connections => &["handshakes"],
            _ if one.log == Log::HealthChecks => &["health"],
            (Measure::More | Measure::Less, Dimension::Client | Dimension::Network | Dimension::Agent)
            | (
                Measure::Share(Class::NotFound | Class::Denied | Class::Rejected),
                Dimension::Client | Dimension::Network,
            ) => &["clients"],
            (
                Measure::Share(Class::Failed | Class::Left) | Measure::Slow(_) | Measure::Time,
                Dimension::Target | Dimension::Subnet,
            ) => &["targets"],
            (Measure::Share(Class::Failed), _) => &["why"],
            (Measure::Share(Class::Left), _) => &["why", "--status", "460"],
            (Measure::Share(Class::Blocked), _) => &["waf"],
            (Measure::Share(Class::Redirected), _) => &["redirects"],
            (Measure::Share(_), _) => &["errors", "--status", "4xx"],
            (Measure::Slow(_) | Measure::Time, Dimension::Route) => &["slow"],
            (Measure::Slow(_) | Measure::Time, _) => &["paths"],
            (Measure::More | Measure::Less, _) => &["overview"],
        };
        let time = self.frame.time(&one.change.bars.whole());
        let mut words: Vec<String> =
            ["albstats", "report"].into_iter().chain(report.iter().copied()).map(str::to_owned).collect();
        // What is narrower, and the time, takes the place of what was asked for.
        let replaced = ["--since", "--until", narrow.first().map_or("", String::as_str)];
        let kept = without(flags, &replaced);
        words.extend(narrow);
        words.extend(kept);
        words.extend([
            "--since".to_owned(),
            typed(time.start - AROUND),
            "--until".to_owned(),
            typed(time.end + AROUND),
        ]);
        Next::command(words)
    }

    fn data(&self, event: &Event, certificate: Option<NewCertificate>) -> FindingData {
        let lead = &event.lead;
        let (observed, usual, excess) = self.numbers(lead);
        let time = self.frame.time(&lead.change.bars.whole());
        FindingData {
            kind: kind(lead),
            who: self.values_of_all(event, certificate),
            what: self.what(lead),
            observed,
            usual,
            excess,
            requests: number(lead.requests.0),
            from: Iso(time.start).to_string(),
            until: Iso(time.end).to_string(),
            intervals: lead.change.bars.each().iter().map(|bars| interval(&self.frame.time(bars))).collect(),
            same_day_before: (event.before != DayBefore::Unknown).then_some(event.before == DayBefore::Same),
            harm: round(event.harm),
            score: round(lead.change.score),
        }
    }

    /// Observed, usual and excess, in the units that [`FindingData`] tells.
    fn numbers(&self, one: &Candidate) -> (f64, f64, f64) {
        #[expect(clippy::cast_precision_loss, reason = "a step is some minutes")]
        let seconds = self.frame.step as f64 / 1e6;
        match one.measure {
            Measure::Time => (one.times.0, one.times.1, round(one.harm())),
            Measure::More | Measure::Less => {
                (one.told().observed() / seconds, one.told().usual() / seconds, one.told().excess().round())
            }
            Measure::Share(_) | Measure::Slow(_) => {
                (one.told().observed(), one.told().usual(), one.told().excess().round())
            }
        }
    }

    /// Values that name who: of the leading symptom, and what the others add.
    fn values_of_all(&self, event: &Event, certificate: Option<NewCertificate>) -> BTreeMap<&'static str, String> {
        let mut who = self.values_of(&event.lead);
        for (name, value) in event.also.iter().flat_map(|one| self.values_of(one)) {
            who.entry(name).or_insert(value);
        }
        if let Some(NewCertificate { arn, host, .. }) = certificate {
            who.insert("certificate", arn);
            if let Some(host) = host {
                who.entry("host").or_insert(host);
            }
        }
        who
    }

    /// The value itself, and where it belongs: both the identifier and what people call it.
    fn values_of(&self, one: &Candidate) -> BTreeMap<&'static str, String> {
        let mut who = BTreeMap::new();
        let (scope, value) = self.texts(one);
        let (scope, value) = (scope.to_owned(), value.to_owned());
        let mut put_group = |arn: &str| {
            who.insert("target_group", self.name(arn));
            if arn.starts_with("arn:") {
                who.insert("target_group_arn", arn.to_owned());
            }
        };
        match one.dimension {
            Dimension::Target => put_group(&scope),
            Dimension::TargetGroup => put_group(&value),
            _ => {
                if let Some((_, group)) =
                    self.main(one, Dimension::TargetGroup).filter(|(_, arn)| arn.starts_with("arn:"))
                {
                    put_group(&group);
                }
            }
        }
        if let Some((_, host)) = self.main(one, Dimension::Host) {
            who.insert("host", host);
        }
        let elb = self.main(one, Dimension::LoadBalancer).map(|(elb, _)| elb);
        if let Some(elb) = elb.or_else(|| one.elb().map(|elb| self.text(elb).to_owned())) {
            who.insert("elb", elb);
        }
        let own = match one.dimension {
            Dimension::Target => format!("{value}:{}", one.key.2),
            Dimension::Rule | Dimension::Listener => one.key.2.to_string(),
            Dimension::Subnet => subnet(one.key),
            _ => value,
        };
        if !matches!(one.dimension, Dimension::All | Dimension::LoadBalancer | Dimension::TargetGroup) {
            who.insert(one.dimension.name(), own);
        }
        who
    }
}

fn shows(one: &Candidate) -> Shows {
    match one.measure {
        Measure::Share(Class::Failed) => Shows::Failing,
        Measure::Share(Class::Left) => Shows::Leaving,
        Measure::Share(Class::Blocked) => Shows::Blocked,
        Measure::Share(Class::NotFound | Class::Denied | Class::Rejected) => Shows::Refused,
        Measure::Slow(_) | Measure::Time => Shows::Slower,
        Measure::Share(Class::Redirected) | Measure::More | Measure::Less => Shows::Traffic,
    }
}

/// What kind of thing it is, as data has it.
fn kind(one: &Candidate) -> &'static str {
    match one.measure {
        Measure::Share(Class::Failed) if one.log == Log::Connections => "handshake_failures",
        Measure::Share(Class::Failed) if one.log == Log::HealthChecks => "health_checks",
        Measure::Share(Class::Failed) => "failures",
        Measure::Share(Class::Left) => "clients_leave",
        Measure::Share(Class::Blocked) => "blocked",
        Measure::Share(Class::NotFound) => "not_found",
        Measure::Share(Class::Denied) => "denied",
        Measure::Share(Class::Rejected) => "rejected",
        Measure::Share(Class::Redirected) => "redirected",
        Measure::Slow(_) | Measure::Time => "slower",
        Measure::More => "more_traffic",
        Measure::Less => "less_traffic",
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
fn number(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
