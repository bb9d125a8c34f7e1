//! The lists and records of the catalogue, read and written by programs.
