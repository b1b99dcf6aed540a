//! The catalogue of all texts that people read, by language: `locales`, which the build makes tables of.

use std::fmt::Display;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The texts of one language.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Its language tag (BCP 47).
    pub(crate) tag: &'static str,
    /// Its name in itself.
    pub(crate) name: &'static str,
    /// Texts by key, in the order of their keys.
    entries: &'static [(&'static str, &'static str)],
    /// Texts of the scripts: a JSON object that can stand in an element.
    pub(crate) script: &'static str,
}

/// All languages, the default first.
pub(crate) const fn languages() -> &'static [Texts] {
    LANGUAGES
}

/// The texts of the best language: the person's own choice, else the first of `Accept-Language`, which is ordered by
/// weight (RFC 9110 §12.5.4), else the default.
pub(crate) fn choose(chosen: Option<&str>, accepted: Option<&str>) -> &'static Texts {
    let accepted = weighted(accepted.unwrap_or_default());
    let mut wanted = chosen.into_iter().chain(accepted.iter().map(String::as_str));
    wanted.find_map(speaking).unwrap_or(const { &LANGUAGES[0] })
}

/// Texts in the language of `tag`, whatever its region (`de-AT` is `de`).
pub(crate) fn speaking(tag: &str) -> Option<&'static Texts> {
    let language = tag.split('-').next().unwrap_or(tag);
    LANGUAGES.iter().find(|texts| texts.tag.eq_ignore_ascii_case(language))
}

/// The language tags of an `Accept-Language` field, the most wanted first; those of weight 0 are not wanted.
fn weighted(field: &str) -> Vec<String> {
    let mut tags: Vec<(f32, String)> = field
        .split(',')
        .take(32)
        .filter_map(|item| {
            let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
            let weight: f32 = weight.trim().parse().ok()?;
            (weight > 0.0).then(|| (weight, tag.trim().to_owned()))
        })
        .collect();
    tags.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

impl Texts {
    /// The text of `key`; the key itself if there is none, which a test rules out.
    pub(crate) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.entries
            .binary_search_by_key(&key, |(key, _)| key)
            .ok()
            .and_then(|place| self.entries.get(place))
            .map_or(key, |(_, text)| text)
    }

    /// The text of `key` with `value` in place of `{name}`.
    pub(crate) fn put(&self, key: &str, name: &str, value: impl Display) -> String {
        self.get(key).replace(&format!("{{{name}}}"), &value.to_string())
    }

    /// The text of `key` for a number of things: `key.one` or `key.other`, with the number in place of `{n}`.
    pub(crate) fn count(&self, key: &str, n: u64) -> String {
        let form = if n == 1 { "one" } else { "other" };
        self.put(&format!("{key}.{form}"), "n", n)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_language_has_the_same_keys_and_the_same_gaps() {
        let shape = |texts: &Texts| -> BTreeMap<&str, BTreeSet<String>> {
            let gap = |rest: &str| Some(rest.split_once('}')?.0.to_owned());
            let gaps = |text: &str| text.split('{').skip(1).filter_map(gap).collect();
            texts.entries.iter().map(|(key, text)| (*key, gaps(text))).collect()
        };
        for texts in LANGUAGES {
            assert_eq!(shape(texts), shape(&LANGUAGES[0]), "{}", texts.tag);
            assert!(texts.entries.iter().all(|(_, text)| !text.trim().is_empty()), "an empty text in {}", texts.tag);
            assert!(texts.entries.is_sorted(), "{}", texts.tag);
        }
    }

    /// What templates and scripts ask for by its whole key is there.
    #[test]
    fn every_text_that_a_template_or_a_script_names_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut named = Vec::new();
        for (folder, calls, prefix) in
            [("templates", &[".t(\"", ".put(\""][..], ""), ("web/src", &["say('"], "script.")]
        {
            for text in texts_below(&root.join(folder)) {
                for call in calls {
                    let keys = text.split(call).skip(1).filter_map(|rest| rest.split(['"', '\'']).next());
                    named.extend(keys.map(|key| format!("{prefix}{key}")));
                }
            }
        }
        let english = &LANGUAGES[0];
        let missing: Vec<&String> = named.iter().filter(|key| english.get(key) == key.as_str()).collect();
        assert!(named.len() > 150 && missing.is_empty(), "{} named, missing {missing:?}", named.len());
    }

    fn texts_below(folder: &std::path::Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .flat_map(
                |path| if path.is_dir() { texts_below(&path) } else { vec![std::fs::read_to_string(path).unwrap()] },
            )
            .collect()
    }

    #[test]
    fn a_person_gets_the_language_they_chose_else_the_one_they_weigh_most() {
        let chosen = |own, accepted| choose(own, accepted).tag;
        assert_eq!(chosen(None, None), "en");
        assert_eq!(chosen(None, Some("de-AT,de;q=0.9,en;q=0.8")), "de");
        assert_eq!(chosen(None, Some("fr, en;q=0.2, de;q=0.4")), "de");
        assert_eq!(chosen(None, Some("de;q=0")), "en");
        assert_eq!(chosen(Some("en"), Some("de")), "en");
        assert_eq!(chosen(Some("tlh"), Some("de;q=abc, ,;q=1")), "en");
    }

    #[test]
    fn gaps_are_filled_and_numbers_choose_their_form() {
        let entries = &[("a", "by {name}"), ("b.one", "{n} title"), ("b.other", "{n} titles")];
        let texts = Texts { tag: "en", name: "English", entries, script: "{}" };
        assert_eq!(texts.put("a", "name", "Ada"), "by Ada");
        assert_eq!((texts.count("b", 1), texts.count("b", 0)), ("1 title".into(), "0 titles".into()));
        assert_eq!(texts.get("none"), "none");
    }

    #[test]
    fn texts_for_scripts_cannot_end_their_element() {
        assert!(LANGUAGES.iter().all(|texts| texts.script.len() > 1000 && !texts.script.contains('<')));
    }
}
