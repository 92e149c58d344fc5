//! What to type next. Values from logs stand in commands only if they are plain words.

use std::net::Ipv4Addr;

use super::super::next::{ROWS, of_pod, pod_of, report, without};
use super::facts::{Facts, Share};
use super::judge::Verdict;
use super::judge::phrases::is_kubernetes;
use super::rows::{Context, address, group_name};
use super::rules::Family;
use crate::base::shell::is_plain;
use crate::output::document::Next;

/// The commands that follow from the first conclusion, and the story of one request.
pub(super) fn next(facts: &Facts<'_>, verdict: &Verdict, context: &Context) -> Vec<Next> {
    let mut commands = pods(facts, verdict);
    if commands.is_empty() || verdict.pattern.id == "one-version" {
        commands.extend(about(facts, verdict, context));
    }
    let cause = facts.main_cause();
    let example = cause.example.as_deref().and_then(trace_id);
    let why = match cause.status {
        0 => "the first one".to_owned(),
        status => format!("the first {status}"),
    };
    commands.extend(example.map(|id| report(["trace", id], &without(&context.flags, &ROWS), &why)));
    commands
}

/// About the pod that a conclusion is about, or the one of several that fails most, if it is known.
fn pods(facts: &Facts<'_>, verdict: &Verdict) -> Vec<Next> {
    let is_named = |share: &&Share<'_>| verdict.targets.iter().any(|name| name == share.name);
    let is_about_pods = ["sick-target", "target-gone", "one-target-only", "one-version"].contains(&verdict.pattern.id);
    let pod = facts.targets.iter().find(is_named).and_then(|share| share.pod).filter(|_| is_about_pods);
    pod.map(of_pod).unwrap_or_default()
}

fn about(facts: &Facts<'_>, verdict: &Verdict, context: &Context) -> Option<Next> {
    let of_rows = |name: &str, why: &str| {
        let status = status_flag(facts, name);
        Some(report([name].into_iter().chain(status.iter().map(String::as_str)), &context.flags, why))
    };
    match verdict.pattern.id {
        "sick-target" | "target-gone" | "one-target-only" => {
            pod(facts, verdict).or_else(|| target_health(facts, "what it is, and its state now"))
        }
        "rolling-restart" | "no-target-left" | "some-without-target" | "all-refuse" | "unreachable" => {
            endpoints(facts, context).or_else(|| target_health(facts, "which targets there are now"))
        }
        "keep-alive" => idle_timeout(facts),
        "slow-dependency" | "slow-endpoint" | "timeouts" | "client-timeout" | "application" | "all-close" => {
            of_rows("paths", "which endpoints")
        }
        "one-client" | "client-surge" => Some(client(verdict, context)),
        "one-route" => of_rows("paths", "which endpoints"),
        "one-host" => of_rows("hosts", "each host name"),
        "one-agent" => of_rows("user-agents", "each kind of client"),
        "one-version" => Some(report(["errors", "--by", "version"], &context.flags, "each version")),
        "one-zone" => of_rows("targets", "each target against its siblings"),
        "one-node" => verdict.who.as_deref().filter(|node| is_plain(node)).map(interface),
        "function-fails" | "function-throttled" => target_health(facts, "the function's name; then its log"),
        _ => match facts.family {
            Family::Firewall => of_rows("waf", "what is blocked, and whose"),
            Family::Request | Family::Login | Family::Stream => of_rows("clients", "whose requests these are"),
            Family::NoTarget | Family::Setting => of_rows("rules", "which rules answer"),
            Family::Lambda => target_health(facts, "the function's name; then its log"),
            _ => of_rows("targets", "each target against its siblings"),
        },
    }
}

/// What a client asks for, and how it is answered.
fn client(verdict: &Verdict, context: &Context) -> Next {
    let who = verdict.who.as_deref().filter(|who| is_plain(who));
    let words = ["clients"].into_iter().chain(who.into_iter().flat_map(|who| ["--client", who]));
    report(words, &context.flags, "whose requests these are")
}

/// `--status 502`, for reports that show requests and not rates of them.
fn status_flag(facts: &Facts<'_>, report: &str) -> Vec<String> {
    let code = facts.main_cause().status;
    let is_one = facts.causes.iter().all(|(cause, _)| cause.status == code);
    let takes_it = is_one && ["paths", "clients"].contains(&report);
    if takes_it { vec!["--status".to_owned(), format!("{code:03}")] } else { Vec::new() }
}

fn pod(facts: &Facts<'_>, verdict: &Verdict) -> Option<Next> {
    let address = verdict.targets.first().map(|target| address(target)).filter(|address| is_plain(address))?;
    if !is_kubernetes(facts) {
        return None;
    }
    Some(pod_of(address).because(if verdict.targets.len() > 1 { "the first of them" } else { "which pod it is" }))
}

/// The network interface of a load balancer's node: its subnet and zone.
fn interface(node: &str) -> Next {
    let is_private = node.parse::<Ipv4Addr>().is_ok_and(|address| address.is_private());
    let name = if is_private { "addresses.private-ip-address" } else { "association.public-ip" };
    let filter = format!("Name={name},Values={node}");
    Next::command(["aws", "ec2", "describe-network-interfaces", "--filters", &filter]).because("its subnet and zone")
}

/// The endpoints of the service, if the target group's name is a namespace and a service and nothing is guessed of it.
fn endpoints(facts: &Facts<'_>, context: &Context) -> Option<Next> {
    let shown = context.names.get(facts.group.target_group.as_deref()?)?;
    let (namespace, service) = shown.split_once('/')?;
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_name(namespace) && is_name(service)).then_some(())?;
    let label = format!("kubernetes.io/service-name={service}");
    let command = Next::command(["kubectl", "-n", namespace, "get", "endpointslices", "-l", &label]);
    Some(command.because("which pods are ready now"))
}

fn target_health(facts: &Facts<'_>, why: &str) -> Option<Next> {
    let arn = facts.group.target_group.as_deref().filter(|arn| is_plain(arn) && arn.starts_with("arn:"))?;
    Some(Next::command(["aws", "elbv2", "describe-target-health", "--target-group-arn", arn]).because(why))
}

/// The load balancer's ARN is made of that of a target group: they are in one account and region.
fn idle_timeout(facts: &Facts<'_>) -> Option<Next> {
    let arn = facts.group.target_group.as_deref().filter(|arn| is_plain(arn) && group_name(arn) != *arn)?;
    let elb = Some(facts.group.elb.as_str()).filter(|elb| is_plain(elb) && elb.starts_with("app/"))?;
    let (account, _) = arn.split_once(":targetgroup/")?;
    let elb = format!("{account}:loadbalancer/{elb}");
    let command = Next::command(["aws", "elbv2", "describe-load-balancer-attributes", "--load-balancer-arn", &elb]);
    Some(command.because("idle_timeout, to compare with the targets' keep-alive timeout"))
}

/// What `albstats report trace` takes of a header that clients may have made up.
pub(super) fn trace_id(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root=")).unwrap_or(header);
    Some(root).filter(|id| is_plain(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_stand_in_commands() {
        assert_eq!(trace_id("Root=1-6b02589c-3f0e"), Some("1-6b02589c-3f0e"));
        assert_eq!(trace_id("Self=1-a;Root=1-b;custom=$(reboot)"), Some("1-b"));
        assert_eq!(trace_id("TID_00ff"), Some("TID_00ff"));
        for bad in ["Root=$(reboot)", "Root=a b", "Root=", "`x`", "--help", "a'b", "a\nb"] {
            assert_eq!(trace_id(bad), None, "{bad}");
        }
    }
}
