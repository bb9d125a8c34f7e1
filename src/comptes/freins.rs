//! The brake of sign-ins: attempts wait longer and longer, and never keep an owner out.
//!
//! A browser that an account signed in from before has a way of its own, which nobody else's failures reach. A network
//! that somebody signed in from has one for each account: whoever it is, so that nothing is learnt of who works there.
//! Everybody else shares a few ways per account, and which one follows from where they come from: a guesser fills the one
//! of their own network.

use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};

use crate::platform::db::Db;

/// Free attempts and longest wait in seconds: for an account from a browser it knows.
const BROWSER: (i32, i32) = (10, 900);
/// For an account seen from one network.
const PAIR: (i32, i32) = (5, 900);
/// For an account, in each of the ways that strangers share: all together, one guess in thirty seconds.
const ACCOUNT: (i32, i32) = (6, 240);
/// Ways that strangers share, for one account.
const WAYS: u8 = 8;
/// For the password and the codes of an account in its own sessions.
const OWN: (i32, i32) = (5, 900);
/// For new recovery codes, each set of which is long to compute.
const RENEWALS: (i32, i32) = (3, 3_600);
/// For e-mails that an administrateur sends to an account.
const MAILS: (i32, i32) = (5, 3_600);
/// For forgotten passwords: of an e-mail from one network, of an e-mail from everywhere, of a network, of a site. Whoever uses
/// up those of somebody else has sent them as many good links.
const FORGOTTEN: [(i32, i32); 4] = [(3, 900), (6, 900), (20, 900), (80, 900)];
/// For a network: an IPv4 address, or the /64 that one subscriber of IPv6 has.
const NETWORK: (i32, i32) = (60, 900);
/// For the /48 of IPv6 around it, which one site may have.
const SITE: (i32, i32) = (240, 900);
/// Places kept for an account, the last seen.
const KNOWN_MAX: i64 = 30;
/// Days after which a place is forgotten.
const KNOWN_DAYS: i32 = 400;

/// A counter: its name, the free attempts, the longest wait in seconds.
pub(super) type Counter = (Vec<u8>, i32, i32);

/// Where an attempt comes from.
pub(super) struct Origin {
    courriel: String,
    network: String,
    site: Option<String>,
    browser: Option<Vec<u8>>,
}

/// The counters of an attempt, and what a success takes back.
pub(super) struct Way {
    /// All of them count the attempt.
    counters: Vec<Counter>,
    /// How many of them, from the first, are forgotten after a success: the others are shared with other accounts.
    own: usize,
}

/// The ways of an attempt, the best first: when one is closed, the next is tried.
pub(super) struct Ways {
    ways: Vec<Way>,
    /// Whether the account signed in from this browser before.
    pub(super) known_browser: bool,
}

fn digest(kind: &str, text: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}\0{text}")).to_vec()
}

/// The network of an address, and the site around it: whoever has one address of IPv6 has all of its /64.
fn places(ip: Option<IpAddr>) -> (String, Option<String>) {
    let kept = |address: Ipv6Addr, bits: u32| Ipv6Addr::from(u128::from(address) & (u128::MAX << (128 - bits))).to_string();
    match ip.map(|ip| ip.to_canonical()) {
        None => ("?".into(), None),
        Some(IpAddr::V4(address)) => (address.to_string(), None),
        Some(IpAddr::V6(address)) => (kept(address, 64), Some(kept(address, 48))),
    }
}

impl Origin {
    /// The origin of an attempt on `courriel`; `browser` is the token that the browser kept.
    pub(super) fn new(courriel: &str, ip: Option<IpAddr>, browser: Option<&str>) -> Self {
        let (network, site) = places(ip);
        Self { courriel: courriel.into(), network, site, browser: browser.map(|token| digest("navigateur", token)) }
    }

    fn network(&self) -> Vec<u8> {
        digest("reseau", &self.network)
    }

    /// The ways of this attempt; `account` is the one of the e-mail. Asked in the same words when there is none.
    pub(super) async fn ways(&self, db: &Db, account: Option<i64>) -> Result<Ways, sqlx::Error> {
        let (known_browser, known_network): (bool, bool) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM connexion_connue WHERE utilisateur_id = $1 AND origine = $2),
                    EXISTS (SELECT 1 FROM connexion_connue WHERE origine = $3)",
        )
        .bind(account)
        .bind(&self.browser)
        .bind(self.network())
        .fetch_one(db.statement())
        .await?;
        Ok(self.ways_of(known_browser, known_network))
    }

    fn ways_of(&self, known_browser: bool, known_network: bool) -> Ways {
        let Self { courriel, network, .. } = self;
        let count = |kind: &str, text: &str, (free, longest): (i32, i32)| (digest(kind, text), free, longest);
        let mut ways = Vec::new();
        if let Some(browser) = self.browser.as_ref().filter(|_| known_browser) {
            let name = [digest("voie", courriel), browser.clone()].concat();
            ways.push(Way { counters: vec![(Sha256::digest(name).to_vec(), BROWSER.0, BROWSER.1)], own: 1 });
        }
        let mut counters = vec![count("couple", &format!("{courriel}\0{network}"), PAIR)];
        if !known_network {
            let way = self.network().first().copied().unwrap_or(0) % WAYS;
            counters.push(count("compte", &format!("{courriel}\0{way}"), ACCOUNT));
        }
        let own = counters.len();
        counters.push(count("adresse", network, NETWORK));
        counters.extend(self.site.as_deref().map(|site| count("site", site, SITE)));
        ways.push(Way { counters, own });
        Ways { ways, known_browser }
    }

    /// The counter of returns from the identity provider: a browser that some account knows has its own, which no stranger
    /// of the same network reaches.
    pub(super) async fn elsewhere(&self, db: &Db) -> Result<Counter, sqlx::Error> {
        if let Some(browser) = &self.browser {
            let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM connexion_connue WHERE origine = $1)")
                .bind(browser)
                .fetch_one(db.statement())
                .await?;
            if known {
                return Ok((Sha256::digest([digest("ailleurs-voie", ""), browser.clone()].concat()).to_vec(), BROWSER.0, BROWSER.1));
            }
        }
        Ok((digest("ailleurs", &self.network), NETWORK.0, NETWORK.1))
    }

    /// The counters of a forgotten password, which follow from what is typed and from where: not from who exists.
    pub(super) fn forgotten(&self) -> Vec<Counter> {
        let Self { courriel, network, .. } = self;
        let [pair, everywhere, of_network, of_site] = FORGOTTEN;
        let count = |kind: &str, text: &str, (free, longest): (i32, i32)| (digest(kind, text), free, longest);
        let mut counters = vec![
            count("oubli-couple", &format!("{courriel}\0{network}"), pair),
            count("oubli-compte", courriel, everywhere),
            count("oubli-adresse", network, of_network),
        ];
        counters.extend(self.site.as_deref().map(|site| count("oubli-site", site, of_site)));
        counters
    }

    /// The counters of a code given after the right password: a browser that the account knows has its own; whoever else
    /// has the password shares theirs with its owner, network by network.
    pub(super) async fn codes(&self, db: &Db, account: i64) -> Result<Vec<Counter>, sqlx::Error> {
        if let Some(browser) = &self.browser {
            let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM connexion_connue WHERE utilisateur_id = $1 AND origine = $2)")
                .bind(account)
                .bind(browser)
                .fetch_one(db.statement())
                .await?;
            if known {
                let name = [digest("code-voie", &account.to_string()), browser.clone()].concat();
                return Ok(vec![(Sha256::digest(name).to_vec(), BROWSER.0, BROWSER.1)]);
            }
        }
        let pair = (digest("code-couple", &format!("{account}\0{}", self.network)), PAIR.0, PAIR.1);
        Ok(vec![pair, (digest("code-compte", &account.to_string()), BROWSER.0, ACCOUNT.1)])
    }

    /// Notes, in the transaction of a success, that the account came from here; `browser` is the token that it keeps
    /// from now on.
    pub(super) async fn remember(&self, connection: &mut PgConnection, account: i64, browser: &str) -> Result<(), sqlx::Error> {
        remember(connection, account, &[digest("navigateur", browser), self.network()]).await
    }
}

impl Ways {
    /// Counts the attempt on the first way that is open; gives that way, or the seconds until one opens.
    pub(super) async fn attempt(&self, db: &Db) -> Result<std::result::Result<&Way, i64>, sqlx::Error> {
        let mut shortest = i64::MAX;
        for way in &self.ways {
            match attempt(db, &way.counters).await? {
                0 => return Ok(Ok(way)),
                wait => shortest = shortest.min(wait),
            }
        }
        Ok(Err(shortest))
    }
}

impl Way {
    /// After a success, forgets the attempts on this account, and takes one back from what is shared (an office behind
    /// one address must not tire it out by working).
    pub(super) async fn forget(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let names = |counters: &[Counter]| counters.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>();
        let (own, shared) = self.counters.split_at(self.own);
        forget_attempts(connection, &names(own), &names(shared)).await
    }
}

/// The counter of one's password, asked again in a session: left open, it must not serve to guess it.
pub(super) fn own_password(account: i64) -> Counter {
    (digest("actuel", &account.to_string()), OWN.0, OWN.1)
}

/// The counter of new recovery codes.
pub(super) fn renewals(account: i64) -> Counter {
    (digest("codes-refaits", &account.to_string()), RENEWALS.0, RENEWALS.1)
}

/// The counter of e-mails that an administrateur sends to an account.
pub(super) fn mails(account: i64) -> Counter {
    (digest("courriels", &account.to_string()), MAILS.0, MAILS.1)
}

/// The counter of one's codes, asked again in a session.
pub(super) fn own_codes(account: i64) -> Counter {
    (digest("code-session", &account.to_string()), OWN.0, OWN.1)
}

/// Whether `account` signed in from the browser that keeps `token`. That of another account is not kept on: whoever has
/// two browsers' tokens must not hold the way of both.
pub(super) async fn is_known(connection: &mut PgConnection, account: i64, token: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM connexion_connue WHERE utilisateur_id = $1 AND origine = $2)")
        .bind(account)
        .bind(digest("navigateur", token))
        .fetch_one(connection)
        .await
}

/// Forgets every place of an account, with its password.
pub(super) async fn forget_places(connection: &mut PgConnection, account: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM connexion_connue WHERE utilisateur_id = $1").bind(account).execute(connection).await?;
    Ok(())
}

async fn remember(connection: &mut PgConnection, account: i64, origins: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO connexion_connue (utilisateur_id, origine) SELECT $1, o FROM unnest($2::bytea[]) AS u (o) ORDER BY o
         ON CONFLICT (utilisateur_id, origine) DO UPDATE SET vue_le = now()",
    )
    .bind(account)
    .bind(origins)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM connexion_connue WHERE utilisateur_id = $1 AND origine IN (
             SELECT origine FROM connexion_connue WHERE utilisateur_id = $1 ORDER BY vue_le DESC OFFSET $2)",
    )
    .bind(account)
    .bind(KNOWN_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes old waits and old places.
pub(super) async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM frein_connexion WHERE dernier_le < now() - interval '2 days'").execute(pool).await?;
    sqlx::query("DELETE FROM connexion_connue WHERE vue_le < now() - make_interval(days => $1)").bind(KNOWN_DAYS).execute(pool).await?;
    Ok(())
}

/// Counts an attempt under each `(key, free attempts, longest wait in seconds)` and returns the
/// seconds to wait, 0 when the attempt may be made. Decided under the lock of the counters, before
/// the password is looked at: of attempts made at once, no more pass than one by one.
pub(super) async fn attempt(db: &Db, keys: &[Counter]) -> Result<i64, sqlx::Error> {
    let names: Vec<Vec<u8>> = keys.iter().map(|(key, ..)| key.clone()).collect();
    let (free, longest): (Vec<i32>, Vec<i32>) = keys.iter().map(|(_, free, longest)| (*free, *longest)).unzip();
    let mut write = db.write().await?;
    // now() is the start of this transaction: whoever waited for the lock while another was counted
    // finds a wait that begins after it, and is refused. Free attempts leave no such mark.
    let counted = sqlx::query(
        "INSERT INTO frein_connexion AS f (cle, echecs, libre_le)
         SELECT cle, 1, '-infinity' FROM unnest($1::bytea[]) AS u (cle) ORDER BY cle
         ON CONFLICT (cle) DO UPDATE SET
             echecs = CASE WHEN f.dernier_le < now() - interval '1 day' THEN 1 ELSE f.echecs + 1 END, dernier_le = now(),
             libre_le = (SELECT CASE WHEN f.dernier_le < now() - interval '1 day' OR f.echecs + 1 < l.libres THEN '-infinity'
                                     ELSE now() + make_interval(secs => least(l.maximum, 2 ^ least(f.echecs + 1 - l.libres, 20))) END
                         FROM unnest($1::bytea[], $2::int[], $3::int[]) AS l (cle, libres, maximum) WHERE l.cle = f.cle)
         WHERE f.libre_le <= now()",
    )
    .bind(&names)
    .bind(free)
    .bind(longest)
    .execute(&mut *write.tx)
    .await?;
    if counted.rows_affected() == names.len() as u64 {
        write.commit().await?;
        return Ok(0);
    }
    write.rollback().await?;
    let wait: Option<f64> = sqlx::query_scalar(
        "SELECT max(extract(epoch FROM libre_le - clock_timestamp()))::float8 FROM frein_connexion WHERE cle = ANY($1) AND libre_le > '-infinity'",
    )
    .bind(&names)
    .fetch_one(db.statement())
    .await?;
    Ok(wait.map_or(1, |seconds| seconds.ceil() as i64).max(1))
}

/// Forgets the attempts under `keys`, and takes one back under each of `shared`.
pub(super) async fn forget_attempts(connection: &mut PgConnection, keys: &[Vec<u8>], shared: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM frein_connexion WHERE cle = ANY($1)").bind(keys).execute(&mut *connection).await?;
    sqlx::query("UPDATE frein_connexion SET echecs = greatest(echecs - 1, 0) WHERE cle = ANY($1)").bind(shared).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(ip: &str, browser: Option<&str>) -> Origin {
        Origin::new("a@b.gp", ip.parse().ok(), browser)
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one_network() {
        let network = |ip: &str| origin(ip, None).network();
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"), "an address of IPv4 told by IPv6 is the same");
        let sites: Vec<Option<String>> = ["2001:db8:1:2::1", "2001:db8:1:3::1", "192.0.2.1"].map(|ip| origin(ip, None).site).into();
        assert_eq!(sites, [Some("2001:db8:1::".into()), Some("2001:db8:1::".into()), None]);
    }

    #[test]
    fn what_is_known_shares_no_counter_with_strangers() {
        let names = |way: &Way| way.counters.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>();
        let known = origin("192.0.2.1", Some("jeton")).ways_of(true, false);
        assert!(known.known_browser);
        assert_eq!(known.ways.len(), 2, "when its own way is closed, that of everybody is left");
        let own = names(&known.ways[0]);
        for stranger in [origin("192.0.2.1", Some("jeton")), origin("192.0.2.1", None), origin("198.51.100.7", Some("autre"))] {
            let ways = stranger.ways_of(false, false);
            assert!(!ways.known_browser && ways.ways.len() == 1);
            assert!(names(&ways.ways[0]).iter().all(|name| !own.contains(name)), "the way of a browser is its own");
        }
        let counted = |known_network| origin("192.0.2.1", None).ways_of(false, known_network).ways[0].counters.len();
        assert_eq!((counted(true), counted(false)), (2, 3), "on a known network: the pair and the network, not the account");
    }
}
