//! Two providers of others: oidc-provider of npm, and oidc-provider-mock of PyPI.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use config::settings::SignUp;
use serde_json::json;
use studio::model::Role;
use tempfile::TempDir;

use super::{come_back, provide, set_out};
use crate::support::House;
use crate::support::peers::{Running, free_port, node, python};

on_both!(somebody_signs_up_and_in_at_oidc_provider, somebody_signs_up_and_in_at_oidc_provider_mock);

/// A provider that lets one account in without asking: what it is like for people is not what is tested.
const SCRIPT: &str = r"
import Provider from 'oidc-provider';
const port = Number(process.argv[2]);
const account = { accountId: 'u-17', claims: () => ({ sub: 'u-17', preferred_username: 'Robin', email: 'robin@example.com', email_verified: true }) };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'studio', client_secret: 'a secret of the studio\'s own', redirect_uris: ['http://127.0.0.1:9/api/v1/oidc/npm/callback'] }],
  claims: { profile: ['preferred_username'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: () => account,
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: 'u-17' } }, { mergeWithLastSubmission: false });
  ctx.respond = false;
});
provider.listen(port, '127.0.0.1');
";

fn quiet(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}

async fn somebody_signs_up_and_in_at_oidc_provider(mut house: House) {
    let (folder, port) = (node(), free_port());
    let script = TempDir::new_in(&folder).unwrap();
    fs::write(script.path().join("provider.mjs"), SCRIPT).unwrap();
    let mut command = Command::new("node");
    command.arg(script.path().join("provider.mjs")).arg(port.to_string());
    let _running = Running::start(quiet(&mut command), port);
    provide(&mut house, "npm", &format!("http://127.0.0.1:{port}")).await;
    signs_up_and_in(&mut house, "npm", "robin").await;
}

async fn somebody_signs_up_and_in_at_oidc_provider_mock(mut house: House) {
    let port = free_port();
    let mut command = Command::new(python().join("oidc-provider-mock"));
    command.args(["--port", &port.to_string()]);
    let _running = Running::start(quiet(&mut command), port);
    provide(&mut house, "pypi", &format!("http://127.0.0.1:{port}")).await;
    signs_up_and_in(&mut house, "pypi", "viewer").await;
}

/// Signs somebody up at the provider `id` who is called `name` then, and in again; the second time nobody else may.
async fn signs_up_and_in(house: &mut House, id: &str, name: &str) {
    let mut ids = Vec::new();
    for sign_up in [SignUp::Closed, SignUp::Open, SignUp::Closed] {
        house.restart(|settings| settings.sign_up = sign_up).await;
        let mut browser = house.stranger();
        let page = set_out(&mut browser, id).await;
        let back = tokio::task::spawn_blocking(move || visit(&page)).await.unwrap();
        let answer = come_back(&mut browser, &back).await;
        if ids.is_empty() && sign_up == SignUp::Closed {
            assert_eq!(answer.status, 403, "nobody new may come in: {answer:?}");
            continue;
        }
        assert_eq!((answer.status, answer.header("location")), (303, "/playlists"), "{answer:?}");
        let me = browser.get("/api/v1/me").await.json();
        assert!(me["name"].as_str().unwrap().starts_with(name), "{me}");
        ids.push(me["id"].clone());
        let again = come_back(&mut browser, &back).await;
        assert_eq!(again.status, 400, "the way back is good once: {again:?}");
        let places = browser.get("/api/v1/me/identities").await.json();
        let place = &places["items"][0];
        let query =
            format!("issuer={}&subject={}", place["issuer"].as_str().unwrap(), place["subject"].as_str().unwrap());
        let last = browser.delete(&format!("/api/v1/me/identities?{query}")).await;
        assert_eq!(last.status, 409, "nothing else lets them in: {last:?}");
    }
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]), "the same account");
    let mut other = house.member("other", Role::Viewer).await;
    let joined =
        other.post(&format!("/api/v1/me/identities/{id}"), &json!({ "password": "correct horse battery" })).await;
    let page = joined.json()["url"].as_str().unwrap().to_owned();
    let back = tokio::task::spawn_blocking(move || visit(&page)).await.unwrap();
    assert_eq!(come_back(&mut other, &back).await.status, 409, "it is joined to another account");
}

/// Goes through a provider's pages as a browser would, up to the address that leads back.
fn visit(page: &str) -> String {
    let config =
        ureq::Agent::config_builder().max_redirects(0).max_redirects_will_error(false).http_status_as_error(false);
    let agent = ureq::Agent::new_with_config(config.build());
    let (mut address, mut cookies) = (page.to_owned(), BTreeMap::new());
    let origin = page.split('/').take(3).collect::<Vec<_>>().join("/");
    for _ in 0..8 {
        let header = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ");
        let mut answer = agent.get(&address).header("cookie", &header).call().unwrap();
        if answer.status() == 200 {
            let form = [("sub", "somebody@example.com")];
            answer = agent.post(&address).header("cookie", &header).send_form(form).unwrap();
        }
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let location =
            location.unwrap_or_else(|| panic!("{}: {:?}", answer.status(), answer.body_mut().read_to_string()));
        if location.starts_with(super::HERE) {
            return location;
        }
        address = if location.starts_with('/') { format!("{origin}{location}") } else { location };
    }
    panic!("{page} leads nowhere");
}
