//! Requests that are sent twice.

use http::Method;
use serde_json::{Value, json};
use studio::model::Role;

use crate::support::{Answer, Client, House};

on_both!(
    bytes_of_an_upload_may_come_with_a_key,
    a_key_makes_a_request_count_once,
    a_key_is_an_accounts_own,
    what_failed_is_tried_again
);

const TOKENS: &str = "/api/v1/tokens";

async fn keyed(client: &mut Client, key: &str, body: &Value) -> Answer {
    client.with_json(Method::POST, TOKENS, &[("idempotency-key", key)], body).await
}

async fn count(client: &mut Client) -> usize {
    client.get(TOKENS).await.json()["items"].as_array().unwrap().len()
}

async fn a_key_makes_a_request_count_once(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let new = json!({ "name": "t", "scopes": ["read"] });
    let (first, second) = (keyed(&mut anna, "k1", &new).await, keyed(&mut anna, "k1", &new).await);
    assert_eq!((first.status, first.text()), (201, second.text()));
    assert_eq!((second.status, second.header("idempotent-replayed")), (201, "true"));
    assert_eq!((second.header("content-type"), count(&mut anna).await), ("application/json", 1));
    let other = keyed(&mut anna, "k1", &json!({ "name": "u", "scopes": ["read"] })).await;
    assert_eq!((other.status, count(&mut anna).await), (422, 1), "{other:?}");
    assert_eq!(keyed(&mut anna, "k2", &new).await.status, 201);
    assert_eq!(keyed(&mut anna, &"k".repeat(256), &new).await.status, 400);
    house.pass(86_401);
    house.studio.tidy().await.unwrap();
    assert_eq!((keyed(&mut anna, "k1", &new).await.status, count(&mut anna).await), (201, 3), "forgotten after a day");
    let mut copies: Vec<Client> = (0..5).map(|_| anna.clone()).collect();
    let at_once = copies.iter_mut().map(|client| keyed(client, "k3", &new));
    let mut statuses = Vec::new();
    for answer in at_once.collect::<Vec<_>>() {
        statuses.push(answer.await.status);
    }
    assert_eq!((statuses, count(&mut anna).await), (vec![201; 5], 4));
}

async fn a_key_is_an_accounts_own(house: House) {
    let (mut anna, mut berta) = (house.member("anna", Role::Viewer).await, house.member("berta", Role::Viewer).await);
    let new = json!({ "name": "t", "scopes": ["read"] });
    let (first, second) = (keyed(&mut anna, "k", &new).await, keyed(&mut berta, "k", &new).await);
    assert_ne!(first.json()["token"], second.json()["token"]);
    assert_eq!(keyed(&mut house.stranger(), "k", &new).await.status, 401);
}

async fn what_failed_is_tried_again(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    assert_eq!(keyed(&mut anna, "k", &json!({ "name": "", "scopes": ["read"] })).await.status, 400);
    assert_eq!(keyed(&mut anna, "k", &json!({ "name": "t", "scopes": ["read"] })).await.status, 201);
}

async fn bytes_of_an_upload_may_come_with_a_key(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let (bytes, kind) = (vec![b'a'; 1 << 20], ("content-type", "application/offset+octet-stream"));
    let length = bytes.len().to_string();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", &length), ("idempotency-key", "k"), kind];
    let made = anna.send(Method::POST, "/api/v1/uploads", &headers, bytes).await;
    assert_eq!((made.status, made.header("upload-offset")), (201, length.as_str()), "{made:?}");
}
