//! What a server looks at again and again: as configured, and kept in the folder for what it has to know after a restart.

use std::sync::Arc;

use anyhow::Result;

use super::super::common::message;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::serve::{Alerts, Demo, Service, common_alerts};

/// What is looked at again and again; a demonstration looks at all that everybody wants.
pub(super) fn open(config: &Config, demo: Option<&Demo>, service: &Service) -> Result<Arc<Alerts>> {
    let configured = if demo.is_some() { common_alerts() } else { config.alerts.clone() };
    let sources: Vec<String> = service.sources().into_iter().map(|source| source.name).collect();
    let folder = demo.map(Demo::state).or_else(|| config.serve.state.clone().map(|state| state.value));
    if folder.is_none() && !configured.rules.is_empty() {
        message(
            Message::new("warning: alerts are not kept over a restart: no folder is known").hint("state of [serve]"),
        );
    }
    let url = config.serve.url.as_ref().map(|url| url.value.trim_end_matches('/').to_owned());
    let alerts = Arc::new(Alerts::open(&configured, &sources, folder.map(|folder| folder.join("alerts.json")), url)?);
    service.shows(Arc::clone(&alerts));
    Ok(alerts)
}
