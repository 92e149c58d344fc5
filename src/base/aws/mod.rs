//! Who we are to AWS: credentials, region, endpoints, certificates and proxies, as `aws-config` resolves them.
//!
//! Responsible for one answer to these questions that every client gets, the S3 data plane and the SDKs alike, and for
//! saying what to type when there is none. Also what refusals of the control plane mean, and a
//! [`Pace`] that leaves the account's limits to others; the control plane itself is `fleet::aws`.

mod arn;
mod credentials;
mod http;
mod object;
mod pace;
mod refusal;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

pub use alblog::partition::Partition;
pub use arn::Arn;
pub use credentials::Credentials;
pub use http::{ca_bundle, client};
pub use object::object;
pub use pace::{Budget, Pace};
pub use refusal::Refusal;

/// As whom, and where, AWS is asked. What is not said is up to the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// A profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// A role to assume with it.
    pub role_arn: Option<String>,
    pub region: Option<String>,
}

/// What the SDKs need to know, for one identity.
///
/// # Errors
/// When the file that `AWS_CA_BUNDLE` names cannot be read.
pub async fn load(identity: &Identity) -> anyhow::Result<SdkConfig> {
    let http = client()?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
    if let Ok(name) = AppName::new(concat!("albstats-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(region) = &identity.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &identity.profile {
        // A profile that was asked for goes before credentials that happen to be in the environment.
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&ProviderConfig::default().with_http_client(http))
            .profile_name(profile)
            .build();
        loader = loader.profile_name(profile).credentials_provider(provider);
    }
    let config = loader.load().await;
    let Some(role) = &identity.role_arn else { return Ok(config) };
    let provider = AssumeRoleProvider::builder(role).session_name("albstats").configure(&config).build().await;
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build())
}
