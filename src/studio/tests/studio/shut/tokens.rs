//! What a token opens: nothing of the pages, on any route, and of the API no more than its scopes say.

use std::collections::BTreeSet;

use config::access::Visibility;
use http::Method;
use serde_json::json;
use studio::model::Role;

use crate::support::{Client, House};

on_both!(no_page_is_for_tokens, scopes_bound_a_moderators_tokens, a_token_takes_no_account_over);

/// A program with a token of `client`'s account.
async fn program(client: &mut Client, scopes: &[&str]) -> Client {
    let made = client.post("/api/v1/tokens", &json!({ "name": "t", "scopes": scopes })).await.json();
    client.with_token(made["token"].as_str().unwrap())
}

/// All paths of the router outside the API and the feeds, as the router itself names them. `title` stands for each that is
/// asked for.
fn pages(house: &House, title: &str) -> BTreeSet<String> {
    let router = format!("{:?}", house.studio.router());
    let paths = router.split('"').filter(|text| text.starts_with('/') && !text.contains("__private"));
    let paths = paths.filter(|path| !path.starts_with("/api/") && !path.starts_with("/feeds/"));
    let filled = |path: &str| match (path.find('{'), path.rfind('}')) {
        (Some(from), Some(to)) => format!("{}{title}{}", &path[..from], &path[to + 1..]),
        _ => path.to_owned(),
    };
    paths.map(filled).collect()
}

async fn no_page_is_for_tokens(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    let id = house.title("ada", "Hers", Visibility::Restricted).await;
    let paths = pages(&house, &id);
    assert!(paths.len() > 40 && paths.contains(&format!("/titles/{id}/delete")), "{paths:?}");
    let all = ["read", "write", "upload", "live", "moderate", "admin"];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for scopes in [&["read"][..], &all] {
        let mut program = program(&mut ada, scopes).await;
        for path in &paths {
            for method in [Method::GET, Method::POST] {
                let answer = program.send(method.clone(), path, &form, Vec::new()).await;
                assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
            }
        }
    }
    assert_eq!(ada.get(&format!("/api/v1/titles/{id}")).await.status, 200, "nothing changed");
}

async fn scopes_bound_a_moderators_tokens(house: House) {
    house.member("owner", Role::Creator).await;
    for (name, role) in [("mia", Role::Moderator), ("ada", Role::Administrator)] {
        let mut judge = house.member(name, role).await;
        let id = house.title("owner", "Another's", Visibility::Restricted).await;
        let path = format!("/api/v1/titles/{id}");
        for (scopes, may) in [
            (&["read"][..], false),
            (&["write"], false),
            (&["read", "write", "upload"], false),
            (&["read", "write", "moderate"], true),
        ] {
            let mut program = program(&mut judge, scopes).await;
            let found = [
                program.get(&path).await.status == 200,
                program.patch(&path, &json!({ "name": "Changed" })).await.status == 200,
                program.get("/api/v1/titles?scope=all").await.status == 200,
                program.get(&format!("{path}/state")).await.status == 200,
            ];
            if may {
                assert!(found[..3] == [true; 3], "{name} {scopes:?}: {found:?}");
            } else {
                assert_eq!(found, [false; 4], "{name} {scopes:?}");
                assert_ne!(program.delete(&path).await.status, 204, "{name} {scopes:?}");
            }
        }
        assert_eq!(judge.get(&path).await.status, 200, "in a browser, as ever");
    }
    let mut ada = house.signed_in("ada").await;
    let mut program = program(&mut ada, &["read", "write", "moderate"]).await;
    let above = program.post("/api/v1/invitations", &json!({ "role": "administrator" })).await;
    assert_eq!(above.status, 403, "a moderator's work makes no administrator: {above:?}");
}

async fn a_token_takes_no_account_over(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    house.member("anna", Role::Viewer).await;
    let mut program = program(&mut ada, &["read", "write", "admin"]).await;
    for name in ["ada", "anna"] {
        let reset = program.post(&format!("/api/v1/accounts/{name}/reset"), &json!({})).await;
        assert_eq!(reset.status, 403, "{reset:?}");
        assert_eq!(program.delete(&format!("/api/v1/accounts/{name}/totp")).await.status, 403);
    }
    assert_eq!(program.get("/api/v1/accounts/anna").await.status, 200, "the rest is as its scopes say");
    let mut far = ada.clone();
    far.caller.address = Some("192.0.2.1:1".parse().unwrap());
    assert_eq!(far.post("/api/v1/accounts/anna/reset", &json!({})).await.status, 403, "others could read the link");
}
