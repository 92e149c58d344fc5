//! The story of requests and their connections: what happened when, and what took the time. Pure.
//!
//! The times of an access line follow each other: received, sent to the target (request processing time later), the target
//! began to answer (target processing time later), the answer's begin was sent to the client (response processing time
//! later), the line's own time: answered. They have whole milliseconds, so that sums may be some milliseconds off.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-format>

use crate::output::document::Tone;

/// A request, as far as its story needs it. Times in microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Request {
    /// When it was received; lines before 2018 do not say.
    pub(super) received: Option<i64>,
    /// When it was answered; for a WebSocket, when it closed.
    pub(super) time: i64,
    /// `https`, `wss`, …
    pub(super) kind: String,
    /// Request, target and response processing time, seconds.
    pub(super) times: [Option<f64>; 3],
    pub(super) status: Option<i64>,
    pub(super) target_status: Option<i64>,
    pub(super) target: Option<String>,
    pub(super) has_target_group: bool,
    /// `GET shop.example.com/api`
    pub(super) what: String,
    pub(super) load_balancer: String,
    pub(super) client: String,
    pub(super) sent_bytes: Option<i64>,
    pub(super) actions: String,
    pub(super) reason: Option<String>,
    pub(super) connection: Option<String>,
}

/// A connection of a client.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Connection {
    pub(super) id: Option<String>,
    /// When it was established, or failed.
    pub(super) time: i64,
    pub(super) client: String,
    pub(super) listener_port: Option<i64>,
    /// `TLSv1.3 TLS_AES_128_GCM_SHA256`
    pub(super) tls: Option<String>,
    /// Seconds.
    pub(super) handshake: Option<f64>,
    /// `Failed:ClientCertExpired`
    pub(super) verify: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) time: i64,
    /// Number of the request, from 1; none for a connection.
    pub(super) request: Option<usize>,
    pub(super) what: &'static str,
    pub(super) detail: String,
    pub(super) tone: Tone,
}

/// What took the time of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// `the target, until it began to answer`
    pub(super) of: &'static str,
    /// Microseconds.
    pub(super) length: i64,
    /// Of the whole request.
    pub(super) part: f64,
}

impl Connection {
    /// Whether its handshake failed.
    pub(super) fn failed(&self) -> bool {
        self.verify.as_deref().is_some_and(|verify| verify.starts_with("Failed"))
    }

    fn event(&self) -> Event {
        let to = self.listener_port.map(|port| format!(" to port {port}")).unwrap_or_default();
        let mut parts = vec![format!("{}{to}", self.client)];
        parts.extend(self.tls.clone());
        parts.extend(self.handshake.map(|seconds| format!("handshake {}", millis(micros(seconds)))));
        parts.extend(self.verify.clone().filter(|verify| verify != "Success"));
        let (what, tone) = if self.failed() { ("connection failed", Tone::Bad) } else { ("connected", Tone::Plain) };
        Event { time: self.time, request: None, what, detail: parts.join(" · "), tone }
    }
}

impl Request {
    pub(super) fn is_websocket(&self) -> bool {
        matches!(self.kind.as_str(), "ws" | "wss")
    }

    /// Microseconds from receiving it to having answered it.
    pub(super) fn elapsed(&self) -> Option<i64> {
        Some((self.time - self.received?).max(0))
    }

    /// Whether something went wrong.
    pub(super) fn failed(&self) -> bool {
        // What a rule answers or blocks is what somebody wanted, whatever its status.
        let is_wanted = ["fixed-response", "waf"].iter().any(|action| self.actions.contains(action));
        let is_refused = |status| status >= 400 && self.target_status.is_none() && !is_wanted;
        self.status.is_none_or(|status| status == 0 || status >= 460 && status != 499 || is_refused(status))
    }

    /// Whether the status is the target's own.
    pub(super) fn is_targets(&self) -> bool {
        self.status.is_some() && self.status == self.target_status
    }

    /// What happened, in order.
    pub(super) fn events(&self, number: usize) -> Vec<Event> {
        let event = |time: i64, what: &'static str, detail: String, tone: Tone| Event {
            time,
            request: Some(number),
            what,
            detail,
            tone,
        };
        let mut events = Vec::new();
        if let Some(received) = self.received {
            let by = format!("{} · {}", self.what, self.load_balancer);
            events.push(event(received, "request received", by, Tone::Plain));
            // A step cannot be later than the end, but for rounding.
            let mut at = received;
            let mut step = |seconds: f64| {
                at = (at + micros(seconds)).min(self.time);
                at
            };
            let [request, target, response] = self.times;
            if let Some(request) = request {
                let to = match (&self.target, self.has_target_group) {
                    (Some(target), _) => target.clone(),
                    (None, true) => "a function, or a target that is not named".to_owned(),
                    (None, false) => "no target is named".to_owned(),
                };
                events.push(event(step(request), "sent to the target", to, Tone::Plain));
            }
            if let Some(target) = target {
                let time = step(target);
                let after = format!("after {}", millis(micros(target)));
                events.push(match self.target_status {
                    Some(status) => event(time, "target answers", format!("{status}, {after}"), Tone::Plain),
                    None => event(time, "target ended it", format!("no answer in HTTP, {after}"), Tone::Bad),
                });
            }
            if let Some(response) = response {
                events.push(event(step(response), "answer begun", String::new(), Tone::Plain));
            }
        }
        events.push(self.end(number));
        events
    }

    fn end(&self, number: usize) -> Event {
        let status = self.status.map_or("no status".to_owned(), |status| format!("{status:03}"));
        let mut parts = vec![match self.status {
            Some(460) => "460: the client closed the connection".to_owned(),
            Some(0) => "000: the HTTP/2 stream was reset".to_owned(),
            _ if self.is_targets() => format!("{status}, the target's own"),
            _ => format!("{status}, made by the load balancer"),
        }];
        parts.extend(self.reason.clone());
        let is_forwarded = self.actions.ends_with("forward");
        parts.extend(Some(format!("after {}", self.actions)).filter(|_| !self.actions.is_empty() && !is_forwarded));
        parts.extend(self.sent_bytes.map(|bytes| format!("{} sent", size(bytes))));
        let what = match self.status {
            _ if self.is_websocket() => "WebSocket closed",
            Some(460) => "client gone",
            Some(0) => "reset",
            _ => "answered",
        };
        let tone = if self.failed() { Tone::Bad } else { Tone::Plain };
        Event { time: self.time, request: Some(number), what, detail: parts.join(" · "), tone }
    }

    /// What took the time, longest first; nothing for what took none.
    pub(super) fn shares(&self) -> Vec<Share> {
        let Some(elapsed) = self.elapsed().filter(|elapsed| *elapsed > 0) else { return Vec::new() };
        let [request, target, response] = self.times.map(|seconds| seconds.map(micros));
        let known: i64 = [request, target, response].into_iter().flatten().sum();
        let rest = match (request, target) {
            _ if self.status == Some(460) => "until the client gave up",
            (Some(_), None) => "waiting for an answer that did not come",
            (None, _) => "at the load balancer, without reaching a target",
            (Some(_), Some(_)) => "receiving or sending bodies",
        };
        let target_is = match self.target_status {
            Some(_) => "the target, until it began to answer",
            None => "the target, until it ended without an answer",
        };
        let parts = [
            ("the load balancer, until it had sent the request on", request.unwrap_or(0)),
            (target_is, target.unwrap_or(0)),
            ("the load balancer, until it began to answer the client", response.unwrap_or(0)),
            (rest, (elapsed - known).max(0)),
        ];
        let whole = parts.iter().map(|(_, length)| length).sum::<i64>().max(1);
        let mut shares: Vec<Share> =
            parts.into_iter().map(|(of, length)| Share { of, length, part: ratio(length, whole) }).collect();
        shares.retain(|share| share.length > 0);
        shares.sort_by_key(|share| -share.length);
        shares
    }
}

/// Everything that happened, in order of time; of what happened at once, the connection and the earlier request first.
pub(super) fn timeline(connections: &[Connection], requests: &[Request]) -> Vec<Event> {
    let of_requests = requests.iter().zip(1..).flat_map(|(request, number)| request.events(number));
    let mut events: Vec<Event> = connections.iter().map(Connection::event).chain(of_requests).collect();
    // Stable: steps of one request at the same time stay in their order.
    events.sort_by_key(|event| event.time);
    events
}

/// Seconds as microseconds.
#[expect(clippy::cast_possible_truncation, reason = "saturates; a processing time has milliseconds")]
pub(super) fn micros(seconds: f64) -> i64 {
    (seconds.max(0.0) * 1e6).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a request fit into 53 bits")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

/// `0.4 ms`, `24 ms`, `1,234 ms`
pub(super) fn millis(micros: i64) -> String {
    if micros % 1000 != 0 && micros.abs() < 10_000 {
        return format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
    }
    format!("{} ms", crate::output::human::count((micros.unsigned_abs() + 500) / 1000))
}

fn size(bytes: i64) -> String {
    crate::output::human::bytes(bytes.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_795_316_892_000_000;

    fn request() -> Request {
        Request {
            received: Some(AT),
            time: AT + 1_250_000,
            kind: "https".to_owned(),
            times: [Some(0.002), Some(1.2), Some(0.0)],
            status: Some(200),
            target_status: Some(200),
            target: Some("10.0.42.17:8080".to_owned()),
            has_target_group: true,
            what: "GET shop.example.com/a".to_owned(),
            load_balancer: "shop".to_owned(),
            client: "192.0.2.1:5000".to_owned(),
            sent_bytes: Some(1500),
            actions: "waf,forward".to_owned(),
            reason: None,
            connection: Some("TID_1".to_owned()),
        }
    }

    fn told(events: &[Event]) -> Vec<String> {
        events.iter().map(|event| format!("{} {}: {}", (event.time - AT) / 1000, event.what, event.detail)).collect()
    }

    #[test]
    fn a_request_that_was_answered() {
        let connection = Connection {
            time: AT - 5_000,
            client: "192.0.2.1:5000".to_owned(),
            listener_port: Some(443),
            tls: Some("TLSv1.3".to_owned()),
            handshake: Some(0.024),
            verify: Some("Success".to_owned()),
            ..Connection::default()
        };
        assert_eq!(
            told(&timeline(&[connection], &[request()])),
            [
                "-5 connected: 192.0.2.1:5000 to port 443 · TLSv1.3 · handshake 24 ms",
                "0 request received: GET shop.example.com/a · shop",
                "2 sent to the target: 10.0.42.17:8080",
                "1202 target answers: 200, after 1,200 ms",
                "1202 answer begun: ",
                "1250 answered: 200, the target's own · 1.5 kB sent",
            ]
        );
        let shares = request().shares();
        assert_eq!((shares[0].of, shares[0].length), ("the target, until it began to answer", 1_200_000));
        assert!((shares[0].part - 0.96).abs() < 1e-9);
        assert_eq!((shares[1].of, shares[1].length), ("receiving or sending bodies", 48_000));
        assert!((shares.iter().map(|share| share.part).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_target_that_hung_up_and_one_that_said_nothing() {
        let hung_up = Request {
            time: AT + 4_000,
            times: [Some(0.001), Some(0.003), None],
            status: Some(502),
            target_status: None,
            ..request()
        };
        let told_of = told(&hung_up.events(1));
        assert_eq!(told_of[2], "4 target ended it: no answer in HTTP, after 3 ms");
        assert_eq!(told_of[3], "4 answered: 502, made by the load balancer · 1.5 kB sent");
        assert!(hung_up.failed() && !hung_up.is_targets());

        let silent = Request {
            time: AT + 60_001_000,
            times: [Some(0.001), None, None],
            status: Some(504),
            target_status: None,
            ..request()
        };
        assert_eq!(silent.shares()[0].of, "waiting for an answer that did not come");
        assert_eq!(silent.events(1).len(), 3);
    }

    #[test]
    fn a_request_that_reached_no_target() {
        let blocked = Request {
            time: AT + 1_000,
            times: [None; 3],
            status: Some(403),
            target_status: None,
            target: None,
            has_target_group: false,
            actions: "waf".to_owned(),
            ..request()
        };
        assert_eq!(told(&blocked.events(1))[1], "1 answered: 403, made by the load balancer · after waf · 1.5 kB sent");
        assert_eq!(blocked.shares()[0].of, "at the load balancer, without reaching a target");
        assert!(!blocked.failed());
    }

    #[test]
    fn rounded_times_do_not_pass_the_end_and_old_lines_have_no_begin() {
        let quick = Request { time: AT + 900, times: [Some(0.001), Some(0.001), Some(0.0)], ..request() };
        assert!(quick.events(1).iter().all(|event| event.time <= quick.time));
        assert!(quick.shares().iter().all(|share| share.part <= 1.0));
        let old = Request { received: None, ..request() };
        assert_eq!((old.events(1).len(), old.shares().len(), old.elapsed()), (1, 0, None));
        let backwards = Request { time: AT - 1, ..request() };
        assert_eq!((backwards.elapsed(), backwards.shares().len()), (Some(0), 0));
    }
}
