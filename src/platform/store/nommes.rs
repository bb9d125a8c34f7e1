//! Which files of the store the rows of a table name.

/// Files that rows name: what a room declares so that a restored base can be held against its store.
#[derive(Clone, Copy, Debug)]
pub struct Nommes {
    /// What such a file is, in words that a number follows.
    pub quoi: &'static str,
    /// A SELECT of four columns: `cle`, a number that no other line has; `chemin`, the path in the store; `octets`, its size, and `sha256`, its
    /// digest, each null when the row says none.
    pub lignes: &'static str,
}
