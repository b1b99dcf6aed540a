//! Playlists: their order, and what they show to whom.

use std::time::Duration;

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::model::Role;
use studio::store::playlists;

use crate::support::{Client, House};

on_both!(
    an_order_is_put_whole_and_nothing_is_lost,
    a_playlist_never_widens_an_item,
    a_playlist_is_seen_by_its_audience,
    what_is_hidden_keeps_its_place,
    watch_later_is_a_playlist,
    what_was_changed_meanwhile_is_not_deleted,
);

async fn list(client: &mut Client, name: &str, visibility: &str) -> String {
    let made = client.post("/api/v1/playlists", &json!({ "name": name, "visibility": visibility })).await;
    assert_eq!(made.status, 201, "{made:?}");
    format!("/api/v1/playlists/{}", made.json()["id"].as_str().unwrap())
}

/// Names of the items that `client` sees.
async fn items(client: &mut Client, path: &str) -> Vec<String> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    names(&answer.json())
}

fn names(playlist: &Value) -> Vec<String> {
    let items = playlist["items"].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn put(client: &mut Client, path: &str, ids: &[&String]) -> u16 {
    let tag = client.get(path).await.header("etag").to_owned();
    let path = format!("{path}/items");
    client.with_json(Method::PUT, &path, &[("if-match", &tag)], &json!({ "items": ids })).await.status
}

async fn an_order_is_put_whole_and_nothing_is_lost(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    house.member("berta", Role::Creator).await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(house.title("berta", name, Visibility::Public).await);
    }
    let path = list(&mut anna, "Mine", "public").await;
    let [a, b, c] = [&ids[0], &ids[1], &ids[2]];
    assert_eq!(put(&mut anna, &path, &[c, a, b]).await, 200);
    assert_eq!(items(&mut anna, &path).await, ["C", "A", "B"]);
    let order = json!({ "items": [a] });
    let place = format!("{path}/items");
    let missing = anna.with_json(Method::PUT, &place, &[], &order).await;
    assert_eq!((missing.status, missing.json()["type"].as_str()), (428, Some("/problems/if-match-needed")));
    assert_eq!(anna.with_json(Method::PUT, &place, &[("if-match", "\"1\"")], &order).await.status, 412);
    assert_eq!(put(&mut anna, &path, &[a, a]).await, 400);
    assert_eq!(items(&mut anna, &path).await, ["C", "A", "B"]);
    assert_eq!(put(&mut anna, &path, &[b, c]).await, 200);
    let added = anna.post(&place, &json!({ "title": a })).await;
    assert_eq!((added.status, names(&added.json())), (200, vec!["B".into(), "C".into(), "A".into()]));
    assert_eq!(anna.post(&place, &json!({ "title": b })).await.status, 200);
    assert_eq!(anna.delete(&format!("{place}/{c}")).await.status, 204);
    assert_eq!(anna.delete(&format!("{place}/{c}")).await.status, 404);
    assert_eq!(items(&mut anna, &path).await, ["B", "A"]);
    let edited = anna.patch(&path, &json!({ "name": "Ours", "description": "*x*" })).await.json();
    assert_eq!(
        (&edited["name"], &edited["description"], &edited["length"]),
        (&json!("Ours"), &json!("*x*"), &json!(2))
    );
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(anna.get(&path).await.status, 404);
}

async fn a_playlist_never_widens_an_item(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Creator).await;
    let secret = house.title("berta", "Secret", Visibility::Restricted).await;
    let unlisted = house.title("berta", "Unlisted", Visibility::Unlisted).await;
    let path = list(&mut anna, "Mine", "public").await;
    let nothing = "0123456789abcdef".to_owned();
    let place = format!("{path}/items");
    for id in [&secret, &nothing] {
        let refused = anna.post(&place, &json!({ "title": id })).await;
        assert_eq!(refused.status, 404);
        assert_eq!(put(&mut anna, &path, &[id]).await, 404);
    }
    assert_eq!(berta.patch(&format!("/api/v1/titles/{secret}"), &json!({ "shared_with": ["anna"] })).await.status, 200);
    assert_eq!(put(&mut anna, &path, &[&secret, &unlisted]).await, 200);
    assert_eq!(items(&mut anna, &path).await, ["Secret", "Unlisted"]);
    let mut carla = house.member("carla", Role::Viewer).await;
    for other in [&mut house.stranger(), &mut carla] {
        let seen = other.get(&path).await.json();
        assert_eq!((names(&seen), &seen["length"]), (Vec::new(), &json!(0)));
        let all = other.get("/api/v1/playlists").await.json();
        assert_eq!((&all["items"][0]["name"], &all["items"][0]["length"]), (&json!("Mine"), &json!(0)));
    }
    assert_eq!(items(&mut berta, &path).await, ["Secret", "Unlisted"], "they are hers");
}

async fn a_playlist_is_seen_by_its_audience(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut berta = house.member("berta", Role::Viewer).await;
    let mut moderator = house.member("moderator1", Role::Moderator).await;
    let mut stranger = house.stranger();
    for (visibility, strangers, others, is_listed) in
        [("public", 401, 403, true), ("unlisted", 401, 403, false), ("restricted", 401, 404, false)]
    {
        let path = list(&mut anna, visibility, visibility).await;
        let seen = if visibility == "restricted" { 404 } else { 200 };
        assert_eq!((stranger.get(&path).await.status, berta.get(&path).await.status), (seen, seen));
        let change = json!({ "name": "Taken" });
        assert_eq!(stranger.patch(&path, &change).await.status, strangers);
        assert_eq!(stranger.delete(&path).await.status, strangers);
        for answer in [
            berta.patch(&path, &change).await,
            berta.delete(&path).await,
            berta.post(&format!("{path}/items"), &json!({ "title": "0123456789abcdef" })).await,
            berta.delete(&format!("{path}/items/0123456789abcdef")).await,
        ] {
            assert_eq!(answer.status, others, "{answer:?}");
        }
        assert_eq!(
            berta
                .with_json(Method::PUT, &format!("{path}/items"), &[("if-match", "*")], &json!({ "items": [] }))
                .await
                .status,
            others
        );
        for (client, listed) in [(&mut stranger, is_listed), (&mut berta, is_listed), (&mut anna, true)] {
            let all = client.get("/api/v1/playlists?owner=anna").await.json();
            let is_in = all["items"].as_array().unwrap().iter().any(|item| item["name"] == visibility);
            assert_eq!(is_in, listed, "{visibility}");
        }
        assert_eq!(moderator.patch(&path, &json!({ "name": visibility })).await.status, 200);
    }
    assert_eq!(stranger.get("/api/v1/playlists?owner=nobody").await.json()["items"], json!([]));
    let first = anna.get("/api/v1/playlists?limit=2").await.json();
    let next = anna.get(&format!("/api/v1/playlists?limit=2&cursor={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((next["items"].as_array().unwrap().len(), &next["next"]), (1, &Value::Null));
}

async fn what_is_hidden_keeps_its_place(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let mut berta = house.member("berta", Role::Creator).await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(house.title("berta", name, Visibility::Public).await);
    }
    let path = list(&mut anna, "Mine", "restricted").await;
    assert_eq!(put(&mut anna, &path, &ids.iter().collect::<Vec<_>>()).await, 200);
    let title = format!("/api/v1/titles/{}", ids[1]);
    assert_eq!(berta.patch(&title, &json!({ "visibility": "restricted" })).await.status, 200);
    assert_eq!(items(&mut anna, &path).await, ["A", "C"]);
    assert_eq!(put(&mut anna, &path, &[&ids[1], &ids[0]]).await, 404, "it is not there for her");
    assert_eq!(anna.delete(&format!("{path}/items/{}", ids[1])).await.status, 404);
    assert_eq!(put(&mut anna, &path, &[&ids[2], &ids[0]]).await, 200);
    assert_eq!(berta.patch(&title, &json!({ "visibility": "public" })).await.status, 200);
    assert_eq!(items(&mut anna, &path).await, ["C", "B", "A"]);
    assert_eq!(berta.delete(&title).await.status, 204);
    assert_eq!(items(&mut anna, &path).await, ["C", "A"]);
}

async fn watch_later_is_a_playlist(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "A", Visibility::Public).await;
    let path = "/api/v1/playlists/later";
    assert_eq!((anna.get(path).await.status, house.stranger().get(path).await.status), (404, 401));
    let added = anna.post(&format!("{path}/items"), &json!({ "title": id })).await;
    assert_eq!((added.status, &added.json()["kind"]), (200, &json!("later")));
    assert_eq!(items(&mut anna, path).await, ["A"]);
    assert_eq!(anna.patch(path, &json!({ "visibility": "public" })).await.status, 400);
    assert_eq!(house.stranger().get("/api/v1/playlists").await.json()["items"], json!([]));
    assert_eq!(anna.delete(&format!("{path}/items/{id}")).await.status, 204);
    assert_eq!(items(&mut anna, path).await, [""; 0]);
}

async fn what_was_changed_meanwhile_is_not_deleted(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let path = list(&mut anna, "Mine", "restricted").await;
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    // The list is being changed while its deletion is asked for.
    let mut change = house.studio.app().store.write().await.unwrap();
    playlists::edit(&mut change, &id, "Ours", "", Visibility::Restricted).await.unwrap();
    let place = path.clone();
    let deletion = tokio::spawn(async move {
        let deleted = anna.with_json(Method::DELETE, &place, &[("if-match", "\"1\"")], &json!({})).await;
        (deleted.status, anna)
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    change.commit().await.unwrap();
    let (status, mut anna) = deletion.await.unwrap();
    assert_eq!(status, 412);
    assert_eq!(anna.get(&path).await.json()["name"], "Ours");
}
