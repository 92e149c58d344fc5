//! Reads a kind once: finds the version that the API server has it in, and lists it page by page.

use std::time::Duration;

use http::Request;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIResourceList};
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::core::GroupVersionKind;
use kube::{Client, Error};
use serde::de::DeserializeOwned;

use super::compact::{Objects, compact, key};
use super::failure::Failure;
use super::kinds::Kind;

/// An answer that takes longer does not come.
const ANSWER: Duration = Duration::from_secs(30);
/// Objects of one page.
const PAGE: u32 = 500;

/// All objects of a kind as they were at one moment.
pub(super) struct Listed {
    pub(super) objects: Objects,
    /// The moment, as the API server counts.
    pub(super) version: String,
}

/// What the API server calls a kind, in the version that it prefers.
///
/// # Errors
/// [`Failure::NotServed`] if it does not have the kind.
pub(super) async fn find(client: &Client, kind: &Kind) -> Result<ApiResource, Failure> {
    for version in versions(client, kind).await? {
        let path =
            if kind.group.is_empty() { format!("/api/{version}") } else { format!("/apis/{}/{version}", kind.group) };
        let known: APIResourceList = match get(client, &path).await {
            Ok(known) => known,
            Err(Failure::NotServed) => continue,
            Err(failure) => return Err(failure),
        };
        if let Some(found) = known.resources.into_iter().find(|resource| resource.name == kind.plural) {
            let named = GroupVersionKind::gvk(kind.group, &version, &found.kind);
            return Ok(ApiResource::from_gvk_with_plural(&named, kind.plural));
        }
    }
    Err(Failure::NotServed)
}

/// Versions of a kind's group, the preferred one first.
async fn versions(client: &Client, kind: &Kind) -> Result<Vec<String>, Failure> {
    if kind.group.is_empty() {
        return Ok(vec!["v1".to_owned()]);
    }
    let group: APIGroup = get(client, &format!("/apis/{}", kind.group)).await?;
    let preferred = group.preferred_version.map(|preferred| preferred.version);
    let others = group.versions.into_iter().map(|version| version.version);
    let others = others.filter(|version| Some(version) != preferred.as_ref());
    Ok(preferred.iter().cloned().chain(others).collect())
}

async fn get<T: DeserializeOwned>(client: &Client, path: &str) -> Result<T, Failure> {
    let request = Request::get(path).body(Vec::new()).map_err(|error| Failure::from(Error::HttpError(error)))?;
    answered(client.request(request)).await
}

/// Lists a kind in all namespaces.
///
/// # Errors
/// When a page does not come, or the first one is forgotten before the last one is asked for.
pub(super) async fn list(client: &Client, kind: &Kind, resource: &ApiResource) -> Result<Listed, Failure> {
    let api: Api<DynamicObject> = Api::all_with(client.clone(), resource);
    let mut asked = ListParams::default().limit(PAGE);
    let mut objects = Objects::new();
    loop {
        let page = answered(api.list(&asked)).await?;
        objects.extend(page.items.into_iter().map(|object| (key(&object), compact(object, kind, resource))));
        asked.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
        if asked.continue_token.is_none() {
            return Ok(Listed { objects, version: page.metadata.resource_version.unwrap_or_default() });
        }
    }
}

/// Waits for an answer, for so long.
pub(super) async fn answered<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(ANSWER, answer).await {
        Ok(answer) => answer.map_err(Failure::from),
        Err(_) => Err(Failure::silence()),
    }
}
