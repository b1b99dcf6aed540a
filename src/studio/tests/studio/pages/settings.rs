//! The settings of one's own account.

use studio::model::Role;
use totp_rs::{Builder, Secret};

use super::{form, page};
use crate::support::House;

on_both!(sessions_and_tokens_are_seen_and_ended, password_and_second_factor_are_changed_with_the_present_password);

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

async fn password_and_second_factor_are_changed_with_the_present_password(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let change = |present: &str| format!("username=anna&password={present}&new_password=battery+staple+horse");
    let wrong = form(&mut anna, "/settings/password", &change("wrong")).await;
    assert!(wrong.status == 403 && wrong.text().contains("role=\"alert\""), "{}", wrong.text());
    assert_eq!(form(&mut anna, "/settings/password", &change("correct+horse+battery")).await.status, 303);
    let begun = form(&mut anna, "/settings/second-factor", "password=battery+staple+horse").await;
    let text = begun.text();
    assert!(begun.status == 200 && text.contains("src=\"data:image/svg+xml;base64,"), "{text}");
    let secret = text.split("name=\"secret\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let confirm = |code: &str| format!("totp={code}&secret={secret}&qr=");
    let again = form(&mut anna, "/settings/second-factor/confirm", &confirm("000000")).await;
    assert!(again.status == 400 && again.text().contains(secret));
    let code = code(&house, secret);
    let on = form(&mut anna, "/settings/second-factor/confirm", &confirm(&code)).await;
    assert!(on.status == 200 && on.text().contains("Keep these codes safe"), "{}", on.text());
    let mut other = house.stranger();
    let asked = form(&mut other, "/sign-in", "name=anna&password=battery+staple+horse&next=").await;
    assert!(asked.status == 401 && asked.text().contains("name=\"totp\""));
    assert_eq!(form(&mut anna, "/settings/second-factor/end", "password=battery+staple+horse").await.status, 303);
    assert_eq!(form(&mut other, "/sign-in", "name=anna&password=battery+staple+horse&next=").await.status, 303);
}

/// The code that a device shows now.
fn code(house: &House, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret.as_bytes().to_vec()).build().unwrap();
    totp.generate(u64::try_from(house.now().seconds()).unwrap()).to_string()
}

#[tokio::test]
async fn a_mail_address_is_changed_and_a_password_reset_by_pages() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let fields = "email=anna%40example.com&password=correct+horse+battery";
    let saved = form(&mut anna, "/settings/profile", fields).await;
    assert_eq!(saved.header("location"), "/settings/profile?did=settings.saved");
    assert!(page(&mut anna, "/settings/profile", &[]).await.text().contains("anna@example.com"));
    let wrong = form(&mut anna, "/settings/profile", "email=x&password=correct+horse+battery").await;
    assert!(wrong.status == 400 && wrong.text().contains("role=\"alert\""));
    let mut stranger = house.stranger();
    assert!(page(&mut stranger, "/reset", &[]).await.text().contains("name=\"email\""));
    assert!(page(&mut stranger, "/reset?secret=x", &[]).await.text().contains("name=\"new_password\""));
    for path in ["/reset?secret=wrong", "/confirm?secret=wrong"] {
        assert_eq!(form(&mut stranger, path, "new_password=correct+horse+battery").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn one_leaves_with_the_present_password_alone() {
    let house = House::with_sqlite().await;
    house.member("ada", Role::Administrator).await;
    let mut anna = house.member("anna", Role::Creator).await;
    let shown = page(&mut anna, "/settings/data", &[]).await.text();
    assert!(shown.contains("href=\"/api/v1/me/export\""));
    let wrong = form(&mut anna, "/settings/delete", "password=wrong&sure=yes").await;
    assert!(wrong.status == 403 && wrong.text().contains("role=\"alert\""));
    assert_eq!(form(&mut anna, "/settings/delete", "password=correct+horse+battery").await.status, 303, "not sure");
    assert_eq!(anna.get("/api/v1/me").await.status, 200);
    let gone = form(&mut anna, "/settings/delete", "password=correct+horse+battery&sure=yes").await;
    assert_eq!(gone.header("location"), "/?did=data.deleted");
    assert_eq!(anna.get("/api/v1/me").await.status, 401);
}
