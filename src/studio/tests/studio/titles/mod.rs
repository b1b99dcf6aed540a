//! Titles as people change, list and delete them.

pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod states;
mod tracks;

use std::fs;

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::model::{Role, TitleState};
use studio::titles::progress::sync::{Seen, look};

use crate::support::{Client, House};

on_both!(
    deleting_one_title_leaves_the_files_of_another,
    a_title_is_shown_as_the_contract_says,
    a_change_of_what_was_changed_meanwhile_is_refused,
    many_are_changed_at_once_or_none,
    what_breaks_a_rule_changes_nothing,
    lists_are_filtered_sorted_and_cut_into_pages,
    a_deletion_can_be_undone_for_a_week,
    views_count_once_an_hour,
);

fn path(id: &str) -> String {
    format!("/api/v1/titles/{id}")
}

async fn a_title_is_shown_as_the_contract_says(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.member("berta", Role::Viewer).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let edit = json!({
        "name": "Ünïcödé <b>", "description": "*Hi*", "tags": ["#B", "a", "b"], "category": "Nature", "language": "de",
        "licence": "CC BY 4.0", "shared_with": ["Berta"], "sites": ["https://Example.com/"],
    });
    let answer = anna.patch(&path(&id), &edit).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"2\""), "{answer:?}");
    let expected = json!({
        "id": id, "name": "Ünïcödé <b>", "description": "*Hi*", "tags": ["b", "a"], "category": "Nature",
        "language": "de", "licence": "CC BY 4.0", "owner": "anna", "visibility": "public", "shared_with": ["berta"],
        "shared_with_groups": [], "sites": ["https://example.com"], "state": "published", "reason": "", "duration": 12.5,
        "created": "2026-09-21T14:13:20Z", "published": "2026-09-21T14:13:20Z", "views": 0, "likes": 0, "liked": false,
        "room": null, "editable": true, "downloadable": false,
        "playback": {
            "hls": format!("/vod/uploads/{id}/index.m3u8"), "dash": format!("/vod/uploads/{id}/manifest.mpd"),
            "poster": format!("/vod/uploads/{id}/0123/poster.jpg"), "expires": null,
        },
    });
    assert_eq!(answer.json(), expected);
    let seen = house.stranger().get(&path(&id)).await.json();
    assert_eq!((&seen["shared_with"], &seen["editable"]), (&json!([]), &json!(false)));
    let waiting = house.title_in("anna", "Two", Visibility::Public, TitleState::Waiting).await;
    let waiting = anna.get(&path(&waiting)).await.json();
    assert_eq!((&waiting["state"], &waiting["playback"]), (&json!("waiting"), &Value::Null));
}

async fn a_change_of_what_was_changed_meanwhile_is_refused(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let tag = anna.get(&path(&id)).await.header("etag").to_owned();
    let mut change = async |name: &str| {
        anna.with_json(Method::PATCH, &path(&id), &[("if-match", &tag)], &json!({ "name": name })).await
    };
    assert_eq!(change("Two").await.status, 200);
    let stale = change("Three").await;
    assert_eq!((stale.status, stale.json()["type"].as_str()), (412, Some("/problems/changed-meanwhile")));
    assert_eq!(anna.get(&path(&id)).await.json()["name"], "Two");
}

async fn many_are_changed_at_once_or_none(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.member("berta", Role::Creator).await;
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        ids.push(house.title("anna", name, Visibility::Public).await);
    }
    house.tag(&ids[0], &["old"]).await;
    let change = json!({ "add_tags": ["new"], "visibility": "unlisted" });
    let answer = anna.patch("/api/v1/titles", &json!({ "ids": ids, "change": change })).await;
    assert_eq!((answer.status, answer.json()["items"].as_array().unwrap().len()), (200, 2), "{answer:?}");
    assert_eq!(anna.get(&path(&ids[0])).await.json()["tags"], json!(["old", "new"]));
    assert_eq!(house.record(&ids[1]).visibility, Visibility::Unlisted);
    for (visibility, status) in [(Visibility::Public, 403), (Visibility::Restricted, 404)] {
        let all = [ids.clone(), vec![house.title("berta", "Hers", visibility).await]].concat();
        let refused = anna.patch("/api/v1/titles", &json!({ "ids": all, "change": { "name": "Mine" } })).await;
        assert_eq!(refused.status, status);
        assert_eq!(anna.get(&path(&ids[0])).await.json()["name"], "One");
    }
}

async fn what_breaks_a_rule_changes_nothing(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    for (field, value) in [
        ("name", json!(" ")),
        ("name", json!("a\u{0}")),
        ("description", json!("x".repeat(10_001))),
        ("tags", json!(["a,b"])),
        ("language", json!("_")),
        ("shared_with", json!(["nobody"])),
        ("shared_with_groups", json!(["0123456789abcdef"])),
        ("sites", json!(["https://a.example; script-src *"])),
    ] {
        let refused = anna.patch(&path(&id), &json!({ "category": "Lost", field: value })).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{refused:?}");
    }
    for bad in [json!({ "owner": "berta" }), json!({ "views": 9 }), json!({ "visibility": "secret" }), json!([1])] {
        assert_eq!(anna.patch(&path(&id), &bad).await.status, 400, "{bad}");
    }
    assert_eq!(anna.get(&path(&id)).await.json()["category"], "");
    for bad in ["x", "0123456789abcde", "..%2f..%2fetc", "%00", "0123456789ABCDEF"] {
        assert_eq!(anna.get(&path(bad)).await.status, 404, "{bad}");
    }
}

async fn names(client: &mut Client, query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = client.get(&format!("/api/v1/titles?limit=2{query}{cursor}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

async fn lists_are_filtered_sorted_and_cut_into_pages(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Creator).await;
    let mut ids = Vec::new();
    for name in ["écru", "Apple", "zoo", "Delta", "beta"] {
        ids.push(house.title("anna", name, Visibility::Public).await);
    }
    let hers = house.title("berta", "Hers", Visibility::Restricted).await;
    house.title_in("anna", "Broken", Visibility::Public, TitleState::Failed).await;
    house.tag(&ids[1], &["fruit"]).await;
    let mut stranger = house.stranger();
    assert_eq!(names(&mut stranger, "").await, ["beta", "Delta", "zoo", "Apple", "écru"]);
    assert_eq!(names(&mut stranger, "&sort=name").await, ["Apple", "beta", "Delta", "écru", "zoo"]);
    assert_eq!(names(&mut stranger, "&tag=Fruit").await, ["Apple"]);
    stranger.post(&format!("{}/views", path(&ids[2])), &Value::Null).await;
    assert_eq!(names(&mut stranger, "&sort=watched").await[0], "zoo");
    assert_eq!(names(&mut stranger, "&owner=berta").await, [""; 0]);
    assert_eq!(names(&mut stranger, "&owner=nobody").await, [""; 0]);
    assert_eq!(names(&mut anna, "&state=failed").await, ["Broken"]);
    assert_eq!(names(&mut berta, "&state=failed").await, [""; 0]);
    assert_eq!(names(&mut anna, "&shared=me").await, [""; 0]);
    assert_eq!(berta.patch(&path(&hers), &json!({ "shared_with": ["anna"] })).await.status, 200);
    assert_eq!(names(&mut anna, "&shared=me").await, ["Hers"]);
    let first = stranger.get("/api/v1/titles?limit=1").await.json();
    for (query, status) in [
        ("limit=0", 400),
        ("cursor=x", 400),
        ("x=1", 400),
        ("shared=berta", 400),
        (&format!("sort=name&cursor={}", first["next"].as_str().unwrap()), 400),
        ("shared=me", 401),
        ("scope=deleted", 401),
    ] {
        assert_eq!(stranger.get(&format!("/api/v1/titles?{query}")).await.status, status, "{query}");
    }
    assert_eq!(anna.get("/api/v1/titles?scope=all").await.status, 403);
    let mut moderator = house.member("moderator1", Role::Moderator).await;
    assert_eq!(names(&mut moderator, "&scope=all&state=failed").await, ["Broken"]);
}

async fn a_deletion_can_be_undone_for_a_week(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    assert_eq!(anna.delete(&path(&id)).await.status, 204);
    let record = house.record(&id);
    assert_eq!((record.visibility, record.epoch), (Visibility::Restricted, 1), "whoever watches is stopped");
    assert_eq!(names(&mut anna, "&scope=deleted").await, ["One"]);
    assert_eq!(anna.post(&format!("{}/restore", path(&id)), &Value::Null).await.status, 200);
    assert_eq!(house.record(&id).visibility, Visibility::Public);
    assert_eq!(anna.delete(&path(&id)).await.status, 204);
    let source = house.folder().join("ingest/uploads");
    std::fs::create_dir_all(&source).unwrap();
    for file in [format!("{id}.mp4"), format!("{id}.en.vtt"), "other.mp4".into()] {
        std::fs::write(source.join(file), "x").unwrap();
    }
    house.studio.tidy().await.unwrap();
    assert!(source.join(format!("{id}.mp4")).exists());
    house.pass(8 * 86_400);
    assert_eq!(anna.post(&format!("{}/restore", path(&id)), &Value::Null).await.status, 404);
    house.studio.tidy().await.unwrap();
    assert_eq!(names(&mut anna, "&scope=deleted").await, [""; 0]);
    assert_eq!(*house.packager.wishes.lock().unwrap(), [format!("remove uploads/{id}")]);
    let left: Vec<_> = std::fs::read_dir(&source).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["other.mp4"]);
}

async fn views_count_once_an_hour(house: House) {
    let (mut anna, mut stranger) = (house.member("anna", Role::Creator).await, house.stranger());
    let id = house.title("anna", "One", Visibility::Public).await;
    for _ in 0..3 {
        for client in [&mut anna, &mut stranger] {
            assert_eq!(client.post(&format!("{}/views", path(&id)), &Value::Null).await.status, 204);
        }
    }
    assert_eq!(stranger.get(&path(&id)).await.json()["views"], 2);
}

async fn deleting_one_title_leaves_the_files_of_another(house: House) {
    let mut boss = house.member("boss", Role::Administrator).await;
    let ingest = house.folder().join("ingest");
    let own = ["a.mp4", "a.jpg", "a.en.vtt"];
    let others = ["a.b.mp4", "a.b.en.vtt", "ab.mp4"];
    for name in own.iter().chain(&others) {
        fs::write(ingest.join(name), "x").unwrap();
    }
    let note = states::note(&house, "a", "a.mp4", TitleState::Published);
    house.packager.say(vec![note]);
    look(house.studio.app(), &mut Seen::default()).await.unwrap();
    let id = boss.get("/api/v1/titles?scope=all").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(boss.delete(&format!("/api/v1/titles/{id}")).await.status, 204);
    house.pass(8 * 86_400);
    house.studio.tidy().await.unwrap();
    let left = |names: &[&str]| names.iter().filter(|name| ingest.join(name).exists()).count();
    assert_eq!((left(&own), left(&others)), (0, 3));
}
