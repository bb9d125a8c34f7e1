//! The rows that people asked for: their own, and those of the places that they answer for.

use super::reader::{Module, Reader};
use super::spec::Branching;

/// Above it, the collectivités whose rows are read. No collectivité has such a number: theirs are of 31 bits.
pub const READ: i64 = 1 << 40;
/// Above it, the collectivités whose accounts are read.
pub const ACCOUNTS: i64 = 1 << 41;

impl Branching {
    /// What people asked for: their own requests, and those of the collectivités that they answer for. The columns of the
    /// collectivité and of the person, and the condition of both, in which the person is the number below zero.
    pub fn of_requests(reader: &Reader, columns: (&'static str, &'static str, &'static str)) -> Self {
        Self::answered(reader, reader.collectivites(Module::Administration).to_vec(), columns)
    }

    /// What requests hold of the rows of `module`: answering for a collectivité does not show them, unless one reads them there. What was
    /// asked is shown as long as it meets `condition`, which stands on two kinds of numbers: the collectivités whose rows are read above
    /// [`READ`], those whose accounts are read above [`ACCOUNTS`].
    pub fn of_contents(reader: &Reader, module: Module, columns: (&'static str, &'static str, &'static str), condition: &'static str) -> Self {
        let (read, answered) = (reader.collectivites(module), reader.collectivites(Module::Administration));
        let both = answered.iter().filter(|id| read.contains(id)).copied().collect();
        let above = |all: &[i32], floor: i64| all.iter().map(|id| floor + i64::from(*id)).collect::<Vec<_>>();
        let reached = [above(read, READ), above(answered, ACCOUNTS)].concat();
        Self::Both(Box::new(Self::answered(reader, both, columns)), condition, reached)
    }

    fn answered(reader: &Reader, places: Vec<i32>, (place, own, both): (&'static str, &'static str, &'static str)) -> Self {
        let answered: Vec<i64> = places.into_iter().map(i64::from).collect();
        if answered.is_empty() {
            Self::Ints(own, vec![reader.user_id])
        } else if answered.len() == reader.all_collectivites().len() {
            Self::Ints(place, answered)
        } else {
            Self::Where(both, answered.into_iter().chain([-reader.user_id]).collect())
        }
    }
}
