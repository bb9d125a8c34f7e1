//! What a row may become whose state is told by a code: one table for each, from which follow the words of lists, the conditions of
//! statements (`etat = ANY($n)`) and the buttons that are offered.

/// A passage from some states to another.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// The states that it starts from.
    pub from: &'static [&'static str],
    /// The one that it leads to.
    pub to: &'static str,
}

impl Passage {
    /// Whether it may be taken from `state`.
    pub fn takes(&self, state: &str) -> bool {
        self.from.contains(&state)
    }
}

/// The states of the rows of a table.
pub struct States {
    /// The table, and the column that holds the code.
    pub column: (&'static str, &'static str),
    /// Code, label and tone of each; a new row is in the first.
    pub known: &'static [(&'static str, &'static str, &'static str)],
    /// Every passage that a statement makes.
    pub passages: &'static [Passage],
}

impl States {
    /// Label and tone of a code; nothing for one that is none.
    pub fn words(&self, code: &str) -> (&'static str, &'static str) {
        self.known.iter().find(|(known, ..)| *known == code).map_or(("", ""), |(_, label, tone)| (label, tone))
    }

    /// Whether a row may go from one state to another.
    pub fn leads(&self, from: &str, to: &str) -> bool {
        self.passages.iter().any(|passage| passage.to == to && passage.takes(from))
    }
}

/// Says of a table of states what is wrong with it: a code that is none, a state that nothing leads to.
#[cfg(test)]
pub fn faults(states: &States) -> Vec<String> {
    let known: Vec<&str> = states.known.iter().map(|(code, ..)| *code).collect();
    let named = states.passages.iter().flat_map(|passage| passage.from.iter().copied().chain([passage.to]));
    let unknown = named.filter(|code| !known.contains(code)).map(|code| format!("{code} is no state"));
    let mut reached = vec![known[0]];
    while let Some(next) = states.passages.iter().find(|one| !reached.contains(&one.to) && reached.iter().any(|state| one.takes(state))) {
        reached.push(next.to);
    }
    let lost = known.iter().filter(|code| !reached.contains(code)).map(|code| format!("nothing leads to {code}"));
    unknown.chain(lost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_does_not_hold_together_is_told() {
        const OPEN: Passage = Passage { from: &["ferme"], to: "ouvert" };
        const WRONG: Passage = Passage { from: &["ouvert"], to: "perdu" };
        let table = |passages| States { column: ("t", "etat"), known: &[("ferme", "Fermé", ""), ("ouvert", "Ouvert", "succes")], passages };
        assert!(faults(&table(&[OPEN])).is_empty());
        assert_eq!(faults(&table(&[OPEN, WRONG])), ["perdu is no state"]);
        assert_eq!(faults(&table(&[])), ["nothing leads to ouvert"]);
        assert_eq!(table(&[OPEN]).words("ouvert"), ("Ouvert", "succes"));
        assert!(table(&[OPEN]).leads("ferme", "ouvert") && !table(&[OPEN]).leads("ouvert", "ferme"));
    }
}
