//! The time of answers for known and for unknown accounts, side by side. It is printed and never judged: SECURITY.md says what
//! was measured, and other tests hold that the same is done for both.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use studio::model::Role;

use crate::support::House;
use crate::support::mailbox::Mailbox;

/// Answers of each kind.
const TIMES: usize = 200;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, which takes a minute or two"]
async fn answers_for_known_and_unknown_accounts_take_as_long() {
    let mailbox = Mailbox::away();
    let house = House::with(|settings| mailbox.serve(settings)).await;
    house.member("anna", Role::Viewer).await;
    let app = house.studio.app();
    let mut db = app.store.write().await.unwrap();
    let accounts = studio::store::people::accounts::by_name(&mut db, &"anna".parse().unwrap()).await.unwrap().unwrap();
    studio::store::people::accounts::set_email(&mut db, &accounts.id, "anna@example.com").await.unwrap();
    db.commit().await.unwrap();
    type Ask = fn(&str, usize) -> Value;
    let sign_in: Ask = |name, _| json!({ "name": name, "password": "a wrong password" });
    let reset: Ask = |name, _| json!({ "email": format!("{name}@example.com") });
    let sign_up: Ask = |name, n| {
        let (new, email) = (format!("{name}{n}"), format!("{name}@example.com"));
        json!({ "name": new, "email": email, "password": "correct horse battery" })
    };
    for (path, ask, status) in
        [("/api/v1/session", sign_in, 401), ("/api/v1/resets", reset, 202), ("/api/v1/accounts", sign_up, 201)]
    {
        let mut times = [Vec::new(), Vec::new()];
        let mut client = house.stranger();
        for n in 0..TIMES {
            // Each is as often the first of the two.
            for which in [n % 2, (n + 1) % 2] {
                house.pass(3600);
                let (body, began) = (ask(["anna", "nobody"][which], n), Instant::now());
                assert_eq!(client.post(path, &body).await.status, status);
                times[which].push(began.elapsed());
            }
        }
        let [known, unknown] = times.map(median);
        let ratio = known.as_secs_f64() / unknown.as_secs_f64();
        println!("{path}: known {known:?}, unknown {unknown:?}, ratio {ratio:.3}");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
