//! Counted requests (Smithy RPC v2, CBOR) and deliveries of vended logs (JSON 1.1).

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{Answer, World, refusal, respond};

/// Metrics of one page: fewer than are asked for, so that pages are turned.
const PAGE: usize = 3;

/// `GetMetricData` of `RequestCount`.
pub(super) fn metrics(world: &mut World, body: &Bytes) -> Answer {
    let asked = Decoder { rest: body }.value();
    let queries = asked["MetricDataQueries"].as_array().unwrap();
    let elb = |query: &Value| query["MetricStat"]["Metric"]["Dimensions"][0]["Value"].as_str().unwrap().to_owned();
    let about = queries.iter().map(elb).collect::<Vec<_>>().join(" ");
    if let Some((status, code, message)) = refusal(world, "GetMetricData", about) {
        let mut error = Vec::new();
        map(&mut error, 2);
        text(&mut error, "__type");
        text(&mut error, &format!("com.amazonaws.cloudwatch#{code}"));
        text(&mut error, "message");
        text(&mut error, &message);
        return cbor(status, error);
    }
    let time = |name: &str| asked[name].as_f64().unwrap() as i64;
    let start: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let end = queries.len().min(start + PAGE);
    let is_last = end == queries.len();
    let mut answer = Vec::new();
    map(&mut answer, if is_last { 1 } else { 2 });
    text(&mut answer, "MetricDataResults");
    array(&mut answer, end - start);
    for query in &queries[start..end] {
        let asked_of = &query["MetricStat"];
        assert_eq!(
            (asked_of["Metric"]["MetricName"].as_str(), asked_of["Stat"].as_str()),
            (Some("RequestCount"), Some("Sum"))
        );
        let period = asked_of["Period"].as_i64().unwrap();
        let mut sums = std::collections::BTreeMap::<i64, u64>::new();
        for (then, count) in world.requests.get(&elb(query)).into_iter().flatten() {
            if (time("StartTime")..time("EndTime")).contains(then) {
                *sums.entry(then - then % period).or_default() += count;
            }
        }
        map(&mut answer, 4);
        text(&mut answer, "Id");
        text(&mut answer, query["Id"].as_str().unwrap());
        text(&mut answer, "StatusCode");
        text(&mut answer, "Complete");
        text(&mut answer, "Timestamps");
        array(&mut answer, sums.len());
        for then in sums.keys() {
            // Tag 1: seconds since the epoch.
            answer.push(0xc1);
            float(&mut answer, *then as f64);
        }
        text(&mut answer, "Values");
        array(&mut answer, sums.len());
        for count in sums.values() {
            float(&mut answer, *count as f64);
        }
    }
    if !is_last {
        text(&mut answer, "NextToken");
        text(&mut answer, &end.to_string());
    }
    cbor(200, answer)
}

/// `DescribeDeliverySources` and `DescribeDeliveries`.
pub(super) fn logs(world: &mut World, action: &str) -> Answer {
    if let Some((status, code, message)) = refusal(world, action, String::new()) {
        let error = json!({ "__type": code, "message": message });
        return respond(status, "application/x-amz-json-1.1", error.to_string());
    }
    let kinds = world.vended.iter().flat_map(|(arn, kinds)| kinds.iter().map(move |kind| (arn, kind)));
    let sources: Vec<(String, &String, &str)> =
        kinds.enumerate().map(|(number, (arn, kind))| (format!("source-{number}"), arn, *kind)).collect();
    let answer = match action {
        "DescribeDeliverySources" => {
            let source = |(name, arn, kind): &(String, &String, &str)| json!({ "name": name, "service": "elasticloadbalancing", "logType": kind, "resourceArns": [arn] });
            json!({ "deliverySources": sources.iter().map(source).collect::<Vec<_>>() })
        }
        "DescribeDeliveries" => {
            let delivery = |(name, ..): &(String, &String, &str)| json!({ "id": name, "deliverySourceName": name });
            json!({ "deliveries": sources.iter().map(delivery).collect::<Vec<_>>() })
        }
        other => panic!("not known: {other}"),
    };
    respond(200, "application/x-amz-json-1.1", answer.to_string())
}

fn cbor(status: u16, body: Vec<u8>) -> Answer {
    let mut answer = respond(status, "application/cbor", body);
    answer.headers_mut().insert("smithy-protocol", "rpc-v2-cbor".parse().unwrap());
    answer
}

/// Type and length, RFC 8949 section 3.
fn head(out: &mut Vec<u8>, major: u8, length: usize) {
    out.push(major << 5 | 0x1a);
    out.extend(u32::try_from(length).unwrap().to_be_bytes());
}

fn map(out: &mut Vec<u8>, pairs: usize) {
    head(out, 5, pairs);
}

fn array(out: &mut Vec<u8>, items: usize) {
    head(out, 4, items);
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len());
    out.extend(text.as_bytes());
}

fn float(out: &mut Vec<u8>, value: f64) {
    out.push(0xfb);
    out.extend(value.to_be_bytes());
}

/// Reads what clients send: maps, lists, texts, numbers and times.
struct Decoder<'a> {
    rest: &'a [u8],
}

impl Decoder<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken.to_vec()
    }

    fn value(&mut self) -> Value {
        let first = self.take(1)[0];
        let (major, short) = (first >> 5, first & 31);
        let number = |bytes: Vec<u8>| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let argument = match short {
            24..=27 => number(self.take(1 << (short - 24))),
            // Until the break.
            31 => u64::MAX,
            short => u64::from(short),
        };
        match major {
            0 => argument.into(),
            1 => (-1 - argument.cast_signed()).into(),
            3 => String::from_utf8(self.take(argument as usize)).unwrap().into(),
            4 => (0..argument).map_while(|_| self.unless_break()).collect::<Vec<_>>().into(),
            5 => {
                let mut pairs = serde_json::Map::new();
                for _ in 0..argument {
                    let Some(key) = self.unless_break() else { break };
                    pairs.insert(key.as_str().unwrap().to_owned(), self.value());
                }
                pairs.into()
            }
            6 => self.value(),
            7 if short == 27 => f64::from_bits(argument).into(),
            7 if short == 26 => f32::from_bits(argument as u32).into(),
            7 if short == 20 || short == 21 => (short == 21).into(),
            _ => panic!("CBOR of type {major}/{short}"),
        }
    }

    fn unless_break(&mut self) -> Option<Value> {
        if self.rest[0] == 0xff {
            self.take(1);
            return None;
        }
        Some(self.value())
    }
}
