//! Search: what is found by whom, with prefixes and typing errors, and that a question is nothing but words.

use config::access::Visibility;
use serde_json::{Value, json};
use sqlx::Row as _;
use studio::model::{Cue, Role, TitleState, cues};
use studio::store::search;

use crate::support::{Client, House, hostile};

on_both!(
    words_prefixes_and_typing_errors_are_found,
    the_best_match_is_first,
    nobody_finds_what_they_may_not_see,
    the_index_follows_each_change,
    what_is_said_is_found_with_its_second,
    a_question_is_nothing_but_words,
    pages_of_what_is_found,
    titles_that_come_at_once_are_found_in_their_order,
    tags_of_what_everybody_finds_are_counted,
    words_are_forgotten_with_their_titles,
    a_title_teaches_so_many_words_and_no_more,
);

async fn found(client: &mut Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/titles?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let mut names = names(&answer.json());
    names.sort();
    names
}

fn names(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn words_prefixes_and_typing_errors_are_found(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    for (name, tags) in [
        ("The mountain at Dawn", &["nature", "c++"][..]),
        ("Ünïcödé été", &[]),
        ("Видео о горах", &[]),
        ("Wanderlust", &["travel"]),
    ] {
        let id = house.title("anna", name, Visibility::Public).await;
        house.tag(&id, tags).await;
    }
    let mut stranger = house.stranger();
    for (query, expected) in [
        ("q=mountain", &["The mountain at Dawn"][..]),
        ("q=MOUNT", &["The mountain at Dawn"]),
        ("q=dawn%20moun", &["The mountain at Dawn"]),
        ("q=moutain", &["The mountain at Dawn"]),
        ("q=mountian%20down", &["The mountain at Dawn"]),
        ("q=wandrelust", &["Wanderlust"]),
        ("q=unicode", &["Ünïcödé été"]),
        ("q=%C3%89T%C3%89", &["Ünïcödé été"]),
        ("q=%D0%B2%D0%B8%D0%B4%D0%B5%D0%BE", &["Видео о горах"]),
        ("q=video", &["Видео о горах"]),
        ("q=natu", &["The mountain at Dawn"]),
        ("q=anna", &["The mountain at Dawn", "Wanderlust", "Ünïcödé été", "Видео о горах"]),
        ("q=mountain%20wanderlust", &[]),
        ("q=xyzzyx", &[]),
        ("q=%20", &["The mountain at Dawn", "Wanderlust", "Ünïcödé été", "Видео о горах"]),
        ("q=%F0%9F%A6%84", &[]),
        ("q=anna&tag=C%2B%2B", &["The mountain at Dawn"]),
        ("q=anna&owner=anna&tag=travel", &["Wanderlust"]),
        ("q=anna&category=x", &[]),
        ("q=anna&category=%00", &[]),
        ("category=%00", &[]),
        ("language=%00&tag=%00", &[]),
        ("q=%00", &[]),
        ("owner=%00", &[]),
    ] {
        assert_eq!(found(&mut stranger, query).await, expected, "{query}");
    }
    let edit = json!({ "description": "A *hidden* valley", "category": "Trips", "language": "de" });
    let id = anna.get("/api/v1/titles?q=wanderlust").await.json()["items"][0]["id"].clone();
    anna.patch(&format!("/api/v1/titles/{}", id.as_str().unwrap()), &edit).await;
    for query in ["q=valley", "q=valley&category=Trips&language=de", "q=hidden%20travel"] {
        assert_eq!(found(&mut stranger, query).await, ["Wanderlust"], "{query}");
    }
}

async fn the_best_match_is_first(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let described = house.title("anna", "A walk", Visibility::Public).await;
    anna.patch(&format!("/api/v1/titles/{described}"), &json!({ "description": "with the sun behind us" })).await;
    house.title("anna", "Sunday", Visibility::Public).await;
    let tagged = house.title("anna", "A picnic", Visibility::Public).await;
    house.tag(&tagged, &["sun"]).await;
    house.title("anna", "The sun", Visibility::Public).await;
    let all = names(&anna.get("/api/v1/titles?q=sun").await.json());
    assert_eq!((all[0].as_str(), all.len()), ("The sun", 4), "{all:?}");
    let newest = names(&anna.get("/api/v1/titles?q=sun&sort=newest").await.json());
    assert_eq!(newest, ["The sun", "A picnic", "Sunday", "A walk"]);
    let sorted = names(&anna.get("/api/v1/titles?q=sun&sort=name").await.json());
    assert_eq!(sorted, ["A picnic", "A walk", "Sunday", "The sun"]);
    anna.post(&format!("/api/v1/titles/{described}/views"), &Value::Null).await;
    assert_eq!(names(&anna.get("/api/v1/titles?q=sun&sort=watched").await.json())[0], "A walk");
}

async fn nobody_finds_what_they_may_not_see(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let (mut named, mut member) =
        (house.member("named", Role::Viewer).await, house.member("member", Role::Viewer).await);
    let mut moderator = house.member("moderator1", Role::Moderator).await;
    let group = anna.post("/api/v1/groups", &json!({ "name": "Friends", "members": ["member"] })).await.json();
    house.title("anna", "Zebra public", Visibility::Public).await;
    house.title("anna", "Zebra unlisted", Visibility::Unlisted).await;
    house.title_in("anna", "Zebra failed", Visibility::Public, TitleState::Failed).await;
    let secret = house.title("anna", "Zebra secret", Visibility::Restricted).await;
    let share = json!({ "shared_with": ["named"], "shared_with_groups": [group["id"]] });
    assert_eq!(anna.patch(&format!("/api/v1/titles/{secret}"), &share).await.status, 200);
    for (client, expected) in [
        (&mut house.stranger(), &["Zebra public"][..]),
        (&mut named, &["Zebra public", "Zebra secret"]),
        (&mut member, &["Zebra public", "Zebra secret"]),
        (&mut moderator, &["Zebra public"]),
        (&mut anna, &["Zebra failed", "Zebra public", "Zebra secret", "Zebra unlisted"]),
    ] {
        for query in ["q=zebra", "q=zbera", "q=zeb&sort=name", "q=zebra&owner=anna"] {
            assert_eq!(found(client, query).await, expected, "{query}");
        }
    }
    assert_eq!(found(&mut named, "q=zebra&shared=me").await, ["Zebra secret"]);
    assert_eq!(found(&mut named, "q=zebra&state=failed").await, [""; 0]);
    assert_eq!(found(&mut anna, "q=zebra&state=failed").await, ["Zebra failed"]);
    assert_eq!(found(&mut moderator, "q=zebra&scope=all&state=failed").await, ["Zebra failed"]);
    assert_eq!(named.get("/api/v1/titles?q=zebra&scope=all").await.status, 403);
}

async fn the_index_follows_each_change(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut stranger = house.stranger();
    let id = house.title("anna", "Zebra", Visibility::Public).await;
    let path = format!("/api/v1/titles/{id}");
    for (change, query, is_found) in [
        (json!({ "name": "Lion" }), "q=lion", true),
        (json!({}), "q=zebra", false),
        (json!({ "tags": ["cats"] }), "q=cats", true),
        (json!({ "visibility": "restricted" }), "q=lion", false),
        (json!({ "visibility": "unlisted" }), "q=lion", false),
        (json!({ "visibility": "public" }), "q=lion", true),
    ] {
        assert_eq!(anna.patch(&path, &change).await.status, 200);
        assert_eq!(!found(&mut stranger, query).await.is_empty(), is_found, "{change} {query}");
    }
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(found(&mut anna, "q=lion").await, [""; 0]);
    assert_eq!(anna.post(&format!("{path}/restore"), &Value::Null).await.status, 200);
    assert_eq!(found(&mut stranger, "q=lion").await, ["Lion"]);
    let mut db = house.studio.app().store.write().await.unwrap();
    sqlx::query("UPDATE accounts SET display = 'Anna Karenina'").execute(&mut *db).await.unwrap();
    db.commit().await.unwrap();
    assert_eq!(found(&mut stranger, "q=karenina").await, ["Lion"]);
}

async fn what_is_said_is_found_with_its_second(house: House) {
    house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Speech", Visibility::Public).await;
    let vtt =
        "WEBVTT\n\n00:01.500 --> 00:02.000\nI have a dream\n\n00:10.000 --> 00:11.000\nof mountains &amp; rivers\n";
    let mut db = house.studio.app().store.write().await.unwrap();
    search::cues::replace(&mut db, &id.parse().unwrap(), "r", &[("en".into(), cues(vtt))].into()).await.unwrap();
    db.commit().await.unwrap();
    let mut stranger = house.stranger();
    for (query, spoken) in [
        ("river", json!([{ "at": 10.0, "text": "of mountains & rivers" }])),
        ("a dream", json!([{ "at": 1.5, "text": "I have a dream" }])),
        ("maontains", json!([{ "at": 10.0, "text": "of mountains & rivers" }])),
        ("speech dream", json!([{ "at": 1.5, "text": "I have a dream" }])),
        ("speech", Value::Null),
    ] {
        let page = stranger.get(&format!("/api/v1/titles?q={}", query.replace(' ', "%20"))).await.json();
        assert_eq!((names(&page), &page["items"][0]["spoken"]), (vec!["Speech".into()], &spoken), "{query}");
    }
    assert_eq!(stranger.get(&format!("/api/v1/titles/{id}")).await.json()["spoken"], Value::Null);
    let mut db = house.studio.app().store.write().await.unwrap();
    search::cues::replace(&mut db, &id.parse().unwrap(), "s", &[].into()).await.unwrap();
    db.commit().await.unwrap();
    assert_eq!(found(&mut stranger, "q=river").await, [""; 0]);
}

async fn a_question_is_nothing_but_words(house: House) {
    house.member("anna", Role::Creator).await;
    house.title("anna", "Near and not far", Visibility::Public).await;
    let mut stranger = house.stranger();
    let mut questions: Vec<String> = [
        "\"",
        "'",
        "near\"",
        "NEAR(a b)",
        "near AND",
        "OR",
        "NOT near",
        "name : near",
        "audience : \"xpublic\"",
        "*",
        "%",
        "_",
        "near*",
        "^near",
        "near + far",
        "{name} : x",
        "(",
        ")",
        "a:*",
        "& | !",
        "'near':*A",
        "\\",
        "--",
        ";",
        "xpublic",
        "\u{0}",
        "near\u{0}far",
    ]
    .map(String::from)
    .into();
    questions.extend(hostile::texts().into_iter().step_by(10));
    for question in questions {
        let encoded: String = question.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for sort in ["relevance", "newest", "watched", "name"] {
            let answer = stranger.get(&format!("/api/v1/titles?q={encoded}&sort={sort}")).await;
            assert_eq!(answer.status, 200, "{question}: {answer:?}");
        }
    }
    assert_eq!(found(&mut stranger, "q=near%20AND%20not%20far").await, ["Near and not far"]);
    assert_eq!(found(&mut stranger, "q=xpublic").await, [""; 0]);
}

async fn pages_of_what_is_found(house: House) {
    house.member("anna", Role::Creator).await;
    for n in 0..5 {
        house.title("anna", &format!("Mountain {n}"), Visibility::Public).await;
    }
    let mut stranger = house.stranger();
    for question in ["mountain", "moutnain"] {
        for sort in ["relevance", "newest", "watched", "name"] {
            let (mut all, mut cursor) = (Vec::new(), String::new());
            loop {
                let page =
                    stranger.get(&format!("/api/v1/titles?q={question}&sort={sort}&limit=2{cursor}")).await.json();
                all.extend(names(&page));
                match page["next"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            all.sort();
            assert_eq!(
                all,
                ["Mountain 0", "Mountain 1", "Mountain 2", "Mountain 3", "Mountain 4"],
                "{question} {sort}"
            );
        }
    }
    let page = stranger.get("/api/v1/titles?q=mountain&limit=1").await.json();
    let cursor = page["next"].as_str().unwrap();
    assert_eq!(stranger.get(&format!("/api/v1/titles?q=mountain&sort=name&cursor={cursor}")).await.status, 400);
}

async fn titles_that_come_at_once_are_found_in_their_order(house: House) {
    house.member("anna", Role::Creator).await;
    let mut created = Vec::new();
    for n in 0..8 {
        created.push((house.title("anna", &format!("Mountain {n}"), Visibility::Public).await, n));
    }
    // All of them anew in one transaction, as a restored backup has them.
    let mut db = house.studio.app().store.write().await.unwrap();
    let ids: Vec<studio::model::Id> = created.iter().map(|(id, _)| id.parse().unwrap()).collect();
    for deleted in [Some(house.now()), None] {
        for id in &ids {
            studio::store::titles::set_deleted(&mut db, id, deleted).await.unwrap();
        }
        db.commit().await.unwrap();
        db = house.studio.app().store.write().await.unwrap();
    }
    drop(db);
    for sort in ["newest", "relevance"] {
        let page = house.stranger().get(&format!("/api/v1/titles?q=mountain&sort={sort}")).await.json();
        let expected: Vec<String> = (0..8).rev().map(|n| format!("Mountain {n}")).collect();
        assert_eq!(names(&page), expected, "{sort}");
    }
}

async fn tags_of_what_everybody_finds_are_counted(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let (first, second) =
        (house.title("anna", "A", Visibility::Public).await, house.title("anna", "B", Visibility::Public).await);
    house.tag(&first, &["sea", "sun"]).await;
    house.tag(&second, &["sea"]).await;
    let path = format!("/api/v1/titles/{first}");
    for (change, expected) in [
        (json!({ "category": "Trips" }), &[("sea", 2), ("sun", 1)][..]),
        (json!({ "visibility": "unlisted" }), &[("sea", 1)]),
        (json!({ "visibility": "public", "tags": ["sea", "sky"] }), &[("sea", 2), ("sky", 1)]),
    ] {
        assert_eq!(anna.patch(&path, &change).await.status, 200);
        let tags = house.stranger().get("/api/v1/tags").await.json();
        let expected: Vec<Value> =
            expected.iter().map(|(name, titles)| json!({ "name": name, "titles": titles })).collect();
        assert_eq!(tags["items"], Value::from(expected), "{change}");
    }
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(house.stranger().get("/api/v1/tags").await.json()["items"], json!([{ "name": "sea", "titles": 1 }]));
    assert_eq!(house.stranger().get("/api/v1/categories").await.json()["items"], json!([]));
}

async fn words_are_forgotten_with_their_titles(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Wanderlust", Visibility::Public).await;
    house.title("anna", "Mountain", Visibility::Public).await;
    let near = async |word: &str| {
        let mut db = house.studio.app().store.read().await.unwrap();
        search::near(&mut db, word).await.unwrap()
    };
    assert_eq!(near("wandrelust").await, ["wanderlust"]);
    assert_eq!(anna.delete(&format!("/api/v1/titles/{id}")).await.status, 204);
    house.pass(2 * 86_400);
    house.studio.tidy().await.unwrap();
    assert_eq!(near("wandrelust").await, [""; 0]);
    assert_eq!(near("mountian").await, ["mountain"]);
}

async fn a_title_teaches_so_many_words_and_no_more(house: House) {
    house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Wanderlust", Visibility::Public).await;
    let mut db = house.studio.app().store.write().await.unwrap();
    let said = |language: &str| {
        let text = |cue| (0..100).map(|word| format!("{language}{cue:03}{word:02}")).collect::<Vec<_>>().join(" ");
        let cues = (0..110).map(|cue| Cue { start: cue * 1000, text: text(cue) });
        (language.to_owned(), cues.collect::<Vec<_>>())
    };
    search::cues::replace(&mut db, &id.parse().unwrap(), "r", &["en", "fr"].map(said).into()).await.unwrap();
    db.commit().await.unwrap();
    let mut db = house.studio.app().store.read().await.unwrap();
    let count = "SELECT COUNT(*) AS words, (SELECT COUNT(*) FROM search_grams WHERE word = 'wanderlust') AS grams \
                 FROM search_words";
    let row = sqlx::query(count).fetch_one(&mut *db).await.unwrap();
    // Of 22,002: the name and its owner have one each.
    assert_eq!((row.get::<i64, _>("words"), row.get::<i64, _>("grams")), (20_000, 10));
    assert_eq!(search::near(&mut db, "wandrelust").await.unwrap(), ["wanderlust"]);
    drop(db);
    // What was not learned is found all the same.
    assert_eq!(found(&mut house.stranger(), "q=fr10999").await, ["Wanderlust"]);
}
