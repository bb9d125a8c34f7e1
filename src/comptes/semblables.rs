//! Accounts that look like one to be made: the same words in the name, whatever their order, or the same e-mail at another domain. The
//! very same e-mail is another matter: two accounts cannot have it.

use sqlx::PgConnection;

use crate::ui::alike::Similar;

/// Accounts told of each.
const ALIKE_MAX: i64 = 5;

/// An account that looks like one of those asked about: the place of the latter, from 1; key, name and e-mail; whether it is the name.
type Found = (i64, i64, String, String, bool);

/// The accounts that `author` manages and that look like those to be made, by the place of each, from 0.
///
/// # Errors
/// PostgreSQL failed.
pub async fn of_many(connection: &mut PgConnection, author: i64, asked: &[(&str, &str)]) -> Result<Vec<(usize, Similar)>, sqlx::Error> {
    let (noms, courriels): (Vec<&str>, Vec<&str>) = asked.iter().copied().unzip();
    let found: Vec<Found> = sqlx::query_as(
        "WITH voulus AS MATERIALIZED (
             SELECT x.n, x.courriel, split_part(x.courriel, '@', 1) AS debut, (SELECT array_agg(m ORDER BY m) FROM unnest(mots_du_texte(x.nom)) m) AS mots
             FROM unnest($2::text[], $3::text[]) WITH ORDINALITY x (nom, courriel, n)),
         connus AS MATERIALIZED (
             SELECT u.id, u.nom, u.courriel, split_part(u.courriel, '@', 1) AS debut, (SELECT array_agg(m ORDER BY m) FROM unnest(mots_du_texte(u.nom)) m) AS mots
             FROM utilisateur u),
         paires AS MATERIALIZED (
             SELECT p.n, p.id, bool_or(p.meme) AS meme FROM (
                 SELECT v.n, c.id, true AS meme FROM voulus v JOIN connus c ON c.mots = v.mots AND c.courriel <> v.courriel
                 UNION ALL
                 SELECT v.n, c.id, false FROM voulus v JOIN connus c ON c.debut = v.debut AND c.courriel <> v.courriel) p
             GROUP BY p.n, p.id),
         geres AS MATERIALIZED (SELECT d.id FROM (SELECT DISTINCT id FROM paires) d WHERE gere($1, d.id))
         SELECT n, id, nom, courriel, meme FROM (
             SELECT p.n, c.id, c.nom::text AS nom, c.courriel, p.meme, row_number() OVER (PARTITION BY p.n ORDER BY p.meme DESC, c.nom, c.id) AS place
             FROM paires p JOIN geres g ON g.id = p.id JOIN connus c ON c.id = p.id) t
         WHERE place <= $4 ORDER BY n, place",
    )
    .bind(author)
    .bind(&noms)
    .bind(&courriels)
    .bind(ALIKE_MAX)
    .fetch_all(connection)
    .await?;
    let similar = |(place, id, nom, courriel, same): Found| {
        let one = Similar {
            address: format!("/utilisateurs/{id}"),
            name: format!("{nom} ({courriel})"),
            why: if same { "le même nom".into() } else { "le même courriel, à un autre domaine".into() },
        };
        usize::try_from(place - 1).ok().map(|place| (place, one))
    };
    Ok(found.into_iter().filter_map(similar).collect())
}

/// The same of one.
///
/// # Errors
/// PostgreSQL failed.
pub async fn of(connection: &mut PgConnection, author: i64, nom: &str, courriel: &str) -> Result<Vec<Similar>, sqlx::Error> {
    Ok(of_many(connection, author, &[(nom, courriel)]).await?.into_iter().map(|(_, one)| one).collect())
}
