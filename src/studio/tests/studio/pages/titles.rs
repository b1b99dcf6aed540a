//! Titles on pages.

use config::access::Visibility;
use http::Method;
use studio::model::{Role, TitleState};

use super::{BROWSER, form, page};
use crate::support::House;

on_both!(
    pages_show_what_one_may_see,
    a_title_is_edited_by_a_form,
    several_are_changed_deleted_and_brought_back,
    a_name_that_looks_like_an_id_is_a_name
);

async fn pages_show_what_one_may_see(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Viewer).await;
    let open = house.title("anna", "Open sea", Visibility::Public).await;
    let unlisted = house.title("anna", "Quiet bay", Visibility::Unlisted).await;
    let own = house.title("anna", "My harbour", Visibility::Restricted).await;
    house.tag(&open, &["sea"]).await;
    house.title_in("anna", "Not yet", Visibility::Public, TitleState::Encoding).await;
    for path in ["/", "/@anna", "/tags/sea"] {
        let seen = page(&mut berta, path, &[]).await.text();
        assert!(seen.contains("Open sea") && !seen.contains("Quiet bay"), "{path}");
        assert!(!seen.contains("My harbour") && !seen.contains("Not yet"), "{path}");
    }
    assert!(page(&mut anna, "/", &[]).await.text().contains("My harbour"), "one's own");
    let titles = page(&mut anna, "/titles", &[]).await.text();
    assert!(["Open sea", "Quiet bay", "My harbour", "Not yet"].iter().all(|name| titles.contains(name)));
    for (id, to_berta, token) in [(&open, 200, false), (&unlisted, 200, false), (&own, 404, true)] {
        for path in [format!("/watch/{id}"), format!("/embed/{id}"), format!("/watch/uploads/{id}")] {
            assert_eq!(page(&mut berta, &path, &[]).await.status, to_berta, "{path}");
            let shown = page(&mut anna, &path, &[]).await.text();
            assert_eq!(shown.contains("data-hls=\"/vod/~"), token, "{path}");
            assert_eq!(shown.contains("data-expires=\""), token, "{path}");
        }
    }
    for path in ["/watch/0123456789abcdef", "/watch/none", "/watch/../x", "/@nobody", "/@", "/watch/%FF"] {
        assert_eq!(page(&mut berta, path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(page(&mut berta, &format!("/titles/{open}"), &[]).await.status, 403);
    assert_eq!(page(&mut house.stranger(), "/titles", &[]).await.header("location"), "/sign-in?next=%2Ftitles");
    assert_eq!(page(&mut berta, "/upload", &[]).await.status, 403, "a viewer uploads nothing");
}

async fn a_title_is_edited_by_a_form(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    house.member("berta", Role::Viewer).await;
    let id = house.title("anna", "One", Visibility::Restricted).await;
    let path = format!("/titles/{id}");
    let fields =
        "name=Two&description=a%0D%0A*b*&tags=x,+y&category=&language=de&licence=&visibility=public&shared_with=berta";
    let saved = form(&mut anna, &path, fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, format!("{path}?did=edit.saved").as_str()));
    let title = anna.get(&format!("/api/v1{path}")).await.json();
    assert_eq!((title["name"].as_str(), title["description"].as_str()), (Some("Two"), Some("a\n*b*")));
    assert_eq!(
        (&title["tags"], &title["shared_with"]),
        (&serde_json::json!(["x", "y"]), &serde_json::json!(["berta"]))
    );
    assert!(page(&mut anna, &format!("/watch/{id}"), &[]).await.text().contains("<em>b</em>"));
    let wrong = form(&mut anna, &path, &fields.replace("berta", "nobody-there").replace("Two", "Three")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("role=\"alert\"") && wrong.text().contains("value=\"Three\""));
    assert_eq!(form(&mut anna, &path, &format!("{fields}&owner=berta")).await.status, 400, "no field but its own");
    assert_eq!(anna.get(&format!("/api/v1{path}")).await.json()["name"], "Two");
}

async fn several_are_changed_deleted_and_brought_back(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Creator).await;
    let one = house.title("anna", "One", Visibility::Restricted).await;
    let two = house.title("anna", "Two", Visibility::Restricted).await;
    let both = format!("title={one}&title={two}");
    assert_eq!(form(&mut berta, "/titles", &format!("{both}&act=delete")).await.status, 404);
    assert_eq!(form(&mut anna, "/titles", &format!("{both}&act=apply&visibility=public&tag=sea")).await.status, 303);
    assert!(page(&mut berta, "/tags/sea", &[]).await.text().contains("Two"));
    let gone = form(&mut anna, "/titles", &format!("{both}&act=delete&visibility=&tag=")).await;
    assert_eq!(gone.header("location"), format!("/titles?did=titles.deleted&ids={one},{two}"));
    let shown = page(&mut anna, gone.header("location"), &[]).await.text();
    let undo = format!("/titles/restore?ids={one},{two}");
    assert!(shown.contains("2 titles were deleted.") && shown.contains(&undo) && !shown.contains("/watch/"), "{shown}");
    assert_eq!(form(&mut berta, &undo, "").await.status, 404);
    assert_eq!(form(&mut anna, &undo, "").await.header("location"), "/titles?did=titles.restored");
    assert!(page(&mut berta, "/", &[]).await.text().contains("Two"));
}

#[tokio::test]
async fn embeds_are_framed_by_sites_that_the_owner_named() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    let path = format!("/embed/{id}");
    let policy = page(&mut anna, &path, &[]).await.header("content-security-policy").to_owned();
    assert!(policy.ends_with("frame-ancestors *") && !policy.contains("unsafe"), "{policy}");
    let sites = serde_json::json!({ "sites": ["https://a.example", "https://b.example"] });
    assert_eq!(anna.patch(&format!("/api/v1/titles/{id}"), &sites).await.status, 200);
    let policy = page(&mut anna, &path, &[]).await.header("content-security-policy").to_owned();
    assert!(policy.ends_with("frame-ancestors https://a.example https://b.example"), "{policy}");
    let watch = anna.send(Method::GET, &format!("/watch/{id}"), &[BROWSER], Vec::new()).await;
    assert!(watch.header("content-security-policy").ends_with("frame-ancestors 'none'"));
}

#[tokio::test]
async fn lists_go_on_where_the_page_before_ended() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    for n in 0..30 {
        house.title("anna", &format!("Title number {n:02}"), Visibility::Public).await;
    }
    let first = page(&mut anna, "/titles?sort=name", &[]).await.text();
    assert!(first.contains("number 24") && !first.contains("number 25"));
    let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
    assert!(
        next.starts_with("/titles?sort=name&amp;cursor=") || next.starts_with("/titles?sort=name&#38;cursor="),
        "{next}"
    );
    let next = next.replace("&amp;", "&").replace("&#38;", "&");
    let second = page(&mut anna, &next, &[]).await.text();
    assert!(second.contains("number 25") && !second.contains("number 24") && !second.contains("rel=\"next\""));
}

#[tokio::test]
async fn the_search_forgives_and_shows_what_one_may_see() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let open = house.title("anna", "Harvest in Provence", Visibility::Public).await;
    house.title("anna", "Secret harvest", Visibility::Restricted).await;
    for id in [&open] {
        let named = serde_json::json!({ "description": "lavender" });
        assert_eq!(anna.patch(&format!("/api/v1/titles/{id}"), &named).await.status, 200);
    }
    let mut stranger = house.stranger();
    for query in ["provense", "lavend", "anna"] {
        let found = page(&mut stranger, &format!("/search?q={query}"), &[]).await.text();
        assert!(found.contains("Harvest in Provence") && !found.contains("Secret"), "{query}");
    }
    let none = page(&mut stranger, "/search?q=%3Cscript%3Ezzzz&sort=newest", &[]).await.text();
    assert!(none.contains("Nothing found") && !none.contains("<script>zzzz"));
    assert!(page(&mut stranger, "/search", &[]).await.text().contains("Search for something"));
}

#[tokio::test]
async fn a_link_is_made_shown_once_and_ended() {
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Hidden bay", Visibility::Restricted).await;
    let path = format!("/titles/{id}");
    let made = form(&mut anna, &format!("{path}/links"), "days=7&uses=3&password=").await;
    let text = made.text();
    let link = text.split("id=\"made-link\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let link = &link[link.find("/link/").unwrap()..];
    let looked = page(&mut house.stranger(), link, &[]).await.text();
    assert!(!looked.contains("Hidden bay") && looked.contains("<button"), "looking uses nothing up: {looked}");
    assert!(form(&mut house.stranger(), link, "").await.text().contains("Hidden bay"));
    let shown = page(&mut anna, &path, &[]).await.text();
    assert!(!shown.contains(link) && shown.contains("used 1 / 3"), "{shown}");
    let wrong = form(&mut anna, &format!("{path}/links"), "days=7&uses=0&password=").await;
    assert!(wrong.status == 400 && wrong.text().contains("role=\"alert\""));
    let own = shown.split("name=\"link\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(form(&mut anna, &format!("{path}/links/end"), &format!("link={own}")).await.status, 303);
    assert_eq!(page(&mut house.stranger(), link, &[]).await.status, 404);
}

async fn a_name_that_looks_like_an_id_is_a_name(house: House) {
    let id = house.title("nobody", "Waterway", Visibility::Public).await;
    let mut db = house.studio.app().store.write().await.unwrap();
    let sql = "UPDATE titles SET title = 'brandnewwaterway' WHERE id = $1";
    sqlx::query(sql).bind(&id).execute(&mut *db).await.unwrap();
    db.commit().await.unwrap();
    let mut stranger = house.stranger();
    for name in [id.as_str(), "brandnewwaterway"] {
        assert_eq!(page(&mut stranger, &format!("/watch/{name}"), &[]).await.status, 200, "{name}");
    }
    assert_eq!(page(&mut stranger, "/watch/brandnewwaterwaz", &[]).await.status, 404);
}
