//! A provider that lies, and people who try to come in by another's way.

use serde_json::json;
use studio::model::Role;

use super::liar::{Liar, Lie};
use super::{HERE, come_back, parameter, provide, set_out};
use crate::people::entry::second_factor;
use crate::support::{Answer, Client, House};

on_both!(
    a_token_that_lies_lets_nobody_in,
    a_mail_address_joins_no_accounts,
    the_way_back_is_the_browsers_own,
    a_page_leads_there_and_back,
    a_second_factor_is_asked_for_whoever_knows_one,
    a_provider_is_asked_once_an_hour_and_again_for_new_keys,
);

/// Goes to the liar, and gives the address that leads back.
async fn visited(liar: &Liar, client: &mut Client, id: &str, lie: Lie) -> String {
    let page = set_out(client, id).await;
    assert_eq!(parameter(&page, "code_challenge_method"), "S256");
    let mut told = liar.told.lock().unwrap();
    told.lie = lie;
    (told.nonce, told.challenge) = (parameter(&page, "nonce"), parameter(&page, "code_challenge"));
    format!("{HERE}/api/v1/oidc/{id}/callback?code=c&state={}", parameter(&page, "state"))
}

async fn tried(liar: &Liar, house: &House, lie: Lie) -> (Client, Answer) {
    let mut browser = house.stranger();
    let back = visited(liar, &mut browser, "liar", lie).await;
    let answer = come_back(&mut browser, &back).await;
    (browser, answer)
}

async fn a_token_that_lies_lets_nobody_in(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    for lie in [
        Lie::Issuer,
        Lie::Audience,
        Lie::OtherAudience,
        Lie::Nonce,
        Lie::NoNonce,
        Lie::AlgNone,
        Lie::HmacWithPublicKey,
        Lie::HmacWithSecret,
        Lie::OtherKey,
        Lie::Expired,
    ] {
        house.pass(60);
        let (mut browser, answer) = tried(&liar, &house, lie).await;
        assert_eq!(answer.status, 502, "{lie:?}: {answer:?}");
        assert_eq!(browser.get("/api/v1/me").await.status, 401, "{lie:?}");
    }
    house.pass(60);
    let (mut browser, answer) = tried(&liar, &house, Lie::None).await;
    assert_eq!(answer.status, 303, "the truth: {answer:?}");
    assert_eq!(browser.get("/api/v1/me").await.json()["name"], "anna");
    house.pass(3600);
    for lie in [Lie::IssuerOfDocument, Lie::Redirect] {
        liar.told.lock().unwrap().lie = lie;
        assert_eq!(house.stranger().post("/api/v1/oidc/liar", &json!({})).await.status, 502, "{lie:?}");
    }
    assert_eq!(house.stranger().post("/api/v1/oidc/nowhere", &json!({})).await.status, 404);
}

async fn a_mail_address_joins_no_accounts(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    let mut anna = house.member("anna", Role::Administrator).await;
    let address = json!({ "email": "anna@example.com", "password": "correct horse battery" });
    assert_eq!(anna.with_json(http::Method::PUT, "/api/v1/me/email", &[], &address).await.status, 202);
    liar.told.lock().unwrap().email = "anna@example.com".into();
    let (mut browser, answer) = tried(&liar, &house, Lie::None).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let me = browser.get("/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["email"], &me["role"]), (&json!("anna-2"), &json!(null), &json!("creator")));
    assert_eq!(browser.post("/api/v1/me/deletion", &json!({})).await.status, 202);
    house.studio.tidy().await.unwrap();
    // Who is signed in, and proves it, joins it.
    let wrong = anna.post("/api/v1/me/identities/liar", &json!({ "password": "wrong" })).await;
    assert_eq!(wrong.status, 403);
    let begun = anna.post("/api/v1/me/identities/liar", &json!({ "password": "correct horse battery" })).await.json();
    let page = begun["url"].as_str().unwrap();
    {
        let mut told = liar.told.lock().unwrap();
        (told.nonce, told.challenge) = (parameter(page, "nonce"), parameter(page, "code_challenge"));
    }
    let back = format!("{HERE}/api/v1/oidc/liar/callback?code=c&state={}", parameter(page, "state"));
    assert_eq!(come_back(&mut anna, &back).await.header("location"), "/settings");
    let (mut browser, _) = tried(&liar, &house, Lie::None).await;
    assert_eq!(browser.get("/api/v1/me").await.json()["role"], "administrator");
    let place = format!("/api/v1/me/identities?issuer={}&subject=u-1", liar.issuer);
    assert_eq!((anna.delete(&place).await.status, anna.delete(&place).await.status), (204, 404));
}

async fn the_way_back_is_the_browsers_own(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    provide(&mut house, "other", &liar.issuer).await;
    let mut browser = house.stranger();
    let back = visited(&liar, &mut browser, "liar", Lie::None).await;
    assert_eq!(come_back(&mut house.stranger(), &back).await.status, 400, "another browser");
    for (what, changed) in [
        ("another state", back.replace("state=", "state=x")),
        ("no code", back.replace("code=c", "error=access_denied")),
        ("another provider", back.replace("/liar/", "/other/")),
        ("another issuer", format!("{back}&iss=http://127.0.0.1:1")),
    ] {
        assert_eq!(come_back(&mut browser.clone(), &changed).await.status, 400, "{what}");
    }
    let mut late = browser.clone();
    house.pass(601);
    assert_eq!(come_back(&mut late, &back).await.status, 400, "too late");
    house.pass(-300);
    assert_eq!(come_back(&mut browser, &format!("{back}&iss={}", liar.issuer)).await.status, 303);
}

async fn a_page_leads_there_and_back(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    let mut browser = house.stranger();
    let page = browser.get("/sign-in?next=/upload").await.text();
    let link = page.split('"').find(|text| text.starts_with("/sign-in/with/")).unwrap().to_owned();
    assert_eq!(link, "/sign-in/with/liar?next=%2Fupload");
    let away = browser.get(&link).await;
    assert_eq!(away.status, 303, "{away:?}");
    let there = away.header("location").to_owned();
    assert!(there.starts_with(&liar.issuer), "{there}");
    {
        let mut told = liar.told.lock().unwrap();
        told.lie = Lie::None;
        (told.nonce, told.challenge) = (parameter(&there, "nonce"), parameter(&there, "code_challenge"));
    }
    let back = format!("{HERE}/api/v1/oidc/liar/callback?code=c&state={}", parameter(&there, "state"));
    let answer = come_back(&mut browser, &back).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/upload"), "{answer:?}");
    assert_eq!(browser.get("/sign-in/with/nowhere").await.status, 404);
}

async fn a_second_factor_is_asked_for_whoever_knows_one(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    let mut anna = house.member("anna", Role::Viewer).await;
    let begun = anna.post("/api/v1/me/identities/liar", &json!({ "password": "correct horse battery" })).await.json();
    let page = begun["url"].as_str().unwrap();
    {
        let mut told = liar.told.lock().unwrap();
        (told.nonce, told.challenge) = (parameter(page, "nonce"), parameter(page, "code_challenge"));
    }
    let back = format!("{HERE}/api/v1/oidc/liar/callback?code=c&state={}", parameter(page, "state"));
    assert_eq!(come_back(&mut anna, &back).await.status, 303);
    let (_, codes) = second_factor::set_up(&mut anna).await;
    let (mut browser, answer) = tried(&liar, &house, Lie::None).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in/code"), "{answer:?}");
    assert_eq!(browser.get("/api/v1/me").await.status, 401, "not yet");
    assert!(browser.get("/sign-in/code").await.text().contains("name=\"totp\""));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let typed = async |browser: &mut Client, code: &str| {
        let body = format!("totp={code}").into_bytes();
        browser.send(http::Method::POST, "/sign-in/code", &form, body).await
    };
    let mut late = browser.clone();
    assert_eq!(typed(&mut browser, "000000").await.status, 401);
    assert_eq!(typed(&mut house.stranger(), &codes[0]).await.status, 400, "another browser");
    let answer = typed(&mut browser, &codes[0]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/playlists"), "{answer:?}");
    assert_eq!(browser.get("/api/v1/me").await.json()["name"], "anna");
    let by_api = |code: &str| json!({ "totp": code });
    assert_eq!(late.clone().post("/api/v1/session/code", &by_api(&codes[0])).await.status, 401, "a code counts once");
    let answer = late.clone().post("/api/v1/session/code", &by_api(&codes[1])).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "next": "/playlists" })));
    house.pass(601);
    assert_eq!(late.post("/api/v1/session/code", &by_api(&codes[2])).await.status, 400, "too late");
}

async fn a_provider_is_asked_once_an_hour_and_again_for_new_keys(mut house: House) {
    let liar = Liar::new();
    provide(&mut house, "liar", &liar.issuer).await;
    let asked = || liar.told.lock().unwrap().asked;
    for _ in 0..3 {
        assert_eq!(tried(&liar, &house, Lie::None).await.1.status, 303);
    }
    assert_eq!(asked(), 1);
    house.pass(3600);
    assert_eq!((tried(&liar, &house, Lie::None).await.1.status, asked()), (303, 2));
    assert_eq!((tried(&liar, &house, Lie::Rotated).await.1.status, asked()), (502, 2), "it was asked just now");
    house.pass(60);
    assert_eq!((tried(&liar, &house, Lie::Rotated).await.1.status, asked()), (303, 3), "its keys are others by now");
    for _ in 0..3 {
        assert_eq!((tried(&liar, &house, Lie::OtherKey).await.1.status, asked()), (502, 3), "lies make no flood");
    }
}
