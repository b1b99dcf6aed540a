//! Personal tokens.

use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(a_token_acts_for_its_scopes_until_it_is_deleted, a_token_makes_no_other, a_token_is_its_owners);

async fn a_token_acts_for_its_scopes_until_it_is_deleted(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let made = anna.post("/api/v1/tokens", &json!({ "name": " laptop ", "scopes": ["write", "read", "read"] })).await;
    assert_eq!((made.status, &made.json()["scopes"]), (201, &json!(["read", "write"])), "{made:?}");
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let listed = anna.get("/api/v1/tokens").await;
    assert!(!listed.text().contains(&token), "it is shown once");
    assert_eq!(
        (&listed.json()["items"][0]["name"], &listed.json()["items"][0]["seen"]),
        (&json!("laptop"), &json!(null))
    );
    let mut program = anna.with_token(&token);
    assert_eq!(program.get("/api/v1/me").await.status, 200);
    let seen = |answer: crate::support::Answer| answer.json()["items"][0]["seen"].as_str().unwrap().to_owned();
    let first = seen(anna.get("/api/v1/tokens").await);
    house.pass(30);
    program.get("/api/v1/me").await;
    assert_eq!(seen(anna.get("/api/v1/tokens").await), first, "noted at most once a minute");
    house.pass(60);
    program.get("/api/v1/me").await;
    assert_ne!(seen(anna.get("/api/v1/tokens").await), first);
    let path = format!("/api/v1/tokens/{}", made.json()["id"].as_str().unwrap());
    assert_eq!((anna.delete(&path).await.status, anna.delete(&path).await.status), (204, 404));
    assert_eq!(program.get("/api/v1/me").await.status, 401);
    for bad in [json!({ "name": "", "scopes": ["read"] }), json!({ "name": "t", "scopes": [] })] {
        assert_eq!(anna.post("/api/v1/tokens", &bad).await.status, 400, "{bad}");
    }
    assert_eq!(anna.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["all"] })).await.status, 400);
}

async fn a_token_makes_no_other(house: House) {
    let mut anna = house.member("anna", Role::Administrator).await;
    let all = json!({ "name": "t", "scopes": ["read", "write", "upload", "live", "moderate", "admin"] });
    let token = anna.post("/api/v1/tokens", &all).await.json()["token"].as_str().unwrap().to_owned();
    let mut program = anna.with_token(&token);
    assert_eq!(program.post("/api/v1/tokens", &all).await.status, 403);
    assert_eq!(program.get("/api/v1/accounts").await.status, 200);
    let read = anna.post("/api/v1/tokens", &json!({ "name": "r", "scopes": ["read"] })).await.json();
    let mut reader = anna.with_token(read["token"].as_str().unwrap());
    assert_eq!(reader.delete("/api/v1/me/sessions").await.status, 403);
    assert_eq!(reader.get("/api/v1/accounts").await.status, 403);
}

async fn a_token_is_its_owners(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut berta = house.member("berta", Role::Administrator).await;
    let made = anna.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["read"] })).await.json();
    assert_eq!(berta.delete(&format!("/api/v1/tokens/{}", made["id"].as_str().unwrap())).await.status, 404);
    assert_eq!(berta.get("/api/v1/tokens").await.json()["items"], json!([]));
    assert_eq!(berta.delete("/api/v1/tokens/nonsense").await.status, 404);
}
