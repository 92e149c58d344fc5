//! By what rows are told apart when something is looked for.

/// One of the ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::report) enum Dimension {
    /// Everything: one value.
    All,
    LoadBalancer,
    /// A target group of a load balancer.
    TargetGroup,
    /// A target of a target group.
    Target,
    /// Targets, of whatever group, whose IPv4 addresses begin alike: a subnet, so mostly a zone. Rows and series are of
    /// /24; what is found may be wider.
    Subnet,
    /// A host of the URL at a load balancer.
    Host,
    /// A route of a load balancer: a path with `:id` for values.
    Route,
    Client,
    /// Clients whose addresses begin alike: /24, of IPv6 /64.
    Network,
    Agent,
    /// A listener rule of a load balancer, by its priority.
    Rule,
    /// A port of a load balancer.
    Listener,
    /// A node of a load balancer, by its address: one or more in each zone.
    Node,
    /// A certificate that a load balancer served.
    Certificate,
}

/// How short the common beginning of a subnet's addresses may be, bits; that of a row's is [`ROW_BITS`].
pub(super) const FEWEST_BITS: u32 = 14;
pub(super) const ROW_BITS: u32 = 24;

/// The beginning of an address.
pub(super) fn masked(address: u32, bits: u32) -> u32 {
    if bits == 0 { 0 } else { address & (u32::MAX << (32 - bits.min(32))) }
}

/// How many there are.
pub(super) const DIMENSIONS: usize = 14;

impl Dimension {
    pub(super) const EACH: [Self; DIMENSIONS] = [
        Self::All,
        Self::LoadBalancer,
        Self::TargetGroup,
        Self::Target,
        Self::Subnet,
        Self::Host,
        Self::Route,
        Self::Client,
        Self::Network,
        Self::Agent,
        Self::Rule,
        Self::Listener,
        Self::Node,
        Self::Certificate,
    ];

    /// Which of two values that hold the same requests names them best: the lower one. Who asks comes before what is asked: a
    /// route that one network asks for suffers from it.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Target => 0,
            Self::TargetGroup => 1,
            Self::Client => 2,
            Self::Network => 3,
            Self::Route => 4,
            Self::Host => 5,
            Self::Agent => 6,
            Self::Listener => 7,
            Self::LoadBalancer => 8,
            Self::Rule => 9,
            Self::Subnet => 10,
            Self::Node => 11,
            Self::All => 12,
            Self::Certificate => 13,
        }
    }

    /// Its name in data: as `--by` takes it, where it does.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::LoadBalancer => "elb",
            Self::TargetGroup => "target_group",
            Self::Target => "target",
            Self::Subnet => "target_network",
            Self::Host => "host",
            Self::Route => "path",
            Self::Client => "client",
            Self::Network => "client_network",
            Self::Agent => "user_agent",
            Self::Rule => "rule",
            Self::Listener => "listener_port",
            Self::Node => "node",
            Self::Certificate => "certificate",
        }
    }

    /// Whether its values belong to a load balancer, which a key begins with. Traffic is not told by certificates.
    pub(super) fn is_of_elb(self) -> bool {
        matches!(
            self,
            Self::LoadBalancer
                | Self::TargetGroup
                | Self::Host
                | Self::Route
                | Self::Rule
                | Self::Listener
                | Self::Node
        )
    }

    /// Whether it can have as many values as somebody likes to send: the rare ones are not kept.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Host | Self::Route | Self::Client | Self::Network | Self::Agent)
    }
}
