//! Changing one's password.

use http::Method;
use serde_json::{Value, json};
use studio::model::Role;

use crate::support::{Answer, Client, House};

on_both!(the_present_password_changes_it, an_account_without_a_password_signs_in_again_first);

async fn change(client: &mut Client, body: Value) -> Answer {
    client.with_json(Method::PUT, "/api/v1/me/password", &[], &body).await
}

async fn the_present_password_changes_it(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut elsewhere = house.signed_in("anna").await;
    let (old, new) = ("correct horse battery", "a quite different staple");
    assert_eq!(change(&mut anna, json!({ "password": "wrong", "new_password": new })).await.status, 403);
    assert_eq!(change(&mut anna, json!({ "new_password": new })).await.status, 403);
    let weak = change(&mut anna, json!({ "password": old, "new_password": "password1234" })).await;
    assert_eq!((weak.status, weak.json()["field"].as_str()), (400, Some("new_password")));
    assert_eq!(change(&mut anna, json!({ "password": old, "new_password": new })).await.status, 204);
    assert_eq!((anna.get("/api/v1/me").await.status, elsewhere.get("/api/v1/me").await.status), (200, 401));
    for (password, status) in [(old, 401), (new, 200)] {
        let shown = json!({ "name": "anna", "password": password });
        assert_eq!(house.stranger().post("/api/v1/session", &shown).await.status, status);
    }
    for _ in 0..8 {
        assert_eq!(change(&mut anna, json!({ "password": "wrong", "new_password": new })).await.status, 403);
    }
    assert_eq!(change(&mut anna, json!({ "password": new, "new_password": old })).await.status, 429, "ten were wrong");
}

async fn an_account_without_a_password_signs_in_again_first(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut db = house.studio.app().store.write().await.unwrap();
    sqlx::query("UPDATE accounts SET password = NULL").execute(&mut *db).await.unwrap();
    db.commit().await.unwrap();
    house.pass(601);
    let late = change(&mut anna, json!({ "new_password": "a quite different staple" })).await;
    assert_eq!((late.status, late.json()["type"].as_str()), (403, Some("/problems/sign-in-again")));
    house.pass(-300);
    assert_eq!(change(&mut anna, json!({ "new_password": "a quite different staple" })).await.status, 204);
}
