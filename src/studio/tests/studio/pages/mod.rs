//! Pages as a browser without script uses them.

mod admin;
mod own;
mod playlists;
mod settings;
mod titles;

use config::settings::SignUp;
use http::Method;
use studio::model::Role;

use crate::support::{Answer, Client, House};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

on_both!(forms_make_an_account_and_sign_it_in_and_out);

pub(super) async fn page(client: &mut Client, path: &str, more: &[(&str, &str)]) -> Answer {
    client.send(Method::GET, path, &[&[BROWSER], more].concat(), Vec::new()).await
}

pub(super) async fn form(client: &mut Client, path: &str, fields: &str) -> Answer {
    client.send(Method::POST, path, &[BROWSER, FORM], fields.as_bytes().to_vec()).await
}

async fn forms_make_an_account_and_sign_it_in_and_out(house: House) {
    let mut anna = house.stranger();
    let short = form(&mut anna, "/sign-up", "name=Anna&email=&password=short").await;
    assert!(short.status == 400 && short.text().contains("role=\"alert\"") && short.text().contains("value=\"Anna\""));
    let made = form(&mut anna, "/sign-up", "name=Anna&email=&password=correct+horse+battery").await;
    assert_eq!((made.status, made.header("location")), (303, "/"), "signed in at once");
    assert_eq!(anna.get("/api/v1/me").await.status, 200);
    assert_eq!(form(&mut anna, "/sign-out", "").await.status, 303);
    let wrong = form(&mut anna, "/sign-in", "name=anna&password=wrong&next=/search").await;
    assert!(wrong.status == 401 && wrong.text().contains("value=\"/search\""), "{}", wrong.text());
    let right = "name=anna&password=correct+horse+battery&next=";
    for (next, goes) in [("/search%3Fq%3Da", "/search?q=a"), ("https://evil.example", "/"), ("//evil.example", "/")] {
        let begun = form(&mut anna, "/sign-in", &format!("{right}{next}")).await;
        assert_eq!((begun.status, begun.header("location")), (303, goes));
        assert!(begun.header("set-cookie").contains("HttpOnly"));
    }
    let home = page(&mut anna, "/sign-in", &[]).await;
    assert_eq!((home.status, home.header("location")), (303, "/"), "signed in already");
    assert_eq!(form(&mut anna, "/sign-out", "").await.status, 303);
    assert_eq!(anna.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn errors_are_pages_for_browsers_and_problems_for_programs() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Viewer).await;
    for path in ["/nowhere", "/studio/assets/none.js"] {
        let shown = page(&mut anna, path, &[]).await;
        assert_eq!((shown.status, shown.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(shown.text().contains("There is nothing here"));
        assert_eq!(anna.get(path).await.header("content-type"), "application/problem+json");
    }
    assert_eq!(page(&mut anna, "/api/v1/nowhere", &[]).await.header("content-type"), "application/problem+json");
    let foreign = [BROWSER, FORM, ("sec-fetch-site", "cross-site")];
    let refused = anna.send(Method::POST, "/sign-out", &foreign, Vec::new()).await;
    assert!(refused.status == 403 && refused.text().contains("That is not allowed"));
    assert_eq!(anna.get("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn colours_and_language_are_those_that_were_chosen() {
    let house = House::with_sqlite().await;
    let mut anna = house.stranger();
    let german = page(&mut anna, "/sign-in", &[("accept-language", "de-CH, en;q=0.5")]).await.text();
    assert!(german.contains("<html lang=\"de\">") && german.contains("Passwort"));
    let chosen = form(&mut anna, "/studio/preferences", "theme=dark&language=en&next=/sign-in").await;
    assert_eq!((chosen.status, chosen.header("location")), (303, "/sign-in"));
    let english = page(&mut anna, "/sign-in", &[("accept-language", "de")]).await.text();
    assert!(english.contains("<html lang=\"en\" data-theme=\"dark\">"));
    form(&mut anna, "/studio/preferences", "theme=%22%3E%3Cscript%3E&language=tlh").await;
    assert!(page(&mut anna, "/sign-in", &[]).await.text().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn pages_run_no_script_but_their_own() {
    let house = House::with(|settings| settings.sign_up = SignUp::Invitation).await;
    let mut anna = house.member("anna", Role::Administrator).await;
    let paths =
        ["/", "/sign-in?did=edit.saved", "/sign-up", "/nowhere", "/upload", "/titles", "/settings", "/admin/accounts"];
    for path in paths {
        for client in [&mut anna, &mut house.stranger()] {
            let shown = page(client, path, &[]).await;
            if shown.status == 303 {
                continue;
            }
            let policy = shown.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(shown.header("cache-control"), "private, no-store");
            let text = shown.text();
            assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick"), "{path}");
            let inline = text.split("<script").skip(1).filter(|script| !script.contains("src=\"/studio/assets/main-"));
            assert!(inline.into_iter().all(|script| script.starts_with(" type=\"application/json\"")), "{path}");
        }
    }
}

#[tokio::test]
async fn assets_are_kept_for_good() {
    let house = House::with_sqlite().await;
    let mut anna = house.stranger();
    let text = page(&mut anna, "/sign-in", &[]).await.text();
    for (ending, kind) in [("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml")] {
        let named = text.split('"').find(|part| part.starts_with("/studio/assets/") && part.ends_with(ending));
        let got = anna.get(named.unwrap_or_else(|| panic!("no .{ending} in the page"))).await;
        assert!(got.status == 200 && got.header("content-type").starts_with(kind));
        assert_eq!(got.header("cache-control"), "public, max-age=31536000, immutable");
        let again = [("if-none-match", got.header("etag"))];
        assert_eq!(anna.send(Method::GET, named.unwrap(), &again, Vec::new()).await.status, 304);
    }
}
