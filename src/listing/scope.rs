//! The scope of a reader as it is kept beside what was made under it, and compared with the one of now.

use serde::{Deserialize, Serialize};

use super::spec::Branching;

/// What gave a right to rows: a column or a condition, and its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The column or the condition; empty for every row.
    condition: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    textes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nombres: Vec<i64>,
}

impl Branching {
    /// This scope, to be kept.
    pub fn kept(&self) -> Scope {
        match self {
            Self::All => Scope::default(),
            Self::Texts(column, values) => Scope { condition: (*column).into(), textes: values.clone(), nombres: Vec::new() },
            Self::Both(rows, condition, values) => {
                let first = rows.kept();
                Scope {
                    condition: format!("{} {condition}", first.condition),
                    textes: first.textes,
                    nombres: [first.nombres, values.clone()].concat(),
                }
            }
            Self::Ints(condition, values) | Self::Where(condition, values) => {
                Scope { condition: (*condition).into(), textes: Vec::new(), nombres: values.clone() }
            }
        }
    }

    /// Whether this scope gives every row that `before` gave: the same condition, with no value lost. A scope that rests
    /// on something else may give other rows, and is taken for one that does.
    pub fn covers(&self, before: &Scope) -> bool {
        let now = self.kept();
        now == Scope::default()
            || (now.condition == before.condition
                && before.textes.iter().all(|value| now.textes.contains(value))
                && before.nombres.iter().all(|value| now.nombres.contains(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_it_has_not_lost() {
        let managed = |ids: &[i64]| Branching::Ints("b.collectivite_id", ids.to_vec());
        assert!(managed(&[1, 2, 3]).covers(&managed(&[1, 3]).kept()));
        assert!(!managed(&[1, 2]).covers(&managed(&[1, 3]).kept()), "a place was lost");
        assert!(!Branching::Ints("b.demandeur_id", vec![1, 3]).covers(&managed(&[1, 3]).kept()), "another role");
        assert!(!managed(&[1]).covers(&Branching::All.kept()));
        assert!(Branching::All.covers(&managed(&[1]).kept()));
        let kept: Scope = serde_json::from_str(&serde_json::to_string(&managed(&[7]).kept()).expect("json")).expect("json");
        assert!(managed(&[7]).covers(&kept));
    }
}
