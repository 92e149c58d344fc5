//! What goes wrong, and when.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::requests::{Operation, Recorded};
use super::store::Buckets;

/// Which requests an effect is for: by default all of an operation, for ever.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    operation: Operation,
    about: String,
    skipped: usize,
    times: usize,
    /// How many requests matched so far.
    seen: usize,
}

impl Rule {
    pub(crate) fn on(operation: Operation) -> Self {
        Self { operation, about: String::new(), skipped: 0, times: usize::MAX, seen: 0 }
    }

    /// Only with this in the key, or in the prefix of a listing.
    pub(crate) fn about(mut self, part: &str) -> Self {
        part.clone_into(&mut self.about);
        self
    }

    /// Not for the first of them.
    pub(crate) fn after(mut self, requests: usize) -> Self {
        self.skipped = requests;
        self
    }

    /// Only so often.
    pub(crate) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub(crate) fn once(self) -> Self {
        self.times(1)
    }

    fn applies(&mut self, request: &Recorded) -> bool {
        if request.operation != self.operation || !request.about().contains(&self.about) {
            return false;
        }
        self.seen += 1;
        self.seen > self.skipped && self.seen - self.skipped <= self.times
    }
}

/// What happens to a request.
#[derive(Clone)]
pub(crate) enum Effect {
    /// It is refused.
    Refuse { status: u16, code: &'static str, message: &'static str },
    /// It is answered with `200 OK` and this text, whatever was asked.
    Answer(&'static str),
    /// The connection is reset before there is an answer.
    Reset,
    /// It is done, and then the connection is reset: the client cannot know.
    DoneThenReset,
    /// There is no answer.
    Silence,
    /// The answer is late.
    Delay(Duration),
    /// Its body stops after so many bytes; the connection stays.
    StallAfter(usize),
    /// Its body ends after so many bytes, fewer than were announced, with the connection.
    CutAfter(usize),
    /// It is answered. What is done here is done before the answer arrives.
    Meanwhile(Arc<dyn Fn(&Buckets) + Send + Sync>),
}

impl Effect {
    pub(crate) fn internal_error() -> Self {
        Self::Refuse { status: 500, code: "InternalError", message: "We encountered an internal error." }
    }

    pub(crate) fn slow_down() -> Self {
        Self::Refuse { status: 503, code: "SlowDown", message: "Please reduce your request rate." }
    }

    pub(crate) fn access_denied() -> Self {
        Self::Refuse { status: 403, code: "AccessDenied", message: "Access Denied" }
    }

    pub(crate) fn expired_token() -> Self {
        Self::Refuse { status: 400, code: "ExpiredToken", message: "The provided token has expired." }
    }

    pub(crate) fn glacier() -> Self {
        let message = "The operation is not valid for the object's storage class";
        Self::Refuse { status: 403, code: "InvalidObjectState", message }
    }

    pub(crate) fn kms_disabled() -> Self {
        Self::Refuse { status: 400, code: "KMS.DisabledException", message: "The key is disabled." }
    }

    pub(crate) fn precondition_failed() -> Self {
        let message = "At least one of the pre-conditions you specified did not hold";
        Self::Refuse { status: 412, code: "PreconditionFailed", message }
    }

    pub(crate) fn meanwhile(change: impl Fn(&Buckets) + Send + Sync + 'static) -> Self {
        Self::Meanwhile(Arc::new(change))
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Effect")
    }
}

/// The rules of a server.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<(Rule, Effect)>>);

impl Faults {
    pub(super) fn add(&self, rule: Rule, effect: Effect) {
        self.0.lock().unwrap().push((rule, effect));
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// What happens to this request.
    pub(super) fn of(&self, request: &Recorded) -> Option<Effect> {
        let mut rules = self.0.lock().unwrap();
        rules.iter_mut().find_map(|(rule, effect)| rule.applies(request).then(|| effect.clone()))
    }
}
