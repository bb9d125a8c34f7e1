//! The version of a row, as a tag: it says of which row it is, so that one of another row is told from one that is out of date.

use crate::api::probleme::{PERIME, PRECONDITION, Probleme, Result};

/// The tag of version `version` of row `id` of `list`.
pub fn tag(list: &str, id: i64, version: i32) -> String {
    format!("\"{list}-{id}-v{version}\"")
}

/// The version that `If-Match` says of row `id` of `list`.
///
/// # Errors
/// 428 when it says none, 412 when it is of another row.
pub fn version(given: Option<&str>, list: &str, id: i64) -> Result<i32> {
    let about = |sorte, code, sentence: String| Probleme::about(sorte, "If-Match", code, sentence);
    let read = format!("Lisez /api/v1/{list}/{id}/saisie et recopiez son ETag dans l’en-tête «\u{a0}If-Match\u{a0}»");
    let Some(given) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        return Err(about(PRECONDITION, "obligatoire", format!("Il manque la version que vous avez lue. {read}.")));
    };
    if given == "*" {
        let sentence = format!("«\u{a0}If-Match: *\u{a0}» écraserait ce que vous n’avez pas lu. {read}.");
        return Err(about(PRECONDITION, "valeur", sentence));
    }
    let start = format!("\"{list}-{id}-v");
    let own = |tag: &str| {
        // A proxy that compresses may have weakened it: it still names a version of the row.
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).strip_prefix(&start)?.strip_suffix('"')?.parse().ok()
    };
    given
        .split(',')
        .find_map(own)
        .ok_or_else(|| about(PERIME, "autre", format!("Cet If-Match n’est pas celui de cette fiche\u{a0}: rien n’a été enregistré. {read}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_of_one_row() {
        let status = |given: Option<&str>| version(given, "sejours", 12).map_err(|problem| problem.status().code);
        assert_eq!(status(Some(&tag("sejours", 12, 3))), Ok(3));
        assert_eq!(status(Some("W/\"sejours-12-v3\"")), Ok(3));
        assert_eq!(status(Some("\"x\", \"sejours-12-v4\"")), Ok(4));
        for other in
            ["\"sejours-13-v3\"", "\"logements-12-v3\"", "\"sejours-12-v\"", "sejours-12-v3", "W/\"0123\"", "\"sejours-12-v99999999999\"", "é"]
        {
            assert_eq!(status(Some(other)), Err(412), "{other}");
        }
        for none in [None, Some(""), Some("*")] {
            assert_eq!(status(none), Err(428));
        }
    }
}
