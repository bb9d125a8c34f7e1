//! The fields of a reason, and the page where administrateurs keep theirs.

use maud::{Markup, html};

use super::model::{LIBELLE_MAX, Ligne, Offert, PRECISION_MAX, STATUTS, Saisi};
use crate::ui::form::{Field, error, error_summary, field, select};
use crate::ui::message::{Tone, badge};

/// The two fields of a reason, for the statuts `wanted`; `prefix` keeps their ids apart from others of the
/// page. A form whose statut asks for none hides them (see `40-formulaires.css`).
pub fn fields(prefix: &str, wanted: &[&str], offered: &[Offert], saisi: &Saisi, wrong: Option<&(&'static str, String)>) -> Markup {
    let fault = |name: &str| wrong.filter(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    let id = |name: &str| format!("{prefix}{name}");
    let described = |name: &str| fault(name).map(|_| format!("{}-erreur", id(name)));
    html! {
        fieldset class="motif" {
            legend class="visuellement-cache" { "Motif" }
            div class="champ" {
                label for=(id("motif")) { "Motif " span class="exige" { "(obligatoire)" } }
                select id=(id("motif")) name="motif" aria-invalid=[fault("motif").map(|_| "true")] aria-describedby=[described("motif")] {
                    option value="" { "Choisissez un motif" }
                    @for (statut, label) in STATUTS.iter().filter(|(code, _)| wanted.contains(code)) {
                        optgroup label=(label) data-pour=(statut) {
                            @for one in offered.iter().filter(|one| one.statut == *statut) {
                                option value=(one.id) selected[one.id.to_string() == saisi.motif] { (one.libelle) @if one.precision_exigee { " (à préciser)" } }
                            }
                        }
                    }
                }
                (error(&id("motif"), fault("motif")))
            }
            div class="champ" {
                label for=(id("precision")) { "Précision" }
                input id=(id("precision")) name="precision" type="text" value=[(!saisi.precision.is_empty()).then_some(&saisi.precision)]
                    maxlength=(PRECISION_MAX) autocomplete="off" aria-invalid=[fault("precision").map(|_| "true")] aria-describedby=[described("precision")];
                (error(&id("precision"), fault("precision")))
            }
        }
    }
}

/// What the form of a new reason holds.
#[derive(Default)]
pub struct Nouveau<'a> {
    pub statut: &'a str,
    pub libelle: &'a str,
    pub collectivite: &'a str,
    pub precision_exigee: bool,
}

/// The page of the reasons.
pub fn page(lines: &[Ligne], collectivites: &[(String, String)], form: &Nouveau<'_>, errors: &[(&str, String)]) -> Markup {
    html! {
        h1 { "Motifs" }
        p { "«\u{a0}Contesté\u{a0}» et «\u{a0}Rejeté\u{a0}» demandent un motif. Les motifs communs sont toujours proposés\u{a0}; ajoutez ceux de vos collectivités. Un motif retiré n’est plus proposé, et les séjours qui le portent le gardent." }
        @for (code, label) in STATUTS { (table(code, label, lines)) }
        section class="etroite" {
            h2 { "Ajouter un motif" }
            (error_summary(errors))
            form method="post" action="/motifs" {
                @let options: Vec<(String, String)> = STATUTS.iter().map(|(code, label)| ((*code).to_string(), (*label).to_string())).collect();
                (select("statut", "Pour le statut", &options, form.statut, None))
                (field(&Field {
                    name: "libelle", label: "Libellé", value: form.libelle, required: true, max: Some(LIBELLE_MAX), autocomplete: "off",
                    error: errors.iter().find(|(name, _)| *name == "libelle").map(|(_, text)| text.as_str()), ..Field::default()
                }))
                (select("collectivite", "Pour les personnes de", collectivites, form.collectivite, None))
                label class="case" { input type="checkbox" name="precision_exigee" value="true" checked[form.precision_exigee]; " Demander quelques mots avec ce motif" }
                button class="bouton principal" type="submit" { "Ajouter ce motif" }
            }
        }
    }
}

fn table(code: &str, label: &str, lines: &[Ligne]) -> Markup {
    let title = format!("titre-{code}");
    html! {
        section class="defile" tabindex="0" aria-labelledby=(title) {
            table class="liste" {
                caption id=(title) { "Motifs de «\u{a0}" (label) "\u{a0}»" }
                thead { tr { th scope="col" { "Motif" } th scope="col" { "Proposé à" } th scope="col" { "Précision" } th scope="col" { "État" } th scope="col" { "Changer" } } }
                tbody {
                    @for line in lines.iter().filter(|line| line.statut == code) {
                        tr {
                            th scope="row" data-libelle="Motif" { (line.libelle) }
                            td data-libelle="Proposé à" { (line.collectivite.as_deref().unwrap_or("Toutes les collectivités")) }
                            td data-libelle="Précision" { (if line.precision_exigee { "Exigée" } else { "Facultative" }) }
                            td data-libelle="État" { @if line.actif { (badge(Tone::Success, "Proposé")) } @else { (badge(Tone::Plain, "Retiré")) } }
                            td data-libelle="Changer" {
                                @if line.collectivite.is_some() {
                                    form method="post" action={ "/motifs/" (line.id) "/etat" } {
                                        input type="hidden" name="actif" value=(!line.actif);
                                        button class="bouton" type="submit" { (if line.actif { "Retirer" } else { "Proposer de nouveau" }) span class="visuellement-cache" { "\u{a0}: " (line.libelle) } }
                                    }
                                } @else { "Commun" }
                            }
                        }
                    }
                }
            }
        }
    }
}
