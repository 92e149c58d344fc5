//! What a message of a queue tells: four shapes, and nothing else is guessed at.
//!
//! S3 tells of objects itself, or EventBridge does; either may come through SNS, whose own envelope is left out if it delivers raw. S3 sends
//! keys form-encoded and EventBridge as they are: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

/// An object that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lake::ingest) struct Told {
    pub(in crate::lake::ingest) bucket: String,
    /// Its key, as it is.
    pub(in crate::lake::ingest) key: String,
}

/// What a message tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::lake::ingest) struct Message {
    pub(in crate::lake::ingest) objects: Vec<Told>,
    /// Events of other kinds: objects that were removed, and so on.
    pub(in crate::lake::ingest) others: u64,
    /// Whether it says that notifications were set up.
    pub(in crate::lake::ingest) is_test: bool,
}

/// Reads a message; `None` if it is of no shape that is known.
pub(in crate::lake::ingest) fn parse(body: &str) -> Option<Message> {
    let value: Value = serde_json::from_str(body).ok()?;
    match value.get("Message").and_then(Value::as_str) {
        Some(inner) if value.get("Type").and_then(Value::as_str) == Some("Notification") => {
            event(&serde_json::from_str(inner).ok()?)
        }
        _ => event(&value),
    }
}

fn event(value: &Value) -> Option<Message> {
    if value.get("Records").is_some() {
        return from_s3(&Records::deserialize(value).ok()?);
    }
    if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Some(Message { is_test: true, ..Message::default() });
    }
    from_event_bridge(&BusEvent::deserialize(value).ok()?)
}

#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    s3: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Named,
    object: Keyed,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BusEvent {
    detail_type: String,
    source: String,
    detail: Value,
}

fn from_s3(records: &Records) -> Option<Message> {
    let mut message = Message::default();
    for record in &records.records {
        // Others who speak S3 put `s3:` before it.
        let name = record.event_name.trim_start_matches("s3:");
        match &record.s3 {
            Some(Detail { bucket, object }) if name.starts_with("ObjectCreated:") => {
                let spaced = object.key.replace('+', " ");
                let key = percent_decode_str(&spaced).decode_utf8().ok()?.into_owned();
                message.objects.push(Told { bucket: bucket.name.clone(), key });
            }
            _ => message.others += 1,
        }
    }
    Some(message)
}

fn from_event_bridge(event: &BusEvent) -> Option<Message> {
    if event.source != "aws.s3" || event.detail_type != "Object Created" {
        return Some(Message { others: 1, ..Message::default() });
    }
    let Detail { bucket, object } = Detail::deserialize(&event.detail).ok()?;
    Some(Message { objects: vec![Told { bucket: bucket.name, key: object.key }], ..Message::default() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(keys: &[&str]) -> Message {
        let objects = keys.iter().map(|key| Told { bucket: "logs".to_owned(), key: (*key).to_owned() });
        Message { objects: objects.collect(), ..Message::default() }
    }

    fn record(name: &str, key: &str) -> Value {
        json!({ "eventVersion": "2.6", "eventSource": "aws:s3", "eventName": name,
            "s3": { "s3SchemaVersion": "1.0", "bucket": { "name": "logs" }, "object": { "key": key, "size": 7, "eTag": "e" } } })
    }

    fn through_sns(inner: &Value) -> String {
        json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": inner.to_string() }).to_string()
    }

    fn on_the_bus(kind: &str, key: &str) -> Value {
        json!({ "version": "0", "detail-type": kind, "source": "aws.s3",
            "detail": { "bucket": { "name": "logs" }, "object": { "key": key, "size": 7, "etag": "e" }, "reason": "PutObject" } })
    }

    #[test]
    fn all_four_shapes_tell_the_same() {
        let (plain, encoded) = ("AWSLogs/a b+c=d/ü.log.gz", "AWSLogs/a+b%2Bc%3Dd/%C3%BC.log.gz");
        let direct = json!({ "Records": [record("ObjectCreated:Put", encoded)] });
        let bus = on_the_bus("Object Created", plain);
        for body in [direct.to_string(), through_sns(&direct), bus.to_string(), through_sns(&bus)] {
            assert_eq!(parse(&body), Some(told(&[plain])), "{body}");
        }
    }

    #[test]
    fn a_message_may_have_several_records_and_others_are_counted() {
        let records = [
            record("ObjectCreated:CompleteMultipartUpload", "a"),
            record("ObjectRemoved:Delete", "b"),
            record("s3:ObjectCreated:Put", "c"),
        ];
        let body = json!({ "Records": records }).to_string();
        assert_eq!(parse(&body), Some(Message { others: 1, ..told(&["a", "c"]) }));
        let tags = on_the_bus("Object Tags Added", "a").to_string();
        assert_eq!(parse(&tags), Some(Message { others: 1, ..Message::default() }));
        let elsewhere = json!({ "detail-type": "x", "source": "aws.ec2", "detail": {} }).to_string();
        assert_eq!(parse(&elsewhere), Some(Message { others: 1, ..Message::default() }));
    }

    #[test]
    fn notifications_that_were_set_up_are_no_objects() {
        let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs", "RequestId": "r" });
        for body in [test.to_string(), through_sns(&test)] {
            assert_eq!(parse(&body), Some(Message { is_test: true, ..Message::default() }));
        }
    }

    #[test]
    fn what_is_of_no_shape_is_not_guessed_at() {
        for body in [
            "",
            "hello",
            "{}",
            "[]",
            "{\"Records\":1}",
            "{\"Records\":[{}]}",
            "{\"Type\":\"Notification\",\"Message\":\"x\"}",
        ] {
            assert_eq!(parse(body), None, "{body}");
        }
    }

    proptest! {
        /// Whatever is in a key comes out of both encodings.
        #[test]
        fn keys_come_out_as_they_are(key in "\\PC{1,30}") {
            let encoded: String = percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC).collect();
            let direct = json!({ "Records": [record("ObjectCreated:Put", &encoded.replace("%20", "+"))] }).to_string();
            prop_assert_eq!(parse(&direct), Some(told(&[&key])));
            prop_assert_eq!(parse(&on_the_bus("Object Created", &key).to_string()), Some(told(&[&key])));
        }
    }
}
