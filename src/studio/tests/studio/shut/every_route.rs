//! What holds for every route of the API. The list of them comes from the router's own description.

use std::fs;
use std::time::Duration;

use http::Method;
use serde_json::Value;
use studio::Studio;
use studio::model::Role;
use tokio::time::timeout;

use crate::support::House;

/// Every method and path, with names of nothing in them.
fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::to_value(Studio::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |m| (path, m)));
    let filled = methods.map(|(path, method)| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "0000000000000000" } else { part });
        let path = format!("/api/v1{}", parts.collect::<Vec<_>>().join("/"));
        (method.to_uppercase().parse::<Method>(), path)
    });
    let routes: Vec<(Method, String)> = filled.filter_map(|(method, path)| Some((method.ok()?, path))).collect();
    assert!(routes.len() > 40, "{routes:?}");
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_changes_anything() {
    let house = House::with_sqlite().await;
    let mut ada = house.member("ada", Role::Administrator).await;
    for (method, path) in routes().into_iter().filter(|(method, _)| !method.is_safe()) {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
        ] {
            let mut headers = vec![(name, value)];
            if name == "origin" {
                headers.push(("host", "studio.example.com"));
            }
            let answer = ada.send(method.clone(), &path, &headers, b"{}".to_vec()).await;
            assert_eq!(answer.status, 403, "{method} {path} {name}: {value}: {answer:?}");
        }
    }
    assert_eq!(ada.get("/api/v1/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_get_changes_a_row_and_no_answer_is_for_others() {
    let house = House::with_sqlite().await;
    let (mut ada, mut stranger) = (house.member("ada", Role::Administrator).await, house.stranger());
    let rows = || ["studio.db", "studio.db-wal"].map(|name| fs::read(house.folder().join("state").join(name)).unwrap());
    let before = rows();
    for (_, path) in routes().into_iter().filter(|(method, path)| method == Method::GET && !path.ends_with("/events")) {
        for client in [&mut ada, &mut stranger] {
            let answer = timeout(Duration::from_secs(20), client.get(&path)).await.unwrap();
            assert!(answer.status < 500, "{path}: {answer:?}");
            assert!(answer.header("access-control-allow-origin") != "*", "{path}: {answer:?}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}: {answer:?}");
            assert!(answer.header("cache-control").contains("private"), "{path}: {answer:?}");
        }
    }
    assert!(before == rows(), "a GET wrote");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_where_others_read_along() {
    let house = House::with_sqlite().await;
    house.member("anna", Role::Viewer).await;
    let mut far = house.stranger();
    far.caller.address = Some("192.0.2.1:1".parse().unwrap());
    let shown = serde_json::json!({ "name": "anna", "password": "correct horse battery" });
    assert_eq!(far.post("/api/v1/session", &shown).await.status, 403);
    far.caller.is_tls = true;
    let begun = far.post("/api/v1/session", &shown).await;
    let cookie = begun.header("set-cookie");
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    for part in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[test]
fn the_document_refers_to_nothing_that_it_does_not_have() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::to_value(Studio::document()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        let path = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some(), "{reference}");
    }
}
