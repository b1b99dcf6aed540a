//! Descriptions as pages show them.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

/// Schemes of addresses that links may have.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// The HTML of a description in Markdown. HTML in it is text, pictures are their descriptions, and a link gives its page no
/// weight and no hold on ours.
#[must_use]
pub fn html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut out, Parser::new(markdown).filter_map(safe));
    out
}

fn safe(event: Event<'_>) -> Option<Event<'_>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Start(Tag::Link { dest_url, .. }) => Event::InlineHtml(anchor(&dest_url)),
        Event::End(TagEnd::Link) => Event::InlineHtml("</a>".into()),
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        // A class would carry what people write.
        Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented)),
        other => other,
    })
}

/// The start of a link; without an address where that may be code.
fn anchor(address: &str) -> CowStr<'static> {
    let scheme = address.to_ascii_lowercase();
    if !SCHEMES.iter().any(|known| scheme.starts_with(known)) {
        return "<a>".into();
    }
    let mut href = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '&' => href.push_str("&amp;"),
            '<' => href.push_str("&lt;"),
            '>' => href.push_str("&gt;"),
            '"' => href.push_str("&quot;"),
            '\'' => href.push_str("&#39;"),
            c => href.push(c),
        }
    }
    format!(r#"<a href="{href}" rel="nofollow noopener ugc">"#).into()
}

/// Headings of a description lie below those of its page.
const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_shown_and_html_is_text() {
        for (markdown, expected) in [
            ("a *b* **c**", "<p>a <em>b</em> <strong>c</strong></p>\n"),
            ("# Top", "<h3>Top</h3>\n"),
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
            ("a <b onclick=x>", "<p>a &lt;b onclick=x&gt;</p>\n"),
            ("![alt](https://a.example/x.png)", "<p>alt</p>\n"),
            (
                "[a](https://a.example/?q=%22&b)",
                "<p><a href=\"https://a.example/?q=%22&amp;b\" rel=\"nofollow noopener ugc\">a</a></p>\n",
            ),
            ("[a](javascript:alert(1))", "<p><a>a</a></p>\n"),
            ("[a](JaVaScRiPt:alert(1))", "<p><a>a</a></p>\n"),
            (
                "<https://a.example/\"x>",
                "<p><a href=\"https://a.example/&quot;x\" rel=\"nofollow noopener ugc\">https://a.example/\"x</a></p>\n",
            ),
            ("```\"><script>\nx\n```", "<pre><code>x\n</code></pre>\n"),
        ] {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
    }
}
