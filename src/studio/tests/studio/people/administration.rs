//! Accounts in the hands of administrators.

use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(
    roles_states_and_quotas_change_at_once,
    one_administrator_always_stays,
    accounts_are_listed_in_pages,
    accounts_are_managed_by_administrators_alone,
);

async fn roles_states_and_quotas_change_at_once(house: House) {
    let mut admin = house.member("ada", Role::Administrator).await;
    let mut anna = house.member("anna", Role::Viewer).await;
    let changed = admin.patch("/api/v1/accounts/Anna", &json!({ "role": "moderator", "quota": 1000 })).await;
    assert_eq!(changed.json()["role"], "moderator", "{changed:?}");
    let me = anna.get("/api/v1/me").await.json();
    assert_eq!((&me["role"], &me["quota"]), (&json!("moderator"), &json!(1000)));
    admin.patch("/api/v1/accounts/anna", &json!({ "quota": null })).await;
    assert_eq!(admin.get("/api/v1/accounts/anna").await.json()["quota"], json!(null));
    assert_eq!(admin.patch("/api/v1/accounts/anna", &json!({ "quota": -1 })).await.status, 400);
    assert_eq!(admin.patch("/api/v1/accounts/anna", &json!({ "name": "berta" })).await.status, 400);
    assert_eq!(admin.patch("/api/v1/accounts/nobody", &json!({})).await.status, 404);
    assert_eq!(admin.get("/api/v1/accounts/no%20name").await.status, 404);
    let token = json!({ "name": "t", "scopes": ["read"] });
    let mut program =
        anna.with_token(anna.clone().post("/api/v1/tokens", &token).await.json()["token"].as_str().unwrap());
    admin.patch("/api/v1/accounts/anna", &json!({ "state": "disabled" })).await;
    assert_eq!((anna.get("/api/v1/me").await.status, program.get("/api/v1/me").await.status), (401, 401));
    let again = json!({ "name": "anna", "password": "correct horse battery" });
    assert_eq!(anna.post("/api/v1/session", &again).await.status, 403);
    admin.patch("/api/v1/accounts/anna", &json!({ "state": "active" })).await;
    assert_eq!(anna.get("/api/v1/me").await.status, 401, "the session ended");
    assert_eq!(anna.post("/api/v1/session", &again).await.status, 200);
}

async fn one_administrator_always_stays(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    for change in [json!({ "role": "viewer" }), json!({ "state": "disabled" })] {
        let refused = ada.patch("/api/v1/accounts/ada", &change).await;
        assert_eq!((refused.status, refused.json()["type"].as_str()), (409, Some("/problems/last-administrator")));
    }
    let mut bob = house.member("bob", Role::Administrator).await;
    let demoted = json!({ "role": "viewer" });
    let both = tokio::join!(ada.patch("/api/v1/accounts/bob", &demoted), bob.patch("/api/v1/accounts/ada", &demoted),);
    let both = [both.0.status, both.1.status];
    assert!(both.contains(&200) && (both.contains(&409) || both.contains(&403)), "{both:?}");
}

async fn accounts_are_listed_in_pages(house: House) {
    let mut admin = house.member("ada", Role::Administrator).await;
    for name in ["b_1", "b2", "c3", "d4"] {
        let new = json!({ "name": name, "email": format!("{name}@x.org"), "password": "correct horse battery" });
        assert_eq!(admin.post("/api/v1/accounts", &new).await.status, 201);
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = admin.get(&format!("/api/v1/accounts?limit=2{cursor}")).await.json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert_eq!((names.join(" "), cursor.as_str()), ("ada b2 b_1 c3 d4".into(), ""));
    for (query, wanted) in [("q=B_", "b_1"), ("q=c3@x", "c3"), ("role=administrator", "ada"), ("q=%25", "")] {
        let page = admin.get(&format!("/api/v1/accounts?{query}")).await.json();
        assert_eq!(page["items"][0]["name"].as_str().unwrap_or_default(), wanted, "{query}");
    }
    for bad in ["cursor=nonsense", "limit=0", "limit=1000", "role=king", "limit=x"] {
        let refused = admin.get(&format!("/api/v1/accounts?{bad}")).await;
        assert_eq!((refused.status, refused.header("content-type")), (400, "application/problem+json"), "{bad}");
    }
}

async fn accounts_are_managed_by_administrators_alone(house: House) {
    let mut stranger = house.stranger();
    let mut mia = house.member("mia", Role::Moderator).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    for path in ["/api/v1/accounts", "/api/v1/accounts/mia"] {
        let statuses = [stranger.get(path).await.status, mia.get(path).await.status, ada.get(path).await.status];
        assert_eq!(statuses, [401, 403, 200], "{path}");
    }
    let change = json!({ "role": "administrator" });
    assert_eq!(stranger.patch("/api/v1/accounts/mia", &change).await.status, 401);
    assert_eq!(mia.patch("/api/v1/accounts/mia", &change).await.status, 403);
    let token = ada.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["read", "write"] })).await.json();
    let mut program = ada.with_token(token["token"].as_str().unwrap());
    assert_eq!(program.get("/api/v1/accounts").await.status, 403, "the scope is missing");
}
