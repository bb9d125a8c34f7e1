-- Réplicas de lecture : jusqu'où un réplica doit avoir rejoué le journal de PostgreSQL (WAL) pour répondre à une personne. La marque est
-- posée après chaque demande qui écrit ; la version en service l'ignore. Sans réplica, elle reste vide.
ALTER TABLE session ADD COLUMN ecrit_ligne integer, ADD COLUMN ecrit_position bigint;
COMMENT ON COLUMN session.ecrit_ligne IS 'Ligne de temps (timeline) de la base principale après la dernière écriture de cette session ; NULL : aucune, ou sans réplica.';
COMMENT ON COLUMN session.ecrit_position IS 'Position du WAL, en octets, après cette écriture.';

ALTER TABLE jeton_api ADD COLUMN ecrit_ligne integer, ADD COLUMN ecrit_position bigint;
COMMENT ON COLUMN jeton_api.ecrit_ligne IS 'Comme session.ecrit_ligne, pour le programme qui appelle par ce jeton.';
COMMENT ON COLUMN jeton_api.ecrit_position IS 'Comme session.ecrit_position.';

-- Volatiles : lues après l'instantané de l'instruction, elles ne sont jamais en deçà de ce qu'elle voit.
CREATE FUNCTION ligne_d_ecriture() RETURNS integer LANGUAGE sql VOLATILE
    AS $$ SELECT ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer $$;
COMMENT ON FUNCTION ligne_d_ecriture() IS 'La ligne de temps où cette base écrit. Refusée sur un réplica.';

CREATE FUNCTION position_d_ecriture() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$
    -- Au début d'une page (8 Kio), la position d'insertion est après l'en-tête : 24 octets, 40 sur la première d'un segment. Un réplica qui
    -- a tout rejoué s'arrête avant cet en-tête.
    SELECT p - CASE WHEN p % 8192 = 24 THEN 24 WHEN p % pg_size_bytes(current_setting('wal_segment_size')) = 40 THEN 40 ELSE 0 END
    FROM (SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS p OFFSET 0) t $$;
COMMENT ON FUNCTION position_d_ecriture() IS 'La position d''insertion du WAL, en octets : tout ce que voit l''instruction qui l''appelle est en deçà. Refusée sur un réplica.';
