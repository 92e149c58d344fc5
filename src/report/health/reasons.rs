//! What the reasons of failed health checks mean, and what to try. A table.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-health-check-logs.html>

/// What a reason means, and what to try. AWS adds and renames reasons without notice.
pub(super) fn meaning(reason: &str) -> (&'static str, &'static str) {
    match reason {
        "TimedOut" | "RequestTimedOut" | "ConnectionTimedOut" => (
            "no connection, or no answer, within the check's timeout",
            "is the target overloaded, does a security group keep the load balancer out, is the timeout too short?",
        ),
        "ConnectionReset" => (
            "the target refused or reset the connection",
            "is the process up, and does it listen on the port of the check? Was it being stopped?",
        ),
        "ResponseCodeMismatch" => (
            "the target's status code is not one that the target group takes for healthy",
            "compare the path and the codes of the check with what the application answers",
        ),
        "ResponseStringMismatch" => (
            "the target's answer does not hold the text that the target group looks for",
            "compare the answer with the text of the check",
        ),
        "TargetError" => ("the target answered with a 5xx", "the application is not well: see its own log"),
        "InternalError" => ("the load balancer failed", "wait, and ask AWS if it goes on"),
        "GRPCStatusHeaderEmpty" => {
            ("the target's answer has no gRPC status", "does the application speak gRPC on the port of the check?")
        }
        "GRPCUnexpectedStatus" => (
            "the target's gRPC status is not one that the target group takes for healthy",
            "compare the codes of the check with what the application answers; 12 is a method that it does not have",
        ),
        "ClientCertTypeUnsupported" => {
            ("a client certificate of a type that is not supported", "see the TLS settings of the target")
        }
        "" => ("no reason was given", "see the status code, and the application's own log"),
        _ => ("a reason that is newer than this program", "see AWS's list of reason codes of health check logs"),
    }
}
