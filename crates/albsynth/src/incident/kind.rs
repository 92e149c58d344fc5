//! The kinds of incidents by name.

use super::stage::Stage;
use super::{Incident, Story, checks, clients, delivery, nodes, pods, routes, rules, services, tls};

/// Stages one incident.
type Staging = fn(&mut Stage) -> (Box<dyn Incident>, Story);

/// A kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncidentKind(&'static Entry);

struct Entry {
    name: &'static str,
    about: &'static str,
    staging: Staging,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Entry {}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn entry(name: &'static str, about: &'static str, staging: Staging) -> Entry {
    Entry { name, about, staging }
}

const KINDS: &[Entry] = &[
    entry(
        "bad-pod-after-deploy",
        "all pods of a group are replaced; one new pod answers most requests with 502",
        pods::bad_after_deploy,
    ),
    entry("bad-pod", "one pod answers more than half of its requests with 502", pods::bad),
    entry("slow-route", "one route takes five times as long", routes::slow),
    entry("client-flood", "one client floods a service, which gets slow and answers 503", clients::flood),
    entry(
        "untrusted-certificate",
        "a host's certificate comes from another authority; many of its clients refuse it",
        tls::untrusted_certificate,
    ),
    entry("zone", "targets of one availability zone do not accept connections (504) or are slow", services::zone),
    entry("wide-zone", "the same, where a zone is a network of a /18", services::wide_zone),
    entry(
        "keep-alive-mismatch",
        "after a deploy a group closes idle connections too early: sparse, steady 502",
        services::keep_alive_mismatch,
    ),
    entry("slow-database", "all targets of a group are slow, many answer not at all (504)", services::slow_database),
    entry("relapsing-service", "a group answers 500 for a minute, again and again", services::relapsing),
    entry("lambda-throttled", "a function is throttled (502)", services::lambda_throttled),
    entry("waf-block", "a new rule of the web ACL blocks a route (403)", routes::waf_block),
    entry("redirect-loop", "a rule redirects a host to itself; browsers repeat", rules::redirect_loop),
    entry("login-broken", "the client secret of a login expired (561)", rules::login_broken),
    entry("scale-to-zero", "a group has no targets (503)", services::scale_to_zero),
    entry(
        "creeping-leak",
        "the slowest requests of a group get slower for 90 minutes, until its pods restart",
        services::creeping_leak,
    ),
    entry("crawler", "one network crawls pages that are not there (404)", clients::crawler),
    entry("impatient-client", "one user agent now gives up after a second (460)", clients::impatient),
    entry("trust-bundle", "certificates of most clients are not trusted any more (mTLS)", tls::trust_bundle),
    entry("shadowed-rule", "a new rule sends a route to another group, which answers 404", routes::shadowed),
    entry(
        "missing-delivery",
        "a node delivers no object for 20 minutes; nothing is wrong with its traffic",
        delivery::missing,
    ),
    entry(
        "route-errors",
        "a route answers 500 on all targets after another group was deployed",
        routes::errors_after_deploy,
    ),
    entry("host-gone", "traffic of a host moves elsewhere", rules::host_gone),
    entry(
        "failing-checks",
        "one target does not answer most of its health checks; requests are served as ever",
        checks::flapping,
    ),
    entry("cut-node", "one node of a load balancer does not reach its targets (504); the others do", nodes::cut),
];

impl IncidentKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(Self)
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What happens, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.0.about
    }

    pub(super) fn stage(self, stage: &mut Stage) -> (Box<dyn Incident>, Story) {
        (self.0.staging)(stage)
    }
}
