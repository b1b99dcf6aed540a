//! Files of a title: its own poster, and its source.

use std::fs;

use http::Method;
use studio::model::Role;

use crate::support::House;
use crate::uploads::uploaded;

on_both!(a_poster_of_one_s_own_is_made_anew, an_original_is_its_owner_s);

/// The smallest picture: one black pixel, as PNG.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1,
    0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

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
