//! Invitations by lot: a file of people becomes accounts without a password, each with a link to choose one. An account that exists is
//! never changed by a file.

use maud::{Markup, html};
use rocket::async_trait;

use super::{COURRIEL, NAME_MAX, NOM, UTILISATEUR, lignes};
use crate::champs::Saisie;
use crate::comptes::{self, Personne};
use crate::context::Context;
use crate::imports::{Cle, Ecrivain, Genre, Ligne, Numero, Tranche};
use crate::platform::db::Write;
use crate::platform::error::Result;
use crate::records::{Draft, Field, Hooks, Record, Section, Unique};

/// Longest list of collectivités.
const PLACES_MAX: usize = 400;
/// The roles that a file gives: rights of one’s own take a grid, and an exploitant is named on the command line.
const DONNES: &[(&str, &str, &str)] = &[("agent", "Agent", ""), ("administrateur", "Administrateur", "")];

/// The kinds of import of the room.
pub static IMPORTS: &[&Genre] = &[&GENRE];

/// An account as a file gives it: that of the forms, with its rights.
static COMPTE: Record = Record {
    sections: &[Section {
        title: "La personne",
        about: "",
        fields: &[
            NOM,
            COURRIEL,
            Field::new("role", "Rôle", "text", Saisie::Choix(DONNES)).preset("agent"),
            Field::new("collectivites", "Collectivités", "", Saisie::Texte(PLACES_MAX)).optional(),
        ],
    }],
    uniques: &[Unique {
        constraint: "utilisateur_courriel_key",
        field: "courriel",
        sentence: "Ce courriel a déjà un compte. Cherchez-le dans la liste des utilisateurs\u{a0}; s’il n’y est pas, il est d’une autre collectivité\u{a0}: voyez l’exploitant.",
    }],
    hooks: &OfCompte,
    ..UTILISATEUR
};

struct OfCompte;

#[async_trait]
impl Hooks for OfCompte {
    fn proved(&self) -> bool {
        true
    }

    async fn complete(&self, _: &Context, _: &Personne, _: &mut Draft) -> Result<()> {
        Ok(())
    }
}

/// What files say apart from the name.
static APPORTS: &[Field] = &[Field::new("prenom", "Prénom", "", Saisie::Texte(NAME_MAX)).optional()];

static GENRE: Genre = Genre {
    cles: &[Cle { nom: "courriel", mot: "ce courriel", colonnes: &["courriel"], sur: "t.courriel = {}", partout: true }],
    synonymes: &[
        ("nom", &["nom et prenom", "nom prenom", "prenom nom", "nom complet", "nom de famille", "nom d usage", "agent", "personne", "utilisateur"]),
        (
            "courriel",
            &[
                "email",
                "e mail",
                "mail",
                "mel",
                "adresse mail",
                "adresse email",
                "adresse electronique",
                "adresse de courriel",
                "courriel professionnel",
            ],
        ),
        ("role", &["roles", "profil", "habilitation"]),
        ("collectivites", &["collectivite", "commune", "communes", "epci", "siren", "siren collectivite", "siren de la collectivite", "perimetre"]),
        ("prenom", &["prenoms", "prenom usuel"]),
    ],
    apports: APPORTS,
    deduit: Some(lignes::deduit),
    uniques: &["courriel"],
    // A file invites; it changes nobody.
    ecrits: Some(&[]),
    ecrivain: Some(&Invitations),
    ..Genre::sur(
        "utilisateurs",
        &COMPTE,
        "Des agents à inviter\u{a0}: prénom et nom, courriel, rôle (Agent ou Administrateur), collectivités (nom ou SIREN). Un compte qui existe n’est jamais changé.",
        Numero { colonne: "courriel", label: "Courriel", objet: "utilisateur", donne: true },
    )
};

struct Invitations;

#[async_trait]
impl Ecrivain for Invitations {
    async fn regarde(&self, context: &Context, personne: &Personne, lines: &mut [Ligne]) -> Result<()> {
        lignes::regarde(context, personne, lines).await
    }

    async fn accorde(&self, context: &Context, write: &mut Write, import: i64) -> Result<()> {
        comptes::accorde(context, write, import).await
    }

    async fn cree(&self, write: &mut Write, tranche: &Tranche<'_>) -> Result<(i64, Vec<String>)> {
        comptes::cree_par_lot(write, (tranche.import, tranche.rangs), tranche.actor).await
    }

    async fn retire(&self, write: &mut Write, tranche: &Tranche<'_>) -> Result<(i64, Vec<String>)> {
        comptes::retire_par_lot(write, (tranche.import, tranche.rangs), tranche.actor).await
    }

    fn dit(&self, context: &Context, import: i64, etat: &str) -> Option<Markup> {
        let mails = context.mailer.is_some();
        Some(match (etat, mails) {
            ("a_confirmer", true) => html! { p {
                "Dès l’écriture, un courriel part à chaque personne nouvelle, avec un lien pour choisir son mot de passe, bon 7 jours. Excluez d’abord qui ne doit pas le recevoir."
            } },
            ("a_confirmer", false) => html! { p {
                "Les comptes seront créés sans mot de passe, et rien ne part\u{a0}: Gardel n’envoie pas de courriel ici. À la fin, cette page dit où imprimer les fiches de bienvenue."
            } },
            ("ecriture_arretee" | "termine", true) => html! { p {
                "Chaque personne nouvelle a son lien par courriel\u{a0}: ce que devient le courriel se lit sur sa fiche, et un autre lien s’y demande."
            } },
            ("ecriture_arretee" | "termine", false) => html! {
                p { "Rien n’est parti\u{a0}: le lien de chaque personne est sur sa fiche de bienvenue. Imprimez celles qui ne le sont pas encore, 100 à la fois\u{a0}; une fiche perdue se refait depuis la page de la personne." }
                div class="actions" { (comptes::bouton_des_fiches(import, "Imprimer les fiches")) }
            },
            ("annule" | "annulation_arretee", _) => html! { p {
                "Les comptes qui n’avaient jamais servi sont retirés, et leurs liens, même déjà envoyés, n’ouvrent plus rien. Ceux qui ont servi restent."
            } },
            _ => return None,
        })
    }
}
