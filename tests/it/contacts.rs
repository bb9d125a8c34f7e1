//! E-mails and telephone numbers: one form, whichever way they come in.

use gardel::listing::Format;
use gardel::ui::contact;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

/// What the base makes of each text.
async fn base(app: &App, function: &'static str, texts: &[String]) -> Vec<Option<String>> {
    let sql = match function {
        "telephone" => "SELECT telephone_ecrit(t) FROM unnest($1::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n",
        _ => "SELECT courriel_ecrit(t) FROM unnest($1::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n",
    };
    sqlx::query_scalar(sql).bind(texts).fetch_all(app.pool()).await.expect("the base writes them")
}

/// Numbers made of what people put in them: countries, zeros, separators, things that are no number.
fn invented(count: u64) -> Vec<String> {
    const PARTS: [&str; 26] = [
        "+", "00", "590", "594", "596", "262", "33", "1", "(0)", "(", ")", "0", "690", "6 90", "12", "34", "56", " ", "\u{a0}", "\u{202f}", ".", "-",
        "\u{2011}", "\u{200b}", "/", "x",
    ];
    let mut state = 971_u64;
    let mut draw = |below: u64| {
        // xorshift: the same numbers at each run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    (0..count)
        .map(|_| {
            let pieces = 3 + draw(9);
            (0..pieces)
                .map(|_| {
                    // A sign that no number has, now and then.
                    let known = if draw(8) == 0 { 26 } else { 25 };
                    PARTS[usize::try_from(draw(known)).expect("small")]
                })
                .collect()
        })
        .collect()
}

#[rocket::async_test]
async fn the_base_and_the_program_have_one_rule() {
    let app = App::new().await;
    let mut texts = invented(20_000);
    texts.extend(
        [
            "0690123456",
            "+590 (0)690 12 34 56",
            "00590 0690.12.34.56",
            "tel:0690123456",
            "(0)690 12 34 56",
            "+1 767 123 4567",
            "+4930123456",
            "voir la mairie",
            "",
        ]
        .map(String::from),
    );
    let written = base(&app, "telephone", &texts).await;
    let mut numbers = 0;
    for (text, in_base) in texts.iter().zip(&written) {
        assert_eq!(&contact::telephone(text), in_base, "{text:?}");
        numbers += usize::from(in_base.is_some());
    }
    assert!(numbers > 200, "only {numbers} of the texts are numbers");
    let texts: Vec<String> =
        [" A.B@Ville.GP ", "a\u{200b}@b.gp\u{a0}", "Rene\u{301}@Ville.gp", "MAILTO:\u{a0}x@y.gp", "É@é.gp", "\u{feff}", "a@\u{ad}b.gp"]
            .map(String::from)
            .to_vec();
    for (text, in_base) in texts.iter().zip(base(&app, "courriel", &texts).await) {
        assert_eq!(Some(contact::email_key(text)), in_base, "{text:?}");
    }
}

/// Doors: the form of a field, a statement of the version before, the list, the file, an account, a sign-in.
#[rocket::async_test]
async fn a_number_is_the_same_at_every_door() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let host: i64 = app.one("SELECT min(hebergeur_id) FROM hebergeur_commune WHERE code_insee = '97113'").await;
    let version: i32 =
        app.one("SELECT version FROM hebergeur WHERE id = (SELECT min(hebergeur_id) FROM hebergeur_commune WHERE code_insee = '97113')").await;
    let path = format!("/hebergeurs/{host}/champs/telephone");
    let form = [("valeur", "+590\u{a0}(0)690-12.34\u{200b}56"), ("version", &version.to_string())];
    assert_eq!(agent.post(&path, &form).await.status, Status::SeeOther);
    let stored = |app: &App| {
        let pool = app.pool().clone();
        async move {
            sqlx::query_as::<_, (Option<String>, Option<String>)>("SELECT telephone, courriel FROM hebergeur WHERE id = $1")
                .bind(host)
                .fetch_one(&pool)
                .await
                .expect("the host")
        }
    };
    assert_eq!(stored(&app).await.0.as_deref(), Some("06 90 12 34 56"));
    let file = agent.get(&format!("/hebergeurs/{host}")).await.ok();
    assert!(file.text().contains("06 90 12 34 56"));
    assert_eq!(file.attributes("a[href^='tel:']", "href"), ["tel:+590690123456"]);

    // As the version before writes, or whoever loads data by hand.
    app.run_sql(&format!("UPDATE hebergeur SET telephone = '0691.00.00.01', courriel = U&'\\00A0X@Ville.GP\\200B' WHERE id = {host}")).await;
    assert_eq!(stored(&app).await, (Some("06 91 00 00 01".into()), Some("x@ville.gp".into())));
    app.run_sql(&format!("UPDATE hebergeur SET telephone = 'demander à la mairie', courriel = ' ' WHERE id = {host}")).await;
    assert_eq!(stored(&app).await, (Some("demander à la mairie".into()), None), "what is no number is kept as it was written");
}

#[rocket::async_test]
async fn an_account_is_found_by_what_its_owner_sees() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let place = place.to_string();
    let form = |courriel: &'static str| [("courriel", courriel), ("nom", "Aline"), ("role", "agent"), ("collectivites", "")];
    let mut posted = form("\u{feff}Aline\u{200b}@Ville.GP\u{a0}");
    posted[3].1 = &place;
    chief.post("/utilisateurs", &posted).await.ok();
    assert_eq!(app.one::<i64>("SELECT count(*) FROM utilisateur WHERE courriel = 'aline@ville.gp'").await, 1);
    // Another form: the very same one, sent twice, leads to what it made.
    let mut again = form("aline@ville.gp");
    (again[1].1, again[3].1) = ("Aline B.", &place);
    chief.post("/utilisateurs", &again).await.refused(Status::UnprocessableEntity, "déjà un compte");
    let phc = gardel::platform::password::hash_now("colibri trempé sur la véranda").expect("a hash");
    sqlx::query("UPDATE utilisateur SET mot_de_passe = $1 WHERE courriel = 'aline@ville.gp'")
        .bind(phc)
        .execute(app.pool())
        .await
        .expect("a password");
    let typed = [("courriel", "\u{2060}ALINE@ville.gp\u{202f}"), ("mot_de_passe", "colibri trempé sur la véranda")];
    assert_eq!(app.anonymous().post("/connexion", &typed).await.status, Status::SeeOther);
}

/// A host with a SIRET and a telephone that begin with a zero, and one whose values, of an older import, satisfy no rule.
const REACHED: &str = "
    INSERT INTO hebergeur (numero, nom, type, siret, courriel, telephone, inscrit_le) VALUES
        ('HEB-900021', 'Ti Kaz Rezo', 'professionnel', '01300252600021', 'rezo@exemple.gp', '05 90 12 34 56', '2024-01-01'),
        ('HEB-900022', 'Ti Kaz Vye', 'professionnel', '00000000000001', 'par la mairie', 'demander au gardien', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG-' || right(h.numero, 6), h.id, '97113', 'Kaz Rezo', '1 rue des Flamboyants', 4, 4, 4 FROM hebergeur h WHERE h.numero IN ('HEB-900021', 'HEB-900022')";

/// The same characters wherever a host is read: in groups on the screen, whole in every file, found however they are typed.
#[rocket::async_test]
async fn how_a_host_is_reached_is_shown_found_and_exported_whole() {
    let app = App::new().await;
    for statement in REACHED.split(';') {
        app.run_sql(statement).await;
    }
    let agent = app.agent(LE_GOSIER).await;
    let id: i64 = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900021'").await;
    let columns = "colonnes=nom.siret.courriel.telephone";
    for typed in [
        "01300252600021",
        "013 002 526 00021",
        "013.002.526-00021",
        "0590123456",
        "05 90 12 34 56",
        "+590 590 12 34 56",
        "rezo@exemple.gp",
        "REZO@Exemple.gp",
    ] {
        let query: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        let page = agent.get(&format!("/hebergeurs?q={query}&{columns}")).await.ok();
        assert_eq!(page.rows(), [id.to_string()], "{typed}");
        assert_eq!(page.texts(&format!("#l-{id} .code")), ["013 002 526 00021", "05 90 12 34 56"], "{typed}");
        let links = page.attributes(&format!("#l-{id} td a[href*=':']"), "href");
        assert_eq!(links, ["mailto:rezo@exemple.gp", "tel:+590590123456"], "{typed}");
    }
    let file = agent.get(&format!("/hebergeurs/{id}")).await.ok();
    assert!(file.text().contains("013 002 526 00021"));
    // What satisfies no rule is read as it was written, leads nowhere, and is left alone by whoever corrects something else.
    let old: i64 = app.one("SELECT id FROM hebergeur WHERE numero = 'HEB-900022'").await;
    let file = agent.get(&format!("/hebergeurs/{old}")).await.ok();
    assert!(["par la mairie", "demander au gardien", "000 000 000 00001"].iter().all(|words| file.text().contains(words)));
    assert!(file.attributes("a[href^='tel:'], a[href^='mailto:']", "href").is_empty());
    let form = agent.get(&format!("/hebergeurs/{old}/modifier")).await.ok();
    let held = |name: &str| form.attributes(&format!("form[data-fiche] input[name='{name}']"), "value").first().cloned().unwrap_or_default();
    assert_eq!(form.attributes("#telephone", "type"), ["tel"]);
    assert_eq!([form.attributes("#siret", "inputmode"), form.attributes("#courriel", "inputmode")], [["numeric"], ["email"]]);
    let names = ["version", "siret", "inscrit_le", "telephone", "courriel", "adresse", "code_postal", "ville", "avant.nom"];
    let mut sent: Vec<(&str, String)> = names.into_iter().map(|name| (name, held(name))).collect();
    sent.extend([("nom", "Ti Kaz Vyé".to_string()), ("type", "professionnel".to_string())]);
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(agent.post(&format!("/hebergeurs/{old}/modifier"), &sent).await.status, Status::SeeOther);
    let kept: String = app.one("SELECT concat_ws('/', nom, siret, telephone, courriel) FROM hebergeur WHERE numero = 'HEB-900022'").await;
    assert_eq!(kept, "Ti Kaz Vyé/00000000000001/demander au gardien/par la mairie");
    for format in Format::ALL {
        let export = agent.export("hebergeurs", &format!("q=rezo@exemple.gp&{columns}"), format.code()).await;
        app.run_jobs().await;
        let bytes = agent.get(&format!("{export}/fichier")).await.ok().body;
        let text = match format {
            Format::Xlsx => crate::formats::part(&bytes, "xl/worksheets/sheet1.xml"),
            Format::Ods => crate::formats::part(&bytes, "content.xml"),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        // Text for a spreadsheet, digits for a program; the bytes of a Parquet are plain in its pages or packed, and read back below.
        let wanted: &[&str] = match format {
            Format::Xlsx => &[">01300252600021</t>", ">05 90 12 34 56</t>"],
            Format::Ods => &[">01300252600021</text:p>", ">05 90 12 34 56</text:p>"],
            Format::CsvFr => &["=\"01300252600021\"", "=\"05 90 12 34 56\""],
            Format::CsvRfc4180 => &[",01300252600021,", ",05 90 12 34 56"],
            Format::JsonLines => &["\"siret\":\"01300252600021\"", "\"telephone\":\"05 90 12 34 56\""],
            Format::Parquet => &[],
        };
        for words in wanted {
            assert!(text.contains(words), "{format:?} {words}: {text}");
        }
        if format == Format::Parquet {
            use parquet::record::RowAccessor as _;
            let reader = parquet::file::serialized_reader::SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a file");
            let row = parquet::file::reader::FileReader::get_row_iter(&reader, None).expect("rows").next().expect("a row").expect("read");
            assert_eq!(
                (row.get_string(1).expect("a text").as_str(), row.get_string(3).expect("a text").as_str()),
                ("01300252600021", "05 90 12 34 56")
            );
        }
    }
}

/// The courriel of an account is one: it leads to a letter, and its column sorts as addresses do.
#[rocket::async_test]
async fn the_courriel_of_an_account_is_an_address() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let account = app.agent(RIVIERA).await.user_id;
    let courriel: String =
        sqlx::query_scalar("SELECT courriel FROM utilisateur WHERE id = $1").bind(account).fetch_one(app.pool()).await.expect("one");
    let page = chief.get("/utilisateurs?tri=courriel&taille=200").await.ok();
    assert!(page.attributes(&format!("#l-{account} td a"), "href").contains(&format!("mailto:{courriel}")));
    let mine = "SELECT u.id::text FROM utilisateur u WHERE EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id)
        AND NOT EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id AND NOT gere($1, u.id)) ORDER BY u.courriel COLLATE \"C\"";
    let order: Vec<String> = sqlx::query_scalar(mine).bind(chief.user_id).fetch_all(app.pool()).await.expect("accounts");
    assert_eq!(page.rows(), order);
}
