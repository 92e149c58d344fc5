//! The server itself, asked by `object_store`: what tests that use it may rely on.

use std::sync::LazyLock;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    Result, RetryConfig, UpdateVersion,
};
use tokio::runtime::Runtime;

use super::{ACCESS_KEY, Effect, Operation, Rule, S3Server, SECRET_KEY};
use crate::loopback::REGION;
use crate::support::Workspace;

/// A client of the bucket `logs` that tries so many times again.
fn client(server: &S3Server, retries: usize) -> AmazonS3 {
    builder(server, retries).build().unwrap()
}

fn builder(server: &S3Server, retries: usize) -> AmazonS3Builder {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(2),
        ..BackoffConfig::default()
    };
    AmazonS3Builder::new()
        .with_endpoint(server.url())
        .with_bucket_name("logs")
        .with_region(REGION)
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_client_options(patience(Duration::from_secs(30)))
        .with_retry(RetryConfig { backoff, max_retries: retries, ..RetryConfig::default() })
}

/// How long an answer may take.
fn patience(time: Duration) -> ClientOptions {
    ClientOptions::new().with_allow_http(true).with_timeout(time)
}

fn run<T>(asking: impl Future<Output = T>) -> T {
    // One for all: a client's connections live and die with the runtime they were opened in.
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    RUNTIME.block_on(asking)
}

async fn get(store: &AmazonS3, key: &str) -> Result<Vec<u8>> {
    Ok(store.get(&Path::parse(key)?).await?.bytes().await?.to_vec())
}

/// Status of the answers to all requests of a kind.
fn answers(server: &S3Server, operation: Operation) -> Vec<u16> {
    let requests = server.requests().into_iter().filter(|request| request.operation == operation);
    requests.map(|request| request.status).collect()
}

#[test]
fn programs_run_against_it() {
    let (server, workspace) = (S3Server::start(), Workspace::new());
    workspace.write("logs/day/a.gz", b"1").write("logs/b.gz", b"2");
    server.put_folder("logs", "AWSLogs/", &workspace.path("logs"));
    assert_eq!(server.keys("logs"), ["AWSLogs/b.gz", "AWSLogs/day/a.gz"]);
    assert!(server.run(&workspace, ["--version"]).done().stdout.starts_with("albstats "));
}

#[test]
fn listings_have_pages_folders_and_tags() {
    let server = S3Server::start();
    for number in 0..2500 {
        server.put("logs", &format!("day={}/{number:04} +%&.gz", number / 1000), b"x");
    }
    let store = client(&server, 0);
    let all: Vec<_> = run(store.list(None).try_collect()).unwrap();
    let keys: Vec<_> = all.iter().map(|object| object.location.to_string()).collect();
    assert_eq!(keys, server.keys("logs"));
    assert!(all.iter().all(|object| object.size == 1 && object.e_tag.is_some()));
    assert_eq!(server.count(Operation::List), 3);

    server.forget_requests();
    let day: Vec<_> = run(store.list(Some(&Path::from("day=2"))).try_collect()).unwrap();
    assert_eq!((day.len(), server.count(Operation::List)), (500, 1));
    let request = &server.requests()[0];
    assert_eq!((request.parameter("prefix"), request.about()), (Some("day=2/"), "day=2/"));
    assert_eq!((request.bucket.as_str(), request.key.as_str(), request.status), ("logs", "", 200));
    assert_eq!((request.method.as_str(), request.region.as_deref()), ("GET", Some(REGION)));

    let folders = run(store.list_with_delimiter(None)).unwrap();
    let folders: Vec<_> = folders.common_prefixes.iter().map(ToString::to_string).collect();
    assert_eq!(folders, ["day=0", "day=1", "day=2"]);

    let after = Path::parse("day=2/2489 +%&.gz").unwrap();
    let rest: Vec<_> = run(store.list_with_offset(None, &after).try_collect()).unwrap();
    assert_eq!(rest.len(), 10);
}

#[test]
fn reading_keeps_conditions_and_ranges() {
    let server = S3Server::start();
    server.put("logs", "a+b/ü .log", b"0123456789");
    let (store, path) = (client(&server, 0), Path::parse("a+b/ü .log").unwrap());
    let first = run(store.get(&path)).unwrap().meta;
    assert_eq!(&run(store.get_range(&path, 2..5)).unwrap()[..], b"234");
    assert_eq!(server.requests()[1].range.as_deref(), Some("bytes=2-4"));
    assert_eq!(run(store.head(&path)).unwrap().e_tag, first.e_tag);

    let listed = GetOptions { if_match: first.e_tag.clone(), ..GetOptions::default() };
    assert!(run(store.get_opts(&path, listed.clone())).is_ok());
    let newer = GetOptions { if_none_match: first.e_tag, ..GetOptions::default() };
    assert!(matches!(run(store.get_opts(&path, newer)), Err(Error::NotModified { .. })));
    server.put("logs", "a+b/ü .log", b"another");
    assert!(matches!(run(store.get_opts(&path, listed.clone())), Err(Error::Precondition { .. })));
    server.remove("logs", "a+b/ü .log");
    assert!(matches!(run(store.get_opts(&path, listed)), Err(Error::NotFound { .. })));
    assert_eq!(answers(&server, Operation::Get), [200, 206, 200, 304, 412, 404]);
    assert_eq!(server.got(), ["a+b/ü .log"; 6]);
    let requests = server.requests();
    assert!(requests[3].if_match.is_some() && requests[4].if_none_match.is_some());
}

#[test]
fn writing_keeps_conditions() {
    let server = S3Server::start();
    server.create("logs");
    let (store, path) = (client(&server, 0), Path::from("out/x.parquet"));
    let put = |content: &'static str, mode| run(store.put_opts(&path, PutPayload::from(content), mode));
    let created = put("1", PutMode::Create.into()).unwrap();
    assert!(matches!(put("2", PutMode::Create.into()), Err(Error::AlreadyExists { .. })));
    let update = PutMode::Update(UpdateVersion { e_tag: created.e_tag, version: None });
    put("3", update.clone().into()).unwrap();
    assert!(matches!(put("4", update.into()), Err(Error::Precondition { .. })));
    assert_eq!(server.read("logs", "out/x.parquet"), "3");
    assert_eq!(answers(&server, Operation::Put), [200, 412, 200, 412]);
    run(store.delete(&path)).unwrap();
    assert!(server.keys("logs").is_empty());
}

#[test]
fn uploads_have_parts() {
    let server = S3Server::start();
    server.create("logs");
    let (store, path) = (client(&server, 0), Path::from("out/x.parquet"));
    run(async {
        let mut upload = store.put_multipart(&path).await.unwrap();
        for part in [vec![1; 5 << 20], vec![2; 6 << 20], vec![3]] {
            upload.put_part(PutPayload::from(part)).await.unwrap();
        }
        assert_eq!((server.keys("logs").len(), server.open_uploads()), (0, 1));
        upload.complete().await.unwrap();
        let mut given_up = store.put_multipart(&path).await.unwrap();
        given_up.put_part(PutPayload::from("x")).await.unwrap();
        given_up.abort().await.unwrap();
    });
    let content = server.read("logs", "out/x.parquet");
    assert_eq!((content.len(), content[5 << 20], content[11 << 20]), ((11 << 20) + 1, 2, 3));
    assert_eq!(server.open_uploads(), 0);
    let counted = [Operation::BeginUpload, Operation::PutPart, Operation::CompleteUpload, Operation::AbortUpload];
    assert_eq!(counted.map(|operation| server.count(operation)), [2, 4, 1, 1]);
}

#[test]
fn a_bucket_is_in_a_region_and_has_a_lock() {
    let server = S3Server::start();
    server.put("logs", "a", b"1").put("far", "a", b"1").move_to("far", "ap-southeast-2");
    let far = |region: &str| builder(&server, 0).with_bucket_name("far").with_region(region).build().unwrap();
    assert!(run(get(&far("ap-southeast-2"), "a")).is_ok());
    let refused = run(get(&far(REGION), "a")).unwrap_err().to_string();
    assert!(refused.contains("AuthorizationHeaderMalformed"), "{refused}");
    assert!(run(get(&client(&server, 0), "a")).is_ok());
    let other = builder(&server, 0).with_secret_access_key("another").build().unwrap();
    assert!(matches!(run(get(&other, "a")), Err(Error::PermissionDenied { .. })));
    let unsigned = builder(&server, 0).with_skip_signature(true).build().unwrap();
    assert!(matches!(run(get(&unsigned, "a")), Err(Error::PermissionDenied { .. })));
}

#[test]
fn a_bucket_says_where_it_is_to_anybody() {
    let server = S3Server::start();
    server.create("near").create("far").move_to("far", "ap-southeast-2");
    let region = |bucket: &str| {
        let answer = head(&server, bucket);
        let line = answer.lines().find_map(|line| line.strip_prefix("x-amz-bucket-region: "));
        line.map(ToOwned::to_owned)
    };
    assert_eq!(region("near").as_deref(), Some(REGION));
    assert_eq!(region("far").as_deref(), Some("ap-southeast-2"));
    assert_eq!(region("none"), None);
    assert_eq!(server.count(Operation::HeadBucket), 3);
}

/// The answer to an unsigned HEAD.
fn head(server: &S3Server, bucket: &str) -> String {
    use std::io::{Read, Write};

    let host = server.url().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    write!(stream, "HEAD /{bucket} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn refusals_arrive_as_they_are_told() {
    let server = S3Server::start();
    server.put("logs", "2026/11/20/a.gz", b"1").put("logs", "2026/11/21/b.gz", b"2");
    let store = client(&server, 0);
    let refusals = [
        (Effect::internal_error(), "InternalError"),
        (Effect::slow_down(), "SlowDown"),
        (Effect::access_denied(), "AccessDenied"),
        (Effect::expired_token(), "ExpiredToken"),
        (Effect::glacier(), "InvalidObjectState"),
        (Effect::kms_disabled(), "KMS.DisabledException"),
        (Effect::precondition_failed(), "PreconditionFailed"),
    ];
    for (effect, code) in refusals {
        server.heal().when(Rule::on(Operation::Get).about("/20/"), effect);
        let error = run(get(&store, "2026/11/20/a.gz")).unwrap_err();
        assert!(format!("{error:?}").contains(code), "{error:?}");
        assert_eq!(run(get(&store, "2026/11/21/b.gz")).unwrap(), b"2");
    }
}

#[test]
fn a_rule_counts_requests() {
    let server = S3Server::start();
    server.put("logs", "a", b"1");
    server.when(Rule::on(Operation::Get).after(1).times(2), Effect::slow_down());
    let none = client(&server, 0);
    let outcomes = [(); 4].map(|()| run(get(&none, "a")).is_ok());
    assert_eq!(outcomes, [true, false, false, true]);

    server.heal().forget_requests().when(Rule::on(Operation::Get).times(2), Effect::slow_down());
    assert_eq!(run(get(&client(&server, 3), "a")).unwrap(), b"1");
    assert_eq!(answers(&server, Operation::Get), [503, 503, 200]);
}

#[test]
fn connections_fail_in_every_way() {
    let server = S3Server::start();
    server.put("logs", "a", vec![7; 100_000]);
    let impatient =
        |retries| builder(&server, retries).with_client_options(patience(Duration::from_secs(1))).build().unwrap();
    let store = impatient(0);
    let ways = [
        (Effect::Reset, 0),
        (Effect::Silence, 0),
        (Effect::StallAfter(10), 200),
        (Effect::CutAfter(50_000), 200),
        (Effect::CutAfter(0), 200),
    ];
    for (effect, status) in ways {
        server.heal().forget_requests().when(Rule::on(Operation::Get).once(), effect);
        assert!(run(get(&store, "a")).is_err());
        assert_eq!(server.requests()[0].status, status);
        assert_eq!(run(get(&impatient(2), "a")).unwrap().len(), 100_000);
    }
    server.heal().when(Rule::on(Operation::Get), Effect::Delay(Duration::from_millis(5)));
    assert!(run(get(&store, "a")).is_ok());
}

#[test]
fn an_interrupted_body_is_continued_where_it_ended() {
    let server = S3Server::start();
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    server.put("logs", "a", &content);
    server.when(Rule::on(Operation::Get).once(), Effect::CutAfter(150_000));
    assert_eq!(run(get(&client(&server, 2), "a")).unwrap(), content);
    assert_eq!(server.requests()[1].range.as_deref(), Some("bytes=150000-399999"));
}

#[test]
fn objects_change_between_listing_and_reading() {
    let server = S3Server::start();
    server.put("logs", "a", b"1").put("logs", "b", b"2");
    server.when(
        Rule::on(Operation::List).once(),
        Effect::meanwhile(|buckets| {
            buckets.put("logs", "a", "another".into());
            buckets.remove("logs", "b");
        }),
    );
    let store = client(&server, 0);
    let listed: Vec<_> = run(store.list(None).try_collect()).unwrap();
    let read = |number: usize| {
        let options = GetOptions { if_match: listed[number].e_tag.clone(), ..GetOptions::default() };
        run(store.get_opts(&listed[number].location, options)).map(|_| ())
    };
    assert_eq!(listed.len(), 2);
    assert!(matches!(read(0), Err(Error::Precondition { .. })));
    assert!(matches!(read(1), Err(Error::NotFound { .. })));
}
