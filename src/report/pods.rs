//! Pods behind addresses: whose a target's address was at the time of a row, and how that is said.

use std::net::IpAddr;

use anyhow::{Result, bail};
use serde_json::json;

use super::answer::Answer;
use super::engine::Ask;
use super::question::Question;
use super::session::Session;
use crate::base::clock::to_the_minute;
use crate::base::message::Message;
use crate::fleet::inventory::targets::Holders;
use crate::fleet::kubernetes::kubectl;
use crate::output::document::{Column, Note, Table, Unit, Value};

/// The column of an answer that has `namespace/pod`.
pub(super) const COLUMN: &str = "target_pod";
/// What rows are by, that only the inventory knows.
const BY: [&str; 3] = ["pod", "workload", "version"];

/// Whether rows by this are told of by the inventory, where it can: zones are guessed without it.
pub(super) fn is_told_of(by: &str) -> bool {
    BY.contains(&by) || by == "zone"
}

/// The pod that had a target's address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pod {
    pub(super) namespace: String,
    pub(super) name: String,
    /// `Deployment/cart-api`
    pub(super) workload: Option<String>,
    pub(super) node: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) version: Option<String>,
    /// Whether it was not seen to have it then.
    pub(super) is_presumed: bool,
}

impl Pod {
    /// Whether it is the same pod, whatever else is known of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.namespace, &self.name) == (&other.namespace, &other.name)
    }

    /// `namespace/pod`
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Its name, with ` ~` if it is presumed.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", self.name, if self.is_presumed { " ~" } else { "" })
    }

    /// `cart-api-7d9f (10.0.42.17:8080, version 1.42)`, for its address then.
    pub(super) fn called(&self, address: &str) -> String {
        let version = self.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
        format!("{} ({address}{version})", self.shown())
    }

    /// As a value of a column: people see the name alone, for its namespace is that of the target group.
    pub(super) fn value(&self) -> Value {
        Value::Name { id: self.id(), shown: self.shown() }
    }

    /// For programs.
    pub(super) fn data(&self) -> serde_json::Value {
        json!({
            "namespace": self.namespace,
            "pod": self.name,
            "workload": self.workload,
            "node": self.node,
            "zone": self.zone,
            "version": self.version,
            "presumed": self.is_presumed,
        })
    }
}

/// The pod that had the address of `10.0.0.1:80`, `[2001:db8::1]:80` or `2001:db8::1:80` at a time, in microseconds since the
/// epoch.
pub(super) fn pod_at(holders: Option<&Holders>, target_group: Option<&str>, target: &str, time: i64) -> Option<Pod> {
    let (address, port) = target.rsplit_once(':')?;
    let ip: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let found = holders?.at(target_group, ip, port.parse().ok()?, time)?;
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    Some(Pod {
        namespace: found.target.namespace.to_string(),
        name: owned(found.target.pod.as_deref())?,
        workload: owned(found.target.workload.as_deref()),
        node: owned(found.target.node.as_deref()),
        zone: owned(found.target.zone.as_deref()),
        version: owned(found.target.version.as_deref()),
        is_presumed: found.is_presumed,
    })
}

/// Columns behind that of the pods, which rows have if any pod's is known.
const MORE: [(&str, &str, Told, u8); 3] = [
    ("version", "VERSION", |pod| pod.version.as_ref(), 5),
    ("zone", "ZONE", |pod| pod.zone.as_ref(), 7),
    ("node", "NODE", |pod| pod.node.as_ref(), 10),
];

/// The column that says for programs what ` ~` says for people.
const PRESUMED: &str = "presumed";

/// Puts a column behind that of the pods: whether who had an address then was not seen to have it.
fn insert_presumed(table: &mut Table, at: usize, presumed: impl Iterator<Item = bool>) {
    let column = Column { expendable: 12, ..Column::new(PRESUMED, "PRESUMED", Unit::Text) };
    insert(table, at, column, presumed.map(|is_presumed| is_presumed.then(|| "yes".to_owned())));
}

/// Marks the rows by pod, which are the first of a table, whose pods were not seen to be there at these times, in microseconds
/// since the epoch.
pub(super) fn mark_presumed(session: &Session, table: &mut Table, times: impl Iterator<Item = Option<i64>>) {
    let Some(holders) = session.question.holders.filter(|_| session.question.by() == Some("pod")) else { return };
    let mut presumed = Vec::new();
    for (row, time) in table.rows.iter_mut().zip(times) {
        let id = row.values.first().and_then(|name| match name {
            Value::Text(id) | Value::Name { id, .. } => Some(id.clone()),
            _ => None,
        });
        let is_presumed = id.as_ref().zip(time).is_some_and(|(id, time)| holders.presumes(id, time));
        if let (Some(id), true) = (id, is_presumed) {
            row.values[0] = Value::Name { shown: format!("{id} ~"), id };
        }
        presumed.push(is_presumed);
    }
    insert_presumed(table, 1, presumed.into_iter());
}

/// What is told of a pod.
type Told = fn(&Pod) -> Option<&String>;

/// Adds to the rows of a table, which are the first of these, what is known of their pods; marks those that are presumed.
pub(super) fn add_columns(table: &mut Table, pods: &[Option<Pod>]) {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let at = match (place(COLUMN), place("target")) {
        (Some(at), _) => at,
        (None, Some(target)) if pods.iter().any(Option::is_some) => {
            let column = Column { expendable: 1, ..Column::new(COLUMN, "POD", Unit::Text) };
            insert(table, target + 1, column, std::iter::repeat_n(None, table.rows.len()));
            target + 1
        }
        _ => return,
    };
    for (row, pod) in table.rows.iter_mut().zip(pods) {
        if let Some(pod) = pod {
            row.values[at] = pod.value();
        }
    }
    insert_presumed(table, at + 1, pods.iter().map(|pod| pod.as_ref().is_some_and(|pod| pod.is_presumed)));
    let known = MORE.iter().filter(|(_, _, told, _)| pods.iter().flatten().any(|pod| told(pod).is_some()));
    for ((name, heading, told, expendable), at) in known.zip(at + 1..) {
        let column = Column { expendable: *expendable, ..Column::new(name, heading, Unit::Text) };
        insert(table, at, column, pods.iter().map(|pod| pod.as_ref().and_then(told).cloned()));
    }
}

/// Puts a column of texts in its place.
fn insert(table: &mut Table, at: usize, column: Column, texts: impl Iterator<Item = Option<String>>) {
    table.columns.insert(at, column);
    for (row, text) in table.rows.iter_mut().zip(texts) {
        row.values.insert(at.min(row.values.len()), text.map_or(Value::Null, Value::Text));
    }
    for sum in table.total.iter_mut().chain(&mut table.more) {
        sum.values.insert(at.min(sum.values.len()), Value::Null);
    }
}

/// The pod's name in `namespace/pod`.
pub(super) fn name(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, name)| name)
}

/// Refuses rows by what nothing is known of.
///
/// # Errors
/// When rows are asked for by pod, and no inventory tells of pods, or the engine cannot ask it.
pub(super) fn check(question: &Question, engine: &dyn Ask) -> Result<()> {
    let Some(by) = question.by().filter(|by| BY.contains(by)) else { return Ok(()) };
    if !engine.knows_holders() {
        bail!(
            Message::new(format_args!("--by {by} needs the inventory, which this engine cannot ask"))
                .hint("without --engine athena")
        );
    }
    if question.holders.is_none() {
        let keep = format!("{} | albstats inventory --kubernetes CLUSTER=-", kubectl::running_command());
        bail!(Message::new(format_args!("--by {by}: nothing is known of pods")).hint(keep));
    }
    Ok(())
}

/// How sure the names of pods are, if any of an answer are shown.
pub(super) fn note(session: &Session, answer: &Answer) -> Option<Note> {
    let is_by = session.question.by().is_some_and(is_told_of);
    let is_shown = is_by || answer.rows().any(|row| row.text(COLUMN).is_some());
    is_shown.then(|| as_of(session))?
}

/// How sure the names of pods are.
pub(super) fn as_of(session: &Session) -> Option<Note> {
    let at = session.question.holders?.last_look()?;
    let text = format!(
        "by who had the address then, as looked at last at {} UTC; between looks and since then whoever had it last is presumed (~)",
        to_the_minute(at)
    );
    Some(Note { label: "pods".to_owned(), parts: vec![text] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::targets::TargetHistory;
    use crate::fleet::inventory::{Inventory, Moment};
    use crate::fleet::kubernetes::Endpoint;

    #[test]
    fn addresses_are_read_in_every_way_that_logs_write_them() {
        let endpoint = |ip: &str, pod: &str| Endpoint {
            ip: ip.parse().unwrap(),
            port: 80,
            namespace: "shop".to_owned(),
            pod: Some(pod.to_owned()),
            workload: None,
            node: None,
            zone: None,
            version: None,
            from: Some(0),
            ends: None,
            is_held: true,
        };
        let mut history = TargetHistory::default();
        let found = [endpoint("10.0.0.1", "four"), endpoint("2001:db8::1", "six")];
        history.look("", Moment::new(9_000_000), &found);
        let holders = Holders::new(&history, &Inventory::default());
        let pod = |target: &str, time: i64| pod_at(Some(&holders), None, target, time).map(|pod| pod.shown());
        for (target, name) in [
            ("10.0.0.1:80", Some("four")),
            ("[2001:db8::1]:80", Some("six")),
            ("2001:db8::1:80", Some("six")),
            ("10.0.0.1:81", None),
            ("10.0.0.1", None),
            ("arn:aws:lambda:eu-west-1:1:function:x", None),
        ] {
            assert_eq!(pod(target, 5_000_000).as_deref(), name, "{target}");
        }
        assert_eq!(pod("10.0.0.1:80", 10_000_000).as_deref(), Some("four ~"));
        assert_eq!(pod_at(None, None, "10.0.0.1:80", 0), None);
    }
}
