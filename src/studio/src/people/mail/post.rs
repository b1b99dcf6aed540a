//! Sending: what is due goes to the mail server, and is tried again later where that fails.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use config::settings::Mail;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::sync::Notify;

use super::letter::{self, Kind};
use super::links::subject;
use crate::http::App;
use crate::http::problem::Problem;
use crate::people::trail::{Actor, record};
use crate::store::people::outbox::{self, Due};

/// Longest reason of a mail that was given up, characters.
const REASON: usize = 300;
/// Mails of a round.
const AT_ONCE: i64 = 20;
/// Seconds before each further try; after the last the mail is given up.
const WAITS: [i64; 7] = [60, 300, 1800, 7200, 21_600, 43_200, 86_400];
/// The longest that a server may take over a command.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest time between two looks into the outbox.
const LOOK: Duration = Duration::from_secs(20);

/// The way to the mail server.
#[derive(Debug)]
pub struct Post {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    new: Notify,
}

impl Post {
    /// The way to the server that the settings name; none where they name none.
    ///
    /// # Errors
    /// When its URL can't be used.
    pub fn new(settings: &Mail) -> Result<Self, String> {
        let transport = if settings.server.is_empty() {
            None
        } else {
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.server);
            let builder = builder.map_err(|error| format!("studio.mail.server can't be used: {error}"))?;
            let builder = match settings.user.as_str() {
                "" => builder,
                user => builder.credentials(Credentials::new(user.into(), password(&settings.password_file)?)),
            };
            Some(builder.timeout(Some(PATIENCE)).build())
        };
        Ok(Self { transport, new: Notify::new() })
    }

    /// Tells that there may be a new mail.
    pub(super) fn wake(&self) {
        self.new.notify_one();
    }
}

/// The password in a file, which its owner alone should be able to read.
fn password(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let failed = |error: io::Error| {
        format!("setting studio.mail.password_file: can't read {shown}: {error}; name a file that this user may read")
    };
    let text = fs::read_to_string(path).map_err(failed)?;
    if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!("others than its owner may read studio.mail.password_file {shown}: chmod 600 {shown}");
    }
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(format!("setting studio.mail.password_file: {shown} is empty"))
    } else {
        Ok(password.into())
    }
}

/// Sends mails for as long as it is polled.
pub(crate) async fn run(app: &App) {
    loop {
        if let Err(problem) = deliver(app).await {
            tracing::warn!("mails wait: {problem}");
        }
        // Whoever put one in may not have committed yet: then the next look finds it.
        let _ = tokio::time::timeout(LOOK, app.post.new.notified()).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends all that is due.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn deliver(app: &App) -> Result<(), Problem> {
    let Some(transport) = &app.post.transport else { return Ok(()) };
    loop {
        let due = outbox::due(&mut *app.store.read().await?, app.now(), AT_ONCE).await?;
        if due.is_empty() {
            return Ok(());
        }
        for mail in due {
            one(app, transport, &mail).await?;
        }
    }
}

/// Sends one mail, and puts it off where it can't be sent.
async fn one(app: &App, transport: &AsyncSmtpTransport<Tokio1Executor>, mail: &Due) -> Result<(), Problem> {
    let Some(message) = message(app, mail).await? else { return remove(app, mail).await };
    let Err(error) = transport.send(message).await else { return remove(app, mail).await };
    let again = usize::try_from(mail.tries).ok().and_then(|tries| WAITS.get(tries));
    let Some(wait) = again.filter(|_| !error.is_permanent()) else {
        let why: String = error.to_string().chars().filter(|c| !c.is_control()).take(REASON).collect();
        record(app, &Actor::program(), "mail.failed", mail.id.as_str(), &format!("{}: {why}", mail.kind)).await?;
        tracing::warn!(kind = mail.kind, "a mail is given up: {error}");
        return remove(app, mail).await;
    };
    tracing::warn!(kind = mail.kind, "a mail can't be sent, and is tried again in {wait} seconds: {error}");
    let mut db = app.store.write().await?;
    outbox::put_off(&mut db, &mail.id, app.now().plus_seconds(*wait)).await?;
    Ok(db.commit().await?)
}

/// The mail itself; none where there is nothing to be said any more.
async fn message(app: &App, mail: &Due) -> Result<Option<Message>, Problem> {
    let Ok(kind) = mail.kind.parse::<Kind>() else { return Ok(None) };
    let (Ok(from), Ok(to)) = (app.settings.mail.from.parse::<Mailbox>(), mail.recipient.parse()) else {
        return Ok(None);
    };
    let Some(subject) = subject(app, kind, mail).await? else { return Ok(None) };
    let letter = letter::write(kind, &subject.who, &subject.link, &app.settings.address);
    let message = Message::builder().from(from).to(Mailbox::new(None, to)).subject(letter.subject);
    // Nobody's machine is to answer it (RFC 3834 §5).
    let message = message.header(AutoSubmitted).header(ContentType::TEXT_PLAIN).body(letter.text);
    Ok(Some(message.map_err(|error| Problem::internal(&error.to_string()))?))
}

async fn remove(app: &App, mail: &Due) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    outbox::remove(&mut db, &mail.id).await?;
    Ok(db.commit().await?)
}

/// `Auto-Submitted: auto-generated`.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
