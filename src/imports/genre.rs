//! A kind of import as declared: a record to feed, how its columns are called in the wild, how a row of it is recognised.

use super::ecrivain::Ecrivain;
pub use super::ligne::ENTRE;
use super::ligne::Ligne;
use super::mode::Mode;
use super::semblable::Semblable;
use super::texte::plie;
use crate::catalogue::Catalogue;
use crate::champs::Saisie;
use crate::listing::{Access, Niveau, Reader};
use crate::records::{Field, Record};
use crate::sources::valeurs::{Decimales, Ordre};

/// A kind of import. Only these constants enter SQL text.
pub struct Genre {
    /// Its name in addresses and in the base: that of the list it feeds, when it is the first kind that does.
    pub nom: &'static str,
    /// What it is called; nothing for the title of its list.
    pub titre: &'static str,
    /// What each line is a row of.
    pub record: &'static Record,
    /// What such a file holds, for whoever chooses a kind.
    pub about: &'static str,
    /// The number that Gardel gives to its rows, by which a file names one of them.
    pub numero: Numero,
    /// What else a row is recognised by, in order.
    pub cles: &'static [Cle],
    /// Other names of the columns of its fields, folded.
    pub synonymes: &'static [(&'static str, &'static [&'static str])],
    /// Headers, folded, that name what a field speaks of better than its other ones: of two columns for that field, theirs is read.
    pub precises: &'static [(&'static str, &'static [&'static str])],
    /// Other words of the values of its fields, folded: the field, the words on screen, the others.
    pub valeurs: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Words that stand for an empty cell.
    pub vides: &'static [&'static str],
    /// What files say that is no field of the record, and that fields follow from: nights instead of a departure.
    pub apports: &'static [Field],
    /// The fields that follow from these: a column of one of them gives the field.
    pub deduits: &'static [(&'static str, &'static [&'static str])],
    /// Fills the fields that follow from others, once a line is read.
    pub deduit: Option<fn(&mut Ligne)>,
    /// Fills what follows from the row that a line was recognised to speak of.
    pub reconnue: Option<fn(&mut Ligne)>,
    /// The only fields that a row that exists takes; all of them otherwise.
    pub ecrits: Option<&'static [&'static str]>,
    /// Why it creates no row, when it does not.
    pub sans_creation: Option<&'static str>,
    /// Compares what a line says with what was computed of it, once it is judged.
    pub compare: Option<fn(&mut Ligne)>,
    /// Fields that name a row of another list.
    pub liens: &'static [Lien],
    /// Columns whose value two rows cannot both have, but for the number.
    pub uniques: &'static [&'static str],
    /// What its new rows come to, told before anybody confirms them.
    pub sommes: &'static [Somme],
    /// Whether lines that nothing tells apart are as many rows, which is told: the rooms of a hotel. Else they are one.
    pub pareilles: bool,
    /// Columns of a new row that no field gives, and what they hold.
    pub fixes: &'static [(&'static str, &'static str)],
    /// Fields whose usual value is not given by itself to a file of which a header, folded, is one of these words: who collected, in the
    /// file of a platform. « * »: to no file.
    pub incertains: &'static [(&'static str, &'static [&'static str])],
    /// What makes a new row look like one that exists, told and no more.
    pub semblables: &'static [Semblable],
    /// The value that says in which commune, or for which collectivité, a new row is: the right to write it. Nothing for reference data.
    pub lieu: &'static str,
    /// What a lot holds before its new rows are written: rows that others would take away meanwhile. `$1` is the import, `$2` and `$3`
    /// the ranks; gives the ranks of lines that cannot be written any more, and why.
    pub avant: Option<&'static str>,
    /// Whether its checks warn of what the file says, some of which no row holds: it is told of a line that changes nothing too.
    pub du_fichier: bool,
    /// What stood beside its new rows and goes with them when they are removed: kept in `avant` of the lines before they are written.
    pub memoire: Option<&'static str>,
    /// Gives it back, once lines are undone.
    pub rend: Option<&'static str>,
    /// What its new rows need beside them, with the same values.
    pub apres: Option<&'static str>,
    /// SQL over `t`: whether something else rests on a row, which an undoing then keeps.
    pub tenue: &'static str,
    /// SQL over `t`: whether a row is closed, validated or published: no line writes over it, each that would is proposed to a person.
    pub fermee: Option<&'static str>,
    /// What moves by itself as a closed row is corrected, and comes back with an undoing.
    pub statut: Option<Statut>,
    /// Sources whose files are known: they are read so without anybody having saved it.
    pub profils: &'static [Profil],
    /// How rows of the file that follow each other and speak of one row become one line.
    pub replie: Option<Repli>,
    /// What a new row is called while it has no name of its own.
    pub nomme: Option<fn(&Ligne) -> Option<String>>,
    /// What writes its rows, where the worker has no right to.
    pub ecrivain: Option<&'static dyn Ecrivain>,
}

/// Rows that are one line: those that say the same but for lists, of which each says a part.
#[derive(Clone, Copy)]
pub struct Repli {
    /// The field whose value is that of all the rows that are looked at together: they follow each other in the file.
    pub bloc: &'static str,
    /// The fields that are lists; those of one list go together, a value of each.
    pub listes: &'static [&'static [&'static str]],
}

/// How the files of a source are read.
pub struct Profil {
    /// Its name, told on the page of the reading.
    pub nom: &'static str,
    /// Its headers, folded: a file that has them all comes from there. « a|b » is either.
    pub entetes: &'static [&'static str],
    /// The field of each column, by its folded header; the others are not read.
    pub colonnes: &'static [(&'static str, &'static str)],
    /// Values given to all lines.
    pub constantes: &'static [(&'static str, &'static str)],
    /// The column, folded, and what it says of rows that are none of these: payouts.
    pub hors: Option<(&'static str, &'static [&'static str])>,
    /// In which order its dates are, when it is known.
    pub dates: Option<Ordre>,
    /// How its numbers are written, when it is known.
    pub nombres: Option<Decimales>,
    /// What becomes of rows that exist, when that is known.
    pub mode: Option<Mode>,
    /// Of an XML: the element that is a record, the path inside it of which each occurrence is a row, the paths of the cells.
    pub xml: Option<(&'static str, &'static str, &'static [&'static str])>,
}

/// A column that the base moves as a closed row is corrected: a validated row becomes one to be looked at.
#[derive(Clone, Copy)]
pub struct Statut {
    /// The column, that of [`crate::records::Hooks::moved`].
    pub colonne: &'static str,
    /// SQL over `t`: whether the person `{}` may not give it back alone.
    pub seul: &'static str,
    /// What is said then.
    pub phrase: &'static str,
    /// The column in which the base notes by itself who entered a row: an undoing gives it back as it was.
    pub auteurs: &'static str,
    /// What gives it back: `$1` is the import, `$2` and `$3` the ranks.
    pub rend_auteurs: &'static str,
}

/// The number of a row.
pub struct Numero {
    /// Its column.
    pub colonne: &'static str,
    /// What a file calls it.
    pub label: &'static str,
    /// The object whose numbers `prochain_numero` counts.
    pub objet: &'static str,
    /// Whether files give it themselves: one that is not known is that of a new row.
    pub donne: bool,
}

/// What a row is recognised by.
pub struct Cle {
    /// Its name.
    pub nom: &'static str,
    /// What it is, in words: « ce SIRET ».
    pub mot: &'static str,
    /// Columns whose values make it, joined by [`ENTRE`]; none when one of them is empty.
    pub colonnes: &'static [&'static str],
    /// SQL over `t`, where `{}` is the value; of several columns, `{1}` that of the first, `{2}` that of the second…
    pub sur: &'static str,
    /// Whether no two rows of anybody share it.
    pub partout: bool,
}

/// Columns of a key at most.
const PARTS_MAX: usize = 6;

/// A condition over `t` for the value that the SQL `valeur` holds.
pub fn condition(sur: &str, valeur: &str) -> String {
    let part = |sql: String, part: usize| sql.replace(&format!("{{{part}}}"), &format!("split_part({valeur}, E'\\x1f', {part})"));
    (1..=PARTS_MAX).fold(sur.replace("{}", valeur), part)
}

/// A number that the lines of a kind come to.
#[derive(Clone, Copy, Debug)]
pub struct Somme {
    /// What it counts, one and several; of an amount, what it is: « de taxe ».
    pub mots: (&'static str, &'static str),
    /// SQL of a whole number over `v`, the values of a row.
    pub sql: &'static str,
    /// Whether it is an amount, in cents.
    pub argent: bool,
}

/// A field that names a row of another list.
pub struct Lien {
    /// The field.
    pub champ: &'static str,
    /// SQL of (text, keys in order) for the texts `$1`, among the rows of the communes `$2`.
    pub sql: &'static str,
    /// The same for the texts that it does not find.
    pub sinon: Option<&'static str>,
    /// What to do when nothing answers, after the text that was looked for.
    pub conseil: &'static str,
    /// SQL of (key, name) of the rows of the keys `$1`, for who reads what a line does.
    pub noms: &'static str,
}

impl Genre {
    /// A kind of import of which nothing else is said: the base of declarations.
    pub const fn sur(nom: &'static str, record: &'static Record, about: &'static str, numero: Numero) -> Self {
        Self {
            nom,
            titre: "",
            record,
            about,
            numero,
            cles: &[],
            synonymes: &[],
            precises: &[],
            du_fichier: false,
            valeurs: &[],
            vides: &[],
            apports: &[],
            deduits: &[],
            deduit: None,
            reconnue: None,
            ecrits: None,
            sans_creation: None,
            compare: None,
            liens: &[],
            uniques: &[],
            sommes: &[],
            pareilles: false,
            fixes: &[],
            incertains: &[],
            semblables: &[],
            lieu: "",
            avant: None,
            memoire: None,
            rend: None,
            apres: None,
            tenue: "false",
            fermee: None,
            statut: None,
            profils: &[],
            replie: None,
            nomme: None,
            ecrivain: None,
        }
    }

    /// The kind called `nom`.
    pub fn find(catalogue: &Catalogue, nom: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|genre| genre.nom == nom)
    }

    /// Whether `reader` may load some somewhere.
    pub fn may(&self, reader: &Reader) -> bool {
        reader.at(Niveau::Saisir).may(self.record.list.access)
    }

    /// Why no program, no watched folder and no trusted profile loads some: whoever writes its record proves again who they are.
    pub fn par_une_personne(&self) -> Option<&'static str> {
        let why = "Ce genre de fichier donne des droits\u{a0}: une personne le charge à la page «\u{a0}Charger un fichier\u{a0}», et prouve qui elle est en confirmant.";
        self.record.hooks.proved().then_some(why)
    }

    /// What a column of a file may be: name and label, the number first.
    pub fn champs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let fields = self.record.fields().chain(self.apports).map(|field| (field.name, field.label));
        (!self.numero.donne).then_some((self.numero.colonne, self.numero.label)).into_iter().chain(fields)
    }

    /// The label of a field.
    pub fn label(&self, champ: &str) -> &'static str {
        self.champs().find(|(name, _)| *name == champ).map_or("", |(_, label)| label)
    }

    /// The names under which files write `champ`, folded.
    pub fn noms(&self, champ: &'static str) -> impl Iterator<Item = String> {
        let others = self.synonymes.iter().chain(self.precises);
        let known = others.filter(move |(name, _)| *name == champ).flat_map(|(_, names)| names.iter().map(ToString::to_string));
        [plie(champ), plie(self.label(champ))].into_iter().chain(known)
    }

    /// The field that a header names: exactly, once folded.
    pub fn reconnu(&self, entete: &str) -> Option<&'static str> {
        let folded = plie(entete);
        self.champs().map(|(name, _)| name).find(|name| self.noms(name).any(|known| known == folded))
    }

    /// The same of a column that the formats which programs read call by its short name in the list. A file of another source may use the
    /// same word for something else: it is looked at only where most columns of the file are of the list.
    pub fn court(&self, entete: &str) -> Option<&'static str> {
        self.reconnu(self.record.list.column(entete)?.label)
    }

    /// The same of a header that says it better than others.
    pub fn precise(&self, entete: &str) -> Option<&'static str> {
        let folded = plie(entete);
        self.precises.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(champ, _)| *champ)
    }

    /// Whether a word stands for a column of this kind: how the header of a file is told from its rows.
    pub fn connait(&self, mot: &str) -> bool {
        self.reconnu(mot).or_else(|| self.court(mot)).is_some()
    }

    /// The field of a column; nothing for the number.
    pub fn field(&self, champ: &str) -> Option<&'static Field> {
        self.record.field(champ).or_else(|| self.apports.iter().find(|field| field.name == champ))
    }

    /// What it is called.
    pub fn titre(&self) -> &'static str {
        if self.titre.is_empty() { self.record.list.title } else { self.titre }
    }

    /// Whether its rows are everybody’s: whoever runs the installation writes them, and they are of no place.
    pub fn de_tous(&self) -> bool {
        self.record.list.access == Access::Exploitants
    }

    /// Whether a new row is somewhere by a collectivité.
    fn par_collectivite(&self) -> bool {
        self.field(self.lieu).is_some_and(|field| matches!(field.saisie, Saisie::Collectivite))
    }

    /// SQL of the place of a new row, of the values of a line `l`.
    pub fn place_sql(&self) -> String {
        if self.de_tous() {
            return "''".into();
        }
        if self.par_collectivite() { format!("('c:' || (l.valeurs->>'{}'))", self.lieu) } else { format!("(l.valeurs->>'{}')", self.lieu) }
    }

    /// The places where `reader` may create some.
    pub fn places(&self, reader: &Reader) -> Vec<String> {
        if self.de_tous() {
            return vec![String::new()];
        }
        let access = self.record.list.access;
        if self.par_collectivite() {
            return reader.collectivites_of(access).iter().map(|id| Reader::place(i64::from(*id))).collect();
        }
        reader.communes_of(access).to_vec()
    }

    /// Whether a field names a row of another list.
    pub fn lien(&self, champ: &str) -> Option<&'static Lien> {
        let named = self.field(champ).is_some_and(|field| matches!(field.saisie, Saisie::Fiche(_)));
        self.liens.iter().find(|lien| named && lien.champ == champ)
    }
}
