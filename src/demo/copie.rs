//! Chemin de `COPY` : un fil engendre le texte pendant que la base l'avale, par morceaux, sans que la
//! mémoire grandisse avec le nombre de lignes.

use super::DemoError;
use chrono::{Datelike, Days, NaiveDate};
use sqlx::PgConnection;
use std::io::Write;
use tokio::sync::mpsc;

/// Lignes par morceau : environ 6 Mo de texte pour des séjours.
const LIGNES_PAR_MORCEAU: u64 = 50_000;

/// Morceaux prêts d'avance : de quoi occuper les deux côtés.
const MORCEAUX_EN_ATTENTE: usize = 2;

/// Un bloc de texte prêt pour `COPY` et son nombre de lignes.
type Morceau = Result<(Vec<u8>, u64), DemoError>;

/// Copie dans la base tout ce que `ecrire` produit ; `instruction` est un `COPY … FROM STDIN`.
/// `avance` reçoit le nombre de lignes déjà envoyées. Rend le nombre de lignes prises par la base.
///
/// # Errors
/// Toute erreur de `ecrire` ou de la base ; l'appelant abandonne alors sa transaction.
pub async fn copier(
    conn: &mut PgConnection,
    instruction: &'static str,
    avance: impl Fn(u64),
    ecrire: impl FnOnce(&mut Lignes) -> Result<(), DemoError> + Send + 'static,
) -> Result<u64, DemoError> {
    let (envoi, mut reception) = mpsc::channel::<Morceau>(MORCEAUX_EN_ATTENTE);
    let fil = tokio::task::spawn_blocking(move || {
        let mut lignes = Lignes::new(envoi);
        let resultat = ecrire(&mut lignes).and_then(|()| lignes.expedier());
        if let Err(erreur) = resultat {
            lignes.signaler(erreur);
        }
    });
    let mut copie = conn.copy_in_raw(instruction).await?;
    let mut faites = 0;
    while let Some(morceau) = reception.recv().await {
        match morceau {
            Ok((octets, nombre)) => {
                copie.send(octets).await?;
                faites += nombre;
                avance(faites);
            }
            Err(erreur) => {
                copie.abort("production interrompue").await?;
                return Err(erreur);
            }
        }
    }
    // Un fil mort sans fermer la copie proprement ne doit pas passer pour une fin.
    if fil.await.is_err() {
        copie.abort("production interrompue").await?;
        return Err(DemoError::Interrompu);
    }
    Ok(copie.finish().await?)
}

/// Le texte en cours d'écriture, une ligne après l'autre, au format texte de `COPY`.
pub struct Lignes {
    octets: Vec<u8>,
    nombre: u64,
    envoi: mpsc::Sender<Morceau>,
}

impl Lignes {
    fn new(envoi: mpsc::Sender<Morceau>) -> Self {
        Self { octets: Vec::new(), nombre: 0, envoi }
    }

    /// Une colonne de texte ; les caractères que `COPY` réserve sont protégés.
    pub fn texte(&mut self, texte: &str) {
        for octet in texte.bytes() {
            match octet {
                b'\\' => self.octets.extend_from_slice(b"\\\\"),
                b'\t' => self.octets.extend_from_slice(b"\\t"),
                b'\n' => self.octets.extend_from_slice(b"\\n"),
                b'\r' => self.octets.extend_from_slice(b"\\r"),
                _ => self.octets.push(octet),
            }
        }
        self.octets.push(b'\t');
    }

    /// Une colonne d'octets qui n'ont pas besoin de protection (chiffres, lettres, tirets).
    pub fn brut(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
        self.octets.push(b'\t');
    }

    /// Une colonne composée sur place. Même condition que [`Lignes::brut`].
    pub fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Écrire dans un vecteur n'échoue jamais.
        let _ = self.octets.write_fmt(arguments);
        self.octets.push(b'\t');
    }

    /// Une colonne entière.
    pub fn entier(&mut self, valeur: i64) {
        let mut chiffres = [0_u8; 20];
        let mut debut = chiffres.len();
        let mut reste = valeur.unsigned_abs();
        loop {
            debut -= 1;
            // Un chiffre : au plus 9.
            chiffres[debut] = b'0' + (reste % 10) as u8;
            reste /= 10;
            if reste == 0 {
                break;
            }
        }
        if valeur < 0 {
            self.octets.push(b'-');
        }
        self.brut(&chiffres[debut..]);
    }

    /// Une colonne entière qui peut être nulle.
    pub fn entier_ou_nul(&mut self, valeur: Option<i64>) {
        match valeur {
            Some(valeur) => self.entier(valeur),
            None => self.nul(),
        }
    }

    /// Une colonne nulle.
    pub fn nul(&mut self) {
        self.brut(b"\\N");
    }

    /// Une colonne de texte qui peut être nulle.
    pub fn texte_ou_nul(&mut self, texte: Option<&str>) {
        match texte {
            Some(texte) => self.texte(texte),
            None => self.nul(),
        }
    }

    /// Termine la ligne ; expédie le morceau quand il est plein.
    ///
    /// # Errors
    /// [`DemoError::Interrompu`] si plus personne ne lit.
    pub fn fin(&mut self) -> Result<(), DemoError> {
        if let Some(dernier) = self.octets.last_mut() {
            *dernier = b'\n';
        }
        self.nombre += 1;
        if self.nombre == LIGNES_PAR_MORCEAU { self.expedier() } else { Ok(()) }
    }

    fn expedier(&mut self) -> Result<(), DemoError> {
        if self.nombre == 0 {
            return Ok(());
        }
        let place = self.octets.len() + self.octets.len() / 16;
        let octets = std::mem::replace(&mut self.octets, Vec::with_capacity(place));
        let nombre = std::mem::take(&mut self.nombre);
        self.envoi.blocking_send(Ok((octets, nombre))).map_err(|_| DemoError::Interrompu)
    }

    fn signaler(&self, erreur: DemoError) {
        // Si plus personne ne lit, l'erreur d'en face est déjà connue.
        let _ = self.envoi.blocking_send(Err(erreur));
    }
}

/// Dates écrites d'avance : un séjour en porte quatre, les formater une à une coûterait plus que le reste.
pub struct Calendrier {
    premier: i32,
    dates: Vec<([u8; 10], usize)>,
}

impl Calendrier {
    /// Douze ans avant `jour` et six ans après.
    pub fn autour(jour: NaiveDate) -> Self {
        let premier = jour.checked_sub_days(Days::new(12 * 366)).unwrap_or(jour);
        let dates = premier.iter_days().take(18 * 366).map(|d| (ecrite(d), d.month0() as usize)).collect();
        Self { premier: premier.num_days_from_ce(), dates }
    }

    /// La date AAAA-MM-JJ d'un jour (numéro depuis l'an 1), ramené aux bords du calendrier.
    pub fn date(&self, jour: i32) -> &[u8; 10] {
        &self.dates[self.rang(jour)].0
    }

    /// Le mois d'un jour, de 0 à 11.
    pub fn mois0(&self, jour: i32) -> usize {
        self.dates[self.rang(jour)].1
    }

    fn rang(&self, jour: i32) -> usize {
        usize::try_from(jour - self.premier).unwrap_or(0).min(self.dates.len() - 1)
    }
}

/// AAAA-MM-JJ, pour une année de quatre chiffres.
fn ecrite(date: NaiveDate) -> [u8; 10] {
    let mut texte = [b'0'; 10];
    let mut reste: &mut [u8] = &mut texte;
    // Dix octets suffisent aux années 0 à 9999, seules acceptées par les options.
    let _ = write!(reste, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
    texte
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn une_ligne_de_copy() {
        let (envoi, mut reception) = mpsc::channel(1);
        let mut lignes = Lignes::new(envoi);
        lignes.entier(-1_205);
        lignes.entier(0);
        lignes.texte("a\tb\\c");
        lignes.nul();
        lignes.format(format_args!("L{:03}", 7));
        lignes.fin().expect("la réception est ouverte");
        lignes.expedier().expect("la réception est ouverte");
        let (octets, nombre) = reception.try_recv().expect("un morceau").expect("sans erreur");
        assert_eq!((octets.as_slice(), nombre), (b"-1205\t0\ta\\tb\\\\c\t\\N\tL007\n".as_slice(), 1));
    }

    #[test]
    fn le_calendrier_ecrit_les_dates() {
        let jour = NaiveDate::from_ymd_opt(2024, 2, 29).expect("date valide");
        let calendrier = Calendrier::autour(jour);
        let numero = jour.num_days_from_ce();
        assert_eq!(calendrier.date(numero), b"2024-02-29");
        assert_eq!(calendrier.date(numero + 1), b"2024-03-01");
        assert_eq!(calendrier.mois0(numero + 1), 2);
        assert_eq!(calendrier.date(i32::MIN / 2), calendrier.date(numero - 12 * 366));
    }
}
