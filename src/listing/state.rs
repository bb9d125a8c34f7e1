//! What an address says beside the question: how closely the rows stand, the view that it comes from, whether rows are
//! being chosen.

use crate::platform::error::{Error, Result};

/// How closely the rows of a table stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    /// As many rows as the screen holds.
    #[default]
    Compact,
    /// Taller rows.
    Airy,
}

impl Density {
    /// Code in addresses, word on screens.
    pub const ALL: [(Self, &'static str, &'static str); 2] = [(Self::Compact, "compacte", "Compacte"), (Self::Airy, "aeree", "Aérée")];

    /// As written in addresses; also the class of the table.
    pub fn code(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// As read by people.
    pub fn label(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    pub(super) fn parse(text: Option<String>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::default()) };
        let found = Self::ALL.iter().find(|(_, code, _)| *code == text);
        found.map(|(density, ..)| *density).ok_or_else(|| Error::invalid("Densité inconnue. Choisissez compacte ou aérée, dans « Colonnes »."))
    }
}

/// The saved view that the state of a list comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opened {
    /// Nothing was said of it.
    #[default]
    Unsaid,
    /// The list without any view, asked for by somebody who has a default one.
    Without,
    /// A view, with its version when it was opened. Without a version: somebody typed the address.
    View(i64, Option<i32>),
}

/// `vue=aucune`: the list itself.
pub const WITHOUT: &str = "aucune";

impl Opened {
    pub(super) fn parse(text: Option<String>) -> Result<Self> {
        let unknown = || Error::invalid("Cette vue n’existe pas. Choisissez-en une dans « Vues ».");
        match text.as_deref() {
            None => Ok(Self::Unsaid),
            Some(WITHOUT) => Ok(Self::Without),
            Some(text) => {
                let (id, version) = text.split_once('.').map_or((text, None), |(id, version)| (id, Some(version)));
                let id = id.parse().ok().filter(|id| *id > 0).ok_or_else(unknown)?;
                let version = version.map(|version| version.parse().map_err(|_| unknown())).transpose()?;
                Ok(Self::View(id, version))
            }
        }
    }

    /// As written in addresses.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Unsaid => None,
            Self::Without => Some(WITHOUT.into()),
            Self::View(id, None) => Some(id.to_string()),
            Self::View(id, Some(version)) => Some(format!("{id}.{version}")),
        }
    }

    /// The view, when there is one.
    pub fn id(self) -> Option<i64> {
        match self {
            Self::View(id, _) => Some(id),
            _ => None,
        }
    }
}

/// Whether rows are being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// No: a plain list.
    Off,
    /// Yes, none ticked yet.
    Open,
    /// Yes, the whole page ticked.
    Page,
}

impl Selection {
    /// The selection that the parameter `selection` asks for.
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            None => Ok(Self::Off),
            Some("1") => Ok(Self::Open),
            Some("page") => Ok(Self::Page),
            Some(_) => Err(Error::invalid("Cette sélection ne se lit pas. Repartez de la liste et choisissez « Sélectionner ».")),
        }
    }

    /// Its value in addresses.
    pub(super) fn code(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Open => Some("1"),
            Self::Page => Some("page"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_address() {
        for text in ["12", "12.3", "aucune"] {
            let opened = Opened::parse(Some(text.into())).expect("what we write");
            assert_eq!(opened.text().as_deref(), Some(text));
        }
        for text in ["0", "-1", "x", "1.x", "1.2.3", "99999999999999999999"] {
            assert!(Opened::parse(Some(text.into())).is_err(), "{text}");
        }
        assert_eq!(Opened::parse(None).expect("nothing").text(), None);
        for (density, code, _) in Density::ALL {
            assert_eq!((Density::parse(Some(code.into())).expect("known"), density.code()), (density, code));
        }
    }
}
