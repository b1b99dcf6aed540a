//! `pack sign PATH`.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use clap::Args;
use clap::value_parser;
use config::tree::{PLAYLIST, TitleName, TreePath};
use origin::Access;
use serde_json::json;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Print a signed URL path, where access control is on
///
/// It opens the whole title, so that a player gets from a playlist or MPD to its segments. The keys are those of the
/// setting origin.signing_keys, with --jwt those of origin.jwt.keys.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// A title's name, the path of one of its files (with or without /vod/ before it), the path of its page
    /// (/watch/TITLE), or / for the page of the whole library
    path: String,
    /// How many hours the URL holds
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(1..=87_600))]
    hours: u32,
    /// Make a JSON Web Token, with the first key that is a secret or a private key
    #[arg(long)]
    jwt: bool,
    /// Whom the token is for (aud), where that is not the setting origin.jwt.audience
    #[arg(long, requires = "jwt", value_name = "TEXT")]
    audience: Option<String>,
}

impl Sign {
    /// Signs.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let expires = now + u64::from(self.hours) * 3600;
        let access = Access::load(&settings.origin)?;
        let (prefix, place) = Place::parse(&self.path)?;
        let token = access.and_then(|access| match self.jwt {
            true => access.sign_jwt(&prefix, expires, self.audience.as_deref()),
            false => access.sign(&prefix, expires),
        });
        let token = token.ok_or_else(|| match self.jwt {
            true => no_key("name a file with a secret or a private key in the setting origin.jwt.keys"),
            false => no_key("name a file with a secret in the setting origin.signing_keys"),
        })?;
        let url = place.with(&token);
        output.outcome(&json!({ "event": "signed", "url": url, "expires": expires }), &url)?;
        Ok(Exit::Done)
    }
}

fn no_key(remedy: &str) -> Failure {
    Failure::usage(anyhow!("there is no key to sign with: {remedy}"))
}

/// What is asked for.
enum Place {
    /// A file of the library, whose relative URLs inherit the token.
    File(String),
    /// A page, which passes it on.
    Page(String),
}

impl Place {
    /// Reads a person's `path`: what of the library it needs, and where it is.
    fn parse(path: &str) -> Result<(String, Self), Failure> {
        let title = |name| TitleName::parse(name).map_err(Failure::usage);
        if path == "/" {
            return Ok((String::new(), Self::Page(path.to_owned())));
        }
        if let Some(name) = path.strip_prefix("/watch/") {
            return Ok((title(name)?.to_string(), Self::Page(path.to_owned())));
        }
        let below = path.strip_prefix("/vod/").unwrap_or(path);
        match TreePath::parse(below) {
            Some(tree) => Ok((tree.title.to_string(), Self::File(below.to_owned()))),
            None => {
                let title = title(below)?;
                Ok((title.to_string(), Self::File(format!("{title}/{PLAYLIST}"))))
            }
        }
    }

    fn with(&self, token: &str) -> String {
        match self {
            Self::File(below) => format!("/vod/~{token}/{below}"),
            Self::Page(path) => format!("{path}?token={token}"),
        }
    }
}
