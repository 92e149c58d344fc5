//! Alerts from looking to being told, with made-up logs and receivers that listen.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::base::clock;
use crate::base::config::{AlertConfig, Asks, Origin, Setting};
use crate::serve::answers::NotLogged;

/// Answers a statement with these rows, one answer after the other; the last one stays.
struct Made(Mutex<VecDeque<Vec<String>>>);

#[async_trait]
impl Looks for Made {
    async fn complete_until(&self, _: Option<&str>) -> Result<Option<i64>, Message> {
        Ok(Some(clock::now()))
    }

    async fn report(&self, _: Option<&str>, _: &[String]) -> Result<Arc<crate::serve::cache::Kept>, Message> {
        Err("no report here".into())
    }

    async fn rows(&self, _: Option<&str>, _: &str, words: &[String]) -> Result<Rows, Message> {
        assert!(words[0].starts_with("--since=20") && words[1].starts_with("--until=20"), "{words:?}");
        let mut answers = self.0.lock().unwrap();
        let rows = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Ok(Rows { has_more: rows.len() > 3, texts: rows, command: Vec::new() })
    }

    async fn not_logged(&self, _: Option<&str>, _: &[String]) -> Result<NotLogged, Message> {
        Err("no CloudWatch here".into())
    }
}

/// Takes posts, after refusing the first one; what it was told.
async fn receiver() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    let takes = Arc::clone(&told);
    let refused = AtomicBool::new(false);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut request, mut buffer) = (String::new(), [0; 4096]);
            // Until the body is whole.
            loop {
                let read = stream.read(&mut buffer).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                if let Some((head, body)) = request.split_once("\r\n\r\n") {
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if length.is_none_or(|length| body.len() >= length.parse::<usize>().unwrap()) {
                        break;
                    }
                }
            }
            let status = if refused.swap(true, Ordering::Relaxed) { "200 OK" } else { "503 Service Unavailable" };
            if status.starts_with("200") {
                takes.lock().unwrap().push(request);
            }
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, told)
}

fn configured(webhook: &str, alertmanager: &str) -> config::Alerts {
    let rule = AlertConfig {
        name: "mine".to_owned(),
        source: None,
        asks: Some(Asks::Sql("SELECT 1".to_owned())),
        ..AlertConfig::default()
    };
    let setting = |receiver| Setting::new(receiver, Origin::Default);
    config::Alerts {
        rules: vec![Setting::new(rule, Origin::Default)],
        receivers: [
            ("hook".to_owned(), setting(Receiver::Webhook(webhook.to_owned()))),
            ("pager".to_owned(), setting(Receiver::Alertmanager(alertmanager.to_owned()))),
        ]
        .into(),
    }
}

#[tokio::test]
async fn what_fires_is_told_until_somebody_hears_and_once_over_a_restart() {
    let ((hook, told), (manager, stands)) = (receiver().await, receiver().await);
    let folder = tempfile::tempdir().unwrap();
    let open =
        || Alerts::open(&configured(&hook, &manager), &[], Some(folder.path().join("alerts.json")), None).unwrap();
    let (said, silence, of_manager) = (Mutex::new(Vec::new()), &mut Silence::default(), &mut Silence::default());
    let tell = |message: Message| said.lock().unwrap().push(message.shown_text());
    let looks = Made(Mutex::new([vec!["a".to_owned()], vec!["a".to_owned()], vec![]].into()));

    let alerts = open();
    alerts.look_at(&alerts.rules[0], &looks, &tell).await;
    alerts.send_letters("hook", &hook, silence, &tell).await;
    alerts.tell_alertmanager("pager", &manager, of_manager, &tell).await;
    assert!(told.lock().unwrap().is_empty(), "it was refused");
    assert_eq!(alerts.known().letters.len(), 1);

    // Another process goes on: it does not fire again.
    let alerts = open();
    alerts.look_at(&alerts.rules[0], &looks, &tell).await;
    alerts.book().letters[0].next = 0;
    alerts.send_letters("hook", &hook, silence, &tell).await;
    alerts.tell_alertmanager("pager", &manager, of_manager, &tell).await;
    let first = told.lock().unwrap().clone();
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].contains("\"state\":\"firing\"") && first[0].contains("\"row\":\"a\""), "{first:?}");
    assert!(stands.lock().unwrap()[0].starts_with("POST /api/v2/alerts HTTP/1.1"));

    alerts.look_at(&alerts.rules[0], &looks, &tell).await;
    alerts.send_letters("hook", &hook, silence, &tell).await;
    assert!(told.lock().unwrap()[1].contains("\"state\":\"resolved\""));
    assert!(alerts.known().letters.is_empty());
    let said = said.into_inner().unwrap();
    let about = |text: &str| said.iter().filter(|line| line.contains(text)).count();
    assert_eq!((about("is firing"), about("is resolved"), about("hook cannot be told: it answers 503")), (1, 1, 1));
    assert_eq!(about("hook can be told again"), 1, "{said:?}");
}

#[tokio::test]
async fn it_goes_round_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut configured = configured("http://127.0.0.1:9", "http://127.0.0.1:9");
    configured.receivers.clear();
    let alerts = Alerts::open(&configured, &[], Some(folder.path().join("alerts.json")), None).unwrap();
    let (stop, stopped) = watch::channel(false);
    let looks: Arc<dyn Looks> = Arc::new(Made(Mutex::new([vec!["a".to_owned()]].into())));
    let seen = async {
        while alerts.known().history.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send_replace(true);
    };
    tokio::join!(alerts.watch(looks, stopped, &|_| ()), seen);
    assert!(alerts.known().standings["mine"].rows["a"].firing.is_some());
}

#[tokio::test]
async fn too_many_rows_are_one_and_end_none() {
    let alerts = Alerts::open(&configured("http://127.0.0.1:9", "http://127.0.0.1:9"), &[], None, None).unwrap();
    let rows = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let looks = [rows(&["a"]), rows(&["b", "c", "d", "e"]), rows(&["f", "g", "h", "i"]), rows(&["a"])];
    let looks = Made(Mutex::new(looks.into()));
    for _ in 0..4 {
        alerts.look_at(&alerts.rules[0], &looks, &|_| ()).await;
    }
    let happened: Vec<String> = alerts
        .known()
        .history
        .iter()
        .map(|one| format!("{} {}", one.change.row().unwrap(), one.change.state()))
        .collect();
    assert_eq!(happened, ["a firing", "more than 4 rows firing", "more than 4 rows resolved"]);
}

#[tokio::test]
async fn a_receiver_that_is_slow_keeps_nobody() {
    // It takes connections and never answers.
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", slow.local_addr().unwrap());
    let (manager, _) = receiver().await;
    let alerts = Alerts::open(&configured(&address, &manager), &[], None, None).unwrap();
    let (stop, stopped) = watch::channel(false);
    let looks: Arc<dyn Looks> = Arc::new(Made(Mutex::new([vec!["a".to_owned()]].into())));
    let said = Mutex::new(Vec::new());
    let tell = |message: Message| said.lock().unwrap().push(message.shown_text());
    // The manager refuses the first post: that is said as soon as it was told.
    let told = async {
        while !said.lock().unwrap().iter().any(|line| line.contains("receiver pager cannot be told")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send_replace(true);
    };
    let both =
        async { tokio::join!(alerts.watch(looks, stopped, &tell), tokio::time::timeout(Duration::from_secs(5), told)) };
    let ((), told) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("it ends");
    assert!(told.is_ok(), "{:?}", said.lock().unwrap());
}
