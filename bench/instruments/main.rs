//! The instruments of `bin/bench`, which runs them; see `docs/performance.md`. Not part of what is
//! delivered (feature `banc`); it sees only what the crate shows.

mod adresses;
mod apercu;
mod base;
mod file;
mod plans;
#[path = "../../tests/it/support/questions.rs"]
mod questions;
mod requetes;
mod texte;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// What goes wrong is told and stops the bench.
type Faute = Box<dyn std::error::Error + Send + Sync>;

/// Instruments du banc de mesure de Gardel.
#[derive(Parser)]
enum Commande {
    /// Le témoin : Rocket nu, qui répond un texte.
    Texte {
        /// Port d'écoute, sur 127.0.0.1.
        #[arg(long)]
        port: u16,
    },
    /// Ouvre des sessions et écrit, dans un dossier, les adresses à demander et les requêtes à comparer.
    Preparer {
        /// Dossier à remplir.
        dossier: PathBuf,
    },
    /// Écrit les adresses de recherche d'une base riche en noms.
    Noms {
        /// Dossier à remplir.
        dossier: PathBuf,
    },
    /// Mesure la requête de page de chaque filtre × tri de chaque liste ; une ligne JSON par question.
    Plans {
        /// Exécutions par question, dont la médiane est gardée.
        #[arg(long, default_value_t = 5)]
        repetitions: usize,
        /// Ne pose qu'une question sur ce nombre.
        #[arg(long, default_value_t = 1)]
        une_sur: usize,
    },
    /// Mesure le temps de montrer les cent premières lignes d'un fichier ; une ligne JSON.
    Apercu {
        /// Fichier à lire.
        fichier: PathBuf,
    },
    /// Mesure la file des travaux ; une ligne JSON.
    File {
        /// Travaux par mesure de débit.
        #[arg(long, default_value_t = 20_000)]
        travaux: i64,
        /// Travaux par mesure de délai.
        #[arg(long, default_value_t = 500)]
        delais: usize,
    },
}

fn main() -> ExitCode {
    let commande = Commande::parse();
    let run = async {
        match commande {
            Commande::Texte { port } => texte::serve(port).await,
            Commande::Preparer { dossier } => adresses::prepare(&dossier).await,
            Commande::Noms { dossier } => adresses::names(&dossier).await,
            Commande::Plans { repetitions, une_sur } => plans::measure(repetitions, une_sur).await,
            Commande::Apercu { fichier } => apercu::measure(&fichier),
            Commande::File { travaux, delais } => file::measure(travaux, delais).await,
        }
    };
    match rocket::async_main(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
