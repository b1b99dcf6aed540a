//! The first start, and its link.

use serde_json::{Value, json};

use crate::support::House;

on_both!(the_first_link_makes_the_administrator_once, a_new_first_link_ends_the_one_before);

fn accepted(path: &str, name: &str) -> Value {
    let secret = path.strip_prefix("/welcome?secret=").unwrap();
    json!({ "secret": secret, "name": name, "password": "correct horse battery" })
}

async fn the_first_link_makes_the_administrator_once(house: House) {
    let path = house.studio.first_link().await.unwrap().unwrap();
    let mut anna = house.stranger();
    let wrong = anna.post("/api/v1/welcome", &accepted("/welcome?secret=00000000000000000000000000000000", "x1")).await;
    assert_eq!(wrong.status, 404);
    let weak = json!({ "secret": path.rsplit_once('=').unwrap().1, "name": "admin", "password": "password1234" });
    assert_eq!(anna.post("/api/v1/welcome", &weak).await.status, 400);
    let made = anna.post("/api/v1/welcome", &accepted(&path, "admin")).await;
    assert_eq!((made.status, made.json()["role"].as_str()), (201, Some("administrator")), "{made:?}");
    assert_eq!(anna.post("/api/v1/welcome", &accepted(&path, "other")).await.status, 404, "used");
    assert_eq!(house.studio.first_link().await.unwrap(), None, "there is an administrator");
    let mut admin = house.signed_in("admin").await;
    assert_eq!(admin.get("/api/v1/accounts").await.json()["items"].as_array().unwrap().len(), 1);
}

async fn a_new_first_link_ends_the_one_before(house: House) {
    let old = house.studio.first_link().await.unwrap().unwrap();
    let new = house.studio.first_link().await.unwrap().unwrap();
    let mut anna = house.stranger();
    assert_eq!(anna.post("/api/v1/welcome", &accepted(&old, "anna")).await.status, 404);
    let both =
        tokio::join!(async { house.stranger().post("/api/v1/welcome", &accepted(&new, "anna")).await.status }, async {
            house.stranger().post("/api/v1/welcome", &accepted(&new, "berta")).await.status
        },);
    assert!(both == (201, 404) || both == (404, 201), "{both:?}");
}
