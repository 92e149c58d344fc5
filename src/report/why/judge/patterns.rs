//! What bursts come from: every conclusion the report draws, with its conditions and limits in words. docs/why.md is
//! compared with this table.

/// A conclusion about many failures sums, which no line shows by itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its name: `sick-target`.
    pub id: &'static str,
    pub conclusion: &'static str,
    pub condition: &'static str,
    /// What it cannot know.
    pub limits: &'static str,
}

macro_rules! patterns {
    ($($name:ident = $id:literal, $conclusion:literal, $condition:literal, $limits:literal;)*) => {
        $(pub(super) const $name: &Pattern = &Pattern {
            id: $id, conclusion: $conclusion, condition: $condition, limits: $limits,
        };)*
        /// All of them, in the order of docs/why.md.
        #[cfg(test)]
        pub const PATTERNS: &[&Pattern] = &[$($name),*];
    };
}

patterns! {
    SICK_TARGET = "sick-target",
        "one target (or a few of many) is sick",
        "Fewer than half of the targets have at least 70 % of the failures, and each of them surely fails at more than three times the rate of all others together (Wilson's interval, 95 %).",
        "What ails it is in its own log. Whether it fails health checks can only be told with health check logs.";
    TARGET_GONE = "target-gone",
        "a target went away while it had requests",
        "One target stands out as above, at least 60 % of its failures lie in its last bars (two, or a twelfth of the window), and it gets no requests afterwards although the others do.",
        "Whether it crashed, was killed or was removed in an ordinary way is not in these logs.";
    ROLLING_RESTART = "rolling-restart",
        "a rolling restart or deployment",
        "Two or more targets get their last requests during the burst, and at least 60 % of the failures lie in the last bars (two, or a twelfth of the window) of those that go or the first of new ones that come. Likely if new ones come. Or three or more targets fail one after another, hardly overlapping. Never if one target stands out as above: then it is that one.",
        "Not told apart: a deployment, moved nodes, scaling down. Seen only if the targets have enough requests to be missed.";
    NEW_TARGETS = "new-targets",
        "it is the targets that came: a new version?",
        "Two or more targets had no requests before, although others had. They have at least 90 % of the failures and surely fail at more than three times the rate of all others in the window (Wilson's interval, 95 %), which have enough requests to show it; none has 70 % of the failures; and a quarter or more lie in the second half of their time. Likely if they have 20 failures.",
        "Whether they are a new version, on other nodes or in another network.";
    ONE_VERSION = "one-version",
        "it is the pods of one version",
        "An inventory knows the pods. Pods of one version have at least 95 % of the failures and surely fail at more than three times the rate of those of all other versions together (Wilson's interval, 95 %), which have enough requests to show it; no pod has 70 % of them; and a quarter or more lie in the second half of the pods' time. Likely if it has 20 failures. Where one pod has them, or they come while pods start, the sentence is evidence beside another conclusion.",
        "What changed with the version. Routes or clients that only that version gets look the same.";
    KEEP_ALIVE = "keep-alive",
        "keep-alive mismatch: targets close idle connections before the load balancer does",
        "At least 80 % are 502-reset-fast (or refused, or untimed), all targets fail alike, and less than 10 % of their requests. Likely if it is less than 5 %, most were sent before they failed, and it is steady or lasts for at least five bars.",
        "The keep-alive timeout itself is not in the log. Processes that all crash rarely would look the same.";
    ALL_REFUSE = "all-refuse",
        "no target takes connections or requests",
        "All targets fail alike, at least 30 % of their requests, mostly refused or reset at once.",
        "Not told apart: a process that is down everywhere, a wrong port or protocol, a firewall that rejects.";
    ALL_CLOSE = "all-close",
        "all targets close connections while they answer",
        "All targets fail alike, mostly after 10 ms or more, or with an answer that is not valid. If the times pile up at one value, it is a timeout of the application itself.",
        "Crashes, memory limits and oversized headers look the same.";
    UNREACHABLE = "unreachable",
        "targets cannot be reached",
        "At least half are 504-connect or 502-handshake, on all targets alike.",
        "Not told apart: a security group or network ACL that drops packets, and targets too busy to accept.";
    SLOW_DEPENDENCY = "slow-dependency",
        "all targets wait for something they share (a database, another service)",
        "Timeouts, clients that leave or errors of the application on several targets, and the mean answer time rises to at least three times (and by 50 ms) against before, on at least 70 % of the targets. Likely if it does so on all that can be compared.",
        "What they wait for is not in the log. Requests that wait for their own CPU look the same.";
    SLOW_ENDPOINT = "slow-endpoint",
        "one endpoint does not answer in time",
        "All timeouts have the same URL.",
        "URLs that differ in an id are not recognised as one endpoint: see the report paths.";
    CLIENT_TIMEOUT = "client-timeout",
        "clients give up after a fixed time",
        "At least 70 % are 460, and their times pile up at one value.",
        "Whether the answer would have come is unknown.";
    CLIENTS_LEAVE = "clients-leave",
        "clients leave before the answer",
        "At least 70 % are 460, at no particular time, and answers are no slower than before.",
        "Closed tabs, lost mobile networks and cancelled requests look the same.";
    TIMEOUTS = "timeouts",
        "some requests get no answer",
        "Timeouts that are none of the above.",
        "A lock, a full pool or single slow requests look the same.";
    NO_TARGET_LEFT = "no-target-left",
        "the target group is empty (scaled to zero, or nothing matches)",
        "503-no-target, and at most 2 % of the requests in the inner bars of the burst reached a target.",
        "Why nothing is registered is not in the log.";
    SOME_WITHOUT_TARGET = "some-without-target",
        "some requests find no target while others do",
        "503-no-target, while more requests than that reach targets.",
        "Not told apart: a zone without targets (cross-zone off), targets that come and go within a bar, weighted target groups.";
    APPLICATION = "application",
        "the application itself answers with errors",
        "The targets answered so, on all of them alike, and answers are no slower than before. Below 1 % of the requests it is possible only: so many fail every day.",
        "Why is in the application's log.";
    FUNCTION_FAILS = "function-fails",
        "the Lambda function fails by itself",
        "At least half are lambda-failed. If the times pile up at one value, its timeout is named.",
        "Error, memory and timeout have one reason in this log: running out of memory cannot be told from an exception.";
    FUNCTION_THROTTLED = "function-throttled",
        "the Lambda function is throttled",
        "At least half are lambda-throttled.",
        "Whose concurrency is exhausted, the function's or the account's, is not in the log.";
    ONE_CLIENT = "one-client",
        "it is one client, or clients of one network",
        "One address, or one network of /24 or /64, has at least 70 % of the failures and surely fails at more than three times the rate of all others together (Wilson's interval, 95 %); or all failures of the rule come from one address. Likely if it has 20 failures and 80 % of all.",
        "The address may be a proxy's.";
    CLIENT_SURGE = "client-surge",
        "one client asks much more than usual while requests of all fail",
        "One address has at least 30 % of the failures and of the requests of the burst, and asks at least four times as often as in the rest of the window.",
        "Whether it asks because requests fail, or they fail because it asks.";
    ONE_ROUTE = "one-route",
        "it is one route",
        "As one-client, of requests whose paths differ in ids only.",
        "What the route does is in the application's log.";
    ONE_HOST = "one-host",
        "it is one host name",
        "As one-client, of the host of the URL.",
        "Whether the host or its routes are at fault.";
    ONE_AGENT = "one-agent",
        "it is one kind of client",
        "As one-client, of the user agent.",
        "Whoever asks says what it is called.";
    ONE_ZONE = "one-zone",
        "it is the targets of one network, as of an availability zone",
        "As one-client, of targets whose IPv4 addresses begin alike (14 to 24 bits), of which at least three fail.",
        "Which zone or node it is: addresses alone do not say.";
    ONE_NODE = "one-node",
        "it is one node of the load balancer",
        "As one-client, of the load balancer's own address that the requests came to.",
        "What is wrong with it: the routes or the network ACL of its subnet, or the node itself. Lines from before AWS wrote that address have none.";
    AS_RULED = "as-ruled",
        "what the rule says",
        "The rule names the cause by itself; only begin, end and spread are added. Likely if at least 80 % have that rule, and it leaves nothing to guess.",
        "As for the rule.";
    ONE_TARGET_ONLY = "one-target-only",
        "cannot be told: only one target had requests",
        "There is no other target to compare with.",
        "Whether the target or what it depends on is at fault.";
    NO_PATTERN = "no-pattern",
        "cannot be told from the spread",
        "Several targets fail, neither few of them nor all alike nor one after another.",
        "Several causes at once look like this.";
    TOO_FEW = "too-few",
        "too few to tell",
        "Fewer than ten failures of a family.",
        "Everything.";
}
