//! What e-mails say: templates of ours, which a collectivité may replace one by one by a file of its own
//! (`templates/collectivites/SIREN/courriels/oubli.txt.j2`). The first line is the subject, the rest is plain text.

use std::path::Path;

use rocket_dyn_templates::minijinja::{Environment, UndefinedBehavior};
use serde_json::{Value, json};

use super::queries::Waiting;
use crate::ui::format;

/// Those of the program.
const OURS: &[(&str, &str)] = &[
    ("invitation", include_str!("../../../templates/courriels/invitation.txt.j2")),
    ("renouvellement", include_str!("../../../templates/courriels/renouvellement.txt.j2")),
    ("oubli", include_str!("../../../templates/courriels/oubli.txt.j2")),
    ("sans-lien", include_str!("../../../templates/courriels/sans-lien.txt.j2")),
    ("changement", include_str!("../../../templates/courriels/changement.txt.j2")),
];
/// Longest template that is read.
const BYTES_MAX: u64 = 64 * 1024;
/// What the first line begins with.
const SUBJECT: &str = "Objet";

/// A message, written: its subject and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
}

/// What a template may name, of a demand about somebody; the link comes when there is one.
pub fn values(waiting: &Waiting, (nom, courriel): (&str, &str), address: &str, provider: &str) -> Value {
    json!({
        "nom": nom, "courriel": courriel, "collectivite": waiting.collectivite.as_deref().unwrap_or("Gardel"), "adresse": address,
        "fournisseur": provider, "exploitant": false, "moment": format!("le {}", format::instant(waiting.demande_le)), "lien": null,
        "validite": if waiting.genre == "oubli" { "une heure" } else { "7 jours" },
    })
}

/// The message `name` with `values`, by the template of the collectivité `siren` below `folder` when it has one that can be
/// written and holds the link, by ours otherwise.
///
/// # Errors
/// What is wrong with ours.
pub async fn write(folder: &Path, siren: &str, name: &str, values: &Value) -> Result<Written, String> {
    let own = folder.join("collectivites").join(siren).join("courriels").join(format!("{name}.txt.j2"));
    let known = !siren.is_empty() && siren.bytes().all(|one| one.is_ascii_digit());
    if known && let Ok(found) = tokio::fs::metadata(&own).await {
        let read = if found.is_file() && found.len() <= BYTES_MAX { tokio::fs::read_to_string(&own).await.ok() } else { None };
        match read.ok_or_else(|| "it cannot be read, or is too long".to_string()).and_then(|template| written(&template, values)) {
            Ok(message) => return Ok(message),
            Err(error) => tracing::warn!(template = %own.display(), error, "the template of a collectivité is wrong: that of Gardel is used"),
        }
    }
    let ours = OURS.iter().find(|(known, _)| *known == name).map_or("", |(_, template)| *template);
    written(ours, values)
}

fn written(template: &str, values: &Value) -> Result<Written, String> {
    let mut environment = Environment::new();
    // A name that is none is a mistake of whoever wrote the template, not an empty place.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // What minijinja says of a fault quotes the template, not the values.
    let message = environment.render_str(template.trim_start_matches('\u{feff}'), values).map_err(|error| error.to_string())?;
    let (first, text) = message.split_once('\n').unwrap_or((&message, ""));
    let subject =
        first.strip_prefix(SUBJECT).and_then(|rest| rest.trim_start_matches(is_space).strip_prefix(':')).map(|rest| rest.trim_matches(is_space));
    let subject = subject.filter(|subject| !subject.is_empty()).ok_or("its first line is not « Objet : … »")?;
    if let Some(link) = values["lien"].as_str().filter(|link| !text.contains(link)) {
        return Err(format!("it does not show the link ({} signs)", link.len()));
    }
    Ok(Written { subject: subject.into(), text: text.trim().replace("\r\n", "\n") + "\n" })
}

fn is_space(one: char) -> bool {
    one.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        json!({
            "nom": "Aline <b> & {{ 7 * 7 }}", "courriel": "a@ville.gp", "collectivite": "Le Gosier", "lien": "https://g.gp/invitation/x", "validite": "une heure",
            "adresse": "https://g.gp", "fournisseur": "Annuaire", "exploitant": false, "moment": "le 23 novembre",
        })
    }

    #[rocket::async_test]
    async fn ours_are_written_and_values_stay_as_they_are() {
        for (name, _) in OURS {
            let mut values = sample();
            if ["sans-lien", "changement"].contains(name) {
                values["lien"] = Value::Null;
            }
            let Written { subject, text } = write(Path::new("/nulle-part"), "219711132", name, &values).await.expect(name);
            assert!(subject.contains("Gardel") && text.contains("Aline <b> & {{ 7 * 7 }}"), "{subject}\n{text}");
        }
    }

    #[rocket::async_test]
    async fn a_collectivite_has_its_own_and_a_wrong_one_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("collectivites/219711132/courriels");
        std::fs::create_dir_all(&place).expect("a folder");
        let with = |template: &str| std::fs::write(place.join("oubli.txt.j2"), template).expect("a template");
        let (ours, values) = (write(folder.path(), "200041507", "oubli", &sample()).await.expect("ours"), sample());
        with("Objet : Bonjour {{ nom }}\n\nIci : {{ lien }}");
        let own = write(folder.path(), "219711132", "oubli", &values).await.expect("its own");
        assert_eq!((own.subject.as_str(), own.text.as_str()), ("Bonjour Aline <b> & {{ 7 * 7 }}", "Ici : https://g.gp/invitation/x\n"));
        for wrong in ["Sans objet\n{{ lien }}", "Objet : Rien\n\nSans lien", "Objet : {{ inconnu }}\n{{ lien }}", "Objet : {% if %}\n{{ lien }}", ""]
        {
            with(wrong);
            assert_eq!(write(folder.path(), "219711132", "oubli", &values).await.expect("ours"), ours, "{wrong}");
        }
        // A SIREN that would lead elsewhere is none.
        with("Objet : Ailleurs\n\n{{ lien }}");
        assert_eq!(write(&folder.path().join("x"), "../../collectivites/219711132", "oubli", &values).await.expect("ours"), ours);
    }
}
