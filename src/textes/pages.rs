//! The three pages, as the French models give them.

use maud::{Markup, html};

use super::model::{ETATS, Page, RUBRIQUES, Textes};
use crate::platform::http::Address;

/// What a page needs to know beside the answers.
pub struct Around {
    /// Other collectivités that may be meant, when nobody said which.
    pub others: Vec<(i32, String)>,
    /// The reader may answer for this collectivité.
    pub may_answer: bool,
    /// Months that the journal is kept.
    pub journal_mois: i32,
    /// Days that a file is kept.
    pub export_jours: i32,
    /// Hours of a session.
    pub session_heures: i32,
}

/// The page, with the way to complete it or to choose a collectivité.
pub fn page(page: Page, textes: &Textes, around: &Around) -> Markup {
    html! {
        section class="guide" {
            h1 { (page.title()) }
            @if !textes.nom.is_empty() { p { strong { (textes.nom) } } }
            @if textes.collectivite_id.is_none() && !around.others.is_empty() {
                nav aria-label="Collectivités" {
                    p { "Ces pages sont propres à chaque collectivité. Choisissez la vôtre :" }
                    ul { @for (id, nom) in &around.others { li { a href=(Address::of(page.address()).with("collectivite", id)) { (nom) } } } }
                }
            }
            @if around.may_answer && textes.missing(page) > 0 {
                p { "Des rubriques restent à compléter : " a href="/textes" { "compléter les textes légaux" } "." }
            }
            @match page {
                Page::Mentions => { (mentions(textes)) }
                Page::Donnees => { (donnees(textes, around)) }
                Page::Accessibilite => { (accessibilite(textes)) }
            }
        }
    }
}

/// An answer, or what says that it is missing.
fn answer(textes: &Textes, name: &str) -> Markup {
    html! {
        @match textes.get(name) {
            Some(text) => { @for (place, line) in text.lines().enumerate() { @if place > 0 { br; } (line) } }
            None => { strong class="a-completer" { "À compléter" } }
        }
    }
}

/// Label and answer of headings.
fn answers(textes: &Textes, names: &[&str]) -> Markup {
    html! {
        dl class="fiche" {
            @for rubrique in RUBRIQUES.iter().filter(|rubrique| names.contains(&rubrique.name)) {
                div { dt { (rubrique.label) } dd { (answer(textes, rubrique.name)) } }
            }
        }
    }
}

fn mentions(textes: &Textes) -> Markup {
    html! {
        h2 { "Éditeur" }
        (answers(textes, &["editeur", "editeur_adresse", "editeur_telephone", "editeur_courriel"]))
        h2 { "Publication" }
        (answers(textes, &["directeur"]))
        h2 { "Hébergement" }
        (answers(textes, &["hebergeur", "hebergeur_adresse", "hebergeur_telephone"]))
        h2 { "Utilisation" }
        p { "Ce site est réservé aux personnes que la collectivité a habilitées. Les données qu’il montre sont protégées par le secret professionnel : elles ne servent qu’aux missions pour lesquelles l’accès a été donné." }
        p { "Gardel est un logiciel libre, distribué sous licence Apache 2.0. Icônes : Lucide (licence ISC)." }
        h2 { "Voir aussi" }
        ul {
            li { a href="/donnees-personnelles" { "Données personnelles" } }
            li { a href="/accessibilite" { "Accessibilité" } }
        }
    }
}

fn donnees(textes: &Textes, around: &Around) -> Markup {
    html! {
        p { "Cette page dit quelles données personnelles ce site utilise, pourquoi, combien de temps, et comment exercer vos droits (règlement général sur la protection des données, articles 13 et 14)." }
        h2 { "Qui est responsable" }
        (answers(textes, &["responsable", "dpo", "dpo_contact"]))
        h2 { "Pourquoi, et sur quelle base" }
        section class="defile" tabindex="0" aria-labelledby="titre-finalites" {
            table class="liste" {
                caption id="titre-finalites" { "Finalités et bases légales" }
                thead { tr { th scope="col" { "Finalité" } th scope="col" { "Personnes et données" } th scope="col" { "Base légale" } } }
                tbody {
                    (purpose("Suivre, vérifier et recouvrer la taxe de séjour", "Hébergeurs (identité, coordonnées, SIRET), logements, séjours déclarés. Aucun nom de vacancier.", "Obligation légale et mission d’intérêt public (code général des collectivités territoriales, taxe de séjour)"))
                    (purpose("Donner accès à ce site et le protéger", "Agents : nom, courriel professionnel, rôle, collectivités, dates de connexion, adresse IP", "Mission d’intérêt public ; sécurité du traitement (RGPD, article 32)"))
                    (purpose("Savoir qui a fait et vu quoi", "Agents : actions, fiches consultées, exports, adresse IP", "Mission d’intérêt public ; sécurité du traitement (RGPD, article 32)"))
                }
            }
        }
        p { "Les données de la taxe viennent des hébergeurs, des plateformes de réservation et des agents de la collectivité. Aucune décision n’est prise automatiquement, et aucun profil n’est établi." }
        h2 { "Qui reçoit ces données" }
        p { "Les agents habilités de la collectivité, chacun pour les communes de son périmètre." }
        (answers(textes, &["destinataires", "transferts"]))
        h2 { "Combien de temps" }
        dl class="fiche" {
            div { dt { "Données de la taxe" } dd { (answer(textes, "duree_taxe")) } }
            div { dt { "Journal des actions" } dd { (around.journal_mois) " mois, puis effacement par mois entiers" } }
            div { dt { "Fichiers d’export" } dd { (around.export_jours) " jours" } }
            div { dt { "Notes et pièces jointes des fiches" } dd { "comme la fiche ; sept jours après leur retrait" } }
            div { dt { "Sessions" } dd { (around.session_heures) " heures au plus ; leur adresse et leur navigateur, sept jours de plus" } }
            div { dt { "Dernières fiches ouvertes" } dd { "vingt par personne, 90 jours au plus ; elle est seule à les voir" } }
            div { dt { "Comptes" } dd { "tant que la personne est habilitée ; un compte désactivé ne permet plus d’entrer" } }
        }
        h2 { "Cookies" }
        p { "Ce site ne dépose que des cookies de connexion, et celui de l’apparence que vous choisissez. Ils sont indispensables à ce que vous demandez : votre accord n’est pas demandé." }
        ul {
            li { "Votre session : jusqu’à sa fin, vingt heures au plus d’ordinaire." }
            li { "Entre le mot de passe et le code du second facteur : dix minutes." }
            li { "Le temps d’une connexion par un fournisseur d’identité, quand votre organisme en a un : dix minutes." }
            li { "Ce navigateur, reconnu pour que personne ne puisse vous empêcher d’entrer en essayant vos mots de passe : 400 jours." }
        }
        p { "Rien n’est mesuré ni envoyé ailleurs. Vos préférences de clavier restent dans votre navigateur." }
        h2 { "Vos droits" }
        p { "Vous pouvez demander l’accès à vos données, leur rectification, leur effacement quand la loi ne demande pas de les garder, la limitation de leur usage, et vous y opposer pour des raisons tenant à votre situation. Écrivez au délégué à la protection des données ci-dessus ; une réponse vous est due dans le mois." }
        p { "Si cette réponse ne vous satisfait pas, vous pouvez adresser une réclamation à la CNIL : en ligne sur " a href="https://www.cnil.fr/fr/plaintes" { "cnil.fr" } ", ou par courrier : CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07." }
    }
}

fn purpose(purpose: &str, data: &str, basis: &str) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Finalité" { (purpose) }
            td data-libelle="Personnes et données" { (data) }
            td data-libelle="Base légale" { (basis) }
        }
    }
}

fn accessibilite(textes: &Textes) -> Markup {
    let etat = textes.etat();
    let words = ETATS.iter().find(|(code, _)| *code == etat).map_or(ETATS[0].1, |(_, words)| words).to_lowercase();
    let audited = etat != ETATS[0].0;
    html! {
        p { "La collectivité s’engage à rendre ses sites accessibles, conformément à l’article 47 de la loi n° 2005-102 du 11 février 2005. Pour cela, elle met en œuvre un schéma pluriannuel :" }
        (answers(textes, &["accessibilite_schema"]))
        p { "Cette déclaration s’applique à Gardel, le site où vous êtes." }
        h2 { "État de conformité" }
        p {
            "Gardel est " strong { (words) } " au référentiel général d’amélioration de l’accessibilité (RGAA), version 4.1"
            @if audited { ", en raison de ce que relève l’audit ci-dessous." } @else { " : aucun audit ne permet encore de déclarer mieux." }
        }
        h2 { "Résultats des tests" }
        @if audited {
            (answers(textes, &["accessibilite_auditeur", "accessibilite_date", "accessibilite_taux"]))
        } @else {
            p { "Aucun audit de conformité n’a été fait." }
        }
        p { "À chaque version, chaque écran passe des contrôles automatiques (axe, règles WCAG 2.2 AA, validité du HTML), en clair et en sombre, de 320 à 1 280 points de large, avec et sans JavaScript. Ils ne remplacent pas un audit." }
        h2 { "Contenus non accessibles" }
        h3 { "Non-conformités" }
        p { (or_words(textes, "accessibilite_defauts", if audited { "Aucune n’a été relevée." } else { "Elles ne sont pas connues tant qu’aucun audit n’est fait." })) }
        h3 { "Dérogations pour charge disproportionnée" }
        p { (or_words(textes, "accessibilite_derogations", "Aucune.")) }
        h3 { "Contenus non soumis à l’obligation d’accessibilité" }
        p { (or_words(textes, "accessibilite_exemptes", "Aucun.")) }
        h2 { "Établissement de cette déclaration" }
        (answers(textes, &["accessibilite_etablie"]))
        p { "Technologies : HTML 5, CSS, JavaScript (facultatif), SVG. Les contrôles automatiques se font avec Chromium, axe-core et html-validate, sur tous les écrans du site." }
        h2 { "Retour d’information et contact" }
        p { "Si vous ne pouvez pas accéder à un contenu ou à un service, dites-le : une alternative accessible ou le contenu sous une autre forme vous sera proposé. Donnez l’adresse de la page." }
        (answers(textes, &["accessibilite_contact"]))
        h2 { "Voies de recours" }
        p { "Vous avez signalé un défaut d’accessibilité qui vous empêche d’accéder à un contenu ou à un service, et vous n’avez pas obtenu de réponse satisfaisante. Vous pouvez :" }
        ul {
            li { a href="https://formulaire.defenseurdesdroits.fr/" { "écrire un message au Défenseur des droits" } " ;" }
            li { a href="https://www.defenseurdesdroits.fr/saisir/delegues" { "contacter le délégué du Défenseur des droits dans votre région" } " ;" }
            li { "envoyer un courrier, gratuitement et sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07." }
        }
    }
}

fn or_words(textes: &Textes, name: &str, words: &str) -> Markup {
    html! { @if textes.get(name).is_some() { (answer(textes, name)) } @else { (words) } }
}
