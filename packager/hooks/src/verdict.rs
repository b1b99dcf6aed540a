//! What became of one try to deliver an event.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::time::Duration;

/// The outcome of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The receiver has it.
    Taken,
    /// The receiver did not take it, and may later.
    Refused {
        /// The reason.
        why: String,
        /// The wait that it asked for.
        after: Option<Duration>,
    },
    /// The receiver could not be reached, for this event or any other.
    Away(String),
    /// It was run, and there is no second try.
    Over(String),
    /// The receiver wants no event any more.
    Gone,
    /// The program is to end.
    Stopped,
}

/// The verdict on an answer over HTTP: its status, and its `Retry-After` where that is a number of seconds (RFC 9110
/// §10.2.3).
pub(crate) fn of_status(status: u16, retry_after: Option<&str>) -> Verdict {
    match status {
        200..300 => Verdict::Taken,
        // Standard Webhooks, "Responding to webhooks": the receiver is to be disabled.
        410 => Verdict::Gone,
        300..400 => Verdict::Refused { why: format!("status {status}: redirects are not followed"), after: None },
        _ => {
            let after = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            Verdict::Refused { why: format!("status {status}"), after }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_decide() {
        assert_eq!(of_status(200, None), Verdict::Taken);
        assert_eq!(of_status(204, None), Verdict::Taken);
        assert_eq!(of_status(410, None), Verdict::Gone);
        for (status, asked, after) in
            [(301, Some("9"), None), (400, None, None), (429, Some("7"), Some(7)), (503, Some("Fri, 1 Jan"), None)]
        {
            match of_status(status, asked) {
                Verdict::Refused { after: got, .. } => assert_eq!(got, after.map(Duration::from_secs), "{status}"),
                other => panic!("{status}: {other:?}"),
            }
        }
    }
}
