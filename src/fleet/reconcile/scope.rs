//! Which load balancers the policy is about, and where their logs are to go. Pure.

use alblog::key::PrefixFault;

use crate::base::config::{LogPolicy, Matcher, Selector};
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType};
use crate::fleet::kubernetes::cluster_of;
use crate::fleet::opt_out;

/// Where logs are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    pub bucket: String,
    /// What stands before `AWSLogs`; may be empty.
    pub prefix: String,
}

/// Whether a selector selects a load balancer. One without conditions selects nothing, and only Application Load Balancers
/// write these logs.
pub(super) fn selected(selector: &Selector, load_balancer: &LoadBalancer) -> bool {
    load_balancer.kind == LoadBalancerType::Application
        && !selector.matcher.is_empty()
        && matches(&selector.matcher, load_balancer)
}

/// What excludes a load balancer, in words; `None` if nothing does.
pub(super) fn excluded(policy: &LogPolicy, load_balancer: &LoadBalancer) -> Option<String> {
    let by = policy.exclude.iter().find(|matcher| !matcher.is_empty() && matches(matcher, load_balancer))?;
    let list = |name: &str, patterns: &[glob::Pattern]| {
        let patterns: Vec<&str> = patterns.iter().map(glob::Pattern::as_str).collect();
        (!patterns.is_empty()).then(|| format!("{name} {}", patterns.join(", ")))
    };
    let tags = by.tags.iter().map(|(key, value)| format!("tag {key}={value}"));
    let conditions = list("name", &by.names).into_iter().chain(list("cluster", &by.clusters)).chain(tags);
    Some(format!("excluded by {}", conditions.collect::<Vec<_>>().join(" and ")))
}

/// What opts a load balancer out, in words; `None` if nothing does. Kubernetes opts out through the tags that its
/// controller passes on.
pub(super) fn opted_out(load_balancer: &LoadBalancer) -> Option<String> {
    opt_out::by_tag(&load_balancer.tags).map(|value| format!("opted out by tag {}={value}", opt_out::NAME))
}

fn matches(matcher: &Matcher, load_balancer: &LoadBalancer) -> bool {
    let cluster = cluster_of(&load_balancer.tags);
    let any = |patterns: &[glob::Pattern], text: Option<&str>| {
        patterns.is_empty() || text.is_some_and(|text| patterns.iter().any(|pattern| pattern.matches(text)))
    };
    let tag = |(key, pattern): (&String, &glob::Pattern)| {
        load_balancer.tags.get(key).is_some_and(|value| pattern.matches(value))
    };
    any(&matcher.names, Some(&load_balancer.name)) && any(&matcher.clusters, cluster) && matcher.tags.iter().all(tag)
}

/// Where a load balancer's logs are to go.
///
/// # Errors
/// When the policy cannot be filled in for it: what is missing, in words.
pub fn desired(policy: &LogPolicy, load_balancer: &LoadBalancer) -> Result<Desired, String> {
    let fill = |template: &str| {
        let values = [
            ("account", Some(load_balancer.account())),
            ("region", Some(load_balancer.region())),
            ("cluster", cluster_of(&load_balancer.tags)),
            ("name", Some(load_balancer.name.as_str())),
        ];
        values.into_iter().try_fold(template.to_owned(), |text, (name, value)| {
            let placeholder = format!("{{{name}}}");
            match value.filter(|value| !value.is_empty()) {
                Some(value) => Ok(text.replace(&placeholder, value)),
                None if text.contains(&placeholder) => {
                    Err(format!("the policy's {template} needs a {name}, and it has none"))
                }
                None => Ok(text),
            }
        })
    };
    let desired = Desired { bucket: fill(&policy.bucket)?, prefix: fill(&policy.prefix)? };
    if desired.bucket.is_empty() {
        return Err("the policy names no bucket".to_owned());
    }
    if PrefixFault::of(&desired.prefix).is_some() {
        return Err(format!("AWS does not take the prefix {}", desired.prefix));
    }
    Ok(desired)
}
