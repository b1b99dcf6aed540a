//! Room that is left on a disk: a size, or a share of the disk.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::field;

/// Room on a disk that is left to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinFree {
    /// Bytes.
    Bytes(u64),
    /// Hundredths of the disk.
    Percent(u8),
}

impl MinFree {
    /// The same in bytes, on a disk of so many.
    #[must_use]
    pub const fn of(self, disk: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => disk / 100 * percent as u64,
        }
    }
}

impl Serialize for MinFree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => field::size::serialize(bytes, serializer),
            Self::Percent(percent) => serializer.collect_str(&format_args!("{percent}%")),
        }
    }
}

impl<'de> Deserialize<'de> for MinFree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused =
            || serde::de::Error::custom("expected a size with a unit, such as \"20GiB\", or \"0%\" to \"90%\"");
        let text = field::text(deserializer)?.ok_or_else(refused)?;
        let percent = |text: &str| text.strip_suffix('%')?.parse::<u8>().ok().filter(|percent| *percent <= 90);
        let bytes = || field::size::parse(&text).map(Self::Bytes);
        percent(&text).map(Self::Percent).or_else(bytes).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["0B", "20GiB", "0%", "5%", "90%"] {
            let table = format!("free = \"{text}\"\n");
            let read: std::collections::BTreeMap<String, MinFree> = toml::from_str(&table).unwrap();
            assert_eq!(toml::to_string(&read).unwrap(), table);
        }
        for text in ["", "5", "-1%", "91%", "1.5%", "20GB", "%"] {
            let table = format!("free = \"{text}\"\n");
            let refused = toml::from_str::<std::collections::BTreeMap<String, MinFree>>(&table).unwrap_err();
            assert!(refused.message().contains("\"0%\" to \"90%\""), "{text}: {refused}");
        }
    }

    #[test]
    fn a_share_is_of_the_disk_and_a_size_is_not() {
        assert_eq!(MinFree::Percent(2).of(1 << 40), (1 << 40) / 100 * 2);
        assert_eq!(MinFree::Bytes(5).of(1 << 40), 5);
        assert_eq!(MinFree::Percent(90).of(u64::MAX), u64::MAX / 100 * 90);
    }
}
