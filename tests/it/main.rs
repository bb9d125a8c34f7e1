//! Integration tests: they enter by HTTP (or by the queue) against a real PostgreSQL, each in a
//! database of its own. `DATABASE_URL` names the server, `REDIS_URL` a Redis; `bin/test` starts both.

mod support;

mod actions;
mod bad_input;
mod bases;
mod cache;
mod cache_oracle;
mod champs;
mod chaos_court;
mod commandes;
mod comptes;
mod contacts;
mod cursors;
mod depot;
mod doors;
mod doubles;
mod exports;
mod fiches;
mod files;
mod filtres;
mod filtres_faces;
mod formats;
mod garde;
mod instantanes;
mod interruptions;
mod jobs;
mod lists;
mod management;
mod mille_morts;
mod modele;
mod motifs;
mod perimeters;
mod planifications;
mod plans;
mod programmes;
mod recherche;
mod redis_pannes;
mod reprise;
mod stampede;
mod temoin;
mod tidy;
mod tris;
mod vues;
