-- What a lot of the check of an import had under its eyes: a row that it did not see as it is now has changed since, however short the time
-- between its reading and its end, and whichever way it was changed.
ALTER TABLE import_lot ADD COLUMN vu pg_snapshot;
COMMENT ON COLUMN import_lot.vu IS 'Ce que le lot voyait avant de lire. Nul : écriture, annulation, ou version qui ne le notait pas.';

CREATE FUNCTION change_depuis(version xid, vu pg_snapshot) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    -- A row says the lower half of the number of its transaction: the upper one is that of the snapshot, or the one after it. A number that
    -- is not given yet is one of long ago, whose half came round again.
    SELECT x.complet::text::xid8 < pg_snapshot_xmax(pg_current_snapshot()) AND NOT pg_visible_in_snapshot(x.complet::text::xid8, vu)
    FROM (SELECT haut + bas + CASE WHEN bas < pg_snapshot_xmin(vu)::text::bigint - haut THEN 4294967296 ELSE 0 END AS complet
          FROM (SELECT version::text::bigint AS bas, pg_snapshot_xmin(vu)::text::bigint / 4294967296 * 4294967296 AS haut) h) x
$$;
COMMENT ON FUNCTION change_depuis(xid, pg_snapshot) IS 'Vrai quand une ligne de cette version (xmin) n''était pas visible : elle a été écrite depuis. Nulle sans instantané.';

-- Neither the server nor the worker may write who entered a stay: the base notes it. An undoing gives it back as the lines that it took back
-- kept it, and nothing else.
CREATE FUNCTION auteurs_rendus(import bigint, premier bigint, apres bigint) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH rendus AS (
        UPDATE sejour t SET saisi_par = CASE WHEN jsonb_typeof(l.avant->'saisi_par') = 'array'
            THEN ARRAY(SELECT x.id::bigint FROM jsonb_array_elements_text(l.avant->'saisi_par') WITH ORDINALITY AS x (id, place) ORDER BY x.place) END
        FROM import_ligne l
        WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'defaite' AND l.liste = 'sejours'
          AND l.verdict IN ('changee', 'absente', 'proposee') AND l.avant ? 'saisi_par' AND t.id = l.cle
        RETURNING 1)
    SELECT count(*) FROM rendus
$$;
REVOKE EXECUTE ON FUNCTION auteurs_rendus(bigint, bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION auteurs_rendus(bigint, bigint, bigint) IS 'Rend à des séjours ceux qui les avaient saisis avant un import que l''on annule, par lot de ses rangs.';
