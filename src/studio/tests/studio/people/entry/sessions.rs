//! One's sessions.

use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(
    sessions_are_listed_and_ended,
    signing_in_again_ends_the_session_before,
    a_session_is_ended_by_its_owner_alone
);

async fn sessions_are_listed_and_ended(house: House) {
    let mut here = house.member("anna", Role::Viewer).await;
    let (mut there, mut elsewhere) = (house.signed_in("anna").await, house.signed_in("anna").await);
    let listed = here.get("/api/v1/me/sessions").await.json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!((items.len(), items.iter().filter(|item| item["current"] == true).count()), (3, 1), "{listed}");
    assert_eq!(items[0]["address"], "127.0.0.1");
    let ids = there.get("/api/v1/me/sessions").await.json();
    let current = ids["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap();
    let path = format!("/api/v1/me/sessions/{}", current["id"].as_str().unwrap());
    assert_eq!((here.delete(&path).await.status, here.delete(&path).await.status), (204, 404));
    assert_eq!(there.get("/api/v1/me").await.status, 401, "at once");
    assert_eq!(elsewhere.get("/api/v1/me").await.status, 200);
    assert_eq!(here.delete("/api/v1/me/sessions").await.status, 204);
    assert_eq!((elsewhere.get("/api/v1/me").await.status, here.get("/api/v1/me").await.status), (401, 200));
}

async fn signing_in_again_ends_the_session_before(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut before = anna.clone();
    let again = json!({ "name": "anna", "password": "correct horse battery" });
    assert_eq!(anna.post("/api/v1/session", &again).await.status, 200);
    assert_eq!((anna.get("/api/v1/me").await.status, before.get("/api/v1/me").await.status), (200, 401));
}

async fn a_session_is_ended_by_its_owner_alone(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut berta = house.member("berta", Role::Administrator).await;
    let id = anna.get("/api/v1/me/sessions").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(berta.delete(&format!("/api/v1/me/sessions/{id}")).await.status, 404);
    assert_eq!(anna.get("/api/v1/me").await.status, 200);
}
