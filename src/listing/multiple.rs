//! The field of a filter that takes several values.

use maud::{Markup, html};

use super::filter::EMPTY;
use super::options::Choice;
use super::query::Query;
use super::spec::Filter;

/// Several values of one choice: boxes that unfold, and the box that turns them into those that are not wanted. It is a
/// plain form control, with or without JavaScript.
pub(super) fn multiple_field(query: &Query, filter: &Filter, options: &[Choice], wrong: &Markup) -> Markup {
    let (name, values) = (filter.name, query.values(filter.name));
    let empty = filter.is_nullable().then(|| (EMPTY.to_string(), "Vide".to_string()));
    // A value that is not on offer is asked for all the same: leaving it out of the form would drop it unseen.
    let offered = |value: &str| options.iter().chain(&empty).any(|(code, _)| code == value);
    let unknown: Vec<Choice> = values.iter().filter(|value| !offered(value)).map(|value| (value.clone(), value.clone())).collect();
    let options: Vec<&Choice> = options.iter().chain(&empty).chain(&unknown).collect();
    let chosen: Vec<&str> = options.iter().filter(|(code, _)| values.contains(code)).map(|(_, label)| label.as_str()).collect();
    let except = query.is_except(filter);
    let summed = match chosen.as_slice() {
        [] => "Indifférent".to_string(),
        [one] if except => format!("sauf {one}"),
        [one] => (*one).to_string(),
        several if except => format!("sauf {} valeurs", several.len()),
        several => format!("{} valeurs", several.len()),
    };
    html! {
        div class="champ" {
            span class="libelle" id={ "f-" (name) "-libelle" } { (filter.label) }
            details class="multiple" {
                summary id={ "f-" (name) } aria-labelledby={ "f-" (name) "-libelle f-" (name) } { (summed) }
                fieldset class="multiple-choix" {
                    legend class="visuellement-cache" { (filter.label) }
                    @for (code, label) in options {
                        label class="case" { input type="checkbox" name=(name) value=(code) checked[values.contains(code)]; " " (label) }
                    }
                    label class="case sauf" { input type="checkbox" name=(filter.except()) value="1" checked[except]; " Tous sauf ceux-là" }
                }
            }
            (wrong)
        }
    }
}
