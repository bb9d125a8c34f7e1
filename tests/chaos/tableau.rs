//! The table, as JSON and as the page that operators read.

use std::fmt::Write as _;
use std::path::Path;

use super::Cellule;

const BEGIN: &str = "<!-- chaos : début -->";
const END: &str = "<!-- chaos : fin -->";

/// Writes `chaos.json` and `chaos.md` in `folder`, and the table between its marks in the guide. A
/// part of the matrix takes the place of its lines in the last whole.
pub fn write(folder: &Path, cells: Vec<Cellule>) {
    std::fs::create_dir_all(folder).expect("a folder");
    let last = std::fs::read(folder.join("chaos.json")).ok();
    let mut whole: Vec<Cellule> = last.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    for cell in cells {
        match whole.iter_mut().find(|old| old.malheur == cell.malheur && old.travail == cell.travail) {
            Some(old) => *old = cell,
            None => whole.push(cell),
        }
    }
    std::fs::write(folder.join("chaos.json"), serde_json::to_vec_pretty(&whole).expect("JSON")).expect("chaos.json");
    let table = markdown(&whole);
    std::fs::write(folder.join("chaos.md"), &table).expect("chaos.md");
    print!("{table}");
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exploitation.md");
    let text = std::fs::read_to_string(&guide).expect("the guide");
    let (Some(from), Some(to)) = (text.find(BEGIN), text.find(END)) else { return };
    std::fs::write(&guide, format!("{}{BEGIN}\n{table}{}", &text[..from], &text[to..])).expect("the guide");
}

fn markdown(cells: &[Cellule]) -> String {
    let mut table = String::from("| Accident | Travail | Perdu | Fait deux fois | Reprise | Fin | Essais |\n|---|---|---|---|---|---|---|\n");
    for cell in cells {
        let line = if cell.joue {
            let seconds = |value: f64| format!("{value:.0} s");
            format!("{} | {} | {} | {} | {}", cell.perdus, cell.doubles, seconds(cell.reprise_s), seconds(cell.fin_s), cell.essais)
        } else {
            format!("{} | | | |", cell.remarque)
        };
        let _written = writeln!(table, "| {} | {} | {line} |", cell.malheur, cell.travail);
    }
    table
}
