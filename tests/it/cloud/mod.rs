//! A small AWS on loopback: load balancers, target groups and buckets that the program changes, tests look at, and
//! anybody may change in between. It refuses what AWS refuses.
//!
//! `elbv2` (query protocol), `s3` (REST), `cloudwatch` (metrics, vended logs). The program reaches it through
//! `AWS_ENDPOINT_URL`. What is not known is answered with an error that names it.

mod cloudwatch;
mod elbv2;
mod s3;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) use elbv2::{LoadBalancer, TargetGroup};
pub(crate) use s3::{Bucket, allow, policy};

pub(crate) type Answer = Response<Full<Bytes>>;

/// The region in which everything is, unless a test says otherwise.
pub(crate) const REGION: &str = "eu-west-1";
/// The account in which everything is, unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111111111111";

/// Everything there is.
#[derive(Default)]
pub(crate) struct World {
    /// By ARN.
    pub(crate) load_balancers: BTreeMap<String, LoadBalancer>,
    /// By ARN.
    pub(crate) target_groups: BTreeMap<String, TargetGroup>,
    /// By name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// How many requests load balancers had, by `app/NAME/ID`: in the five minutes that begin then, seconds.
    pub(crate) requests: BTreeMap<String, BTreeMap<i64, u64>>,
    /// Kinds of log that CloudWatch delivers, by ARN: `ALB_ACCESS_LOGS`.
    pub(crate) vended: BTreeMap<String, Vec<&'static str>>,
    /// Actions that are denied: `DescribeTags`, `GetBucketPolicy`, …
    pub(crate) denied: BTreeSet<String>,
    /// How many more requests of an action are throttled, and with which code.
    pub(crate) throttled: BTreeMap<String, (u32, &'static str)>,
    /// Every request, in order: its action, and what it was about, as the action's module writes it.
    pub(crate) asked: Vec<(String, String)>,
}

pub(crate) struct Cloud {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    _runtime: Runtime,
}

impl Cloud {
    pub(crate) fn start(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::clone(&world);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let world = Arc::clone(&served);
                let service = service_fn(move |request| answer(Arc::clone(&world), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, world, _runtime: runtime }
    }

    /// What there is now, to look at or to change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Points a run of the program here.
    pub(crate) fn environment(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", format!("http://{}", self.address)).env("AWS_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "none");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// The actions asked for so far, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.world().asked.iter().map(|(action, _)| action.clone()).collect()
    }

    /// What the requests of one action were about, in order.
    pub(crate) fn asked(&self, action: &str) -> Vec<String> {
        let world = self.world();
        world.asked.iter().filter(|(name, _)| name == action).map(|(_, about)| about.clone()).collect()
    }
}

/// Takes the request apart and gives it to the service it is for.
async fn answer(world: Arc<Mutex<World>>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut world = world.lock().unwrap();
    let form = parts.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let credential = parts.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    let target = parts.headers.get("x-amz-target").map_or("", |value| value.to_str().unwrap());
    Ok(if parts.headers.contains_key("smithy-protocol") {
        cloudwatch::metrics(&mut world, &body)
    } else if let Some(action) = target.strip_prefix("Logs_20140328.") {
        cloudwatch::logs(&mut world, action)
    } else if form && credential.contains("/elasticloadbalancing/") {
        elbv2::answer(&mut world, region(credential), &body)
    } else {
        s3::answer(&mut world, &parts, &body)
    })
}

/// The region a request was signed for: `Credential=AKID/20261120/eu-west-1/elasticloadbalancing/aws4_request`.
fn region(credential: &str) -> &str {
    credential.split('/').nth(2).unwrap_or(REGION)
}

/// An answer with a body.
pub(crate) fn respond(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
    let response = Response::builder().status(status).header("content-type", content_type);
    response.body(Full::new(body.into())).unwrap()
}

/// Whether a request is refused whatever it says: the status, code and message of the refusal. Takes note of it.
pub(crate) fn refusal(world: &mut World, action: &str, about: String) -> Option<(u16, &'static str, String)> {
    world.asked.push((action.to_owned(), about));
    if world.denied.contains(action) {
        return Some((
            403,
            "AccessDenied",
            format!("User: arn:aws:iam::{ACCOUNT}:user/test is not authorized: {action}"),
        ));
    }
    let (left, code) = world.throttled.get_mut(action)?;
    *left = left.checked_sub(1)?;
    Some((400, *code, "Rate exceeded".to_owned()))
}

/// Text as XML takes it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Keys and values of a form or a query.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(value))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

/// The part of the request that says where: for services that go by it.
pub(crate) fn path(parts: &Parts) -> (String, Vec<(String, String)>) {
    let (key, _) = pairs(parts.uri.path()).pop().unwrap_or_default();
    (key, pairs(parts.uri.query().unwrap_or_default()))
}
