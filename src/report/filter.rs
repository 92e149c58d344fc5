//! Which rows a report is about: what was typed for `--account --region --elb --target-group --service --target --host --path
//! --method --client --status`, as conditions in the SQL that Trino and DataFusion share.
//!
//! Values are bound, never pasted. Several values of one flag are alternatives; different flags all have to hold. Times
//! are not here (`sql::times`).

mod address;
mod cidr;
mod origin;
mod pattern;
mod service;
mod status;
mod target;

use anyhow::{Result, bail};

pub use cidr::Cidr;
pub use status::StatusRange;
pub use target::TargetRange;

use crate::ask::sql::{Condition, Scalar};
use crate::base::message::Message;
use crate::base::tables::Table;
use crate::fleet::inventory::target_groups::TargetGroups;
use crate::read::storage::elb_named;

/// What rows must meet; nothing where nothing was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Numbers of accounts.
    pub accounts: Vec<String>,
    /// Regions; `*` stands for anything.
    pub regions: Vec<String>,
    /// Load balancers: name, `app/<name>/<id>` or ARN; `*` stands for anything.
    pub elbs: Vec<String>,
    /// Target groups: name, `targetgroup/<name>/<id>` or ARN; `*` stands for anything.
    pub target_groups: Vec<String>,
    /// Services of Kubernetes: `namespace/name`; `*` stands for anything in either.
    pub services: Vec<String>,
    pub targets: Vec<TargetRange>,
    /// Hosts of the URL; `*` stands for anything.
    pub hosts: Vec<String>,
    /// Paths of the URL; `*` stands for anything.
    pub paths: Vec<String>,
    /// Methods of the request.
    pub methods: Vec<String>,
    pub clients: Vec<Cidr>,
    /// Status codes that the load balancer sent.
    pub statuses: Vec<StatusRange>,
}

use Table::{Connections, HealthChecks, Requests};

impl Filter {
    /// What rows of a table must meet. Of `log_objects`, load balancers, accounts and regions alone, of `rejected_lines` nothing: these two are
    /// about the reading. `groups` says which target groups a service has.
    ///
    /// # Errors
    /// When a value is not what its flag takes, and when a flag cannot restrict this table, whose rows would then be
    /// those of others too.
    pub fn conditions(&self, table: Table, groups: &TargetGroups) -> Result<Vec<Condition>> {
        let mut conditions = Conditions { table, bound: 0, made: Vec::new() };
        if table == Table::RejectedLines {
            return Ok(conditions.made);
        }
        conditions.any(&self.accounts, |text, values| origin::account(text, values))?;
        conditions.any(&self.regions, |text, values| origin::region(text, values))?;
        conditions.any(&self.elbs, |elb, values| Ok(of_elb(elb, values)))?;
        if table == Table::LogObjects {
            return Ok(conditions.made);
        }
        self.check_reach(table)?;
        conditions.any(&self.target_groups, |text, values| pattern::target_group(text, table, values))?;
        conditions.any(&self.services, |text, values| service::condition(text, table, groups, values))?;
        conditions.any(&self.targets, |range, values| Ok(range.condition(values)))?;
        conditions.any(&self.hosts, |text, values| pattern::host(text, values))?;
        conditions.any(&self.paths, |text, values| pattern::path(text, values))?;
        conditions.any(&self.methods, |text, values| origin::method(text, values))?;
        conditions.any(&self.clients, |cidr, values| Ok(address::within(cidr, "client_ip", values)))?;
        conditions.any(&self.statuses, |range, values| Ok(range.condition("elb_status_code", values)))?;
        Ok(conditions.made)
    }

    /// Refuses a flag that says nothing about rows of this table.
    fn check_reach(&self, table: Table) -> Result<()> {
        let flags: [(&str, bool, &[Table]); 11] = [
            ("--account", !self.accounts.is_empty(), &[Requests, Connections, HealthChecks]),
            ("--region", !self.regions.is_empty(), &[Requests, Connections, HealthChecks]),
            ("--elb", !self.elbs.is_empty(), &[Requests, Connections, HealthChecks]),
            ("--target-group", !self.target_groups.is_empty(), &[Requests, HealthChecks]),
            ("--service", !self.services.is_empty(), &[Requests, HealthChecks]),
            ("--target", !self.targets.is_empty(), &[Requests, HealthChecks]),
            ("--host", !self.hosts.is_empty(), &[Requests]),
            ("--path", !self.paths.is_empty(), &[Requests]),
            ("--method", !self.methods.is_empty(), &[Requests]),
            ("--client", !self.clients.is_empty(), &[Requests, Connections]),
            ("--status", !self.statuses.is_empty(), &[Requests]),
        ];
        let Some((flag, ..)) = flags.iter().find(|(_, given, reach)| *given && !reach.contains(&table)) else {
            return Ok(());
        };
        let others: Vec<&str> = flags.iter().filter(|(.., reach)| reach.contains(&table)).map(|(it, ..)| *it).collect();
        let name = table.name();
        bail!(
            Message::new(format_args!("{flag} cannot restrict {name}, which this report reads"))
                .hint(format_args!("leave it out; {name} can be restricted with {}", others.join(", ")))
        )
    }
}

fn of_elb(elb: &str, values: &mut Values) -> String {
    let named = elb_named(elb);
    let column = if named.contains('/') { "elb" } else { "split_part(elb, '/', 2)" };
    pattern::like(column, &named, values)
}

/// The conditions on one table so far.
struct Conditions {
    table: Table,
    /// Values bound so far.
    bound: usize,
    made: Vec<Condition>,
}

impl Conditions {
    /// Rows must meet one of the alternatives; with none, they need not.
    fn any<T>(&mut self, alternatives: &[T], sql: impl Fn(&T, &mut Values) -> Result<String>) -> Result<()> {
        if alternatives.is_empty() {
            return Ok(());
        }
        let mut values = Values { table: self.table, count: self.bound, bound: Vec::new() };
        let alternatives = alternatives.iter().map(|it| sql(it, &mut values)).collect::<Result<Vec<_>>>()?;
        self.bound = values.count;
        self.made.push(Condition { sql: either(alternatives), values: values.bound });
        Ok(())
    }
}

/// Whether a flag takes a value that logs have: what stands where a host should be may be anything.
pub(super) fn takes(flag: &str, value: &str) -> bool {
    let mut filter = Filter::default();
    let values = match flag {
        "--host" => &mut filter.hosts,
        "--path" => &mut filter.paths,
        "--target-group" => &mut filter.target_groups,
        "--method" => &mut filter.methods,
        _ => return true,
    };
    values.push(value.to_owned());
    filter.conditions(Requests, &TargetGroups::default()).is_ok()
}

/// Alternatives as one condition, to be joined with others by AND.
fn either(alternatives: Vec<String>) -> String {
    match <[String; 1]>::try_from(alternatives) {
        Ok([only]) => only,
        Err(several) => format!("({})", several.join(" OR ")),
    }
}

/// Values of a condition. Names are of the table, since a statement may restrict several.
struct Values {
    table: Table,
    count: usize,
    bound: Vec<(String, Scalar)>,
}

impl Values {
    /// Binds a value: what stands for it in SQL.
    fn bind(&mut self, value: Scalar) -> String {
        self.count += 1;
        let name = format!("filter_{}_{}", self.table.name(), self.count);
        let parameter = format!(":{name}");
        self.bound.push((name, value));
        parameter
    }

    fn text(&mut self, value: impl Into<String>) -> String {
        self.bind(Scalar::Text(value.into()))
    }

    fn int(&mut self, value: impl Into<i64>) -> String {
        self.bind(Scalar::Int(value.into()))
    }
}

#[cfg(test)]
mod tests;
