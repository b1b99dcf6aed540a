//! Language tags: what containers write, as BCP 47 (RFC 5646) wants it.

use isolang::Language;

/// "Undetermined" (ISO 639-2), for tracks that say nothing.
pub const UNDETERMINED: &str = "und";

/// ISO 639-2 has two codes for these twenty languages; only the second, terminological one is a BCP 47 subtag
/// (RFC 5646 §2.2.1).
const BIBLIOGRAPHIC: [(&str, &str); 20] = [
    ("alb", "sqi"),
    ("arm", "hye"),
    ("baq", "eus"),
    ("bur", "mya"),
    ("chi", "zho"),
    ("cze", "ces"),
    ("dut", "nld"),
    ("fre", "fra"),
    ("geo", "kat"),
    ("ger", "deu"),
    ("gre", "ell"),
    ("ice", "isl"),
    ("mac", "mkd"),
    ("mao", "mri"),
    ("may", "msa"),
    ("per", "fas"),
    ("rum", "ron"),
    ("slo", "slk"),
    ("tib", "bod"),
    ("wel", "cym"),
];

/// The shortest BCP 47 tag of a container's language: `ger`, `deu` and `de` are `de`, `en_us` is `en-US`; what is no
/// language is `und`.
#[must_use]
pub fn tag(container: &str) -> String {
    let mut subtags = container.trim().split(['-', '_']);
    let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let Some(mut tag) = primary_subtag(&primary) else { return UNDETERMINED.into() };
    for subtag in subtags {
        let Some(canonical) = further_subtag(subtag) else { break };
        tag.push('-');
        tag.push_str(&canonical);
    }
    tag
}

/// The English name of a tag's language, for people; `None` where there is none.
#[must_use]
pub fn name(tag: &str) -> Option<&'static str> {
    let primary = tag.split('-').next().unwrap_or_default();
    if matches!(primary, "und" | "mul" | "zxx") {
        return None;
    }
    Language::from_639_1(primary).or_else(|| Language::from_639_3(primary)).map(|language| language.to_name())
}

fn primary_subtag(code: &str) -> Option<String> {
    // RFC 5646 §2.2.1: private use, and codes that are about the content rather than a language.
    let private = code.len() == 3 && ("qaa".."qtz").contains(&code) || code == "qtz";
    if private || matches!(code, "mul" | "zxx") {
        return Some(code.into());
    }
    let code = BIBLIOGRAPHIC.iter().find(|(b, _)| *b == code).map_or(code, |(_, t)| t);
    let language = Language::from_639_1(code).or_else(|| Language::from_639_3(code))?;
    // RFC 5646 §2.2.1 rule 1: the two-letter code where there is one.
    Some(language.to_639_1().unwrap_or_else(|| language.to_639_3()).to_owned()).filter(|tag| tag != UNDETERMINED)
}

/// A script (`Hant`) or region (`BR`, `419`) in its usual case (RFC 5646 §2.1.1); nothing else is kept.
fn further_subtag(subtag: &str) -> Option<String> {
    let letters = subtag.bytes().all(|b| b.is_ascii_alphabetic());
    match subtag.len() {
        2 if letters => Some(subtag.to_ascii_uppercase()),
        3 if subtag.bytes().all(|b| b.is_ascii_digit()) => Some(subtag.into()),
        4 if letters => {
            let (first, rest) = subtag.split_at(1);
            Some(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_tag_whatever_the_container_wrote() {
        let table = [
            ("eng", "en"),
            ("ENG", "en"),
            ("en", "en"),
            ("ger", "de"),
            ("deu", "de"),
            ("chi", "zh"),
            ("fil", "fil"),
            ("en-us", "en-US"),
            ("zh_hant_tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("en-x-secret", "en"),
            ("qaa", "qaa"),
            ("qtz", "qtz"),
            ("zxx", "zxx"),
            ("mul", "mul"),
            ("und", "und"),
            ("", "und"),
            ("```", "und"),
            ("xx", "und"),
            ("English", "und"),
        ];
        for (container, expected) in table {
            assert_eq!(tag(container), expected, "{container:?}");
        }
    }

    #[test]
    fn every_bibliographic_code_becomes_two_letters() {
        for (bibliographic, terminological) in BIBLIOGRAPHIC {
            assert_eq!(tag(bibliographic), tag(terminological));
            assert_eq!(tag(bibliographic).len(), 2, "{bibliographic}");
        }
    }

    #[test]
    fn names_are_for_people() {
        assert_eq!(name("de"), Some("German"));
        assert_eq!(name("pt-BR"), Some("Portuguese"));
        assert_eq!(name("und"), None);
        assert_eq!(name("qaa"), None);
    }
}
