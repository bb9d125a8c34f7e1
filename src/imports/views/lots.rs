//! The journal of the lots of an import.

use maud::{Markup, html};
use serde_json::Value;

use crate::imports::model::Lot;
use crate::ui::format;

/// What each lot did.
pub fn lots(lots: &[Lot]) -> Markup {
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
        ("depassees", "laissées"),
        ("retirees", "retirées"),
        ("retablies", "rétablies"),
        ("gardees", "gardées"),
    ];
    let told = MOTS.iter().filter_map(|(key, word)| Some(format!("{} {word}", format::integer(lignes[*key].as_i64()?))));
    told.collect::<Vec<_>>().join(", ")
}
