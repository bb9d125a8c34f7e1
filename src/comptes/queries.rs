//! The SQL of the accounts.

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::grille;
use super::model::{Collectivite, Droit, Rights, UserInput, Utilisateur};
use super::role::Role;
use super::{facteur, freins, sessions};
use crate::journal::Actor;
use crate::listing::{Lieu, Module, Niveau, Reader};
use crate::platform::db::Db;

/// The advisory lock of changes of rights.
const RIGHTS_LOCK: i64 = 0x6761_7264_0001;

/// The rights of an active person today, the versions of the data they may see, and the state of
/// everything in which both were read; with replicas, how far the primary was after that.
pub async fn rights(db: &Db, user_id: i64) -> Result<Option<Rights>, sqlx::Error> {
    // OFFSET 0 keeps the rights from being worked out again for every row that is compared with them.
    sqlx::query_as(
        "SELECT u.id, u.nom, u.courriel, u.role, g.habilitations, g.principale, g.lieu,
             (now() AT TIME ZONE 'America/Guadeloupe')::date AS jour,
             (SELECT sum(version::float8)::bigint FROM version_donnees) AS etat,
             (SELECT coalesce(sum(version), 0)::bigint FROM version_donnees WHERE code_insee = '' AND domaine <> 'droits') AS reference,
             (SELECT jsonb_object_agg(v.domaine, v.somme) FROM (
                 SELECT domaine, sum(version)::bigint AS somme FROM version_donnees
                 WHERE code_insee = ANY(p.communes || ARRAY(SELECT 'c:' || c FROM unnest(g.collectivites) c)) OR code_insee = ''
                 GROUP BY domaine) v) AS versions,
             (SELECT jsonb_object_agg(d.liste, jsonb_build_array(v.id, v.version, v.requete)) FROM vue_par_defaut d JOIN vue v ON v.id = d.vue_id
              WHERE d.utilisateur_id = u.id AND v.supprime_le IS NULL AND vue_ouverte(v, u.id, g.collectivites)) AS vues,
             (SELECT count(*) FROM (SELECT 1 FROM avis WHERE utilisateur_id = u.id AND lu_le IS NULL LIMIT 100) a) AS avis,
             EXISTS (SELECT 1 FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id
                     WHERE uc.utilisateur_id = u.id AND c.identite_exigee) AS identite_exigee,
             (SELECT t.valeurs->>'accessibilite_etat' FROM textes_legaux t WHERE t.collectivite_id = g.premiere) AS accessibilite,
             CASE WHEN $2 THEN ligne_d_ecriture() END AS ligne, CASE WHEN $2 THEN position_d_ecriture() END AS position
         FROM utilisateur u,
             LATERAL (SELECT perimetre(u.id) AS communes OFFSET 0) p,
             LATERAL (SELECT collectivites_gerees(u.id) AS collectivites, habilitations(u.id) AS habilitations,
                 lieu_du_compte(u.id) AS principale,
                 (SELECT min(uc.collectivite_id) FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id) AS premiere,
                 (SELECT string_agg(c.nom, ', ' ORDER BY c.nom) FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id
                  WHERE uc.utilisateur_id = u.id) AS lieu OFFSET 0) g
         WHERE u.id = $1 AND u.actif",
    )
    .bind(user_id)
    .bind(db.replicas().is_some())
    .fetch_optional(db.statement())
    .await
}

/// The rights of a person now, for a job that runs in their name; `None` when they were removed or
/// disabled.
///
/// # Errors
/// PostgreSQL failed.
pub async fn reader_of(db: &Db, user_id: i64) -> Result<Option<Reader>, sqlx::Error> {
    let found: Option<(Role, Json<Vec<Lieu>>)> = sqlx::query_as("SELECT role, habilitations(id) FROM utilisateur WHERE id = $1 AND actif")
        .bind(user_id)
        .fetch_optional(db.statement())
        .await?;
    Ok(found.map(|(role, lieux)| super::model::reader(user_id, role, &lieux)))
}

/// Id, name, password hash (of an active account only) and main collectivité of a user.
pub async fn credentials(db: &Db, courriel: &str) -> Result<Option<(i64, String, Option<String>, Option<i32>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, nom, CASE WHEN actif THEN mot_de_passe END, lieu_du_compte(id)
         FROM utilisateur WHERE courriel = $1",
    )
    .bind(courriel)
    .fetch_optional(db.statement())
    .await
}

/// Sets a password hash; links handed out before are worth nothing any more.
pub async fn set_password(connection: &mut PgConnection, user_id: i64, phc: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE utilisateur SET mot_de_passe = $2, modifie_le = now(), modifie_par = $1, version = version + 1 WHERE id = $1")
        .bind(user_id)
        .bind(phc)
        .execute(&mut *connection)
        .await?;
    facteur::end_waits(&mut *connection, user_id).await?;
    void_links(connection, user_id).await
}

/// Puts the hash `fresh` of the same password in place of `old`, unless somebody was quicker.
pub async fn rehash(connection: &mut PgConnection, user_id: i64, old: &str, fresh: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE utilisateur SET mot_de_passe = $3 WHERE id = $1 AND mot_de_passe = $2")
        .bind(user_id)
        .bind(old)
        .bind(fresh)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends the links of a person that were not used.
pub async fn void_links(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitation SET utilise_le = now(), perime_le = now() WHERE utilisateur_id = $1 AND utilise_le IS NULL")
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes a one-time link; earlier ones of the same person end. False when its author may not, or no longer: their
/// rights and those of the account are read under a lock, so that a change which comes after finds the link and ends it.
pub async fn invite(connection: &mut PgConnection, hash: &[u8], user_id: i64, motive: &str, by: Option<i64>) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 OR id = $2 ORDER BY id FOR SHARE").bind(user_id).bind(by).execute(&mut *connection).await?;
    void_links(&mut *connection, user_id).await?;
    let made = sqlx::query(
        "INSERT INTO invitation (empreinte, utilisateur_id, motif, cree_par, expire_le)
         SELECT $1, id, $3, $4, now() + interval '7 days' FROM utilisateur WHERE id = $2 AND actif AND ($4::bigint IS NULL OR gere($4, id))",
    )
    .bind(hash)
    .bind(user_id)
    .bind(motive)
    .bind(by)
    .execute(connection)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Id, name, e-mail, main collectivité and places of the person a living link is for.
pub async fn invited(db: &Db, hash: &[u8]) -> Result<Option<(i64, String, String, Option<i32>, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.nom, u.courriel, lieu_du_compte(u.id),
             coalesce((SELECT string_agg(c.nom, ' ') FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id WHERE uc.utilisateur_id = u.id), '')
         FROM invitation i JOIN utilisateur u ON u.id = i.utilisateur_id WHERE i.empreinte = $1 AND invitation_valable(i)",
    )
    .bind(hash)
    .fetch_optional(db.statement())
    .await
}

/// Uses up a link of `user_id`; false when somebody did before, or when rights have changed since it was made.
pub async fn use_invitation(connection: &mut PgConnection, user_id: i64, hash: &[u8]) -> Result<bool, sqlx::Error> {
    // The account first, as a change of its rights does: each waits for the other, and the second one sees the first.
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR UPDATE").bind(user_id).execute(&mut *connection).await?;
    let used = sqlx::query("UPDATE invitation i SET utilise_le = now() WHERE empreinte = $1 AND utilisateur_id = $2 AND invitation_valable(i)")
        .bind(hash)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(used.rows_affected() == 1)
}

/// Holds back every other change of rights until the end of the transaction. There are few of them, and what each one
/// reads (who manages whom, who remains) is what the others write.
pub async fn lock_rights(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(RIGHTS_LOCK).execute(connection).await?;
    Ok(())
}

/// `actor`, for a line of the journal about account `id`: it belongs to the place of the account, as every line does to
/// the place of what it speaks of.
pub async fn about(connection: &mut PgConnection, actor: &Actor, id: i64) -> Result<Actor, sqlx::Error> {
    let place: Option<i32> = sqlx::query_scalar("SELECT lieu_du_compte($1)").bind(id).fetch_one(connection).await?;
    Ok(actor.at(place))
}

/// Holds an account until the end of the transaction: its password, its second factor and its sessions change one after
/// the other.
pub async fn lock(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR UPDATE").bind(id).execute(connection).await?;
    Ok(())
}

/// Whether an active account still has the password hash that was found right a moment ago. It is held until the end of
/// the transaction.
pub async fn still_has(connection: &mut PgConnection, id: i64, phc: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 AND actif AND mot_de_passe = $2 FOR UPDATE")
        .bind(id)
        .bind(phc)
        .execute(connection)
        .await?;
    Ok(found.rows_affected() == 1)
}

/// Whether `author` manages the account `id` now: an active administrateur of all its collectivités.
pub async fn manages(connection: &mut PgConnection, author: i64, id: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT gere($1, $2)").bind(author).bind(id).fetch_one(connection).await
}

/// The same, held until the end of the transaction: nobody else's rights change before. Of the account of an operator, nobody:
/// it is managed on the command line.
pub async fn hold_managed(connection: &mut PgConnection, author: i64, id: i64) -> Result<bool, sqlx::Error> {
    lock_rights(connection).await?;
    let sql = "SELECT gere($1, $2) AND EXISTS (SELECT 1 FROM utilisateur WHERE id = $2 AND role <> 'exploitant')";
    sqlx::query_scalar(sql).bind(author).bind(id).fetch_one(connection).await
}

/// A user inside the perimeter of an administrateur: all their collectivités are managed by them.
pub async fn user(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Utilisateur>, sqlx::Error> {
    let found: Option<Utilisateur> = sqlx::query_as(
        "SELECT id, courriel, nom, role, actif, version, cree_le, connecte_le, mot_de_passe IS NOT NULL AS a_mot_de_passe,
             (SELECT f.pose_le FROM second_facteur f WHERE f.utilisateur_id = b.id) AS facteur_le,
             (SELECT count(*) FROM jeton_api j WHERE j.utilisateur_id = b.id AND j.revoque_le IS NULL AND j.expire_le > now()) AS jetons,
             ARRAY(SELECT collectivite_id FROM utilisateur_collectivite WHERE utilisateur_id = id ORDER BY 1) AS collectivites
         FROM utilisateur b WHERE id = $1
           AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = b.id)
           AND NOT EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL($2))",
    )
    .bind(id)
    .bind(reader.at(Niveau::Gerer).collectivites(Module::Administration))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(user) = found else { return Ok(None) };
    Ok(Some(Utilisateur { droits: grille::of(connection, id).await?, ..user }))
}

/// The collectivités that an administrateur may give.
pub async fn collectivites(db: &Db, reader: &Reader) -> Result<Vec<Collectivite>, sqlx::Error> {
    sqlx::query_as("SELECT id, siren, nom FROM collectivite WHERE id = ANY($1) ORDER BY type DESC, nom")
        .bind(reader.at(Niveau::Gerer).collectivites(Module::Administration))
        .fetch_all(db.statement())
        .await
}

/// Adds a user; `None` when the e-mail is taken.
///
/// # Errors
/// PostgreSQL refused.
pub async fn add_user(
    connection: &mut PgConnection,
    (courriel, nom): (&str, &str),
    role: Role,
    (collectivites, droits): (&[i32], &[Droit]),
) -> Result<Option<i64>, sqlx::Error> {
    let id: Option<i64> =
        sqlx::query_scalar("INSERT INTO utilisateur (courriel, nom, role) VALUES ($1, $2, $3) ON CONFLICT (courriel) DO NOTHING RETURNING id")
            .bind(courriel)
            .bind(nom)
            .bind(role.code())
            .fetch_optional(&mut *connection)
            .await?;
    if let Some(id) = id {
        give(&mut *connection, id, collectivites).await?;
        own_rights(connection, id, role, droits).await?;
    }
    Ok(id)
}

/// The account of an e-mail.
pub async fn id_of(db: &Db, courriel: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM utilisateur WHERE courriel = $1").bind(courriel).fetch_optional(db.statement()).await
}

/// Whether a link was used less than a minute ago, and by its person: not replaced by a newer one.
pub async fn just_used(db: &Db, hash: &[u8]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM invitation i JOIN utilisateur u ON u.id = i.utilisateur_id AND u.actif
             WHERE i.empreinte = $1 AND i.utilise_le > now() - interval '1 minute' AND i.perime_le IS NULL
               AND NOT EXISTS (SELECT 1 FROM invitation n WHERE n.utilisateur_id = i.utilisateur_id AND n.cree_le >= i.utilise_le))",
    )
    .bind(hash)
    .fetch_one(db.statement())
    .await
}

/// Changes a user whose version is still `version`; false when somebody changed them meanwhile.
pub async fn change_user(connection: &mut PgConnection, (id, version): (i64, i32), author: i64, input: &UserInput) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE utilisateur SET role = $3, actif = $4, modifie_le = now(), modifie_par = $5, version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(input.role.code())
    .bind(input.actif)
    .bind(author)
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    take(&mut *connection, id, &input.collectivites).await?;
    give(&mut *connection, id, &input.collectivites).await?;
    own_rights(connection, id, input.role, &input.droits).await?;
    Ok(true)
}

/// Writes the rights of an account that has its own; those of a role are written by the base.
async fn own_rights(connection: &mut PgConnection, id: i64, role: Role, droits: &[Droit]) -> Result<(), sqlx::Error> {
    if role == Role::SurMesure { grille::write(connection, id, droits).await } else { Ok(()) }
}

/// Gives an account what is `Some`, whatever its version: the command line has the last word.
pub async fn set_rights(
    connection: &mut PgConnection,
    id: i64,
    role: Option<Role>,
    actif: Option<bool>,
    collectivites: Option<&[i32]>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE utilisateur SET role = coalesce($2, role), actif = coalesce($3, actif), modifie_le = now(), modifie_par = NULL, version = version + 1 WHERE id = $1")
        .bind(id)
        .bind(role.map(Role::code))
        .bind(actif)
        .execute(&mut *connection)
        .await?;
    if let Some(kept) = collectivites {
        take(&mut *connection, id, kept).await?;
        give(connection, id, kept).await?;
    }
    Ok(())
}

/// Takes every collectivité but `kept` away. What does not change is not written: links outlive it.
async fn take(connection: &mut PgConnection, id: i64, kept: &[i32]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = $1 AND collectivite_id <> ALL($2)")
        .bind(id)
        .bind(kept)
        .execute(connection)
        .await?;
    Ok(())
}

async fn give(connection: &mut PgConnection, id: i64, collectivites: &[i32]) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id) SELECT $1, unnest($2::int[]) ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(collectivites)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes ended sessions, old invitations and old waits.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    // A browser keeps its cookie as long: a form sent by a session that ended on Friday says whose it was on Monday.
    sqlx::query("DELETE FROM session WHERE expire_le < now() - make_interval(days => $1)").bind(sessions::ENDED_DAYS).execute(pool).await?;
    sqlx::query("DELETE FROM invitation WHERE expire_le < now() - interval '30 days'").execute(pool).await?;
    freins::sweep(pool).await
}
