//! How a request for a service ends: answered, or in one of the ways in which the load balancer gives up. Draws the
//! outcome and says which status codes and times it shows.
//!
//! What each looks like in a line:
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>.

use super::catalogue::{Access, Protocol};
use super::dice::Dice;
use super::phrases::{LAMBDA_REASONS, LOGIN_REASONS, RESET_CODES};
use super::world::{Balancer, Host, Service};

/// How a request ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    /// 500 from the target.
    TargetError,
    /// 502 from the target itself.
    TargetBadGateway,
    /// 502: the target reset the connection at once (refused, or a stale keep-alive).
    ResetAtOnce,
    /// 502: the target reset the connection after a while.
    ResetLate,
    /// 502 with a reason: the function failed.
    LambdaFailed,
    /// 503: the target group has no target.
    NoTarget,
    /// 504: no connection within ten seconds.
    ConnectTimeout,
    /// 504: no answer within a minute.
    AnswerTimeout,
    /// 460: the client closed the connection first.
    ClientGone,
    /// 463: more than 30 addresses in X-Forwarded-For.
    BadForwardedFor,
    /// 464: the protocols of client and target group do not go together.
    WrongProtocol,
    /// 400: not HTTP.
    Malformed,
    /// 403: the web ACL said no.
    Blocked,
    /// 302 by a rule, to the address that was asked for. No usual request ends so.
    Redirected,
    /// 302 to the identity provider.
    LoginStarted,
    /// 561: the identity provider said no.
    LoginFailed,
    /// `000`: an HTTP/2 stream was reset.
    StreamReset,
}

use Outcome::{
    AnswerTimeout, Answered, BadForwardedFor, Blocked, ClientGone, ConnectTimeout, LambdaFailed, LoginFailed,
    LoginStarted, Malformed, NoTarget, Redirected, ResetAtOnce, ResetLate, StreamReset, TargetBadGateway, TargetError,
    WrongProtocol,
};

/// On an ordinary day, per million requests.
const ORDINARY: &[(Outcome, u32)] = &[
    (Answered, 995_790),
    (TargetError, 1_500),
    (TargetBadGateway, 100),
    (ResetAtOnce, 400),
    (ResetLate, 200),
    (NoTarget, 150),
    (ConnectTimeout, 80),
    (AnswerTimeout, 120),
    (ClientGone, 800),
    (BadForwardedFor, 130),
    (WrongProtocol, 130),
    (Malformed, 250),
    (StreamReset, 350),
];

/// On a sick pod, per cent.
const SICK: &[(Outcome, u32)] =
    &[(Answered, 64), (ResetAtOnce, 24), (ResetLate, 4), (TargetError, 5), (AnswerTimeout, 1), (ClientGone, 2)];

impl Outcome {
    pub(super) fn draw(dice: &mut Dice, balancer: &Balancer, host: &Host, service: &Service, sick: bool) -> Self {
        if balancer.template.waf && dice.chance(0.004) {
            return Blocked;
        }
        if host.template.access == Access::Login && dice.chance(0.02) {
            return if dice.chance(0.15) { LoginFailed } else { LoginStarted };
        }
        if service.template.protocol == Protocol::Lambda && dice.chance(if sick { 0.2 } else { 0.01 }) {
            return LambdaFailed;
        }
        let outcome = dice.weighted(if sick { SICK } else { ORDINARY });
        match (service.template.protocol, outcome) {
            // A function has no connection that could be reset.
            (
                Protocol::Lambda,
                ResetAtOnce | ResetLate | NoTarget | ConnectTimeout | TargetBadGateway | StreamReset | WrongProtocol,
            )
            | (Protocol::WebSocket, StreamReset | WrongProtocol) => Answered,
            (_, outcome) => outcome,
        }
    }

    /// Whether it is a failure of every day, of which a calmer night has fewer.
    pub(super) fn is_noise(self) -> bool {
        matches!(
            self,
            TargetError
                | TargetBadGateway
                | ResetAtOnce
                | ResetLate
                | LambdaFailed
                | NoTarget
                | ConnectTimeout
                | AnswerTimeout
                | ClientGone
                | LoginFailed
        )
    }
}

/// What a line shows of an outcome.
#[derive(Clone)]
pub(super) struct Trail {
    /// Status code for the client; 0 is written as `000`.
    pub(super) elb_status: u16,
    pub(super) target_status: Option<u16>,
    /// Request, target and response processing time, milliseconds; `None` is written as `-1`.
    pub(super) times: [Option<u32>; 3],
    /// Time that passed besides, milliseconds.
    pub(super) waited: u32,
    /// A target was chosen.
    pub(super) reached: bool,
    /// A rule led to a target group.
    pub(super) routed: bool,
    pub(super) reason: &'static str,
    /// HTTP/2 error codes of the target and of the load balancer.
    pub(super) codes: [&'static str; 2],
}

impl Trail {
    pub(super) fn draw(
        dice: &mut Dice,
        outcome: Outcome,
        service: &Service,
        method: &str,
        target: Option<u32>,
    ) -> Self {
        let quick = |dice: &mut Dice| dice.below(20).saturating_sub(16).min(3);
        let (elb_status, target_status) = statuses(dice, outcome, service, method);
        let first = Some(quick(dice));
        let never = [None; 3];
        let (times, waited) = match outcome {
            Answered | TargetError | TargetBadGateway => ([first, target, Some(quick(dice))], 0),
            LambdaFailed => ([first, target, Some(0)], 0),
            ResetAtOnce => ([first, Some(dice.below(9)), None], 0),
            ResetLate => ([first, Some(900 + dice.size(1200.0, 0.9)), None], 0),
            StreamReset => ([first, target, None], 0),
            ConnectTimeout => (never, 10_000),
            AnswerTimeout => ([first, None, None], 60_000),
            ClientGone if dice.chance(0.5) => (never, dice.size(900.0, 1.2)),
            ClientGone => ([first, None, None], dice.size(2500.0, 1.2)),
            LoginFailed => (never, dice.size(120.0, 0.7)),
            Malformed => (never, dice.size(40.0, 1.5)),
            NoTarget | BadForwardedFor | WrongProtocol | Blocked | Redirected | LoginStarted => (never, 0),
        };
        let reset = if outcome == StreamReset { *dice.pick(RESET_CODES) } else { "-" };
        let unrouted =
            matches!(outcome, BadForwardedFor | Malformed | Blocked | Redirected | LoginStarted | LoginFailed);
        Self {
            elb_status,
            target_status,
            times,
            waited,
            reached: !unrouted
                && !matches!(outcome, NoTarget | WrongProtocol)
                && service.template.protocol != Protocol::Lambda,
            routed: !unrouted,
            reason: match outcome {
                LambdaFailed => *dice.pick(LAMBDA_REASONS),
                LoginFailed => *dice.pick(LOGIN_REASONS),
                _ => "-",
            },
            codes: if dice.chance(0.6) { [reset, "-"] } else { ["-", reset] },
        }
    }

    /// An answer that the load balancer makes up without a target or a target group.
    pub(super) fn made_here(elb_status: u16) -> Self {
        Self {
            elb_status,
            target_status: None,
            times: [None; 3],
            waited: 0,
            reached: false,
            routed: false,
            reason: "-",
            codes: ["-", "-"],
        }
    }

    /// From receiving the request to having answered it, milliseconds.
    pub(super) fn elapsed(&self) -> u32 {
        self.times.iter().flatten().fold(self.waited, |sum, &time| sum.saturating_add(time))
    }
}

fn statuses(dice: &mut Dice, outcome: Outcome, service: &Service, method: &str) -> (u16, Option<u16>) {
    match outcome {
        Answered => {
            let status = answer(dice, service.template.protocol, method);
            (status, Some(status))
        }
        TargetError => (500, Some(500)),
        TargetBadGateway => (502, Some(502)),
        ResetAtOnce | ResetLate | LambdaFailed => (502, None),
        NoTarget => (503, None),
        ConnectTimeout | AnswerTimeout => (504, None),
        ClientGone => (460, None),
        BadForwardedFor => (463, None),
        WrongProtocol => (464, None),
        Malformed => (400, None),
        Blocked => (403, None),
        Redirected | LoginStarted => (302, None),
        LoginFailed => (561, None),
        StreamReset => (0, None),
    }
}

/// The status code of a target that answers.
fn answer(dice: &mut Dice, protocol: Protocol, method: &str) -> u16 {
    const READS: &[(u16, u32)] =
        &[(200, 905), (304, 45), (404, 22), (206, 4), (302, 10), (401, 8), (403, 3), (429, 2), (503, 1)];
    const WRITES: &[(u16, u32)] =
        &[(200, 540), (201, 260), (204, 120), (202, 40), (400, 14), (401, 10), (409, 8), (422, 8)];
    match (protocol, method) {
        (Protocol::WebSocket, _) => 101,
        (Protocol::Grpc, _) => 200,
        (_, "GET" | "HEAD") => dice.weighted(READS),
        (_, "OPTIONS") => 204,
        _ => dice.weighted(WRITES),
    }
}
