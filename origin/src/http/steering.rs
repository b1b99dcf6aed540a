//! The steering document: in which order a player is to try the pathways (RFC 8216bis §7.1, ETSI TS 103 998 §6).
//!
//! Players are dealt into buckets as they first ask, and keep theirs by the document's RELOAD-URI: so each keeps its
//! order, and with it what the caches on its way hold, while nothing tells one player from another. A bucket's order
//! follows from the weights alone, and a change of weights moves no more players than it must.

use std::sync::atomic::{AtomicU32, Ordering};

use config::origin::{Pathway, Steering as Settings};
use serde_json::json;

/// Buckets: shares are exact to a thousandth.
const BUCKETS: u32 = 1000;
/// Steps between the buckets of players that ask one after the other, so that few are spread like many: a bit less than
/// BUCKETS by the golden ratio, and without a common factor.
const STEP: u32 = 617;

/// Content steering: gives players their pathways, in shares.
#[derive(Debug)]
pub(crate) struct Steering {
    settings: Settings,
    next: AtomicU32,
}

impl Steering {
    /// Steering as `settings` say; `None` where they ask for none.
    #[must_use]
    pub(crate) fn new(settings: &Settings) -> Option<Self> {
        settings.is_on().then(|| Self { settings: settings.clone(), next: AtomicU32::new(0) })
    }

    /// The document for a request with `query`. What players say there of their pathway and throughput is for a server
    /// that decides by them; ours decides by weight.
    #[must_use]
    pub(crate) fn document(&self, query: Option<&str>) -> String {
        let asked = query.and_then(bucket_of).unwrap_or_else(|| self.deal());
        document(&self.settings, asked)
    }

    /// The bucket of a player that has none.
    fn deal(&self) -> u32 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        u32::try_from(u64::from(number) * u64::from(STEP) % u64::from(BUCKETS)).unwrap_or(0)
    }
}

fn bucket_of(query: &str) -> Option<u32> {
    let bucket = query.split('&').find_map(|pair| pair.strip_prefix("bucket="))?;
    bucket.parse().ok().filter(|bucket| *bucket < BUCKETS)
}

fn document(settings: &Settings, bucket: u32) -> String {
    let weights: Vec<u32> = settings.pathways.iter().map(|pathway| pathway.weight).collect();
    let ids: Vec<&str> =
        order(&weights, bucket).into_iter().filter_map(|at| Some(settings.pathways.get(at)?.id.as_str())).collect();
    let mut document = json!({
        "VERSION": 1,
        "TTL": settings.ttl_seconds,
        "RELOAD-URI": format!("{}?bucket={bucket}", settings.server),
        "PATHWAY-PRIORITY": ids,
    });
    let clones: Vec<_> = settings.pathways.iter().filter(|pathway| !pathway.clone_of.is_empty()).map(clone).collect();
    if !clones.is_empty() {
        document["PATHWAY-CLONES"] = clones.into();
    }
    format!("{document}\n")
}

/// RFC 8216bis §7.1: the other pathway's URLs with another host.
fn clone(pathway: &Pathway) -> serde_json::Value {
    let host = pathway.url.split('/').nth(2).unwrap_or_default();
    json!({ "BASE-ID": pathway.clone_of, "ID": pathway.id, "URI-REPLACEMENT": { "HOST": host } })
}

/// The order of pathways with these `weights` (at most 8, each up to 1000) for `bucket`: each place goes to one of those
/// that are left, by their weights, so that the players of one that fails spread over the others by theirs. Weights of 0
/// come last.
#[must_use]
pub(crate) fn order(weights: &[u32], bucket: u32) -> Vec<usize> {
    let mut left: Vec<usize> =
        (0..weights.len()).filter(|at| weights.get(*at).is_some_and(|weight| *weight > 0)).collect();
    let weight = |at: usize| u128::from(weights.get(at).copied().unwrap_or(0));
    let mut order = Vec::with_capacity(weights.len());
    // Where in [0, 1) the bucket stands, as an exact fraction; then where within the interval that it fell into.
    let (mut numerator, mut denominator) = (u128::from(bucket % BUCKETS), u128::from(BUCKETS));
    while !left.is_empty() {
        let total: u128 = left.iter().map(|at| weight(*at)).sum();
        let mut place = numerator * total;
        let hit = left.iter().position(|at| {
            let width = weight(*at) * denominator;
            let is_here = place < width;
            place -= if is_here { 0 } else { width };
            is_here
        });
        let at = left.remove(hit.unwrap_or(0));
        (numerator, denominator) = (place, denominator * weight(at));
        order.push(at);
    }
    order.extend((0..weights.len()).filter(|at| weight(*at) == 0));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Buckets, of all, that begin with each pathway.
    fn firsts(weights: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; weights.len()];
        (0..BUCKETS).for_each(|bucket| counts[order(weights, bucket)[0]] += 1);
        counts
    }

    #[test]
    fn shares_are_what_the_weights_say() {
        for (weights, counts) in [
            (&[1][..], &[1000][..]),
            (&[1, 1], &[500, 500]),
            (&[70, 30], &[700, 300]),
            (&[1000, 0], &[1000, 0]),
            (&[0, 1], &[0, 1000]),
            (&[0, 0], &[1000, 0]),
            (&[50, 30, 20], &[500, 300, 200]),
            (&[1, 999], &[1, 999]),
            (&[1, 1, 1, 1, 1, 1, 1, 1], &[125; 8]),
            (&[1000; 8], &[125; 8]),
        ] {
            assert_eq!(firsts(weights), counts, "{weights:?}");
        }
    }

    #[test]
    fn who_loses_the_first_is_spread_over_the_others_by_weight() {
        let weights = [50, 30, 20];
        let seconds: Vec<usize> = (0..500).map(|bucket| order(&weights, bucket)[1]).collect();
        assert_eq!(seconds.iter().filter(|at| **at == 1).count(), 300);
        assert_eq!(seconds.iter().filter(|at| **at == 2).count(), 200);
    }

    #[test]
    fn every_order_has_every_pathway_once_and_drained_ones_last() {
        for weights in [&[][..], &[5], &[0, 7, 0, 1], &[1, 2, 3, 4, 5, 6, 7, 1000], &[999; 8]] {
            for bucket in 0..BUCKETS {
                let order = order(weights, bucket);
                let mut sorted = order.clone();
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..weights.len()), "{weights:?} {bucket}: {order:?}");
                let is_drained = |at: &usize| weights[*at] == 0;
                assert!(order.iter().skip_while(|at| !is_drained(at)).all(is_drained), "{order:?}");
            }
        }
    }

    #[test]
    fn few_players_are_spread_like_many() {
        let settings = settings();
        let steering = Steering::new(&settings).unwrap();
        let firsts: Vec<bool> = (0..20).map(|_| steering.document(None).contains("[\"a\"")).collect();
        assert!((13..=15).contains(&firsts.iter().filter(|first| **first).count()), "{firsts:?}");
        let dealt: std::collections::HashSet<_> = (0..BUCKETS).map(|_| steering.deal()).collect();
        assert_eq!(dealt.len(), 1000, "each bucket has its turn");
    }

    fn settings() -> Settings {
        let pathway = |id: &str, weight, clone_of: &str| Pathway {
            id: id.into(),
            url: format!("https://{id}.example.com:8443/vod/"),
            weight,
            clone_of: clone_of.into(),
        };
        let pathways = vec![pathway("a", 70, ""), pathway("b", 30, ""), pathway("c", 0, "a")];
        Settings { server: "https://www.example.com/steering".into(), ttl_seconds: 300, pathways }
    }

    #[test]
    fn documents() {
        let clones = r#"[{"BASE-ID":"a","ID":"c","URI-REPLACEMENT":{"HOST":"c.example.com:8443"}}]"#;
        let steering = Steering::new(&settings()).unwrap();
        for (query, bucket, first, second) in [
            ("bucket=0", 0, "a", "b"),
            ("bucket=699", 699, "a", "b"),
            ("bucket=700", 700, "b", "a"),
            ("_HLS_pathway=\"a\"&_HLS_throughput=5140000&bucket=999", 999, "b", "a"),
            ("bucket=12&_DASH_pathway=\"b\"", 12, "a", "b"),
        ] {
            let want = format!(
                "{{\"PATHWAY-CLONES\":{clones},\"PATHWAY-PRIORITY\":[\"{first}\",\"{second}\",\"c\"],\
                 \"RELOAD-URI\":\"https://www.example.com/steering?bucket={bucket}\",\"TTL\":300,\"VERSION\":1}}\n"
            );
            assert_eq!(steering.document(Some(query)), want, "{query}");
        }
        for odd in ["", "bucket=", "bucket=1000", "bucket=-1", "bucket=x", "bucket", "xbucket=1"] {
            assert!(steering.document(Some(odd)).contains("\"VERSION\":1"), "{odd}");
        }
        let off = Settings { server: String::new(), ..settings() };
        assert!(Steering::new(&off).is_none());
    }
}
