//! `GET /alerts`: what stands of each alert, and what happened.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::{as_json, time};
use crate::output::hide_in_json;
use crate::serve::access::Viewer;
use crate::serve::alerts::{Alerts, Happened, Rule};
use crate::serve::service::Service;

pub(super) async fn alerts(State(service): State<Arc<Service>>, Extension(viewer): Extension<Viewer>) -> Response {
    let (alerts, history) = service.alerts().map(|alerts| told(alerts)).unwrap_or_default();
    let mut answer = json!({ "alerts": alerts, "history": history });
    if !viewer.may_see_private {
        hide_in_json(&mut answer);
    }
    as_json(answer.to_string() + "\n")
}

fn told(alerts: &Alerts) -> (Vec<Value>, Vec<Value>) {
    let known = alerts.known();
    let of_rule = |rule: &Rule| {
        let standing = known.standings.get(&rule.name);
        let rows: Vec<Value> = standing
            .iter()
            .flat_map(|standing| &standing.rows)
            .map(|(key, holding)| {
                let state = if holding.firing.is_some() { "firing" } else { "pending" };
                json!({ "row": holding.called(key), "state": state, "since": time(Some(holding.since)), "found": holding.found })
            })
            .collect();
        let untold = standing.and_then(|standing| standing.untold.as_ref());
        json!({
            "name": rule.name,
            "severity": rule.severity,
            "source": rule.source,
            "judged_until": time(standing.and_then(|standing| standing.judged_until)),
            "cannot_tell": untold.map(|untold| json!({ "since": time(Some(untold.since)), "why": untold.why })),
            "rows": rows,
        })
    };
    (alerts.rules().iter().map(of_rule).collect(), known.history.iter().rev().map(of_past).collect())
}

fn of_past(happened: &Happened) -> Value {
    let change = &happened.change;
    json!({
        "at": time(Some(happened.at)),
        "alert": happened.rule,
        "state": change.state(),
        "row": change.row(),
        "since": time(Some(change.since())),
        "found": change.found(),
        "command": happened.command,
    })
}
