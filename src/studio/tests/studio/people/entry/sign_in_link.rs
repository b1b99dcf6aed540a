//! A link that signs in: looked at as often as one likes, good once, and over soon.

use studio::model::Role;
use studio::people::entry::sign_in_link::{self, GOOD_FOR};
use studio::people::trail::Actor;

use crate::support::House;

on_both!(a_link_signs_in_once, a_link_is_over_soon_and_ended_by_the_next);

async fn link(house: &House) -> String {
    sign_in_link::make(house.studio.app(), &Actor::program(), &"anna".parse().unwrap()).await.unwrap()
}

async fn a_link_signs_in_once(house: House) {
    house.member("anna", Role::Creator).await;
    let (path, mut anna) = (link(&house).await, house.stranger());
    for _ in 0..2 {
        let shown = anna.get(&path).await;
        assert!(shown.status == 200 && shown.text().contains("<button"), "{shown:?}");
    }
    assert_eq!(anna.get("/api/v1/me").await.status, 401, "looking is not signing in");
    let begun = anna.post(&path, &serde_json::Value::Null).await;
    assert_eq!((begun.status, begun.header("location")), (303, "/"));
    assert_eq!(anna.get("/api/v1/me").await.json()["name"], "anna");
    assert_eq!(house.stranger().post(&path, &serde_json::Value::Null).await.status, 404, "used");
}

async fn a_link_is_over_soon_and_ended_by_the_next(house: House) {
    house.member("anna", Role::Creator).await;
    let (old, new) = (link(&house).await, link(&house).await);
    let mut anna = house.stranger();
    assert_eq!(anna.post(&old, &serde_json::Value::Null).await.status, 404, "the next one ended it");
    house.pass(GOOD_FOR);
    assert_eq!(anna.post(&new, &serde_json::Value::Null).await.status, 404, "over");
    assert_eq!(anna.post("/sign-in/link", &serde_json::Value::Null).await.status, 404, "no secret");
}
