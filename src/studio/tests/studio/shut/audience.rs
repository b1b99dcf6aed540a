//! Who may watch a title: its row, and the record that the origin goes by.

use config::access::{self, Change, Visibility};
use config::tree::TitleName;
use serde_json::{Value, json};
use studio::model::Role;
use studio::store::titles::access_due;

use crate::support::House;

on_both!(
    what_becomes_narrower_ends_earlier_tokens,
    a_group_that_shrinks_ends_earlier_tokens,
    a_crash_between_record_and_row_is_mended,
    paths_of_a_restricted_title_end,
    who_is_shut_out_holds_no_token,
    an_operator_decides_in_the_row_and_the_record,
);

fn path(id: &str) -> String {
    format!("/api/v1/titles/{id}")
}

async fn what_becomes_narrower_ends_earlier_tokens(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    for name in ["berta", "carla"] {
        house.member(name, Role::Viewer).await;
    }
    let id = house.title("anna", "One", Visibility::Public).await;
    for (change, visibility, epoch) in [
        (json!({ "visibility": "restricted" }), Visibility::Restricted, 1),
        (json!({ "shared_with": ["berta", "carla"] }), Visibility::Restricted, 1),
        (json!({ "name": "Two" }), Visibility::Restricted, 1),
        (json!({ "shared_with": ["carla"] }), Visibility::Restricted, 2),
        (json!({ "visibility": "unlisted" }), Visibility::Unlisted, 2),
        (json!({ "shared_with": [] }), Visibility::Unlisted, 2),
        (json!({ "visibility": "public" }), Visibility::Public, 2),
        (json!({ "visibility": "unlisted" }), Visibility::Unlisted, 3),
        (json!({ "visibility": "restricted" }), Visibility::Restricted, 4),
    ] {
        assert_eq!(anna.patch(&path(&id), &change).await.status, 200);
        let record = house.record(&id);
        assert_eq!((record.visibility, record.epoch), (visibility, epoch), "{change}");
    }
}

async fn a_group_that_shrinks_ends_earlier_tokens(house: House) {
    let (mut anna, mut berta) = (house.member("anna", Role::Creator).await, house.member("berta", Role::Viewer).await);
    let id = house.title("anna", "One", Visibility::Restricted).await;
    let group = anna.post("/api/v1/groups", &json!({ "name": "Friends", "members": ["berta"] })).await.json();
    let place = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
    assert_eq!(group["members"], json!(["berta"]));
    assert_eq!(berta.get(&path(&id)).await.status, 404);
    let share = json!({ "shared_with_groups": [group["id"]] });
    assert_eq!(anna.patch(&path(&id), &share).await.status, 200);
    assert_eq!((berta.get(&path(&id)).await.status, house.record(&id).epoch), (200, 0));
    assert_eq!(anna.patch(&place, &json!({ "members": ["anna", "berta"] })).await.status, 200);
    assert_eq!(house.record(&id).epoch, 0, "nobody lost anything");
    assert_eq!(anna.patch(&place, &json!({ "members": [] })).await.status, 200);
    assert_eq!((berta.get(&path(&id)).await.status, house.record(&id).epoch), (404, 1));
    assert_eq!(anna.patch(&place, &json!({ "members": ["berta"] })).await.status, 200);
    assert_eq!(berta.get(&path(&id)).await.status, 200);
    assert_eq!(anna.delete(&place).await.status, 204);
    assert_eq!((berta.get(&path(&id)).await.status, house.record(&id).epoch), (404, 2));
    // A group is its owner's alone, and shares nobody else's titles.
    let hers = anna.post("/api/v1/groups", &json!({ "name": "Hers" })).await.json()["id"].clone();
    let hers = hers.as_str().unwrap();
    let mut carla = house.member("carla", Role::Creator).await;
    for (answer, status) in [
        (carla.get(&format!("/api/v1/groups/{hers}")).await, 404),
        (carla.patch(&format!("/api/v1/groups/{hers}"), &json!({ "members": ["carla"] })).await, 404),
        (carla.delete(&format!("/api/v1/groups/{hers}")).await, 404),
        (house.stranger().get("/api/v1/groups").await, 401),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let own = house.title("carla", "Own", Visibility::Restricted).await;
    assert_eq!(carla.patch(&path(&own), &json!({ "shared_with_groups": [hers] })).await.status, 400);
}

async fn a_crash_between_record_and_row_is_mended(house: House) {
    house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let operators = house.title("anna", "Two", Visibility::Public).await;
    let narrow = |id: &str| {
        let title = TitleName::parse(&format!("uploads/{id}")).unwrap();
        let change = Change { visibility: Some(Visibility::Restricted), revoke: true };
        access::change(&house.folder().join("library"), &title, Visibility::Restricted, change, 0).unwrap();
    };
    narrow(&id);
    narrow(&operators);
    let mut db = house.studio.app().store.write().await.unwrap();
    access_due::begin(&mut db, &id.parse().unwrap()).await.unwrap();
    db.commit().await.unwrap();
    house.studio.tidy().await.unwrap();
    assert_eq!(house.record(&id).visibility, Visibility::Public, "as its row");
    assert_eq!(house.record(&operators).visibility, Visibility::Restricted, "an operator's wish is not undone");
    let mut db = house.studio.app().store.read().await.unwrap();
    assert_eq!(access_due::all(&mut db).await.unwrap(), []);
}

async fn paths_of_a_restricted_title_end(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Restricted).await;
    let now = house.now().seconds();
    let playback = anna.get(&path(&id)).await.json()["playback"].clone();
    let hls = playback["hls"].as_str().unwrap();
    let token = hls.strip_prefix("/vod/~").and_then(|rest| rest.split_once('/')).unwrap().0;
    assert_eq!(hls, format!("/vod/~{token}/uploads/{id}/index.m3u8"));
    assert_eq!(playback["poster"], format!("/vod/~{token}/uploads/{id}/0123/poster.jpg"));
    let expires: i64 = token.rsplit_once('.').unwrap().1.parse().unwrap();
    assert!((900..=1200).contains(&(expires - now)), "{expires} {now}");
    assert_ne!(playback["expires"], Value::Null);
    let page = anna.get("/api/v1/titles").await.json();
    assert_eq!(page["items"][0]["playback"], playback);
}

async fn who_is_shut_out_holds_no_token(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    for (name, role) in [("berta", Role::Viewer), ("carla", Role::Viewer), ("mia", Role::Moderator)] {
        house.member(name, role).await;
    }
    let mut carla = house.signed_in("carla").await;
    let group = anna.post("/api/v1/groups", &json!({ "name": "Friends", "members": ["carla"] })).await.json();
    let mut ids = Vec::new();
    for share in [json!({ "shared_with": ["berta"] }), json!({ "shared_with_groups": [group["id"]] }), json!({})] {
        let id = house.title("anna", "Secret", Visibility::Restricted).await;
        assert_eq!(anna.patch(&path(&id), &share).await.status, 200);
        ids.push(id);
    }
    ids.push(house.title("anna", "Open", Visibility::Public).await);
    let epochs = || ids.iter().map(|id| house.record(id).epoch).collect::<Vec<_>>();
    let account = |name: &str| format!("/api/v1/accounts/{name}");
    let disable = json!({ "state": "disabled" });
    assert_eq!(ada.patch(&account("berta"), &json!({ "role": "creator" })).await.status, 200);
    assert_eq!(epochs(), [0, 0, 0, 0], "nobody lost anything");
    assert_eq!(ada.patch(&account("berta"), &disable).await.status, 200);
    assert_eq!(epochs(), [1, 0, 0, 0], "what berta was shown");
    assert_eq!(carla.post("/api/v1/me/deletion", &json!({ "password": "correct horse battery" })).await.status, 202);
    assert_eq!(epochs(), [1, 1, 0, 0], "what carla's group was shown");
    assert_eq!(ada.patch(&account("mia"), &json!({ "role": "creator" })).await.status, 200);
    assert_eq!(epochs(), [2, 2, 1, 0], "a moderator sees all");
    assert_eq!(ada.patch(&account("anna"), &disable).await.status, 200);
    assert_eq!(epochs(), [3, 3, 2, 0], "anna's own");
}

async fn an_operator_decides_in_the_row_and_the_record(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let title = TitleName::parse(&format!("uploads/{id}")).unwrap();
    let app = house.studio.app();
    for (visibility, revoke, epoch) in [
        (Visibility::Restricted, false, 1),
        (Visibility::Restricted, true, 2),
        (Visibility::Unlisted, false, 2),
        (Visibility::Public, false, 2),
        (Visibility::Unlisted, false, 3),
    ] {
        assert!(studio::titles::sharing::access::decide(app, &title, visibility, revoke).await.unwrap());
        let record = house.record(&id);
        assert_eq!((record.visibility, record.epoch), (visibility, epoch));
        assert_eq!(anna.get(&path(&id)).await.json()["visibility"], visibility.name());
    }
    let damaged = house.folder().join("library/.pack/access").join(access::RecordId::of(title.as_str()).file_name());
    std::fs::write(&damaged, "{").unwrap();
    assert!(studio::titles::sharing::access::decide(app, &title, Visibility::Public, true).await.unwrap());
    assert_eq!(house.record(&id).visibility, Visibility::Public);
    let other = TitleName::parse("shows/a").unwrap();
    assert!(
        !studio::titles::sharing::access::decide(app, &other, Visibility::Public, false).await.unwrap(),
        "no title of the studio"
    );
}
