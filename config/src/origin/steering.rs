//! Content steering: which delivery networks there are, and how players are shared out among them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

use crate::settings::field;

/// Content steering (RFC 8216bis §7, ETSI TS 103 998).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steering {
    /// URL of the steering document, as players reach it; empty: nothing is steered.
    #[serde(deserialize_with = "server")]
    pub server: String,
    /// The time after which players ask again, seconds.
    #[serde(
        rename = "ttl",
        deserialize_with = "field::seconds::<_, 1, 86400>",
        serialize_with = "field::write_seconds"
    )]
    pub ttl_seconds: u32,
    /// The pathways.
    #[serde(deserialize_with = "pathways")]
    pub pathways: Vec<Pathway>,
}

/// A way on which media reach players.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pathway {
    /// Its name in manifests.
    pub id: String,
    /// Where the library's titles lie on it, with `/` at the end.
    pub url: String,
    /// Its share of players, relative to the others' weights. With 0, it is only for when all others fail.
    pub weight: u32,
    /// The pathway that it is a copy of, at another host: it stands in no manifest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clone_of: String,
}

/// More than any player should have to try.
const MOST_PATHWAYS: usize = 8;
const HEAVIEST: u32 = 1000;

impl Steering {
    /// True if manifests and the origin offer it.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.server.is_empty()
    }

    /// The first contradiction in these settings: the key to blame, and why.
    pub(super) fn conflict(&self) -> Option<(&'static str, String)> {
        const PATHWAYS: &str = "origin.steering.pathways";
        let of = |id: &str| self.pathways.iter().find(|pathway| pathway.id == id);
        if self.is_on() && !self.pathways.iter().any(|pathway| pathway.clone_of.is_empty()) {
            return Some((
                "origin.steering.server",
                "has no pathway to steer to; name them in origin.steering.pathways".into(),
            ));
        }
        for (i, pathway) in self.pathways.iter().enumerate() {
            if self.pathways.iter().skip(i + 1).any(|other| other.id == pathway.id) {
                return Some((PATHWAYS, format!("has two pathways with the id {}", pathway.id)));
            }
            if !pathway.clone_of.is_empty() && of(&pathway.clone_of).is_none_or(|base| !base.clone_of.is_empty()) {
                return Some((
                    PATHWAYS,
                    format!("has {} as a clone of {}, which is none that manifests name", pathway.id, pathway.clone_of),
                ));
            }
        }
        None
    }
}

fn server<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let server = String::deserialize(Value::deserialize(deserializer)?).ok();
    let server = server.filter(|url| url.is_empty() || is_url(url));
    server.ok_or_else(|| D::Error::custom("expected a URL such as \"https://www.example.com/steering\", or \"\""))
}

fn pathways<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pathway>, D::Error> {
    let pathways = Vec::<Pathway>::deserialize(Value::deserialize(deserializer)?).ok();
    let usable = |pathway: &Pathway| {
        is_id(&pathway.id) && is_url(&pathway.url) && pathway.url.ends_with('/') && pathway.weight <= HEAVIEST
    };
    let pathways = pathways.filter(|all| all.len() <= MOST_PATHWAYS && all.iter().all(usable));
    pathways.ok_or_else(|| {
        D::Error::custom(
            "expected a list of at most 8 pathways, such as [{ id = \"a\", url = \"https://a.example.com/vod/\", weight = 70 }], \
             with ids of letters, digits, - . _, URLs that end with /, and weights up to 1000",
        )
    })
}

/// RFC 8216bis §4.4.6.6.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

/// An absolute URL that can stand in quotes and in XML as it is, without a query or fragment.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:%[]@!$*+,;=()".contains(&b);
    !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(usual)
}
