//! Where the words of a search are looked for, said once: both its questions are made from it, the one that an index answers and
//! the one that is asked of a row.

/// Where words are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Each text that may hold them.
    pub within: &'static [Words],
    /// Key of what they find: a parent of the rows, or a row (`b`).
    pub key: &'static str,
    /// Which of those found are in the communes `$2`; empty: all of them, whose rows are checked again anyway.
    pub seen: &'static str,
    /// The parents of one row, when the words are theirs: the tables of [`Self::within`], joined.
    pub parents: Option<&'static str>,
}

/// A text that may hold words.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Where it is read; `b` is the table of the list.
    pub from: &'static str,
    /// Whether it holds `{}`: the question, of a column of words; else the text as it was typed.
    pub holds: &'static str,
    /// The table whose column `mots` is searched: its statistics tell the words that cannot lead.
    pub table: Option<&'static str>,
}

/// Rows found by their own reference.
#[derive(Clone, Copy, Debug)]
pub struct References {
    /// Where they are read, as `b`.
    pub table: &'static str,
    /// Key, parent and commune of such a row.
    pub keys: &'static str,
    /// The reference in the form in which an index holds it.
    pub text: &'static str,
}

impl Look {
    /// The tables whose column of words is searched.
    pub fn tables(&self) -> Vec<&'static str> {
        self.within.iter().filter_map(|words| words.table).collect()
    }

    /// The statement that gives the keys found. The index is asked for the words that lead, the whole question is then compared in
    /// a form that no index serves. Each text stops at `most`, which is too many already.
    pub(super) fn candidates(&self, most: usize) -> String {
        let one = |words: &Words| {
            let found = match words.table {
                None => words.holds.replace("{}", "$1"),
                Some(_) => {
                    let of = |question: &str| words.holds.replace("{}", &format!("(SELECT {question} FROM question)"));
                    format!("{} AND ({}) IS TRUE", of("rares"), of("toutes"))
                }
            };
            // A perimeter that is not asked for keeps its place among the values.
            let seen = if self.seen.is_empty() { "$2::text[] IS NOT NULL" } else { self.seen };
            format!("(SELECT {} FROM {} WHERE ({found}) AND {seen} LIMIT {})", self.key, words.from, most + 1)
        };
        self.within.iter().map(one).collect::<Vec<_>>().join(" UNION ")
    }

    /// The same condition on one row of `b`, for words so common that walking the list finds them sooner: `question` is that of
    /// the words, or what was typed, `on` the column that holds the key. An EXISTS ends with `alone`.
    pub(super) fn of_row(&self, on: &str, question: &str, alone: &str) -> String {
        let holds = self.within.iter().map(|words| words.holds.replace("{}", question)).collect::<Vec<_>>().join(" OR ");
        match self.parents {
            None => format!("({holds})"),
            Some(parents) => format!("EXISTS (SELECT 1 FROM {parents} WHERE {} = {on} AND ({holds}) {alone})", self.key),
        }
    }
}

impl References {
    /// The statement that gives key, parent and commune of the rows whose reference begins so, of all communes.
    pub(super) fn candidates(&self, beginning: &str) -> String {
        let Self { table, keys, text } = self;
        format!("SELECT {keys} FROM {table} b WHERE {text} COLLATE \"C\" >= {beginning} AND {text} COLLATE \"C\" < {beginning} || chr(1114111)")
    }

    /// The same condition on one row of `b`.
    pub(super) fn of_row(&self, beginning: &str) -> String {
        format!("starts_with({}, {beginning})", self.text)
    }
}
