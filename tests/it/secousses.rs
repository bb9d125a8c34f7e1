//! Every route shaken, over a real connection: addresses, questions, forms and headers that nobody would send. What comes
//! back is a whole answer each time, and never a failure of ours.
//!
//! `ESSAI_SECOUSSES` asks each route so many times (`just secousses`), `ESSAI_SECOUSSES_GRAINE` replays a seed.

use std::collections::BTreeSet;
use std::time::Duration;

use gardel::platform::token;
use gardel::web::LISTS;
use rocket::http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::envoi::serve;
use crate::matrice::{World, everything, filled, world};
use crate::support::App;
use crate::support::dice::{Dice, setting};

/// An answer that does not come in this time never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Values that are no value, too long, of another alphabet, of another language; as bytes.
const NASTY: &[&[u8]] = &[
    b"",
    b"0",
    b"-1",
    b"1.5",
    b"2147483648",
    b"9223372036854775807",
    b"9223372036854775808",
    b"99999999999999999999999999",
    b"NaN",
    b"null",
    b"true",
    b"vide",
    b"renseigne",
    b"2026-02-30",
    b"31/12/9999",
    b"-4713-01-01",
    b"1,5",
    b"1 000,00",
    b"0690 12 34 56",
    b"' OR 1=1 --",
    b"$1",
    b"{}",
    b"%s%n",
    b"<script>alert(1)</script>",
    b"../../etc/passwd",
    b"\\host",
    b"//host",
    b"javascript:alert(1)",
    b"a\r\nSet-Cookie: b=c",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u{202e}\u{200b}\u{feff}".as_bytes(),
    "Sainte-Ros\u{e9}lie \u{1f600} \u{4e2d}\u{6587}".as_bytes(),
    b"((((((((((((((((((((",
    b"& | ! <-> :*",
    b"[0,1)",
    b"*",
];

/// Every byte that is not a letter or a digit, as `%XX`.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn nasty(dice: &mut Dice) -> Vec<u8> {
    match dice.roll(12) {
        0 => vec![b'a'; 1 + dice.roll(3_000)],
        1 => "\u{e9}".repeat(1 + dice.roll(400)).into_bytes(),
        2 => (0..dice.roll(40)).map(|_| u8::try_from(dice.roll(256)).unwrap_or(0)).collect(),
        _ => dice.pick(NASTY).to_vec(),
    }
}

/// What came back, once it is known to be whole.
struct Answer {
    status: u16,
    head: String,
}

/// Sends `request`; the fault, when what comes back is no whole answer.
async fn ask(port: u16, request: &[u8], head_only: bool) -> Result<Answer, String> {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|error| format!("no connection: {error}"))?;
        // The server may answer before the end of what it refuses.
        let _sent = stream.write_all(request).await;
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).await;
        if answer.is_empty() {
            return Err(format!("a torn connection: {end:?}"));
        }
        Ok(answer)
    };
    let answer = timeout(PATIENCE, exchange).await.map_err(|_| "no answer".to_string())??;
    let cut = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("headers without an end")?;
    let head = String::from_utf8_lossy(&answer[..cut]).into_owned();
    let body = &answer[cut + 4..];
    let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| format!("no status: {head}"))?;
    let header = |name: &str| {
        head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_string()))
    };
    if head_only || [204, 304].contains(&status) {
        if !body.is_empty() {
            return Err(format!("{} bytes after headers alone", body.len()));
        }
    } else if let Some(length) = header("content-length") {
        if length.parse() != Ok(body.len()) {
            return Err(format!("{} bytes of {length}", body.len()));
        }
    } else if header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) && !body.ends_with(b"0\r\n\r\n") {
        return Err("a body that is cut".into());
    }
    Ok(Answer { status, head })
}

/// Names that some list, form or page reads.
fn names() -> Vec<String> {
    let mut names: BTreeSet<String> = [
        "tri", "taille", "apres", "avant", "vers", "q", "colonnes", "densite", "de", "retour", "periode", "fin", "code", "state", "error", "vue",
        "suite",
    ]
    .map(String::from)
    .into();
    for filter in LISTS.iter().flat_map(|list| list.filters) {
        names.extend(["", "_min", "_max", "_sauf"].map(|end| format!("{}{end}", filter.name)));
    }
    names.into_iter().collect()
}

/// What a request is made from.
struct Shaker<'a> {
    world: &'a World,
    dice: Dice,
    names: Vec<String>,
    people: Vec<i64>,
    form: Vec<(&'static str, String)>,
}

impl Shaker<'_> {
    fn path(&mut self, route: &str) -> String {
        let side = self.dice.roll(2);
        let right = self.world.address(route, &self.world.sides[side]).map_or_else(|| filled(route), |(address, _)| address);
        if self.dice.falls(60) {
            return right.replace("<_..>", "a/b");
        }
        let segments: Vec<String> =
            route.split('/').map(|part| if part.starts_with('<') { escaped(&nasty(&mut self.dice)) } else { part.into() }).collect();
        let wrong = segments.join("/");
        if wrong.is_empty() { "/".into() } else { wrong }
    }

    fn question(&mut self) -> String {
        match self.dice.roll(10) {
            0..=2 => return String::new(),
            3 => return format!("?{}", self.dice.pick(&["%", "%zz", "&&&=", "a[b]=c", "=", "tri=%FF", "?", "commune=97113&commune=", "apres=%00"])),
            _ => {}
        }
        let pairs: Vec<String> = (0..1 + self.dice.roll(5))
            .map(|_| {
                let name = self.dice.pick(&self.names).clone();
                let value = if self.dice.falls(70) { nasty(&mut self.dice) } else { b"97113".to_vec() };
                format!("{name}={}", escaped(&value))
            })
            .collect();
        format!("?{}", pairs.join("&"))
    }

    fn body(&mut self) -> (String, Vec<u8>) {
        let form = String::from("application/x-www-form-urlencoded");
        match self.dice.roll(12) {
            0 => return (form, Vec::new()),
            1 => return ("application/json".into(), b"{\"nom\":".to_vec()),
            2 => return ("multipart/form-data; boundary=x".into(), b"--x\r\nContent-Disposition: form-data; name=\"nom\"\r\n\r\na\r\n--x".to_vec()),
            3 => return ("text/plain".into(), nasty(&mut self.dice)),
            4 => return (form, nasty(&mut self.dice)),
            5 => return (form, format!("nom={}", "%41".repeat(20_000)).into_bytes()),
            _ => {}
        }
        let mut pairs = Vec::new();
        for (name, value) in self.form.clone() {
            match self.dice.roll(10) {
                0 => {}
                1 | 2 => pairs.push(format!("{name}={}", escaped(&nasty(&mut self.dice)))),
                3 => pairs.push(format!("{name}={0}&{name}={0}", escaped(value.as_bytes()))),
                _ => pairs.push(format!("{name}={}", escaped(value.as_bytes()))),
            }
        }
        (form, pairs.join("&").into_bytes())
    }

    fn headers(&mut self) -> Vec<String> {
        let odd: &[(&str, &[&str])] = &[
            ("HX-Request", &["true", "oui"]),
            ("HX-Request-Type", &["partial", "full", ""]),
            ("HX-Current-URL", &["http://localhost/sejours?statut=valide", "javascript:0", "http://[", "\u{e9}"]),
            ("HX-Source", &["div#suivi", "x"]),
            ("Range", &["bytes=0-9", "bytes=-", "x"]),
            ("If-None-Match", &["\"a\"", "*", "W/\"a\""]),
            ("If-Modified-Since", &["hier"]),
            ("Accept", &["*/*", "application/json", "x"]),
            ("Accept-Encoding", &["gzip, br;q=2", "*;q=0", ";;;"]),
            ("Referer", &["http://localhost/sejours", "//x", "\u{e9}\u{e9}"]),
            ("Origin", &["null", "http://ailleurs.example"]),
            ("Sec-Fetch-Site", &["same-origin", "cross-site", "none", "x"]),
            ("X-Forwarded-For", &["1.2.3.4", "::1, x", "999.9.9.9"]),
            ("X-Forwarded-Proto", &["https", "x"]),
            ("User-Agent", &["", "a\u{e9}b"]),
            ("Cookie", &["_flash=7:successA", "gardel=x", "gardel-navigateur=%00", "gardel-attente=x", "gardel-externe=a.b.c", "=;;=", "a=\"b"]),
            ("Content-Encoding", &["gzip"]),
        ];
        (0..self.dice.roll(4))
            .map(|_| {
                let (name, values) = self.dice.pick(odd);
                format!("{name}: {}\r\n", self.dice.pick(values))
            })
            .collect()
    }

    async fn session(&mut self, app: &App) -> Option<String> {
        if self.dice.falls(10) {
            return None;
        }
        let user = *self.dice.pick(&self.people);
        let token = token::random().expect("randomness");
        let sql = "INSERT INTO session (empreinte, utilisateur_id, expire_le, confirmee_le) VALUES ($1, $2, now() + interval '1 hour', now())";
        sqlx::query(sql).bind(token::hash(&token)).bind(user).execute(app.pool()).await.expect("a session");
        Some(token)
    }

    /// A request of `route`, and whether only its headers come back.
    async fn request(&mut self, app: &App, method: Method, route: &str) -> (Vec<u8>, bool) {
        let method = match self.dice.roll(20) {
            0 => *self.dice.pick(&["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]),
            1 => "HEAD",
            _ => method.as_str(),
        };
        let host = if self.dice.falls(95) { "localhost" } else { *self.dice.pick(&["ailleurs.example", "", "localhost:1:2"]) };
        let mut text = format!("{method} {}{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", self.path(route), self.question());
        if let Some(token) = self.session(app).await {
            text.push_str(&format!("Cookie: gardel={token}\r\n"));
        }
        text.push_str(&self.headers().concat());
        let mut body = Vec::new();
        if !["GET", "HEAD"].contains(&method) {
            let (kind, bytes) = self.body();
            text.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", bytes.len()));
            body = bytes;
        }
        text.push_str("\r\n");
        ([text.as_bytes(), &body].concat(), method == "HEAD")
    }
}

/// Whether this is an answer that somebody may get: a page, a refusal, or a wait that says how long.
fn is_fair(answer: &Answer, route: &str) -> bool {
    // The identity provider of these tests is away.
    let away = answer.status == 503 && (route.starts_with("/connexion/externe") || route.starts_with("/compte/identite"));
    let wait = answer.status == 503 && answer.head.to_ascii_lowercase().contains("retry-after");
    answer.status < 500 || away || wait
}

/// Whether it asks who is there instead.
fn leads_to_a_gate(answer: &Answer) -> bool {
    let place = answer.head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("location: ").map(ToString::to_string));
    place.is_some_and(|place| place.starts_with("/connexion") || place.starts_with("/compte/confirmation"))
}

#[rocket::async_test]
async fn no_route_fails_or_hangs_whatever_is_sent_to_it() {
    let (seed, rounds) = (setting("ESSAI_SECOUSSES_GRAINE", 971), setting("ESSAI_SECOUSSES", 5));
    let world = world().await;
    let app = &world.app;
    let port = serve(app).await;
    let mut shaker = Shaker { world: &world, dice: Dice(seed), names: names(), people: Vec::new(), form: everything(&world) };
    let routes: Vec<(Method, String)> =
        [Method::Get, Method::Post].into_iter().flat_map(|method| world.routes(method).into_iter().map(move |route| (method, route))).collect();
    assert!(routes.len() > 90, "{} routes", routes.len());
    let (mut faults, mut asked, mut opened) = (Vec::new(), 0, 0);
    for round in 0..rounds {
        // What a request does to somebody (their role, their places) must not close the rest of the rounds.
        app.run_sql("UPDATE utilisateur SET actif = true").await;
        shaker.people.clear();
        for (role, siren) in [("agent", "219711132"), ("administrateur", "200041507"), ("exploitant", "200041507"), ("administrateur", "249710070")] {
            shaker.people.push(app.person(role, &[siren]).await.user_id);
        }
        for (method, route) in &routes {
            let (request, head_only) = shaker.request(app, *method, route).await;
            asked += 1;
            match ask(port, &request, head_only).await {
                Ok(answer) if is_fair(&answer, route) => opened += u32::from(answer.status < 400 && !leads_to_a_gate(&answer)),
                Ok(answer) => faults.push((answer.status.to_string(), request)),
                Err(fault) => faults.push((fault, request)),
            }
        }
        assert!(
            faults.is_empty(),
            "seed {seed}, round {round}, {} of {asked}:\n{}",
            faults.len(),
            faults
                .iter()
                .map(|(fault, request)| format!("{fault}\n{}", String::from_utf8_lossy(&request[..request.len().min(700)])))
                .collect::<Vec<_>>()
                .join("\n\n")
        );
    }
    // Enough of it must go past the first check.
    println!("{opened} of {asked} opened something");
    assert!(opened * 8 > asked, "{opened} of {asked} opened something");
    let page = ask(port, b"GET /connexion HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", false).await.expect("the server lives");
    assert_eq!(page.status, 200);
}
