//! The settings of the provider: the section `gardel.oidc`, or `GARDEL_OIDC_…`.

use serde::{Deserialize, Deserializer};

/// Characters of a name at most: it is written on a button.
const NAME_MAX: usize = 40;

/// The provider, as the operator registered this installation with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its issuer: `https://…`, exactly as it names itself.
    pub emetteur: String,
    /// The identifier that it gave to this installation.
    pub client: String,
    /// The secret that it gave.
    pub secret: String,
    /// What people call it: written on the button.
    pub nom: String,
    /// What is asked about the person.
    #[serde(default = "default_scope")]
    pub portee: String,
    /// Whether a code is bound to who asked for it (PKCE). ProConnect refuses the parameter.
    #[serde(default = "on")]
    pub pkce: bool,
    /// Where the secret is put.
    #[serde(default)]
    pub secret_par: SecretPar,
    /// How the provider signs, agreed with it; another algorithm is refused.
    #[serde(default)]
    pub algorithme: Algorithme,
    /// Whether and how what it knows of the person is read.
    #[serde(default)]
    pub profil: Profil,
    /// Levels of assurance asked for and accepted (`acr`), separated by commas; none asks for nothing.
    #[serde(default, deserialize_with = "words")]
    pub niveaux: Vec<String>,
    /// Those of them that stand for the second factor of Gardel.
    #[serde(default, deserialize_with = "words")]
    pub niveaux_forts: Vec<String>,
}

/// Where the secret of the client is put when a code is exchanged.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SecretPar {
    /// In the form (`client_secret_post`), as ProConnect wants it.
    Corps,
    /// In the header (`client_secret_basic`).
    #[default]
    Entete,
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Algorithme {
    /// RSA, PKCS 1 and SHA-256.
    #[default]
    RS256,
    /// ECDSA over P-256 and SHA-256.
    ES256,
}

/// What is read of the person beside the token.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Profil {
    /// Nothing.
    Aucun,
    /// A JSON object.
    #[default]
    Json,
    /// A signed token, as ProConnect gives it.
    Signe,
}

impl Oidc {
    /// What is wrong with them, in one sentence; `plain` when plain HTTP is allowed (the demo).
    pub(in crate::platform) fn fault(&self, plain: bool) -> Option<String> {
        let web = self.emetteur.starts_with("https://") || (plain && self.emetteur.starts_with("http://"));
        if !web {
            return Some(format!("oidc.emetteur doit commencer par https:// : « {} » ne convient pas.", self.emetteur));
        }
        for (name, value) in [("client", &self.client), ("secret", &self.secret), ("nom", &self.nom)] {
            if value.trim().is_empty() {
                return Some(format!("oidc.{name} est vide : donnez ce que le fournisseur d’identité vous a remis."));
            }
        }
        if self.nom.chars().count() > NAME_MAX {
            return Some(format!("oidc.nom tient en {NAME_MAX} signes : c’est le texte d’un bouton."));
        }
        if !self.portee.split(' ').any(|word| word == "openid") {
            return Some("oidc.portee doit contenir « openid ».".into());
        }
        self.niveaux_forts.iter().find(|level| !self.niveaux.contains(level)).map(|level| {
            format!(
                "oidc.niveaux_forts nomme « {level} », qui n’est pas dans oidc.niveaux : seul un niveau accepté peut tenir lieu de second facteur."
            )
        })
    }
}

/// A list of words, from a list or from one text separated by commas.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Text(String),
        List(Vec<String>),
    }
    let words = match Words::deserialize(deserializer)? {
        Words::Text(text) => text.split(',').map(str::to_string).collect(),
        Words::List(list) => list,
    };
    Ok(words.iter().map(|word| word.trim().to_string()).filter(|word| !word.is_empty()).collect())
}

fn default_scope() -> String {
    "openid email".into()
}

fn on() -> bool {
    true
}
