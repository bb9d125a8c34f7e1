//! The settings as they may be shown or sent: what opens something is masked, wherever it stands.

use percent_encoding::percent_decode_str;

use super::Config;

/// What stands in the place of a secret.
pub const MASK: &str = "••••";
/// Parts of the question of an address that say how one connects, and open nothing.
const OPEN_PARAMETERS: [&str; 7] = ["host", "port", "sslmode", "sslrootcert", "tls", "connect_timeout", "target_session_attrs"];
/// Shorter secrets are not looked for in texts: they would be found everywhere.
const SECRET_BYTES_MIN: usize = 4;
/// Variables of the environment that the store and the log read by themselves, and whether their value may be shown.
const BESIDE: [(&str, bool); 9] = [
    ("AWS_ACCESS_KEY_ID", false),
    ("AWS_SECRET_ACCESS_KEY", false),
    ("AWS_SESSION_TOKEN", false),
    ("AWS_REGION", true),
    ("AWS_ENDPOINT", true),
    ("AWS_ALLOW_HTTP", true),
    ("GARDEL_LOG", true),
    ("ROCKET_ADDRESS", true),
    ("ROCKET_PORT", true),
];

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As the environment calls it.
    pub name: &'static str,
    /// Its value, masked where it opens something; nothing when it is not set.
    pub value: Option<String>,
}

/// An address without what opens it: the account of PostgreSQL stays, its password goes; of any other the account goes too.
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') { MASK.into() } else { url.into() };
    };
    // Up to the last « @ », whatever a password that was not encoded holds.
    let (account, place) = rest.rsplit_once('@').map_or((None, rest), |(account, place)| (Some(account), place));
    let account = match account {
        None => String::new(),
        Some(account) if scheme.starts_with("postgres") => match account.split_once(':') {
            None => format!("{account}@"),
            Some((name, _)) => format!("{name}:{MASK}@"),
        },
        Some(_) => format!("{MASK}@"),
    };
    let (place, question) = place.split_once('?').map_or((place, None), |(place, question)| (place, Some(question)));
    let question = question.map(|question| {
        let parts: Vec<String> = question
            .split('&')
            .map(|part| match part.split_once('=') {
                Some((name, _)) if OPEN_PARAMETERS.contains(&name) => part.to_string(),
                Some((name, _)) => format!("{name}={MASK}"),
                None => MASK.to_string(),
            })
            .collect();
        format!("?{}", parts.join("&"))
    });
    format!("{scheme}://{account}{place}{}", question.unwrap_or_default())
}

/// What opens something in an address: each part of its account but the name of PostgreSQL's, and values of its question that are not shown.
fn keys_of(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let (account, place) = rest.rsplit_once('@').map_or((None, rest), |(account, place)| (Some(account), place));
    let mut found: Vec<String> = match account.map(|account| account.split_once(':').unwrap_or((account, ""))) {
        Some((_, password)) if scheme.starts_with("postgres") => vec![password.into()],
        Some((name, password)) => vec![name.into(), password.into()],
        None => Vec::new(),
    };
    for part in place.split_once('?').map_or("", |(_, question)| question).split('&') {
        found.extend(part.split_once('=').filter(|(name, _)| !OPEN_PARAMETERS.contains(name)).map(|(_, value)| value.into()));
    }
    found
}

impl Config {
    /// Every setting in force, in the order of the guide. One that is added here without a line does not compile.
    pub fn told(&self) -> Vec<Told> {
        let Self {
            database_url,
            database_replica_url: _,
            replique_retard_secondes,
            redis_url,
            storage_url,
            environnement,
            base_connexions,
            cache_mio,
            session_inactivite_minutes,
            session_duree_heures,
            export_conservation_jours,
            journal_conservation_mois,
            journal_sortie,
            gestion_adresse,
            gestion_port,
            journaux,
            mandataires,
            adresse_publique,
            cle_secrets,
            second_facteur: _,
            exports_par_jour,
            actions_par_jour,
            consultations_par_heure,
            oidc: _,
            smtp: _,
            deposes,
            modeles,
            otel: _,
        } = self;
        let some = |name, value: &dyn ToString| Told { name, value: Some(value.to_string()) };
        let replicas: Vec<String> = self.replicas().map(masked).collect();
        let mut told = vec![
            some("GARDEL_ENVIRONNEMENT", &environnement.label()),
            Told { name: "GARDEL_ADRESSE_PUBLIQUE", value: adresse_publique.as_deref().map(masked) },
            some("DATABASE_URL", &masked(database_url)),
            Told { name: "DATABASE_REPLICA_URL", value: (!replicas.is_empty()).then(|| replicas.join(" ")) },
            some("GARDEL_REPLIQUE_RETARD_SECONDES", replique_retard_secondes),
            some("GARDEL_BASE_CONNEXIONS", base_connexions),
            Told { name: "REDIS_URL", value: redis_url.as_deref().map(masked) },
            some("GARDEL_CACHE_MIO", cache_mio),
            some("STORAGE_URL", &masked(storage_url)),
            Told { name: "GARDEL_DEPOSES", value: deposes.clone() },
            Told { name: "GARDEL_CLE_SECRETS", value: cle_secrets.clone() },
            some("GARDEL_SECOND_FACTEUR", &format!("{:?}", self.second_factor()).to_lowercase()),
            some("GARDEL_SESSION_INACTIVITE_MINUTES", session_inactivite_minutes),
            some("GARDEL_SESSION_DUREE_HEURES", session_duree_heures),
            some("GARDEL_EXPORT_CONSERVATION_JOURS", export_conservation_jours),
            some("GARDEL_JOURNAL_CONSERVATION_MOIS", journal_conservation_mois),
            some("GARDEL_JOURNAL_SORTIE", &u8::from(*journal_sortie)),
            some("GARDEL_GESTION_ADRESSE", gestion_adresse),
            some("GARDEL_GESTION_PORT", gestion_port),
            some("GARDEL_JOURNAUX", &format!("{journaux:?}").to_lowercase()),
            some("GARDEL_MANDATAIRES", mandataires),
            some("GARDEL_EXPORTS_PAR_JOUR", exports_par_jour),
            some("GARDEL_ACTIONS_PAR_JOUR", actions_par_jour),
            some("GARDEL_CONSULTATIONS_PAR_HEURE", consultations_par_heure),
            some("ROCKET_TEMPLATE_DIR", &modeles.display()),
        ];
        told.extend(self.told_of_others());
        told
    }

    /// The servers that Gardel speaks to, and what the environment says to what it is made of.
    fn told_of_others(&self) -> Vec<Told> {
        let some = |name, value: String| Told { name, value: Some(value) };
        let mut told = Vec::new();
        if let Some(oidc) = &self.oidc {
            told.push(some("GARDEL_OIDC_EMETTEUR", masked(&oidc.emetteur)));
            told.push(some("GARDEL_OIDC_CLIENT", oidc.client.clone()));
            told.push(some("GARDEL_OIDC_SECRET", MASK.into()));
            told.push(some("GARDEL_OIDC_NOM", oidc.nom.clone()));
            told.push(some("GARDEL_OIDC_PORTEE", oidc.portee.clone()));
            told.push(some("GARDEL_OIDC_NIVEAUX", oidc.niveaux.join(", ")));
            told.push(some("GARDEL_OIDC_NIVEAUX_FORTS", oidc.niveaux_forts.join(", ")));
        }
        if let Some(smtp) = &self.smtp {
            told.push(some("GARDEL_SMTP_URL", masked(&smtp.url)));
            told.push(some("GARDEL_SMTP_EXPEDITEUR", sender(&smtp.expediteur)));
            told.push(Told { name: "GARDEL_SMTP_AUTORITE", value: smtp.autorite.clone() });
            told.push(some("GARDEL_SMTP_DELAI_SECONDES", smtp.delai_secondes.to_string()));
        }
        told.extend(self.otel.told().into_iter().map(|(name, value)| some(name, masked(&value))));
        let keys = self.otel.keys();
        told.extend((!keys.is_empty()).then(|| some("OTEL_EXPORTER_OTLP_HEADERS", MASK.into())));
        for (name, open) in BESIDE {
            if let Ok(value) = std::env::var(name) {
                told.push(some(name, if open { masked(&value) } else { MASK.into() }));
            }
        }
        told
    }

    /// What must never be told, to be looked for in any text that leaves.
    pub fn secrets(&self) -> Secrets {
        let smtp = self.smtp.as_ref().map(|smtp| smtp.url.as_str());
        let addresses = [Some(self.database_url.as_str()), self.redis_url.as_deref(), smtp, Some(self.storage_url.as_str())];
        let mut found: Vec<String> = addresses.into_iter().flatten().chain(self.replicas()).flat_map(keys_of).collect();
        found.extend(self.oidc.as_ref().map(|oidc| oidc.secret.clone()));
        found.extend(self.otel.keys());
        found.extend(BESIDE.iter().filter(|(_, open)| !open).filter_map(|(name, _)| std::env::var(name).ok()));
        found.extend(std::env::var("ROCKET_SECRET_KEY"));
        let keys = self.cle_secrets.as_deref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        found.extend(keys.lines().map(|line| line.trim().to_string()));
        Secrets::of(found)
    }
}

/// What must never be told.
pub struct Secrets(Vec<String>);

impl Secrets {
    fn of(found: Vec<String>) -> Self {
        let decoded: Vec<String> = found.iter().map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned()).collect();
        // An account that has our own name opens nothing by itself, and its name is in every command.
        let told = |text: &String| text.len() >= SECRET_BYTES_MIN && text != env!("CARGO_PKG_NAME");
        let mut all: Vec<String> = found.into_iter().chain(decoded).filter(told).collect();
        // The longest first: one may begin another.
        all.sort_by_key(|text| std::cmp::Reverse(text.len()));
        all.dedup();
        Self(all)
    }

    /// `text` without any of them, nor the address of anybody.
    pub fn hide(&self, text: &str) -> String {
        let hidden = self.0.iter().fold(text.to_string(), |text, secret| text.replace(secret, MASK));
        without_addresses(&hidden)
    }
}

/// The sender of e-mails, without the name of anybody: where it is from.
fn sender(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| MASK.to_string(), |(_, place)| format!("…@{}", place.trim_end_matches(['>', ' '])))
}

/// `text` where no e-mail address says whose it is: what stands before « @ » is masked.
pub fn without_addresses(text: &str) -> String {
    let word = |sign: char| sign.is_alphanumeric() || "._%+-".contains(sign);
    let mut told = String::with_capacity(text.len());
    let mut parts = text.split('@').peekable();
    while let Some(part) = parts.next() {
        let Some(next) = parts.peek() else {
            told.push_str(part);
            break;
        };
        // What was masked of a name before is of it too.
        let start =
            part.rfind(|sign| !word(sign) && !MASK.contains(sign)).map_or(0, |place| place + part[place..].chars().next().map_or(1, char::len_utf8));
        // The account of an address of ours is nobody's (`://gardel:••••@base`), nor is a unit of systemd (`gardel@8001.service`).
        let ours = part.rsplit(char::is_whitespace).next().is_some_and(|last| last.contains("://"));
        let place: String = next.chars().take_while(|sign| word(*sign)).collect();
        let unit = [".service", ".socket"].iter().any(|end| place.ends_with(end));
        let named = !part[start..].is_empty() && !place.is_empty() && !ours && !unit;
        told.push_str(if named { &part[..start] } else { part });
        told.push_str(if named { "…@" } else { "@" });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_opens_them() {
        for (url, told) in [
            ("postgres://gardel@localhost/gardel?host=/run", "postgres://gardel@localhost/gardel?host=/run"),
            ("postgres://gardel:s3cr3t@b/gardel?sslmode=verify-full&password=x", "postgres://gardel:••••@b/gardel?sslmode=verify-full&password=••••"),
            ("postgres://gardel:a/b?c@d@b/gardel", "postgres://gardel:••••@b/gardel"),
            ("redis://:motdepasse@r:6379/2", "redis://••••@r:6379/2"),
            ("redis://motdepasse@r", "redis://••••@r"),
            ("smtp://marie%40ville.gp:x@smtp.ville.gp:587?tls=aucun", "smtp://••••@smtp.ville.gp:587?tls=aucun"),
            ("s3://seau/prefixe", "s3://seau/prefixe"),
            ("/var/lib/gardel/fichiers", "/var/lib/gardel/fichiers"),
            ("gardel:secret@sans-schema", "••••"),
        ] {
            assert_eq!(masked(url), told);
        }
    }

    #[test]
    fn whatever_a_text_holds_of_them_is_hidden() {
        let config: Config = serde_json::from_value(serde_json::json!({
            "database_url": "postgres://gardel:Mot%3Adepasse@b/gardel", "redis_url": "redis://:autremot@r",
            "smtp": {"url": "smtp://marie:troisieme@smtp.ville.gp", "expediteur": "Gardel <marie.noel@ville.gp>"},
        }))
        .expect("settings");
        let hidden = config.secrets().hide("refusé : Mot:depasse, Mot%3Adepasse, autremot, troisieme ; écrivez à marie.noel@ville.gp");
        assert_eq!(hidden, "refusé : ••••, ••••, ••••, •••• ; écrivez à …@ville.gp");
        let told: String = config.told().into_iter().filter_map(|one| one.value).collect();
        for secret in ["depasse", "autremot", "troisieme", "marie"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }

    #[test]
    fn names_before_the_sign_go_and_accounts_of_addresses_stay() {
        assert_eq!(without_addresses("a@b.gp, c@d.gp"), "…@b.gp, …@d.gp");
        assert_eq!(without_addresses("postgres://gardel:••••@base/g"), "postgres://gardel:••••@base/g");
        assert_eq!(without_addresses("gardel@8001.service"), "gardel@8001.service");
        assert_eq!(without_addresses("voyez https://v.gp ou marie@v.gp"), "voyez https://v.gp ou …@v.gp");
        assert_eq!(without_addresses("@"), "@");
    }
}
