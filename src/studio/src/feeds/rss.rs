//! RSS 2.0.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::Feed;
use crate::model::{Micros, markdown};
use crate::titles::shown::Shown;

/// The feed as a document.
pub(super) fn document(feed: &Feed) -> String {
    let mut xml = Xml(Writer::new(Vec::new()));
    xml.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let rss =
        BytesStart::new("rss").with_attributes([("version", "2.0"), ("xmlns:atom", "http://www.w3.org/2005/Atom")]);
    xml.put(Event::Start(rss));
    xml.put(Event::Start(BytesStart::new("channel")));
    xml.text("title", &feed.name);
    xml.text("link", &feed.address(&feed.page));
    xml.text("description", &feed.name);
    let own = feed.address(&feed.path);
    let own = [("href", own.as_str()), ("rel", "self"), ("type", "application/rss+xml")];
    xml.put(Event::Empty(BytesStart::new("atom:link").with_attributes(own)));
    for title in &feed.titles {
        item(&mut xml, feed, title);
    }
    xml.put(Event::End(BytesEnd::new("channel")));
    xml.put(Event::End(BytesEnd::new("rss")));
    String::from_utf8(xml.0.into_inner()).unwrap_or_default()
}

fn item(xml: &mut Xml, feed: &Feed, title: &Shown) {
    let page = feed.page_of(title);
    xml.put(Event::Start(BytesStart::new("item")));
    xml.text("title", &title.name);
    xml.text("link", &page);
    xml.text("guid", &page);
    xml.text("pubDate", &date(title.published.unwrap_or(title.created)));
    if !title.description.is_empty() {
        xml.text("description", &markdown(&title.description));
    }
    for tag in &title.tags {
        xml.text("category", tag);
    }
    if let Some(playback) = &title.playback {
        let hls = feed.address(&playback.hls);
        // The length of a playlist says nothing of the media (RSS 2.0, "enclosure").
        let media = [("url", hls.as_str()), ("length", "0"), ("type", "application/vnd.apple.mpegurl")];
        xml.put(Event::Empty(BytesStart::new("enclosure").with_attributes(media)));
    }
    xml.put(Event::End(BytesEnd::new("item")));
}

/// A date as RFC 822 writes it, with the year in four digits (RSS 2.0).
fn date(time: Micros) -> String {
    let time = jiff::Timestamp::from_microsecond(time.0).unwrap_or_default();
    jiff::fmt::rfc2822::to_string(&time.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

/// A document in memory, which writing to can't fail.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn put(&mut self, event: Event<'_>) {
        let _ = self.0.write_event(event);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(Event::Start(BytesStart::new(name)));
        let text: String = text.chars().filter(|c| is_xml(*c)).collect();
        self.put(Event::Text(BytesText::new(&text)));
        self.put(Event::End(BytesEnd::new(name)));
    }
}

/// True if XML has this character (XML 1.0 §2.2).
const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
