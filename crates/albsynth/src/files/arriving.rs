//! Logs that go on arriving: each object is written when its interval is over, as AWS writes it.
//!
//! Time is divided into acts of the same fleet. What goes wrong in an act is one of the kinds in turn, and in every other act nothing
//! does. The same specification gives the same objects whenever it is begun, so that several runs go on with the same logs.

use std::fs;
use std::iter::Peekable;
use std::path::PathBuf;
use std::vec::IntoIter;

use alblog::time::{MINUTE, SECOND};
use anyhow::Context;

use super::Generated;
use super::file::Writer;
use crate::{IncidentKind, ObjectPlan, Synth, SynthSpec};

/// Length of an act, microseconds: long enough for an incident to stand out in it.
const ACT: i64 = 90 * MINUTE;
/// Objects are there so long after the end of their intervals, at the latest; microseconds.
const DELIVERY: i64 = 40 * SECOND;

/// What arrives, and how far it has.
pub struct Arriving {
    out: PathBuf,
    logs: SynthSpec,
    kinds: Vec<IncidentKind>,
    writer: Writer,
    act: i64,
    synth: Synth,
    /// Objects of the act that are yet to come, in the order they do.
    coming: Peekable<IntoIter<ObjectPlan>>,
    since: i64,
}

impl Arriving {
    /// Logs of a fleet below this folder, from this time on; microseconds since the epoch. Begin, length and incidents of `logs` do not
    /// matter; what goes wrong is of `kinds`, in turn.
    ///
    /// # Errors
    /// When nothing can be generated from the specification.
    pub fn since(since: i64, out: PathBuf, logs: SynthSpec, kinds: Vec<IncidentKind>) -> anyhow::Result<Self> {
        let act = since.div_euclid(ACT);
        let synth = Synth::new(of_act(act, &logs, &kinds))?;
        let coming = coming(&synth);
        Ok(Self { out, logs, kinds, writer: Writer::default(), act, synth, coming, since })
    }

    /// Writes everything that is there by this time and was not written yet; says what.
    ///
    /// # Errors
    /// When something cannot be written: it is written the next time.
    pub fn until(&mut self, now: i64) -> anyhow::Result<Generated> {
        let mut written = Generated::default();
        loop {
            while let Some(plan) = self.coming.next_if(|plan| arrival(plan) <= now) {
                if plan.key.interval_end <= self.since {
                    continue;
                }
                let folder = self.out.join(plan.key.folder());
                let done = fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot create {}", folder.display()))
                    .and_then(|()| self.writer.write(&self.synth, &plan, &self.out));
                match done {
                    Ok((object, _)) => written.add(object),
                    Err(error) => {
                        let left = std::iter::once(plan).chain(self.coming.by_ref()).collect::<Vec<_>>();
                        self.coming = left.into_iter().peekable();
                        return Err(error);
                    }
                }
            }
            if self.coming.peek().is_some() || now < (self.act + 1) * ACT {
                return Ok(written);
            }
            self.act += 1;
            self.synth = Synth::new(of_act(self.act, &self.logs, &self.kinds))?;
            self.coming = coming(&self.synth);
        }
    }
}

/// The specification of an act.
fn of_act(act: i64, logs: &SynthSpec, kinds: &[IncidentKind]) -> SynthSpec {
    let turn = usize::try_from(act).unwrap_or(0);
    let is_quiet = turn % 2 == 1 || kinds.is_empty();
    let incidents = if is_quiet { Vec::new() } else { vec![kinds[turn / 2 % kinds.len()]] };
    SynthSpec { start: act * ACT, duration: ACT, incidents, ..logs.clone() }
}

fn coming(synth: &Synth) -> Peekable<IntoIter<ObjectPlan>> {
    let mut plans = synth.plan();
    plans.sort_by_cached_key(|plan| (arrival(plan), plan.key.to_string()));
    plans.into_iter().peekable()
}

/// When an object is there. Nodes do not write all at once.
fn arrival(plan: &ObjectPlan) -> i64 {
    let spread = plan.key.random.bytes().fold(0, |sum, byte| sum * 31 % 9973 + i64::from(byte));
    plan.key.interval_end + DELIVERY / 4 + spread * 7919 % (DELIVERY * 3 / 4)
}
