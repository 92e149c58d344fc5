//! What the invented company runs: its load balancers, hosts and services, as tables.
//!
//! Names are the ones a Kubernetes cluster with the AWS Load Balancer Controller would give; hosts are below
//! `example.com`. Text that clients send (user agents, attacks) is in [`super::phrases`].

mod back_office;
mod platform;
mod shop;

/// A load balancer, as it is declared.
pub(super) struct BalancerTemplate {
    /// What the controller puts between `k8s-` and the hash.
    pub(super) name: &'static str,
    /// Share of all requests.
    pub(super) weight: u32,
    /// Whether a web ACL looks at every request.
    pub(super) waf: bool,
    pub(super) hosts: &'static [HostTemplate],
}

/// A host name that clients ask for.
pub(super) struct HostTemplate {
    pub(super) name: &'static str,
    pub(super) audience: Audience,
    pub(super) access: Access,
    pub(super) weight: u32,
    pub(super) services: &'static [ServiceTemplate],
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Browsers,
    Apps,
    Machines,
    GrpcClients,
    Scanners,
}

/// What a client has to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Open,
    /// Signed in by the load balancer (`OpenID` Connect).
    Login,
    /// A client certificate.
    Certificate,
}

/// A service behind a host: one target group.
pub(super) struct ServiceTemplate {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) pods: u32,
    /// Share of the host's requests.
    pub(super) weight: u32,
    /// Median time to the first byte of the answer, milliseconds.
    pub(super) median_ms: f64,
    /// Spread of the times: sigma of the log-normal distribution.
    pub(super) spread: f64,
    /// Median size of an answer, bytes.
    pub(super) bytes: f64,
    /// Method and path; earlier ones are asked for more often. Words in braces: [`super::paths`].
    pub(super) paths: &'static [(&'static str, &'static str)],
}

/// How the load balancer talks to a service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc,
    WebSocket,
    Lambda,
}

/// The load balancers; further ones repeat them under other host names.
pub(super) const BALANCERS: &[BalancerTemplate] = &[
    BalancerTemplate { name: "shopprod", weight: 50, waf: true, hosts: shop::SHOP },
    BalancerTemplate { name: "platform", weight: 35, waf: false, hosts: platform::PLATFORM },
    BalancerTemplate { name: "backoffi-internal", weight: 15, waf: false, hosts: back_office::BACK_OFFICE },
];
