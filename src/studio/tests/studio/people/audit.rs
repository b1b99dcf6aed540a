//! The audit trail, and what is in neither it, the log nor the database.

use std::fs;
use std::io::{self, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};
use studio::model::Role;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Client, House};

on_both!(
    the_trail_has_who_did_what_and_when,
    administrators_alone_read_the_trail,
    no_secret_is_in_the_database_the_trail_or_the_log,
);

/// A log that is read afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn acts(admin: &mut Client, query: &str) -> Vec<String> {
    let page = admin.get(&format!("/api/v1/audit?{query}")).await.json();
    let act = |line: &Value| {
        [&line["actor"], &line["action"], &line["target"], &line["detail"]]
            .map(|text| text.as_str().unwrap().to_owned())
    };
    page["items"].as_array().unwrap().iter().map(|line| act(line).join("|")).collect()
}

async fn the_trail_has_who_did_what_and_when(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    let mut anna = house.member("anna", Role::Viewer).await;
    house.stranger().post("/api/v1/session", &json!({ "name": "anna", "password": "wrong" })).await;
    house.pass(60);
    ada.patch("/api/v1/accounts/anna", &json!({ "role": "creator", "state": "disabled" })).await;
    ada.post("/api/v1/accounts/anna/reset", &json!({})).await;
    let token = ada.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["admin"] })).await.json();
    house.pass(60);
    ada.delete(&format!("/api/v1/tokens/{}", token["id"].as_str().unwrap())).await;
    assert_eq!(anna.get("/api/v1/me").await.status, 401);
    let trail = acts(&mut ada, "target=anna").await;
    let mut wanted = vec![
        "|session.refused|anna|wrong name or password".to_owned(),
        "ada|account.role|anna|viewer to creator".into(),
        "ada|account.state|anna|active to disabled".into(),
        "ada|reset.started|anna|".into(),
        "anna|session.created|anna|".into(),
    ];
    let mut found = trail.clone();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(acts(&mut ada, "action=token.").await.len(), 2);
    assert_eq!(acts(&mut ada, "actor=anna").await, ["anna|session.created|anna|"]);
    assert_eq!(acts(&mut ada, "since=2026-09-21T14:15:20Z").await.len(), 1, "the last minute");
    assert_eq!(acts(&mut ada, "until=2026-09-21T14:14:20Z").await.len(), 3, "the first one");
    let first = ada.get("/api/v1/audit?limit=2").await.json();
    let second = ada.get(&format!("/api/v1/audit?limit=100&cursor={}", first["next"].as_str().unwrap())).await.json();
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(|l| l["id"].clone()).collect::<Vec<_>>();
    let (first, second) = (ids(&first), ids(&second));
    assert_eq!((first.len(), second.len()), (2, 6));
    assert!(first.iter().all(|id| !second.contains(id)));
}

async fn administrators_alone_read_the_trail(house: House) {
    let mut mia = house.member("mia", Role::Moderator).await;
    assert_eq!((mia.get("/api/v1/audit").await.status, house.stranger().get("/api/v1/audit").await.status), (403, 401));
    let mut ada = house.member("ada", Role::Administrator).await;
    for bad in ["since=yesterday", "cursor=x", "limit=0"] {
        assert_eq!(ada.get(&format!("/api/v1/audit?{bad}")).await.status, 400, "{bad}");
    }
}

async fn no_secret_is_in_the_database_the_trail_or_the_log(house: House) {
    let log = Log::default();
    // Of tests in one process the first one logs for all.
    let _ = tracing_subscriber::fmt().with_writer(log.clone()).with_max_level(tracing::Level::DEBUG).try_init();
    let mut ada = house.member("ada", Role::Administrator).await;
    let mut secrets =
        vec!["correct horse battery".to_owned(), "typed into the wrong field".into(), "wrong wrong wrong".into()];
    house.stranger().post("/api/v1/session", &json!({ "name": &secrets[1], "password": &secrets[2] })).await;
    let token = ada
        .with_json(
            Method::POST,
            "/api/v1/tokens",
            &[("idempotency-key", "k")],
            &json!({ "name": "t", "scopes": ["read"] }),
        )
        .await;
    secrets.push(token.json()["token"].as_str().unwrap().into());
    let invitation = ada.post("/api/v1/invitations", &json!({ "role": "viewer" })).await.json();
    secrets.push(invitation["url"].as_str().unwrap().rsplit_once('=').unwrap().1.into());
    let reset = ada.post("/api/v1/accounts/ada/reset", &json!({})).await.json();
    secrets.push(reset["url"].as_str().unwrap().rsplit_once('=').unwrap().1.into());
    let totp = ada.post("/api/v1/me/totp", &json!({ "password": &secrets[0] })).await.json();
    secrets.push(totp["secret"].as_str().unwrap().into());
    secrets.push(ada.cookie("session"));
    let forged = "evil\r\n2026 INFO forged \u{1b}[31m";
    house.stranger().post("/api/v1/session", &json!({ "name": forged, "password": "x" })).await;
    let name = json!({ "name": "tok\u{1b}[31men", "scopes": ["read"] });
    assert_eq!(ada.post("/api/v1/tokens", &name).await.status, 400);
    let dump = dump(&house);
    let trail = ada.get("/api/v1/audit?limit=100").await.body;
    let log = log.0.lock().unwrap().clone();
    for secret in &secrets {
        for (what, bytes) in [("database", &dump), ("log", &log), ("trail", &trail)] {
            assert!(!contains(bytes, secret), "{secret} is in the {what}");
        }
    }
    assert!(contains(&dump, "session.created"), "the dump is one");
    assert!(!contains(&log, "INFO forged") && !contains(&log, "\u{1b}[31m"), "nobody writes lines into the log");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

/// All that the database holds.
fn dump(house: &House) -> Vec<u8> {
    let database = &house.studio.app().settings.database;
    if database.is_empty() {
        let files = ["studio.db", "studio.db-wal"].map(|name| house.folder().join("state").join(name));
        return files.iter().filter_map(|file| fs::read(file).ok()).collect::<Vec<_>>().concat();
    }
    let output = Command::new("pg_dump").arg(database).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
