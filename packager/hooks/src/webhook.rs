//! Delivery by HTTP POST, signed as the Standard Webhooks specification says.

use std::time::{Duration, SystemTime};

use ureq::Agent;
use ureq::http::header;

use crate::courier::Deliver;
use crate::letter::Letter;
use crate::secret::Secrets;
use crate::stop::Stop;
use crate::verdict::{Verdict, of_status};

const CONNECT: Duration = Duration::from_secs(10);
/// The specification recommends 15 to 30 s.
const WHOLE: Duration = Duration::from_secs(20);

/// The webhook.
pub(crate) struct Webhook {
    agent: Agent,
    url: String,
    secrets: Secrets,
}

impl Webhook {
    pub(crate) fn new(url: &str, secrets: Secrets) -> Self {
        let config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .user_agent(concat!("pack/", env!("CARGO_PKG_VERSION")));
        Self { agent: Agent::new_with_config(config.build()), url: url.into(), secrets }
    }
}

impl Deliver for Webhook {
    fn deliver(&self, letter: &Letter, _: &Stop) -> Verdict {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let request = self
            .agent
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &letter.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", self.secrets.sign(&letter.id, seconds, &letter.body));
        match request.send(&letter.body) {
            Ok(answer) => {
                let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                of_status(answer.status().as_u16(), retry_after)
            }
            // The URL may hold a secret of its own, and stands in no error of ureq's but that of a URL that is none.
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                drop(error);
                Verdict::Away("hooks.webhook is no URL that can be asked".into())
            }
            Err(error) => Verdict::Away(error.to_string()),
        }
    }
}
