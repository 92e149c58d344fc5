//! A small Kubernetes API server on loopback: kinds are listed in pages and watched, with bookmarks; it can be denied, forgetful,
//! silent and gone; Events are written. As far as it goes it answers as the real one does (`reconcile::apiserver` asks that one).

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::loopback::{Loopback, pairs};
use super::support::Workspace;

/// Objects of one page at most.
const PAGE: usize = 100;
/// From one look at what has changed to the next.
const OFTEN: Duration = Duration::from_millis(20);

/// What there is, by `PLURAL.GROUP`, `NAMESPACE/NAME`.
#[derive(Default)]
pub(crate) struct State {
    kinds: BTreeMap<&'static str, BTreeMap<String, Value>>,
    /// Every change: its version, the kind, and what watches are told.
    changes: Vec<(u64, &'static str, Value)>,
    version: u64,
    /// What happened up to this version is forgotten.
    pub(crate) forgotten: u64,
    /// Kinds that may not be read.
    pub(crate) denied: BTreeSet<&'static str>,
    /// So many connections were made.
    connections: u64,
    /// Nothing comes on connections up to this one any more, and they stay open.
    silent: u64,
    /// What has to be shown, if anything has.
    pub(crate) token: Option<String>,
    /// Every request, in order.
    pub(crate) asked: Vec<String>,
    pub(crate) events: events::Events,
    /// Leases, by `NAMESPACE/NAME`.
    pub(crate) leases: BTreeMap<String, Value>,
}

/// Kinds: their name, their group's version, and what one of them is called.
const KINDS: [(&str, &str, &str); 7] = [
    ("ingresses.networking.k8s.io", "v1", "Ingress"),
    ("ingressclasses.networking.k8s.io", "v1", "IngressClass"),
    ("namespaces", "v1", "Namespace"),
    ("services", "v1", "Service"),
    ("ingressclassparams.elbv2.k8s.aws", "v1beta1", "IngressClassParams"),
    ("gateways.gateway.networking.k8s.io", "v1", "Gateway"),
    ("targetgroupbindings.elbv2.k8s.aws", "v1beta1", "TargetGroupBinding"),
];
/// Of these, what every cluster has.
const EVERYWHERE: [&str; 4] =
    ["ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io", "namespaces", "services"];

fn known(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    KINDS.into_iter().find(|(known, ..)| *known == name)
}

fn group(kind: &str) -> &str {
    kind.split_once('.').map_or("", |(_, group)| group)
}

impl State {
    /// Begins to have a kind.
    pub(crate) fn serve(&mut self, kind: &str) {
        self.kinds.entry(known(kind).unwrap().0).or_default();
    }

    /// Puts an object there, or changes it.
    pub(crate) fn put(&mut self, kind: &str, name: &str, mut object: Value) {
        self.version += 1;
        let (kind, version, called) = known(kind).unwrap();
        let (namespace, plain) = name.split_once('/').unwrap_or(("", name));
        let group = group(kind);
        object["kind"] = json!(called);
        object["apiVersion"] = json!(if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") });
        object["metadata"]["name"] = json!(plain);
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        object["metadata"]["uid"] = json!(format!("uid-of-{plain}"));
        object["metadata"]["managedFields"] = json!([{ "manager": "test" }]);
        let all = self.kinds.get_mut(kind).unwrap();
        let word = if all.insert(name.to_owned(), object.clone()).is_some() { "MODIFIED" } else { "ADDED" };
        self.changes.push((self.version, kind, json!({ "type": word, "object": object })));
    }

    pub(crate) fn delete(&mut self, kind: &str, name: &str) {
        self.version += 1;
        let (kind, ..) = known(kind).unwrap();
        let mut object = self.kinds.get_mut(kind).unwrap().remove(name).unwrap();
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.changes.push((self.version, kind, json!({ "type": "DELETED", "object": object })));
    }

    /// Lets no connection that there is say anything more; those that come are answered.
    pub(crate) fn fall_silent(&mut self) {
        self.silent = self.connections;
    }

    /// Forgets everything that has happened: whoever watches is told so.
    pub(crate) fn forget(&mut self) {
        self.version += 1;
        self.forgotten = self.version;
        self.changes.clear();
    }
}

pub(crate) struct ApiServer {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

impl ApiServer {
    /// One that has what every cluster has, and nothing of it.
    pub(crate) fn start() -> Self {
        let state = Arc::new(Mutex::new(State { version: 1, ..State::default() }));
        for kind in EVERYWHERE {
            state.lock().unwrap().serve(kind);
        }
        let shared = Arc::clone(&state);
        let server = Loopback::connections(move |stream| {
            let state = Arc::clone(&shared);
            async move {
                // Clients go away when they like.
                let _ended = serve(stream, &state).await;
            }
        });
        Self { server, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Writes a kubeconfig where the program looks for it.
    pub(crate) fn configure(&self, folder: &Workspace, user: &Value) {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "c", "cluster": { "server": self.server.url() } }],
            "users": [{ "name": "u", "user": user }],
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
        });
        folder.write(".kube/config", config.to_string());
    }
}

type Written = std::io::Result<()>;

async fn serve(stream: TcpStream, state: &Mutex<State>) -> Written {
    let mut stream = BufReader::new(stream);
    let number = {
        let mut state = state.lock().unwrap();
        state.connections += 1;
        state.connections
    };
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        let mut words = head[0].split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
        let token = head
            .iter()
            .find_map(|line| line.to_lowercase().starts_with("authorization: ").then(|| line[15..].to_owned()));
        let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await?;
        silence(state, number).await;
        state.lock().unwrap().asked.push(target.clone());
        let answer = answer(state, (method, &target, &body), token.as_deref());
        match answer {
            Ok(Asked::Once(body)) => send(&mut stream, 200, &body).await?,
            Ok(Asked::Watch { kind, from, seconds }) => {
                watch(&mut stream, state, number, (kind, from, seconds)).await?;
            }
            Err((code, reason, text)) => {
                let status = json!({
                    "kind": "Status", "apiVersion": "v1", "status": "Failure",
                    "message": text, "reason": reason, "code": code,
                });
                send(&mut stream, code, &status).await?;
            }
        }
    }
}

/// Waits as long as this connection is to say nothing.
async fn silence(state: &Mutex<State>, number: u64) {
    while state.lock().unwrap().silent >= number {
        tokio::time::sleep(OFTEN).await;
    }
}

async fn send(stream: &mut BufReader<TcpStream>, code: u16, body: &Value) -> Written {
    let body = body.to_string();
    let head = format!("HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await?;
    stream.flush().await
}

enum Asked {
    Once(Value),
    Watch { kind: &'static str, from: u64, seconds: u64 },
}

type Refused = (u16, &'static str, String);

fn answer(
    state: &Mutex<State>,
    (method, target, body): (&str, &str, &[u8]),
    token: Option<&str>,
) -> Result<Asked, Refused> {
    let mut state = state.lock().unwrap();
    if state.token.as_ref().is_some_and(|wanted| token != Some(&format!("Bearer {wanted}"))) {
        return Err((401, "Unauthorized", "Unauthorized".to_owned()));
    }
    let missing = || (404, "NotFound", "the server could not find the requested resource".to_owned());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["apis", "events.k8s.io", "v1", "namespaces", namespace, "events", name @ ..] = &parts[..] {
        let body = serde_json::from_slice(body).unwrap_or_default();
        return state.events.answer(method, namespace, name.first().copied(), &body).map(Asked::Once);
    }
    if let ["apis", "coordination.k8s.io", "v1", "namespaces", namespace, "leases", name @ ..] = &parts[..] {
        let body = serde_json::from_slice(body).unwrap_or_default();
        return lease(&mut state, method, namespace, name.first().copied(), body).map(Asked::Once);
    }
    let (group, version, plural) = match parts[..] {
        ["apis", group] => {
            let (kind, ..) = state
                .kinds
                .keys()
                .find_map(|kind| known(kind).filter(|_| self::group(kind) == group))
                .ok_or_else(missing)?;
            let version = known(kind).unwrap().1;
            let version = json!({ "groupVersion": format!("{group}/{version}"), "version": version });
            return Ok(Asked::Once(
                json!({ "kind": "APIGroup", "name": group, "versions": [version], "preferredVersion": version }),
            ));
        }
        ["api", version] => ("", version, None),
        ["apis", group, version] => (group, version, None),
        ["api", version, plural] => ("", version, Some(plural)),
        ["apis", group, version, plural] => (group, version, Some(plural)),
        _ => return Err(missing()),
    };
    let here = state.kinds.keys().filter(|kind| self::group(kind) == group && known(kind).unwrap().1 == version);
    let Some(plural) = plural else {
        let resources = here.map(|kind| {
            let (name, called) = (kind.split('.').next().unwrap(), known(kind).unwrap().2);
            json!({ "name": name, "kind": called, "namespaced": true, "singularName": "", "verbs": ["list", "watch"] })
        });
        let resources: Vec<Value> = resources.collect();
        let version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        return Ok(Asked::Once(json!({ "kind": "APIResourceList", "groupVersion": version, "resources": resources })));
    };
    let mut here = here;
    let kind = here.find(|kind| kind.split('.').next() == Some(plural)).copied().ok_or_else(missing)?;
    if state.denied.contains(kind) {
        let text = format!(
            "{kind} is forbidden: User \"u\" cannot list resource \"{plural}\" in API group \"{group}\" at the cluster scope"
        );
        return Err((403, "Forbidden", text));
    }
    let query: BTreeMap<String, String> = pairs(query).into_iter().collect();
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    if query.get("watch").is_some_and(|watch| watch == "true") {
        let (from, seconds) = (number("resourceVersion").unwrap_or(0), number("timeoutSeconds").unwrap_or(300));
        return Ok(Asked::Watch { kind, from, seconds });
    }
    Ok(Asked::Once(page(&state, kind, number("continue").unwrap_or(0) as usize)))
}

/// A Lease is read, made and replaced; whoever read another version than the last is refused.
fn lease(
    state: &mut State,
    method: &str,
    namespace: &str,
    name: Option<&str>,
    mut body: Value,
) -> Result<Value, Refused> {
    let conflict = || (409, "Conflict", "the object has been modified".to_owned());
    let called = name.map_or_else(|| body["metadata"]["name"].as_str().unwrap().to_owned(), ToOwned::to_owned);
    let key = format!("{namespace}/{called}");
    let there = state.leases.get(&key);
    match (method, there) {
        ("GET", Some(there)) => return Ok(there.clone()),
        ("GET", None) => return Err((404, "NotFound", format!("leases \"{called}\" not found"))),
        ("POST", Some(_)) => return Err(conflict()),
        ("PUT", there)
            if there.map(|it| &it["metadata"]["resourceVersion"]) != Some(&body["metadata"]["resourceVersion"]) =>
        {
            return Err(conflict());
        }
        ("POST" | "PUT", _) => {}
        _ => return Err((405, "MethodNotAllowed", method.to_owned())),
    }
    state.version += 1;
    body["metadata"]["resourceVersion"] = json!(state.version.to_string());
    body["metadata"]["namespace"] = json!(namespace);
    state.leases.insert(key, body.clone());
    Ok(body)
}

fn page(state: &State, kind: &str, from: usize) -> Value {
    let all = &state.kinds[kind];
    let items: Vec<Value> = all.values().skip(from).take(PAGE).cloned().map(untyped).collect();
    let next = from + items.len();
    let token = if next < all.len() { next.to_string() } else { String::new() };
    json!({ "kind": "List", "metadata": { "resourceVersion": state.version.to_string(), "continue": token }, "items": items })
}

/// Items of lists do not say what they are.
fn untyped(mut item: Value) -> Value {
    let fields = item.as_object_mut().unwrap();
    fields.remove("kind");
    fields.remove("apiVersion");
    item
}

/// Tells of changes as they come; a bookmark at the end.
async fn watch(
    stream: &mut BufReader<TcpStream>,
    state: &Mutex<State>,
    number: u64,
    (kind, mut from, seconds): (&'static str, u64, u64),
) -> Written {
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    stream.flush().await?;
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        silence(state, number).await;
        let (told, version) = {
            let state = state.lock().unwrap();
            if from < state.forgotten {
                let gone = json!({ "kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version" });
                (vec![json!({ "type": "ERROR", "object": gone })], None)
            } else {
                let new = state.changes.iter().filter(|(version, of, _)| *version > from && *of == kind);
                (new.map(|(_, _, told)| told.clone()).collect(), Some(state.version))
            }
        };
        for line in told {
            chunk(stream, &line).await?;
        }
        let Some(version) = version else { return last(stream).await };
        from = version;
        tokio::time::sleep(OFTEN).await;
    }
    let (_, version, called) = known(kind).unwrap();
    let group = group(kind);
    let version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let metadata = json!({ "resourceVersion": from.to_string(), "creationTimestamp": null });
    let bookmark = json!({ "kind": called, "apiVersion": version, "metadata": metadata });
    chunk(stream, &json!({ "type": "BOOKMARK", "object": bookmark })).await?;
    last(stream).await
}

async fn chunk(stream: &mut BufReader<TcpStream>, line: &Value) -> Written {
    let line = format!("{line}\n");
    stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await?;
    stream.flush().await
}

async fn last(stream: &mut BufReader<TcpStream>) -> Written {
    stream.write_all(b"0\r\n\r\n").await?;
    stream.flush().await
}
