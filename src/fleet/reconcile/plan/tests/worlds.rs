//! Made-up worlds: an AWS that takes what it is sent, a controller that puts back what it declares, and somebody who changes
//! logs by hand. What may be written is judged from the world itself, not from what the planner thinks of it.

use proptest::prelude::*;

use super::*;
use crate::base::config::{Foreign, ManualDisable, OnRemoval};
use crate::fleet::aws::elbv2::keys;
use crate::fleet::opt_out;
use crate::fleet::reconcile::history::Outcome;
use crate::fleet::reconcile::state::LogId;

/// How much was read of what is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    All,
    /// More may be declared by now.
    Once,
    Nothing,
}

/// How one load balancer is to be treated.
#[derive(Debug, Clone)]
struct Made {
    tagged_out: bool,
    excluded: bool,
    read: Read,
    declares: Vec<(LogKind, bool)>,
    annotated_out: Option<LogKind>,
    vended: Option<LogKind>,
    start: [LogSettings; 3],
}

impl Made {
    /// Whether nobody but us may decide about a log.
    fn is_free(&self, kind: LogKind) -> bool {
        let out = self.tagged_out || self.excluded || self.read != Read::All || self.annotated_out == Some(kind);
        !out && self.declares.iter().all(|(declared, _)| *declared != kind)
    }

    fn intent(&self) -> Intent {
        if self.read == Read::Nothing {
            return Intent::Unread("not read".to_owned());
        }
        let declared = self.declares.iter().flat_map(|(kind, enabled)| {
            let [on, bucket, prefix] = keys(*kind);
            [(on, enabled.to_string()), (bucket, "declared".to_owned()), (prefix, String::new())]
        });
        Intent::Declared(Declaration {
            stack: "a/b".to_owned(),
            attributes: declared.collect(),
            opt_outs: self.annotated_out.iter().map(|kind| (kind.to_string(), "an annotation".to_owned())).collect(),
            doubt: (self.read == Read::Once).then(|| "too old".to_owned()),
            ..Declaration::default()
        })
    }
}

#[derive(Debug, Clone)]
struct World {
    policy: LogPolicy,
    made: Vec<Made>,
    /// Whether the bucket takes logs.
    accepts: bool,
    /// Before this cycle, of this load balancer, somebody sets this kind by hand.
    meddling: Vec<(usize, usize, LogKind, LogSettings)>,
    /// Minutes between two cycles.
    pause: i64,
}

fn kind() -> impl Strategy<Value = LogKind> {
    prop::sample::select(LogKind::ALL.to_vec())
}

/// Settings that somebody has made.
fn set() -> impl Strategy<Value = LogSettings> {
    let places = vec![("logs", "eks"), ("logs", "y"), ("team", "x")];
    (any::<bool>(), prop::sample::select(places))
        .prop_map(|(enabled, (bucket, prefix))| LogSettings { enabled, ..on(bucket, prefix) })
}

prop_compose! {
    fn made()(
        [tagged_out, excluded] in [prop::bool::weighted(0.15), prop::bool::weighted(0.15)],
        read in prop_oneof![6 => Just(Read::All), 1 => Just(Read::Once), 1 => Just(Read::Nothing)],
        declares in prop::collection::vec((kind(), any::<bool>()), 0..2),
        annotated_out in prop::option::weighted(0.2, kind()),
        vended in prop::option::weighted(0.2, kind()),
        start in [prop_oneof![3 => Just(off()), 2 => set()], prop_oneof![Just(off()), set()], prop_oneof![Just(off()), set()]],
    ) -> Made {
        Made { tagged_out, excluded, read, declares, annotated_out, vended, start }
    }
}

prop_compose! {
    fn worlds()(
        foreign in prop::sample::select(vec![Foreign::Leave, Foreign::Adopt]),
        manual_disable in prop::sample::select(vec![ManualDisable::Leave, ManualDisable::Repair]),
        on_removal in prop::sample::select(vec![OnRemoval::Retain, OnRemoval::Disable]),
        made in prop::collection::vec(made(), 1..4),
        accepts in prop::bool::weighted(0.85),
        meddling in prop::collection::vec((0..30_usize, 0..3_usize, kind(), set()), 0..25),
        pause in prop::sample::select(vec![10_i64, 45, 240, 600]),
    ) -> World {
        let names = vec![glob::Pattern::new("excluded*").unwrap()];
        let exclude = vec![Matcher { names, ..Matcher::default() }];
        let policy = LogPolicy { exclude, foreign, manual_disable, on_removal, ..policy() };
        World { policy, made, accepts, meddling, pause }
    }
}

/// A world as it goes on.
struct Running<'a> {
    world: &'a World,
    now: i64,
    seen: Vec<Seen>,
    history: History,
    /// When each log was written.
    written: BTreeMap<LogId, Vec<i64>>,
    /// How often somebody undid what was written, by the world's own count.
    undone: BTreeMap<LogId, usize>,
    /// What was written last, until somebody undoes it.
    standing: BTreeMap<LogId, LogSettings>,
}

impl<'a> Running<'a> {
    fn new(world: &'a World) -> Self {
        let seen = world.made.iter().enumerate().map(|(number, made)| {
            let mut seen = seen(&format!("{}{number}", if made.excluded { "excluded" } else { "shop" }));
            seen.logs = LogKind::ALL.into_iter().zip(made.start.clone()).collect();
            seen.vended.extend(made.vended);
            let tag = made.tagged_out.then(|| (opt_out::NAME.to_owned(), "disabled".to_owned()));
            seen.load_balancer.tags.extend(tag);
            seen
        });
        let (written, undone, standing) = Default::default();
        Self { world, now: NOW, seen: seen.collect(), history: History::new(NOW - 2 * HOUR), written, undone, standing }
    }

    fn intents(&self) -> BTreeMap<String, Intent> {
        let pairs = self.seen.iter().zip(&self.world.made);
        pairs.map(|(seen, made)| (seen.load_balancer.arn.clone(), made.intent())).collect()
    }

    fn observe(&self) -> Observed {
        let mut observed = look(self.seen.clone());
        let preflight = if self.world.accepts { Preflight::Ready } else { Preflight::Unknown };
        observed.preflights.values_mut().for_each(|it| *it = preflight.clone());
        observed
    }

    fn plan(&self) -> Vec<Decision> {
        plan(&self.world.policy, &self.intents(), &self.observe(), &self.history, self.now)
    }

    fn find(&mut self, log: &LogId) -> &mut Seen {
        self.seen.iter_mut().find(|seen| seen.load_balancer.arn == log.arn).unwrap()
    }

    /// The controller puts back what it declares, and somebody sets logs by hand.
    fn others(&mut self, cycle: usize) {
        for (seen, made) in self.seen.iter_mut().zip(&self.world.made) {
            for (kind, enabled) in &made.declares {
                seen.logs.insert(*kind, LogSettings { enabled: *enabled, ..on("declared", "") });
            }
        }
        for (_, number, kind, to) in self.world.meddling.iter().filter(|(when, ..)| *when == cycle) {
            if let Some(seen) = self.seen.get_mut(*number) {
                seen.logs.insert(*kind, to.clone());
            }
        }
        let mut standing = std::mem::take(&mut self.standing);
        standing.retain(|log, stands| {
            let undone = self.find(log).logs[&log.kind] != *stands;
            *self.undone.entry(log.clone()).or_default() += usize::from(undone);
            !undone
        });
        self.standing = standing;
    }

    /// Looks, decides and writes; how many requests that was.
    fn cycle(&mut self) -> usize {
        self.history.note(&self.observe());
        let decisions = self.plan();
        assert_eq!(decisions, self.plan(), "the same question, another answer");
        let logs: BTreeSet<&LogId> = decisions.iter().map(|decision| &decision.log).collect();
        assert_eq!(logs.len(), decisions.len(), "a log is decided about once");
        let mut writes: Vec<&Decision> = decisions.iter().filter(|decision| decision.write.is_some()).collect();
        writes.sort_by_key(|decision| !decision.canary);
        let (mut sent, mut refused) = (0, false);
        for decision in writes {
            self.judge(decision);
            let change = decision.write.clone().unwrap();
            if refused && change != Change::Disable {
                continue;
            }
            sent += 1;
            refused = self.send(&decision.log, &change);
        }
        sent
    }

    /// AWS takes the change or refuses it; whether it refuses it.
    fn send(&mut self, log: &LogId, change: &Change) -> bool {
        let now = self.now;
        let seen = self.find(log);
        let delivery = seen.delivery("logs", "eks");
        let before = seen.logs[&log.kind].clone();
        let after = change.applied_to(&before);
        self.history.begin(log, &before, change, now);
        if *change != Change::Disable && !self.world.accepts {
            self.history.end(log, Some(&delivery), Outcome::Bucket("denied".to_owned()), None);
            return true;
        }
        self.find(log).logs.insert(log.kind, after.clone());
        self.history.end(log, Some(&delivery), Outcome::Written, None);
        self.written.entry(log.clone()).or_default().push(now);
        self.standing.insert(log.clone(), after);
        false
    }

    /// What the world says about a write.
    fn judge(&self, decision: &Decision) {
        let (log, policy) = (&decision.log, &self.world.policy);
        let number = self.seen.iter().position(|seen| seen.load_balancer.arn == log.arn).unwrap();
        let (made, current) = (&self.world.made[number], &self.seen[number].logs[&log.kind]);
        let is_ours = self.standing.get(log) == Some(current);
        assert!(self.undone.get(log).copied().unwrap_or(0) < 2, "written after it was undone twice");
        let day = self.written.get(log).into_iter().flatten().filter(|at| **at > self.now - 24 * HOUR).count();
        assert!(day < 3, "a fourth write in a day");
        let Some(Change::Enable { bucket, prefix }) = &decision.write else {
            assert!(is_ours && current.enabled, "switched off what is not ours");
            return;
        };
        assert_eq!((bucket.as_str(), prefix.as_str()), ("logs", "eks"));
        assert!(made.is_free(log.kind), "written what somebody else speaks for");
        let untouched = current.bucket.is_empty();
        assert!(made.vended != Some(log.kind) || !untouched, "paid for twice");
        assert!(is_ours || !current.enabled || policy.foreign == Foreign::Adopt, "taken from somebody");
        let by_hand = !is_ours && !current.enabled && !untouched;
        assert!(!by_hand || policy.manual_disable == ManualDisable::Repair, "switched on by force");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever anybody does: nothing is written that is not ours, and nothing too often.
    #[test]
    fn nothing_is_written_that_must_not_be(world in worlds()) {
        let mut running = Running::new(&world);
        for cycle in 0..30 {
            running.others(cycle);
            running.cycle();
            running.now += world.pause * 60_000_000;
        }
    }

    /// When nobody meddles, one cycle writes all there is to write, and then there is peace, also beside a controller
    /// that puts things back.
    #[test]
    fn it_converges(world in worlds()) {
        let world = World { meddling: Vec::new(), accepts: true, ..world };
        let mut running = Running::new(&world);
        for cycle in 0..6 {
            running.others(cycle);
            let sent = running.cycle();
            prop_assert!(cycle == 0 || sent == 0, "still writing in cycle {}", cycle);
            running.now += world.pause * 60_000_000;
        }
        for (seen, made) in running.seen.iter().zip(&world.made) {
            for (kind, start) in LogKind::ALL.into_iter().zip(&made.start) {
                if made.is_free(kind) && made.vended != Some(kind) && *start == off() {
                    prop_assert_eq!(&seen.logs[&kind], &on("logs", "eks"));
                }
            }
        }
    }

    /// A bucket that takes nothing is asked by one log at a time, and more and more seldom.
    #[test]
    fn a_bad_bucket_is_left_in_peace(world in worlds()) {
        let world = World { meddling: Vec::new(), accepts: false, ..world };
        let mut running = Running::new(&world);
        let mut sent = Vec::new();
        for cycle in 0..144 {
            running.others(cycle);
            sent.push(running.cycle());
            running.now += 10 * 60_000_000;
        }
        prop_assert!(sent.iter().all(|sent| *sent <= 1) && sent.iter().sum::<usize>() <= 7, "{:?}", sent);
    }

    /// Who loses the history writes nothing that was written before.
    #[test]
    fn a_lost_history_means_more_care(world in worlds(), lost in 1..30_usize) {
        let mut running = Running::new(&world);
        for cycle in 0..lost {
            running.others(cycle);
            running.cycle();
            running.now += world.pause * 60_000_000;
        }
        running.others(lost);
        running.history = History::new(running.now);
        let decisions = running.plan();
        let again = decisions.iter().find(|it| it.write.is_some() && running.written.contains_key(&it.log));
        prop_assert!(again.is_none(), "{:?}", again);
    }
}
