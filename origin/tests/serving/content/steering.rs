//! The steering document, and that a change of weights counts at once.

use std::collections::HashMap;

use config::origin::{Origin, Pathway};

use crate::common::{Running, eventually};

fn pathway(id: &str, weight: u32) -> Pathway {
    Pathway { id: id.into(), url: format!("https://{id}.example.com/vod/"), weight, clone_of: String::new() }
}

fn first(origin: &Running, query: &str) -> String {
    let reply = origin.get(&format!("/steering{query}"), &[]);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{query}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{query}");
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{query}");
    let document: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    document["PATHWAY-PRIORITY"][0].as_str().unwrap().to_owned()
}

#[test]
fn players_are_shared_out_by_weight_and_keep_their_order() {
    let mut settings = Origin::default();
    let origin = Running::with(|origin| {
        origin.steering.server = "https://www.example.com/steering".into();
        origin.steering.pathways = vec![pathway("a", 750), pathway("b", 250)];
        settings = origin.clone();
    });
    let mut firsts = HashMap::new();
    for _ in 0..40 {
        *firsts.entry(first(&origin, "?_HLS_pathway=%22a%22&_HLS_throughput=1000000")).or_insert(0) += 1;
    }
    assert!((29..=31).contains(&firsts["a"]), "{firsts:?}");
    for _ in 0..3 {
        assert_eq!(first(&origin, "?bucket=10"), "a");
        assert_eq!(first(&origin, "?_DASH_pathway=%22a%22&bucket=900"), "b");
    }
    settings.steering.pathways = vec![pathway("a", 0), pathway("b", 250)];
    origin.control.reload(settings);
    eventually("the drained pathway is last", || first(&origin, "?bucket=10") == "b");
}

#[test]
fn without_pathways_there_is_no_document() {
    assert_eq!(Running::start().get("/steering", &[]).status, 404);
}
