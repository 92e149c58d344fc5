//! `albstats serve`: the reports, and SQL, over HTTP, from a process that stays up.
//!
//! [`Answers`] is what is asked: whoever starts a server implements it, so that what a report takes is said in one place, the
//! command line. [`Service`] is what everything here asks: it bounds and lists what is under way (`queries`) and says why
//! something is refused (`refusal`). `http` takes connections and decides who may ask; `api` answers programs, `pages` people.

mod access;
mod alerts;
mod answers;
mod api;
mod body;
mod cache;
mod demo;
mod http;
mod looks;
mod metrics;
mod pages;
mod queries;
mod refusal;
mod service;
mod settings;
mod words;

pub use access::{Access, NewToken, Scope, make as make_token};
pub use alerts::{Alerts, Looks, common as common_alerts};
pub use answers::{Answered, Answers, Live, Made, NotLogged, Position, Read, Served, Statement};
pub use demo::Demo;
pub use http::{Door, LogForm, Tls, serve};
pub use looks::OverService;
pub use queries::Stop;
pub use refusal::Refusal;
pub use service::{Beside, Service};
pub use settings::{Limits, Settings};
pub use words::typed;
