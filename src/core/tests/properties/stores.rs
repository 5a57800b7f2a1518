//! Three processes share a store whose replicas lag behind, and a server that rotates refresh tokens strictly or not at
//! all, from one answer to the next. Whoever refreshes holds the store's lease and reads its newest record first; so no
//! refresh token may ever be sent after it was replaced.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tokenwell::provider::Rotation;
use tokenwell::{Change, Observation, Secret, SessionTokens, Step, TokenSource};

use crate::support::*;

#[derive(Clone, Debug)]
struct Turn {
    pass_ms: u64,
    process: usize,
    /// How many records late a replica is that is read before, and one while the refresh is out.
    before: Option<usize>,
    meanwhile: Option<usize>,
    wants_fresh: bool,
    rotates: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let pass_ms = proptest::sample::select(&[1u64, 500, 40_000, 600_000, 3_000_000][..]);
    let lag = || option::weighted(0.3, 0usize..15);
    (pass_ms, 0usize..3, lag(), lag(), proptest::bool::weighted(0.25), proptest::bool::weighted(0.75)).prop_map(
        |(pass_ms, process, before, meanwhile, wants_fresh, rotates)| Turn {
            pass_ms,
            process,
            before,
            meanwhile,
            wants_fresh,
            rotates,
        },
    )
}

proptest! {
    #![proptest_config(crate::cases(300))]

    #[test]
    fn f80_no_replaced_refresh_token_is_sent_however_late_a_replica_is(turns in vec(turn(), 1..60)) {
        let client = client_of(|profile| profile.rotation = Rotation::Strict);
        let mut store = vec![SessionTokens {
            access_token: Secret::new("access-0"),
            refresh_token: Some(Secret::new("refresh-0")),
            id_token: None,
            expires_at_unix_ms: Some(T0 + 3_600_000),
            scope: "read".into(),
            issued_for: client.issued_for(),
        }];
        let mut sources: Vec<TokenSource> =
            (0..3).map(|_| TokenSource::session(client.clone(), store[0].clone(), at(0))).collect();
        let (mut now, mut newest, mut number) = (0, 0, 0);
        for turn in turns {
            now += turn.pass_ms;
            let source = &mut sources[turn.process];
            let late = |lag: usize| Observation::Tokens(store[store.len().saturating_sub(1 + lag)].clone());
            if let Some(lag) = turn.before {
                source.observe(late(lag), at(now));
            }
            if turn.wants_fresh {
                source.invalidate();
            }
            source.observe(late(0), at(now));
            if let Step::Send(flight) = source.poll(at(now), now) {
                let sent = form(flight.request());
                prop_assert_eq!(value(&sent, "refresh_token"), Some(&*format!("refresh-{newest}")));
                if let Some(lag) = turn.meanwhile {
                    source.observe(late(lag), at(now));
                }
                number += 1;
                newest += u64::from(turn.rotates);
                let next = if turn.rotates { format!(r#","refresh_token":"refresh-{newest}""#) } else { String::new() };
                let body = format!(r#"{{"access_token":"access-{number}","token_type":"Bearer","expires_in":3600{next}}}"#);
                let step = source.finish(flight, ok(body), at(now + 50));
                prop_assert!(matches!(step, Step::Ready(_)), "{:?}", step);
            }
            while let Some(change) = source.take_change() {
                if let Change::Tokens(tokens) = change {
                    store.push(tokens);
                }
            }
            now += 50;
        }
    }
}
