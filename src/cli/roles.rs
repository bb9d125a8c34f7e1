//! The roles of PostgreSQL from the command line: `gardel roles`, and what `migrate` and `check` say of them.

use clap::Args;

use super::rapport::Rapport;
use crate::context::StartError;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::roles::{self, Names, Renewed, Report, RoleError, Standing};

/// Whom rights are given to.
#[derive(Args)]
pub(super) struct Roles {
    /// Compte PostgreSQL de « gardel serve ». Sans les deux options : ceux de la dernière fois.
    #[arg(long = "sert", value_name = "COMPTE", requires = "work")]
    serve: Option<String>,
    /// Compte PostgreSQL de « gardel-worker ».
    #[arg(long = "travaille", value_name = "COMPTE", requires = "serve")]
    work: Option<String>,
}

fn refused(error: RoleError) -> StartError {
    StartError::Other(error.to_string())
}

/// Does what is asked.
pub(super) async fn run(config: &Config, asked: Roles) -> Result<(), StartError> {
    let db = Db::connect(config, None).await?;
    db.check_migrated().await?;
    let names = match (asked.serve, asked.work) {
        (Some(serve), Some(work)) => Names { serve, work },
        _ => roles::named(db.pool())
            .await
            .map_err(|error| refused(error.into()))?
            .ok_or_else(|| StartError::Other("Aucun compte n’a encore été nommé : donnez « --sert » et « --travaille ».".into()))?,
    };
    let report = roles::grant(db.pool(), &names).await.map_err(refused)?;
    say(&names, &report);
    Ok(())
}

/// After a migration: the tables that it made are granted as the others.
pub(super) async fn renew(db: &Db) -> Result<(), StartError> {
    match roles::renew(db.pool()).await.map_err(refused)? {
        Renewed::Nobody => {}
        Renewed::Done(names, report) => say(&names, &report),
        Renewed::Missing(names) => println!(
            "Attention : cette base donnait ses droits à {} et {}, que ce PostgreSQL ne connaît pas. Lancez « gardel roles --sert … --travaille … ».",
            names.serve, names.work
        ),
    }
    Ok(())
}

fn say(names: &Names, report: &Report) {
    for name in &report.created {
        println!("Compte PostgreSQL créé, sans mot de passe : {name}.");
    }
    println!("Droits donnés : {} sert, {} travaille.", names.serve, names.work);
    for statement in &report.left {
        println!("Reste à faire par qui possède la base : {statement}");
    }
}

/// What the role of this connection is; where people work, what it could do too much.
pub(super) async fn tell(config: &Config, db: &Db, report: &mut Rapport) {
    const SUBJECT: &str = "Compte PostgreSQL";
    let standing = match roles::standing(db.pool()).await {
        Ok(standing) => standing,
        Err(error) => return report.echec(SUBJECT, format!("il n’a pas pu être lu ({error})."), ""),
    };
    match fault(&standing).filter(|_| !config.plain_http()) {
        None => report.bien(SUBJECT, format!("{}.", standing.name)),
        Some(fault) => report.a_voir(
            SUBJECT,
            format!("{}. Attention\u{a0}: {fault}.", standing.name),
            "Servez et travaillez sous deux comptes à droits réduits\u{a0}: «\u{a0}gardel roles --sert … --travaille …\u{a0}» (docs/exploitation.md, «\u{a0}Trois \
             comptes PostgreSQL\u{a0}»).",
        ),
    }
}

/// What is too much in `standing`.
fn fault(standing: &Standing) -> Option<&'static str> {
    if standing.superuser {
        Some("ce compte administre PostgreSQL : qui le prend a toute la machine de la base")
    } else if standing.owner {
        Some("ce compte possède les tables : qui le prend peut les changer, et défaire ce qui protège le journal")
    } else if standing.journal {
        Some("ce compte peut changer le journal")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_told_by_its_worst() {
        let standing = |superuser, owner, journal| Standing { name: "x".into(), superuser, owner, journal };
        assert!(fault(&standing(true, true, true)).is_some_and(|text| text.contains("administre")));
        assert!(fault(&standing(false, true, true)).is_some_and(|text| text.contains("possède")));
        assert!(fault(&standing(false, false, true)).is_some_and(|text| text.contains("journal")));
        assert_eq!(fault(&standing(false, false, false)), None);
    }
}
