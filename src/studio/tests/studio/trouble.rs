//! What a request that can't be served leaves behind: an answer that tells nothing, a count, and a server that goes on.

use http::Method;
use prometheus::Registry;
use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(a_panic_fails_one_request_and_tells_nothing, refusals_are_counted_by_their_limit);

async fn a_panic_fails_one_request_and_tells_nothing(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.panics(true);
    for (method, path) in [
        (Method::GET, "/api/v1/me"),
        (Method::POST, "/api/v1/playlists"),
        (Method::POST, "/api/v1/session"),
        (Method::DELETE, "/api/v1/session"),
    ] {
        let body = json!({ "name": "anna", "password": "correct horse battery" });
        let answer = anna.with_json(method.clone(), path, &[], &body).await;
        let told = (answer.status, answer.header("content-type"), answer.json()["type"].clone());
        assert_eq!(told, (500, "application/problem+json", json!("/problems/internal")), "{method} {path}");
        assert!(!answer.text().contains("clock"), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let page = anna.send(Method::GET, "/titles", &[("accept", "text/html")], Vec::new()).await;
    assert!(page.status == 500 && !page.text().contains("clock"), "{page:?}");
    house.panics(false);
    assert_eq!(anna.get("/api/v1/me").await.status, 200);
    assert_eq!(anna.post("/api/v1/playlists", &json!({ "name": "One" })).await.status, 201, "no lock is left behind");
    let shown = json!({ "name": "anna", "password": "correct horse battery" });
    assert_eq!(house.stranger().post("/api/v1/session", &shown).await.status, 200);
}

async fn refusals_are_counted_by_their_limit(mut house: House) {
    house
        .restart(|settings| {
            settings.limits.quota = 1000;
            settings.limits.upload = 2000;
        })
        .await;
    let mut anna = house.member("anna", Role::Creator).await;
    for (length, times) in [("1500", 2), ("2500", 3)] {
        for _ in 0..times {
            let headers = [("tus-resumable", "1.0.0"), ("upload-length", length)];
            let refused = anna.send(Method::POST, "/api/v1/uploads", &headers, Vec::new()).await;
            assert_eq!(refused.status, 413, "{refused:?}");
        }
    }
    for _ in 0..11 {
        anna.post("/api/v1/session", &json!({ "name": "anna", "password": "wrong" })).await;
    }
    for _ in 0..101 {
        anna.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["read"] })).await;
    }
    let registry = Registry::new();
    house.studio.app().meters.register(&registry).unwrap();
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == "pack_studio_refusals_total").unwrap();
    let of = |metric: &prometheus::proto::Metric| {
        (metric.get_label()[0].value().to_owned(), metric.get_counter().get_value())
    };
    let counts: Vec<_> = family.get_metric().iter().map(of).collect();
    let expected = [("count", 1.0), ("disk", 0.0), ("quota", 2.0), ("rate", 1.0), ("size", 3.0)];
    assert_eq!(counts, expected.map(|(limit, count)| (limit.to_owned(), count)));
}
