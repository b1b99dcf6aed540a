//! The settings of one's own account.

use studio::model::Role;

use super::{form, page};
use crate::support::House;

on_both!(sessions_and_tokens_are_seen_and_ended);

async fn sessions_and_tokens_are_seen_and_ended(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut other = house.signed_in("anna").await;
    let shown = page(&mut anna, "/settings/sessions", &[]).await.text();
    assert_eq!((shown.matches("name=\"session\"").count(), shown.matches("This one").count()), (1, 1));
    assert_eq!(form(&mut anna, "/settings/sessions/end-others", "").await.status, 303);
    assert_eq!((other.get("/api/v1/me").await.status, anna.get("/api/v1/me").await.status), (401, 200));
    let made = form(&mut anna, "/settings/tokens", "name=%3Cb%3E&scope=read&scope=write").await;
    assert_eq!(made.status, 200);
    let text = made.text();
    let token = text.split("id=\"made\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    assert_eq!(anna.with_token(token).get("/api/v1/me").await.status, 200);
    assert!(!page(&mut anna, "/settings/tokens", &[]).await.text().contains(token), "shown once");
    let none = form(&mut anna, "/settings/tokens", "name=x").await;
    assert!(none.status == 400 && none.text().contains("role=\"alert\""));
    let id = text.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its id");
    assert_eq!(form(&mut anna, "/settings/tokens/end", &format!("token={id}")).await.status, 303);
    assert_eq!(anna.with_token(token).get("/api/v1/me").await.status, 401);
    assert_eq!(page(&mut anna, "/settings", &[]).await.status, 200);
}
