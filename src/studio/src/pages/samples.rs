//! Every page, made of texts that strangers write.

use askama::Template;

use super::admin::page::{AccountLine, AdminPage, Figure, PLACES as ADMIN};
use super::admin::trail::TrailLine;
use super::find::group::{GroupPage, Person};
use super::find::home::HomePage;
use super::find::search::SearchPage;
use super::frame::{Frame, Notice, Theme, Viewer, languages};
use super::lists::playlist::{Playlist, PlaylistPage};
use super::lists::playlists::PlaylistsPage;
use super::own::edit::EditPage;
use super::own::fields::{Facts, Group};
use super::own::line::Line;
use super::own::links::LinkLine;
use super::own::original::Original;
use super::own::poster::Poster;
use super::own::report::{Judged, Remark, ReportPage};
use super::own::titles::{Filter, TitlesPage};
use super::own::tracks::TrackLine;
use super::own::upload::{Limits, UploadPage};
use super::settings::page::{Factor, GroupLine, Me, PLACES as SETTINGS, SessionLine, SettingsPage, TokenLine};
use super::view::card::Said;
use super::view::{Badge, Card, Empty};
use super::watch::embed::EmbedPage;
use super::watch::proof::Proof;
use super::watch::shown::Shown;
use super::watch::title::{Choice, Queue, Share, WatchPage};
use crate::claims::{CLAIMS, Claimed};
use crate::model::{Micros, Purpose, TitleState, Track};
use crate::ports::Rule;

const EMPTY: Empty = Empty::new("film", "empty.home", Some("/upload"));

/// Texts for pages: those of an ordinary day, or hostile ones.
struct Texts(Option<&'static str>);

impl Texts {
    fn of(&self, plain: &str) -> String {
        self.0.map_or_else(|| plain.to_owned(), str::to_owned)
    }

    fn frame(&self, language: usize) -> Frame {
        let viewer = Viewer { name: self.of("ada"), role: "administrator", may_upload: true, is_administrator: true };
        Frame {
            site: "pack",
            path: self.of("/titles"),
            query: self.of("sea"),
            viewer: Some(viewer),
            notice: Some(Notice::good(self.of("Saved."))),
            theme: Theme::Auto,
            texts: &languages()[language],
            now: Micros(0),
            origin: self.of("https://a.example"),
        }
    }

    fn card(&self, name: &str) -> Card {
        Card {
            id: "k3v9".into(),
            name: self.of(name),
            href: "/watch/k3v9".into(),
            poster: Some(self.of("/poster.jpg")),
            length: Some("12:04".into()),
            owner: Some(self.of("ada")),
            when: Some("3 days ago".into()),
            said: vec![Said {
                href: "/watch/k3v9?t=65".into(),
                at: "1:05".into(),
                text: self.of("and then the sea went quiet"),
            }],
            ..Card::default()
        }
    }

    fn cards(&self) -> Vec<Card> {
        let names = [
            "Under the northern sea",
            "How the lighthouse keepers of the outer islands kept their lamps burning through the winter storms",
            "Talk: proofs for media",
            "Morning in Porto",
            "Étude no. 4",
            "Harvest",
            "City lights",
            "Wind",
        ];
        names.iter().map(|name| self.card(name)).collect()
    }

    fn line(&self, name: &str, state: TitleState, page: &Frame) -> Line {
        Line {
            id: "k3v9".into(),
            name: self.of(name),
            poster: (state == TitleState::Published).then(|| self.of("/poster.jpg")),
            length: Some("12:04".into()),
            state: state.name(),
            badge: Badge::state(state, page),
            reason: (state == TitleState::Failed)
                .then(|| self.of("The file ends in the middle of a picture, after 3:12. Upload it again.")),
            visibility: "restricted",
            when: "2 hours ago".into(),
        }
    }

    fn lines(&self, page: &Frame) -> Vec<Line> {
        use TitleState::{Encoding, Failed, Published, Waiting};
        let states = [Encoding, Waiting, Failed, Published, Published];
        let names = ["Under the northern sea", "Harvest", "Talk: proofs for media", "Morning in Porto", "Étude no. 4"];
        names.into_iter().zip(states).map(|(name, state)| self.line(name, state, page)).collect()
    }

    fn shown(&self, published: bool) -> Shown {
        Shown {
            id: "k3v9".into(),
            name: self.of("Under the northern sea"),
            owner: Some(self.of("ada")),
            when: Some("3 days ago".into()),
            length: Some("12:04".into()),
            seconds: Some(724.0),
            badge: None,
            description: "<p>Filmed off Tromsø in <strong>February</strong>, at four degrees.</p>".into(),
            summary: Some(self.of("Filmed off Tromsø")),
            tags: vec![self.of("sea"), self.of("documentary")],
            state: if published { TitleState::Published } else { TitleState::Encoding },
            reason: self.0.map(str::to_owned),
            hls: published.then(|| self.of("/vod/k3v9/index.m3u8")),
            poster: Some(self.of("/poster.jpg")),
            expires: Some("2026-09-21T14:13:20Z".into()),
            mine: true,
            downloadable: true,
        }
    }
}

/// All pages by name.
fn pages(texts: &Texts, language: usize) -> Vec<(&'static str, String)> {
    let page = || texts.frame(language);
    let home = |newest| HomePage {
        page: page(),
        tags: vec![texts.of("sea"), texts.of("music")],
        newest,
        more: Some(texts.of("/?cursor=x")),
        empty: EMPTY,
    };
    let mut all = vec![
        ("home", home(texts.cards()).render()),
        ("home-empty", home(Vec::new()).render()),
        (
            "search",
            SearchPage { page: page(), sort: texts.of("newest"), results: texts.cards(), more: None, empty: EMPTY }
                .render(),
        ),
        (
            "person",
            GroupPage {
                page: page(),
                heading: texts.of("ada"),
                person: Some(Person { name: texts.of("ada"), detail: texts.of("8 titles") }),
                feeds: texts.of("/feeds/people/ada"),
                cards: texts.cards(),
                more: None,
                empty: EMPTY,
            }
            .render(),
        ),
        (
            "upload",
            UploadPage {
                page: page(),
                limits: Limits {
                    largest: Some(50),
                    room: Some(9),
                    text: texts.of("Up to 50 GB each. 9 GB of your space are free."),
                },
            }
            .render(),
        ),
        (
            "titles",
            TitlesPage {
                page: page(),
                room: texts.of("12 GB of 100 GB used"),
                filter: Filter { tag: texts.of(""), ..Filter::default() },
                lines: texts.lines(&page()),
                more: None,
                empty: EMPTY,
            }
            .render(),
        ),
        (
            "titles-empty",
            TitlesPage {
                page: page(),
                room: texts.of("0 bytes used"),
                filter: Filter::default(),
                lines: Vec::new(),
                more: None,
                empty: Empty::new("film", "empty.titles", Some("/upload")),
            }
            .render(),
        ),
        (
            "edit",
            EditPage {
                page: page(),
                title: facts(texts, &page()),
                poster: Poster {
                    now: Some(texts.of("/poster.jpg")),
                    hls: Some(texts.of("/vod/k3v9/index.m3u8")),
                    expires: Some("2026-09-21T14:13:20Z".into()),
                    seconds: Some(724.0),
                    is_own: true,
                },
                file: Original {
                    figures: vec![(texts.of("Size"), texts.of("1.2 GB"))],
                    is_here: true,
                    is_own: true,
                    replace: Some(Limits { largest: Some(50), room: Some(9), text: texts.of("Up to 50 GB each.") }),
                },
                tracks: vec![TrackLine::of(&Track::text("fr", Purpose::Sdh).unwrap(), 12, &page())],
                links: vec![LinkLine {
                    id: "l".into(),
                    made: "now".into(),
                    ends: "ends".into(),
                    used: texts.of("used 3 / 5"),
                    has_password: true,
                    is_over: true,
                }],
                made_link: Some(texts.of("https://a.example/link/x")),
                wrong: texts.0.map(str::to_owned),
            }
            .render(),
        ),
        ("report", report(texts, page()).render()),
        (
            "playlists",
            PlaylistsPage { page: page(), own: texts.cards(), others: texts.cards(), more: None, empty: EMPTY }
                .render(),
        ),
        (
            "playlist",
            PlaylistPage { page: page(), playlist: playlist(texts, true), items: texts.cards(), empty: EMPTY }.render(),
        ),
        (
            "playlist-of-others",
            PlaylistPage { page: page(), playlist: playlist(texts, false), items: texts.cards(), empty: EMPTY }
                .render(),
        ),
        ("embed", EmbedPage { page: page(), title: texts.shown(true) }.render()),
    ];
    for (name, published) in [("watch", true), ("watch-pending", false)] {
        all.push((name, watch(texts, page(), published, false).render()));
    }
    all.push(("watch-queue", watch(texts, page(), true, true).render()));
    all.extend(SETTINGS.map(|(place, _)| (place, settings(texts, page(), place).render())));
    all.extend(ADMIN.map(|(place, _)| (place, admin(texts, page(), place).render())));
    all.into_iter().map(|(name, html)| (name, html.unwrap())).collect()
}

fn facts(texts: &Texts, page: &Frame) -> Facts {
    Facts {
        id: "k3v9".into(),
        name: texts.of("Under the northern sea"),
        description: texts.of("Filmed off Tromsø in **February**, at four degrees."),
        tags: texts.of("sea, documentary"),
        category: texts.of("Nature"),
        language: texts.of("en"),
        licence: texts.of("CC BY 4.0"),
        groups: vec![Group { id: "g1".into(), name: texts.of("Family"), is_chosen: true }],
        sites: texts.of("https://a.example"),
        downloadable: true,
        visibility: "unlisted",
        shared_with: texts.of("grace, alan"),
        state: "failed",
        badge: Badge::state(TitleState::Failed, page),
        reason: Some(texts.of("The file ends in the middle of a picture, after 3:12. Upload it again.")),
    }
}

fn report(texts: &Texts, page: Frame) -> ReportPage {
    let rule = |id: &str, broken| Rule {
        id: texts.of(id),
        clause: texts.of("R §4.4"),
        severity: texts.of("MUST"),
        meaning: texts.of("the declared bandwidth is no lower than the measured one"),
        broken,
    };
    let remark =
        Remark { rule: texts.of("hls-target-duration"), message: texts.of("6 s"), place: texts.of("index.m3u8:4") };
    let figures = ["held", "tracks", "segments", "media"].map(|key| (key, texts.of("12")));
    ReportPage {
        page,
        id: "k3v9".into(),
        name: texts.of("Under the northern sea"),
        revision: Some(texts.of("R3f9a")),
        report: Some(Judged {
            figures: figures.into(),
            findings: vec![remark],
            rules: vec![rule("hls-bandwidth-understated", 0), rule("hls-target-duration", 1)],
        }),
        empty: EMPTY,
    }
}

fn playlist(texts: &Texts, mine: bool) -> Playlist {
    Playlist {
        id: "p1".into(),
        name: texts.of("For a rainy evening"),
        description: "<p>Slow ones first.</p>".into(),
        source: texts.of("Slow ones first."),
        owner: texts.of("ada"),
        visibility: "public",
        size: texts.of("8 titles"),
        version: 3,
        first: Some("/watch/k3v9?list=p1".into()),
        mine,
    }
}

fn watch(texts: &Texts, page: Frame, published: bool, queued: bool) -> WatchPage {
    let embed = "<iframe src=\"https://a.example/embed/k3v9\" allowfullscreen></iframe>".to_owned();
    let share =
        Share { address: texts.of("https://a.example/watch/k3v9"), embed: Some(embed), warning: Some("restricted") };
    let items =
        texts.cards().into_iter().enumerate().map(|(place, card)| Card { current: place == 1, ..card }).collect();
    let queue = Queue { id: "p1".into(), name: texts.of("For a rainy evening"), place: texts.of("2 of 8"), items };
    let playlists = vec![Choice { id: "p1".into(), name: texts.of("For a rainy evening") }];
    let related = if published && !queued { texts.cards() } else { Vec::new() };
    let proof = Proof {
        figures: vec![
            (texts.of("Revision"), texts.of("3f9a")),
            (texts.of("Video"), texts.of("1920 × 1080 · avc1.640028 · 5,200 kb/s · 181 segments")),
        ],
        document: Some(texts.of("/vod/k3v9/title.json")),
    };
    WatchPage {
        page,
        title: texts.shown(published),
        proof: Some(proof),
        queue: queued.then_some(queue),
        related,
        share,
        playlists,
    }
}

fn settings(texts: &Texts, page: Frame, open: &'static str) -> SettingsPage {
    let session = |current| SessionLine {
        id: "s".into(),
        agent: texts.of("Firefox on Linux"),
        seen: "Used 3 minutes ago".into(),
        made: "Since 4 May 2026".into(),
        current,
    };
    SettingsPage {
        page,
        places: &SETTINGS,
        open,
        wrong: texts.0.map(str::to_owned),
        me: Me {
            name: texts.of("ada"),
            role: "administrator",
            email: texts.of("ada@example.com"),
            room: texts.of("12 GB of 100 GB used"),
        },
        factor: Factor {
            on: false,
            secret: Some(texts.of("JBSW Y3DP EHPK 3PXP")),
            qr: None,
            recovery: vec![texts.of("k3v9-11aa"), texts.of("p0q2-88zz")],
        },
        sessions: vec![session(true), session(false)],
        groups: vec![GroupLine {
            id: "g1".into(),
            name: texts.of("Family"),
            size: "3 people".into(),
            members: texts.of("grace, alan"),
        }],
        tokens: vec![TokenLine {
            id: "t".into(),
            name: texts.of("backup script"),
            scopes: texts.of("read"),
            made: "Since 4 May 2026".into(),
        }],
        scopes: vec!["read", "write", "upload", "live", "moderate", "admin", "ftp"],
        made_token: Some(texts.of("pack_0123456789")),
    }
}

fn admin(texts: &Texts, page: Frame, open: &'static str) -> AdminPage {
    let account = |name: &str, role, shut_out| AccountLine {
        name: texts.of(name),
        role,
        since: "4 May 2026".into(),
        used: "12 GB".into(),
        badge: None,
        shut_out,
        me: name == "ada",
    };
    let figure = |key, value: &str| Figure { key, value: texts.of(value) };
    let (working, failed) = texts.lines(&page).into_iter().partition(|line| line.state != "failed");
    AdminPage {
        page,
        places: &ADMIN,
        open,
        figures: vec![
            figure("accounts", "214"),
            figure("pending", "3"),
            figure("titles", "1,204"),
            figure("storage", "2.4 TB"),
            figure("waiting", "7"),
            figure("failed", "2"),
        ],
        q: texts.of("ad"),
        accounts: vec![
            account("ada", "administrator", false),
            account("grace", "moderator", false),
            account("mallory", "viewer", true),
        ],
        more: None,
        wrong: texts.0.map(str::to_owned),
        invites: true,
        invitation: Some(texts.of("https://a.example/invitation/x")),
        working,
        failed,
        trail: vec![TrailLine {
            at: "3 minutes ago".into(),
            actor: texts.of("ada"),
            action: "session.created".into(),
            target: texts.of("ada"),
            detail: texts.of("x"),
            address: texts.of("203.0.113.9"),
        }],
        settings: vec![("studio.sign_up", texts.of("invitation"))],
    }
}

/// What strangers write never becomes markup: each `<` and quote of theirs is written as a reference.
#[test]
fn texts_of_strangers_never_become_markup() {
    for hostile in [
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>",
        "</title><script>alert(1)</script>",
        "</script><script>x</script>",
        "{{7*7}}<b>",
    ] {
        for (name, html) in pages(&Texts(Some(hostile)), 0) {
            assert!(!html.contains(hostile), "{name}: {hostile}");
            for tag in ["<img src=x", "<svg/onload", "<script>", "<b>"] {
                assert!(!html.contains(tag), "{name}: {hostile} made {tag}");
            }
        }
    }
}

/// Elements that must be closed are; each id is there once, and each label has its field.
#[test]
fn pages_are_well_formed_in_every_language() {
    for language in 0..languages().len() {
        for (name, html) in pages(&Texts(None), language) {
            for element in [
                "div", "form", "section", "button", "ul", "ol", "li", "a", "p", "label", "select", "fieldset", "svg",
                "nav",
            ] {
                let opened =
                    html.matches(&format!("<{element} ")).count() + html.matches(&format!("<{element}>")).count();
                assert_eq!(opened, html.matches(&format!("</{element}>")).count(), "{name}: <{element}>");
            }
            let ids: Vec<&str> = attribute(&html, " id=\"");
            for id in &ids {
                assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: id {id}");
            }
            for refers in [" for=\"", "aria-labelledby=\"", "popovertarget=\""] {
                for id in attribute(&html, refers) {
                    assert!(ids.contains(&id), "{name}: {refers}{id}");
                }
            }
            assert_eq!(html.matches("<h1").count(), 1, "{name} has one heading");
        }
    }
}

/// The origin hands the studio every path that its pages lead to.
#[test]
fn the_studio_claims_all_that_its_pages_lead_to() {
    for (name, html) in pages(&Texts(None), 0) {
        for way in [" href=\"/", " action=\"/", " src=\"/"] {
            for path in attribute(&html, way) {
                let path = format!("/{}", path.split(['?', '#']).next().unwrap_or_default());
                let is_claimed = CLAIMS.iter().any(|claim| match claim {
                    Claimed::Path(exact) => path == *exact,
                    Claimed::Below(prefix) => path.starts_with(prefix),
                });
                assert!(is_claimed || path.starts_with("/vod/") || path == "/poster.jpg", "{name} leads to {path}");
            }
        }
    }
}

fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}
