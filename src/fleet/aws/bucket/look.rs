//! Requests about one bucket.

use anyhow::Result;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, Event, ExpirationStatus, FilterRuleName, LifecycleExpiration,
    LifecycleRule as Rule, NotificationConfigurationFilter, PublicAccessBlockConfiguration as Block, S3KeyFilter,
    ServerSideEncryptionConfiguration as Rules,
};
use aws_smithy_runtime_api::http::Response;

use super::facts::{Encryption, Facts, LifecycleRule, Notification, Owner, Seen};
use crate::base::aws::{self, Identity, Refusal};

/// Where the region of a bucket is asked for when none is known: S3 tells from anywhere.
const ANYWHERE: &str = "us-east-1";

/// What S3 says where no policy was ever set.
const NO_POLICY: &str = "NoSuchBucketPolicy";

/// Looks at a bucket, as far as this identity may. `owner` is the account that it has to belong to.
///
/// # Errors
/// When nothing can be asked: there are no credentials.
pub async fn look(identity: &Identity, bucket: &str, owner: Option<&str>) -> Result<Facts> {
    let config = aws::load(identity).await?;
    aws::Credentials::get(&config, identity).await?;
    let client = |region: &str| {
        // An endpoint of one's own seldom has names for buckets.
        let path_style = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let builder = aws_sdk_s3::config::Builder::from(&config).force_path_style(path_style);
        Client::from_conf(builder.region(aws_config::Region::new(region.to_owned())).build())
    };
    let first = client(config.region().map_or(ANYWHERE, AsRef::as_ref));
    let (region, readable) = head(&first, bucket).await;
    let client = match &region {
        Ok(Some(region)) => client(region),
        _ => first,
    };
    let policy = policy(&client, bucket).await;
    Ok(Facts {
        bucket: bucket.to_owned(),
        owner: whose(&client, bucket, owner, readable, policy.is_ok()).await,
        encryption: encryption(&client, bucket).await,
        policy,
        retention: retention(&client, bucket).await,
        unblocked: unblocked(&client, bucket).await,
        ownership: ownership(&client, bucket).await,
        lifecycle: lifecycle(&client, bucket).await,
        notifications: notifications(&client, bucket).await,
        region,
    })
}

/// The bucket's region, and whether one may ask for its head; S3 tells the region also to those who may not.
async fn head(client: &Client, bucket: &str) -> (Seen<Option<String>>, Seen<()>) {
    match client.head_bucket().bucket(bucket).send().await {
        Ok(head) => (Ok(head.bucket_region().map(ToOwned::to_owned)), Ok(())),
        Err(error) => {
            let told = error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region"));
            let (told, status) = (told.map(ToOwned::to_owned), error.raw_response().map(|it| it.status().as_u16()));
            match (told, status, Refusal::of("s3:ListBucket", &error)) {
                (_, _, Refusal::NotFound(_)) => (Ok(None), Ok(())),
                // It is elsewhere, where it can be asked.
                (Some(region), Some(301 | 400), _) => (Ok(Some(region)), Ok(())),
                (Some(region), _, refusal) => (Ok(Some(region)), Err(refusal)),
                (None, _, refusal) => (Err(refusal.clone()), Err(refusal)),
            }
        }
    }
}

/// S3 refuses those who expect another owner; that is told apart from those who may not ask at all. Who may list only below a prefix
/// may not ask for the head, and asks for the policy, if that may be read.
async fn whose(
    client: &Client,
    bucket: &str,
    owner: Option<&str>,
    readable: Seen<()>,
    has_policy: bool,
) -> Seen<Owner> {
    let Some(owner) = owner else { return Ok(Owner::NotAsked) };
    let asked = match readable {
        Ok(()) => {
            let head = client.head_bucket().bucket(bucket).expected_bucket_owner(owner).send().await;
            head.map(drop).map_err(|error| Refusal::of("s3:ListBucket", &error))
        }
        Err(Refusal::Denied { .. }) if has_policy => {
            let policy = client.get_bucket_policy().bucket(bucket).expected_bucket_owner(owner).send().await;
            unless_unset(policy, "s3:GetBucketPolicy", NO_POLICY).map(drop)
        }
        // Nothing may be asked.
        Err(refusal) => return Err(refusal),
    };
    match asked {
        Ok(()) => Ok(Owner::Expected(owner.to_owned())),
        Err(Refusal::Denied { .. }) => Ok(Owner::NotExpected(owner.to_owned())),
        Err(refusal) => Err(refusal),
    }
}

/// The answer; nothing if S3 says, with this code, that it was never set.
fn unless_unset<T, E>(answer: Result<T, SdkError<E, Response>>, action: &str, unset: &str) -> Seen<Option<T>>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some(unset) => Ok(None),
        Err(error) => Err(Refusal::of(action, &error)),
    }
}

async fn encryption(client: &Client, bucket: &str) -> Seen<Encryption> {
    let answer = client.get_bucket_encryption().bucket(bucket).send().await;
    let answer =
        unless_unset(answer, "s3:GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError")?;
    let rules = answer.as_ref().and_then(GetBucketEncryptionOutput::server_side_encryption_configuration);
    let mut defaults =
        rules.into_iter().flat_map(Rules::rules).filter_map(|rule| rule.apply_server_side_encryption_by_default());
    // Nothing set is SSE-S3 since January 2023.
    let algorithm = defaults.next().map_or("AES256", |default| default.sse_algorithm().as_str());
    Ok(if algorithm == "AES256" { Encryption::S3 } else { Encryption::Other(algorithm.to_owned()) })
}

async fn policy(client: &Client, bucket: &str) -> Seen<Option<String>> {
    let answer = client.get_bucket_policy().bucket(bucket).send().await;
    let answer = unless_unset(answer, "s3:GetBucketPolicy", NO_POLICY)?;
    Ok(answer.and_then(|answer| answer.policy))
}

async fn retention(client: &Client, bucket: &str) -> Seen<Option<String>> {
    let answer = client.get_object_lock_configuration().bucket(bucket).send().await;
    let answer = unless_unset(answer, "s3:GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError")?;
    let rule = answer.and_then(|answer| answer.object_lock_configuration).and_then(|lock| lock.rule);
    Ok(rule.and_then(|rule| rule.default_retention).map(|default| {
        let mode = default.mode.as_ref().map_or("unknown mode", |mode| mode.as_str());
        let long = default.days.map(|days| format!(", {days} days"));
        let long = long.or_else(|| default.years.map(|years| format!(", {years} years")));
        format!("{mode}{}", long.unwrap_or_default())
    }))
}

async fn unblocked(client: &Client, bucket: &str) -> Seen<Vec<String>> {
    let answer = client.get_public_access_block().bucket(bucket).send().await;
    let answer = unless_unset(answer, "s3:GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration")?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    let on = |of: fn(&Block) -> Option<bool>| block.as_ref().and_then(of).unwrap_or(false);
    let settings = [
        ("BlockPublicAcls", on(Block::block_public_acls)),
        ("BlockPublicPolicy", on(Block::block_public_policy)),
        ("IgnorePublicAcls", on(Block::ignore_public_acls)),
        ("RestrictPublicBuckets", on(Block::restrict_public_buckets)),
    ];
    Ok(settings.into_iter().filter(|(_, on)| !on).map(|(name, _)| name.to_owned()).collect())
}

async fn ownership(client: &Client, bucket: &str) -> Seen<Option<String>> {
    let answer = client.get_bucket_ownership_controls().bucket(bucket).send().await;
    let answer = unless_unset(answer, "s3:GetBucketOwnershipControls", "OwnershipControlsNotFoundError")?;
    let controls = answer.and_then(|answer| answer.ownership_controls);
    let rules = controls.map(|controls| controls.rules).unwrap_or_default();
    Ok(rules.first().map(|rule| rule.object_ownership().as_str().to_owned()))
}

async fn lifecycle(client: &Client, bucket: &str) -> Seen<Vec<LifecycleRule>> {
    let answer = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let answer = unless_unset(answer, "s3:GetLifecycleConfiguration", "NoSuchLifecycleConfiguration")?;
    Ok(answer.iter().flat_map(GetBucketLifecycleConfigurationOutput::rules).filter_map(rule).collect())
}

/// A rule that is enabled.
fn rule(rule: &Rule) -> Option<LifecycleRule> {
    #[expect(deprecated, reason = "old rules have their prefix there")]
    let old = rule.prefix();
    let filter = rule.filter();
    let of_some = filter.is_some_and(|filter| {
        filter.tag().is_some()
            || filter.and().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    (*rule.status() == ExpirationStatus::Enabled).then(|| LifecycleRule {
        of_some,
        prefix: filter.and_then(|filter| filter.prefix()).or(old).unwrap_or_default().to_owned(),
        expires: rule.expiration().and_then(LifecycleExpiration::days),
        aborts: rule
            .abort_incomplete_multipart_upload()
            .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
    })
}

async fn notifications(client: &Client, bucket: &str) -> Seen<Vec<Notification>> {
    let answer = client.get_bucket_notification_configuration().bucket(bucket).send().await;
    let answer = answer.map_err(|error| Refusal::of("s3:GetBucketNotification", &error))?;
    let queues = answer.queue_configurations().iter().map(|it| notification(it.queue_arn(), it.events(), it.filter()));
    let topics = answer.topic_configurations().iter().map(|it| notification(it.topic_arn(), it.events(), it.filter()));
    let functions = answer.lambda_function_configurations().iter();
    let functions = functions.map(|it| notification(it.lambda_function_arn(), it.events(), it.filter()));
    let bus = answer.event_bridge_configuration().map(|_| notification("EventBridge", &[], None));
    Ok(queues.chain(topics).chain(functions).chain(bus).collect())
}

fn notification(to: &str, events: &[Event], filter: Option<&NotificationConfigurationFilter>) -> Notification {
    let rules = || filter.and_then(|filter| filter.key()).into_iter().flat_map(S3KeyFilter::filter_rules);
    let value = |name: &FilterRuleName| {
        let mut named = rules().filter(|rule| rule.name() == Some(name));
        named.next().and_then(|rule| rule.value()).unwrap_or_default().to_owned()
    };
    Notification {
        to: to.to_owned(),
        events: events.iter().map(|event| event.as_str().to_owned()).collect(),
        prefix: value(&FilterRuleName::Prefix),
        suffix: value(&FilterRuleName::Suffix),
    }
}
