//! Files of a title: its own poster, and its source.

use std::fs;

use config::access::Visibility;
use http::Method;
use serde_json::json;
use studio::model::Role;

use crate::support::{House, PIXEL};
use crate::uploads::uploaded;

on_both!(
    a_poster_of_one_s_own_is_made_anew,
    a_poster_is_a_frame_of_its_title,
    an_original_is_its_owner_s,
    an_original_is_whose_its_owner_lets,
    a_report_is_told_as_it_was_kept
);

async fn a_poster_of_one_s_own_is_made_anew(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (path, file) = (format!("/api/v1/titles/{id}/poster"), house.folder().join(format!("ingest/@studio/{id}.jpg")));
    let set =
        async |bytes: Vec<u8>| anna.clone().send(Method::PUT, &path, &[("content-type", "image/png")], bytes).await;
    assert_eq!(set(PIXEL.to_vec()).await.status, 202);
    assert_eq!(&fs::read(&file).unwrap()[..3], b"\xff\xd8\xff", "a JPEG, whatever it was");
    let svg = set(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec()).await;
    assert_eq!((svg.status, svg.json()["field"].as_str()), (400, Some("poster")));
    assert_eq!(set(vec![0; (10 << 20) + 1]).await.status, 413);
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(berta.send(Method::PUT, &path, &[], PIXEL.to_vec()).await.status, 404);
    assert_eq!(berta.delete(&path).await.status, 404);
    assert_eq!(anna.clone().delete(&path).await.status, 202);
    assert!(!file.exists());
}

async fn an_original_is_its_owner_s(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"0123456789", &[("filename", "a.mkv"), ("name", "A \"b\" é")]).await;
    let path = format!("/api/v1/titles/{id}/original");
    let all = anna.get(&path).await;
    assert_eq!((all.status, all.body.as_slice()), (200, &b"0123456789"[..]));
    let disposition = "attachment; filename=\"original.mkv\"; filename*=UTF-8''A%20%22b%22%20%C3%A9%2Emkv";
    assert_eq!((all.header("content-disposition"), all.header("x-content-type-options")), (disposition, "nosniff"));
    let part = anna.send(Method::GET, &path, &[("range", "bytes=2-4")], Vec::new()).await;
    assert_eq!((part.status, part.text().as_str(), part.header("content-range")), (206, "234", "bytes 2-4/10"));
    let beyond = anna.send(Method::GET, &path, &[("range", "bytes=10-")], Vec::new()).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */10"));
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(berta.get(&path).await.status, 404);
    assert_eq!(house.stranger().get(&path).await.status, 401);
}

async fn a_poster_is_a_frame_of_its_title(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (path, file) = (format!("/api/v1/titles/{id}/poster"), house.folder().join(format!("ingest/@studio/{id}.jpg")));
    for (at, field) in [(json!(61), "at"), (json!(-1), "at"), (json!(1e300), "at")] {
        let answer = anna.post(&path, &json!({ "at": at })).await;
        assert_eq!((answer.status, answer.json()["field"].as_str()), (400, Some(field)), "{at}");
    }
    assert!(!file.exists());
    assert_eq!(anna.post(&path, &json!({ "at": 12.5 })).await.status, 202);
    assert_eq!(&fs::read(&file).unwrap()[..3], b"\xff\xd8\xff");
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(berta.post(&path, &json!({ "at": 1 })).await.status, 404);
    let operators = house.title("anna", "Put in", Visibility::Public).await;
    assert_eq!(anna.post(&format!("/api/v1/titles/{operators}/poster"), &json!({ "at": 1 })).await.status, 403);
}

async fn an_original_is_whose_its_owner_lets(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let (mut berta, mut stranger) = (house.member("berta", Role::Viewer).await, house.stranger());
    let id = house.title("anna", "Hello", Visibility::Public).await;
    fs::create_dir_all(house.folder().join("ingest/uploads")).unwrap();
    fs::write(house.folder().join(format!("ingest/uploads/{id}.mp4")), "hello").unwrap();
    let (path, title) = (format!("/api/v1/titles/{id}/original"), format!("/api/v1/titles/{id}"));
    assert_eq!((berta.get(&path).await.status, stranger.get(&path).await.status), (403, 401));
    assert_eq!(anna.get(&title).await.json()["downloadable"], json!(false));
    assert_eq!(anna.patch(&title, &json!({ "downloadable": true })).await.json()["downloadable"], json!(true));
    for client in [&mut anna, &mut berta, &mut stranger] {
        assert_eq!(client.get(&path).await.text(), "hello");
    }
    anna.patch(&title, &json!({ "visibility": "restricted" })).await;
    assert_eq!((berta.get(&path).await.status, stranger.get(&path).await.status), (404, 401), "narrowed");
}

async fn a_report_is_told_as_it_was_kept(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Hello", Visibility::Public).await;
    let path = format!("/api/v1/titles/{id}/report");
    assert_eq!(anna.get(&path).await.status, 404, "of before reports were kept");
    house.packager.keep_report();
    let report = anna.get(&path).await.json();
    assert_eq!(report["looked"]["segments"], json!(12));
    assert_eq!(report["rules"][0]["id"], json!("hls-bandwidth-understated"));
    assert_eq!(report["findings"][0]["place"], json!({ "file": "R1/video/a/index.m3u8", "line": 4 }));
}
