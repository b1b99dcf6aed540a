//! `pack sign PATH`.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use clap::Args;
use clap::value_parser;
use config::tree::{PLAYLIST, TitleName, TreePath};
use origin::access::Keys;
use serde_json::json;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Print a signed URL path, where access control is on
///
/// It opens the whole title, so that a player gets from a playlist or MPD to its segments. The keys are those of the
/// setting origin.signing_keys.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// A title's name, or the path of one of its files, with or without /vod/ before it
    path: String,
    /// How many hours the URL holds
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(1..=87_600))]
    hours: u32,
}

impl Sign {
    /// Signs.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let keys = Keys::load(&settings.origin.signing_keys)?.ok_or_else(|| {
            Failure::usage(anyhow!("access is free: name a file with a secret in the setting origin.signing_keys"))
        })?;
        let path = self.path.trim_start_matches("/vod/");
        let (title, file) = match TreePath::parse(path) {
            Some(tree) => (tree.title, path.to_owned()),
            None => {
                let title = TitleName::parse(path).map_err(Failure::usage)?;
                (title.clone(), format!("{title}/{PLAYLIST}"))
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let expires = now + u64::from(self.hours) * 3600;
        let token = keys.sign(title.as_str(), expires).ok_or_else(|| anyhow!("no key to sign with"))?;
        let url = format!("/vod/~{token}/{file}");
        output.outcome(&json!({ "event": "signed", "url": url, "expires": expires }), &url)?;
        Ok(Exit::Done)
    }
}
