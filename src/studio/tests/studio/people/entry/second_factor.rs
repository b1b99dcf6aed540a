//! The second factor.

use std::sync::atomic::{AtomicI64, Ordering};

use http::Method;
use serde_json::{Value, json};
use studio::model::Role;
use totp_rs::{Builder, Secret};

use crate::support::{Answer, Client, House};

on_both!(
    a_code_is_needed_and_counts_once,
    recovery_codes_count_once,
    a_factor_is_taken_off_with_the_password_alone,
    wrong_codes_are_counted,
);

const PASSWORD: &str = "correct horse battery";

/// Codes of a device, whose clock runs with the house's.
pub(in crate::people) struct Device {
    secret: Secret,
    now: AtomicI64,
}

impl Device {
    /// The code of `steps` steps from now.
    fn code(&self, steps: i64) -> String {
        let totp = Builder::new().with_secret(self.secret.as_bytes().to_vec()).build().unwrap();
        totp.generate(u64::try_from(self.now.load(Ordering::Relaxed) + steps * 30).unwrap()).to_string()
    }

    fn pass(&self, house: &House, seconds: i64) {
        house.pass(seconds);
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// Sets a second factor up for `client`; gives the device and the recovery codes.
pub(in crate::people) async fn set_up(client: &mut Client) -> (Device, Vec<String>) {
    let begun = client.post("/api/v1/me/totp", &json!({ "password": PASSWORD })).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let begun = begun.json();
    let (uri, qr) = (begun["uri"].as_str().unwrap(), begun["qr"].as_str().unwrap());
    assert!(uri.starts_with("otpauth://totp/pack%20studio:anna?secret="), "{uri}");
    assert!(qr.contains("<svg") && !qr.contains("<script"), "{qr}");
    let secret = Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
    let device = Device { secret, now: AtomicI64::new(1_790_000_000) };
    assert_eq!(confirm(client, "000000").await.status, 400);
    let confirmed = confirm(client, &device.code(0)).await;
    let codes: Vec<String> = serde_json::from_value(confirmed.json()["recovery_codes"].clone()).unwrap();
    assert_eq!((confirmed.status, codes.len()), (200, 10), "{confirmed:?}");
    (device, codes)
}

async fn confirm(client: &mut Client, code: &str) -> Answer {
    client.with_json(Method::PUT, "/api/v1/me/totp", &[], &json!({ "code": code })).await
}

async fn signed_in(house: &House, code: Value) -> Answer {
    let shown = json!({ "name": "anna", "password": PASSWORD, "totp": code });
    house.stranger().post("/api/v1/session", &shown).await
}

async fn a_code_is_needed_and_counts_once(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let (device, _) = set_up(&mut anna).await;
    let asked = signed_in(&house, json!(null)).await;
    assert_eq!((asked.status, asked.json()["type"].as_str()), (401, Some("/problems/totp-required")), "{asked:?}");
    let wrong = json!({ "name": "anna", "password": "correct horse batterx", "totp": device.code(1) });
    let wrong = house.stranger().post("/api/v1/session", &wrong).await;
    assert_eq!(wrong.json()["type"], "/problems/unauthorized", "a wrong password tells nothing of the factor");
    assert_eq!(signed_in(&house, json!(device.code(0))).await.status, 401, "it was used to set up");
    device.pass(&house, 90);
    assert_eq!(signed_in(&house, json!(device.code(-2))).await.status, 401, "two steps late");
    assert_eq!(signed_in(&house, json!(device.code(2))).await.status, 401, "two steps early");
    device.pass(&house, 90);
    assert_eq!(signed_in(&house, json!(device.code(-1))).await.status, 200, "one step late");
    let spaced = format!("{} ", device.code(1));
    assert_eq!(signed_in(&house, json!(spaced)).await.status, 200, "one step early");
    let again = signed_in(&house, json!(device.code(1))).await;
    assert_eq!((again.status, again.json()["type"].as_str()), (401, Some("/problems/totp-wrong")));
    assert_eq!(signed_in(&house, json!(device.code(0))).await.status, 401, "it is older than one that was used");
    device.pass(&house, 60);
    let code = device.code(0);
    let both = tokio::join!(signed_in(&house, json!(code)), signed_in(&house, json!(code)));
    let both = [both.0.status, both.1.status];
    assert!(both.contains(&200) && both.contains(&401), "{both:?}");
}

async fn recovery_codes_count_once(mut house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let (_, codes) = set_up(&mut anna).await;
    assert_eq!(signed_in(&house, json!(codes[3].to_uppercase())).await.status, 200);
    assert_eq!(signed_in(&house, json!(codes[3])).await.status, 401, "used");
    let renewed = anna.post("/api/v1/me/totp/codes", &json!({ "password": PASSWORD })).await.json();
    assert_eq!(signed_in(&house, json!(codes[4])).await.status, 401, "ended");
    assert_eq!(signed_in(&house, renewed["recovery_codes"][0].clone()).await.status, 200);
    let other = tempfile::TempDir::new().unwrap();
    studio::store::vault::Vault::open(other.path()).unwrap();
    let key = house.folder().join("state/studio.key");
    std::fs::copy(other.path().join("studio.key"), &key).unwrap();
    house.restart(|_| ()).await;
    assert_eq!(signed_in(&house, renewed["recovery_codes"][1].clone()).await.status, 200, "the key is lost");
}

async fn a_factor_is_taken_off_with_the_password_alone(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    set_up(&mut anna).await;
    assert_eq!(anna.post("/api/v1/me/totp", &json!({ "password": PASSWORD })).await.status, 409, "there is one");
    let wrong = anna.post("/api/v1/me/totp/removal", &json!({ "password": "no" })).await;
    assert_eq!((wrong.status, wrong.json()["type"].as_str()), (403, Some("/problems/wrong-password")));
    assert_eq!(anna.post("/api/v1/me/totp/removal", &json!({})).await.status, 403);
    let token = anna.post("/api/v1/tokens", &json!({ "name": "t", "scopes": ["write", "admin"] })).await.json();
    let mut program = anna.with_token(token["token"].as_str().unwrap());
    assert_eq!(program.post("/api/v1/me/totp/removal", &json!({ "password": PASSWORD })).await.status, 403);
    assert_eq!(anna.post("/api/v1/me/totp/removal", &json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(signed_in(&house, json!(null)).await.status, 200);
    assert_eq!(anna.post("/api/v1/me/totp/removal", &json!({ "password": PASSWORD })).await.status, 409);
    set_up(&mut anna).await;
    assert_eq!(anna.delete("/api/v1/accounts/anna/totp").await.status, 403);
    let mut ada = house.member("ada", Role::Administrator).await;
    assert_eq!(ada.delete("/api/v1/accounts/anna/totp").await.status, 204, "who has lost all is helped");
    assert_eq!(signed_in(&house, json!(null)).await.status, 200);
}

async fn wrong_codes_are_counted(house: House) {
    let mut anna = house.member("anna", Role::Viewer).await;
    let (device, _) = set_up(&mut anna).await;
    device.pass(&house, 60);
    for _ in 0..5 {
        assert_eq!(signed_in(&house, json!("000000")).await.status, 401);
    }
    let many = signed_in(&house, json!(device.code(0))).await;
    assert_eq!((many.status, many.header("ratelimit-policy")), (429, "\"code\";q=5;w=60"), "{many:?}");
    assert_eq!(anna.get("/api/v1/me").await.status, 200, "whoever is signed in goes on");
}
