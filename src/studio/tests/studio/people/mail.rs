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
    an_invitation_without_an_address_proves_none,
    another_password_or_address_ends_links,
    mails_wait_for_the_server,
    who_is_told_to_come_back_later_does,
    what_is_refused_for_good_is_told_to_administrators,
    a_server_that_stays_away_is_asked_ever_more_rarely,
    a_mail_outlives_whoever_sends_it,
    the_server_is_shown_the_password_of_a_file,
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
    let (mut known, mut unknown) = (asked(&house, "anna@example.com").await, asked(&house, "nobody@example.com").await);
    // Both count for the network.
    let left = [&mut known, &mut unknown].map(|answer| answer.headers.remove("ratelimit").unwrap());
    assert_eq!(left, ["\"reset\";r=19;t=180", "\"reset\";r=18;t=180"]);
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
    let first = secret(&mailbox.only("new@example.com"), "/confirm?secret=");
    for _ in 0..3 {
        assert_eq!(anna.with_json(Method::PUT, path, &[], &change("new@example.com", right)).await.status, 202);
    }
    house.studio.deliver().await.unwrap();
    assert_eq!(mailbox.take("new@example.com").len(), 3);
    assert_eq!(anna.with_json(Method::PUT, path, &[], &change("new@example.com", right)).await.status, 202);
    let many = anna.with_json(Method::PUT, path, &[], &change("newer@example.com", right)).await;
    assert_eq!((many.status, many.header("ratelimit-policy")), (429, "\"letter\";q=5;w=3600"), "letters are counted");
    house.studio.deliver().await.unwrap();
    let link = secret(&mailbox.only("new@example.com"), "/confirm?secret=");
    assert_ne!(first, link);
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

async fn an_invitation_without_an_address_proves_none(mut house: House) {
    let mailbox = Mailbox::new();
    house.restart(|settings| mailbox.serve(settings)).await;
    anna(&house).await;
    let mut mia = house.member("mia", Role::Moderator).await;
    for (name, email) in [("nora", "free@example.com"), ("otto", "anna@example.com")] {
        let made = mia.post("/api/v1/invitations", &json!({ "role": "creator" })).await.json();
        let invitation = made["url"].as_str().unwrap().rsplit_once('=').unwrap().1;
        let join = json!({ "name": name, "email": email, "password": NEW, "invitation": invitation });
        let joined = house.stranger().post("/api/v1/accounts", &join).await;
        assert_eq!((joined.status, &joined.json()["email"]), (201, &json!(null)), "{joined:?}");
    }
    house.studio.deliver().await.unwrap();
    assert!(mailbox.only("free@example.com").contains("/confirm?secret="));
    assert_eq!(mailbox.take("anna@example.com").len(), 0, "it is hers");
}

async fn another_password_or_address_ends_links(house: House) {
    let mut anna = anna(&house).await;
    let mut ada = house.member("ada", Role::Administrator).await;
    let change = json!({ "password": "correct horse battery", "new_password": NEW });
    for (path, change) in [
        ("/api/v1/me/email", json!({ "email": "new@example.com", "password": "correct horse battery" })),
        ("/api/v1/me/password", change),
    ] {
        let started = ada.post("/api/v1/accounts/anna/reset", &json!({})).await.json();
        let link = started["url"].as_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
        let changed = anna.with_json(Method::PUT, path, &[], &change).await;
        assert!([202, 204].contains(&changed.status), "{changed:?}");
        assert_eq!(reset(&house, &link, "quite another staple").await, 404, "{path}");
    }
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

/// What the trail says of mails that were given up.
async fn given_up(house: &House) -> Vec<String> {
    let mut ada = house.signed_in("ada").await;
    let trail = ada.get("/api/v1/audit?limit=100").await.json();
    let lines = trail["items"].as_array().unwrap().iter().filter(|line| line["action"] == "mail.failed");
    lines.map(|line| line["detail"].as_str().unwrap().to_owned()).collect()
}

async fn waiting(house: &House) -> usize {
    let mut db = house.studio.app().store.read().await.unwrap();
    let later = house.now().plus_seconds(10 * 86_400);
    studio::store::people::outbox::due(&mut db, later, 1000).await.unwrap().len()
}

/// A studio with an administrator and this mailbox, whose members have these addresses.
async fn with_mail(house: &mut House, mailbox: &Mailbox, members: &[(&str, &str)]) {
    house.restart(|settings| mailbox.serve(settings)).await;
    house.member("ada", Role::Administrator).await;
    for (name, email) in members {
        house.member(name, Role::Viewer).await;
        address(house, name, email).await;
        assert_eq!(asked(house, email).await.status, 202);
    }
}

async fn who_is_told_to_come_back_later_does(mut house: House) {
    let mailbox = Mailbox::new();
    with_mail(&mut house, &mailbox, &[("greta", "grey@example.com"), ("anna", "anna@example.com")]).await;
    house.studio.deliver().await.unwrap();
    assert_eq!(mailbox.take("grey@example.com").len(), 0);
    mailbox.only("anna@example.com");
    assert_eq!(waiting(&house).await, 1);
    house.pass(60);
    house.studio.deliver().await.unwrap();
    let link = secret(&mailbox.only("grey@example.com"), "/reset?secret=");
    assert_eq!(reset(&house, &link, NEW).await, 204);
    assert_eq!(given_up(&house).await, Vec::<String>::new());
}

async fn what_is_refused_for_good_is_told_to_administrators(mut house: House) {
    let mailbox = Mailbox::new();
    with_mail(&mut house, &mailbox, &[("gustav", "gone@example.com"), ("anna", "anna@example.com")]).await;
    house.studio.deliver().await.unwrap();
    mailbox.only("anna@example.com");
    assert_eq!(waiting(&house).await, 0, "it is not tried again");
    let told = given_up(&house).await;
    assert!(told.len() == 1 && told[0].starts_with("reset: ") && told[0].contains("no such mailbox here"), "{told:?}");
    let mut ada = house.signed_in("ada").await;
    assert!(ada.get("/admin/trail").await.text().contains("no such mailbox here"));
}

async fn a_server_that_stays_away_is_asked_ever_more_rarely(mut house: House) {
    let mailbox = Mailbox::away();
    with_mail(&mut house, &mailbox, &[("anna", "anna@example.com")]).await;
    house.studio.deliver().await.unwrap();
    for wait in [60, 300, 1800, 7200, 21_600, 43_200, 86_400] {
        let due = |seconds| {
            let (app, now) = (house.studio.app(), house.now());
            async move {
                let mut db = app.store.read().await.unwrap();
                studio::store::people::outbox::due(&mut db, now.plus_seconds(seconds), 10).await.unwrap().len()
            }
        };
        assert_eq!((due(wait - 1).await, due(wait).await), (0, 1), "after {wait} s");
        house.pass(wait);
        house.studio.deliver().await.unwrap();
    }
    assert_eq!(waiting(&house).await, 0, "given up after a day and 22 hours");
    let told = given_up(&house).await;
    assert!(told.len() == 1 && told[0].starts_with("reset: "), "{told:?}");
}

async fn a_mail_outlives_whoever_sends_it(mut house: House) {
    let mailbox = Mailbox::new();
    let names: Vec<(String, String)> = (0..6).map(|n| (format!("m{n}x"), format!("m{n}@example.com"))).collect();
    let members: Vec<(&str, &str)> = names.iter().map(|(name, email)| (name.as_str(), email.as_str())).collect();
    with_mail(&mut house, &mailbox, &members).await;
    for millis in [1, 3, 6, 10, 15, 25] {
        // Whoever sends is gone in the middle.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(millis), house.studio.deliver()).await;
    }
    house.restart(|_| ()).await;
    house.studio.deliver().await.unwrap();
    assert_eq!(waiting(&house).await, 0);
    for (_, email) in &names {
        let mails = mailbox.take(email);
        assert!(!mails.is_empty(), "nothing to {email}");
        // Where one came twice, the last link is good.
        let mut statuses = Vec::new();
        for mail in &mails {
            house.pass(60);
            statuses.push(reset(&house, &secret(mail, "/reset?secret="), NEW).await);
        }
        assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{email}: {statuses:?}");
    }
}

async fn the_server_is_shown_the_password_of_a_file(mut house: House) {
    let mut mailbox = Mailbox::away();
    mailbox.start_for("studio", "a: secret@of/the file");
    with_mail(&mut house, &mailbox, &[("anna", "anna@example.com")]).await;
    house.studio.deliver().await.unwrap();
    assert_eq!(mailbox.take("anna@example.com").len(), 0, "without a password");
    let file = house.folder().join("mail.password");
    std::fs::write(&file, "a: secret@of/the file\n").unwrap();
    house
        .restart(|settings| {
            settings.mail.user = "studio".into();
            settings.mail.password_file = file;
        })
        .await;
    asked(&house, "anna@example.com").await;
    house.studio.deliver().await.unwrap();
    mailbox.only("anna@example.com");
}
