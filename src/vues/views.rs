//! The screens of the saved views: the panel beside the list, and the pages to manage them.

use maud::{Markup, html};

use super::forms::Draft;
use super::model::{NAME_CHARS_MAX, Place, Vue};
use crate::catalogue::Catalogue;
use crate::listing::{Opened, Query, Reader, WITHOUT};
use crate::platform::http::Address;
use crate::ui::form::{Field, error, error_summary, field, select};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, empty, notice};

/// A view with what it asks, in words.
pub struct Line {
    /// The view.
    pub vue: Vue,
    /// Filters and sort.
    pub words: String,
    /// What its list no longer offers.
    pub dropped: Option<String>,
}

/// The state of a list beside the views that its reader may open.
pub struct Bar<'a> {
    /// What the screen shows.
    pub state: &'a Query,
    /// Views of that list.
    pub vues: &'a [Vue],
    /// Who looks.
    pub reader: &'a Reader,
    /// Whether the panel is open.
    pub unfolded: bool,
}

impl Bar<'_> {
    fn current(&self) -> Option<&Vue> {
        self.state.opened.id().and_then(|id| self.vues.iter().find(|vue| vue.id == id))
    }

    /// The panel that the page of the list asks for.
    pub fn fragment(&self) -> Markup {
        let current = self.current();
        html! {
            div id="vues" class="vues" {
                details class="volet-outil" open[self.unfolded] {
                    summary id="vues-lien" { (icon("bookmark")) @match current { Some(vue) => { "Vue : " (vue.nom) } None => "Vues" } }
                    div class="volet" {
                        (self.names())
                        (self.save_as())
                        p class="actions" {
                            @if let Some(vue) = current { a href={ "/vues/" (vue.id) "/modifier" } { "Cette vue : nom, partage, ouverture par défaut" } }
                            a href="/vues" { "Gérer toutes mes vues" }
                        }
                    }
                }
                (self.difference())
            }
        }
    }

    /// What differs between the screen and the view, and what can be done about it.
    fn difference(&self) -> Markup {
        let Opened::View(_, version) = self.state.opened else { return html! {} };
        let Some(vue) = self.current() else {
            return html! { span class="discret" { "Cette vue n’existe plus, ou n’est plus partagée avec vous. Votre affichage reste le même." } };
        };
        let stored = Query::reopen(self.state.list, &vue.requete, self.state.today);
        if let Some(sentence) = stored.sentence().filter(|_| stored.query.to_keep() == self.state.to_keep()) {
            return html! { span class="discret" { (sentence) } (self.save(vue, version)) };
        }
        if stored.query.to_keep() == self.state.to_keep() {
            return html! {};
        }
        html! {
            (badge(Tone::Warning, "Vue modifiée"))
            @if version.is_some_and(|version| version != vue.version) {
                span class="discret" { "Elle a été enregistrée entre-temps" @if !vue.modifie_par.is_empty() { " par " (vue.modifie_par) } "." }
            }
            (self.save(vue, version))
            a class="bouton" href={ "/vues/" (vue.id) } { "Revenir à la vue" }
        }
    }

    fn save(&self, vue: &Vue, version: Option<i32>) -> Markup {
        html! {
            @if vue.may_change(self.reader) {
                form method="post" action={ "/vues/" (vue.id) "/etat" } {
                    input type="hidden" name="etat" value=(self.state.to_keep());
                    input type="hidden" name="version" value=(version.unwrap_or(vue.version));
                    button class="bouton" type="submit" { "Enregistrer" span class="visuellement-cache" { " cet affichage dans la vue " (vue.nom) } }
                }
            }
        }
    }

    fn names(&self) -> Markup {
        let (mine, shared): (Vec<&Vue>, Vec<&Vue>) = self.vues.iter().partition(|vue| vue.collectivite_id.is_none());
        let whole = self.state.list.asked(&[("vue", &WITHOUT)]);
        html! {
            @if self.vues.is_empty() { p { "Aucune vue pour cette liste. Réglez filtres, tri et colonnes, puis donnez un nom à cet affichage." } }
            @for (title, vues) in [("Mes vues", &mine), ("Vues partagées", &shared)] {
                @if !vues.is_empty() {
                    p { strong { (title) } }
                    ul class="noms" { @for vue in vues { li { (self.name(vue)) } } }
                }
            }
            p { a href=(whole) { "Toute la liste, sans vue" } }
        }
    }

    fn name(&self, vue: &Vue) -> Markup {
        let here = self.state.opened.id() == Some(vue.id);
        html! {
            a href={ "/vues/" (vue.id) } aria-current=[here.then_some("true")] { (vue.nom) }
            @if vue.defaut { " " span class="discret" { "(par défaut)" } }
        }
    }

    fn save_as(&self) -> Markup {
        html! {
            form method="post" action="/vues" {
                input type="hidden" name="liste" value=(self.state.list.name);
                input type="hidden" name="etat" value=(self.state.to_keep());
                div class="champ" {
                    label for="vue-nom" { "Enregistrer cet affichage sous" }
                    input id="vue-nom" name="nom" type="text" required maxlength=(NAME_CHARS_MAX) autocomplete="off";
                }
                button class="bouton" type="submit" { "Enregistrer sous…" }
            }
        }
    }
}

/// The page of the views of one list: what the screen shows, then what is saved.
pub fn of_list(bar: &Bar<'_>, words: &str, places: &[Place], lines: &[Line], draft: &Draft) -> Markup {
    let list = bar.state.list;
    html! {
        h1 { "Vues : " (list.title) }
        (error_summary(&draft.errors))
        section class="etroite" {
            h2 { "Affichage actuel" }
            dl class="fiche" {
                div { dt { "Filtres et tri" } dd { (words) } }
                div { dt { "Présentation" } dd { (presentation(bar.state)) } }
                @if let Some(vue) = bar.current() { div { dt { "Vue ouverte" } dd { (vue.nom) } } }
            }
            div class="actions" { (bar.difference()) a class="bouton" href=(bar.state.url()) { "Revenir à la liste" } }
            h2 { "Enregistrer cet affichage" }
            form method="post" action="/vues" {
                input type="hidden" name="liste" value=(list.name);
                input type="hidden" name="etat" value=(bar.state.to_keep());
                (fields(draft, places, true))
                label class="case" { input type="checkbox" name="defaut" value="true"; " L’ouvrir par défaut avec cette liste" }
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer la vue" } }
            }
        }
        section {
            h2 { "Vues enregistrées" }
            @if lines.is_empty() { p { "Aucune pour cette liste." } } @else { (table(lines, list.title, bar.reader)) }
            p class="actions" {
                a class="bouton" href=(list.asked(&[("vue", &WITHOUT)])) { "Toute la liste, sans vue" }
                a class="bouton" href="/vues" { "Toutes les vues" }
            }
        }
    }
}

/// Columns, size and density in words.
fn presentation(query: &Query) -> String {
    let columns: Vec<&str> = query.columns.iter().map(|column| column.label).collect();
    format!("colonnes : {} ; {} lignes par page ; densité {}", columns.join(", "), query.size, query.density.label().to_lowercase())
}

fn fields(draft: &Draft, places: &[Place], may_be_personal: bool) -> Markup {
    let options: Vec<(String, String)> = places.iter().map(|place| (place.id.to_string(), format!("Partagée avec {}", place.nom))).collect();
    html! {
        (field(&Field { name: "nom", label: "Nom", value: &draft.nom, error: draft.error("nom"), required: true, autocomplete: "off", max: Some(NAME_CHARS_MAX), ..Field::default() }))
        (select("partage", "Pour qui", &options, &draft.partage, may_be_personal.then_some("Pour moi seul")))
        (error("partage", draft.error("partage")))
        p class="indice" { "Une vue partagée est une question : chacun y voit les lignes de son propre périmètre." }
    }
}

/// Every view of the person, by list.
pub fn index(lines: &[Line], deleted: &[Vue], lists: &Catalogue, reader: &Reader) -> Markup {
    html! {
        h1 { "Vues" }
        p { "Une vue garde les filtres, le tri, les colonnes et la présentation d’une liste. Les périodes comme « mois dernier » suivent le calendrier. Pour en ajouter une, réglez une liste, puis « Vues »." }
        @if lines.is_empty() {
            (empty("Aucune vue pour l’instant", &html! { p { "Ouvrez une liste, choisissez des filtres, puis « Vues » et « Enregistrer sous… »." } }))
        }
        @for list in lists.lists() {
            @let of_list: Vec<&Line> = lines.iter().filter(|line| line.vue.liste == list.name).collect();
            @if !of_list.is_empty() { section { h2 { (list.title) } (table(&of_list, list.title, reader)) } }
        }
        @if !deleted.is_empty() {
            section {
                h2 { "Vues supprimées" }
                ul {
                    @for vue in deleted {
                        li {
                            form class="en-ligne" method="post" action={ "/vues/" (vue.id) "/retablissement" } {
                                span { (vue.nom) @if let Some(moment) = vue.supprime_le { ", supprimée " (format::instant(moment)) } }
                                input type="hidden" name="version" value=(vue.version);
                                button class="bouton" type="submit" { "Rétablir" span class="visuellement-cache" { " la vue " (vue.nom) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn table<L: std::borrow::Borrow<Line>>(lines: &[L], title: &str, reader: &Reader) -> Markup {
    html! {
        section class="defile" tabindex="0" aria-label={ "Vues : " (title) } {
            table class="liste" data-clavier="oui" {
                caption class="visuellement-cache" { "Vues de la liste " (title) }
                thead { tr { th scope="col" { "Nom" } th scope="col" { "Contenu" } th scope="col" { "Pour qui" } th scope="col" { "Modifiée" } th scope="col" { "Actions" } } }
                tbody { @for line in lines { (row(line.borrow(), reader)) } }
            }
        }
    }
}

fn row(line: &Line, reader: &Reader) -> Markup {
    let vue = &line.vue;
    html! {
        tr {
            th scope="row" data-libelle="Nom" { a href={ "/vues/" (vue.id) } { (vue.nom) } @if vue.defaut { " " (badge(Tone::Info, "Par défaut")) } }
            td data-libelle="Contenu" { span class="long" { (line.words) } @if line.dropped.is_some() { " " (badge(Tone::Warning, "À mettre à jour")) } }
            td data-libelle="Pour qui" { (vue.owner_words()) @if !vue.is_of(reader) { br; span class="discret" { (author(vue)) } } }
            td data-libelle="Modifiée" { (format::instant(vue.modifie_le)) }
            td data-libelle="Actions" {
                a href={ "/vues/" (vue.id) "/modifier" } { (if vue.may_change(reader) { "Modifier" } else { "Détails" }) span class="visuellement-cache" { " la vue " (vue.nom) } }
            }
        }
    }
}

fn author(vue: &Vue) -> String {
    match &vue.auteur {
        Some(name) if vue.auteur_present => format!("par {name}"),
        Some(name) => format!("par {name}, qui n’y a plus de droits"),
        None => "auteur parti".into(),
    }
}

/// The page of one view: its content, its name, and what can be done with it.
pub fn edit(line: &Line, lists: &Catalogue, places: &[Place], reader: &Reader, draft: &Draft) -> Markup {
    let vue = &line.vue;
    let title = lists.named(&vue.liste).map_or(vue.liste.as_str(), |list| list.title);
    let address = format!("/vues/{}", vue.id);
    html! {
        h1 { "Vue « " (vue.nom) " »" }
        (error_summary(&draft.errors))
        @if let Some(sentence) = &line.dropped { (notice(Tone::Warning, &html! { p { (sentence) } })) }
        @if vue.collectivite_id.is_some() && !vue.auteur_present {
            (notice(Tone::Info, &html! { p { "L’auteur de cette vue n’a plus de droits dans cette collectivité. Elle y reste, et ses administrateurs en ont la charge." } }))
        }
        dl class="fiche" {
            div { dt { "Liste" } dd { (title) } }
            div { dt { "Filtres et tri" } dd { (line.words) } }
            div { dt { "Pour qui" } dd { (vue.owner_words()) } }
            div { dt { "Auteur" } dd { (vue.auteur.as_deref().unwrap_or("parti")) } }
            div { dt { "Modifiée" } dd { (format::instant(vue.modifie_le)) @if !vue.modifie_par.is_empty() { ", par " (vue.modifie_par) } } }
        }
        div class="actions" {
            a class="bouton principal" href=(address) { "Ouvrir la vue" }
            form method="post" action={ (address) "/defaut" } {
                input type="hidden" name="defaut" value=(!vue.defaut);
                button class="bouton" type="submit" { (if vue.defaut { "Ne plus l’ouvrir par défaut" } else { "L’ouvrir par défaut" }) }
            }
            @if lists.exportable(&vue.liste).is_some() { a class="bouton" href=(Address::of("/programmes/nouveau").with("vue", vue.id)) { (icon("clock")) "Programmer un export" } }
            a class="bouton" href="/vues" { "Toutes les vues" }
        }
        @if vue.may_change(reader) {
            section class="etroite" {
                h2 { "Nom et partage" }
                form method="post" action=(address) {
                    input type="hidden" name="version" value=(vue.version);
                    (fields(draft, places, vue.is_of(reader)))
                    p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } }
                }
            }
            section class="etroite" {
                h2 { "Supprimer" }
                p { "Les lignes de la liste ne changent pas. Vous pourrez rétablir la vue depuis « Vues »." }
                form method="post" action={ (address) "/suppression" } {
                    input type="hidden" name="version" value=(vue.version);
                    button class="bouton danger" type="submit" { (icon("trash")) "Supprimer cette vue" }
                }
            }
        } @else {
            p { "Seuls son auteur et les administrateurs de la collectivité modifient cette vue. Vous pouvez l’ouvrir, puis enregistrer la vôtre sous un autre nom." }
        }
    }
}

/// Two people changed the same view: both values, and the choice.
pub fn conflict(now: &Vue, (theirs, their_words): (&Query, &str), (mine, my_words): (&Query, &str)) -> Markup {
    let mine_kept = mine.to_keep();
    html! {
        h1 { "La vue a changé entre-temps" }
        p { "La vue « " (now.nom) " » a été enregistrée par " (now.modifie_par) " " (format::instant(now.modifie_le)) ", après que vous l’avez ouverte. Rien n’est encore remplacé : choisissez." }
        section {
            h2 { "Ce qui est enregistré" }
            dl class="fiche" { div { dt { "Filtres et tri" } dd { (their_words) } } div { dt { "Présentation" } dd { (presentation(theirs)) } } }
            p class="actions" { a class="bouton" href={ "/vues/" (now.id) } { "Garder la vue enregistrée" } }
        }
        section {
            h2 { "Votre affichage" }
            dl class="fiche" { div { dt { "Filtres et tri" } dd { (my_words) } } div { dt { "Présentation" } dd { (presentation(mine)) } } }
            div class="actions" {
                form method="post" action={ "/vues/" (now.id) "/etat" } {
                    input type="hidden" name="etat" value=(mine_kept);
                    input type="hidden" name="version" value=(now.version);
                    button class="bouton principal" type="submit" { "Remplacer par votre affichage" }
                }
                @let other = Address::of("/vues").with("liste", mine.list.name).with("etat", &mine_kept);
                a class="bouton" href=(other) { "Enregistrer sous un autre nom" }
            }
        }
    }
}
