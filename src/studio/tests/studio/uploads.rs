//! Uploads over tus 1.0.

use std::fs;
use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use config::access::{self, Visibility};
use config::tree::TitleName;
use http::Method;
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;
use hyper::body::Frame;
use serde_json::{Value, json};
use studio::model::Role;

use crate::support::{Answer, Client, House};

on_both!(
    an_upload_becomes_a_title,
    an_upload_goes_on_where_it_was,
    what_is_wrong_is_refused,
    an_upload_is_its_sender_s_alone,
    a_wrong_checksum_leaves_nothing,
    an_upload_expires,
    twenty_at_once_do_not_pass_the_quota,
    the_newest_request_takes_over,
    a_known_file_is_told_to_its_owner_alone,
    another_file_takes_the_place_of_the_first,
    what_a_crash_cut_off_is_completed,
);

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// `Upload-Metadata` of these pairs.
fn metadata(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Makes an upload.
pub(crate) async fn create(client: &mut Client, length: u64, pairs: &[(&str, &str)]) -> Answer {
    let (length, metadata) = (length.to_string(), metadata(pairs));
    let headers = [TUS, ("upload-length", &length), ("upload-metadata", &metadata)];
    client.send(Method::POST, "/api/v1/uploads", &headers, Vec::new()).await
}

/// Makes an upload of a file that is called `name`, and says where it is.
async fn created(client: &mut Client, length: u64, name: &str) -> String {
    let made = create(client, length, &[("filename", name)]).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.header("location").into()
}

async fn patch(client: &mut Client, path: &str, offset: u64, bytes: &[u8]) -> Answer {
    let offset = offset.to_string();
    client.send(Method::PATCH, path, &[TUS, BYTES, ("upload-offset", &offset)], bytes.to_vec()).await
}

async fn head(client: &mut Client, path: &str) -> Answer {
    client.send(Method::HEAD, path, &[TUS], Vec::new()).await
}

/// Uploads a whole file, and waits until the packager has it; the title's id.
pub(crate) async fn uploaded(client: &mut Client, content: &[u8], pairs: &[(&str, &str)]) -> String {
    let made = create(client, content.len() as u64, pairs).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = made.header("location").to_owned();
    assert_eq!(patch(client, &path, 0, content).await.status, 204);
    done(client, &path).await["title"].as_str().unwrap().into()
}

/// Waits until the packager has an upload.
async fn done(client: &mut Client, path: &str) -> Value {
    for _ in 0..500 {
        let shown = client.get(path).await.json();
        if shown["state"] == "done" {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is not handed over: {:?}", client.get(path).await);
}

async fn an_upload_becomes_a_title(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let options = anna.send(Method::OPTIONS, "/api/v1/uploads", &[], Vec::new()).await;
    assert_eq!((options.status, options.header("tus-version")), (204, "1.0.0"));
    assert_eq!(options.header("tus-extension"), "creation,creation-with-upload,checksum,termination,expiration");
    assert_eq!(options.header("tus-max-size"), (50_u64 << 30).to_string());
    let path = created(&mut anna, 10, "../Holiday.toml").await;
    let first = patch(&mut anna, &path, 0, b"01234").await;
    assert_eq!((first.status, first.header("upload-offset")), (204, "5"), "{first:?}");
    assert_eq!(first.header("upload-expires"), "Mon, 28 Sep 2026 14:13:20 GMT");
    assert_eq!(anna.get(&path).await.json()["title"], Value::Null);
    let last = patch(&mut anna, &path, 5, b"56789").await;
    assert_eq!((last.status, last.header("upload-offset")), (204, "10"));
    let shown = done(&mut anna, &path).await;
    assert_eq!((shown["offset"].as_i64(), shown["name"].as_str()), (Some(10), Some("Holiday")));
    let title = shown["title"].as_str().unwrap();
    // Its place is made of our id, and its ending is none that sets anything.
    let sources: Vec<_> = fs::read_dir(house.folder().join("ingest/@studio")).unwrap().map(Result::unwrap).collect();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].file_name().to_str(), Some(format!("{title}.mp4").as_str()));
    assert_eq!(fs::read(sources[0].path()).unwrap(), b"0123456789");
    let record =
        access::record(&house.folder().join("library"), &TitleName::parse(&format!("studio/{title}")).unwrap());
    assert_eq!(record.unwrap().unwrap().visibility, Visibility::Restricted);
    assert_eq!(fs::read_dir(house.folder().join("state/uploads")).unwrap().count(), 0);
    let me = anna.get("/api/v1/me").await.json();
    assert_eq!(me["used"].as_i64(), Some(10), "what was reserved is used now");
    assert_eq!(head(&mut anna, &path).await.header("upload-offset"), "10");
    assert_eq!(anna.send(Method::DELETE, &path, &[TUS], Vec::new()).await.status, 409);
}

async fn an_upload_goes_on_where_it_was(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let metadata = metadata(&[("filename", "a.mkv"), ("name", "Été"), ("visibility", "unlisted")]);
    let headers = [TUS, BYTES, ("upload-length", "6"), ("upload-metadata", &metadata)];
    let made = anna.send(Method::POST, "/api/v1/uploads", &headers, b"abc".to_vec()).await;
    assert_eq!((made.status, made.header("upload-offset")), (201, "3"), "{made:?}");
    let path = made.header("location").to_owned();
    assert_eq!(patch(&mut anna, &path, 0, b"abc").await.status, 409);
    let at = head(&mut anna, &path).await;
    assert_eq!((at.status, at.header("upload-offset"), at.header("upload-length")), (200, "3", "6"));
    assert_eq!(at.header("cache-control"), "private, no-store");
    // Bytes that were written but never told of, as by a server that was killed.
    let id = path.rsplit('/').next().unwrap();
    let file = house.folder().join("state/uploads").join(id);
    fs::write(&file, b"abcXYZ").unwrap();
    assert_eq!(head(&mut anna, &path).await.header("upload-offset"), "3");
    let listed = anna.get("/api/v1/uploads").await.json();
    assert_eq!((listed["items"][0]["id"].as_str(), listed["items"][0]["offset"].as_i64()), (Some(id), Some(3)));
    let override_ = [TUS, BYTES, ("upload-offset", "3"), ("x-http-method-override", "PATCH")];
    assert_eq!(anna.send(Method::POST, &path, &override_, b"def".to_vec()).await.status, 204);
    let title = done(&mut anna, &path).await["title"].as_str().unwrap().to_owned();
    assert_eq!(fs::read(house.folder().join(format!("ingest/@studio/{title}.mkv"))).unwrap(), b"abcdef");
    assert_eq!(anna.get("/api/v1/uploads").await.json()["items"], json!([]));
}

async fn what_is_wrong_is_refused(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    for (headers, status) in [
        (&[("upload-length", "1")][..], 412),
        (&[("tus-resumable", "0.2.2"), ("upload-length", "1")], 412),
        (&[TUS], 400),
        (&[TUS, ("upload-defer-length", "1")], 400),
        (&[TUS, ("upload-length", "-1")], 400),
        (&[TUS, ("upload-length", "1"), ("upload-metadata", "filename ?")], 400),
        (&[TUS, ("upload-length", "1"), ("upload-metadata", "visibility eA==")], 400),
        (&[TUS, ("upload-length", "1"), ("upload-metadata", "replace MDEyMzQ1Njc4OWFiY2RlZg==")], 404),
        (&[TUS, ("upload-length", &(51_u64 << 30).to_string())], 413),
        (&[TUS, ("upload-length", "99999999999999999999")], 400),
    ] {
        let refused = anna.send(Method::POST, "/api/v1/uploads", headers, Vec::new()).await;
        assert_eq!((refused.status, refused.header("tus-resumable")), (status, "1.0.0"), "{headers:?}");
    }
    let path = created(&mut anna, 4, "a.mp4").await;
    for (headers, body, status) in [
        (&[TUS, ("upload-offset", "0")][..], "abcd", 415),
        (&[TUS, BYTES], "abcd", 400),
        (&[TUS, BYTES, ("upload-offset", "1")], "abcd", 409),
        (&[TUS, BYTES, ("upload-offset", "0")], "abcde", 413),
        (&[TUS, BYTES, ("upload-offset", "0"), ("upload-checksum", "md5 x")], "abcd", 400),
    ] {
        let refused = anna.send(Method::PATCH, &path, headers, body.into()).await;
        assert_eq!(refused.status, status, "{headers:?}: {refused:?}");
    }
    assert_eq!(head(&mut anna, &path).await.header("upload-offset"), "0");
    assert_eq!(anna.send(Method::DELETE, &path, &[TUS], Vec::new()).await.status, 204);
    for answer in [head(&mut anna, &path).await, patch(&mut anna, &path, 0, b"abcd").await, anna.get(&path).await] {
        assert_eq!(answer.status, 410);
    }
    assert_eq!(anna.get("/api/v1/me").await.json()["used"], 0);
    let mut viewer = house.member("viewer", Role::Viewer).await;
    assert_eq!(create(&mut viewer, 1, &[]).await.status, 403);
    assert_eq!(create(&mut house.stranger(), 1, &[]).await.status, 401);
}

async fn an_upload_is_its_sender_s_alone(house: House) {
    let (mut anna, mut berta) =
        (house.member("anna", Role::Creator).await, house.member("berta", Role::Administrator).await);
    let path = created(&mut anna, 4, "a.mp4").await;
    for answer in [
        head(&mut berta, &path).await,
        patch(&mut berta, &path, 0, b"abcd").await,
        berta.get(&path).await,
        berta.send(Method::DELETE, &path, &[TUS], Vec::new()).await,
    ] {
        assert_eq!(answer.status, 404);
    }
    assert_eq!(patch(&mut anna, &path, 0, b"abcd").await.status, 204);
}

async fn a_wrong_checksum_leaves_nothing(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let path = created(&mut anna, 11, "a.mp4").await;
    let right = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="; // of "hello world"
    for (body, checksum, status, offset) in [
        ("hello worlD", right, 460, "0"),
        ("hello", right, 460, "0"),
        ("hello", "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 204, "5"),
    ] {
        let headers = [TUS, BYTES, ("upload-offset", "0"), ("upload-checksum", checksum)];
        let answer = anna.send(Method::PATCH, &path, &headers, body.into()).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        assert_eq!(head(&mut anna, &path).await.header("upload-offset"), offset, "{body}");
    }
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(fs::read(house.folder().join("state/uploads").join(id)).unwrap(), b"hello");
}

async fn an_upload_expires(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let path = created(&mut anna, 4, "a.mp4").await;
    house.pass(6 * 86_400);
    assert_eq!(patch(&mut anna, &path, 0, b"a").await.status, 204);
    house.pass(6 * 86_400);
    assert_eq!(head(&mut anna, &path).await.status, 200, "a byte came a week ago, or less");
    house.pass(2 * 86_400);
    let mut anna = house.signed_in("anna").await;
    assert_eq!(head(&mut anna, &path).await.status, 410);
    studio::uploads::tidy::expire(house.studio.app()).await.unwrap();
    assert_eq!(fs::read_dir(house.folder().join("state/uploads")).unwrap().count(), 0);
    assert_eq!(anna.get("/api/v1/me").await.json()["used"], 0);
    assert_eq!(head(&mut anna, &path).await.status, 410);
    house.pass(8 * 86_400);
    studio::uploads::tidy::expire(house.studio.app()).await.unwrap();
    assert_eq!(head(&mut anna, &path).await.status, 404, "it is forgotten");
}

async fn twenty_at_once_do_not_pass_the_quota(house: House) {
    let anna = house.member("anna", Role::Creator).await;
    let size = 6 << 30; // 16 of these fit into the quota of 100 GiB
    let tries = (0..20).map(|_| {
        let mut client = anna.clone();
        tokio::spawn(async move { create(&mut client, size, &[]).await.status })
    });
    let mut made = 0;
    for status in tries.collect::<Vec<_>>() {
        match status.await.unwrap() {
            201 => made += 1,
            status => assert_eq!(status, 413),
        }
    }
    assert_eq!(made, 16);
}

async fn the_newest_request_takes_over(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let path = created(&mut anna, 6, "a.mp4").await;
    // A connection that sends three bytes and then nothing more, without an end.
    let (send, receive) = tokio::sync::mpsc::channel::<Bytes>(1);
    send.send(Bytes::from_static(b"abc")).await.unwrap();
    let frames = futures_util::stream::unfold(receive, |mut receive| async move {
        let bytes = receive.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(Frame::data(bytes)), receive))
    });
    let silent = Body::new(BoxBody::new(StreamBody::new(frames)));
    let mut first = anna.clone();
    let first = tokio::spawn({
        let path = path.clone();
        async move { first.stream(Method::PATCH, &path, &[TUS, BYTES, ("upload-offset", "0")], silent).await }
    });
    // The client comes back, asks, and goes on; it is never told to wait.
    let mut offset = String::new();
    while offset != "3" {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let at = head(&mut anna, &path).await;
        assert_eq!(at.status, 200);
        offset = at.header("upload-offset").into();
    }
    assert_eq!(first.await.unwrap().status, 409);
    assert_eq!(patch(&mut anna, &path, 3, b"def").await.status, 204);
    drop(send);
}

async fn a_known_file_is_told_to_its_owner_alone(house: House) {
    let (mut anna, mut berta) = (house.member("anna", Role::Creator).await, house.member("berta", Role::Creator).await);
    let title = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let known = json!({ "blake3": blake3::hash(b"hello").to_hex().to_string() });
    assert_eq!(anna.post("/api/v1/known-files", &known).await.json(), json!({ "titles": [title] }));
    assert_eq!(berta.post("/api/v1/known-files", &known).await.json(), json!({ "titles": [] }));
    assert_eq!(anna.post("/api/v1/known-files", &json!({ "blake3": "x" })).await.status, 400);
}

async fn another_file_takes_the_place_of_the_first(house: House) {
    let (mut anna, mut berta) = (house.member("anna", Role::Creator).await, house.member("berta", Role::Creator).await);
    let title = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    assert_eq!(create(&mut berta, 1, &[("replace", &title)]).await.status, 404);
    let again = uploaded(&mut anna, b"hello, world", &[("filename", "b.mkv"), ("replace", &title)]).await;
    assert_eq!(again, title);
    let sources: Vec<_> = fs::read_dir(house.folder().join("ingest/@studio")).unwrap().map(Result::unwrap).collect();
    assert_eq!(sources.len(), 1);
    assert_eq!(fs::read(house.folder().join(format!("ingest/@studio/{title}.mkv"))).unwrap(), b"hello, world");
    assert_eq!(anna.get("/api/v1/me").await.json()["used"], 12);
}

async fn what_a_crash_cut_off_is_completed(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let ingest = house.folder().join("ingest");
    fs::remove_dir(&ingest).unwrap();
    let path = created(&mut anna, 5, "a.mp4").await;
    assert_eq!(patch(&mut anna, &path, 0, b"hello").await.status, 204);
    // The folder is away: the title says what it waits for.
    let title = anna.get(&path).await.json()["title"].as_str().unwrap().to_owned();
    studio::uploads::hand_over::all(house.studio.app()).await.unwrap();
    assert_eq!(anna.get(&path).await.json()["state"], "received");
    fs::create_dir(&ingest).unwrap();
    // As if killed after the file was moved and before that was noted.
    let source = ingest.join("@studio").join(format!("{title}.mp4"));
    fs::create_dir(source.parent().unwrap()).unwrap();
    fs::rename(house.folder().join("state/uploads").join(path.rsplit('/').next().unwrap()), &source).unwrap();
    studio::uploads::hand_over::all(house.studio.app()).await.unwrap();
    assert_eq!(anna.get(&path).await.json()["state"], "done");
    assert_eq!(fs::read(&source).unwrap(), b"hello");
    assert_eq!(anna.get("/api/v1/me").await.json()["used"], 5);
}
