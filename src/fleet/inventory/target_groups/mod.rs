//! What target groups are called: by an inventory if there is one, else by what their own names tell.
//!
//! Log rows hold ARNs, which nobody reads. The AWS Load Balancer Controller puts namespace and service into the names it
//! makes, cut to eight characters; an inventory (a file, [`TargetGroups::read`]) has them whole. Pure apart from that one
//! function. Not responsible for restricting rows to a target group, which `report` does.

mod arn;
mod distinct;
mod file;
mod how;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::Result;

pub use arn::{GeneratedName, target_group_name};
pub use how::How;
pub use table::NAME as TABLE_NAME;

/// A target group of an inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub arn: String,
    /// Namespace of the service.
    pub namespace: Option<String>,
    pub service: Option<String>,
    /// The ingress that made it.
    pub ingress: Option<String>,
    /// `namespace/name` of the route that made it.
    pub route: Option<String>,
    /// Number or name of the service's port.
    pub port: Option<String>,
    pub cluster: Option<String>,
    pub name: Option<String>,
    /// How all this was found out; none if somebody wrote it down.
    pub derived: Option<How>,
}

impl Entry {
    /// Namespace and service, if both are known whole.
    pub fn whole_service(&self) -> Option<(&str, &str)> {
        let service = (self.namespace.as_deref()?, self.service.as_deref()?);
        (self.derived != Some(How::Guess)).then_some(service)
    }

    /// `namespace/service`, if both are known whole.
    fn shown(&self) -> Option<TargetGroupName> {
        let (namespace, service) = self.whole_service()?;
        Some(TargetGroupName { text: format!("{namespace}/{service}"), guessed: self.derived == Some(How::Likely) })
    }
}

/// An inventory of target groups; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetGroups {
    /// By ARN.
    entries: BTreeMap<String, Entry>,
}

/// What a target group is called where people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroupName {
    /// `checkout/checkout-api`, `legacy/reportin…`, `thumbnailer`.
    pub text: String,
    /// Whether it was guessed from the target group's name. [`fmt::Display`] appends ` ~`.
    pub guessed: bool,
}

impl fmt::Display for TargetGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.guessed { " ~" } else { "" })
    }
}

impl TargetGroups {
    /// Reads an inventory: CSV with a header, or JSON, with `arn`, `namespace`, `service` and perhaps `ingress`.
    ///
    /// # Errors
    /// When it cannot be read or understood; the message names file and line.
    pub fn read(path: &Path) -> Result<Self> {
        let entries = file::read(path)?;
        Ok(Self { entries: entries.into_iter().map(|entry| (entry.arn.clone(), entry)).collect() })
    }

    /// Everything in it, by ARN.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// What a target group is called. Takes its ARN, or its name alone, which is all that health check logs have. What is
    /// neither stays as it is.
    pub fn display(&self, arn: &str) -> TargetGroupName {
        let known = |text| TargetGroupName { text, guessed: false };
        if let Some(name) = self.listed(arn) {
            return name;
        }
        let Some(name) = target_group_name(arn) else { return known(arn.to_owned()) };
        match GeneratedName::parse(name) {
            Some(generated) => TargetGroupName { text: generated.shown(), guessed: true },
            None => known(name.to_owned()),
        }
    }

    /// What each of these target groups is called in one report: no two alike. Those that would be get the beginning of
    /// their name's hash or of their id: `shop/web 3f2a ~`.
    pub fn names<'a>(&self, arns: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
        distinct::names(arns.into_iter().map(|arn| (arn, self.display(arn))).collect())
    }

    /// The inventory's name for an ARN; for a name alone, if all it has of that name are of one service.
    fn listed(&self, arn: &str) -> Option<TargetGroupName> {
        if let Some(entry) = self.entries.get(arn) {
            return entry.shown();
        }
        if arn.contains([':', '/']) {
            return None;
        }
        let mut names = self.entries().filter(|entry| target_group_name(&entry.arn) == Some(arn)).map(Entry::shown);
        let first = names.next()?;
        names.all(|name| name == first).then_some(first)?
    }
}

impl FromIterator<Entry> for TargetGroups {
    /// Of several with one ARN, the last.
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Self { entries: entries.into_iter().map(|entry| (entry.arn.clone(), entry)).collect() }
    }
}

#[cfg(test)]
mod tests;
