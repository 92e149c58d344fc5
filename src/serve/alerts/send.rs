//! Sending: JSON to an address, and whether it was taken.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, redirect};
use serde_json::Value as Json;

use crate::base::message::Message;

/// A receiver that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts JSON.
#[derive(Debug, Clone)]
pub(super) struct Post(Client);

impl Post {
    /// A redirect would be another address than the one that was named: none is followed.
    pub(super) fn new() -> Result<Self> {
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build();
        Ok(Self(client.context("no client for HTTP")?))
    }

    /// Sends it; an error says why it was not taken.
    pub(super) async fn send(&self, url: &str, body: &Json) -> Result<(), Message> {
        let request = self.0.post(url).header("content-type", "application/json").body(body.to_string());
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(Message::new(format_args!("it answers {}", response.status()))),
            // The address may hold a secret.
            Err(error) => Err(Message::of(&error.without_url())),
        }
    }
}
