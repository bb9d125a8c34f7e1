-- Ce qui a mal fini, serveur par serveur et ouvrier par ouvrier : la page « Exploitation » et « gardel diagnostic » le lisent, après un
-- redémarrage aussi. Rien de personnel : le modèle d'une adresse et non l'adresse, un code et non ce que PostgreSQL a dit.
CREATE TABLE incident (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    moment timestamptz NOT NULL DEFAULT now(),
    genre text NOT NULL CHECK (length(genre) BETWEEN 1 AND 40),
    programme text NOT NULL CHECK (programme IN ('serveur', 'ouvrier')),
    machine text NOT NULL CHECK (length(machine) <= 100),
    version text NOT NULL CHECK (length(version) <= 40),
    lieu text NOT NULL CHECK (length(lieu) <= 200),
    code text CHECK (length(code) <= 120),
    demande text CHECK (length(demande) <= 64),
    travail bigint,
    nombre integer NOT NULL DEFAULT 1 CHECK (nombre > 0)
);
COMMENT ON TABLE incident IS 'Demandes auxquelles Gardel n''a pas su répondre (5xx) et travaux échoués pour de bon : les derniers seulement, l''entretien retire les autres.';
COMMENT ON COLUMN incident.moment IS 'Quand le dernier de la ligne est arrivé ; elle peut avoir été écrite après, quand la base est revenue.';
COMMENT ON COLUMN incident.lieu IS 'Méthode et modèle de l''adresse (GET /sejours/<id>), ou nom du travail : rien de ce qui a été tapé.';
COMMENT ON COLUMN incident.code IS 'Code et contrainte que PostgreSQL a donnés, s''il en a donné.';
COMMENT ON COLUMN incident.demande IS 'Numéro de la demande, celui des traces et de la page d''erreur ; du dernier de la ligne.';
COMMENT ON COLUMN incident.travail IS 'Travail échoué ; du dernier de la ligne. Nul pour une demande.';
COMMENT ON COLUMN incident.nombre IS 'Combien de fois le même est arrivé avant que la ligne ne soit écrite.';

-- Ce que PostgreSQL ne montre qu'à qui lit toutes les sessions. Le serveur n'a pas ce droit, et ne l'aura pas : il appelle ces fonctions, qui
-- ne rendent aucune valeur. Elles voient ce que voit le propriétaire des tables : les siennes, ou toutes s'il a pg_read_all_stats.

CREATE FUNCTION requete_sans_valeurs(texte text) RETURNS text
    LANGUAGE sql IMMUTABLE
    -- Une requête normalisée n'a pas de valeur. Celle qui en aurait encore une perd tout ce qui suit son premier guillemet ou commentaire, et
    -- ses nombres : mieux vaut en perdre trop.
    RETURN left(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        texte, '/\*.*', ' …'), '--[^\n]*', ' ', 'g'), '''.*', '…'), '\$[A-Za-z_]*\$.*', '…'), '(^|[^$\w.])\d[\d.]*', '\1?', 'g'), 2000);
COMMENT ON FUNCTION requete_sans_valeurs(text) IS 'Le texte d''une requête sans rien de ce qu''elle compare ou écrit.';

CREATE FUNCTION exploitation_vue() RETURNS TABLE (compte text, voit_tout boolean, requetes boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT current_user::text, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
               EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements')
    $$;
COMMENT ON FUNCTION exploitation_vue() IS 'Ce que les deux fonctions suivantes voient, et sous quel compte.';

CREATE FUNCTION exploitation_requetes(nombre integer, seules bigint[])
    RETURNS TABLE (numero bigint, texte text, appels bigint, total_ms float8, moyenne_ms float8, lignes bigint, depuis timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        ou name;
    BEGIN
        SELECT n.nspname INTO ou FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements';
        IF ou IS NULL THEN
            RETURN;
        END IF;
        -- Les autres commandes ne sont pas normalisées : un mot de passe peut s'y lire.
        RETURN QUERY EXECUTE format(
            'SELECT s.queryid, requete_sans_valeurs(s.query), s.calls, s.total_exec_time, s.mean_exec_time, s.rows, i.stats_reset
             FROM %1$I.pg_stat_statements s, %1$I.pg_stat_statements_info i
             WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND ($2 IS NULL OR s.queryid = ANY ($2))
               AND s.query ~* ''^\s*(select|insert|update|delete|with|merge)\M''
             ORDER BY s.total_exec_time DESC LIMIT $1', ou) USING least(nombre, 200), seules;
    END
    $$;
COMMENT ON FUNCTION exploitation_requetes(integer, bigint[]) IS 'Les requêtes qui ont pris le plus de temps depuis la dernière remise à zéro, sans leurs valeurs ; les seules nommées si elles le sont. Aucune sans pg_stat_statements.';

CREATE FUNCTION exploitation_sessions(secondes float8)
    RETURNS TABLE (pid integer, compte text, programme text, etat text, attente text, objet text, transaction_s float8, etat_s float8,
                   bloque_par integer[], requete bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        WITH attendus AS MATERIALIZED (
            SELECT l.pid, min(coalesce(l.relation::regclass::text, l.locktype)) AS objet FROM pg_locks l
            WHERE NOT l.granted AND (l.database IS NULL OR l.database IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))
            GROUP BY l.pid
        ), vues AS MATERIALIZED (
            SELECT a.pid, a.usename::text AS compte, a.application_name AS programme, a.state AS etat,
                   nullif(concat_ws(' ', a.wait_event_type, a.wait_event), '') AS attente, w.objet,
                   extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_s,
                   extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS etat_s,
                   CASE WHEN w.pid IS NULL THEN '{}'::integer[] ELSE pg_blocking_pids(a.pid) END AS bloque_par, a.query_id AS requete
            FROM pg_stat_activity a LEFT JOIN attendus w ON w.pid = a.pid
            WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        )
        SELECT v.* FROM vues v
        WHERE cardinality(v.bloque_par) > 0 OR v.transaction_s > secondes OR EXISTS (SELECT 1 FROM vues w WHERE v.pid = ANY (w.bloque_par))
        ORDER BY cardinality(v.bloque_par) > 0, v.transaction_s DESC NULLS LAST LIMIT 100
    $$;
COMMENT ON FUNCTION exploitation_sessions(float8) IS 'Sessions de cette base qui attendent un verrou, qui en font attendre, ou dont la transaction dure plus de tant de secondes ; sans le texte de leurs requêtes.';

REVOKE ALL ON FUNCTION exploitation_vue(), exploitation_requetes(integer, bigint[]), exploitation_sessions(float8) FROM PUBLIC;
