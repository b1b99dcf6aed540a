//! The page of one's own title: its audience, its poster, its file and its proof.

use std::fs;

use config::access::Visibility;
use http::Method;
use serde_json::json;
use studio::model::Role;

use super::{BROWSER, form, page};
use crate::support::{Answer, Client, House, PIXEL};
use crate::uploads::uploaded;

on_both!(an_audience_is_chosen_by_a_form, groups_are_made_changed_and_deleted_by_forms);

async fn an_audience_is_chosen_by_a_form(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Viewer).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let group = anna.post("/api/v1/groups", &json!({ "name": "Friends", "members": ["berta"] })).await.json();
    let group = group["id"].as_str().unwrap();
    let path = format!("/titles/{id}");
    assert!(page(&mut anna, &path, &[]).await.text().contains(&format!("name=\"group\" value=\"{group}\">Friends")));
    let fields = "name=One&description=&tags=&category=&language=&licence=&visibility=restricted&shared_with=";
    let sites = "sites=https%3A%2F%2Fa.example%0D%0Ahttps%3A%2F%2Fb.example&downloadable=yes";
    assert_eq!(form(&mut anna, &path, &format!("{fields}&group={group}&{sites}")).await.status, 303);
    let title = anna.get(&format!("/api/v1{path}")).await.json();
    assert_eq!(title["shared_with_groups"], json!([group]));
    assert_eq!(title["sites"], json!(["https://a.example", "https://b.example"]));
    let watch = page(&mut berta, &format!("/watch/{id}"), &[]).await.text();
    assert!(watch.contains(&format!("href=\"/api/v1/titles/{id}/original\"")), "it is offered");
    let wrong = form(&mut anna, &path, &format!("{fields}&sites=nowhere")).await;
    assert!(wrong.status == 400 && wrong.text().contains(">nowhere</textarea>"), "{}", wrong.text());
    assert_eq!(form(&mut anna, &path, fields).await.status, 303);
    assert_eq!(page(&mut berta, &format!("/watch/{id}"), &[]).await.status, 404, "nobody is ticked");
    assert_eq!(anna.get(&format!("/api/v1{path}")).await.json()["downloadable"], json!(false));
}

async fn groups_are_made_changed_and_deleted_by_forms(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.member("berta", Role::Viewer).await;
    let path = "/settings/groups";
    let unknown = form(&mut anna, path, "name=Friends&members=nobody").await;
    assert!(unknown.status == 400 && unknown.text().contains("there is no account"), "{}", unknown.text());
    let made = form(&mut anna, path, "name=Friends&members=berta%0D%0A+anna").await;
    assert_eq!((made.status, made.header("location")), (303, "/settings/groups?did=groups.made"));
    let shown = page(&mut anna, path, &[]).await.text();
    assert!(shown.contains("anna, berta</textarea>") && shown.contains("2 people"), "{shown}");
    let group = anna.get("/api/v1/groups").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let own = format!("{path}/{group}");
    assert_eq!(form(&mut anna, &own, "name=Family&members=berta&act=save").await.status, 303);
    assert!(page(&mut anna, path, &[]).await.text().contains("1 person"));
    let mut berta = house.signed_in("berta").await;
    assert_eq!(form(&mut berta, &own, "name=Mine&members=&act=save").await.status, 404);
    assert_eq!(form(&mut anna, &own, "name=&members=&act=delete").await.status, 303);
    assert_eq!(anna.get("/api/v1/groups").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_poster_is_chosen_sent_and_cleared_by_forms() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (path, file) = (format!("/titles/{id}/poster"), house.folder().join(format!("ingest/@studio/{id}.jpg")));
    let set = form(&mut anna, &format!("{path}/frame"), "at=0%3A12").await;
    assert_eq!(set.header("location"), format!("/titles/{id}?did=poster.set#poster"));
    assert!(file.exists());
    for at in ["at=soon", "at=2%3A00"] {
        let wrong = form(&mut anna, &format!("{path}/frame"), at).await;
        assert!(wrong.status == 400 && wrong.text().contains("role=\"alert\""), "{at}");
    }
    assert_eq!(form(&mut anna, &format!("{path}/clear"), "").await.status, 303);
    assert!(!file.exists());
    assert_eq!(picture(&mut anna, &path, PIXEL).await.status, 303);
    assert_eq!(&fs::read(&file).unwrap()[..3], b"\xff\xd8\xff");
    for (picture_sent, said) in
        [(&b""[..], "no picture"), (&vec![0; 10 << 20], "no picture"), (&vec![0; 11 << 20], "10 MiB")]
    {
        let wrong = picture(&mut anna, &path, picture_sent).await;
        assert!(wrong.status == 400 && wrong.text().contains(said), "{}", picture_sent.len());
    }
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(picture(&mut berta, &path, PIXEL).await.status, 404);
}

/// Sends a picture as a browser's form does (RFC 7578).
async fn picture(client: &mut Client, path: &str, bytes: &[u8]) -> Answer {
    let head = "--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    let headers = [BROWSER, ("content-type", "multipart/form-data; boundary=x")];
    client.send(Method::POST, path, &headers, body).await
}

#[tokio::test]
async fn a_proof_is_read_rule_by_rule_by_who_may_change_the_title() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let path = format!("/titles/{id}/report");
    assert!(page(&mut anna, &path, &[]).await.text().contains("No report is kept"));
    house.packager.keep_report();
    let shown = page(&mut anna, &path, &[]).await.text();
    for part in
        ["1\u{2009}/\u{2009}2", "hls-bandwidth-understated", "R §4.4", "6 s, not 4 s", "R1/video/a/index.m3u8:4"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(page(&mut berta, &path, &[]).await.status, 403);
    assert_eq!(page(&mut house.stranger(), &path, &[]).await.status, 303, "signs in first");
}

#[tokio::test]
async fn a_file_is_replaced_by_its_owner_alone() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let path = format!("/titles/{id}");
    let shown = page(&mut anna, &path, &[]).await.text();
    assert!(shown.contains(&format!("data-replace=\"{id}\"")) && shown.contains(&format!("/titles/{id}/original")));
    let mut mo = house.member("mo", Role::Moderator).await;
    assert!(!page(&mut mo, &path, &[]).await.text().contains("data-replace"));
    let operators = house.title("anna", "Put in", Visibility::Public).await;
    let shown = page(&mut anna, &format!("/titles/{operators}"), &[]).await.text();
    assert!(!shown.contains("data-replace") && !shown.contains("name=\"picture\""), "{shown}");
}
