//! Whether a policy lets a delivery's logs in: every key of it, as one of those who may be writing.

use super::delivery::{Delivery, Writer, WriterKind, legacy_account};
use super::document::Document;
use super::evaluate::{Decision, evaluate};

/// What the policy says about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The decision about the key that fares worst.
    pub decision: Decision,
    pub key: String,
    /// As whom it was asked.
    pub writer: WriterKind,
}

/// What a policy says about a delivery; without one nobody may write. Of those who may be writing, the one who fares
/// best counts: AWS supports both ways where there are two.
pub fn admission(document: Option<&Document>, delivery: &Delivery) -> Admission {
    let [first, others @ ..] = &delivery.writers()[..] else { return Admission::none(delivery) };
    let others = others.iter().map(|writer| admission_of(document, delivery, writer));
    // Of equals the first: the way to prefer.
    let better =
        |best: Admission, next: Admission| if rank(&next.decision) < rank(&best.decision) { next } else { best };
    others.fold(admission_of(document, delivery, first), better)
}

/// Whether statements let this writer put every key, were it not for those that deny it.
pub(super) fn granted(document: Option<&Document>, delivery: &Delivery, kind: WriterKind) -> bool {
    let allowing = document.map(Document::allowing);
    let writers = delivery.writers();
    let mut writers = writers.iter().filter(|writer| writer.kind == kind);
    writers.any(|writer| matches!(worst(allowing.as_ref(), delivery, writer).decision, Decision::Allowed(_)))
}

impl Admission {
    fn none(delivery: &Delivery) -> Self {
        Self { decision: Decision::NotAllowed(None), key: delivery.folder(), writer: WriterKind::Service }
    }
}

fn admission_of(document: Option<&Document>, delivery: &Delivery, writer: &Writer) -> Admission {
    let mut worst = worst(document, delivery, writer);
    if let Decision::Allowed(named) = &worst.decision
        && writer.kind == WriterKind::Service
        && !delivery.service_is_known()
        && legacy_account(&delivery.region).is_some()
    {
        worst.decision = Decision::Undecided(named.clone(), "principal");
    }
    worst
}

/// The decision about the key that fares worst; of equals the first.
fn worst(document: Option<&Document>, delivery: &Delivery, writer: &Writer) -> Admission {
    let Some(document) = document else { return Admission { writer: writer.kind, ..Admission::none(delivery) } };
    let decided = delivery.keys().into_iter().map(|key| {
        let decision = evaluate(document, writer, &delivery.arn(&key));
        Admission { decision, key, writer: writer.kind }
    });
    let worse =
        |worst: Admission, next: Admission| if rank(&next.decision) > rank(&worst.decision) { next } else { worst };
    decided.reduce(worse).unwrap_or_else(|| Admission::none(delivery))
}

/// From best to worst. A denial is told before something that is only missing: it stays when that is added.
fn rank(decision: &Decision) -> u8 {
    match decision {
        Decision::Allowed(_) => 0,
        Decision::Undecided(..) => 1,
        Decision::Denied(_) => 2,
        Decision::NotAllowed(_) => 3,
    }
}
