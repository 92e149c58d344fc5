//! Made-up traffic: requests spread over targets, minute by minute, as the lines a load balancer would write.

use std::fmt::Write as _;
use std::ops::Range;

use alblog::time::{Iso, MINUTE, SECOND};

use super::ask::ask_in;
use crate::output::document::Document;
use crate::report::findings::Looked;
use crate::report::why::facts::{Facts, Shape};
use crate::report::why::health::Health;
use crate::report::why::judge::{Evidence, Label, Verdict, judge};
use crate::report::why::rows::{Context, HealthRow, WhyRow};
use crate::report::why::{bars::Bars, conclusions, group::Group};

/// 2026-11-22 10:00 UTC.
pub(super) const START: i64 = 1_795_341_600 * SECOND;
pub(super) const MINUTES: i64 = 60;
pub(super) const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/k8s-checkout-checkout-0a1b2c3d4e/50dc6c495c0c9188";

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// 200 after so many milliseconds.
    Ok(i64),
    /// A status of the target's own after so many milliseconds.
    Said(i64, i64),
    Refused,
    /// Sent, and reset at once.
    Reset,
    /// Sent, and closed after so many milliseconds.
    Closed(i64),
    /// No connection within ten seconds.
    NoConnection,
    /// No answer for a minute.
    Idle,
    /// The client left after so many milliseconds.
    ClientLeft(i64),
    NoTarget,
    /// A Lambda function answered after so many milliseconds.
    Function(i64),
    /// A Lambda function failed with this reason after so many milliseconds.
    FunctionFailed(&'static str, i64),
    /// AWS WAF blocked it.
    Blocked,
}

pub(super) struct Scene {
    pub(super) elb: &'static str,
    pub(super) group: String,
    pub(super) path: &'static str,
    pub(super) client: Option<&'static str>,
    /// The load balancer's node.
    pub(super) node: &'static str,
    access: Vec<(i64, String)>,
    health: Vec<(i64, String)>,
    dice: u64,
    serial: u64,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self {
            elb: "app/k8s-shop-1f2e3d4c5b/50dc6c495c0c9188",
            group: ARN.to_owned(),
            path: "/api/carts/{n}",
            client: None,
            node: "192.0.2.1",
            access: Vec::new(),
            health: Vec::new(),
            dice: 0x2545_f491_4f6c_dd1d,
            serial: 0,
        }
    }

    /// A number below `bound`; the same ones in every run.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % bound
    }

    /// Whether something of so many per thousand happens.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Traffic in these minutes: so many requests a minute, each to the next of the targets, ending as `end` says of its
    /// second (since the start) and target.
    pub(super) fn traffic(
        &mut self,
        minutes: Range<i64>,
        per_minute: i64,
        targets: &[&'static str],
        mut end: impl FnMut(&mut Self, i64, &str) -> End,
    ) {
        for minute in minutes {
            for request in 0..per_minute {
                let begun = START + minute * MINUTE + request * MINUTE / per_minute + self.below(200_000).cast_signed();
                let second = (begun - START) / SECOND;
                let place = usize::try_from(self.below(targets.len().max(1) as u64)).unwrap();
                let target = targets.get(place).copied();
                let end = end(self, second, target.unwrap_or(""));
                self.request(begun, target, end);
            }
        }
    }

    /// One request that began then.
    pub(super) fn request(&mut self, begun: i64, target: Option<&str>, end: End) {
        // Received to the millisecond.
        let begun = begun / 1000 * 1000;
        let seconds = |millis: i64| format!("{}.{:03}", millis / 1000, millis % 1000);
        let (status, target_status, times, elapsed, reason) = match end {
            End::Ok(ms) | End::Function(ms) => (200, "200".to_owned(), format!("0.001 {} 0.000", seconds(ms)), ms, "-"),
            End::Said(status, ms) => (status, status.to_string(), format!("0.001 {} 0.000", seconds(ms)), ms, "-"),
            End::Refused => (502, "-".to_owned(), "-1 -1 -1".to_owned(), 1, "-"),
            End::Reset => (502, "-".to_owned(), "0.000 0.003 -1".to_owned(), 3, "-"),
            End::Closed(ms) => (502, "-".to_owned(), format!("0.001 {} -1", seconds(ms)), ms, "-"),
            End::NoConnection => (504, "-".to_owned(), "-1 -1 -1".to_owned(), 10_001, "-"),
            End::Idle => (504, "-".to_owned(), "0.001 -1 -1".to_owned(), 60_002, "-"),
            End::ClientLeft(ms) => (460, "-".to_owned(), "0.001 -1 -1".to_owned(), ms, "-"),
            End::NoTarget => (503, "-".to_owned(), "-1 -1 -1".to_owned(), 0, "-"),
            End::FunctionFailed(reason, ms) => {
                (502, "-".to_owned(), format!("0.001 {} 0.000", seconds(ms)), ms, reason)
            }
            End::Blocked => (403, "-".to_owned(), "-1 -1 -1".to_owned(), 0, "-"),
        };
        self.serial += 1;
        let serial = self.serial;
        let time = begun + elapsed * 1000;
        let client = self.client.map_or_else(|| format!("203.0.113.{}", self.below(250) + 1), ToOwned::to_owned);
        let path = self.path.replace("{n}", &serial.to_string());
        let hidden = matches!(end, End::NoTarget | End::Function(_) | End::FunctionFailed(..) | End::Blocked);
        let target = target.filter(|_| !hidden).unwrap_or("-");
        let (group, actions) = if end == End::Blocked { ("-", "waf") } else { (self.group.as_str(), "forward") };
        let line = format!(
            "https {} {} {client}:{} {target} {times} {status} {target_status} 512 1024 \
             \"GET https://shop.example.com:443{path}?token=secret HTTP/1.1\" \"curl/8\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 \
             {group} \"Root=1-6b02589c-{serial:024x}\" \"shop.example.com\" \"-\" 1 {} \"{actions}\" \"-\" \"{reason}\" \
             \"-\" \"-\" \"-\" \"-\" TID_{serial:032x} \"-\" \"-\" \"-\" {} \"-\" \"-\"",
            Iso(time),
            self.elb,
            1024 + serial % 60_000,
            Iso(begun),
            self.node,
        );
        self.access.push((time, line));
    }

    /// A check of a target every ten seconds in these minutes, failing with `reason` where it says so.
    pub(super) fn checks(
        &mut self,
        minutes: Range<i64>,
        targets: &[&str],
        mut failing: impl FnMut(i64, &str) -> Option<&'static str>,
    ) {
        for second in (minutes.start * 60..minutes.end * 60).step_by(10) {
            for target in targets {
                let outcome = match failing(second, target) {
                    Some(reason) => format!("FAIL - {reason}"),
                    None => "PASS 200 -".to_owned(),
                };
                let group = self.group.split(":targetgroup/").nth(1).unwrap().split('/').next().unwrap().to_owned();
                let time = START + second * SECOND;
                let line = format!("http {} 0.019584011 {target} {group} {outcome} {} 192.0.2.1", Iso(time), self.elb);
                self.health.push((time, line));
            }
        }
    }

    fn text(lines: &[(i64, String)]) -> String {
        let mut lines: Vec<&(i64, String)> = lines.iter().collect();
        lines.sort();
        lines.iter().fold(String::new(), |mut text, (_, line)| {
            let _ = writeln!(text, "{line}");
            text
        })
    }

    pub(super) fn see(&self) -> Seen {
        self.see_to(START + MINUTES * MINUTE)
    }

    /// What the report makes of it if the logs are delivered up to then.
    pub(super) fn see_to(&self, delivered_to: i64) -> Seen {
        self.see_in(START..START + MINUTES * MINUTE, delivered_to, MINUTE)
    }

    /// The same of a window, in bars of this length.
    pub(super) fn see_in(&self, window: Range<i64>, delivered_to: i64, bucket: i64) -> Seen {
        let of_window = |lines: &[(i64, String)], end: i64| -> Vec<(i64, String)> {
            lines.iter().filter(|(time, _)| (window.start..end).contains(time)).cloned().collect()
        };
        let access = of_window(&self.access, delivered_to);
        let health = of_window(&self.health, i64::MAX);
        let (access, health) = (Self::text(&access), Self::text(&health));
        let (rows, health, looked) = ask_in(&window, bucket / SECOND, &access, &health, (0, 999));
        let context = Context {
            window,
            delivered_to,
            bucket,
            names: [(ARN.to_owned(), "checkout/checkout-api".to_owned())].into(),
            top: 20,
            ..Context::default()
        };
        Seen { rows, health, context, looked }
    }
}

/// What both queries say of a scene.
pub(super) struct Seen {
    pub(super) rows: Vec<WhyRow>,
    pub(super) health: Vec<HealthRow>,
    pub(super) context: Context,
    pub(super) looked: Looked,
}

impl Seen {
    pub(super) fn body(&self) -> Document {
        conclusions::draft(&self.rows, &self.health, &self.context, Some(&self.looked), &[]).document()
    }

    /// Pattern, label and targets of every conclusion that is not too few, most failures first.
    pub(super) fn conclusions(&self) -> Vec<(&'static str, Label, Verdict, Shape)> {
        self.judged(Some(&self.looked))
    }

    /// The same without knowing whose requests they are.
    pub(super) fn conclusions_by_rules(&self) -> Vec<(&'static str, Label, Verdict, Shape)> {
        self.judged(None)
    }

    fn judged(&self, looked: Option<&Looked>) -> Vec<(&'static str, Label, Verdict, Shape)> {
        let bars = Bars::new(&self.rows, &self.context);
        let groups = Group::all(&self.rows, &bars);
        let health = Health::new(&self.health);
        let evidence = Evidence { health: &health, context: &self.context, looked };
        let mut all = Vec::new();
        for facts in groups.iter().flat_map(|group| Facts::all(group, bars)) {
            for verdict in judge(&facts, &evidence) {
                all.push((verdict.pattern.id, verdict.label, verdict, facts.shape));
            }
        }
        all.sort_by_key(|(_, _, verdict, _)| std::cmp::Reverse(verdict.failures));
        all
    }

    /// The conclusion about most failures.
    #[track_caller]
    pub(super) fn main(&self, pattern: &str, label: Label) -> Verdict {
        let all = self.conclusions();
        let said: Vec<String> =
            all.iter().map(|(id, label, verdict, _)| format!("{id} {label:?}: {}", verdict.text)).collect();
        let (id, found, verdict, _) = all.into_iter().next().expect("a conclusion");
        assert_eq!((id, found), (pattern, label), "{said:#?}");
        verdict
    }

    /// Everything the findings say.
    pub(super) fn words(&self) -> String {
        use crate::output::document::Block;
        let body = self.body();
        let mut words = String::new();
        for block in &body.blocks {
            match block {
                Block::Findings(findings) => {
                    for finding in findings {
                        let _ = writeln!(words, "{} {}", finding.label, finding.text);
                    }
                }
                Block::Notes(notes) => {
                    for note in notes {
                        let _ = writeln!(words, "{} {}", note.label, note.parts.join(" · "));
                    }
                }
                Block::Heading(_) | Block::Table(_) | Block::Chart(_) => {}
            }
        }
        for next in &body.next {
            let _ = writeln!(words, "next {} ({})", next.words.join(" "), next.why);
        }
        words
    }
}
