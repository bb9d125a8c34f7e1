//! The grid of rights of a person: a level on each module, in each collectivité.

use maud::{Markup, html};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor};

use super::model::{Collectivite, Droit};
use crate::listing::{Module, Niveau};

/// The levels that mean something on a module.
const fn levels(module: Module) -> &'static [Niveau] {
    match module {
        Module::Administration => &[Niveau::Lire, Niveau::Gerer],
        Module::Pilotage => &[Niveau::Lire, Niveau::Gerer],
        Module::Taxe | Module::Labo | Module::Production => &Niveau::ALL,
    }
}

/// What the levels of a module open, in words.
const fn opens(module: Module) -> &'static str {
    match module {
        Module::Taxe => {
            "lire\u{a0}: les listes, les fiches et leurs exports\u{a0}; saisir\u{a0}: créer et corriger, notes et pièces jointes\u{a0}; valider\u{a0}: décider des statuts, \
             actions sur plusieurs lignes, archiver et fusionner\u{a0}; gérer\u{a0}: les motifs, et si deux personnes sont demandées."
        }
        Module::Administration => {
            "lire\u{a0}: le journal, les exports, les actions et les travaux de la collectivité\u{a0}; gérer\u{a0}: les utilisateurs et leurs droits, les textes légaux, les vues partagées."
        }
        Module::Labo | Module::Production | Module::Pilotage => "pas encore d’écran\u{a0}: un droit donné servira quand ce module en aura.",
    }
}

impl Droit {
    /// As a form sends it: « 12.taxe.3 ».
    pub fn code(self) -> String {
        format!("{}.{}.{}", self.collectivite, self.module.code(), self.niveau.rang())
    }

    /// Read from a form.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (collectivite, module, rang) = (parts.next()?.parse().ok()?, Module::of(parts.next()?)?, parts.next()?.parse().ok()?);
        let niveau = Niveau::of(rang).filter(|niveau| levels(module).contains(niveau))?;
        parts.next().is_none().then_some(Self { collectivite, module, niveau })
    }
}

/// The rights of an account, in order.
pub async fn of(connection: &mut PgConnection, user_id: i64) -> Result<Vec<Droit>, sqlx::Error> {
    let rows: Vec<(i32, String, i16)> =
        sqlx::query_as("SELECT collectivite_id, module, niveau FROM droit WHERE utilisateur_id = $1").bind(user_id).fetch_all(connection).await?;
    let read = |(collectivite, module, rang): &(i32, String, i16)| {
        Some(Droit { collectivite: *collectivite, module: Module::of(module)?, niveau: Niveau::of(*rang)? })
    };
    let mut droits: Vec<Droit> = rows.iter().filter_map(read).collect();
    droits.sort_unstable();
    Ok(droits)
}

/// Gives an account these rights and no other. What does not change is not written: links outlive it.
pub async fn write(connection: &mut PgConnection, user_id: i64, droits: &[Droit]) -> Result<(), sqlx::Error> {
    let places: Vec<i32> = droits.iter().map(|droit| droit.collectivite).collect();
    let modules: Vec<&str> = droits.iter().map(|droit| droit.module.code()).collect();
    let levels: Vec<i16> = droits.iter().map(|droit| droit.niveau.rang()).collect();
    sqlx::query(
        "DELETE FROM droit d WHERE d.utilisateur_id = $1
           AND NOT EXISTS (SELECT 1 FROM unnest($2::int[], $3::text[]) t (c, m) WHERE t.c = d.collectivite_id AND t.m = d.module)",
    )
    .bind(user_id)
    .bind(&places)
    .bind(&modules)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO droit (utilisateur_id, collectivite_id, module, niveau) SELECT $1, c, m, n FROM unnest($2::int[], $3::text[], $4::smallint[]) t (c, m, n)
         ON CONFLICT (utilisateur_id, collectivite_id, module) DO UPDATE SET niveau = excluded.niveau WHERE droit.niveau <> excluded.niveau",
    )
    .bind(user_id)
    .bind(&places)
    .bind(&modules)
    .bind(&levels)
    .execute(connection)
    .await?;
    Ok(())
}

/// The rights of an account in words, for its person: « Le Gosier : Taxe de séjour, lire ».
pub async fn lines(executor: impl PgExecutor<'_>, user_id: i64) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(String, String, i16)> = sqlx::query_as(
        "SELECT c.nom::text, d.module, d.niveau FROM droit d JOIN collectivite c ON c.id = d.collectivite_id WHERE d.utilisateur_id = $1 ORDER BY c.nom, d.module",
    )
    .bind(user_id)
    .fetch_all(executor)
    .await?;
    let words = |(place, module, rang): &(String, String, i16)| {
        Some(format!("{place}\u{a0}: {}, {}", Module::of(module)?.label(), Niveau::of(*rang)?.label().to_lowercase()))
    };
    Ok(rows.iter().filter_map(words).collect())
}

/// The rights as the journal tells them: « Le Gosier : Taxe de séjour, valider ».
pub fn told(droits: &[Droit], collectivites: &[Collectivite]) -> Value {
    let place = |id: i32| collectivites.iter().find(|one| one.id == id).map_or_else(|| id.to_string(), |one| one.nom.clone());
    let words = |droit: &Droit| format!("{}\u{a0}: {}, {}", place(droit.collectivite), droit.module.label(), droit.niveau.label().to_lowercase());
    json!(droits.iter().map(words).collect::<Vec<_>>().join("\u{a0}; "))
}

/// The table of the form: a row for each collectivité, a choice for each module.
pub fn table(droits: &[Droit], collectivites: &[Collectivite], error: &Markup) -> Markup {
    let held =
        |place: i32, module: Module| droits.iter().find(|droit| (droit.collectivite, droit.module) == (place, module)).map(|droit| droit.niveau);
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-droits" {
            table class="liste droits" id="droits" {
                caption id="titre-droits" { "Niveau de chaque module, par collectivité" }
                thead { tr { th scope="col" { "Collectivité" } @for module in Module::ALL { th scope="col" { (module.label()) } } } }
                tbody {
                    @for place in collectivites {
                        tr {
                            th scope="row" data-libelle="Collectivité" { (place.nom) }
                            @for module in Module::ALL {
                                @let held = held(place.id, module);
                                td data-libelle=(module.label()) {
                                    select name="droits" aria-label={ (module.label()) ", " (place.nom) } {
                                        option value="" selected[held.is_none()] { "Aucun" }
                                        @for niveau in levels(module) {
                                            option value=(Droit { collectivite: place.id, module, niveau: *niveau }.code()) selected[held == Some(*niveau)] { (niveau.label()) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        (error)
        details {
            summary { "Ce que donne chaque niveau" }
            p { "Chaque niveau contient ceux d’avant. Une collectivité donne aussi accès à celles dont toutes les communes sont les siennes." }
            ul { @for module in Module::ALL { li { strong { (module.label()) } "\u{a0}: " (opens(module)) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_of_a_form_is_read_or_is_none() {
        let right = Droit { collectivite: 12, module: Module::Taxe, niveau: Niveau::Valider };
        assert_eq!(Droit::read(&right.code()), Some(right));
        for wrong in ["", "12", "12.taxe", "12.taxe.0", "12.taxe.5", "12.paie.1", "x.taxe.1", "12.taxe.1.1", "12.administration.2", "12.taxe.-1"] {
            assert_eq!(Droit::read(wrong), None, "{wrong}");
        }
    }
}
