-- Makes a base rich in names out of a demo base: psql -v noms=1000000 -f bench/noms.sql
-- Names are put together from syllables, so that rare and common words both exist. Indexes that are
-- no constraint are taken away and made again: much faster than a million insertions in them.
\set ON_ERROR_STOP on
BEGIN;
CREATE TEMP TABLE index_a_refaire ON COMMIT DROP AS
  SELECT format('%I.%I', schemaname, indexname) AS nom, indexdef AS texte FROM pg_indexes
  WHERE tablename IN ('hebergeur', 'logement', 'hebergeur_commune')
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = indexname);
SELECT format('DROP INDEX %s', nom) FROM index_a_refaire \gexec

CREATE FUNCTION pg_temp.syllabe(graine bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['ba','co','di','fa','go','hi','ja','ka','lou','mi','na','ou','pé','ra','sa','ti','va','wen','ya','zé','chan','bri','mor','tel','flo'])
    [1 + abs(hashint8(graine)) % 25] $$;
CREATE FUNCTION pg_temp.mot(graine bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT initcap(pg_temp.syllabe(graine * 31 + 1) || pg_temp.syllabe(graine * 31 + 2) || pg_temp.syllabe(graine * 31 + 3)) $$;

INSERT INTO hebergeur (numero, nom, type, ville, inscrit_le)
  SELECT 'BANC-' || g,
    (ARRAY['Marie','Jean','Josiane','Thierry','Nadège','Cédric','Lucie','Patrick','Solange','Yann','Élodie','Firmin'])[1 + g % 12]
      || ' ' || pg_temp.mot(g % 40000),
    'particulier', pg_temp.mot(g % 50), date '2020-01-01' + (g % 2000)::int
  FROM generate_series(1, :noms / 4) g;

-- Numbered from 0, so that a lodging finds its host and its commune by a remainder.
CREATE TEMP TABLE hote ON COMMIT DROP AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS rang FROM hebergeur WHERE numero LIKE 'BANC-%';
CREATE TEMP TABLE lieu ON COMMIT DROP AS
  SELECT code_insee, row_number() OVER (ORDER BY code_insee) - 1 AS rang FROM (SELECT DISTINCT code_insee FROM logement) l;
ANALYZE hote, lieu;
SELECT (SELECT count(*) FROM hote) AS hotes, (SELECT count(*) FROM lieu) AS lieux \gset
INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
  SELECT 'BANC-' || g, h.id, l.code_insee,
    (ARRAY['Villa','Gîte','Bungalow','Résidence','Studio','Appartement','Chambre','Kaz','Maison','Lodge'])[1 + abs(hashint8(g)) % 10]
      || ' ' || pg_temp.mot(g % 4000) || ' ' || pg_temp.mot(g),
    1 + g % 200 || ' rue ' || pg_temp.mot(g % 3000),
    (SELECT min(id) FROM nature), (SELECT max(id) FROM categorie), 1 + (g % 12)::int
  FROM generate_series(1, :noms) g
    JOIN hote h ON h.rang = g % :hotes JOIN lieu l ON l.rang = abs(hashint8(g + 7)) % :lieux;

SELECT texte FROM index_a_refaire \gexec
COMMIT;
VACUUM (ANALYZE) hebergeur, logement, hebergeur_commune;
