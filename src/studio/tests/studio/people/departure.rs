//! Taking one's data along, and leaving.

use serde_json::{Value, json};
use studio::model::Role;
use studio::store::uploads::{self, Upload};

use crate::support::House;
use crate::uploads::create;

on_both!(
    an_account_is_gone_within_a_day,
    an_upload_that_ends_meanwhile_becomes_nothing,
    the_last_administrator_stays,
    an_export_has_everything_but_secrets
);

const PASSWORD: &str = "correct horse battery";

/// Puts in a title of `owner`.
async fn title(house: &House, owner: &str) {
    let mut db = house.studio.app().store.write().await.unwrap();
    let sql = "INSERT INTO titles (id, title, owner, name, visibility, state, created) \
               SELECT '0000000000000001', 'a/holiday', id, 'Holiday of anna', 'public', 'published', 5 \
               FROM accounts WHERE name = $1";
    sqlx::query(sql).bind(owner).execute(&mut *db).await.unwrap();
    db.commit().await.unwrap();
}

async fn rows(house: &House, sql: &'static str) -> usize {
    sqlx::query(sql).fetch_all(&mut *house.studio.app().store.read().await.unwrap()).await.unwrap().len()
}

async fn an_account_is_gone_within_a_day(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    title(&house, "anna").await;
    let token = anna.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["read"] })).await.json();
    let mut program = anna.with_token(token["token"].as_str().unwrap());
    assert_eq!(anna.post("/api/v1/me/deletion", &json!({ "password": "wrong" })).await.status, 403);
    assert_eq!(program.post("/api/v1/me/deletion", &json!({ "password": PASSWORD })).await.status, 403);
    assert_eq!(anna.post("/api/v1/me/deletion", &json!({ "password": PASSWORD })).await.status, 202);
    assert_eq!((anna.get("/api/v1/me").await.status, program.get("/api/v1/me").await.status), (401, 401), "at once");
    let again = json!({ "name": "anna", "password": PASSWORD });
    assert_eq!(house.stranger().post("/api/v1/session", &again).await.status, 403);
    for _ in 0..2 {
        house.studio.tidy().await.unwrap();
    }
    assert_eq!(*house.packager.wishes.lock().unwrap(), ["remove a/holiday"]);
    assert_eq!(rows(&house, "SELECT 1 FROM accounts WHERE name = 'anna'").await, 0);
    assert_eq!(rows(&house, "SELECT 1 FROM titles").await, 0);
    assert_eq!(rows(&house, "SELECT 1 FROM tokens").await, 0);
    assert_eq!(rows(&house, "SELECT 1 FROM audit WHERE actor = 'anna' OR target = 'anna'").await, 0);
    assert!(rows(&house, "SELECT 1 FROM audit WHERE action = 'account.deleted'").await == 1, "the trail goes on");
    assert_eq!(house.stranger().post("/api/v1/session", &again).await.status, 401);
    house.member("berta", Role::Viewer).await;
    assert_eq!(ada.delete("/api/v1/accounts/berta").await.status, 202);
    house.studio.tidy().await.unwrap();
    assert_eq!(ada.get("/api/v1/accounts/berta").await.status, 404);
}

async fn an_upload_that_ends_meanwhile_becomes_nothing(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let made = create(&mut anna, 5, &[("filename", "a.mp4"), ("visibility", "public")]).await;
    let id = made.header("location").rsplit('/').next().unwrap().to_owned();
    let upload = async || {
        let mut db = house.studio.app().store.read().await.unwrap();
        uploads::by_id(&mut db, &id.parse().unwrap()).await.unwrap().unwrap()
    };
    // Its last byte comes while the account is being deleted: before, as a crash between the two leaves it, or after.
    let before = Upload { received: 5, ..upload().await };
    assert_eq!(anna.post("/api/v1/me/deletion", &json!({ "password": PASSWORD })).await.status, 202);
    assert!(studio::uploads::complete(house.studio.app(), before).await.is_err());
    assert_eq!(rows(&house, "SELECT 1 FROM titles").await, 0);
    title(&house, "anna").await;
    for _ in 0..3 {
        house.studio.tidy().await.unwrap();
    }
    assert_eq!(rows(&house, "SELECT 1 FROM titles").await, 0, "nor does what came in between");
    assert_eq!(rows(&house, "SELECT 1 FROM accounts WHERE name = 'anna'").await, 0);
}

async fn the_last_administrator_stays(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    title(&house, "ada").await;
    assert_eq!(ada.post("/api/v1/me/deletion", &json!({ "password": PASSWORD })).await.status, 409);
    assert_eq!(ada.get("/api/v1/me").await.status, 200);
    assert_eq!(rows(&house, "SELECT 1 FROM titles WHERE deleted IS NULL").await, 1, "nothing was done");
}

async fn an_export_has_everything_but_secrets(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.member("berta", Role::Viewer).await;
    title(&house, "anna").await;
    anna.post("/api/v1/tokens", &json!({ "name": "laptop", "scopes": ["read"] })).await;
    let answer = anna.get("/api/v1/me/export").await;
    assert_eq!((answer.status, answer.header("content-disposition")), (200, "attachment; filename=\"anna.json\""));
    let (text, all) = (answer.text(), answer.json());
    let names: Vec<&Value> = ["account", "sessions", "tokens", "titles"].iter().map(|part| &all[part][0]).collect();
    assert_eq!((&names[0]["name"], &names[1]["address"]), (&json!("anna"), &json!("127.0.0.1")), "{all}");
    assert_eq!((&names[2]["name"], &names[3]["name"]), (&json!("laptop"), &json!("Holiday of anna")));
    assert_eq!(names[0]["created"], "2026-09-21T14:13:20Z");
    assert_eq!(all["audit"][0]["action"], "session.created");
    assert!(!text.contains("argon2") && !text.contains("secret_hash") && !text.contains("berta"), "{text}");
    assert_eq!(house.stranger().get("/api/v1/me/export").await.status, 401);
}
