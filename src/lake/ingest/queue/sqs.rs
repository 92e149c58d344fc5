//! SQS: the only file that names its SDK.

use std::time::Duration;

use anyhow::Result;
use aws_config::Region;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, QueueAttributeName,
};

use crate::base::aws::{self, Identity, Refusal};

/// As many messages as SQS gives at once.
pub(in crate::lake::ingest) const MOST: i32 = 10;
/// So long SQS waits for a message before it says that there is none.
const LONG_POLL: Duration = Duration::from_secs(20);
/// An answer has come by then, or never will.
const SILENCE: Duration = Duration::from_secs(40);

/// A queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message as it was received.
#[derive(Debug, Clone)]
pub(in crate::lake::ingest) struct Received {
    pub(in crate::lake::ingest) body: String,
    /// Names this receipt of it.
    pub(in crate::lake::ingest) handle: String,
}

/// How a queue is set up, and what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Messages that wait, about.
    pub waiting: u64,
    /// Messages that were received and not deleted, about.
    pub in_flight: u64,
    /// Whether messages that are received again and again are put aside.
    pub has_redrive: bool,
    /// So long a message stays invisible that was received.
    pub visibility: Duration,
}

impl Queue {
    /// Opens a queue by its URL, in the region that the URL names.
    ///
    /// # Errors
    /// When the file of certificates cannot be read.
    pub async fn open(url: &str, identity: &Identity) -> Result<Self> {
        let config = aws::load(identity).await?;
        let mut settings = aws_sdk_sqs::config::Builder::from(&config)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(SILENCE).build());
        if let Some(region) = region_of(url) {
            settings = settings.region(Region::new(region.to_owned()));
        }
        Ok(Self { client: Client::from_conf(settings.build()), url: url.to_owned() })
    }

    /// How it is set up.
    pub async fn attributes(&self) -> Result<Attributes, Refusal> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::RedrivePolicy,
            QueueAttributeName::VisibilityTimeout,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(names.into()));
        let answer = request.send().await.map_err(|error| Refusal::of("sqs:GetQueueAttributes", &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let number = |name: QueueAttributeName| attributes.get(&name).and_then(|text| text.parse::<u64>().ok());
        Ok(Attributes {
            waiting: number(QueueAttributeName::ApproximateNumberOfMessages).unwrap_or(0),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).unwrap_or(0),
            has_redrive: attributes.get(&QueueAttributeName::RedrivePolicy).is_some_and(|policy| !policy.is_empty()),
            visibility: Duration::from_secs(number(QueueAttributeName::VisibilityTimeout).unwrap_or(30)),
        })
    }

    /// Waits for messages; none after a while without any. They stay invisible for so long.
    pub(in crate::lake::ingest) async fn receive(&self, visible_after: Duration) -> Result<Vec<Received>, Refusal> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(MOST)
            .wait_time_seconds(seconds(LONG_POLL))
            .visibility_timeout(seconds(visible_after));
        let answer = request.send().await.map_err(|error| Refusal::of("sqs:ReceiveMessage", &error))?;
        let received = answer.messages.unwrap_or_default().into_iter();
        Ok(received.filter_map(|it| Some(Received { body: it.body?, handle: it.receipt_handle? })).collect())
    }

    /// Deletes messages: those that are not named any more come again, which does no harm.
    pub(in crate::lake::ingest) async fn delete(&self, handles: &[String]) -> Result<(), Refusal> {
        for some in handles.chunks(MOST.unsigned_abs() as usize) {
            let entries = some.iter().enumerate().filter_map(|(at, handle)| {
                DeleteMessageBatchRequestEntry::builder().id(at.to_string()).receipt_handle(handle).build().ok()
            });
            let request = self.client.delete_message_batch().queue_url(&self.url);
            let request = request.set_entries(Some(entries.collect()));
            request.send().await.map_err(|error| Refusal::of("sqs:DeleteMessage", &error))?;
        }
        Ok(())
    }

    /// Messages stay invisible for so long from now on.
    pub(in crate::lake::ingest) async fn hide(&self, handles: &[String], time: Duration) -> Result<(), Refusal> {
        for some in handles.chunks(MOST.unsigned_abs() as usize) {
            let entries = some.iter().enumerate().filter_map(|(at, handle)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(at.to_string());
                entry.receipt_handle(handle).visibility_timeout(seconds(time)).build().ok()
            });
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            let request = request.set_entries(Some(entries.collect()));
            request.send().await.map_err(|error| Refusal::of("sqs:ChangeMessageVisibility", &error))?;
        }
        Ok(())
    }
}

fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}

/// `eu-west-1`, of `https://sqs.eu-west-1.amazonaws.com/111122223333/alb-logs`.
fn region_of(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split('/').next()?;
    let mut parts = host.split('.');
    let is_sqs = matches!(parts.next(), Some("sqs" | "sqs-fips"));
    parts.next().filter(|region| is_sqs && region.matches('-').count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_in_the_region_that_its_address_names() {
        for (url, region) in [
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/q", Some("eu-west-1")),
            ("https://sqs.us-gov-west-1.amazonaws.com/1/q", Some("us-gov-west-1")),
            ("http://127.0.0.1:5000/1/q", None),
            ("https://queue.amazonaws.com/1/q", None),
            ("q", None),
        ] {
            assert_eq!(region_of(url), region, "{url}");
        }
    }
}
