//! Settings of hooks: who is told of what became of titles.

use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

use crate::settings::field;

/// The environment variables that a hook's command is given: no settings, should it start a `pack` of its own.
pub const VARIABLES: [&str; 2] = ["PACK_EVENT", "PACK_TITLE"];

/// Settings of hooks, `[hooks]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// A program and its arguments; empty: none is run.
    #[serde(deserialize_with = "command")]
    pub command: Vec<String>,
    /// The longest that it may run, seconds.
    #[serde(
        rename = "timeout",
        deserialize_with = "field::seconds::<_, 1, 3600>",
        serialize_with = "field::write_seconds"
    )]
    pub timeout_seconds: u32,
    /// URL that events are posted to; empty: none are.
    #[serde(deserialize_with = "webhook")]
    pub webhook: String,
    /// File with the secrets that these requests are signed with, a line each; empty where there is no webhook.
    #[serde(deserialize_with = "field::path_or_none")]
    pub secret_file: PathBuf,
}

impl Hooks {
    /// The first contradiction in these settings: the key to blame, and why.
    pub(crate) fn conflict(&self) -> Option<(&'static str, String)> {
        let unsigned = !self.webhook.is_empty() && self.secret_file.as_os_str().is_empty();
        let why = "is signed, so it needs a secret: name the file with it in hooks.secret_file";
        unsigned.then(|| ("hooks.webhook", why.into()))
    }
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let command = Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok();
    let usable = |words: &Vec<String>| {
        words.first().is_none_or(|program| !program.is_empty()) && !words.iter().any(|word| word.contains('\0'))
    };
    command.filter(usable).ok_or_else(|| {
        D::Error::custom(
            "expected a program and its arguments, such as [\"/usr/local/bin/notify\", \"--quiet\"], or []",
        )
    })
}

fn webhook<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(Value::deserialize(deserializer)?).ok();
    url.filter(|url| url.is_empty() || is_url(url))
        .ok_or_else(|| D::Error::custom("expected a URL such as \"https://www.example.com/hooks/pack\", or \"\""))
}

/// An absolute http or https URL (RFC 3986 §3).
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']) && rest.bytes().all(|b| matches!(b, b'!'..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn webhooks_have_a_scheme_and_a_host() {
        for url in ["http://127.0.0.1:9/x", "https://a.example/h?key=1", "https://[::1]/"] {
            assert!(is_url(url), "{url}");
        }
        for text in ["ftp://a", "https://", "https:///a", "http://:80/", "a.example", "https://a b", "https://é"] {
            assert!(!is_url(text), "{text}");
        }
    }
}
