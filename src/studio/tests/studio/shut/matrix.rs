//! Role × visibility × route: every route that the router has, as each kind of people sees it. The cells are written down in
//! `matrix.txt`; `UPDATE=1` writes them anew, and a route that is not in it fails the test.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::Studio;
use studio::model::Role;
use tokio::time::timeout;

use crate::support::{Client, House};

on_both!(every_route_is_as_written_down_for_everybody);

/// The cells.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/studio/shut/matrix.txt");
/// What nothing has for an id.
const NOTHING: &str = "0000000000000000";
/// Who asks, in the order of the columns.
const ASKERS: [&str; 8] = ["stranger", "viewer", "creator", "named", "member", "owner", "moderator1", "administrator1"];
/// Requests after which somebody may have to sign in again.
const ENDING: [&str; 4] = ["/api/v1/session", "/api/v1/me/sessions", "/sign-out", "/settings/sessions"];

/// A route; its path has `{…}` for what varies.
type Route = (String, Method);

/// All of the API's, from its own description, and all pages, from where they are put together.
fn routes() -> BTreeSet<Route> {
    let document = serde_json::to_value(Studio::document()).unwrap();
    let mut routes = BTreeSet::from([("/api/v1/openapi.json".to_owned(), Method::GET)]);
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().filter_map(|method| method.to_uppercase().parse().ok());
        routes.extend(methods.map(|method: Method| (format!("/api/v1{path}"), method)));
    }
    let of_api = routes.len();
    for folder in ["src/pages", "src/feeds"] {
        scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut routes);
    }
    assert!(of_api > 70 && routes.len() > of_api + 50, "{of_api} and {}", routes.len());
    routes
}

/// Finds the routes in the sources below `folder`: an axum router does not list its own.
fn scan(folder: &Path, routes: &mut BTreeSet<Route>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            scan(&entry, routes);
            continue;
        }
        let source = fs::read_to_string(&entry).unwrap();
        for part in source.split(".route(\"").skip(1) {
            let (path, rest) = part.split_once('"').unwrap();
            let rest = rest.split(".route(").next().unwrap().split("\n        .").next().unwrap();
            let named =
                [("get(", Method::GET), ("post(", Method::POST), ("put(", Method::PUT), ("delete(", Method::DELETE)];
            let methods: Vec<Method> =
                named.into_iter().filter(|(name, _)| rest.contains(name)).map(|(_, method)| method).collect();
            assert!(!methods.is_empty(), "{path} in {}", entry.display());
            routes.extend(methods.into_iter().map(|method| (path.to_owned(), method)));
        }
    }
}

/// True if the route is about one title.
fn is_of_title(path: &str) -> bool {
    ["/api/v1/titles/{id}", "/titles/{title}", "/watch/{*title}", "/embed/{*title}"]
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The path about the title `id`; whatever else varies is what nothing has.
fn filled(path: &str, id: &str) -> String {
    let mut is_first = is_of_title(path);
    let part = |part: &str| match part {
        "{account}" | "{name}" => "nobody-here".to_owned(),
        "{language}" => "en".into(),
        _ if part.contains('{') => {
            let id = if std::mem::take(&mut is_first) { id } else { NOTHING };
            format!("{}{id}", &part[..part.find('{').unwrap()])
        }
        part => part.into(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Asks as a page or a program would, with nothing in the body.
async fn ask(client: &mut Client, method: &Method, path: &str) -> u16 {
    let (kind, body) = match path.starts_with("/api/") {
        true => ("application/json", b"{}".to_vec()),
        false => ("application/x-www-form-urlencoded", Vec::new()),
    };
    let headers = [("content-type", kind), ("if-match", "*"), ("tus-resumable", "1.0.0")];
    let answer = timeout(Duration::from_secs(60), client.send(method.clone(), path, &headers, body)).await;
    answer.unwrap_or_else(|_| panic!("{method} {path} has no end")).status
}

async fn every_route_is_as_written_down_for_everybody(house: House) {
    let mut owner = house.member("owner", Role::Creator).await;
    let mut askers = vec![house.stranger()];
    for (name, role) in ASKERS.iter().skip(1).zip([
        Role::Viewer,
        Role::Creator,
        Role::Viewer,
        Role::Viewer,
        Role::Creator,
        Role::Moderator,
        Role::Administrator,
    ]) {
        askers.push(if *name == "owner" { house.signed_in(name).await } else { house.member(name, role).await });
    }
    let group = json!({ "name": "Friends", "members": ["member"] });
    let group = owner.post("/api/v1/groups", &group).await.json()["id"].clone();
    let mut table = format!("{:50} {:10} {}\n", "", "", ASKERS.join(" "));
    for (path, method) in routes() {
        let of_title = [Visibility::Public, Visibility::Unlisted, Visibility::Restricted].map(Some);
        for visibility in if is_of_title(&path) { &of_title[..] } else { &[None] } {
            let mut cells = Vec::new();
            for (name, client) in ASKERS.iter().zip(&mut askers) {
                house.pass(60);
                let id = match visibility {
                    Some(visibility) => title(&house, &mut owner, *visibility, &group).await,
                    None => NOTHING.into(),
                };
                cells.push(ask(client, &method, &filled(&path, &id)).await.to_string());
                if *name != "stranger" && ENDING.iter().any(|ending| path.starts_with(ending)) {
                    *client = house.signed_in(name).await;
                    owner = house.signed_in("owner").await;
                }
            }
            let visibility = visibility.map_or("", Visibility::name);
            writeln!(table, "{:50} {visibility:10} {}", format!("{method} {path}"), cells.join(" ")).unwrap();
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(GOLDEN, &table).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    let other: Vec<&str> = table.lines().filter(|line| !golden.lines().any(|known| known == *line)).collect();
    let gone: Vec<&str> = golden.lines().filter(|line| !table.lines().any(|found| found == *line)).collect();
    assert!(
        other.is_empty() && gone.is_empty(),
        "found (UPDATE=1 writes it down):\n{other:#?}\nwritten down:\n{gone:#?}"
    );
    assert!(!table.contains(" 500") && !table.contains(" 502"), "{table}");
}

/// A published title, shown to one account by name and to one by a group.
async fn title(house: &House, owner: &mut Client, visibility: Visibility, group: &Value) -> String {
    let id = house.title("owner", "Matrix", visibility).await;
    let share = json!({ "shared_with": ["named"], "shared_with_groups": [group] });
    assert_eq!(owner.patch(&format!("/api/v1/titles/{id}"), &share).await.status, 200);
    id
}
