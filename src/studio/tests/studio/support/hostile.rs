//! Texts that would be code or markup where somebody forgets that they are texts.

const CODE: [&str; 20] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<math><mtext><style><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<template><script>alert(1)</script></template>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "'; DROP TABLE titles; --",
    "\u{202e}<script>alert(1)</script>",
];

const PLACES: [(&str, &str); 20] = [
    ("", ""),
    ("\"", "\""),
    ("'>", "<'"),
    ("\">", "<\""),
    ("-->", "<!--"),
    ("</title>", "<title>"),
    ("</textarea>", "<textarea>"),
    ("</style>", "<style>"),
    ("</script>", "<script>"),
    ("]]>", "<![CDATA["),
    ("[x](", ")"),
    ("[x](<", ">)"),
    ("![x](", ")"),
    ("[", "](https://a.example)"),
    ("`", "`"),
    ("```", "```"),
    ("# ", ""),
    ("> * ", ""),
    ("<", ">"),
    ("&lt;", "&gt;"),
];

/// 400 of them, each one line.
pub(crate) fn texts() -> Vec<String> {
    let texts = CODE.iter().flat_map(|code| PLACES.iter().map(move |(before, after)| format!("{before}{code}{after}")));
    texts.collect()
}

/// Finds what is neither text nor one of the tags that a description may have.
pub(crate) fn foreign_markup(html: &str) -> Option<String> {
    const TAGS: [&str; 16] = [
        "p",
        "em",
        "strong",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "hr /",
        "br /",
        "a",
    ];
    for part in html.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { return Some(part.into()) };
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let link = tag.strip_prefix("a href=\"").and_then(|rest| rest.strip_suffix("\" rel=\"nofollow noopener ugc\""));
        let is_link = link.is_some_and(|address| {
            let is_web = ["http://", "https://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
            is_web && !address.contains(['"', '<', '>', '\''])
        });
        if !is_link && !TAGS.contains(&name) || text.contains('>') {
            return Some(part.into());
        }
    }
    None
}
