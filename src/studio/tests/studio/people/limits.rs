//! Rates, at their edges.

use config::caller::Caller;
use serde_json::json;
use studio::model::Role;

use crate::support::{Client, House};

on_both!(
    the_eleventh_wrong_password_is_not_looked_at,
    many_wrong_passwords_at_once_are_not_more,
    sign_ups_are_counted,
    a_name_and_an_address_are_one_account,
    setting_out_for_elsewhere_is_counted,
    answers_of_success_tell_what_is_left,
);

fn from(mut client: Client, address: &str) -> Client {
    client.caller = Caller { address: Some(address.parse().unwrap()), is_tls: true };
    client
}

async fn the_eleventh_wrong_password_is_not_looked_at(house: House) {
    house.member("anna", Role::Viewer).await;
    let (right, wrong) = ("correct horse battery", "correct horse batterx");
    let shown = |password: &str| json!({ "name": "anna", "password": password });
    let mut thief = from(house.stranger(), "[2001:db8::1]:1");
    for _ in 0..12 {
        assert_eq!(thief.post("/api/v1/session", &shown(right)).await.status, 200, "right ones are not counted");
    }
    for left in (0..10).rev() {
        let answer = thief.post("/api/v1/session", &shown(wrong)).await;
        assert_eq!((answer.status, answer.header("ratelimit-policy")), (401, "\"sign-in\";q=10;w=60"));
        assert!(answer.header("ratelimit").starts_with(&format!("\"sign-in\";r={left};t=")), "{answer:?}");
    }
    let many = thief.post("/api/v1/session", &shown(right)).await;
    assert_eq!(many.status, 429, "even the right one");
    assert_eq!((many.header("retry-after"), many.header("ratelimit")), ("6", "\"sign-in\";r=0;t=6"));
    let mut neighbour = from(house.stranger(), "[2001:db8::2]:1");
    let other = json!({ "name": "berta", "password": wrong });
    assert_eq!(neighbour.post("/api/v1/session", &other).await.status, 429, "the same /64");
    let mut afar = from(house.stranger(), "[2001:db8:0:1::2]:1");
    assert_eq!(afar.post("/api/v1/session", &other).await.status, 401, "another /64 and another account");
    assert_eq!(afar.post("/api/v1/session", &shown(right)).await.status, 429, "the account");
    house.pass(6);
    assert_eq!(afar.post("/api/v1/session", &shown(right)).await.status, 200, "one more after a while");
}

async fn many_wrong_passwords_at_once_are_not_more(house: House) {
    house.member("anna", Role::Viewer).await;
    let tries = (0..30).map(|_| {
        let mut client = house.stranger();
        tokio::spawn(async move {
            let wrong = json!({ "name": "anna", "password": "correct horse batterx" });
            client.post("/api/v1/session", &wrong).await.status
        })
    });
    let (mut looked_at, mut refused) = (0, 0);
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            401 => looked_at += 1,
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((looked_at, refused), (10, 20));
}

async fn a_name_and_an_address_are_one_account(house: House) {
    let new = json!({ "name": "anna", "email": "anna@example.com", "password": "correct horse battery" });
    assert_eq!(house.stranger().post("/api/v1/accounts", &new).await.status, 201);
    for n in 0..11 {
        let mut thief = from(house.stranger(), &format!("192.0.2.{n}:1"));
        let name = if n < 10 { "anna" } else { "Anna@Example.com" };
        let answer = thief.post("/api/v1/session", &json!({ "name": name, "password": "correct horse batterx" })).await;
        assert_eq!(answer.status, if n < 10 { 401 } else { 429 }, "{n}: {answer:?}");
    }
}

async fn setting_out_for_elsewhere_is_counted(house: House) {
    let mut stranger = house.stranger();
    for n in 0..11 {
        let answer = stranger.post("/api/v1/oidc/nowhere", &json!({})).await;
        assert_eq!(answer.status, if n < 10 { 404 } else { 429 }, "{n}: {answer:?}");
    }
}

async fn sign_ups_are_counted(house: House) {
    let mut anna = house.stranger();
    for n in 0..20 {
        let short = json!({ "name": format!("anna{n}"), "password": "short" });
        assert_eq!(anna.post("/api/v1/accounts", &short).await.status, 400);
    }
    let many = anna.post("/api/v1/accounts", &json!({ "name": "anna", "password": "correct horse battery" })).await;
    assert_eq!((many.status, many.header("ratelimit-policy")), (429, "\"sign-up\";q=20;w=3600"), "{many:?}");
}

async fn answers_of_success_tell_what_is_left(house: House) {
    house.member("anna", Role::Viewer).await;
    let mut client = house.stranger();
    let shown = json!({ "name": "anna", "password": "correct horse battery" });
    let new = json!({ "name": "berta", "password": "correct horse battery" });
    for (path, body, status, policy, left) in [
        ("/api/v1/session", &shown, 200, "\"sign-in\";q=10;w=60", "\"sign-in\";r=10;t=0"),
        ("/api/v1/accounts", &new, 201, "\"sign-up\";q=20;w=3600", "\"sign-up\";r=19;t=180"),
        ("/api/v1/resets", &json!({ "email": "a@example.com" }), 202, "\"reset\";q=20;w=3600", "\"reset\";r=19;t=180"),
    ] {
        let answer = client.post(path, body).await;
        let told = (answer.status, answer.header("ratelimit-policy"), answer.header("ratelimit"));
        assert_eq!(told, (status, policy, left), "{path}");
    }
    assert_eq!(client.get("/api/v1/titles").await.header("ratelimit"), "", "nothing is counted there");
}
