//! Markup as a stream of events, each bounded: no document type (so no entity but the five of XML), no depth without end, no text
//! or tag larger than the memory for it.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::lecture::Refus;
use super::limites::{BALISE_MAX, EVENEMENT_MAX, NOM_MAX, PROFONDEUR_MAX};

/// Counts what an event takes, and the lines.
struct Mesure<R> {
    source: BufReader<R>,
    /// Bytes since the last event.
    pris: usize,
    lignes: u64,
}

impl<R: Read> Read for Mesure<R> {
    fn read(&mut self, vers: &mut [u8]) -> io::Result<usize> {
        let lus = self.fill_buf()?.read(vers)?;
        self.consume(lus);
        Ok(lus)
    }
}

impl<R: Read> BufRead for Mesure<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.pris > EVENEMENT_MAX {
            return Err(Refus::new("FIC-EXPANSION", "Un élément du fichier dépasse ce qu’un tableau contient (1 Mio).").into());
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, lus: usize) {
        let tampon = self.source.buffer();
        self.lignes += memchr::memchr_iter(b'\n', &tampon[..lus.min(tampon.len())]).count() as u64;
        self.pris += lus;
        self.source.consume(lus);
    }
}

/// Events of a part.
pub(super) struct Balises<R: Read> {
    lecteur: Reader<Mesure<R>>,
    tampon: Vec<u8>,
    profondeur: usize,
    /// Line where the event given began.
    ligne: u64,
}

impl<R: Read> Balises<R> {
    pub(super) fn new(source: R) -> Self {
        let mesure = Mesure { source: BufReader::with_capacity(64 * 1024, source), pris: 0, lignes: 0 };
        Self { lecteur: Reader::from_reader(mesure), tampon: Vec::new(), profondeur: 0, ligne: 1 }
    }

    /// Line where the last event began.
    pub(super) fn ligne(&self) -> u64 {
        self.ligne
    }

    /// Elements open, the one just begun included.
    pub(super) fn profondeur(&self) -> usize {
        self.profondeur
    }

    /// The next event; what is no element and no text is passed over.
    pub(super) fn suivant(&mut self) -> Result<Event<'static>, Refus> {
        loop {
            self.tampon.clear();
            self.ligne = self.lecteur.get_ref().lignes + 1;
            self.lecteur.get_mut().pris = 0;
            let evenement = self.lecteur.read_event_into(&mut self.tampon).map_err(faute)?;
            match &evenement {
                Event::Start(balise) | Event::Empty(balise) if balise.len() > BALISE_MAX || balise.name().as_ref().len() > NOM_MAX => {
                    return Err(Refus::new("FIC-EXPANSION", "Une balise du fichier dépasse ce qu’un tableau contient."));
                }
                Event::Start(_) => {
                    self.profondeur += 1;
                    if self.profondeur > PROFONDEUR_MAX {
                        return Err(Refus::new(
                            "FIC-ABIME",
                            format!("Le fichier emboîte plus de {PROFONDEUR_MAX} éléments\u{a0}: ce n’est pas un tableau."),
                        ));
                    }
                }
                Event::End(_) => self.profondeur = self.profondeur.saturating_sub(1),
                Event::DocType(_) => {
                    return Err(Refus::new("FIC-DOCTYPE", "Le fichier contient une déclaration DOCTYPE, que Gardel refuse. Demandez-le sans elle."));
                }
                Event::Eof if self.profondeur > 0 => {
                    return Err(Refus::new(
                        "FIC-ABIME",
                        format!("Le fichier est coupé à la ligne {}\u{a0}: des éléments n’y sont pas fermés.", self.ligne),
                    ));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
                _ => {}
            }
            return Ok(evenement.into_owned());
        }
    }

    /// Passes over what is inside the element just begun.
    pub(super) fn saute(&mut self) -> Result<(), Refus> {
        let dehors = self.profondeur.saturating_sub(1);
        while self.profondeur > dehors {
            if matches!(self.suivant()?, Event::Eof) {
                break;
            }
        }
        Ok(())
    }
}

fn faute(error: quick_xml::Error) -> Refus {
    match error {
        // Of the disk, or a refusal of ours that went through.
        quick_xml::Error::Io(error) => {
            let garde = io::Error::new(error.kind(), error.to_string());
            match std::sync::Arc::try_unwrap(error) {
                Ok(error) => error.into(),
                Err(_) => garde.into(),
            }
        }
        // The words of the library are English: which element, in ours.
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            Refus::new("FIC-ABIME", format!("Le fichier est abîmé\u{a0}: «\u{a0}{expected}\u{a0}» y est fermé par «\u{a0}{found}\u{a0}»."))
        }
        quick_xml::Error::IllFormed(IllFormedError::MissingEndTag(name)) => {
            Refus::new("FIC-ABIME", format!("Le fichier est coupé ou abîmé\u{a0}: «\u{a0}{name}\u{a0}» n’y est jamais fermé."))
        }
        quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(name)) => {
            Refus::new("FIC-ABIME", format!("Le fichier est abîmé\u{a0}: «\u{a0}{name}\u{a0}» y est fermé sans avoir été ouvert."))
        }
        _ => abime(),
    }
}

fn abime() -> Refus {
    Refus::new("FIC-ABIME", "Le fichier est abîmé\u{a0}: son balisage ne se lit pas.")
}

/// The value of an attribute, by its name without prefix.
pub(super) fn attribut(balise: &BytesStart<'_>, nom: &str) -> Result<Option<String>, Refus> {
    for attribut in balise.attributes().with_checks(false) {
        let attribut = attribut.map_err(|_| abime())?;
        if attribut.key.local_name().as_ref() == nom.as_bytes() {
            let texte = std::str::from_utf8(&attribut.value).map_err(|_| abime())?;
            return Ok(Some(quick_xml::escape::unescape(texte).map_err(|_| abime())?.into_owned()));
        }
    }
    Ok(None)
}

/// The attributes of an element, by their names without prefix.
pub(super) fn attributs(balise: &BytesStart<'_>) -> Result<Vec<(String, String)>, Refus> {
    let mut lus = Vec::new();
    for attribut in balise.attributes().with_checks(false) {
        let attribut = attribut.map_err(|_| abime())?;
        let texte = std::str::from_utf8(&attribut.value).map_err(|_| abime())?;
        let valeur = quick_xml::escape::unescape(texte).map_err(|_| abime())?.into_owned();
        lus.push((String::from_utf8_lossy(attribut.key.local_name().as_ref()).into_owned(), valeur));
    }
    Ok(lus)
}

/// The sign that a reference stands for.
pub(super) fn signe(reference: &BytesRef<'_>) -> Result<char, Refus> {
    if let Some(signe) = reference.resolve_char_ref().map_err(|_| abime())? {
        return Ok(signe);
    }
    let nom = reference.decode().map_err(|_| abime())?;
    quick_xml::escape::resolve_predefined_entity(&nom).and_then(|texte| texte.chars().next()).ok_or_else(abime)
}

/// Adds what an event holds of text, if it does.
pub(super) fn ajoute(texte: &mut String, evenement: &Event<'_>) -> Result<(), Refus> {
    match evenement {
        Event::Text(morceau) => texte.push_str(std::str::from_utf8(morceau).map_err(|_| abime())?),
        Event::CData(morceau) => texte.push_str(std::str::from_utf8(morceau).map_err(|_| abime())?),
        Event::GeneralRef(reference) => texte.push(signe(reference)?),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tout(texte: &[u8]) -> Result<(String, usize), Refus> {
        let (mut balises, mut lu, mut compte) = (Balises::new(texte), String::new(), 0);
        loop {
            let evenement = balises.suivant()?;
            compte += 1;
            if matches!(evenement, Event::Eof) {
                return Ok((lu, compte));
            }
            ajoute(&mut lu, &evenement)?;
        }
    }

    #[test]
    fn what_could_grow_is_refused() {
        let code = |texte: &[u8]| tout(texte).err().map_or("", |refus| refus.code);
        assert_eq!(code(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "FIC-DOCTYPE");
        assert_eq!(code("<a>".repeat(70).as_bytes()), "FIC-ABIME");
        assert_eq!(code(format!("<a>{}</a>", "x".repeat(2 * EVENEMENT_MAX)).as_bytes()), "FIC-EXPANSION");
        assert_eq!(code(format!("<a b='{}'/>", "x".repeat(2 * EVENEMENT_MAX)).as_bytes()), "FIC-EXPANSION");
        assert_eq!(code(format!("<a b='{}'/>", "x".repeat(2 * BALISE_MAX)).as_bytes()), "FIC-EXPANSION");
        assert_eq!(code(format!("<{}/>", "x".repeat(2 * NOM_MAX)).as_bytes()), "FIC-EXPANSION");
        for abime in [&b"<a><b></a>"[..], b"<a>", b"<a>&inconnue;</a>", b"<a", b"<a>\xe9</a>"] {
            assert_eq!(code(abime), "FIC-ABIME", "{abime:?}");
        }
        assert_eq!(tout(b"<?xml version='1.0'?><!-- x --><a>1 &lt; 2&#233;<![CDATA[<b>]]></a>").expect("fine").0, "1 < 2é<b>");
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let mut balises = Balises::new(&b"<a>\n\n<b\nc='&amp;d'/>\n<e/></a>"[..]);
        let mut lues = Vec::new();
        loop {
            match balises.suivant().expect("fine") {
                Event::Start(balise) | Event::Empty(balise) => {
                    lues.push((String::from_utf8_lossy(balise.name().as_ref()).into_owned(), balises.ligne(), attribut(&balise, "c").expect("fine")))
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(lues, [("a".into(), 1, None), ("b".into(), 3, Some("&d".into())), ("e".into(), 5, None)]);
    }
}
