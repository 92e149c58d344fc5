//! Which parameters there are: flags of `albstats report` that may come from a network, and no others. None names a file, a
//! format, an engine or a limit.

/// A parameter of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::serve::pages) enum Key {
    Source,
    Since,
    Until,
    Around,
    Tz,
    Account,
    Region,
    Elb,
    TargetGroup,
    Service,
    Target,
    Host,
    Path,
    Method,
    Client,
    Status,
    What,
    By,
    Top,
    Bucket,
    Set,
    Mark,
    At,
    Window,
    Settle,
    Baseline,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve::pages) enum Group {
    /// Which logs.
    Source,
    Time,
    Zone,
    /// Which rows.
    Rows,
    /// What one report is about and how it is shown.
    Shape,
}

impl Key {
    pub(in crate::serve::pages) const ALL: [Self; 26] = [
        Self::Source,
        Self::Since,
        Self::Until,
        Self::Around,
        Self::Tz,
        Self::Account,
        Self::Region,
        Self::Elb,
        Self::TargetGroup,
        Self::Service,
        Self::Target,
        Self::Host,
        Self::Path,
        Self::Method,
        Self::Client,
        Self::Status,
        Self::What,
        Self::By,
        Self::Top,
        Self::Bucket,
        Self::Set,
        Self::Mark,
        Self::At,
        Self::Window,
        Self::Settle,
        Self::Baseline,
    ];

    /// Those that say which rows, in the order in which people are offered them.
    pub(in crate::serve::pages) const ROWS: [Self; 11] = [
        Self::Service,
        Self::TargetGroup,
        Self::Target,
        Self::Elb,
        Self::Host,
        Self::Path,
        Self::Method,
        Self::Status,
        Self::Client,
        Self::Region,
        Self::Account,
    ];

    /// As it stands in the address, and behind `--`.
    pub(in crate::serve::pages) fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Since => "since",
            Self::Until => "until",
            Self::Around => "around",
            Self::Tz => "tz",
            Self::Account => "account",
            Self::Region => "region",
            Self::Elb => "elb",
            Self::TargetGroup => "target-group",
            Self::Service => "service",
            Self::Target => "target",
            Self::Host => "host",
            Self::Path => "path",
            Self::Method => "method",
            Self::Client => "client",
            Self::Status => "status",
            Self::What => "what",
            Self::By => "by",
            Self::Top => "top",
            Self::Bucket => "bucket",
            Self::Set => "set",
            Self::Mark => "mark",
            Self::At => "at",
            Self::Window => "window",
            Self::Settle => "settle",
            Self::Baseline => "baseline",
        }
    }

    /// As people say it.
    pub(in crate::serve::pages) fn words(self) -> &'static str {
        match self {
            Self::Elb => "load balancer",
            Self::TargetGroup => "target group",
            Self::Tz => "time zone",
            Self::What => "of",
            Self::Top => "rows",
            Self::Bucket => "bars of",
            Self::Set => "with",
            Self::Mark => "marked",
            other => other.name(),
        }
    }

    /// Something that may be typed for it.
    pub(in crate::serve::pages) fn example(self) -> &'static str {
        match self {
            Self::Elb => "k8s-shop-*",
            Self::TargetGroup => "k8s-shop-cart-*",
            Self::Service => "checkout/checkout-api",
            Self::Target => "10.0.42.17:8080",
            Self::Host => "*.example.com",
            Self::Path => "/api/*",
            Self::Method => "POST",
            Self::Region => "eu-west-1",
            Self::Account => "111122223333",
            Self::Status => "5xx, 502 or 500-504",
            Self::Client => "192.0.2.0/24",
            Self::What => "1-6b02589c-3f0e6a5d2c1b4a7988e6f012",
            _ => "",
        }
    }

    pub(in crate::serve::pages) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    pub(in crate::serve::pages) fn group(self) -> Group {
        match self {
            Self::Source => Group::Source,
            Self::Since | Self::Until | Self::Around => Group::Time,
            Self::Tz => Group::Zone,
            Self::Account
            | Self::Region
            | Self::Elb
            | Self::TargetGroup
            | Self::Service
            | Self::Target
            | Self::Host
            | Self::Path
            | Self::Method
            | Self::Client
            | Self::Status => Group::Rows,
            Self::What
            | Self::By
            | Self::Top
            | Self::Bucket
            | Self::Set
            | Self::Mark
            | Self::At
            | Self::Window
            | Self::Settle
            | Self::Baseline => Group::Shape,
        }
    }

    /// Whether several values may stand there, which are alternatives.
    pub(in crate::serve::pages) fn repeats(self) -> bool {
        self.group() == Group::Rows || matches!(self, Self::Set | Self::Mark)
    }

    /// Whether a value of it takes the place of those of another key: of its own if it takes one, and of times that say
    /// something else.
    pub(in crate::serve::pages) fn replaces(self, other: Self) -> bool {
        let is_window = |key| matches!(key, Self::Since | Self::Until);
        let is_moment = |key| matches!(key, Self::Around | Self::At);
        let contradicts = (is_window(self) && is_moment(other)) || (is_moment(self) && is_window(other));
        let moments = is_moment(self) && is_moment(other);
        contradicts || moments || (self == other && !self.repeats())
    }
}
