//! The order in which rows were last written, for whoever holds a copy of them.

use super::spec::{Kind, Sort};

/// The order in which rows were last written, of the lists that keep it.
pub static SUIVI: Sort = Sort {
    name: "suivi",
    label: "ordre des écritures",
    column: "b.suivi",
    kind: Kind::Int,
    cast: "bigint",
    nullable: false,
    descending: false,
    led_by: &[],
    indexed: true,
};
