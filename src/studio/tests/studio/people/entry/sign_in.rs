//! Signing up, in and out.

use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(
    a_new_account_signs_in_and_out,
    names_are_taken_once,
    a_session_ends_by_itself,
    wrong_passwords_are_counted,
    nothing_is_called_by_a_nul,
);

async fn nothing_is_called_by_a_nul(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let shown = json!({ "name": "a\u{0}", "password": "correct horse battery" });
    assert_eq!(house.stranger().post("/api/v1/session", &shown).await.status, 401);
    assert_eq!(anna.delete("/api/v1/me/identities?issuer=%00&subject=x").await.status, 404);
    assert_eq!(anna.delete("/api/v1/me/identities?issuer=x&subject=%00").await.status, 404);
}

async fn a_new_account_signs_in_and_out(house: House) {
    let mut anna = house.stranger();
    let new = json!({ "name": "Anna", "email": "Anna@example.com", "password": "correct horse battery" });
    let made = anna.post("/api/v1/accounts", &new).await;
    assert_eq!((made.status, made.json()["name"].as_str()), (201, Some("anna")), "{made:?}");
    assert_eq!(anna.get("/api/v1/me").await.status, 401);
    for name in ["anna", "ANNA@example.com"] {
        let begun = anna.post("/api/v1/session", &json!({ "name": name, "password": "correct horse battery" })).await;
        assert_eq!((begun.status, begun.json()["role"].as_str()), (200, Some("creator")));
        let cookie = begun.header("set-cookie");
        assert!(cookie.starts_with("session=") && cookie.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(begun.header("cache-control"), "private, no-store");
        assert_eq!(anna.get("/api/v1/me").await.json()["email"], "anna@example.com");
        assert_eq!(anna.delete("/api/v1/session").await.status, 204);
        assert_eq!(anna.get("/api/v1/me").await.status, 401);
    }
}

async fn names_are_taken_once(house: House) {
    let mut anna = house.stranger();
    let new = |name: &str, email: &str| json!({ "name": name, "email": email, "password": "correct horse battery" });
    assert_eq!(anna.post("/api/v1/accounts", &new("anna", "a@example.com")).await.status, 201);
    assert_eq!(anna.post("/api/v1/accounts", &new("Anna", "b@example.com")).await.status, 409);
    let taken = anna.post("/api/v1/accounts", &new("berta", "A@example.com")).await;
    assert_eq!((taken.status, taken.header("content-type")), (409, "application/problem+json"));
    for (field, bad) in [
        ("password", json!({ "name": "carla", "password": "too short" })),
        ("email", json!({ "name": "carla", "email": "nowhere", "password": "correct horse battery" })),
    ] {
        let refused = anna.post("/api/v1/accounts", &bad).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{refused:?}");
    }
    for bad in [json!({ "name": "carla", "password": "correct horse battery", "role": "administrator" }), json!([])] {
        assert_eq!(anna.post("/api/v1/accounts", &bad).await.status, 400);
    }
}

async fn a_session_ends_by_itself(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    for _ in 0..6 {
        house.pass(13 * 86_400);
        assert_eq!(anna.get("/api/v1/me").await.status, 200);
    }
    house.pass(13 * 86_400);
    assert_eq!(anna.get("/api/v1/me").await.status, 401, "after 91 days");
    let mut again = house.signed_in("anna").await;
    house.pass(15 * 86_400);
    assert_eq!(again.get("/api/v1/me").await.status, 401, "after 15 idle days");
}

async fn wrong_passwords_are_counted(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut thief = house.stranger();
    let wrong = json!({ "name": "anna", "password": "correct horse batterx" });
    let unknown = json!({ "name": "nobody", "password": "correct horse batterx" });
    let (first, other) = (thief.post("/api/v1/session", &wrong).await, thief.post("/api/v1/session", &unknown).await);
    assert_eq!((first.status, first.text()), (401, other.text()), "the same for known and unknown");
    let mut last = first;
    for _ in 0..9 {
        last = thief.post("/api/v1/session", &wrong).await;
    }
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() <= 60);
    assert_eq!(anna.get("/api/v1/me").await.status, 200, "whoever is signed in goes on");
}
