//! The rows that people asked for: their own, and those of the places that they answer for.

use super::reader::{Module, Reader};
use super::spec::Branching;

impl Branching {
    /// What people asked for: their own requests, and those of the collectivités that they answer for. The columns of the
    /// collectivité and of the person, and the condition of both, in which the person is the number below zero.
    pub fn of_requests(reader: &Reader, columns: (&'static str, &'static str, &'static str)) -> Self {
        Self::answered(reader, reader.collectivites(Module::Administration).to_vec(), columns)
    }

    /// What requests hold of the rows of `module`: answering for a collectivité does not show them, unless one reads them there.
    pub fn of_contents(reader: &Reader, module: Module, columns: (&'static str, &'static str, &'static str)) -> Self {
        let read = reader.collectivites(module);
        let answered = reader.collectivites(Module::Administration).iter().copied().filter(|id| read.contains(id)).collect();
        Self::answered(reader, answered, columns)
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
