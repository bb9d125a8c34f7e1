//! The limits of one process, at instants that the test chooses.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn jeton(appels_minute: i32, simultanes: i16, lignes_jour: i64) -> Jeton {
    let mut jeton = Jeton::sample();
    (jeton.appels_minute, jeton.simultanes, jeton.lignes_jour) = (appels_minute, simultanes, lignes_jour);
    jeton.jour = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a day");
    jeton
}

fn limits(clock: &Clock) -> Limites {
    Limites::new(clock.clone(), Arc::new(Cache::disabled()))
}

/// What was counted and is not written down yet: calls, refusals, rows.
fn pending(limites: &Limites) -> Vec<(i64, i64, i64)> {
    limites.0.accounts()[&1].pending.values().map(|counts| (counts.appels, counts.refus, counts.lignes)).collect()
}

#[rocket::async_test]
async fn a_minute_has_so_many_calls_and_the_next_as_many_again() {
    let clock = Clock::fixed(at("2026-11-29T14:00:18Z"));
    let (limites, jeton) = (limits(&clock), jeton(2, 10, 100));
    let one = limites.enter(&jeton).await.expect("the first");
    assert_eq!((one.reste, one.secondes), (1, 42));
    assert_eq!(one.headers(), [("RateLimit-Policy", "\"minute\";q=2;w=60".to_string()), ("RateLimit", "\"minute\";r=1;t=42".to_string())]);
    assert_eq!(limites.enter(&jeton).await.expect("the second").reste, 0);
    clock.set(at("2026-11-29T14:00:59.900Z"));
    let refused = limites.enter(&jeton).await.err().expect("a third");
    assert_eq!((refused.seconds, refused.reste), (1, 0));
    assert!(refused.sentence.contains("ses 2 appels de cette minute. Attendez 1\u{a0}s"), "{}", refused.sentence);
    let headers = refused.headers().map(|(name, value)| format!("{name}: {value}"));
    assert_eq!(headers, ["Retry-After: 1", "RateLimit-Policy: \"minute\";q=2;w=60", "RateLimit: \"minute\";r=0;t=1"]);
    clock.set(at("2026-11-29T14:01:00Z"));
    assert_eq!(limites.enter(&jeton).await.expect("another minute").reste, 1);
    assert_eq!(pending(&limites), [(4, 1, 0)]);
}

#[rocket::async_test]
async fn a_place_is_given_back_with_its_call() {
    let clock = Clock::fixed(at("2026-11-29T14:00:00Z"));
    let (limites, jeton) = (limits(&clock), jeton(100, 2, 100));
    let (one, two) = (limites.enter(&jeton).await.ok(), limites.enter(&jeton).await.ok());
    assert!(one.is_some() && two.is_some());
    let refused = limites.enter(&jeton).await.err().expect("a third at once");
    assert_eq!((refused.seconds, refused.reste), (1, 98), "a refused call is none of the minute");
    assert!(refused.sentence.contains("déjà 2 appels en cours"), "{}", refused.sentence);
    drop(one);
    assert!(limites.enter(&jeton).await.is_ok());
}

#[rocket::async_test]
async fn rows_are_those_of_the_base_and_those_that_it_has_not_yet() {
    let clock = Clock::fixed(at("2026-11-29T14:00:00Z"));
    let limites = limits(&clock);
    let mut jeton = jeton(100, 2, 100);
    jeton.lignes = 60;
    drop(limites.enter(&jeton).await.expect("sixty rows read"));
    limites.read(1, 39);
    drop(limites.enter(&jeton).await.expect("ninety-nine"));
    limites.read(1, 500);
    let refused = limites.enter(&jeton).await.err().expect("all of them");
    // Ten in the morning in Guadeloupe: fourteen hours to midnight.
    assert_eq!(refused.seconds, 14 * 3_600);
    assert!(refused.sentence.contains("les 100 lignes"), "{}", refused.sentence);
    assert_eq!(pending(&limites), [(3, 1, 539)]);
    (jeton.lignes, jeton.jour) = (0, jeton.jour.succ_opt().expect("a day"));
    assert!(limites.enter(&jeton).await.is_ok(), "tomorrow");
    limites.refused(1);
    assert_eq!(pending(&limites), [(3, 1, 539), (1, 1, 0)], "each day has its own");
}

#[rocket::async_test]
async fn what_was_asked_is_due_at_once_then_each_minute() {
    let clock = Clock::fixed(at("2026-11-29T14:00:00Z"));
    let (limites, jeton) = (limits(&clock), jeton(100, 2, 100));
    drop(limites.enter(&jeton).await);
    let late = |limites: &Limites| limites.0.accounts()[&1].is_late(clock.now());
    assert!(late(&limites), "the first call of a process");
    let due = limites.0.accounts().get_mut(&1).expect("an account").due(clock.now());
    assert_eq!(due.iter().map(|tally| (tally.appels, tally.dernier_le)).collect::<Vec<_>>(), [(1, clock.now())]);
    drop(limites.enter(&jeton).await);
    clock.set(at("2026-11-29T14:00:59Z"));
    assert!(!late(&limites));
    clock.set(at("2026-11-29T14:01:00Z"));
    assert!(late(&limites));
}

#[rocket::async_test]
async fn a_spent_token_is_refused_before_the_base_is_asked_and_until_the_minute_ends() {
    let clock = Clock::fixed(at("2026-11-29T14:00:18Z"));
    let (limites, jeton) = (limits(&clock), jeton(2, 1, 100));
    let (here, elsewhere) = (Some(IpAddr::from([192, 0, 2, 7])), Some(IpAddr::from([192, 0, 2, 8])));
    assert!(limites.spent(b"one", here).is_none(), "nobody knows it");
    limites.know(b"one", here, &jeton);
    assert!(limites.spent(b"one", here).is_none(), "it has all its calls");
    let held = limites.enter(&jeton).await.expect("the first");
    let refused = limites.spent(b"one", here).expect("one at a time");
    assert!(refused.sentence.contains("déjà 1 appel en cours"), "{}", refused.sentence);
    drop(held);
    assert!(limites.spent(b"one", here).is_none(), "the place is free again");
    drop(limites.enter(&jeton).await.expect("the second"));
    let refused = limites.spent(b"one", here).expect("the minute is spent");
    assert_eq!((refused.seconds, refused.limite, refused.reste), (42, 2, 0));
    assert!(limites.spent(b"one", elsewhere).is_none(), "from another network, the base says what it is");
    assert!(limites.spent(b"other", here).is_none(), "another token");
    assert_eq!(pending(&limites), [(4, 2, 0)], "refused calls are told to the owner");
    clock.set(at("2026-11-29T14:01:00Z"));
    assert!(limites.spent(b"one", here).is_none(), "another minute");
}

#[rocket::async_test]
async fn a_day_that_is_spent_asks_the_base_once_a_minute() {
    let clock = Clock::fixed(at("2026-11-29T14:00:00Z"));
    let (limites, jeton) = (limits(&clock), jeton(100, 2, 100));
    limites.know(b"one", None, &jeton);
    drop(limites.enter(&jeton).await.expect("a call"));
    limites.read(1, 100);
    assert!(limites.spent(b"one", None).is_none(), "whether the day is spent, the base knows");
    assert!(limites.enter(&jeton).await.is_err());
    let refused = limites.spent(b"one", None).expect("the day is spent");
    assert!(refused.sentence.contains("les 100 lignes"), "{}", refused.sentence);
    // A call of the same minute that was let through does not open it again.
    limites.know(b"one", None, &jeton);
    assert!(limites.spent(b"one", None).is_some());
    clock.set(at("2026-11-29T14:01:00Z"));
    assert!(limites.spent(b"one", None).is_none(), "asked again");
}
