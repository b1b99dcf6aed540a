//! Links that open one title: their end, their uses and their passwords.

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::model::Role;

use crate::support::{Answer, Client, House};

on_both!(
    a_link_opens_one_title,
    a_link_ends_and_is_used_up,
    a_preview_uses_nothing_up,
    uses_hold_when_many_come_at_once,
    a_password_is_asked_for_and_tries_are_counted,
    links_are_made_and_seen_by_editors_alone,
);

async fn made(client: &mut Client, title: &str, wanted: &Value) -> (String, Value) {
    let answer = client.post(&format!("/api/v1/titles/{title}/links"), wanted).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let link = answer.json();
    let url = link["url"].as_str().unwrap();
    let secret = url.rsplit('/').next().unwrap();
    assert!(url.starts_with("http://"), "{url}");
    (secret.to_owned(), link)
}

async fn a_link_opens_one_title(house: House) {
    let (mut anna, mut stranger) = (house.member("anna", Role::Creator).await, house.stranger());
    let id = house.title("anna", "Secret", Visibility::Restricted).await;
    let (secret, link) = made(&mut anna, &id, &json!({})).await;
    let opened = stranger.get(&format!("/api/v1/links/{secret}")).await;
    let title = opened.json();
    assert_eq!((opened.status, &title["name"], &title["shared_with"]), (200, &json!("Secret"), &json!([])));
    let hls = title["playback"]["hls"].as_str().unwrap();
    assert!(hls.starts_with("/vod/~") && hls.ends_with(&format!("/uploads/{id}/index.m3u8")), "{hls}");
    assert_eq!(stranger.get(&format!("/api/v1/titles/{id}")).await.status, 404, "the link alone opens it");
    let page = stranger.get(&format!("/link/{secret}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("/vod/~"), "{}", page.text());
    assert_eq!(stranger.post(&format!("/api/v1/links/{secret}"), &json!({})).await.json(), title);
    assert_eq!(pressed(&mut stranger, &secret).await.text(), page.text());
    let all = anna.get(&format!("/api/v1/titles/{id}/links")).await.json();
    assert_eq!(
        (&all["items"][0]["used"], &all["items"][0]["url"]),
        (&json!(2), &Value::Null),
        "what changes nothing is not counted"
    );
    let epoch = house.record(&id).epoch;
    let place = format!("/api/v1/titles/{id}/links/{}", link["id"].as_str().unwrap());
    assert_eq!((anna.delete(&place).await.status, anna.delete(&place).await.status), (204, 404));
    assert_eq!(house.record(&id).epoch, epoch + 1, "whoever watches by it is stopped");
    for path in [format!("/api/v1/links/{secret}"), format!("/link/{secret}"), "/api/v1/links/x".into()] {
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
    let (secret, _) = made(&mut anna, &id, &json!({})).await;
    assert_eq!(anna.delete(&format!("/api/v1/titles/{id}")).await.status, 204);
    assert_eq!(
        stranger.get(&format!("/api/v1/links/{secret}")).await.status,
        404,
        "a deleted title is opened by nothing"
    );
}

async fn a_link_ends_and_is_used_up(house: House) {
    let (mut anna, mut stranger) = (house.member("anna", Role::Creator).await, house.stranger());
    let id = house.title("anna", "Secret", Visibility::Restricted).await;
    let end = house.now().plus_seconds(3600).to_string();
    let (ends, _) = made(&mut anna, &id, &json!({ "expires": end })).await;
    let (twice, _) = made(&mut anna, &id, &json!({ "uses": 2 })).await;
    let opened = stranger.get(&format!("/api/v1/links/{ends}")).await.json();
    assert_eq!(opened["playback"]["expires"], json!(end), "no token outlives its link");
    for status in [200, 200, 410, 410] {
        assert_eq!(stranger.post(&format!("/api/v1/links/{twice}"), &json!({})).await.status, status);
    }
    for path in [format!("/link/{twice}"), format!("/api/v1/links/{twice}")] {
        assert_eq!(stranger.get(&path).await.status, 410, "{path}");
    }
    assert_eq!(pressed(&mut stranger, &twice).await.status, 410);
    house.pass(3600);
    assert_eq!(stranger.get(&format!("/api/v1/links/{ends}")).await.status, 410);
    let place = format!("/api/v1/titles/{id}/links");
    for (field, value) in [
        ("expires", json!("2001-01-01T00:00:00Z")),
        ("expires", json!("tomorrow")),
        ("uses", json!(0)),
        ("uses", json!(-1)),
        ("password", json!("x".repeat(1001))),
    ] {
        let refused = anna.post(&place, &json!({ field: value })).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{value}");
    }
    assert_eq!(anna.post(&place, &json!({ "used": 1 })).await.status, 400);
}

async fn a_preview_uses_nothing_up(house: House) {
    let (mut anna, mut stranger) = (house.member("anna", Role::Creator).await, house.stranger());
    let id = house.title("anna", "Secret", Visibility::Restricted).await;
    let (secret, _) = made(&mut anna, &id, &json!({ "uses": 1 })).await;
    for method in [Method::GET, Method::HEAD] {
        for (path, status) in [(format!("/link/{secret}"), 200), (format!("/api/v1/links/{secret}"), 403)] {
            for _ in 0..3 {
                let seen = stranger.send(method.clone(), &path, &[], Vec::new()).await;
                assert_eq!(seen.status, status, "{method} {path}: {seen:?}");
                let text = seen.text();
                assert!(!text.contains("/vod/") && !text.contains("Secret") && !text.contains(&id), "{text}");
            }
        }
    }
    let refused = stranger.get(&format!("/api/v1/links/{secret}")).await.json();
    assert_eq!(refused["type"], "/problems/use-counts");
    let page = stranger.get(&format!("/link/{secret}")).await.text();
    assert!(page.contains(&format!("method=\"post\" action=\"/link/{secret}\"")), "a button without script: {page}");
    let opened = pressed(&mut stranger, &secret).await;
    assert!(opened.status == 200 && opened.text().contains("/vod/~"), "{opened:?}");
    assert_eq!(pressed(&mut stranger, &secret).await.status, 410);
    let all = anna.get(&format!("/api/v1/titles/{id}/links")).await.json();
    assert_eq!(all["items"][0]["used"], json!(1));
}

/// Presses the button of a link's page.
async fn pressed(client: &mut Client, secret: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    client.send(Method::POST, &format!("/link/{secret}"), &form, Vec::new()).await
}

async fn uses_hold_when_many_come_at_once(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Secret", Visibility::Restricted).await;
    let (secret, _) = made(&mut anna, &id, &json!({ "uses": 3 })).await;
    let visits: Vec<_> = (0..20)
        .map(|_| {
            let (mut client, path) = (house.stranger(), format!("/api/v1/links/{secret}"));
            tokio::spawn(async move { client.post(&path, &json!({})).await.status })
        })
        .collect();
    let mut opened = 0;
    for visit in visits {
        match visit.await.unwrap() {
            200 => opened += 1,
            status => assert_eq!(status, 410),
        }
    }
    assert_eq!(opened, 3);
}

async fn a_password_is_asked_for_and_tries_are_counted(house: House) {
    let (mut anna, mut stranger) = (house.member("anna", Role::Creator).await, house.stranger());
    let id = house.title("anna", "Secret", Visibility::Restricted).await;
    let (secret, link) = made(&mut anna, &id, &json!({ "uses": 2, "password": "sesame" })).await;
    assert_eq!(link["has_password"], json!(true));
    let path = format!("/api/v1/links/{secret}");
    let asked = stranger.get(&path).await;
    assert_eq!((asked.status, asked.json()["type"].as_str()), (401, Some("/problems/password-needed")));
    let page = stranger.get(&format!("/link/{secret}")).await;
    assert_eq!(page.status, 401);
    assert!(page.text().contains("type=\"password\""), "{}", page.text());
    assert_eq!(stranger.post(&path, &json!({ "password": "sesame" })).await.status, 200);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let opened = stranger.send(Method::POST, &format!("/link/{secret}"), &form, b"password=sesame".to_vec()).await;
    assert_eq!(opened.status, 200);
    assert_eq!(stranger.post(&path, &json!({ "password": "sesame" })).await.status, 410, "wrong tries are no uses");
    let (secret, _) = made(&mut anna, &id, &json!({ "password": "sesame" })).await;
    let path = format!("/api/v1/links/{secret}");
    for _ in 0..10 {
        assert_eq!(stranger.post(&path, &json!({ "password": "Sesame" })).await.status, 401);
    }
    assert_eq!(stranger.post(&path, &json!({ "password": "sesame" })).await.status, 429);
}

async fn links_are_made_and_seen_by_editors_alone(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Creator).await;
    for (visibility, others) in [(Visibility::Public, 403), (Visibility::Restricted, 404)] {
        let id = house.title("anna", "One", visibility).await;
        let (_, link) = made(&mut anna, &id, &json!({})).await;
        let place = format!("/api/v1/titles/{id}/links");
        let one = format!("{place}/{}", link["id"].as_str().unwrap());
        let mut stranger = house.stranger();
        for (client, status) in [(&mut stranger, 401), (&mut berta, others)] {
            assert_eq!(client.post(&place, &json!({})).await.status, status);
            assert_eq!(client.get(&place).await.status, status);
            assert_eq!(client.delete(&one).await.status, status);
        }
    }
}
