//! How long the first rows of a file take to be shown, once it has arrived.

use std::path::Path;
use std::time::Instant;

use gardel::sources::{self, Voulu};

use crate::Faute;

/// The best and the worst of a few looks at the beginning of `fichier`, whatever its size.
pub fn measure(fichier: &Path) -> Result<(), Faute> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let examen = sources::examiner(fichier, &Voulu::default(), &|_| false).map_err(|refus| refus.to_string())?;
        if examen.premieres.len() < 100 {
            return Err(format!("{} lignes seulement", examen.premieres.len()).into());
        }
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    println!("{{\"octets\":{},\"mieux_ms\":{:.1},\"pire_ms\":{:.1}}}", std::fs::metadata(fichier)?.len(), times[0], times[4]);
    Ok(())
}
