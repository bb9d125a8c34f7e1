//! The markup of the letters.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::composition::Preparee;
use super::genres::libelle;
use super::list::{COURRIELS, ETATS, LETTRES, MODELES};
use super::model::{ENVOI, Envoi, Lettre, Volume};
use super::pages::{Apercu, CHAMPS, Modele, Version, Vue};
use super::queries::Resume;
use super::sources::{Connues, libelle_de_saisie};
use crate::listing::Niveau;
use crate::platform::http::Address;
use crate::platform::pdf::{Block, Run};
use crate::records::{archive_form, edit_link};
use crate::ui::form::{self, Day, Field, day_input, error_summary, select};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar};

/// Title of the page of who writes.
pub const QUI_ECRIT: &str = "Qui écrit";

fn word(known: &[(&'static str, &'static str, &'static str)], code: &str) -> Markup {
    let (_, label, tone) = known.iter().find(|(one, ..)| *one == code).copied().unwrap_or(("", "", ""));
    badge(Tone::from_code(tone), label)
}

/// What a letter says, as a part of a page: the same blocks as on paper.
pub fn corps(blocks: &[Block]) -> Markup {
    let runs = |runs: &[Run]| {
        html! {
            @for run in runs {
                @for (place, line) in run.text.split('\n').enumerate() {
                    @if place > 0 { br; }
                    @if run.bold { strong { (line) } } @else { (line) }
                }
            }
        }
    };
    html! {
        @for block in blocks {
            @match block {
                Block::Heading(text) => h3 { (runs(text)) },
                Block::Paragraph(text) | Block::Aside(text) => p { (runs(text)) },
                Block::List { ordered: true, items } => ol { @for item in items { li { (runs(item)) } } },
                Block::List { ordered: false, items } => ul { @for item in items { li { (runs(item)) } } },
                Block::Table { headers, rows } => div class="defile" {
                    table class="liste" {
                        thead { tr { @for (title, right) in headers { th scope="col" class=[right.then_some("nombre")] { (runs(title)) } } } }
                        tbody { @for row in rows { tr { @for (cell, (_, right)) in row.iter().zip(headers) { td class=[right.then_some("nombre")] { (runs(cell)) } } } } }
                    }
                },
            }
        }
    }
}

fn saisie(name: &str, text: &str) -> Markup {
    let id = format!("saisie.{name}");
    html! {
        div class="champ" {
            label for=(id) { (libelle_de_saisie(name)) }
            textarea id=(id) name=(id) rows=(if text.len() > 200 { "8" } else { "2" }) maxlength="4000" autocomplete="off" { "\n" (text) }
        }
    }
}

/// The page of a preparation that waits for its author.
pub fn preparation(vue: &Vue<'_>) -> Markup {
    let address = format!("/envois/{}", vue.envoi.id);
    let places: Vec<(String, String)> = vue.places.iter().map(|(id, nom)| (id.to_string(), nom.clone())).collect();
    let modeles: Vec<(String, String)> = vue.modeles.iter().map(|one| (one.code.clone(), one.nom.clone())).collect();
    let faults: Vec<(&str, String)> = vue.faults.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    html! {
        h1 { "Écrire une lettre" }
        p { strong { (format::counted(vue.envoi.choisis, "hébergeur choisi", "hébergeurs choisis")) } " (" (vue.envoi.filtres) ")." }
        (error_summary(&faults))
        form class="formulaire" method="get" action=(address) {
            @if places.len() > 1 { (select("collectivite", "Collectivité qui écrit", &places, &vue.place.to_string(), None)) }
            (select("modele", "Modèle", &modeles, vue.choisi.as_ref().map_or("", |one| &one.code), Some("Choisissez un modèle")))
            p class="actions" { button class=(if vue.choisi.is_none() { "bouton principal" } else { "bouton" }) type="submit" { "Prendre ce modèle" } }
        }
        p { "Qui écrit\u{a0}: " (vue.expediteur.nom)
            @if !vue.expediteur.complet() { ", dont l’adresse ou le signataire manque" } ". "
            a href={ "/expediteurs/" (vue.place) } { "Dire qui écrit" } }
        @if let Some(choisi) = &vue.choisi {
            h2 { (choisi.nom) }
            form class="formulaire" method="post" action=(address) {
                input type="hidden" name="modele" value=(choisi.code);
                input type="hidden" name="collectivite" value=(vue.place);
                @for (name, text) in &vue.saisies { (saisie(name, text)) }
                div class="champ" {
                    label for="jour" { "Date de la lettre" }
                    (day_input(&Day { id: "jour", name: "jour", value: &vue.jour, of: "date de la lettre", wrong: None, focus: false }))
                }
                @if choisi.par_courriel {
                    label class="case" { input type="checkbox" name="par_courriel" value="oui" checked[vue.par_courriel]; " Par courriel aussi, à ceux qui ont une adresse" }
                }
                @if choisi.recommande { p { "Ces lettres partent en recommandé avec avis de réception." } }
                p class="actions" {
                    button class="bouton" type="submit" name="fait" value="apercu" { (icon("eye")) "Voir la première lettre" }
                    button class="bouton principal" type="submit" name="fait" value="envoyer" {
                        @if vue.envoi.choisis > 1 { "Préparer " (format::counted(vue.envoi.choisis, "lettre", "lettres")) } @else { "Écrire cette lettre" }
                    }
                }
            }
        }
        @if let Some(apercu) = &vue.apercu { (apercu_de(&address, apercu)) }
    }
}

fn apercu_de(address: &str, apercu: &Result<Preparee, String>) -> Markup {
    html! {
        section class="carte" aria-labelledby="apercu-titre" {
            h2 id="apercu-titre" { "La première lettre" }
            @match apercu {
                Ok(made) => {
                    p { (made.destinataire) ", " (made.lettre.dated) ". " a href={ (address) "/apercu" } { "La voir sur papier (PDF)" } }
                    p { strong { "Objet\u{a0}: " (made.lettre.subject) } }
                    (corps(&made.lettre.body))
                }
                Err(reason) => (notice(Tone::Warning, &html! { p { "Le premier hébergeur n’aura pas de lettre\u{a0}: " (reason) } })),
            }
        }
    }
}

/// Title of letters that were asked for.
pub fn titre(envoi: &Envoi) -> String {
    format!("Lettres n°\u{a0}{}\u{a0}: {}", envoi.id, envoi.modele)
}

/// The page of letters that were asked for.
pub fn envoi(envoi: &Envoi, volumes: &[Volume], without: &[(i64, String, String)], level: Option<Niveau>, today: NaiveDate) -> Markup {
    let (label, tone) = ENVOI.words(&envoi.etat);
    let address = format!("/envois/{}", envoi.id);
    html! {
        (LETTRES.trail(&[], &titre(envoi)))
        div class="titre-page" { h1 { (titre(envoi)) } (badge(Tone::from_code(tone), label)) }
        section class="carte" {
            @if envoi.bouge() {
                (bar("Avancement", &Progress { done: envoi.avancement, total: Some(envoi.choisis), seconds: None, here: None, unit: "lettres" }))
            }
            @if let Some(job) = envoi.job_id.filter(|_| envoi.bouge()) { p { a href={ "/travaux/" (job) } { "Voir le travail, ou l’arrêter" } } }
            @if let Some(error) = &envoi.erreur { (notice(Tone::Warning, &html! { p { (error) } })) }
            p { (format::counted(envoi.faites, "lettre écrite", "lettres écrites"))
                @if envoi.ecartees > 0 { ", " (format::counted(envoi.ecartees, "hébergeur sans lettre", "hébergeurs sans lettre")) } "." }
            @if level >= Some(Niveau::Saisir) && ["arretee", "echec"].contains(&envoi.etat.as_str()) {
                form method="post" action={ (address) "/reprise" } { button class="bouton principal" type="submit" { "Reprendre" } }
            }
            @if !volumes.is_empty() {
                h2 { "À imprimer" }
                ul class="actions" {
                    @for volume in volumes {
                        li { a class="bouton" href={ (address) "/impression/" (volume.rang) } {
                            (icon("printer")) (format::counted(i64::from(volume.lettres), "lettre", "lettres")) " (PDF, " (format::bytes(volume.octets)) ")" } }
                    }
                }
            }
            p class="actions" { a class="bouton" href=(LETTRES.asked(&[("envoi_min", &envoi.id), ("envoi_max", &envoi.id)])) { (icon("list")) "Voir ces lettres une par une" } }
        }
        @if level >= Some(Niveau::Saisir) && envoi.faites > 0 && !envoi.bouge() { (suivi(&address, today)) }
        @if !without.is_empty() {
            section {
                h2 { "Sans lettre" }
                ul { @for (id, nom, motif) in without { li { a href={ "/hebergeurs/" (id) } { (nom) } "\u{a0}: " (motif) } } }
            }
        }
        section {
            h2 { "Ce qui a été demandé" }
            dl class="fiche" {
                div { dt { "Modèle" } dd { @if let Some(id) = envoi.modele_id { a href={ "/modeles/" (id) } { (envoi.modele) } } @else { (envoi.modele) } @if let Some(version) = envoi.modele_version { ", version " (version) } } }
                div { dt { "Destinataires" } dd { (envoi.filtres) @if !envoi.requete.is_empty() { " " a href=(Address::of("/hebergeurs").asking(&envoi.requete)) { "Revoir la liste" } } } }
                div { dt { "Par" } dd { (envoi.demandeur) @if let Some(when) = envoi.demande_le { ", " (format::instant(when)) } } }
                @if let Some(when) = envoi.fini_le { div { dt { "Prêtes" } dd { (format::instant(when)) } } }
                @if let Some(day) = envoi.date_lettre { div { dt { "Datées du" } dd { (format::date_long(day)) } } }
                @for (name, text) in envoi.saisies.0.iter().filter(|(_, text)| !text.is_empty()) {
                    div class="longue" { dt { (libelle_de_saisie(name)) } dd { (text) } }
                }
            }
            details { summary { "Le texte du modèle, tel qu’il a servi" } p { "Objet\u{a0}: " (envoi.objet) } pre class="modele" { (envoi.corps) } }
        }
    }
}

fn suivi(address: &str, today: NaiveDate) -> Markup {
    html! {
        section {
            h2 { "Ce qu’elles deviennent" }
            form class="formulaire" method="post" action={ (address) "/suivi" } {
                div class="champ" {
                    label for="jour" { "Jour" }
                    (day_input(&Day { id: "jour", name: "jour", value: &format::date(today), of: "jour", wrong: None, focus: false }))
                }
                p class="actions" {
                    button class="bouton" type="submit" name="fait" value="imprimees" { "Toutes imprimées ce jour" }
                    button class="bouton" type="submit" name="fait" value="envoyees" { "Toutes envoyées ce jour" }
                }
            }
        }
    }
}

/// The page of a letter.
pub fn lettre(letter: &Lettre, (level, list): (Option<Niveau>, &str), added: &Markup) -> Markup {
    let day = |label: &str, day: Option<NaiveDate>| html! { @if let Some(day) = day { div { dt { (label) } dd { (format::date_long(day)) } } } };
    html! {
        (LETTRES.trail_from(list, &[], &letter.reference))
        div class="titre-page" { h1 { (letter.reference) } (word(ETATS, &letter.etat)) }
        div class="voisins" {
            a class="bouton principal" href={ "/lettres/" (letter.id) "/fichier" } { (icon("printer")) "Ouvrir le PDF (" (format::bytes(letter.octets)) ")" }
            (edit_link(level, &LETTRES, letter.id))
            a class="bouton" href={ "/envois/" (letter.envoi_id) } { "Voir l’envoi" }
            a class="bouton" id="f-liste" href=(list) { "Revenir à la liste" }
        }
        dl class="fiche" {
            div { dt { "Destinataire" } dd { a href={ "/hebergeurs/" (letter.hebergeur_id) } { (letter.destinataire) } } }
            div { dt { "Genre" } dd { (libelle(&letter.genre)) @if letter.recommande { ", en recommandé" } } }
            div { dt { "Datée du" } dd { (format::date_long(letter.date_lettre)) } }
            div { dt { "Écrite" } dd { (letter.auteur) ", " (format::instant(letter.cree_le)) ", pour " (letter.collectivite) } }
            @if let Some(numero) = &letter.numero_lrar { div { dt { "N° de recommandé" } dd class="code" { (numero) } } }
            (day("Imprimée le", letter.imprimee_le)) (day("Envoyée le", letter.envoyee_le)) (day("Distribuée le", letter.distribuee_le))
            (day("Retournée le", letter.retournee_le))
            @if let Some(motif) = &letter.retour_motif { div { dt { "Motif du retour" } dd { (motif) } } }
            (day("Réponse reçue le", letter.reponse_le))
            @if let Some(reponse) = &letter.reponse { div class="longue" { dt { "Ce qu’elle dit" } dd { (reponse) } } }
            @if let (Some(courriel), Some(etat)) = (&letter.courriel, &letter.courriel_etat) {
                div { dt { "Courriel" } dd { (courriel) " " (word(COURRIELS, etat))
                    @if let Some(when) = letter.courriel_le { ", " (format::instant(when)) }
                    @if let Some(answer) = &letter.courriel_reponse { br; (answer) } } }
            }
        }
        section class="carte" aria-labelledby="texte-titre" {
            h2 id="texte-titre" { "La lettre" }
            p { (letter.contenu.dated) }
            p { strong { "Objet\u{a0}: " (letter.objet) } }
            (corps(&letter.contenu.body))
        }
        (added)
    }
}

/// The part of the page of a host that shows their letters.
pub fn de_l_hebergeur(host: i64, letters: &[Resume], writes: bool) -> Markup {
    html! {
        h2 { "Lettres" }
        @if letters.is_empty() { p { "Aucune lettre ne lui a été écrite depuis Gardel." } } @else {
            section class="defile" tabindex="0" aria-labelledby="titre-lettres" {
                table class="liste" {
                    caption id="titre-lettres" { "Les dernières lettres de vos collectivités à cet hébergeur" }
                    thead { tr { th scope="col" { "Référence" } th scope="col" { "Genre" } th scope="col" { "Objet" } th scope="col" { "Datée du" } th scope="col" { "État" } th scope="col" { "Courriel" } } }
                    tbody {
                        @for letter in letters {
                            tr {
                                th scope="row" data-libelle="Référence" { a href={ "/lettres/" (letter.id) } { (letter.reference) } }
                                td data-libelle="Genre" { (libelle(&letter.genre)) }
                                td data-libelle="Objet" { (letter.objet) }
                                td data-libelle="Datée du" { (format::date(letter.date_lettre)) }
                                td data-libelle="État" { (word(ETATS, &letter.etat)) @if let Some(numero) = &letter.numero_lrar { " " span class="code" { (numero) } } }
                                td data-libelle="Courriel" { @if let Some(etat) = &letter.courriel_etat { (word(COURRIELS, etat)) } }
                            }
                        }
                    }
                }
            }
        }
        @if writes { form method="post" action={ "/hebergeurs/" (host) "/lettres" } { p class="actions" { button class="bouton" type="submit" { (icon("mail")) "Écrire une lettre" } } } }
    }
}

/// The page of a template.
pub fn modele(modele: &Modele, versions: &[Version], (apercu, connues): (Option<&Apercu>, &Connues), level: Option<Niveau>) -> Markup {
    html! {
        (MODELES.trail(&[], &modele.nom))
        div class="titre-page" { h1 { (modele.nom) } @if modele.archive { (badge(Tone::Warning, "Archivé")) } }
        div class="voisins" {
            (edit_link(level, &MODELES, modele.id))
            (archive_form(level, &MODELES, (modele.id, modele.version), modele.archive))
            @if level >= Some(Niveau::Saisir) {
                a class="bouton" href=(MODELES.page("nouveau").with("genre", &modele.genre)) { "Repartir du texte de Gardel" }
                a class="bouton" href={ "/expediteurs/" (modele.collectivite_id) } { "Dire qui écrit" }
            }
        }
        dl class="fiche" {
            div { dt { "Genre" } dd { (libelle(&modele.genre)) } }
            div { dt { "Collectivité" } dd { (modele.collectivite) } }
            div { dt { "Envoi" } dd { (if modele.recommande { "En recommandé avec avis de réception" } else { "Simple" }) @if modele.par_courriel { ", par courriel aussi" } } }
            div { dt { "Version" } dd { (modele.version) } }
        }
        h2 { "Ce qu’il donne" }
        form class="formulaire" method="get" action={ "/modeles/" (modele.id) } {
            (form::field(&Field { name: "hebergeur", label: "Numéro d’un hébergeur", value: apercu.map_or("", |one| &one.numero), required: true, max: Some(40), autocomplete: "off", ..Field::default() }))
            p class="actions" { button class="bouton principal" type="submit" { (icon("eye")) "Voir sa lettre" } }
        }
        @if let Some(apercu) = apercu {
            @match &apercu.ecrit {
                Ok(ecrit) => section class="carte" { p { strong { "Objet\u{a0}: " (ecrit.objet) } } (corps(&ecrit.corps)) },
                Err(reason) => (notice(Tone::Warning, &html! { p { (reason) } })),
            }
        }
        h2 { "Le texte" }
        p { "Objet\u{a0}: " (modele.objet) }
        pre class="modele" { (modele.corps) }
        (variables(connues))
        @if versions.len() > 1 {
            h2 { "Ses textes d’avant" }
            @for version in &versions[1..] {
                details {
                    summary { "Version " (version.version) ", " (format::instant(version.ecrit_le)) @if let Some(par) = &version.par { ", " (par) } }
                    p { "Objet\u{a0}: " (version.objet) }
                    pre class="modele" { (version.corps) }
                }
            }
        }
    }
}

/// What templates may name.
fn variables(connues: &Connues) -> Markup {
    html! {
        details {
            summary { "Les variables qu’un modèle peut nommer" }
            dl class="fiche" {
                @for (nom, libelle) in connues.listes() { div { dt class="code" { (nom) } dd { (libelle) } } }
                @for (nom, libelle) in connues.toutes() { div { dt class="code" { (nom) } dd { (libelle) } } }
            }
        }
    }
}

/// The form of who writes.
pub fn expediteur(id: i32, (nom, version): (&str, i32), values: &BTreeMap<String, String>, faults: &[(&str, String)]) -> Markup {
    html! {
        (MODELES.trail(&[], QUI_ECRIT))
        h1 { (QUI_ECRIT) "\u{a0}: " (nom) }
        p { "Ce que portent les lettres de cette collectivité\u{a0}: l’adresse du service en haut à gauche, la ville devant la date, le signataire à la fin." }
        (error_summary(faults))
        form class="formulaire" method="post" action={ "/expediteurs/" (id) } {
            input type="hidden" name="version" value=(version);
            @for (name, label, longest, required) in CHAMPS {
                (form::field(&Field {
                    name, label, value: values.get(*name).map_or("", String::as_str), required: *required, max: Some(*longest), autocomplete: "off",
                    error: faults.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str()), ..Field::default()
                }))
            }
            p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } }
        }
    }
}
