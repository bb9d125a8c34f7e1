//! Accounts as rows: how the name and the e-mail of somebody are corrected by whoever manages them. Their rights, their links and
//! their sessions are of [`crate::comptes`], whose forms end in more than a row. And many accounts invited at once, by a file.

mod imports;
mod lignes;

pub use imports::IMPORTS;

use rocket::async_trait;
use sqlx::PgConnection;

use crate::avis::{self, Notice};
use crate::champs::Saisie;
use crate::comptes::{self, Personne, UTILISATEURS};
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::records::{Draft, Field, Hooks, Record, Section, Unique, Values};

/// Longest name.
const NAME_MAX: usize = 120;

/// What a form corrects of an account and a file gives to a new one.
const NOM: Field = Field::new("nom", "Prénom et nom", "text", Saisie::Texte(NAME_MAX));
const COURRIEL: Field = Field::new("courriel", "Courriel", "text", Saisie::Courriel);

/// Every record of the room.
pub static RECORDS: &[&Record] = &[&UTILISATEUR];

static UTILISATEUR: Record = Record {
    list: &UTILISATEURS,
    table: "utilisateur",
    object: "utilisateur",
    name: "t.nom",
    domains: &[],
    // The one place that what is noted of an account belongs to: whoever manages a part of it does not open it.
    communes: "array_remove(ARRAY['c:' || lieu_du_compte(t.id)], NULL)",
    sections: &[Section {
        title: "La personne",
        about: "Ses droits se changent sur sa fiche.",
        fields: &[NOM, COURRIEL.hint("Pour se connecter. Un nouveau courriel annule les liens déjà remis")],
    }],
    computed: &[],
    uniques: &[Unique {
        constraint: "utilisateur_courriel_key",
        field: "courriel",
        sentence: "Courriel\u{a0}: un autre compte l’a déjà. Cherchez-le dans la liste des utilisateurs\u{a0}; s’il n’y est pas, il est d’une autre collectivité\u{a0}: voyez l’exploitant.",
    }],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &OfUtilisateur,
    live: None,
    personal: true,
    dossier: false,
    // Invited, with rights and a link: by a form of the accounts.
    creation: "",
};

struct OfUtilisateur;

#[async_trait]
impl Hooks for OfUtilisateur {
    fn proved(&self) -> bool {
        true
    }

    async fn complete(&self, _: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        if let Some(nom) = draft.value("nom").map(|nom| nom.split_whitespace().collect::<Vec<_>>().join(" ")) {
            draft.set("nom", Some(nom));
        }
        Ok(())
    }

    async fn writing(&self, connection: &mut PgConnection, personne: &Personne, id: i64) -> Result<()> {
        // The rights of now, and not those of the page: nobody else's change until the end of the transaction.
        if comptes::hold_managed(connection, personne.reader.user_id, id).await? {
            return Ok(());
        }
        // They are in the list of who sees them, and no page changes them.
        let runs: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM utilisateur WHERE id = $1 AND role = 'exploitant')")
            .bind(id)
            .fetch_one(connection)
            .await?;
        if runs {
            return Err(Error::forbidden("Le compte d’un exploitant se gère en ligne de commande. Rien n’a été enregistré."));
        }
        Err(Error::out_of_reach("Ce compte n’existe pas ou n’est pas dans votre périmètre."))
    }

    async fn written(&self, connection: &mut PgConnection, personne: &Personne, id: i64, changed: &Values) -> Result<()> {
        let Some(courriel) = changed.get("courriel").and_then(Option::as_deref).filter(|_| id != personne.reader.user_id) else { return Ok(()) };
        let told = format!(
            "{} a changé le courriel de votre compte\u{a0}: vous vous connectez maintenant avec {courriel}. Si vous ne l’avez pas demandé, parlez-en à votre collectivité.",
            personne.nom
        );
        Ok(avis::add(connection, id, &Notice { ton: "alerte", texte: &told, lien: "/compte" }).await?)
    }
}
