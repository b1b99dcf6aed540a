//! Who may do what with a title, through the router: each cell is written down.

use std::fs;

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::model::{Role, TitleState};

use crate::support::{Client, House};

on_both!(each_cell_of_the_matrix_is_as_written_down);

/// Of a visibility and a state: each route, and what each asker gets.
type Rows = (Visibility, TitleState, [(&'static str, &'static str); 9]);

/// Of each visibility and state, what these get for each route, in this order: a stranger, a viewer, a creator, one whom it
/// is shared with by name, one by a group, its owner, a moderator and an administrator. `2` it is done, `1` 401, `3` 403,
/// `4` 404. The list answers `2` when the title is in it, else `4`. `offered` is the original where its owner lets others
/// download it.
const MATRIX: [Rows; 6] = [
    (
        Visibility::Public,
        TitleState::Published,
        [
            ("GET", "22222222"),
            ("list", "22222222"),
            ("PATCH", "13333222"),
            ("original", "13333222"),
            ("offered", "22222222"),
            ("report", "13333222"),
            ("views", "22222222"),
            ("DELETE", "13333222"),
            ("restore", "14444222"),
        ],
    ),
    (
        Visibility::Unlisted,
        TitleState::Published,
        [
            ("GET", "22222222"),
            ("list", "44444244"),
            ("PATCH", "13333222"),
            ("original", "13333222"),
            ("offered", "22222222"),
            ("report", "13333222"),
            ("views", "22222222"),
            ("DELETE", "13333222"),
            ("restore", "14444222"),
        ],
    ),
    (
        Visibility::Restricted,
        TitleState::Published,
        [
            ("GET", "44422222"),
            ("list", "44422244"),
            ("PATCH", "14433222"),
            ("original", "14433222"),
            ("offered", "14422222"),
            ("report", "14433222"),
            ("views", "44422222"),
            ("DELETE", "14433222"),
            ("restore", "14444222"),
        ],
    ),
    (
        Visibility::Public,
        TitleState::Encoding,
        [
            ("GET", "44444222"),
            ("list", "44444244"),
            ("PATCH", "14444222"),
            ("original", "14444222"),
            ("offered", "14444222"),
            ("report", "14444222"),
            ("views", "44444222"),
            ("DELETE", "14444222"),
            ("restore", "14444222"),
        ],
    ),
    (
        Visibility::Unlisted,
        TitleState::Failed,
        [
            ("GET", "44444222"),
            ("list", "44444244"),
            ("PATCH", "14444222"),
            ("original", "14444222"),
            ("offered", "14444222"),
            ("report", "14444222"),
            ("views", "44444222"),
            ("DELETE", "14444222"),
            ("restore", "14444222"),
        ],
    ),
    (
        Visibility::Restricted,
        TitleState::Received,
        [
            ("GET", "44444222"),
            ("list", "44444244"),
            ("PATCH", "14444222"),
            ("original", "14444222"),
            ("offered", "14444222"),
            ("report", "14444222"),
            ("views", "44444222"),
            ("DELETE", "14444222"),
            ("restore", "14444222"),
        ],
    ),
];

async fn each_cell_of_the_matrix_is_as_written_down(house: House) {
    let mut owner = house.member("owner", Role::Creator).await;
    let mut askers = vec![house.stranger()];
    for (name, role) in
        [("viewer", Role::Viewer), ("creator", Role::Creator), ("named", Role::Viewer), ("member", Role::Viewer)]
    {
        askers.push(house.member(name, role).await);
    }
    askers.push(house.signed_in("owner").await);
    askers.push(house.member("moderator1", Role::Moderator).await);
    askers.push(house.member("administrator1", Role::Administrator).await);
    let group = json!({ "name": "Friends", "members": ["member"] });
    let group = owner.post("/api/v1/groups", &group).await.json()["id"].clone();
    house.packager.keep_report();
    let originals = house.folder().join("ingest/uploads");
    fs::create_dir_all(&originals).unwrap();
    for (visibility, state, routes) in MATRIX {
        // Each asker gets a title of its own, so that what one does is not in another's way.
        let mut found: Vec<String> = vec![String::new(); routes.len()];
        for asker in &mut askers {
            let id = house.title_in("owner", "Matrix", visibility, state).await;
            let share = json!({ "shared_with": ["named"], "shared_with_groups": [group] });
            assert_eq!(owner.patch(&format!("/api/v1/titles/{id}"), &share).await.status, 200);
            fs::write(originals.join(format!("{id}.mp4")), "hello").unwrap();
            for ((route, _), cells) in routes.iter().zip(&mut found) {
                let offer = json!({ "downloadable": *route == "offered" });
                owner.patch(&format!("/api/v1/titles/{id}"), &offer).await;
                if *route == "restore" {
                    owner.delete(&format!("/api/v1/titles/{id}")).await;
                }
                cells.push(cell(asker, route, &id).await);
            }
        }
        for ((route, expected), cells) in routes.iter().zip(found) {
            assert_eq!(cells, *expected, "{route} of a {visibility} one that is {state:?}");
        }
    }
}

async fn cell(asker: &mut Client, route: &str, id: &str) -> char {
    let path = format!("/api/v1/titles/{id}");
    let answer = match route {
        "GET" => asker.get(&path).await,
        "list" => {
            let list = asker.get("/api/v1/titles?limit=100").await.json();
            let is_in = list["items"].as_array().unwrap().iter().any(|title| title["id"] == *id);
            return if is_in { '2' } else { '4' };
        }
        "PATCH" => asker.patch(&path, &json!({ "name": "Changed" })).await,
        "original" | "offered" => asker.get(&format!("{path}/original")).await,
        "report" => asker.get(&format!("{path}/report")).await,
        "views" => asker.post(&format!("{path}/views"), &Value::Null).await,
        "DELETE" => {
            let answer = asker.send(Method::DELETE, &path, &[], Vec::new()).await;
            assert!(answer.status != 204 || asker.get(&path).await.status == 404);
            answer
        }
        _ => asker.post(&format!("{path}/restore"), &Value::Null).await,
    };
    match answer.status {
        200 | 204 => '2',
        401 => '1',
        403 => '3',
        404 => '4',
        other => panic!("{route} is {other}: {answer:?}"),
    }
}
