//! The icons, drawn for this project on a grid of 24 by 24.

use askama::filters::Safe;

const HEAD: &str = r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">"#;

/// The SVG of an icon; an empty square for a name that is none.
pub(crate) fn icon(name: &str) -> Safe<String> {
    Safe(format!("{HEAD}{}</svg>", shape(name)))
}

fn shape(name: &str) -> &'static str {
    match name {
        "search" => r#"<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>"#,
        "upload" => {
            r#"<path d="M12 16V4.5m0 0L7 9.5m5-5 5 5M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16"/>"#
        }
        "download" => {
            r#"<path d="M12 4.5V16m0 0 5-5m-5 5-5-5M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16"/>"#
        }
        "film" => r#"<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="m10.2 9.3 4.6 2.7-4.6 2.7z"/>"#,
        "list" => r#"<path d="M4 6.5h11M4 12h11M4 17.5h6m5.5-2.8v5.6l4.5-2.8z"/>"#,
        "person" => r#"<circle cx="12" cy="8" r="3.75"/><path d="M4.5 20c.9-3.6 3.8-5.5 7.5-5.5s6.6 1.9 7.5 5.5"/>"#,
        "gear" => {
            r#"<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.25"/><circle cx="8.5" cy="17" r="2.25"/>"#
        }
        "shield" => {
            r#"<path d="M12 3.5 5 6v5.5c0 4.2 2.8 7.5 7 9 4.2-1.5 7-4.8 7-9V6z"/><path d="m9 11.8 2.2 2.2 4-4.2"/>"#
        }
        "leave" => {
            r#"<path d="M14 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H14M10 12h10m0 0-3.5-3.5M20 12l-3.5 3.5"/>"#
        }
        "subtitles" => {
            r#"<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M7 12h3.5m3 0H17M7 15.5h6m3 0h1"/>"#
        }
        "close" => r#"<path d="m6.5 6.5 11 11m0-11-11 11"/>"#,
        "plus" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "share" => r#"<path d="M13 5.5 20 11.5l-7 6v-3.7c-4 0-6.8 1.3-9 4.2.6-5 3.7-8.3 9-8.8z"/>"#,
        "save" => r#"<path d="M7 4.5h10a1 1 0 0 1 1 1V20l-6-4.2L6 20V5.5a1 1 0 0 1 1-1z"/>"#,
        "pen" => r#"<path d="m14.5 5.5 4 4L8 20H4v-4zM12 8l4 4"/>"#,
        "bin" => {
            r#"<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1.3 1.3 0 0 0 1.3 1.2h6.8a1.3 1.3 0 0 0 1.3-1.2l.8-12"/>"#
        }
        "link" => {
            r#"<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1.2 1.2M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2"/>"#
        }
        "copy" => {
            r#"<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M5.5 15.5h-.2a.8.8 0 0 1-.8-.8V5.3a.8.8 0 0 1 .8-.8h9.4a.8.8 0 0 1 .8.8v.2"/>"#
        }
        "play" => r#"<path d="M8 5.5v13l10.5-6.5z"/>"#,
        "pause" => r#"<path d="M8.5 5.5v13m7-13v13"/>"#,
        "repeat" => {
            r#"<path d="M4.5 11V9.5A2.5 2.5 0 0 1 7 7h12m0 0-3-3m3 3-3 3M19.5 13v1.5A2.5 2.5 0 0 1 17 17H5m0 0 3 3m-3-3 3-3"/>"#
        }
        "shuffle" => {
            r#"<path d="M4 7h3l10 10h3m0 0-2.5-2.5M20 17l-2.5 2.5M4 17h3l2.5-2.5M14.5 9.5 17 7h3m0 0-2.5-2.5M20 7l-2.5 2.5"/>"#
        }
        "grip" => r#"<path d="M5 9h14M5 15h14"/>"#,
        "up" => r#"<path d="m6.5 14.5 5.5-5.5 5.5 5.5"/>"#,
        "down" => r#"<path d="m6.5 9.5 5.5 5.5 5.5-5.5"/>"#,
        "lock" => {
            r#"<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>"#
        }
        "key" => r#"<circle cx="8" cy="15.5" r="3.5"/><path d="m10.6 13 8.4-8.5M15.5 8l2.5 2.5"/>"#,
        "alert" => r#"<path d="M12 4 3.5 19h17zM12 10v4.5m0 2.2v.1"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="8"/><path d="M12 11v5m0-8.2v.1"/>"#,
        "done" => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
        "clock" => r#"<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>"#,
        "feed" => r#"<path d="M5 5a14 14 0 0 1 14 14M5 11a8 8 0 0 1 8 8"/><circle cx="6.3" cy="17.7" r="1.2"/>"#,
        "sun" => {
            r#"<circle cx="12" cy="12" r="3.75"/><path d="M12 3.5v2m0 13v2m8.5-8.5h-2m-13 0h-2M18 6l-1.4 1.4M7.4 16.6 6 18m12 0-1.4-1.4M7.4 7.4 6 6"/>"#
        }
        "moon" => r#"<path d="M19.5 14A8 8 0 0 1 10 4.5a8 8 0 1 0 9.5 9.5z"/>"#,
        "auto" => r#"<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>"#,
        "screens" => {
            r#"<rect x="3" y="5" width="13" height="9.5" rx="1.5"/><rect x="15" y="10" width="6" height="10" rx="1.5"/><path d="M7 18.5h5"/>"#
        }
        "eye" => {
            r#"<path d="M2.5 12c2.2-4 5.4-6 9.5-6s7.3 2 9.5 6c-2.2 4-5.4 6-9.5 6s-7.3-2-9.5-6z"/><circle cx="12" cy="12" r="2.75"/>"#
        }
        "image" => {
            r#"<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="m4 16.5 4.8-4.8 3.9 3.9 2.6-2.6 4.9 4.9"/><circle cx="15" cy="9.2" r="1.2"/>"#
        }
        "people" => {
            r#"<circle cx="9" cy="8.5" r="3.25"/><path d="M2.8 19c.7-3.2 3-5 6.2-5s5.5 1.8 6.2 5M15.5 5.6a3.25 3.25 0 0 1 0 5.8M17.5 14.4c1.9.7 3.2 2.300 3.700 4.600"/>"#
        }
        "chart" => r#"<path d="M4.5 19.5h15M7 16v-4m5 4V6m5 10v-6.5"/>"#,
        _ => "",
    }
}
