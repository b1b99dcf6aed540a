//! `pack account`.

use std::io::Read as _;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use config::origin::Address;
use config::settings::Settings;
use serde_json::json;
use studio::http::App;
use studio::http::problem::Problem;
use studio::model::{AccountName, AccountState, Role};
use studio::people::admin::{self, Change};
use studio::people::entry::sign_in_link;
use studio::people::entry::sign_up::{self, Wanted};
use studio::people::trail::Actor;
use studio::store::people::accounts::{self, Account as Row};

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::mounted::studio::{blocking, ports};
use crate::output::Output;
use crate::settings;
use crate::text::table;

/// Longest password that is read, bytes.
const LONGEST: u64 = 16 << 10;

/// Make, list and change the studio's accounts; beside a running pack, or before its first start
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an account
    Add {
        /// Its name
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = RoleName::Creator)]
        role: RoleName,
        /// Its mail address
        #[arg(long)]
        email: Option<String>,
        /// Read its password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Print a link that signs an account in: good once, and for a quarter of an hour
    Link {
        /// Its name
        name: String,
    },
    /// List all accounts
    List,
    /// Give an account another role
    Role {
        /// Its name
        name: String,
        /// What it may do from now on
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Shut an account out, and end all its sessions
    Disable {
        /// Its name
        name: String,
        /// Let it in again
        #[arg(long)]
        undo: bool,
    },
    /// Give an account another password, and end all its sessions
    Reset {
        /// Its name
        name: String,
        /// Read its password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    /// Watches, and makes playlists
    Viewer,
    /// Uploads, too
    Creator,
    /// Judges what others do, too
    Moderator,
    /// Manages accounts and the studio, too
    Administrator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Creator => Self::Creator,
            RoleName::Moderator => Self::Moderator,
            RoleName::Administrator => Self::Administrator,
        }
    }
}

impl Account {
    /// Does it.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let ports = ports(&settings)?;
        let (runtime, studio) = blocking(studio::Studio::open(&settings.studio, ports))?;
        let done = runtime.block_on(self.action.act(studio.app(), &site(&settings), output));
        runtime.block_on(studio.app().store.close());
        done?;
        Ok(Exit::Done)
    }
}

impl Action {
    async fn act(&self, app: &App, site: &str, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Add { name, role, email, .. } => {
                let wanted = Wanted { name: parsed(name)?, email: email.clone(), password: password()? };
                let made = sign_up::make(app, wanted, (*role).into(), AccountState::Active).await;
                let account = made.map_err(Failure::usage)?;
                let text = format!("{} is made: {}", account.name, account.role);
                output.outcome(&told("made", &account), &text)?;
            }
            Self::Link { name } => {
                let made = sign_in_link::make(app, &Actor::program(), &parsed(name)?).await;
                let path = made.map_err(|problem| refused(name, problem))?;
                let url = format!("{site}{path}");
                output.outcome(&json!({ "event": "link", "name": name, "path": path, "url": url }), &url)?;
            }
            Self::List => list(app, output).await?,
            Self::Role { name, role } => {
                let change = Change { role: Some((*role).into()), ..Change::default() };
                let account = changed(app, name, &change).await?;
                output.outcome(&told("changed", &account), &format!("{} is a {} now", account.name, account.role))?;
            }
            Self::Disable { name, undo } => {
                let state = if *undo { AccountState::Active } else { AccountState::Disabled };
                let account = changed(app, name, &Change { state: Some(state), ..Change::default() }).await?;
                output.outcome(
                    &told("changed", &account),
                    &format!("{} is {} now", account.name, account.state.name()),
                )?;
            }
            Self::Reset { name, .. } => {
                let set = admin::set_password(app, &parsed(name)?, password()?).await;
                let account = set.map_err(|problem| refused(name, problem))?;
                let text = format!("{} has another password, and is signed in nowhere", account.name);
                output.outcome(&told("changed", &account), &text)?;
            }
        }
        Ok(())
    }
}

/// The studio's address: the one that is set, else the first that the origin listens on.
fn site(settings: &Settings) -> String {
    let address = &settings.studio.address;
    let listens = settings.origin.listen.iter().find_map(|address| match address {
        Address::Ip(address) => Some(format!("http://{address}")),
        Address::Unix(_) => None,
    });
    if address.is_empty() { listens.unwrap_or_default() } else { address.clone() }
}

async fn changed(app: &App, name: &str, change: &Change) -> Result<Row, Failure> {
    let changed = admin::change(app, &Actor::program(), &parsed(name)?, change).await;
    changed.map_err(|problem| refused(name, problem))
}

/// Says why nothing was done to the account `name`.
fn refused(name: &str, problem: Problem) -> Failure {
    match problem.status {
        404 => Failure::usage(anyhow!("there is no account '{name}': `pack account list` shows all")),
        500.. => Failure { exit: Exit::Failed, error: problem.into() },
        _ => Failure::usage(problem),
    }
}

async fn list(app: &App, output: &Output) -> Result<(), Failure> {
    let mut db = app.store.read().await.map_err(anyhow::Error::from)?;
    let all = accounts::all(&mut db).await.map_err(anyhow::Error::from)?;
    if output.is_json() {
        for account in &all {
            output.json(&told("account", account))?;
        }
    } else if all.is_empty() {
        output.message("there are no accounts");
    } else {
        let row = |account: &Row| {
            let email = account.email.clone().unwrap_or_default();
            [account.name.to_string(), account.role.to_string(), account.state.name().into(), email]
        };
        output.text(&table(["NAME", "ROLE", "STATE", "MAIL"], &all.iter().map(row).collect::<Vec<_>>()))?;
    }
    Ok(())
}

fn told(what: &str, account: &Row) -> serde_json::Value {
    json!({ "event": what, "id": account.id, "name": account.name, "role": account.role, "state": account.state })
}

/// An account's name, reserved ones too: who has a shell is the administrator.
fn parsed(name: &str) -> Result<AccountName, Failure> {
    AccountName::parse_any(name).map_err(Failure::usage)
}

/// The first line of standard input.
fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).context("can't read the password from standard input")?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage(anyhow!("there is no password on standard input")));
    }
    Ok(line.into())
}
