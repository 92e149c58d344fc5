//! What one look at AWS brought, and who can be asked again. Plain data.

use std::collections::BTreeSet;

use super::accounts::{Askable, Problem};
use super::observed::Observed;

use crate::base::message::Message;

/// What was seen, who can be asked about it again, and what was not seen.
#[derive(Debug, Default)]
pub struct Look {
    pub observed: Observed,
    /// Whom to ask, by ARN of the load balancer.
    pub askable: Askable,
    /// What could not be asked.
    pub problems: Vec<Problem>,
    /// What was not looked at, and is not needed to go on.
    pub notes: BTreeSet<Message>,
}
