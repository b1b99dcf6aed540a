//! Invitations.

use config::settings::SignUp;
use serde_json::json;
use studio::model::Role;

use crate::support::House;

on_both!(
    an_invitation_is_good_once_for_seven_days,
    nobody_invites_above_themselves,
    an_invitation_ends_with_its_makers_right,
);

fn secret(url: &str) -> &str {
    url.strip_prefix("/sign-up?invitation=").unwrap()
}

async fn an_invitation_is_good_once_for_seven_days(house: House) {
    let mut mia = house.member("mia", Role::Moderator).await;
    let invite = json!({ "role": "moderator", "email": "New@Example.com" });
    let made = mia.post("/api/v1/invitations", &invite).await;
    assert_eq!((made.status, made.json()["maker"].as_str()), (201, Some("mia")), "{made:?}");
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let listed = mia.get("/api/v1/invitations").await;
    assert_eq!(listed.json()["items"][0]["email"], "new@example.com");
    assert!(!listed.text().contains(secret(&url)), "the secret is shown once");
    let join =
        |name: &str, url: &str| json!({ "name": name, "password": "correct horse battery", "invitation": secret(url) });
    let mut new = house.stranger();
    let joined = new.post("/api/v1/accounts", &join("nora", &url)).await;
    assert_eq!((joined.status, joined.json()["role"].as_str()), (201, Some("moderator")), "{joined:?}");
    assert_eq!(joined.json()["email"], "new@example.com");
    assert_eq!(new.post("/api/v1/accounts", &join("otto", &url)).await.status, 404, "used");
    for taken_back in [true, false] {
        let made = mia.post("/api/v1/invitations", &json!({ "role": "viewer" })).await.json();
        if taken_back {
            let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
            assert_eq!((mia.delete(&path).await.status, mia.delete(&path).await.status), (204, 404));
        } else {
            house.pass(7 * 86_400);
        }
        assert_eq!(new.post("/api/v1/accounts", &join("otto", made["url"].as_str().unwrap())).await.status, 404);
    }
    assert_eq!(mia.get("/api/v1/invitations").await.json()["items"], json!([]));
}

async fn nobody_invites_above_themselves(house: House) {
    let mut mia = house.member("mia", Role::Moderator).await;
    let mut carl = house.member("carl", Role::Creator).await;
    assert_eq!(mia.post("/api/v1/invitations", &json!({ "role": "administrator" })).await.status, 403);
    assert_eq!(carl.post("/api/v1/invitations", &json!({ "role": "viewer" })).await.status, 403);
    assert_eq!(carl.get("/api/v1/invitations").await.status, 403);
    let made = mia.post("/api/v1/invitations", &json!({ "role": "viewer" })).await.json();
    let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
    let mut other = house.member("max", Role::Moderator).await;
    assert_eq!(other.delete(&path).await.status, 404, "another's");
    assert_eq!(other.get("/api/v1/invitations").await.json()["items"], json!([]));
    let mut admin = house.member("ada", Role::Administrator).await;
    assert_eq!(admin.delete(&path).await.status, 204);
}

async fn an_invitation_ends_with_its_makers_right(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    for (name, change, of_a_viewer) in [
        ("otto", json!({ "role": "viewer" }), 201),
        ("max", json!({ "role": "moderator" }), 201),
        ("ida", json!({ "state": "disabled" }), 404),
    ] {
        let mut maker = house.member(name, Role::Administrator).await;
        let mut invite = async |role: &str| {
            let made = maker.post("/api/v1/invitations", &json!({ "role": role })).await.json();
            made["url"].as_str().unwrap().to_owned()
        };
        let (high, low) = (invite("administrator").await, invite("viewer").await);
        assert_eq!(ada.patch(&format!("/api/v1/accounts/{name}"), &change).await.status, 200);
        for (who, url, status) in [("high", high, 404), ("low", low, of_a_viewer)] {
            let (new, secret) = (format!("{who}_{name}"), secret(&url));
            let new = json!({ "name": new, "password": "correct horse battery", "invitation": secret });
            let joined = house.stranger().post("/api/v1/accounts", &new).await;
            assert_eq!(joined.status, status, "{name} {change} {who}: {joined:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_sign_up_is_a_setting() {
    let new = json!({ "name": "anna", "password": "correct horse battery" });
    for (setting, status) in [(SignUp::Invitation, 403), (SignUp::Closed, 403), (SignUp::Approval, 201)] {
        let house = House::with(|settings| settings.sign_up = setting).await;
        let made = house.stranger().post("/api/v1/accounts", &new).await;
        assert_eq!(made.status, status, "{setting:?}: {made:?}");
        let mut admin = house.member("ada", Role::Administrator).await;
        let invited = admin.post("/api/v1/invitations", &json!({ "role": "viewer" })).await;
        assert_eq!(invited.status, if setting == SignUp::Closed { 403 } else { 201 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_lets_in_who_waits() {
    let house = House::with(|settings| settings.sign_up = SignUp::Approval).await;
    let mut anna = house.stranger();
    let new = json!({ "name": "anna", "password": "correct horse battery" });
    assert_eq!(anna.post("/api/v1/accounts", &new).await.json()["state"], "pending");
    assert_eq!(anna.post("/api/v1/session", &new).await.status, 403);
    let mut admin = house.member("ada", Role::Administrator).await;
    let waiting = admin.get("/api/v1/accounts?state=pending").await.json();
    assert_eq!(waiting["items"][0]["name"], "anna");
    let let_in = admin.patch("/api/v1/accounts/anna", &json!({ "state": "active" })).await;
    assert_eq!((let_in.status, let_in.json()["state"].as_str()), (200, Some("active")));
    assert_eq!(anna.post("/api/v1/session", &new).await.status, 200);
}
