//! Mails, and what their links do.

use http::Method;
use serde_json::json;
use studio::model::{Role, Secret};

use crate::support::mailbox::{Mailbox, secret};
use crate::support::{Client, House};

on_both!(
    a_forgotten_password_is_chosen_anew_by_a_link,
    known_and_unknown_addresses_get_the_same_answer,
    an_address_is_confirmed_by_a_link,
    an_invitation_goes_by_mail,
    mails_wait_for_the_server,
    without_mail_an_administrator_hands_links_over,
    a_reset_does_not_pass_the_second_factor,
);

const NEW: &str = "a quite different staple";

/// Anna, with an address.
async fn anna(house: &House) -> Client {
    let anna = house.member("anna", Role::Viewer).await;
    address(house, "anna", "anna@example.com").await;
    anna
}

async fn address(house: &House, name: &str, email: &str) {
    let app = house.studio.app();
    let mut db = app.store.write().await.unwrap();
    let account = studio::store::people::accounts::by_name(&mut db, &name.parse().unwrap()).await.unwrap().unwrap();
    studio::store::people::accounts::set_email(&mut db, &account.id, email).await.unwrap();
    db.commit().await.unwrap();
}

async fn asked(house: &House, email: &str) -> crate::support::Answer {
    house.stranger().post("/api/v1/resets", &json!({ "email": email })).await
}

async fn reset(house: &House, secret: &str, password: &str) -> u16 {
    let body = json!({ "secret": secret, "new_password": password });
    house.stranger().with_json(Method::PUT, "/api/v1/resets", &[], &body).await.status
}

async fn a_forgotten_password_is_chosen_anew_by_a_link(mut house: House) {
    let mailbox = Mailbox::new();
    house.restart(|settings| mailbox.serve(settings)).await;
    let mut anna = anna(&house).await;
    for _ in 0..2 {
        assert_eq!(asked(&house, " Anna@example.com").await.status, 202);
    }
    house.studio.deliver().await.unwrap();
    let mails = mailbox.take("anna@example.com");
    assert_eq!(mails.len(), 2);
    assert!(mails[0].contains("From: Studio <studio@example.com>\n"), "{mails:?}");
    let secrets: Vec<String> = mails.iter().map(|mail| secret(mail, "/reset?secret=")).collect();
    assert!(secrets.iter().all(|secret| secret.len() >= 26), "128 bits in base 32: {secrets:?}");
    let mut statuses = Vec::new();
    let weak = [reset(&house, &secrets[0], "password1234").await, reset(&house, &secrets[1], "password1234").await];
    assert!(weak.contains(&400), "a rule is broken, and the link still good: {weak:?}");
    for secret in &secrets {
        statuses.push(reset(&house, secret, NEW).await);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404], "the last link alone counts");
    assert_eq!(anna.get("/api/v1/me").await.status, 401, "all sessions end");
    let shown = json!({ "name": "anna", "password": NEW });
    assert_eq!(house.stranger().post("/api/v1/session", &shown).await.status, 200);
    house.studio.deliver().await.unwrap();
    assert!(mailbox.only("anna@example.com").contains("was changed"));
    for (seconds, status) in [(1799, 204), (1801, 404)] {
        asked(&house, "anna@example.com").await;
        house.studio.deliver().await.unwrap();
        let link = secret(&mailbox.only("anna@example.com"), "/reset?secret=");
        house.pass(seconds);
        assert_eq!(reset(&house, &link, NEW).await, status, "after {seconds} s");
        house.studio.deliver().await.unwrap();
        mailbox.take("anna@example.com");
    }
}

async fn known_and_unknown_addresses_get_the_same_answer(mut house: House) {
    let mailbox = Mailbox::new();
    house.restart(|settings| mailbox.serve(settings)).await;
    anna(&house).await;
    let (known, unknown) = (asked(&house, "anna@example.com").await, asked(&house, "nobody@example.com").await);
    assert_eq!((known.status, known.text(), known.headers), (unknown.status, unknown.text(), unknown.headers));
    // The same is done for both: a row in the outbox. Who it is for is looked up when it is sent.
    let mut db = house.studio.app().store.read().await.unwrap();
    let due = studio::store::people::outbox::due(&mut db, house.studio.app().now(), 10).await.unwrap();
    assert_eq!(due.len(), 2);
    drop(db);
    // Signing up tells as little: the address is confirmed, or nothing comes.
    for (name, email) in [("berta", "anna@example.com"), ("carla", "carla@example.com")] {
        let new = json!({ "name": name, "email": email, "password": NEW });
        assert_eq!(house.stranger().post("/api/v1/accounts", &new).await.status, 201);
    }
    house.studio.deliver().await.unwrap();
    assert!(mailbox.only("anna@example.com").contains("/reset"), "and no more");
    assert_eq!(mailbox.take("nobody@example.com").len(), 0);
    assert!(mailbox.only("carla@example.com").contains("/confirm"));
    for _ in 0..4 {
        assert_eq!(asked(&house, "anna@example.com").await.status, 202);
    }
    let many = asked(&house, "ANNA@example.com").await;
    assert_eq!((many.status, many.header("ratelimit-policy")), (429, "\"reset\";q=5;w=3600"));
}

async fn an_address_is_confirmed_by_a_link(mut house: House) {
    let mailbox = Mailbox::new();
    house.restart(|settings| mailbox.serve(settings)).await;
    let mut anna = anna(&house).await;
    let change = |email: &str, password: &str| json!({ "email": email, "password": password });
    let path = "/api/v1/me/email";
    let right = "correct horse battery";
    assert_eq!(anna.with_json(Method::PUT, path, &[], &change("new@example.com", "wrong")).await.status, 403);
    assert_eq!(anna.with_json(Method::PUT, path, &[], &change("nowhere", right)).await.status, 400);
    assert_eq!(anna.with_json(Method::PUT, path, &[], &change("new@example.com", right)).await.status, 202);
    assert_eq!(anna.get("/api/v1/me").await.json()["email"], "anna@example.com", "not yet");
    house.studio.deliver().await.unwrap();
    let link = secret(&mailbox.only("new@example.com"), "/confirm?secret=");
    let followed = json!({ "secret": link });
    assert_eq!(house.stranger().post("/api/v1/confirmations", &followed).await.status, 204);
    assert_eq!(house.stranger().post("/api/v1/confirmations", &followed).await.status, 404, "used");
    assert_eq!(anna.get("/api/v1/me").await.json()["email"], "new@example.com");
    house.studio.deliver().await.unwrap();
    assert!(mailbox.only("anna@example.com").contains("no longer this one"), "the address before is told");
}

async fn an_invitation_goes_by_mail(mut house: House) {
    let mailbox = Mailbox::new();
    house.restart(|settings| mailbox.serve(settings)).await;
    let mut mia = house.member("mia", Role::Moderator).await;
    let made = mia.post("/api/v1/invitations", &json!({ "role": "creator", "email": "new@example.com" })).await;
    assert_eq!(made.json()["url"], json!(null), "the mail alone has it: {made:?}");
    house.studio.deliver().await.unwrap();
    let mail = mailbox.only("new@example.com");
    assert!(mail.contains("\nSubject: An invitation from mia\n"), "{mail}");
    let invitation = secret(&mail, "/sign-up?invitation=");
    let joined = json!({ "name": "nora", "password": NEW, "invitation": invitation });
    let joined = house.stranger().post("/api/v1/accounts", &joined).await;
    assert_eq!((joined.status, joined.json()["email"].as_str()), (201, Some("new@example.com")), "{joined:?}");
}

async fn mails_wait_for_the_server(mut house: House) {
    let mut mailbox = Mailbox::away();
    house.restart(|settings| mailbox.serve(settings)).await;
    anna(&house).await;
    asked(&house, "anna@example.com").await;
    house.studio.deliver().await.unwrap();
    mailbox.start();
    house.pass(59);
    house.studio.deliver().await.unwrap();
    assert_eq!(mailbox.take("anna@example.com").len(), 0, "the wait is not over");
    house.restart(|_| ()).await;
    house.pass(1);
    house.studio.deliver().await.unwrap();
    let link = secret(&mailbox.only("anna@example.com"), "/reset?secret=");
    assert_eq!(reset(&house, &link, NEW).await, 204, "kept over a restart");
}

async fn without_mail_an_administrator_hands_links_over(house: House) {
    let mut anna = anna(&house).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    assert_eq!(anna.post("/api/v1/accounts/anna/reset", &json!({})).await.status, 403);
    let started = ada.post("/api/v1/accounts/anna/reset", &json!({})).await;
    let url = started.json()["url"].as_str().unwrap().to_owned();
    let link = url.strip_prefix("/reset?secret=").unwrap();
    assert_eq!(reset(&house, link, NEW).await, 204);
    assert_eq!(reset(&house, Secret::random().unwrap().reveal(), NEW).await, 404);
    assert_eq!(asked(&house, "anna@example.com").await.status, 202, "it tells nothing");
}

async fn a_reset_does_not_pass_the_second_factor(house: House) {
    let mut anna = anna(&house).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    super::entry::second_factor::set_up(&mut anna).await;
    let started = ada.post("/api/v1/accounts/anna/reset", &json!({})).await.json();
    assert_eq!(reset(&house, started["url"].as_str().unwrap().rsplit_once('=').unwrap().1, NEW).await, 204);
    let begun = house.stranger().post("/api/v1/session", &json!({ "name": "anna", "password": NEW })).await;
    assert_eq!((begun.status, begun.json()["type"].as_str()), (401, Some("/problems/totp-required")), "{begun:?}");
}
