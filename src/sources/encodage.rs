//! How letters are written as bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encodage {
    /// With a mark at its beginning or without.
    #[default]
    Utf8,
    /// UTF-8 taken for Windows-1252 and written as UTF-8 once more: « Ã© » is read « é ».
    Utf8Double,
    /// Low byte first.
    Utf16Le,
    /// High byte first.
    Utf16Be,
    /// Of Windows in Western Europe.
    Windows1252,
    /// Latin 9: Latin 1 with « € » and « œ ».
    Iso8859_15,
    /// Of the former Macintosh.
    MacRoman,
    /// Of DOS in Western Europe.
    Cp850,
}

/// Every encoding, in the order in which they are offered.
pub const ENCODAGES: &[Encodage] = &[
    Encodage::Utf8,
    Encodage::Windows1252,
    Encodage::Iso8859_15,
    Encodage::MacRoman,
    Encodage::Cp850,
    Encodage::Utf16Le,
    Encodage::Utf16Be,
    Encodage::Utf8Double,
];

/// The upper half of CP850.
const CP850: &str =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl Encodage {
    /// In words.
    pub fn libelle(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Double => "UTF-8 encodé deux fois",
            Self::Utf16Le => "UTF-16 (petit-boutiste)",
            Self::Utf16Be => "UTF-16 (gros-boutiste)",
            Self::Windows1252 => "Windows-1252",
            Self::Iso8859_15 => "ISO-8859-15",
            Self::MacRoman => "MacRoman",
            Self::Cp850 => "CP850 (DOS)",
        }
    }

    /// Whether two bytes make a sign.
    pub(super) fn seize(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// A piece of text, and whether bytes of it mean nothing. Those of UTF-16 come here in UTF-8 (`transcodage`).
    pub(super) fn decode(self, octets: &[u8]) -> (Cow<'_, str>, bool) {
        if octets.is_ascii() {
            return (String::from_utf8_lossy(octets), false);
        }
        match self {
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be => match std::str::from_utf8(octets) {
                Ok(texte) => (Cow::Borrowed(texte), false),
                Err(_) => (String::from_utf8_lossy(octets), true),
            },
            Self::Utf8Double => match std::str::from_utf8(octets) {
                Ok(texte) => (simple(texte).map_or(Cow::Borrowed(texte), Cow::Owned), false),
                Err(_) => (String::from_utf8_lossy(octets), true),
            },
            Self::Windows1252 => table(encoding_rs::WINDOWS_1252, octets),
            Self::Iso8859_15 => table(encoding_rs::ISO_8859_15, octets),
            Self::MacRoman => table(encoding_rs::MACINTOSH, octets),
            Self::Cp850 => (Cow::Owned(octets.iter().map(|octet| cp850(*octet)).collect()), false),
        }
    }
}

fn cp850(octet: u8) -> char {
    match octet.checked_sub(128) {
        None => char::from(octet),
        Some(place) => CP850.chars().nth(place.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// A table of the WHATWG never fails: what it has no letter for comes out as a control sign.
fn table<'a>(encodage: &'static encoding_rs::Encoding, octets: &'a [u8]) -> (Cow<'a, str>, bool) {
    let (texte, fautes) = encodage.decode_without_bom_handling(octets);
    let controle = texte.chars().any(|signe| ('\u{80}'..='\u{9f}').contains(&signe));
    (texte, fautes || controle)
}

/// What a text was before it was encoded once too often; nothing when it was not.
pub(super) fn simple(texte: &str) -> Option<String> {
    let (octets, _, fautes) = encoding_rs::WINDOWS_1252.encode(texte);
    if fautes {
        return None;
    }
    String::from_utf8(octets.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_reads_its_letters() {
        let table: &[(Encodage, &[u8], &str)] = &[
            (Encodage::Utf8, "été".as_bytes(), "été"),
            (Encodage::Windows1252, b"\xe9t\xe9 \x80 \x9cuf", "été € œuf"),
            (Encodage::Iso8859_15, b"\xe9t\xe9 \xa4 \xbduf", "été € œuf"),
            (Encodage::MacRoman, b"\x8et\x8e \xdb \xcfuf", "été € œuf"),
            (Encodage::Cp850, b"\x82t\x82 N\xf8\xa0\x87", "été N°áç"),
            (Encodage::Utf8Double, "Ã©tÃ© dÃ©jÃ\u{a0}".as_bytes(), "été déjà"),
            (Encodage::Utf8Double, "été".as_bytes(), "été"),
        ];
        for (encodage, octets, texte) in table {
            assert_eq!(encodage.decode(octets), (Cow::Borrowed(*texte), false), "{encodage:?}");
        }
        assert_eq!(CP850.chars().count(), 128);
    }

    #[test]
    fn what_means_nothing_is_told() {
        assert!(Encodage::Utf8.decode(b"\xe9t\xe9").1);
        assert!(Encodage::Windows1252.decode(b"a\x81").1, "no letter has this byte");
        assert!(Encodage::Iso8859_15.decode(b"a\x92").1);
        assert_eq!(ENCODAGES.len(), 8);
    }
}
