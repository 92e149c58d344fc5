//! Credentials for the S3 data plane, from the SDKs' provider, and what to say when there are none.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use super::Identity;
use crate::base::message::Message;
use crate::base::shown::in_a_line;

/// Credentials are renewed this long before they expire, so that a signed request does not arrive too late.
const RENEW_BEFORE: Duration = Duration::from_mins(5);

/// Credentials as the data plane asks for them: the same until they are about to expire.
pub struct Credentials {
    provider: SharedCredentialsProvider,
    latest: Mutex<(Keys, Arc<AwsCredential>)>,
}

impl Credentials {
    /// Gets credentials, so that it is known at once if there are none.
    ///
    /// # Errors
    /// When there are none, or they have expired: the message says what to type.
    pub async fn get(config: &SdkConfig, identity: &Identity) -> Result<Self> {
        let Some(provider) = config.credentials_provider() else { return Err(none(identity)) };
        let keys = provider.provide_credentials().await.map_err(|error| explain(&error, identity))?;
        let credential = credential(&keys);
        Ok(Self { provider, latest: Mutex::new((keys, credential)) })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut latest = self.latest.lock().await;
        let renew = latest.0.expiry().is_some_and(|expiry| expiry < SystemTime::now() + RENEW_BEFORE);
        if renew {
            let failed = |source: CredentialsError| object_store::Error::Generic { store: "S3", source: source.into() };
            let keys = self.provider.provide_credentials().await.map_err(failed)?;
            *latest = (keys.clone(), credential(&keys));
        }
        Ok(Arc::clone(&latest.1))
    }
}

fn credential(keys: &Keys) -> Arc<AwsCredential> {
    Arc::new(AwsCredential {
        key_id: keys.access_key_id().to_owned(),
        secret_key: keys.secret_access_key().to_owned(),
        token: keys.session_token().map(ToOwned::to_owned),
    })
}

/// Says why there are no credentials, and what to type.
pub fn explain(error: &CredentialsError, identity: &Identity) -> anyhow::Error {
    let reasons = in_a_line(Message::of(error).text());
    // The metadata service is the last that is asked: outside AWS it is not there.
    let last_resort = matches!(error, CredentialsError::CredentialsNotLoaded(_)) || reasons.contains("IMDS");
    if last_resort && identity.profile.is_none() {
        return none(identity);
    }
    let profile = identity.profile.as_ref().map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    let expired = ["expired", "invalid_grant", "UnauthorizedException", "token not found", "no cached", "InvalidGrant"];
    let hint = if expired.iter().any(|word| reasons.contains(word)) || reasons.contains("SSO") {
        format!("aws sso login{profile}")
    } else if reasons.contains("AssumeRole") || reasons.contains("AccessDenied") {
        "the role's trust policy must allow who you are: aws sts get-caller-identity".to_owned()
    } else {
        format!("try: aws sts get-caller-identity{profile}")
    };
    anyhow!(Message::new(format_args!("cannot get AWS credentials: {reasons}")).hint(hint))
}

fn none(identity: &Identity) -> anyhow::Error {
    let whose = identity.profile.as_ref().map(|profile| format!(" for profile {profile}")).unwrap_or_default();
    anyhow!(
        Message::new(format_args!("no AWS credentials{whose}"))
            .hint("aws configure sso, then export AWS_PROFILE=…; in a pod, give its service account a role")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error: &CredentialsError, profile: Option<&str>) -> String {
        let identity = Identity { profile: profile.map(ToOwned::to_owned), role_arn: None, region: None };
        explain(error, &identity).to_string()
    }

    #[test]
    fn every_message_says_what_to_type() {
        let none = explained(&CredentialsError::not_loaded("nothing"), None);
        assert!(none.starts_with("no AWS credentials\nhint: aws configure sso"), "{none}");
        let expired = explained(&CredentialsError::provider_error("the SSO session has expired"), Some("prod"));
        assert!(expired.ends_with("hint: aws sso login --profile prod"), "{expired}");
        let denied = explained(&CredentialsError::provider_error("AccessDenied: sts:AssumeRole"), None);
        assert!(denied.contains("trust policy"), "{denied}");
    }
}
