//! What an import would do, is doing, did.

use maud::{Markup, html};
use serde_json::Value;

use super::parcours;
use crate::champs::Saisie;
use crate::imports::etats::{Etape, IMPORT};
use crate::imports::genre::Genre;
use crate::imports::list::{ANOMALIES, LIGNES};
use crate::imports::model::{Dite, Import, Lot, Prevue, titre};
use crate::listing::Choice;
use crate::platform::http::Address;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::progress::{Progress, bar, waiting};
use crate::ui::{format, layout};

/// What the page shows beside the import.
pub struct Suivi<'a> {
    /// The import.
    pub import: &'a Import,
    /// Its kind.
    pub genre: &'static Genre,
    /// Whether whoever looks may act on it.
    pub agit: bool,
    /// Lines that would write, or wrote.
    pub prevues: &'a [Prevue],
    /// Where the next ones begin.
    pub suite: Option<i64>,
    /// Some of what is said of its lines.
    pub dites: &'a [Dite],
    /// How many of them there are.
    pub anomalies: i64,
    /// Its lots.
    pub lots: &'a [Lot],
    /// Values on offer of a field that is one of a list.
    pub options: &'a dyn Fn(&str) -> Vec<Choice>,
}

/// It shows itself again without JavaScript as long as the work goes on.
pub fn head(import: &Import) -> Markup {
    if import.is_moving() {
        layout::refreshing_head(3)
    } else {
        html! {}
    }
}

/// The page.
pub fn suivi(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let ici = super::etape(import.state());
    html! {
        h1 { (titre(import, suivi.genre)) }
        (parcours(ici, Some(import)))
        (suivie(suivi.genre, import, suivi.agit, false))
        @if import.state() == "a_confirmer" && suivi.agit { (confirmation(suivi)) }
        (prevues(suivi))
        (dites(suivi))
        (ce_qui_est(suivi))
        (lots(suivi.lots))
    }
}

/// The status as a fragment: asks for itself again until it is final, and then says so.
pub fn status(genre: &'static Genre, import: &Import, agit: bool) -> Markup {
    suivie(genre, import, agit, !import.is_moving())
}

fn suivie(genre: &'static Genre, import: &Import, agit: bool, announce: bool) -> Markup {
    let address = format!("/imports/{}", import.id);
    let moving = import.is_moving();
    let (label, _) = IMPORT.words(import.state());
    html! {
        section id="suivi" class="carte" aria-labelledby="suivi-titre" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 1s")] hx-swap=[moving.then_some("outerHTML")] {
            h2 id="suivi-titre" { (label) }
            @if moving { (en_route(import)) } @else { (arrete(genre, import)) }
            @if agit { (gestes(import)) }
            @if announce {
                p id="annonce" hx-swap-oob="innerHTML" class="hors-page" { (label) }
                p class="actions" { a class="bouton" href=(address) { "Voir le détail" } }
            }
        }
    }
}

fn en_route(import: &Import) -> Markup {
    let (label, done, total) = match import.state() {
        "ecriture" => ("Avancement de l’écriture", import.avancement, Some(import.lues)),
        "annulation" => ("Avancement de l’annulation", import.annule_avancement, Some(import.avancement)),
        _ => ("Avancement de la vérification", import.lues, None),
    };
    html! {
        @if import.job_state.as_deref() == Some("ready") {
            p {
                @if let Some(words) = waiting(import.attente.as_deref(), import.devant) { (words) } @else { "Le travail commence dès qu’un ouvrier est libre." }
                " Vous pouvez fermer cette page."
            }
            @if let Some(error) = &import.job_error { (notice(Tone::Warning, &html! { p { "Dernier essai\u{a0}: " (error) " Un nouvel essai est prévu." } })) }
        } @else {
            (bar(label, &Progress { done, total, seconds: import.job_seconds, unit: "lignes" }))
        }
        @if let Some(job) = import.job_id {
            form method="post" action={ "/travaux/" (job) "/annulation" } {
                input type="hidden" name="retour" value={ "/imports/" (import.id) };
                button class="bouton" type="submit" { (icon("pause")) "Arrêter ici" }
            }
        }
    }
}

fn arrete(genre: &Genre, import: &Import) -> Markup {
    let noun = genre.record.list.noun;
    html! {
        @if let Some(error) = import.erreur.as_ref().or(import.job_error.as_ref()) { (notice(Tone::Warning, &html! { p { (error) } })) }
        @if ["ecriture_arretee", "termine", "annulation_arretee", "annule"].contains(&import.state()) {
            p {
                (compte(import.creees, noun, ("créé", "créés"))) "\u{a0}; " (compte(import.modifiees, noun, ("modifié", "modifiés")))
                @if import.depassees > 0 { "\u{a0}; " (compte(import.depassees, ("ligne", "lignes"), ("laissée\u{a0}: la fiche a changé entre-temps", "laissées\u{a0}: les fiches ont changé entre-temps"))) }
                "."
            }
        }
        @if ["annulation_arretee", "annule"].contains(&import.state()) {
            p {
                (compte(import.defaites, ("ligne", "lignes"), ("défaite", "défaites")))
                @if import.gardees > 0 { "\u{a0}; " (compte(import.gardees, ("ligne", "lignes"), ("gardée\u{a0}: la fiche a été touchée depuis, ou sert à d’autres", "gardées\u{a0}: les fiches ont été touchées depuis, ou servent à d’autres"))) }
                "."
            }
        }
        @if import.state() == "annule" { p { "Le même fichier peut être chargé de nouveau." } }
    }
}

fn compte(count: i64, noun: (&str, &str), words: (&str, &str)) -> String {
    let several = count.abs() >= 2;
    format!("{} {} {}", format::integer(count), if several { noun.1 } else { noun.0 }, if several { words.1 } else { words.0 })
}

fn gestes(import: &Import) -> Markup {
    html! {
        @if let Some(etape) = import.resumable() {
            form method="post" action={ "/imports/" (import.id) "/reprise" } {
                button class="bouton principal" type="submit" {
                    (icon("play"))
                    (match etape { Etape::Verification => "Reprendre la vérification", Etape::Ecriture => "Reprendre l’écriture", Etape::Annulation => "Reprendre l’annulation" })
                }
            }
        }
        @if import.can_undo() && import.state() != "annulation_arretee" {
            p { "Annuler retire les fiches que cet import a créées et remet comme avant celles qu’il a changées, sauf ce que quelqu’un a touché depuis." }
            form method="post" action={ "/imports/" (import.id) "/annulation" } data-confirmation="oui" {
                button class="bouton danger" type="submit" { (icon("history")) "Annuler cet import" }
            }
        }
    }
}

/// What it would write, to be confirmed with its counts.
fn confirmation(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let list = suivi.genre.record.list;
    let count = import.a_ecrire();
    html! {
        section aria-labelledby="titre-bilan" {
            (bilan(import))
            @if count == 0 {
                (notice(Tone::Info, &html! { p { "Ce fichier ne changerait rien à vos fiches." } }))
            } @else {
                form method="post" action={ "/imports/" (import.id) "/ecriture" } data-confirmation="oui" {
                    input type="hidden" name="lignes" value=(count);
                    input type="hidden" name="revision" value=(import.revision);
                    p class="actions" { button class="bouton principal" type="submit" { (icon("check")) "Écrire " (list.counted(count)) } }
                }
            }
            div class="actions" {
                a class="bouton" href={ "/imports/" (import.id) "/lecture" } { "Revoir la lecture" }
                @if import.can_drop() {
                    form class="en-ligne" method="post" action={ "/imports/" (import.id) "/abandon" } { button class="bouton" type="submit" { (icon("x")) "Abandonner cet import" } }
                }
            }
        }
    }
}

fn bilan(import: &Import) -> Markup {
    let id = import.id;
    let lines = |verdict: &str| LIGNES.asked(&[("import", &id), ("verdict", &verdict)]);
    html! {
        table class="liste" {
            caption id="titre-bilan" { "Ce que le fichier ferait" }
            thead { tr { th scope="col" { "Lignes" } th scope="col" class="nombre" { "Nombre" } th scope="col" { "Suite" } } }
            tbody {
                (ligne_de_bilan("Nouvelles", import.nouvelles, &lines("nouvelle").to_string(), "une fiche est créée"))
                (ligne_de_bilan("Changées", import.changees, &lines("changee").to_string(), "la fiche est corrigée"))
                (ligne_de_bilan("Sans changement", import.identiques, &LIGNES.asked(&[("import", &id), ("verdict", &"identique"), ("verdict", &"laissee")]).to_string(), "rien n’est écrit"))
                (ligne_de_bilan("Refusées", import.refusees, &lines("refusee").to_string(), "rien n’est écrit\u{a0}; à corriger, puis à charger de nouveau"))
                @if import.avertissements > 0 { (ligne_de_bilan("Avertissements", import.avertissements, &ANOMALIES.asked(&[("import", &id), ("gravite", &"avertissement")]).to_string(), "à regarder\u{a0}; n’empêchent rien")) }
                @if import.exclues > 0 { (ligne_de_bilan("Exclues par vous", import.exclues, &LIGNES.asked(&[("import", &id), ("suite", &"exclue")]).to_string(), "rien n’est écrit")) }
            }
        }
    }
}

fn ligne_de_bilan(mot: &str, count: i64, address: &str, suite: &str) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Lignes" { @if count > 0 { a href=(address) { (mot) } } @else { (mot) } }
            td class="nombre" data-libelle="Nombre" { (format::integer(count)) }
            td data-libelle="Suite" { (suite) }
        }
    }
}

/// The lines that would write, with each value before and after; to be left out one by one.
fn prevues(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    let choose = suivi.agit && import.state() == "a_confirmer";
    let table = html! {
        section class="defile" tabindex="0" aria-labelledby="titre-prevues" {
            table class="liste" {
                caption id="titre-prevues" { @if choose { "Lignes à écrire" } @else { "Lignes qui écrivent" } }
                thead { tr {
                    @if choose { th scope="col" { "Choisir" } }
                    th scope="col" class="nombre" { "Ligne" } th scope="col" { "Fiche" } th scope="col" { "Ce qu’elle fait" } th scope="col" { "Suite" }
                } }
                tbody { @for line in suivi.prevues { (prevue(suivi, line, choose)) } }
            }
        }
    };
    html! {
        @if !suivi.prevues.is_empty() {
            @if choose {
                form method="post" action={ "/imports/" (import.id) "/exclusion" } {
                    (table)
                    p class="actions" {
                        button class="bouton" type="submit" name="faire" value="exclure" { "Exclure les lignes cochées" }
                        button class="bouton" type="submit" name="faire" value="reprendre" { "Reprendre les lignes cochées" }
                    }
                }
            } @else { (table) }
            p class="actions" {
                @if let Some(next) = suivi.suite { a class="bouton" href=(Address::of(format!("/imports/{}", import.id)).with("apres", next)) { "Lignes suivantes" } }
                a class="bouton" href=(LIGNES.asked(&[("import", &import.id)])) { (icon("list")) "Toutes les lignes" }
            }
        }
    }
}

fn prevue(suivi: &Suivi<'_>, line: &Prevue, choose: bool) -> Markup {
    let list = suivi.genre.record.list;
    let name = line.nom.as_deref().unwrap_or("sans nom");
    let (tone, word) = match line.etat.as_str() {
        "exclue" => (Tone::Warning, "Exclue"),
        "ecrite" => (Tone::Success, "Écrite"),
        "depassee" => (Tone::Warning, "Dépassée"),
        "defaite" => (Tone::Plain, "Défaite"),
        "gardee" => (Tone::Warning, "Gardée"),
        _ => (Tone::Info, "Prévue"),
    };
    html! {
        tr {
            @if choose { td data-libelle="Choisir" { input type="checkbox" name="ligne" value=(line.id) aria-label={ "Ligne " (line.ligne) ", " (name) }; } }
            th scope="row" class="nombre" data-libelle="Ligne" { (line.ligne) }
            td data-libelle="Fiche" { @match line.cle { Some(key) => a href={ "/" (list.name) "/" (key) } { (name) }, None => (name) } }
            td data-libelle="Ce qu’elle fait" { (changements(suivi, line)) }
            td data-libelle="Suite" { (badge(tone, word)) @if let Some(why) = &line.motif { br; span class="discret" { (why) } } }
        }
    }
}

fn changements(suivi: &Suivi<'_>, line: &Prevue) -> Markup {
    let columns = || suivi.genre.record.fields().filter(|field| line.valeurs.as_ref().is_some_and(|values| values.get(field.name).is_some()));
    let value = |side: &Option<Value>, field: &crate::records::Field| {
        let stored = side.as_ref().and_then(|values| values[field.name].as_str()).filter(|text| !text.is_empty());
        match (stored, &field.saisie) {
            (None, _) => "rien".to_string(),
            (Some(stored), Saisie::Fiche(_)) => format!("n°\u{a0}{stored}"),
            (stored, saisie) => saisie.in_words(stored, &(suivi.options)(field.name)),
        }
    };
    let filled =
        |field: &crate::records::Field| line.valeurs.as_ref().and_then(|values| values[field.name].as_str()).is_some_and(|text| !text.is_empty());
    html! {
        @if line.verdict == "nouvelle" {
            "Nouvelle fiche\u{a0}: " (columns().filter(|field| filled(field)).map(|field| format!("{}\u{a0}: {}", field.label, value(&line.valeurs, field))).collect::<Vec<_>>().join("\u{a0}; "))
        } @else {
            ul { @for field in columns() { li { (field.label) "\u{a0}: " del { (value(&line.avant, field)) } " → " ins { (value(&line.valeurs, field)) } } } }
        }
    }
}

/// Some of what is said of its lines.
fn dites(suivi: &Suivi<'_>) -> Markup {
    let id = suivi.import.id;
    html! {
        @if !suivi.dites.is_empty() {
            section class="defile" tabindex="0" aria-labelledby="titre-dites" {
                table class="liste" {
                    caption id="titre-dites" { "Refus et avertissements" }
                    thead { tr { th scope="col" class="nombre" { "Ligne" } th scope="col" { "Gravité" } th scope="col" { "Colonne" } th scope="col" { "Valeur" } th scope="col" { "Motif" } } }
                    tbody {
                        @for dite in suivi.dites {
                            tr {
                                th scope="row" class="nombre" data-libelle="Ligne" { (dite.ligne) }
                                td data-libelle="Gravité" { @if dite.gravite == "refus" { (badge(Tone::Failure, "Refus")) } @else { (badge(Tone::Warning, "Avertissement")) } " " span class="code" { (dite.code) } }
                                td data-libelle="Colonne" { (dite.colonne) }
                                td data-libelle="Valeur" { (dite.valeur) }
                                td data-libelle="Motif" { (dite.message) }
                            }
                        }
                    }
                }
            }
            p class="actions" {
                a class="bouton" href=(ANOMALIES.asked(&[("import", &id)])) { (icon("list")) "Toutes les anomalies (" (format::integer(suivi.anomalies)) ")" }
                @if suivi.import.refusees + suivi.import.depassees > 0 { a class="bouton" href={ "/imports/" (id) "/refusees" } { (icon("download")) "Lignes refusées, à corriger" } }
            }
        }
    }
}

fn ce_qui_est(suivi: &Suivi<'_>) -> Markup {
    let import = suivi.import;
    html! {
        section {
            h2 { "Le fichier" }
            dl class="fiche" {
                div { dt { "Nom" } dd { (import.nom) } }
                div { dt { "Chargé par" } dd { (import.demandeur) ", " (format::instant(import.cree_le)) } }
                @if import.lues > 0 { div { dt { "Lignes lues" } dd { (format::integer(import.lues)) } } }
                @if let Some(when) = import.confirme_le { div { dt { "Confirmé" } dd { (format::instant(when)) } } }
                @if let Some(when) = import.fini_le { div { dt { "Terminé" } dd { (format::instant(when)) } } }
                @if let Some(who) = &import.annuleur { div { dt { "Annulé par" } dd { (who) @if let Some(when) = import.annule_le { ", " (format::instant(when)) } } } }
                div { dt { "Empreinte" } dd class="code" { (import.sha256) } }
            }
            p class="actions" {
                a class="bouton" href={ "/imports/" (import.id) "/fichier" } { (icon("download")) "Le fichier d’origine" }
                a class="bouton" href={ "/imports/" (import.id) "/lecture" } { "Comment il a été lu" }
                a class="bouton" href="/imports" { "Tous les imports" }
            }
        }
    }
}

fn lots(lots: &[Lot]) -> Markup {
    html! {
        @if !lots.is_empty() {
            details {
                summary { "Journal des lots" }
                table class="liste" {
                    caption class="visuellement-cache" { "Lots de cet import, les derniers d’abord" }
                    thead { tr { th scope="col" { "Étape" } th scope="col" class="nombre" { "Lignes" } th scope="col" { "Ce qu’il a fait" } th scope="col" class="nombre" { "Durée" } th scope="col" { "Fini" } } }
                    tbody {
                        @for lot in lots {
                            tr {
                                th scope="row" data-libelle="Étape" { (match lot.etape.as_str() { "verification" => "Vérification", "ecriture" => "Écriture", _ => "Annulation" }) }
                                td class="nombre" data-libelle="Lignes" { (format::integer(lot.debut + 1)) " à " (format::integer(lot.fin)) }
                                td data-libelle="Ce qu’il a fait" { (fait(&lot.lignes)) }
                                td class="nombre" data-libelle="Durée" { (format::integer(lot.duree_ms)) "\u{a0}ms" }
                                td data-libelle="Fini" { (format::instant(lot.fini_le)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a lot did, in words.
fn fait(lignes: &Value) -> String {
    const MOTS: [(&str, &str); 8] = [
        ("lues", "lues"),
        ("refusees", "refusées"),
        ("creees", "créées"),
        ("modifiees", "modifiées"),
        ("depassees", "dépassées"),
        ("retirees", "retirées"),
        ("retablies", "rétablies"),
        ("gardees", "gardées"),
    ];
    let told = MOTS.iter().filter_map(|(key, word)| Some(format!("{} {word}", format::integer(lignes[*key].as_i64()?))));
    told.collect::<Vec<_>>().join(", ")
}
