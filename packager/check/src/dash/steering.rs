//! Content steering (ETSI TS 103 998): the server that is asked, and the service locations that it chooses among.

use std::collections::BTreeSet;

use url::Url;

use crate::report::rules::steering as rules;
use crate::report::{Findings, Place};
use crate::syntax::m3u8::attributes::shorten;
use crate::syntax::mpd::xml::Element;

/// Judges the steering of `mpd`, which came from `url` and is called `file`.
pub(super) fn judge(mpd: &Element, url: &Url, file: &str, findings: &mut Findings) {
    // It stands in the MPD, or in a ServiceDescription for the clients in its scope.
    let holders = std::iter::once(mpd).chain(mpd.children("ServiceDescription"));
    for steering in holders.flat_map(|holder| holder.children("ContentSteering")) {
        let place = || Place::line(file, steering.line);
        let server = steering.text.trim();
        if server.is_empty() || url.join(server).is_err() {
            findings.add(&rules::SERVER, place(), format!("'{}' is no URL of a server", shorten(server)));
        }
        let mut locations = BTreeSet::new();
        service_locations(mpd, &mut locations);
        if locations.is_empty() {
            findings.add(&rules::LOCATION, place(), "no BaseURL has a serviceLocation");
            continue;
        }
        let defaults = steering.get("defaultServiceLocation").unwrap_or_default().split_whitespace();
        for default in defaults.filter(|name| !locations.contains(name)) {
            let text = format!("no BaseURL has serviceLocation=\"{}\"", shorten(default));
            findings.add(&rules::LOCATION, place(), text);
        }
    }
}

/// Those of all BaseURLs below `element`.
fn service_locations<'a>(element: &'a Element, found: &mut BTreeSet<&'a str>) {
    for child in &element.children {
        if child.name == "BaseURL" {
            found.extend(child.get("serviceLocation"));
        } else {
            service_locations(child, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::mpd::{schema, xml};

    const PLAIN: &str = include_str!("../../../../fixtures/golden/dash/silent.mpd");
    const STEERED: &str = include_str!("../../../../fixtures/golden/dash/steered.mpd");

    fn broken(text: &str) -> Vec<&'static str> {
        let mut findings = Findings::default();
        let url = Url::parse("https://a.example.com/vod/shows/ep-1/manifest.mpd").unwrap();
        let root = xml::parse(text).unwrap();
        schema::judge(&root, "manifest.mpd", &mut findings);
        judge(&root, &url, "manifest.mpd", &mut findings);
        findings.all().iter().map(|finding| finding.rule.id).collect()
    }

    #[test]
    fn each_defect_breaks_its_rule_and_nothing_else() {
        assert_eq!(broken(PLAIN), Vec::<&str>::new());
        for (from, to, rule) in [
            ("", "", None),
            (" defaultServiceLocation=\"a\"", "", None),
            ("defaultServiceLocation=\"a\"", "defaultServiceLocation=\"b-2 a\" queryBeforeStart=\"true\"", None),
            ("https://www.example.com/steering<", "/steering<", None),
            ("https://www.example.com/steering<", " <", Some("dash-steering-server")),
            ("https://www.example.com/steering<", "https://[/<", Some("dash-steering-server")),
            ("defaultServiceLocation=\"a\"", "defaultServiceLocation=\"a c\"", Some("dash-steering-location")),
            ("</ContentSteering>", "</ContentSteering><ContentSteering>/b</ContentSteering>", Some("dash-element")),
            ("<ContentSteering ", "<ContentSteering queryBeforeStart=\"maybe\" ", Some("dash-value")),
        ] {
            assert_eq!(broken(&STEERED.replacen(from, to, 1)), Vec::from_iter(rule), "{to}");
        }
        assert_eq!(broken(&STEERED.replace(" serviceLocation=", " x:location=")), ["dash-steering-location"]);
    }
}
