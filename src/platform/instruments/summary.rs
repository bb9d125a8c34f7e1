//! What a statement is called in a trace: what it does and to which tables. Of its text nothing else is told, and of its values nothing at all.

/// Tables that are named at most.
const TABLES_MAX: usize = 3;
/// Bytes of a statement that are read for it.
const READ_MAX: usize = 16 * 1024;
/// Bytes of a name that PostgreSQL keeps.
const NAME_MAX: usize = 63;

/// What a statement does, and the first tables that it names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// `SELECT`, `INSERT`…
    pub operation: &'static str,
    tables: Vec<String>,
}

impl Summary {
    /// Of a statement of ours: its words are in capitals, its tables are not. What stands between quotes is passed over.
    pub fn of(sql: &str) -> Self {
        let mut words = Words(sql.get(..READ_MAX).unwrap_or(sql));
        let (mut operation, mut tables, mut apart) = ("", Vec::new(), Vec::new());
        let mut before = "";
        while let Some(word) = words.word() {
            match KNOWN.iter().find(|known| **known == word) {
                // A statement that prepares something is called by what it then does.
                Some(known) if operation.is_empty() || (operation == WITH && WRITES.contains(known) && before != "FOR") => operation = known,
                _ => {}
            }
            let names = matches!(before, "FROM" | "JOIN" | "INTO" | "ONLY") || (before == "UPDATE" && operation == "UPDATE");
            if names && is_table(word) && !words.calls() && !apart.contains(&word) && !tables.contains(&word) && tables.len() < TABLES_MAX {
                tables.push(word);
            }
            // `name AS (…)`: what it prepares, which is no table.
            if word == "AS" && operation == WITH {
                apart.push(before);
            }
            before = word;
        }
        let operation = match operation {
            "" => "OTHER",
            WITH => "SELECT",
            known => known,
        };
        Self { operation, tables: tables.into_iter().map(str::to_string).collect() }
    }

    /// It in a few words.
    pub fn text(&self) -> String {
        std::iter::once(self.operation).chain(self.tables.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

const WITH: &str = "WITH";
const WRITES: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];
/// What a statement may begin with.
const KNOWN: [&str; 24] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    WITH,
    "VALUES",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "RESET",
    "SHOW",
    "EXPLAIN",
    "LOCK",
    "COPY",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "ANALYZE",
    "VACUUM",
    "TABLE",
];

/// Whether a word is the name of a table as ours are.
fn is_table(word: &str) -> bool {
    let of_ours = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_';
    word.len() <= NAME_MAX && word.starts_with(|sign: char| sign.is_ascii_lowercase()) && word.bytes().all(of_ours)
}

/// The words of a statement, without what stands between quotes.
struct Words<'s>(&'s str);

impl<'s> Words<'s> {
    /// Whether what comes next is a bracket: the word before is a function.
    fn calls(&self) -> bool {
        self.0.starts_with('(')
    }

    /// The next one.
    fn word(&mut self) -> Option<&'s str> {
        let is_of_word = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '.' | '$');
        loop {
            let from = self.0.find(|sign: char| is_of_word(sign) || matches!(sign, '\'' | '"'))?;
            let rest = &self.0[from..];
            if let Some(quote @ ('\'' | '"')) = rest.chars().next() {
                // One that does not end holds all the rest.
                self.0 = rest[1..].split_once(quote).map_or("", |(_, rest)| rest);
                continue;
            }
            let end = rest.find(|sign: char| !is_of_word(sign)).unwrap_or(rest.len());
            self.0 = &rest[end..];
            return Some(&rest[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_called_by_what_it_does_and_to_what() {
        for (sql, expected) in [
            ("SELECT a.id FROM sejour a JOIN logement l ON l.id = a.logement_id WHERE nom = $1", "SELECT sejour logement"),
            ("INSERT INTO job (queue) VALUES ($1) ON CONFLICT (k) DO UPDATE SET k = excluded.k RETURNING id", "INSERT job"),
            ("UPDATE job SET lease_until = now() FROM unnest($1::bigint[]) AS tenu (id) WHERE job.id = tenu.id", "UPDATE job"),
            ("SELECT id FROM job WHERE state = 'ready' ORDER BY 1 FOR UPDATE SKIP LOCKED", "SELECT job"),
            ("WITH lot AS (SELECT id FROM cle), b AS (SELECT 1 FROM lot) SELECT * FROM lot JOIN sejour USING (id)", "SELECT cle sejour"),
            ("WITH pris AS (SELECT id FROM job FOR UPDATE) SELECT id FROM pris", "SELECT job"),
            ("WITH pris AS (SELECT id FROM job FOR UPDATE) UPDATE job SET state = 'running' FROM pris", "UPDATE job"),
            ("SELECT 1 FROM a, b WHERE x = 'from dupont' AND \"FROM\" = 'it''s from durand'", "SELECT a"),
            ("DELETE FROM session WHERE id = $1", "DELETE session"),
            (
                "(SELECT 1 FROM un) UNION ALL (SELECT 1 FROM deux) UNION ALL SELECT 1 FROM trois, quatre UNION SELECT 1 FROM cinq",
                "SELECT un deux trois",
            ),
            ("BEGIN", "BEGIN"),
            ("SET LOCAL statement_timeout = 5", "SET"),
            ("", "OTHER"),
            ("dupont", "OTHER"),
            ("SELECT 'dupont", "SELECT"),
            ("SELECT 'é' FROM été", "SELECT"),
        ] {
            assert_eq!(Summary::of(sql).text(), expected, "{sql}");
        }
        let long = format!("SELECT {} FROM {}", "é".repeat(READ_MAX), "x".repeat(100));
        assert_eq!(Summary::of(&long).text(), "SELECT", "neither cut inside a letter, nor a name that is none");
    }
}
