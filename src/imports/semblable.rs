//! What makes a new row look like one that exists.

use super::ligne::ENTRE;

/// What makes a new row look like one that exists.
pub struct Semblable {
    /// The column.
    pub colonne: &'static str,
    /// Others that go with it, joined by [`ENTRE`].
    pub avec: &'static [&'static str],
    /// In words: « le même courriel ».
    pub mot: &'static str,
    /// Whether it is most likely the same: such a line is left out until a person takes it back.
    pub ecarte: bool,
    /// The column whose own value tells two rows apart, and how those that Gardel gives begin.
    pub distingue: Option<(&'static str, &'static str)>,
    /// SQL over `t`, where `{}` is the value; with others, `{1}` that of the column, `{2}` that of the first of them…
    pub sur: &'static str,
}

impl Semblable {
    /// Whether two rows are two by what each says of itself: this one says `said`, the other is called `numero`.
    pub fn distincts<'a>(&self, said: impl Fn(&str) -> Option<&'a str>, numero: &str) -> bool {
        self.distingue.is_some_and(|(column, given)| said(column).is_some_and(|own| !own.starts_with(given)) && !numero.starts_with(given))
    }

    /// What a row says of it, as `sur` looks for it; nothing when a column of it is empty.
    pub fn dite<'a>(&self, valeur: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let columns = std::iter::once(&self.colonne).chain(self.avec);
        columns.map(|column| valeur(column)).collect::<Option<Vec<_>>>().map(|parts| parts.join(ENTRE))
    }
}
