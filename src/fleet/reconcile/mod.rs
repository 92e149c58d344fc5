//! The reconciler: switches the logs of load balancers on, as `[reconcile]` says, and keeps them on.
//!
//! [`observe`] asks AWS what there is, [`plan`] decides what is to be done (pure, total), [`apply`] does it. It writes three
//! attributes of one kind of log at a time and nothing else, and never what somebody else declared, set or switched off.
//! What was written is kept in a [`History`]. Not responsible for what Kubernetes declares (`kubernetes`), for what a
//! bucket needs (`bucket`), or for the requests themselves (`aws`).

mod accounts;
mod apply;
mod decide;
mod declared;
mod events;
mod health;
mod history;
mod history_file;
mod look;
mod metrics;
mod moment;
mod observe;
mod observed;
mod plan;
mod plan_file;
mod proof;
mod refusals;
mod scope;
mod screen;
mod situation;
mod state;
mod watch;
mod words;

pub use accounts::{Problem, open};
pub use apply::{Done, Objection, Stop, apply};
pub use declared::{Declared, Standing};
pub use health::Health;
pub use history::{History, Outcome};
pub use history_file::{HistoryFile, read as read_history};
pub use look::Look;
pub use observe::observe;
pub use plan::plan;
pub use plan_file::PlanFile;
pub use proof::{Verified, verify};
pub use scope::desired;
pub use screen::{Again, Heading, counts, document};
pub use state::{Decision, LogId, State};
pub use watch::{Event, Stopper, Turn, Watch, watch};
pub use words::forgetting;
