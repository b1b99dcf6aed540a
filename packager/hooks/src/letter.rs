//! An event that waits to be delivered to one receiver, as it lies in the outbox.

use serde::{Deserialize, Serialize};

/// The receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Receiver {
    Command,
    Webhook,
}

impl Receiver {
    pub(crate) const ALL: [Self; 2] = [Self::Command, Self::Webhook];

    /// Its name in file names and in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Webhook => "webhook",
        }
    }
}

/// The content of a file of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// The event's id, the same on each try.
    pub(crate) id: String,
    /// The kind of event.
    pub(crate) event: String,
    /// The title's name.
    pub(crate) title: String,
    /// The JSON that is delivered, byte for byte.
    pub(crate) body: String,
    /// Failed tries.
    pub(crate) failed: u32,
    /// When it is to be tried again, seconds since the Unix epoch.
    pub(crate) due: u64,
}

/// The name of a file of the outbox: `<number>-<id>.<receiver>.json`. Numbers tell the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) receiver: Receiver,
}

impl Name {
    /// Reads a file's name; `None` when it is no letter's.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let (number, rest) = file_name.split_once('-')?;
        let (id, receiver) = rest.strip_suffix(".json")?.split_once('.')?;
        let receiver = Receiver::ALL.into_iter().find(|each| each.name() == receiver)?;
        let name = Self { number: number.parse().ok()?, id: id.into(), receiver };
        (name.file_name() == file_name).then_some(name)
    }

    /// The file's name.
    pub(crate) fn file_name(&self) -> String {
        format!("{:012}-{}.{}.json", self.number, self.id, self.receiver.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_others_are_not() {
        let name = Name { number: 12, id: "msg_a1".into(), receiver: Receiver::Webhook };
        assert_eq!(name.file_name(), "000000000012-msg_a1.webhook.json");
        assert_eq!(Name::parse(&name.file_name()), Some(name));
        for other in ["lock", "new-x1", "12-msg_a1.webhook.json", "000000000012-a.post.json", "000000000012-a.command"]
        {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
