//! When titles are made, and which go first.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Value;

use super::Ingest;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

impl Ingest {
    /// The priority of a source that lies at `path` below the ingest folder: that of the innermost folder that has one.
    #[must_use]
    pub fn priority_of(&self, path: &str) -> i32 {
        let all = self.priorities.iter().filter_map(|text| priority(text));
        let above = all.filter(|(folder, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        above.max_by_key(|(folder, _)| folder.len()).map_or(self.priority, |(_, priority)| priority)
    }

    /// True if titles are made at this minute of the day.
    #[must_use]
    pub fn is_at_work(&self, minute: u16) -> bool {
        let within = |(from, to): (u16, u16)| {
            // Hours that end before they begin go on to the next day.
            if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
        };
        self.hours.is_empty() || self.hours.iter().filter_map(|text| span(text)).any(within)
    }
}

/// Priorities of folders, each once.
pub(super) fn priorities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = texts(deserializer)?.filter(|texts| {
        let folders: Vec<_> = texts.iter().map(|text| priority(text).map(|(folder, _)| folder)).collect();
        folders.iter().enumerate().all(|(at, folder)| folder.is_some() && !folders[..at].contains(folder))
    });
    texts.ok_or_else(|| {
        D::Error::custom(
            "expected a list of different folders with priorities from -1000 to 1000, such as [\"news=10\"]",
        )
    })
}

/// Hours of work.
pub(super) fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = texts(deserializer)?.filter(|texts| texts.iter().all(|text| span(text).is_some()));
    texts.ok_or_else(|| D::Error::custom("expected a list of hours of a day, such as [\"22:00-06:00\"]"))
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok())
}

/// Folder and priority of `news=10`.
fn priority(text: &str) -> Option<(&str, i32)> {
    let (folder, priority) = text.rsplit_once('=')?;
    let folder = folder.trim().trim_matches('/');
    let priority = priority.trim().parse().ok().filter(|priority| (-1000..=1000).contains(priority))?;
    (!folder.is_empty()).then_some((folder, priority))
}

/// Minutes of the day of `22:00-06:00`.
fn span(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < DAY && from != to).then_some((from, to % DAY))
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60 && (hours < 24 || (hours, minutes) == (24, 0))).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn ingest(priorities: &[&str], hours: &[&str]) -> Ingest {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Ingest { priority: 1, priorities: owned(priorities), hours: owned(hours), ..Settings::default().ingest }
    }

    #[test]
    fn the_innermost_folder_has_its_say() {
        let ingest = ingest(&["news=10", "news/old = -5"], &[]);
        for (path, priority) in [("a.mp4", 1), ("news/a.mp4", 10), ("news/old/a.mp4", -5), ("newsreel/a.mp4", 1)] {
            assert_eq!(ingest.priority_of(path), priority, "{path}");
        }
    }

    #[test]
    fn hours_may_go_on_to_the_next_day() {
        let night = ingest(&[], &["22:00-06:00", "12:00-12:30"]);
        for (minute, works) in [(0, true), (359, true), (360, false), (720, true), (750, false), (1320, true)] {
            assert_eq!(night.is_at_work(minute), works, "{minute}");
        }
        assert!(ingest(&[], &[]).is_at_work(400) && ingest(&[], &["00:00-24:00"]).is_at_work(0));
    }

    #[test]
    fn what_is_no_hour_or_priority_is_refused() {
        for text in ["", "22-6", "22:00", "24:00-01:00", "7:00-8:00", "07:60-08:00", "08:00-08:00", "-1:00-02:00"] {
            assert_eq!(span(text), None, "{text}");
        }
        for text in ["", "news", "=3", "news=1001", "news=x", "/=3"] {
            assert_eq!(priority(text), None, "{text}");
        }
    }
}
