-- no-transaction
-- Le nom et l'adresse à quoi un import reconnaît un hébergeur, comparés octet par octet : l'ordre français n'y sert à rien.
CREATE INDEX CONCURRENTLY IF NOT EXISTS hebergeur_nom_adresse ON hebergeur (sans_accents(nom) COLLATE "C", sans_accents(adresse) COLLATE "C", code_postal)
